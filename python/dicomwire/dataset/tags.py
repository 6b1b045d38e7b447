"""Naming data elements: keywords and tags in the forms people write them."""

from __future__ import annotations

import difflib
import re
from typing import Union

from dicomwire.errors import ConfigError

__all__ = ["TagLike", "tag_number"]

TagLike = Union[str, int, tuple[int, int]]

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
    if isinstance(tag, tuple) and len(tag) == 2 and all(isinstance(part, int) for part in tag):
        group, element = tag
        if 0 <= group <= 0xFFFF and 0 <= element <= 0xFFFF:
            return group << 16 | element
    elif isinstance(tag, int) and not isinstance(tag, bool):
        if 0 <= tag <= 0xFFFFFFFF:
            return int(tag)
    elif isinstance(tag, str):
        return _from_text(tag)
    raise ConfigError(
        f"tag {tag!r}: must be a keyword, a number from 0 to 0xFFFFFFFF, or (group, element)"
    )


def _from_text(text: str) -> int:
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
