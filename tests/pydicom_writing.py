"""What pydicom's own writer makes of a data set, and what ours makes of it, to be compared."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pydicom
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import UID

import dicomwire as dw
from dicomwire._core import encode_data_set

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
BIG, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
UNCOMPRESSED = (IMPLICIT, EXPLICIT, BIG, DEFLATED)
_WORDS = {"OW": 2, "OL": 4, "OF": 4, "OD": 8, "OV": 8}


def read(path: Path, *, touched: bool = False) -> Dataset | None:
    """Read a file of the corpora; None if pydicom finds no data set in it."""
    try:
        dataset = pydicom.dcmread(path, force=True)
        if touched:
            touch(dataset)
    except Exception:  # noqa: BLE001 (whatever it is, there is nothing to write)
        return None
    is_data_set = all(element.tag.group > 2 for element in dataset.elements())
    return dataset if is_data_set else None


def touch(dataset: Dataset) -> None:
    """Have every element decoded."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                touch(item)


def by_pydicom(dataset: Dataset, uid: str) -> bytes:
    """Encode with pydicom's writer, without deflating."""
    syntax = UID(uid)
    order_words(dataset, is_little=syntax.is_little_endian)
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = syntax.is_implicit_VR, syntax.is_little_endian
    write_dataset(buffer, dataset)
    return buffer.getvalue()


def by_us(dataset: Dataset, uid: str, *, most_fallbacks: int = 0) -> bytes:
    """Encode with dicomwire, and inflate what is deflated."""
    pieces, fallbacks = encode_data_set(dataset, uid, False)
    assert fallbacks <= most_fallbacks, "too many elements were left to pydicom's writer"
    encoded = b"".join(pieces)
    assert dw.encode(dataset, uid) == encoded
    return inflated(encoded) if uid == DEFLATED else encoded


def inflated(encoded: bytes) -> bytes:
    """Inflate a deflated data set, padding included."""
    assert len(encoded) % 2 == 0
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(encoded)


def inflated_file(file: bytes, uid: str) -> bytes:
    """Inflate the data set of a file, if it is deflated."""
    if uid != DEFLATED:
        return file
    start = 144 + int(struct.unpack_from("<L", file, 140)[0])
    return file[:start] + inflated(file[start:])


def order_words(dataset: Dataset, *, is_little: bool, was_little: bool = True) -> None:
    """Do what pydicom's documentation asks of those who change the byte order.

    Words are in the order their data set was read in; in one that was made up, in that of the data
    set around it, and little endian at the top.
    """
    read_little = dataset.original_encoding[1]
    was_little = was_little if read_little is None else read_little
    for element in dataset.elements() if was_little == is_little else dataset:
        if element.VR == "SQ" and not element.is_raw:
            for item in element.value:
                order_words(item, is_little=is_little, was_little=was_little)
        elif was_little != is_little and element.VR in _WORDS and element.value:
            width, value = _WORDS[element.VR], element.value
            swapped = bytearray(value)
            for place in range(width):
                swapped[place::width] = value[width - 1 - place :: width]
            element.value = bytes(swapped)
