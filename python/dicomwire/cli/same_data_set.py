"""Whether two Part 10 files hold the same data set, byte for byte or element for element.

Deliberately apart from the rest of the package: it finds the data set by its own few lines and
compares elements with pydicom, so that it is a second opinion.
"""

from __future__ import annotations

import struct
import warnings
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Sameness", "compare_files", "data_set_offset"]

_PREAMBLE = 128
# The value representations with a 32-bit length that occur in group 2 (PS3.5 section 7.1.2).
_LONG_FORM = (b"OB", b"OW", b"SQ", b"UN", b"UT", b"UC", b"UR")


class Sameness(StrEnum):
    """How much two files have in common."""

    IDENTICAL = "identical"
    """The data sets are the same bytes."""
    EQUAL = "equal"
    """The transfer syntax is another one; all elements are equal."""
    DIFFERENT = "different"


def data_set_offset(content: bytes) -> int:
    """Find where the data set begins, behind the file meta information (PS3.10 section 7.1)."""
    position = _PREAMBLE + 4 if content[_PREAMBLE : _PREAMBLE + 4] == b"DICM" else 0
    while content[position : position + 2] == b"\x02\x00":
        representation = content[position + 4 : position + 6]
        if representation in _LONG_FORM:
            head, form, at = 12, "<I", position + 8
        elif representation.isalpha() and representation.isupper():
            head, form, at = 8, "<H", position + 6
        else:
            # Implicit VR in group 2 is against the standard and seen in the field.
            head, form, at = 8, "<I", position + 4
        if at + struct.calcsize(form) > len(content):
            return len(content)
        position += head + struct.unpack_from(form, content, at)[0]
    return min(position, len(content))


def compare_files(source: Path, received: Path, *, same_syntax: bool) -> Sameness:
    """Compare what was sent with what arrived.

    Parameters
    ----------
    source, received : Path
        The two files; their file meta information may differ.
    same_syntax : bool
        Whether the transfer syntax was left as it was, so that every byte has to match.

    Returns
    -------
    Sameness
        The verdict.
    """
    sent, arrived = source.read_bytes(), received.read_bytes()
    sent, arrived = sent[data_set_offset(sent) :], arrived[data_set_offset(arrived) :]
    # A deflated data set of odd length gets a zero byte on its way (PS3.5 section A.5).
    if arrived == sent or (len(sent) % 2 == 1 and arrived == sent + b"\0"):
        return Sameness.IDENTICAL
    if not same_syntax and _elements_equal(source, received):
        return Sameness.EQUAL
    return Sameness.DIFFERENT


def _elements_equal(source: Path, received: Path) -> bool:
    """Compare with pydicom."""
    from pydicom import dcmread

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(dcmread(source, force=True) == dcmread(received, force=True))
