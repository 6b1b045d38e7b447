"""Data sets: read and written by Rust, seen as pydicom's own objects.

`read_file` and `decode` give `pydicom.FileDataset` and `pydicom.Dataset` objects whose elements
are made when they are looked at. pydicom itself is imported by the first call.
"""

from __future__ import annotations

from .reading import decode, read_file

__all__ = ["decode", "read_file"]
