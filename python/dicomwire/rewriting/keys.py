"""Naming elements: by keyword, by tag, and inside sequences by a path."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

from dicomwire.dataset.tags import TagLike, tag_number
from dicomwire.errors import ConfigError

__all__ = ["Path", "find_path", "find_tag", "path_name"]

Path: TypeAlias = "tuple[tuple[int, int | None], ...]"
"""The tag of each element on the way, and for sequences the item; None stands for every item."""

_STEP = re.compile(r"(?P<element>[^\[\]]+?)(?:\[(?P<item>\*|[0-9]{1,9})\])?")


@lru_cache(maxsize=4096)
def find_tag(key: TagLike) -> int:
    """Find the tag that a keyword or a tag in any form stands for.

    Raises
    ------
    ConfigError
        If there is no such element.
    """
    return tag_number(key)


def find_path(key: TagLike) -> Path:
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
