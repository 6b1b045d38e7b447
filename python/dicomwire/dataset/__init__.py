"""Data sets between bytes and pydicom's ``Dataset``."""

from __future__ import annotations

from ._write import encode, encode_file, write_file

__all__ = ["encode", "encode_file", "write_file"]
