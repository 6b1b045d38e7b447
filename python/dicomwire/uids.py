"""Unique identifiers: making, checking, and the two that name this implementation.

See PS3.5 section 9 and annex B for the form, PS3.7 section D.3.3.2 for the implementation's.
"""

from __future__ import annotations

import re

from ._version import __version__

__all__ = [
    "IMPLEMENTATION_CLASS_UID",
    "IMPLEMENTATION_VERSION_NAME",
    "generate_uid",
    "is_valid_uid",
]

IMPLEMENTATION_CLASS_UID = "2.25.175268576932657758622661743018592054143"
"""The implementation class UID of dicomwire; the same for every version."""

IMPLEMENTATION_VERSION_NAME = f"DICOMWIRE_{__version__.replace('.', '_')}"[:16]
"""The implementation version name, at most 16 characters."""

_MAX_LENGTH = 64
_FORM = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+", re.ASCII)


def is_valid_uid(uid: str) -> bool:
    """Say whether a text is a UID as PS3.5 section 9.1 wants it.

    Components are decimal without leading zeros, divided by dots; 64 characters at most.
    """
    return len(uid) <= _MAX_LENGTH and _FORM.fullmatch(uid) is not None


def generate_uid() -> str:
    """Make a new UID from a random UUID under the root 2.25 (PS3.5 section B.2)."""
    from uuid import uuid4

    return f"2.25.{uuid4().int}"
