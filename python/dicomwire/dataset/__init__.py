"""Data sets between bytes and pydicom's ``Dataset``."""

from __future__ import annotations

from ._write import encode, write_file

__all__ = ["encode", "write_file"]
