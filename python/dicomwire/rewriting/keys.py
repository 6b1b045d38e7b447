"""Naming elements: by keyword, by tag, and inside sequences by a path."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

from dicomwire import _core
from dicomwire.errors import ConfigError

__all__ = ["Key", "Path", "find_path", "find_tag", "path_name"]

Key: TypeAlias = "str | int | tuple[int, int]"
"""A keyword, a tag as a number or as group and element, or a path into sequences."""

Path: TypeAlias = "tuple[tuple[int, int | None], ...]"
"""The tag of each element on the way, and for sequences the item; None stands for every item."""

_TAG = re.compile(r"\(?([0-9A-Fa-f]{4}),? ?([0-9A-Fa-f]{4})\)?")
_STEP = re.compile(r"(?P<element>[^\[\]]+?)(?:\[(?P<item>\*|[0-9]{1,9})\])?")
_GREATEST = 0xFFFF_FFFF


@lru_cache(maxsize=4096)
def find_tag(key: Key) -> int:
    """Find the tag that a keyword, a number, a pair of numbers or ``"(gggg,eeee)"`` stands for.

    Raises
    ------
    ConfigError
        If there is no such element.
    """
    if isinstance(key, int) and not isinstance(key, bool):
        tag = int(key)
    elif isinstance(key, tuple):
        tag = _tag_of_pair(key)
    elif isinstance(key, str):
        tag = _tag_of_text(key.strip())
    else:
        raise ConfigError(f"{key!r}: must be a keyword, a tag, or a path into sequences")
    if not 0 <= tag <= _GREATEST:
        raise ConfigError(f"{key!r}: a tag has 32 bits")
    return tag


def _tag_of_pair(key: tuple[int, ...]) -> int:
    try:
        group, element = key
        if 0 <= group <= 0xFFFF and 0 <= element <= 0xFFFF:  # noqa: PLR2004 (16 bits each)
            return (int(group) << 16) | int(element)
    except (TypeError, ValueError):
        pass
    raise ConfigError(f"{key!r}: must be a group and an element number")


def _tag_of_text(key: str) -> int:
    if (tag := _core.tag_of(key)) is not None:
        return tag
    if match := _TAG.fullmatch(key):
        return int(match[1] + match[2], 16)
    raise ConfigError(
        f"{key!r}: no element has this keyword (PS3.6); "
        'a tag is written as 0x00100020, (0x0010, 0x0020) or "(0010,0020)"'
    )


def find_path(key: Key) -> Path:
    """Find the elements that a key names, the outermost first.

    ``"RequestAttributesSequence[*].ScheduledProcedureStepID"`` is an element of every item of a
    sequence, ``[0]`` in place of ``[*]`` one of the first item.

    Raises
    ------
    ConfigError
        If there is no such element, or the path is none.
    """
    if not isinstance(key, str):
        return ((find_tag(key), None),)
    steps: list[tuple[int, int | None]] = []
    parts = key.split(".")
    for number, part in enumerate(parts):
        match = _STEP.fullmatch(part.strip())
        if match is None:
            raise ConfigError(f"{key!r}: {part!r} is no element; write Sequence[*].Element")
        tag, item = find_tag(match["element"]), match["item"]
        is_last = number == len(parts) - 1
        if is_last and item is not None:
            raise ConfigError(f"{key!r}: must end in an element, not in an item")
        if not is_last and item is None:
            raise ConfigError(
                f"{key!r}: say which items of {part!r} are meant, {part}[*] for every one"
            )
        steps.append((tag, None if item in {None, "*"} else int(item or 0)))
    return tuple(steps)


def path_name(path: Path) -> str:
    """Write a path as the standard writes tags, for messages."""
    names = [f"({tag >> 16:04X},{tag & 0xFFFF:04X})" for tag, _ in path]
    items = ["[*]" if item is None else f"[{item}]" for _, item in path[:-1]]
    return ".".join(name + item for name, item in zip(names, [*items, ""], strict=True))
