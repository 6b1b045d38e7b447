"""What callers may hand to `StoreScu.store`, brought to the forms the core takes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomwire.dataset import encode_file
from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomwire._core import Transfer

__all__ = ["Feed", "StoreSource", "feed"]

_EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"

StoreSource = "str | os.PathLike[str] | bytes | Dataset | Iterable[Any]"


class Feed(NamedTuple):
    """One thing to offer to a transfer."""

    path: Path | None = None
    file: bytes | None = None
    error: str | None = None

    def offer(self, transfer: Transfer) -> bool:
        """Offer it; False means: full, try again later."""
        if self.error is not None:
            return transfer.push_failed(self.path, self.error)
        if self.file is not None:
            return transfer.push_bytes(self.path, self.file)
        assert self.path is not None  # noqa: S101 (one of the three is set)
        return transfer.push_path(self.path)

    def book(self, transfer: Transfer) -> None:
        """Have it accounted for by a transfer that is over."""
        transfer.push_late(self.path, self.error)


def feed(source: object) -> Iterator[Feed]:
    """Turn a source into what the core takes, lazily.

    Parameters
    ----------
    source : path, bytes, Dataset, or an iterable of these
        A file, a directory (recursive), a DICOMDIR, a whole DICOM file in memory.

    Yields
    ------
    Feed
        One for each input. What cannot be sent is fed as a failure with its reason.

    Raises
    ------
    ConfigError
        If the source itself is none of these.
    """
    single = _single(source)
    if single is not None:
        yield single
        return
    try:
        items = iter(source)  # type: ignore[call-overload]
    except TypeError:
        raise ConfigError(
            f"source={type(source).__name__}: "
            "must be a path, bytes, a pydicom Dataset, or an iterable of these"
        ) from None
    for item in items:
        yield _single(item) or Feed(
            error=f"cannot send a {type(item).__name__}: not a path, bytes or Dataset"
        )


def _single(item: object) -> Feed | None:
    if isinstance(item, (str, os.PathLike)):
        return Feed(path=Path(item))
    if isinstance(item, (bytes, bytearray, memoryview)):
        return Feed(file=bytes(item))
    if _is_data_set(item):
        return _encode(item)
    return None


def _is_data_set(item: object) -> bool:
    # A Dataset can only exist if somebody imported pydicom; we need not.
    pydicom = sys.modules.get("pydicom.dataset")
    return pydicom is not None and isinstance(item, pydicom.Dataset)


def _encode(dataset: Any) -> Feed:  # noqa: ANN401 (a Dataset; importing its type would import pydicom)
    """Write a Dataset as a file in memory, in the syntax it came in (PS3.10 section 7)."""
    name = getattr(dataset, "filename", None)
    path = Path(name) if isinstance(name, (str, os.PathLike)) and name else None
    missing = [key for key in ("SOPClassUID", "SOPInstanceUID") if not dataset.get(key)]
    if missing:
        return Feed(
            path, error=f"the Dataset has no {' and no '.join(missing)}; set it before sending"
        )
    try:
        return Feed(path, b"".join(encode_file(dataset, transfer_syntax=_made_up_syntax(dataset))))
    except Exception as error:  # noqa: BLE001 (what a Dataset's objects raise is this instance's fate)
        return Feed(path, error=f"the Dataset cannot be encoded: {error}")


def _made_up_syntax(dataset: Any) -> str | None:  # noqa: ANN401 (as above)
    """Choose the syntax of a Dataset which was neither read from a file nor given one."""
    meta = getattr(dataset, "file_meta", None)
    if dataset.original_encoding == (None, None) and not (meta and "TransferSyntaxUID" in meta):
        return _EXPLICIT_VR_LITTLE_ENDIAN
    return None
