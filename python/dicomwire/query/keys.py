"""Naming the keys of a query: by keyword, by tag, and inside sequences by a path."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

from dicomwire._core import vrs_of
from dicomwire.dataset.tags import TagLike, tag_number
from dicomwire.errors import ConfigError

__all__ = ["Path", "TagLike", "find_path", "path_name", "vrs_of_key"]

Path: TypeAlias = "tuple[int, ...]"
"""The tags from the outermost sequence to the element."""

_STEP = re.compile(r"(?P<element>[^\[\]]+?)(?:\[(?P<item>[0-9]{1,9})\])?")


def find_path(key: TagLike) -> Path:
    """Find the elements that a key names, the outermost first.

    A sequence of a query has one item (PS3.4 section C.2.2.2.6), so
    ``"ScheduledProcedureStepSequence.Modality"`` says all there is to say;
    ``"ScheduledProcedureStepSequence[0].Modality"`` means the same.

    Raises
    ------
    ConfigError
        If there is no such element, or the path is none.
    """
    return _find_path(key) if isinstance(key, str) else (tag_number(key),)


# Queries by the thousand have the same keys.
@lru_cache(maxsize=4096)
def _find_path(key: str) -> Path:
    path = []
    parts = key.split(".")
    for number, part in enumerate(parts, start=1):
        match = _STEP.fullmatch(part.strip())
        if match is None:
            raise ConfigError(f"key {key!r}: {part!r} is no element; write Sequence.Element")
        is_last = number == len(parts)
        if match["item"] is not None and (is_last or int(match["item"]) != 0):
            raise ConfigError(
                f"key {key!r}: a sequence of a query has one item (PS3.4 section C.2.2.2.6); "
                "write Sequence[0].Element or Sequence.Element"
            )
        tag = tag_number(match["element"])
        if not is_last and vrs_of_key(tag) not in {"SQ", None}:
            raise ConfigError(f"key {key!r}: {part!r} is no sequence")
        path.append(tag)
    return tuple(path)


@lru_cache(maxsize=4096)
def vrs_of_key(tag: int) -> str | None:
    """Return the VR of an element, ``"US or SS"`` if it has several; None if nobody knows."""
    group, element = tag >> 16, tag & 0xFFFF
    if group & 1:
        is_creator = 0x10 <= element <= 0xFF  # noqa: PLR2004 (PS3.5 section 7.8.1)
        return "LO" if is_creator else None
    known = vrs_of(tag)
    if known:
        return known
    from pydicom.datadict import dictionary_VR

    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return None


@lru_cache(maxsize=4096)
def path_name(path: Path) -> str:
    """Write a path for messages: keywords where there are any."""
    from pydicom.datadict import keyword_for_tag

    return ".".join(keyword_for_tag(tag) or f"({tag >> 16:04X},{tag & 0xFFFF:04X})" for tag in path)
