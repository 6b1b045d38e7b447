"""Data sets: read and written by Rust, seen as pydicom's own objects.

`read_file` and `decode` give `pydicom.FileDataset` and `pydicom.Dataset` objects whose elements
are made when they are looked at; `write_file` and `encode` take any `pydicom.Dataset`. pydicom
itself is imported by the first call.
"""

from __future__ import annotations

from .reading import decode, read_file
from .transcoding import transcode_file
from .writing import encode, encode_file, write_file

__all__ = ["decode", "encode", "encode_file", "read_file", "transcode_file", "write_file"]
