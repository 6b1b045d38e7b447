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
from wire import DEFLATED_LE

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom import Dataset

_WORD = {"OW": 2, "US": 2, "SS": 2, "AT": 2, "OL": 4, "OF": 4, "UL": 4, "SL": 4, "FL": 4}
_WORD |= {"OD": 8, "OV": 8, "FD": 8, "UV": 8, "SV": 8}
# "US or SS", "US or OW", "OB or OW" in PS3.6.
_AMBIGUOUS = {"US", "SS", "OW", "OB"}


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


def on_the_wire(path: Path) -> bytes:
    """Return the data set as it has to go: PS3.5 annex A.5 pads an odd deflated one with zero."""
    data = dataset_bytes(path)
    deflated = transfer_syntax(path) == DEFLATED_LE
    return data + b"\0" * (len(data) % 2) if deflated else data


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
    byte order and the padding of a value, and the value representation where Implicit VR leaves
    it to the reader: of private elements, and of those the standard gives a choice for.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _compare(left, right, "")


def _compare(left: Dataset, right: Dataset, path: str) -> list[str]:
    found = []
    tags = [{tag for tag in side.keys() if _counts(tag)} for side in (left, right)]  # noqa: SIM118
    found += [f"{path}{Tag(tag)} is missing" for tag in sorted(tags[0] - tags[1])]
    found += [f"{path}{Tag(tag)} is new" for tag in sorted(tags[1] - tags[0])]
    for tag in sorted(tags[0] & tags[1]):
        found += _compare_elements(_Element(left, tag), _Element(right, tag), f"{path}{Tag(tag)}")
    return found


def _counts(tag: int) -> bool:
    return tag & 0xFFFF != 0 and tag != 0xFFFC_FFFC and tag >> 16 != 2


def _compare_elements(left: _Element, right: _Element, path: str) -> list[str]:
    if left.items is not None and right.items is not None:
        if len(left.items) != len(right.items):
            return [f"{path} has {len(right.items)} items instead of {len(left.items)}"]
        pairs = enumerate(zip(left.items, right.items, strict=True))
        return [line for at, pair in pairs for line in _compare(*pair, f"{path}[{at}].")]
    is_open = "UN" in (left.vr, right.vr) or {left.vr, right.vr} <= _AMBIGUOUS or left.is_private
    if left.vr != right.vr and is_open:
        known = right.vr if left.vr == "UN" else left.vr
        same = left.little_endian_bytes(known) == right.little_endian_bytes(known)
    else:
        same = left.plain() == right.plain()
    return [] if same else [f"{path} {left} became {right}"]


class _Element:
    """One element of a data set, as read and as decoded."""

    def __init__(self, dataset: Dataset, tag: int) -> None:
        # The raw element first: looking at the decoded one replaces it.
        self.raw = dataset.get_item(tag)
        self.is_little_endian = dataset.original_encoding[1] is not False
        try:
            decoded = dataset[tag]
        except Exception:  # noqa: BLE001 - corpora hold values that no reader can decode
            decoded = self.raw
        self.vr = str(decoded.VR)
        self.is_private = bool(tag >> 16 & 1)
        self.value = decoded.value
        self.items = None if self.vr != "SQ" or isinstance(self.value, bytes) else self.value

    def little_endian_bytes(self, vr: str) -> bytes:
        """Return the bytes of the value in little endian, without padding."""
        value = self.raw.value
        if not isinstance(value, bytes):
            return b"" if value is None else repr(value).encode()
        word = _WORD.get(vr, 1)
        if word > 1 and not self.is_little_endian and len(value) % word == 0:
            value = b"".join(value[at : at + word][::-1] for at in range(0, len(value), word))
        return value.rstrip(b"\0 ")

    def plain(self) -> object:
        """Return the value in a form in which byte order and padding do not show."""
        if isinstance(self.value, bytes):
            return self.little_endian_bytes(self.vr)
        if self.value is None or self.value == "":
            return b""
        return self.value.rstrip("\0 ") if isinstance(self.value, str) else repr(self.value)

    def __str__(self) -> str:
        text = repr(self.value)
        return f"{self.vr} {text if len(text) <= 60 else text[:57] + '...'}"
