"""Converting files between transfer syntaxes (PS3.5 section 10)."""

from __future__ import annotations

import os
from itertools import chain
from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .reading import ReadableFile
    from .writing import Writable

__all__ = ["transcode_file"]


def transcode_file(
    source: ReadableFile,
    target: str | os.PathLike[str] | Writable,
    transfer_syntax: str,
    *,
    overwrite: bool = True,
) -> None:
    """Write a file anew in another uncompressed or deflated transfer syntax.

    The file streams through: memory stays at a few megabytes however large it is. Values are
    copied byte for byte, but for the byte order where that changes; pixel data is neither
    compressed nor decompressed. What changes beside the headers is written down in
    ``docs/codec.md``.

    Parameters
    ----------
    source : str, path-like, bytes or binary file
        The file to read.
    target : path or file object
        Where to write; as for `write_file`, a path never names half a file, and it may be the
        source itself.
    transfer_syntax : str
        The UID of the transfer syntax to write. Equal to that of the source, the file is copied.
    overwrite : bool
        Whether a file of that name is replaced.

    Raises
    ------
    DecodeError
        If the source is no DICOM file or damaged, or it takes an image codec to convert it.
    ConfigError
        If the transfer syntax is not in the standard.
    FileExistsError
        If there is such a file and `overwrite` is false.
    OSError
        If a file cannot be read or written.

    Examples
    --------
    >>> import io
    >>> import dicomwire as dw
    >>> from pydicom.data import get_testdata_file
    >>> implicit = io.BytesIO()
    >>> dw.transcode_file(get_testdata_file("CT_small.dcm"), implicit, "1.2.840.10008.1.2")
    >>> dw.read_file(implicit.getvalue()).file_meta.TransferSyntaxUID.name
    'Implicit VR Little Endian'
    """
    from .writing import write_pieces

    write_pieces(target, _pieces(source, str(transfer_syntax)), overwrite=overwrite)


def _pieces(source: ReadableFile, transfer_syntax: str) -> Iterator[bytes]:
    """Return the parts of the new file, one after the other."""
    from dicomwire._core import ConvertedDataSet

    from .reading import contents, read_file
    from .writing import encode_head

    if not isinstance(source, str | os.PathLike | bytes):
        source = bytes(source) if isinstance(source, bytearray | memoryview) else contents(source)
    data_set = ConvertedDataSet.open(source, transfer_syntax)
    if data_set is None:
        raise ConfigError(
            f"transfer_syntax={transfer_syntax!r}: not a transfer syntax of the standard "
            "(PS3.6 table A-1)"
        )
    identity = read_file(source, tags=["SOPClassUID", "SOPInstanceUID"], stop_before_pixels=True)
    return chain([encode_head(identity, identity.file_meta, transfer_syntax)], data_set)
