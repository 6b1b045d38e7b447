"""Files made from real ones by breaking them, the same ones for the same seed.

Nothing of dicomwire is in here. A file is taken apart into its encoded elements; elements are
dropped, doubled, swapped, put into sequences and given other VRs and lengths; then bytes are
changed anywhere.
"""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pydicom
import wire
from corpora import corpus_files
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SYNTAXES = (wire.IMPLICIT_LE, wire.EXPLICIT_LE, wire.EXPLICIT_BE, wire.DEFLATED_LE)
# Longer values and files take longer to compare and show nothing else.
LONGEST_VALUE = 1024
LONGEST_FILE = 8192
MOST_ELEMENTS = 40

_VRS = b"AEASATCSDADSDTFLFDISLOLTOBODOFOLOVOWPNSHSLSQSSSTSVTMUCUIULUNURUSUTUVZZ"
_LENGTHS = (0, 1, 2, 3, 4, 7, 8, 64, 0xFFFE, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
_WORDS = (
    b"\xfe\xff\x00\xe0",
    b"\xfe\xff\x0d\xe0",
    b"\xfe\xff\xdd\xe0",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\xe0\x7f\x10\x00",
    b"\x28\x00\x03\x01",
    b"\x08\x00\x05\x00",
    b"ISO 2022 IR 87",
    b"ISO_IR 192",
    b"\x1b$B",
    b"\\",
    b"^",
)


@dataclass(frozen=True)
class Mutant:
    """A broken file and where it came from."""

    origin: str
    syntax: str
    content: bytes


@cache
def short_data_set(path: Path) -> pydicom.Dataset | None:
    """Read a file and leave out long values; None if pydicom cannot read or write it."""
    try:
        data_set = pydicom.dcmread(path, force=True)
        short = pydicom.Dataset()
        for element in data_set:
            alone = pydicom.Dataset()
            alone.add(element)
            if len(encode(alone, wire.EXPLICIT_LE)) <= LONGEST_VALUE:
                short.add(element)
    except Exception:  # noqa: BLE001 - some files are broken on purpose
        return None
    return short


def encode(data_set: pydicom.Dataset, syntax: str) -> bytes:
    """Encode a data set in one of the four uncompressed transfer syntaxes."""
    file = DicomBytesIO()
    file.is_little_endian = syntax != wire.EXPLICIT_BE
    file.is_implicit_VR = syntax == wire.IMPLICIT_LE
    write_dataset(file, data_set)
    plain = file.getvalue()
    return deflate(plain) if syntax == wire.DEFLATED_LE else plain


def deflate(plain: bytes) -> bytes:
    """Make the raw deflate stream of PS3.5 section A.5."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(plain) + deflater.flush()


@cache
def encoded_elements(path: Path, syntax: str) -> tuple[bytes, ...]:
    """Give the elements of a file, each encoded by itself; those that cannot be are left out."""
    found = []
    for element in short_data_set(path) or ():
        alone = pydicom.Dataset()
        alone.add(element)
        try:
            found.append(encode(alone, syntax))
        except Exception:  # noqa: BLE001 - some values cannot be written
            continue
    return tuple(found)


def mutants(seed: int) -> Iterator[Mutant]:
    """Give mutants without end."""
    chance = random.Random(seed)
    files = [path for path in corpus_files() if encoded_elements(path, wire.EXPLICIT_LE)]
    while True:
        path = chance.choice(files)
        syntax = chance.choice(SYNTAXES)
        plain = wire.EXPLICIT_LE if syntax == wire.DEFLATED_LE else syntax
        elements = list(encoded_elements(path, plain))
        start = chance.randrange(max(1, len(elements) - MOST_ELEMENTS + 1))
        elements = elements[start : start + MOST_ELEMENTS]
        for _ in range(chance.randrange(4)):
            _change_structure(chance, elements, plain)
        body = b"".join(elements)[:LONGEST_FILE]
        for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
            body = _change_bytes(chance, body)
        if syntax == wire.DEFLATED_LE:
            body = deflate(body)
        yield Mutant(path.name, syntax, _file(chance, syntax, body))


def _change_structure(chance: random.Random, elements: list[bytes], syntax: str) -> None:
    if not elements:
        return
    at = chance.randrange(len(elements))
    change = chance.randrange(6)
    if change == 0:
        del elements[at]
    elif change == 1:
        elements.insert(chance.randrange(len(elements)), elements[at])
    elif change == 2:
        elements[at : at + 3] = elements[at : at + 3][::-1]
    elif change == 3:
        elements[at : at + 3] = [_sequence(chance, elements[at : at + 3], syntax)]
    elif change == 4:
        elements[at] = _with_vr(chance, elements[at], syntax)
    else:
        elements[at] = _with_length(chance, elements[at], syntax)


def _sequence(chance: random.Random, elements: list[bytes], syntax: str) -> bytes:
    order = ">" if syntax == wire.EXPLICIT_BE else "<"
    tag = chance.choice(((0x0008, 0x1140), (0x0040, 0xA730), (0x0009, 0x1001), (0x0010, 0x0010)))
    vr = b"" if syntax == wire.IMPLICIT_LE else chance.choice((b"SQ", b"SQ", b"UN")) + b"\0\0"

    def item(content: bytes) -> bytes:
        if chance.random() < 0.5:
            return struct.pack(order + "HHL", 0xFFFE, 0xE000, len(content)) + content
        end = struct.pack(order + "HHL", 0xFFFE, 0xE00D, 0)
        return struct.pack(order + "HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + content + end

    items = b"".join(item(content) for content in (b"".join(elements), elements[0], b""))
    header = struct.pack(order + "HH", *tag) + vr
    if chance.random() < 0.5:
        return header + struct.pack(order + "L", len(items)) + items
    end = struct.pack(order + "HHL", 0xFFFE, 0xE0DD, 0)
    return header + struct.pack(order + "L", 0xFFFFFFFF) + items + end


def _with_vr(chance: random.Random, element: bytes, syntax: str) -> bytes:
    if syntax == wire.IMPLICIT_LE:
        return element
    at = 2 * chance.randrange(len(_VRS) // 2)
    return element[:4] + _VRS[at : at + 2] + element[6:]


def _with_length(chance: random.Random, element: bytes, syntax: str) -> bytes:
    order = ">" if syntax == wire.EXPLICIT_BE else "<"
    length = chance.choice((*_LENGTHS, len(element), max(0, len(element) - 9)))
    if syntax == wire.IMPLICIT_LE:
        return element[:4] + struct.pack("<L", length) + element[8:]
    if element[4:6] in {b"OB", b"OW", b"OF", b"SQ", b"UN", b"UT", b"UC", b"UR"}:
        return element[:8] + struct.pack(order + "L", length) + element[12:]
    return element[:6] + struct.pack(order + "H", length & 0xFFFF) + element[8:]


def _change_bytes(chance: random.Random, body: bytes) -> bytes:
    if not body:
        return body
    at = chance.randrange(len(body))
    change = chance.randrange(6)
    if change == 0:
        return body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
    if change == 1:
        word = chance.choice(_WORDS)
        return body[:at] + word + body[at + len(word) :]
    if change == 2:
        return body[:at] + chance.choice(_WORDS) + body[at:]
    if change == 3:
        return body[:at] + body[at + chance.randrange(1, 16) :]
    if change == 4:
        return body[:at]
    return body + bytes(chance.randrange(1, 24))


def _file(chance: random.Random, syntax: str, body: bytes) -> bytes:
    """Put a head before a data set; now and then one that lies, or none."""
    declared = syntax if chance.random() < 0.95 else chance.choice(SYNTAXES)
    if chance.random() < 0.03:
        return body
    uid = declared.encode() + b"\0" * (len(declared) % 2)
    element = b"\x02\0\x10\0UI" + struct.pack("<H", len(uid)) + uid
    length = b"\x02\0\0\0UL\x04\0" + struct.pack("<L", len(element))
    return bytes(128) + b"DICM" + length + element + body
