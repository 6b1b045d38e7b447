"""Reading files and encoded data sets (PS3.10 section 7, PS3.5 section 7)."""

from __future__ import annotations

import io
import os
from typing import IO, TYPE_CHECKING, Any, TypeAlias, cast

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pydicom

    from dicomwire._core import Elements

    from .tags import TagLike

__all__ = ["ReadableFile", "decode", "read_file"]

ReadableFile: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]"


def read_file(
    source: ReadableFile,
    *,
    stop_before_pixels: bool = False,
    tags: Iterable[TagLike] | None = None,
    defer_size: int | str | None = None,
    strict: bool = False,
) -> pydicom.FileDataset:
    """Read a DICOM file (PS3.10 section 7) without decoding what nobody asks for.

    The result is a `pydicom.FileDataset` as `pydicom.dcmread` gives it, and may be used, changed
    and written by everything that takes one. Its elements are indexed; values and sequences are
    decoded when they are looked at.

    Reading is lenient: files without preamble or group 2 are recognised, odd lengths and wrong
    padding accepted, and what the end of the file cuts short is kept, with a warning. Values that
    break the standard are treated as pydicom treats them, which warns and keeps them, unless
    `pydicom.config.settings.reading_validation_mode` says otherwise.

    Parameters
    ----------
    source : str, path-like, bytes or binary file
        The file, its contents, or a file object, which is read from where it stands to its end.
    stop_before_pixels : bool, optional
        Leave out Pixel Data (7FE0,0010), Float and Double Float Pixel Data; they are not read.
    tags : iterable of str, int or (int, int), optional
        Keep only these top-level elements, given by keyword or tag, and Specific Character Set
        (0008,0005), which is needed to read them.
    defer_size : int or str, optional
        Leave values longer than this many bytes (or ``"2 MB"``) in the file until they are looked
        at; the file must still be there then. Only for paths.
    strict : bool, optional
        Report what breaks the standard as an error, the first thing found: a cut value or
        sequence, a data set that is not encoded as (0002,0010) declares, a value its VR does not
        allow (PS3.5 table 6.2-1), text that is not of its character sets. Values of 32 KiB or more
        are not looked at.

    Returns
    -------
    pydicom.FileDataset
        The data set, with ``file_meta``, ``preamble``, ``filename`` and ``timestamp``.

    Raises
    ------
    DecodeError
        If the file is no DICOM file or too damaged to be read; it tells where.
    ConfigError
        If a tag or size is not understood.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import dicomwire as dw
    >>> from pydicom.data import get_testdata_file
    >>> dataset = dw.read_file(get_testdata_file("CT_small.dcm"))
    >>> dataset.PatientID
    '1CT1'
    """
    from dicomwire._core import load

    from . import lazy
    from .tags import tag_number

    data, name, buffer = _opened(source)
    preamble, meta, command_set, elements, modified, problems = load(
        data,
        stop_before_pixels=stop_before_pixels,
        tags=None if tags is None else [tag_number(tag) for tag in tags],
        defer=None if defer_size is None else _size(defer_size),
        strict=strict,
    )
    for problem in problems:
        lazy.warn(f"{name or 'the data set'}: {problem}")
    dataset = lazy.new(lazy.FileDataset, _state(elements))
    state = dataset.__dict__
    state["preamble"] = preamble
    state["file_meta"] = lazy.new(lazy.FileMetaDataset, _state(meta))
    state["filename"] = name
    state["buffer"] = buffer
    state["fileobj_type"] = open if buffer is None else type(buffer)
    state["timestamp"] = _modified(name) if modified is None else modified
    if command_set is not None:
        dataset._dict.update(command_set.elements())  # noqa: SLF001
    return cast("pydicom.FileDataset", dataset)


def _state(elements: Elements) -> dict[str, Any]:
    from . import lazy

    return lazy.dataset_state(
        elements,
        elements.encodings,
        implicit=elements.is_implicit,
        little=elements.is_little_endian,
    )


def _opened(
    source: ReadableFile,
) -> tuple[str | bytes, str | None, IO[bytes] | None]:
    """Return what to read, the name of the file, if any, and the buffer, if one was given."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), None, None
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        return path, path, None
    if not hasattr(source, "read"):
        kind = type(source).__name__
        raise TypeError(f"source must be a path, bytes or a binary file object, not {kind}")
    name = getattr(source, "name", None)
    # As pydicom has it: a file is known by its name, so that the data set can be pickled and does
    # not keep it open.
    buffer = None if isinstance(source, io.BufferedReader) else source
    return contents(source), name if isinstance(name, str) else None, buffer


def _modified(name: str | None) -> float | None:
    """Return when the file behind a file object was changed, which pydicom asks its name."""
    try:
        return None if name is None else os.stat(name).st_mtime  # noqa: PTH116 (many files)
    except OSError:
        return None


def contents(source: IO[bytes]) -> bytes:
    """Return what a file object has from where it stands to its end."""
    data = source.read()
    # Text would be taken for a path.
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(f"the file object must be binary: read() gives {type(data).__name__}")
    return bytes(data)


def _size(size: int | str) -> int:
    from pydicom.misc import size_in_bytes

    try:
        number = size_in_bytes(size)
    except ValueError as error:
        raise ConfigError(f'defer_size={size!r}: must be a number of bytes or like "2 MB"') from (
            error
        )
    return int(number or 0)


def decode(data: bytes, transfer_syntax: str) -> pydicom.Dataset:
    r"""Decode a data set as it travels in a message: without preamble and group 2.

    Parameters
    ----------
    data : bytes
        The encoded data set.
    transfer_syntax : str
        The UID of the transfer syntax it is encoded in (PS3.5 section 10).

    Returns
    -------
    pydicom.Dataset
        The data set. Values and sequences are decoded when they are looked at.

    Raises
    ------
    DecodeError
        If the bytes are no data set in that transfer syntax; it tells where.
    ConfigError
        If the transfer syntax is not in the standard.

    Examples
    --------
    >>> import dicomwire as dw
    >>> dataset = dw.decode(b"\x10\x00\x20\x00\x04\x00\x00\x001CT1", "1.2.840.10008.1.2")
    >>> dataset.PatientID
    '1CT1'
    """
    from dicomwire._core import decode as index

    from . import lazy

    elements = index(data, str(transfer_syntax), max_depth=64)
    if elements is None:
        raise ConfigError(
            f"transfer_syntax={transfer_syntax!r}: not a transfer syntax of the standard "
            "(PS3.6 table A-1)"
        )
    return cast("pydicom.Dataset", lazy.new(lazy.Item, _state(elements)))
