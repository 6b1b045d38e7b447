"""Deterministic DICOM files to send: explicit VR little endian, written with `struct` only.

The same bytes come out on every machine, so results of different days compare the same work.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benches.scenario import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Corpora", "Shape", "study_uid", "write_instance"]

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
MULTI_FRAME_WORD_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7.3"
EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"

# A root of the 2.25 arc: no organisation's UIDs are used for made-up instances.
_UID_ROOT = "2.25.302817403391"
_LONG_LENGTH_VRS = frozenset({"OB", "OW", "SQ", "UN", "UT"})
_PIXEL_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Shape:
    """The kind of instance a corpus is made of."""

    sop_class_uid: str
    side: int
    frames: int = 1
    sparse: bool = False
    """Leave the pixels a hole in the file: they are there and take no room."""

    @property
    def pixel_bytes(self) -> int:
        """Size of the pixel data of one instance, 16 bits a pixel."""
        return self.side * self.side * 2 * self.frames

    @property
    def stored_bytes(self) -> int:
        """What one instance takes of the disk, about."""
        return 8192 if self.sparse else self.pixel_bytes


SHAPES = {
    "small": Shape(CT_IMAGE_STORAGE, 36),
    "ct": Shape(CT_IMAGE_STORAGE, 512),
    "heads": Shape(CT_IMAGE_STORAGE, 512, sparse=True),
    "big": Shape(MULTI_FRAME_WORD_SECONDARY_CAPTURE, 512, 400),
    "huge": Shape(MULTI_FRAME_WORD_SECONDARY_CAPTURE, 512, 954),
}
_QUICK_FRAMES = 8


def study_uid(corpus: str) -> str:
    """Return the UID of the study that all instances of a corpus belong to."""
    return f"{_UID_ROOT}.{_kind(corpus)}.9000001"


def _kind(corpus: str) -> int:
    return sum(corpus.encode())


class Corpora:
    """Directories of instances, made when first asked for.

    Parameters
    ----------
    root : Path
        Where the directories go, on tmpfs.
    quick : bool
        Make multi-frame instances of a few megabytes instead of hundreds.
    """

    def __init__(self, root: Path, *, quick: bool = False) -> None:
        self._root = root
        self._quick = quick

    def directory(self, corpus: str, count: int) -> Path:
        """Return a directory that holds the first `count` instances of a corpus.

        Raises
        ------
        BenchError
            If there is no room for it.
        """
        view = self._root / f"{corpus}-{count}"
        if not view.exists():
            view.mkdir(parents=True)
            for path in self._instances(corpus, count):
                # Corpora of different lengths share their instances.
                os.link(path, view / path.name)
        return view

    def size(self, corpus: str, count: int) -> int:
        """Return the bytes in the files of `directory`."""
        return sum(path.stat().st_size for path in self.directory(corpus, count).iterdir())

    def _instances(self, corpus: str, count: int) -> list[Path]:
        shape = SHAPES[corpus]
        if self._quick and shape.frames > 1:
            shape = Shape(shape.sop_class_uid, shape.side, _QUICK_FRAMES)
        pool = self._root / f"all-{corpus}"
        pool.mkdir(parents=True, exist_ok=True)
        paths = [pool / f"{number:05}.dcm" for number in range(1, count + 1)]
        missing = [(n, path) for n, path in enumerate(paths, 1) if not path.exists()]
        needed = len(missing) * shape.stored_bytes
        if needed > shutil.disk_usage(self._root).free:
            raise BenchError(
                f"{self._root} has no room for the {needed >> 20} MB of corpus {corpus}"
            )
        for number, path in missing:
            write_instance(path, corpus, shape, number)
        return paths


def write_instance(path: Path, corpus: str, shape: Shape, number: int) -> None:
    """Write one instance as a DICOM file (PS3.10 §7)."""
    kind = _kind(corpus)
    instance_uid = f"{_UID_ROOT}.{kind}.{number}"
    meta = _encode(_meta_elements(shape.sop_class_uid, instance_uid))
    header = _encode(_dataset_elements(shape, instance_uid, kind, number))
    with path.open("wb") as file:
        file.write(bytes(128) + b"DICM")
        file.write(_element(0x0002, 0x0000, "UL", struct.pack("<L", len(meta))) + meta)
        file.write(header)
        file.write(struct.pack("<HH2s2xL", 0x7FE0, 0x0010, b"OW", shape.pixel_bytes))
        if shape.sparse:
            file.truncate(file.tell() + shape.pixel_bytes)
            return
        block = random.Random(number).randbytes(min(_PIXEL_BLOCK_BYTES, shape.pixel_bytes))
        left = shape.pixel_bytes
        while left > 0:
            left -= file.write(block[:left])


_Element = tuple[int, int, str, "str | int | bytes"]


def _meta_elements(sop_class_uid: str, instance_uid: str) -> list[_Element]:
    return [
        (0x0002, 0x0001, "OB", b"\x00\x01"),
        (0x0002, 0x0002, "UI", sop_class_uid),
        (0x0002, 0x0003, "UI", instance_uid),
        (0x0002, 0x0010, "UI", EXPLICIT_VR_LITTLE_ENDIAN),
        (0x0002, 0x0012, "UI", f"{_UID_ROOT}.0"),
        (0x0002, 0x0013, "SH", "DW_BENCH"),
    ]


def _dataset_elements(shape: Shape, instance_uid: str, kind: int, number: int) -> list[_Element]:
    """Return a plausible header: about what a scanner writes, in tag order, without pixels."""
    study, series = f"{_UID_ROOT}.{kind}.9000001", f"{_UID_ROOT}.{kind}.9000002"
    frames: list[_Element] = [(0x0028, 0x0008, "IS", str(shape.frames))]
    return [
        (0x0008, 0x0005, "CS", "ISO_IR 100"),
        (0x0008, 0x0008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        (0x0008, 0x0012, "DA", "20240131"),
        (0x0008, 0x0013, "TM", "101500.000000"),
        (0x0008, 0x0016, "UI", shape.sop_class_uid),
        (0x0008, 0x0018, "UI", instance_uid),
        (0x0008, 0x0020, "DA", "20240131"),
        (0x0008, 0x0030, "TM", "100000.000000"),
        (0x0008, 0x0050, "SH", "A0001"),
        (0x0008, 0x0060, "CS", "CT"),
        (0x0008, 0x0064, "CS", "WSD"),
        (0x0008, 0x0070, "LO", "dicomwire benches"),
        (0x0008, 0x0080, "LO", "Nowhere General Hospital"),
        (0x0008, 0x0090, "PN", "Referring^Physician"),
        (0x0008, 0x1030, "LO", "CT of a made-up patient"),
        (0x0008, 0x103E, "LO", "axial 1.25 mm"),
        (0x0008, 0x1090, "LO", "struct"),
        (0x0008, 0x1140, "SQ", _items(_referenced_images(study, number))),
        (0x0010, 0x0010, "PN", "Bench^Patient"),
        (0x0010, 0x0020, "LO", "BENCH-1"),
        (0x0010, 0x0030, "DA", "19700101"),
        (0x0010, 0x0040, "CS", "O"),
        (0x0018, 0x0015, "CS", "CHEST"),
        (0x0018, 0x0050, "DS", "1.25"),
        (0x0018, 0x0060, "DS", "120"),
        (0x0018, 0x1020, "LO", "1.0"),
        (0x0018, 0x1100, "DS", "400"),
        (0x0018, 0x1151, "IS", "220"),
        (0x0018, 0x1210, "SH", "B45f"),
        (0x0018, 0x5100, "CS", "HFS"),
        (0x0020, 0x000D, "UI", study),
        (0x0020, 0x000E, "UI", series),
        (0x0020, 0x0010, "SH", "1"),
        (0x0020, 0x0011, "IS", "2"),
        (0x0020, 0x0013, "IS", str(number)),
        (0x0020, 0x0032, "DS", f"-200\\-200\\{number * 1.25:.2f}"),
        (0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0"),
        (0x0020, 0x0052, "UI", f"{study}.1"),
        (0x0020, 0x1040, "LO", ""),
        (0x0028, 0x0002, "US", 1),
        (0x0028, 0x0004, "CS", "MONOCHROME2"),
        *(frames if shape.frames > 1 else []),
        (0x0028, 0x0010, "US", shape.side),
        (0x0028, 0x0011, "US", shape.side),
        (0x0028, 0x0030, "DS", "0.78125\\0.78125"),
        (0x0028, 0x0100, "US", 16),
        (0x0028, 0x0101, "US", 16),
        (0x0028, 0x0102, "US", 15),
        (0x0028, 0x0103, "US", 0),
        (0x0028, 0x1050, "DS", "40"),
        (0x0028, 0x1051, "DS", "400"),
        (0x0028, 0x1052, "DS", "-1024"),
        (0x0028, 0x1053, "DS", "1"),
    ]


def _referenced_images(study: str, number: int) -> Iterable[list[_Element]]:
    for offset in range(3):
        yield [
            (0x0008, 0x1150, "UI", CT_IMAGE_STORAGE),
            (0x0008, 0x1155, "UI", f"{study}.{number}.{offset}"),
        ]


def _items(items: Iterable[list[_Element]]) -> bytes:
    encoded = (_encode(item) for item in items)
    return b"".join(struct.pack("<HHL", 0xFFFE, 0xE000, len(item)) + item for item in encoded)


def _encode(elements: Iterable[_Element]) -> bytes:
    return b"".join(_element(*element) for element in elements)


def _element(group: int, element: int, vr: str, value: str | int | bytes) -> bytes:
    """Encode one element in explicit VR little endian (PS3.5 §7.1.2)."""
    if isinstance(value, int):
        value = struct.pack("<H", value)
    elif isinstance(value, str):
        padding = b"\x00" if vr == "UI" else b" "
        value = value.encode("latin-1")
        value += padding * (len(value) % 2)
    if vr in _LONG_LENGTH_VRS:
        return struct.pack("<HH2s2xL", group, element, vr.encode(), len(value)) + value
    return struct.pack("<HH2sH", group, element, vr.encode(), len(value)) + value
