"""What callers may hand to `StoreScu.store`, brought to the forms the core takes."""

from __future__ import annotations

import os
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomwire._core import Transfer

__all__ = ["Feed", "StoreSource", "feed"]

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
    from pydicom import dcmwrite
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    name = getattr(dataset, "filename", None)
    path = Path(name) if isinstance(name, (str, os.PathLike)) and name else None
    missing = [key for key in ("SOPClassUID", "SOPInstanceUID") if not dataset.get(key)]
    if missing:
        return Feed(
            path, error=f"the Dataset has no {' and no '.join(missing)}; set it before sending"
        )
    try:
        meta = getattr(dataset, "file_meta", None)
        syntax = getattr(meta, "TransferSyntaxUID", None)
        if syntax is None:
            implicit, little = dataset.original_encoding
            syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
            if little is False:
                syntax = ExplicitVRBigEndian
        # The caller's Dataset stays as it is: the file meta information goes on a copy.
        outgoing = dataset.__class__(dataset) if meta is None else dataset
        if meta is None:
            outgoing = dataset.copy()
            outgoing.file_meta = FileMetaDataset()
            outgoing.file_meta.TransferSyntaxUID = syntax
        elif "TransferSyntaxUID" not in meta:
            outgoing = dataset.copy()
            outgoing.file_meta = FileMetaDataset()
            outgoing.file_meta.update(meta)
            outgoing.file_meta.TransferSyntaxUID = syntax
        buffer = BytesIO()
        dcmwrite(buffer, outgoing, enforce_file_format=True)
    except Exception as error:  # noqa: BLE001 (pydicom raises all kinds; each is this instance's fate)
        return Feed(path, error=f"the Dataset cannot be encoded: {error}")
    return Feed(path, buffer.getvalue())
