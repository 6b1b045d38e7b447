"""What it means that a data set arrived identical.

Two strengths: `dataset_bytes` compares the encoded data set when nothing had a reason to touch it,
and `differences` compares element by element when it was transcoded or passed through a parser on
the way.
"""

from __future__ import annotations

import io
import struct
import warnings
from typing import TYPE_CHECKING

import pydicom
from pydicom.tag import Tag

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom import Dataset
    from pydicom.dataelem import DataElement, RawDataElement

_WORD = {"OW": 2, "US": 2, "SS": 2, "AT": 2, "OL": 4, "OF": 4, "UL": 4, "SL": 4, "FL": 4}
_WORD |= {"OD": 8, "OV": 8, "FD": 8, "UV": 8, "SV": 8}


def meta_and_dataset_bytes(data: bytes) -> tuple[dict[int, bytes], bytes]:
    """Split a file into its group 2 elements, by number, and the bytes after them.

    Preamble, prefix and group 2 may be missing: the corpora have files that are a bare data set.
    """
    elements = {}
    offset = 132 if data[128:132] == b"DICM" else 0
    while data[offset : offset + 2] == b"\x02\x00":
        element, vr = struct.unpack_from("<2xH2s", data, offset)
        if vr in (b"OB", b"UN", b"UT", b"SQ"):
            (length,) = struct.unpack_from("<L", data, offset + 8)
            offset += 12
        else:
            (length,) = struct.unpack_from("<H", data, offset + 6)
            offset += 8
        elements[element] = data[offset : offset + length]
        offset += length
    return elements, data[offset:]


def dataset_bytes(path: Path) -> bytes:
    """Return the encoded data set of a file: all that follows its group 2."""
    return meta_and_dataset_bytes(path.read_bytes())[1]


def transfer_syntax(path: Path) -> str:
    """Return the transfer syntax UID in group 2 of a file, "" if it has none."""
    elements, _ = meta_and_dataset_bytes(path.read_bytes())
    return elements.get(0x10, b"").rstrip(b"\0 ").decode()


def read(source: Path | bytes) -> Dataset:
    """Read a file with pydicom, whatever warnings its values are worth."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(
            io.BytesIO(source) if isinstance(source, bytes) else source, force=True
        )


def differences(left: Dataset, right: Dataset) -> list[str]:
    """List every element in which two data sets differ, with its path; group 2 does not count.

    Not a difference: group lengths (retired, PS3.5 section 7.2), data set trailing padding, the
    byte order and the padding of a value.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(_compare(left, right, ""))


def _compare(left: Dataset, right: Dataset, path: str) -> list[str]:
    found = []
    tags = [{tag for tag in side.keys() if _counts(tag)} for side in (left, right)]  # noqa: SIM118
    found += [f"{path}{Tag(tag)} is missing" for tag in sorted(tags[0] - tags[1])]
    found += [f"{path}{Tag(tag)} is new" for tag in sorted(tags[1] - tags[0])]
    for tag in sorted(tags[0] & tags[1]):
        here = f"{path}{Tag(tag)}"
        one, other = _element(left, tag), _element(right, tag)
        if _is_sequence(one) and _is_sequence(other):
            if len(one.value) != len(other.value):
                found.append(f"{here} has {len(other.value)} items instead of {len(one.value)}")
            for number, (item, twin) in enumerate(zip(one.value, other.value, strict=False)):
                found += _compare(item, twin, f"{here}[{number}].")
        elif _plain(left, one) != _plain(right, other):
            found.append(f"{here} {_show(one)} became {_show(other)}")
    return found


def _counts(tag: int) -> bool:
    return tag & 0xFFFF != 0 and tag != 0xFFFC_FFFC and tag >> 16 != 2


def _element(dataset: Dataset, tag: int) -> DataElement | RawDataElement:
    """Return the element decoded, or as it is if pydicom cannot decode it."""
    raw = dataset.get_item(tag)
    try:
        return dataset[tag]
    except Exception:  # noqa: BLE001 - corpora hold values that no reader can decode
        return raw


def _is_sequence(element: DataElement | RawDataElement) -> bool:
    return element.VR == "SQ" and not isinstance(element.value, bytes)


def _plain(dataset: Dataset, element: DataElement | RawDataElement) -> object:
    """Bring a value to the form in which byte order and padding do not show."""
    value = element.value
    if isinstance(value, bytes):
        word = _WORD.get(str(element.VR), 1)
        little = getattr(dataset, "original_encoding", (None, True))[1]
        if word > 1 and little is False and len(value) % word == 0:
            value = b"".join(value[at : at + word][::-1] for at in range(0, len(value), word))
        return value.rstrip(b"\0 ")
    if value is None or value == "":
        return b""
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - only NaN differs from itself
        return "nan"
    return str(value).rstrip("\0 ") if isinstance(value, str) else repr(value)


def _show(element: DataElement | RawDataElement) -> str:
    text = repr(element.value)
    return f"{element.VR} {text if len(text) <= 60 else text[:57] + '...'}"
