"""Naming data elements: keywords and tags in the forms people write them."""

from __future__ import annotations

import difflib
import re
from typing import TypeAlias

from dicomwire._core import tag_of
from dicomwire.errors import ConfigError

__all__ = ["TagLike", "tag_number"]

TagLike: TypeAlias = str | int | tuple[int, int]

_MAX_HALF = 0xFFFF
_MAX_TAG = 0xFFFFFFFF

_HEXADECIMAL = re.compile(r"\(?\s*([0-9A-Fa-f]{4})\s*,?\s*([0-9A-Fa-f]{4})\s*\)?")


def tag_number(tag: TagLike) -> int:
    """Return a tag as one number, 0xGGGGEEEE.

    Parameters
    ----------
    tag : str, int or (int, int)
        A keyword of PS3.6, ``"0010,0020"``, ``"(0010,0020)"``, ``"00100020"``, ``0x00100020`` or
        ``(0x0010, 0x0020)``.

    Returns
    -------
    int
        The tag.

    Raises
    ------
    ConfigError
        If it is none of these, or no keyword of the standard; near ones are named.
    """
    match tag:
        case str():
            return _from_text(tag)
        case int() if not isinstance(tag, bool) and 0 <= tag <= _MAX_TAG:
            return int(tag)
        case (int() as group, int() as element) if _is_half(group) and _is_half(element):
            return group << 16 | element
    raise ConfigError(
        f"tag {tag!r}: must be a keyword, a number from 0 to 0xFFFFFFFF, or (group, element)"
    )


def _is_half(number: int) -> bool:
    return 0 <= number <= _MAX_HALF


def _from_text(text: str) -> int:
    # Keywords are ASCII; not every other text of Python can be asked for.
    number = tag_of(text) if text.isascii() else None
    if number is not None:
        # The usual case, without pydicom's dictionary.
        return number
    from pydicom.datadict import keyword_dict, tag_for_keyword

    number = tag_for_keyword(text)
    if number is not None:
        return int(number)
    found = _HEXADECIMAL.fullmatch(text.strip())
    if found is not None:
        return int(found[1], 16) << 16 | int(found[2], 16)
    near = difflib.get_close_matches(text, keyword_dict, n=3)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise ConfigError(f"tag {text!r}: neither a keyword of PS3.6 nor like 0010,0020{hint}")
