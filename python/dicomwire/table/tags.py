"""Tags and paths as callers write them, brought to the one form the core reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TagLike", "tag_texts"]

TagLike: TypeAlias = "str | int | tuple[int | str, int | str]"
"""A keyword, a number, or a group and element: what names an element."""

_MOST_TAG = 0xFFFF_FFFF
_MOST_NUMBER = 0xFFFF


def tag_texts(tags: Iterable[TagLike] | TagLike) -> list[str]:
    """Bring tags to text.

    Parameters
    ----------
    tags : iterable of tags, or a single one
        See `dicomwire.scan`.

    Returns
    -------
    list of str
        The same, as keywords, ``gggg,eeee``, or paths of these.

    Raises
    ------
    ConfigError
        If one of them is no tag; it names all of these, and keywords that are spelled alike.
    """
    from dicomwire._core import unknown_tags

    single = isinstance(tags, (str, int)) or _is_group_and_element(tags)
    texts = [_text(tag) for tag in ([tags] if single else tags)]  # type: ignore[union-attr]
    unknown = unknown_tags(texts)
    if unknown:
        raise ConfigError("; ".join(_complaint(text) for text in unknown))
    return texts


def _is_group_and_element(tags: object) -> bool:
    """Say whether a pair is one tag; two tags so small would be commands (PS3.7 section E.1)."""
    return (
        isinstance(tags, tuple)
        and len(tags) == 2  # noqa: PLR2004 (group and element)
        and all(isinstance(number, int) and 0 <= number <= _MOST_NUMBER for number in tags)
    )


def _text(tag: object) -> str:
    if isinstance(tag, str):
        return tag
    # A pydicom tag is a number, too. A truth value is one by accident only.
    if isinstance(tag, int) and not isinstance(tag, bool) and 0 <= tag <= _MOST_TAG:
        return f"{tag >> 16:04X},{tag & _MOST_NUMBER:04X}"
    if isinstance(tag, (tuple, list)) and len(tag) == 2:  # noqa: PLR2004 (group and element)
        return ",".join(_number(number, tag) for number in tag)
    raise _no_tag(tag)


def _number(number: object, tag: object) -> str:
    if isinstance(number, str):
        return number
    if isinstance(number, int) and 0 <= number <= _MOST_NUMBER:
        return f"{number:04X}"
    raise _no_tag(tag)


def _no_tag(tag: object) -> ConfigError:
    return ConfigError(
        f"tags: {tag!r} is no tag; write a keyword, 'gggg,eeee', 0xggggeeee or (group, element)"
    )


def _complaint(text: str) -> str:
    said = f"tags: {text!r} is no keyword of the data dictionary (PS3.6) and no tag"
    near = _near(text)
    return f"{said}; did you mean {' or '.join(near)}?" if near else said


def _near(text: str) -> list[str]:
    """Find keywords that are spelled like the first unknown step of a path."""
    from difflib import get_close_matches

    from dicomwire._core import keywords, unknown_tags

    for step in text.split("."):
        name = re.sub(r"\[\d*\]?$", "", step.strip())
        if not name or not unknown_tags([name]):
            continue
        known = keywords()
        same = [keyword for keyword in known if keyword.lower() == name.lower()]
        return same or get_close_matches(name, known, 3, 0.75)
    return []
