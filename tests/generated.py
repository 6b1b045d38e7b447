"""DICOM files made up for tests, encoded by hand so that their bytes are known."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from wire import CT_IMAGE_STORAGE, EXPLICIT_LE

if TYPE_CHECKING:
    from pathlib import Path

MULTI_FRAME_STORAGE = "1.2.840.10008.5.1.4.1.1.7.3"
_LONG_FORM = {"OB", "OW", "SQ", "UN", "UT"}


def element(group: int, number: int, vr: str, value: bytes | str | int) -> bytes:
    """Encode one element in Explicit VR Little Endian (PS3.5 section 7.1.2)."""
    if isinstance(value, int):
        value = struct.pack("<H", value)
    if isinstance(value, str):
        value = value.encode()
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB") else b" "
    if vr in _LONG_FORM:
        return struct.pack("<HH2sxxL", group, number, vr.encode(), len(value)) + value
    return struct.pack("<HH2sH", group, number, vr.encode(), len(value)) + value


def file_meta(
    sop_class_uid: str | None, sop_instance_uid: str | None, syntax: str | None = EXPLICIT_LE
) -> bytes:
    """Encode preamble, prefix and group 2; None leaves an element out."""
    body = element(2, 1, "OB", b"\0\1")
    if sop_class_uid is not None:
        body += element(2, 2, "UI", sop_class_uid)
    if sop_instance_uid is not None:
        body += element(2, 3, "UI", sop_instance_uid)
    if syntax is not None:
        body += element(2, 0x10, "UI", syntax)
    body += element(2, 0x12, "UI", "2.25.1")
    return bytes(128) + b"DICM" + element(2, 0, "UL", struct.pack("<L", len(body))) + body


def dataset(
    sop_class_uid: str, sop_instance_uid: str, *, rows: int = 8, columns: int = 8, frames: int = 1
) -> bytes:
    """Encode a monochrome 16-bit image in Explicit VR Little Endian."""
    row = bytes(index % 251 for index in range(columns * 2))
    several = element(0x28, 8, "IS", str(frames)) if frames > 1 else b""
    return b"".join(
        [
            element(8, 0x16, "UI", sop_class_uid),
            element(8, 0x18, "UI", sop_instance_uid),
            element(8, 0x60, "CS", "CT"),
            element(0x10, 0x10, "PN", "Phantom^Water"),
            element(0x10, 0x20, "LO", "P1"),
            element(0x20, 0x0D, "UI", "2.25.101"),
            element(0x20, 0x0E, "UI", "2.25.102"),
            element(0x28, 2, "US", 1),
            element(0x28, 4, "CS", "MONOCHROME2"),
            several,
            element(0x28, 0x10, "US", rows),
            element(0x28, 0x11, "US", columns),
            element(0x28, 0x100, "US", 16),
            element(0x28, 0x101, "US", 12),
            element(0x28, 0x102, "US", 11),
            element(0x28, 0x103, "US", 0),
            element(0x7FE0, 0x10, "OW", row * rows * frames),
        ]
    )


def write_image(
    path: Path,
    sop_instance_uid: str,
    *,
    sop_class_uid: str = CT_IMAGE_STORAGE,
    rows: int = 8,
    columns: int = 8,
    frames: int = 1,
) -> Path:
    """Write a Part 10 file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    body = dataset(sop_class_uid, sop_instance_uid, rows=rows, columns=columns, frames=frames)
    path.write_bytes(file_meta(sop_class_uid, sop_instance_uid) + body)
    return path


def write_series(directory: Path, count: int, *, rows: int = 8, columns: int = 8) -> list[Path]:
    """Write so many CT images with UIDs 2.25.1000, 2.25.1001 and so on."""
    return [
        write_image(
            directory / f"{number:05}.dcm", f"2.25.{1000 + number}", rows=rows, columns=columns
        )
        for number in range(count)
    ]
