"""Writing data sets and files from pydicom's ``Dataset``.

The encoding is done in Rust (`dicomwire._core`); here are the public functions and the files.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dicomwire._core import encode_data_set, encode_file_meta
from dicomwire.errors import EncodeError
from dicomwire.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataset import Dataset, FileMetaDataset

__all__ = ["encode", "encode_file", "write_file"]

_PREAMBLE_LENGTH = 128
# The longest file name everywhere.
_NAME_LENGTH = 255
_numbers = count()
# (implicit VR, little endian) as `Dataset.original_encoding` has it (PS3.5 section 10).
_SYNTAXES = {
    (True, True): "1.2.840.10008.1.2",
    (False, True): "1.2.840.10008.1.2.1",
    (False, False): "1.2.840.10008.1.2.2",
}


class Writable(Protocol):
    """What `write_file` needs of a file object."""

    def write(self, data: bytes | memoryview, /) -> object:
        """Write some or all of `data`; return how many bytes, if it may be only some."""


def encode(dataset: Dataset, transfer_syntax: str) -> bytes:
    r"""Encode a data set in a transfer syntax (PS3.5).

    The result is what goes over the network: the data set alone, without preamble and group 2.
    It is the bytes that pydicom's writer makes, with three exceptions: values of OW and the other
    words change their byte order with the transfer syntax, text of items that came from another
    character set is encoded anew, and pixel data must have the form that the transfer syntax
    demands.

    Parameters
    ----------
    dataset : pydicom.dataset.Dataset
        The data set. It is not modified.
    transfer_syntax : str
        The UID. Nothing is compressed or decompressed: the pixel data must already be native or
        encapsulated as the transfer syntax wants it.

    Returns
    -------
    bytes
        The encoded data set; for a deflated transfer syntax, the deflate stream.

    Raises
    ------
    EncodeError
        If the transfer syntax is unknown or the wrong one for the pixel data, or an element
        cannot be written; it names the element.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> dataset = Dataset()
    >>> dataset.PatientID = "A-1"
    >>> encode(dataset, "1.2.840.10008.1.2.1")
    b'\x10\x00 \x00LO\x04\x00A-1 '
    """
    pieces, _ = encode_data_set(dataset, transfer_syntax, False)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def write_file(
    file: str | os.PathLike[str] | Writable,
    dataset: Dataset,
    *,
    transfer_syntax: str | None = None,
    file_meta: FileMetaDataset | None = None,
    overwrite: bool = True,
) -> None:
    """Write a data set as a DICOM file (PS3.10 section 7).

    The file meta information is completed: what is missing of the required elements is taken
    from the data set or names dicomwire as the implementation, and its length is computed. A
    file that is named by its path is written under a temporary name beside it and renamed at
    the end, so that there is never half a file under that name.

    Parameters
    ----------
    file : path or file object
        Where to write. A file object is written to as it is, and stays open.
    dataset : pydicom.dataset.Dataset
        The data set. It is not modified. Its ``preamble`` is written if it has one.
    transfer_syntax : str, optional
        The UID; otherwise that of the file meta information, or else the encoding in which the
        data set was read. Pixel data is not compressed or decompressed.
    file_meta : pydicom.dataset.FileMetaDataset, optional
        The file meta information; otherwise ``dataset.file_meta``, or else a new one.
    overwrite : bool
        Whether a file of that name is replaced.

    Raises
    ------
    EncodeError
        If the data set or the file meta information cannot be written; it names the element.
    FileExistsError
        If there is such a file and `overwrite` is false.
    OSError
        If the file cannot be written.
    """
    pieces = encode_file(dataset, transfer_syntax=transfer_syntax, file_meta=file_meta)
    write_pieces(file, pieces, overwrite=overwrite)


def write_pieces(
    file: str | os.PathLike[str] | Writable, pieces: Iterable[bytes], *, overwrite: bool
) -> None:
    """Write what `write_file` writes, given the pieces of it."""
    if not isinstance(file, (str, os.PathLike)):
        _write_all(file, pieces)
        return
    path = os.fspath(file)
    there = _status(path)
    if there is not None and not overwrite:
        raise FileExistsError(f"{path} exists; pass overwrite=True to replace it")
    if there is not None and not stat.S_ISREG(there.st_mode):
        with Path(path).open("wb") as device:
            _write_all(device, pieces)
        return
    _replace(path, pieces, there, overwrite=overwrite)


def encode_file(
    dataset: Dataset,
    *,
    transfer_syntax: str | None = None,
    file_meta: FileMetaDataset | None = None,
) -> list[bytes]:
    """Encode a whole file in pieces, which are the file when they are joined.

    Parameters
    ----------
    dataset, transfer_syntax, file_meta
        As for `write_file`.

    Returns
    -------
    list of bytes
        Preamble, prefix, file meta information and data set. Large values are the objects which
        they are in the data set, not copies.

    Raises
    ------
    EncodeError
        As `write_file`.
    """
    meta = dataset.__dict__.get("file_meta") if file_meta is None else file_meta
    syntax = transfer_syntax or _transfer_syntax(dataset, meta)
    data_set, _ = encode_data_set(dataset, syntax, True)
    return [encode_head(dataset, meta, syntax), *data_set]


def encode_head(dataset: Dataset, meta: FileMetaDataset | None, syntax: str) -> bytes:
    """Encode preamble, prefix and file meta information: what goes before the data set."""
    preamble = dataset.__dict__.get("preamble") or bytes(_PREAMBLE_LENGTH)
    if len(preamble) != _PREAMBLE_LENGTH:
        raise EncodeError(
            f"the preamble has {len(preamble)} bytes; set Dataset.preamble to "
            f"{_PREAMBLE_LENGTH} bytes or None"
        )
    head = encode_file_meta(
        dataset, meta, syntax, IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
    )
    return b"".join([preamble, b"DICM", *head])


def _transfer_syntax(dataset: Dataset, meta: FileMetaDataset | None) -> str:
    """Tell the transfer syntax of a data set: the declared one, or the one it was read in."""
    declared: str | None = None if meta is None else meta.get("TransferSyntaxUID")
    if declared:
        return declared
    original = _SYNTAXES.get(dataset.original_encoding)  # type: ignore[arg-type]
    if original is None:
        raise EncodeError(
            "the transfer syntax is not known: the data set was not read from a file and "
            "file_meta has no TransferSyntaxUID; pass transfer_syntax",
            path="(0002,0010)",
        )
    return original


def _status(path: str) -> os.stat_result | None:
    """Return what is to be known of what is there already."""
    try:
        return os.stat(path)  # noqa: PTH116 (called for each of very many files)
    except FileNotFoundError:
        return None


def _replace(
    path: str, pieces: Iterable[bytes], there: os.stat_result | None, *, overwrite: bool
) -> None:
    """Write a file under another name in the same directory, then rename it."""
    if os.path.islink(path):  # noqa: PTH114 (as above)
        # A link stays a link; what it points to is written.
        path = os.path.realpath(path)
    part, descriptor = _create_beside(path, 0o666 if there is None else 0o600)
    try:
        with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 (not a path)
            if there is not None:
                _keep_private(part, there)
            _write_all(file, pieces)
        if overwrite:
            os.replace(part, path)  # noqa: PTH105 (as above)
        else:
            _publish(Path(part), Path(path))
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _keep_private(part: str, there: os.stat_result) -> None:
    """Give a file that is still empty the owner and the permissions of the one it replaces."""
    if hasattr(os, "chown"):
        with suppress(PermissionError):  # only root may give files away
            os.chown(part, there.st_uid, there.st_gid)
    os.chmod(part, stat.S_IMODE(there.st_mode))  # noqa: PTH101 (as above)


def _create_beside(path: str, permissions: int) -> tuple[str, int]:
    """Create a file under a temporary name in the directory of `path`."""
    directory, name = os.path.split(path)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    while True:
        part = f".{name}.{os.getpid()}.{next(_numbers)}.part"
        if len(os.fsencode(part)) > _NAME_LENGTH:
            part = f".{os.getpid()}.{next(_numbers)}.part"
        part = os.path.join(directory, part)  # noqa: PTH118 (as above)
        try:
            return part, os.open(part, flags, permissions)
        except FileExistsError:
            continue  # left behind by a process of the same number that was killed


def _publish(part: Path, path: Path) -> None:
    """Give a file its name unless there is one by then."""
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:
        # No hard links here: reserve the name, so that nobody else takes it meanwhile.
        path.open("xb").close()
        part.replace(path)
    else:
        part.unlink()


def _write_all(file: Writable, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        written = file.write(piece)
        # A file object without a buffer may take less than it is given.
        rest = memoryview(piece)
        while isinstance(written, int) and written < len(rest):
            if written <= 0:
                raise OSError(errno.EIO, "the file object takes no more", str(file))
            rest = rest[written:]
            written = file.write(rest)
