"""The character set of an identifier (PS3.4 section C.2.2.2, PS3.5 section 6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError

from .elements import set_values
from .keys import path_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydicom.dataset import Dataset

    from .keys import Path

__all__ = ["SPECIFIC_CHARACTER_SET", "set_character_set"]

SPECIFIC_CHARACTER_SET = 0x0008_0005
_UNICODE = "ISO_IR 192"
# pydicom takes the default repertoire for Latin-1 when it writes.
_DEFAULT_REPERTOIRE = frozenset({"", "ISO_IR 6", "ISO 2022 IR 6"})


def set_character_set(dataset: Dataset, wanted: str | list[str] | None) -> None:
    """Put Specific Character Set (0008,0005) into an identifier if it is asked for or needed.

    Raises
    ------
    ConfigError
        If it is none, another one is there already, or it lacks a character of the identifier.
    """
    there = _values(dataset.get("SpecificCharacterSet"))
    asked = _values(wanted)
    if asked and there and asked != there:
        raise ConfigError(
            f"character_set={wanted!r}: SpecificCharacterSet of the query is "
            f"{dataset.SpecificCharacterSet!r}"
        )
    values = asked or there
    # It is never a return key, and has a value where it is (PS3.4 section C.2.2.2).
    dataset.pop(SPECIFIC_CHARACTER_SET, None)
    texts = [(name, text) for name, text in _texts(dataset, ()) if not text.isascii()]
    if not values and texts:
        values = [_UNICODE]
    if values:
        set_values(dataset, SPECIFIC_CHARACTER_SET, "CS", values, "character_set")
        _check(values, texts)


def _values(value: str | Iterable[str] | None) -> list[str]:
    if not value:
        return []
    return value.split("\\") if isinstance(value, str) else list(value)


def _texts(dataset: Dataset, above: Path) -> Iterator[tuple[str, str]]:
    """Find all text, in items too, with the name of its key."""
    for element in dataset:
        path = (*above, int(element.tag))
        if element.VR == "SQ":
            for item in element.value:
                yield from _texts(item, path)
        elif not element.is_empty:
            several = element.value if element.VM > 1 else [element.value]
            yield from ((path_name(path), str(value)) for value in several)


def _check(values: list[str], texts: list[tuple[str, str]]) -> None:
    """Make sure that the text can be written; pydicom would write something else instead."""
    from pydicom.charset import python_encoding

    unknown = [value for value in values if value not in python_encoding]
    if unknown:
        raise ConfigError(f"character_set={unknown[0]!r}: no character set of PS3.3 C.12.1.1.2")
    joined = "\\".join(values)
    encodings = [
        "ascii" if value in _DEFAULT_REPERTOIRE else python_encoding[value] for value in values
    ]
    for name, text in texts:
        for character in text:
            if not any(_has(encoding, character) for encoding in encodings):
                raise ConfigError(
                    f"{name}={text!r}: {character!r} is not in the character set "
                    f"{joined!r}; give character_set={_UNICODE!r}"
                )


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
