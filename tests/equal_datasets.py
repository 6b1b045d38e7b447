"""When two data sets are the same to somebody who uses them: values, their types, everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.valuerep import PersonName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import DataElement, Dataset


def typed(value: object) -> object:
    """Return a value together with all that its type says about it."""
    if isinstance(value, MultiValue):
        return "MultiValue", [typed(part) for part in value]
    if isinstance(value, list):
        return "list", [typed(part) for part in value]
    if isinstance(value, PersonName):
        return "PersonName", value.original_string, value.encodings, value.components, str(value)
    original = getattr(value, "original_string", None)
    exact = repr(value) if isinstance(value, float) else value
    return type(value).__name__, original, exact


def unlike(left: Dataset, right: Dataset, path: str = "") -> list[str]:
    """List how two data sets differ, with the path of each difference; nothing is overlooked."""
    keys = sorted(left.keys(), key=int), sorted(right.keys(), key=int)
    if keys[0] != keys[1]:
        return [f"{path}elements {[str(key) for key in set(keys[0]) ^ set(keys[1])]}"]
    found = [
        f"{path}{name} {a!r} {b!r}"
        for name, a, b in (
            ("character set", left.original_character_set, right.original_character_set),
            ("encoding", left.original_encoding, right.original_encoding),
            (
                "undefined item",
                left.is_undefined_length_sequence_item,
                right.is_undefined_length_sequence_item,
            ),
        )
        if a != b
    ]
    for key in keys[0]:
        a, b = _element(left, key), _element(right, key)
        if isinstance(a, Exception) or isinstance(b, Exception):
            if type(a) is not type(b):
                found.append(f"{path}{key} {a!r} {b!r}")
        else:
            found.extend(_unlike_elements(a, b, f"{path}{key}"))
    return found


def _element(dataset: Dataset, key: int) -> DataElement | Exception:
    try:
        element = dataset[key]
        if element.VR == "SQ":
            list(element.value)  # items may be decoded no sooner than here
        return element
    except Exception as error:  # noqa: BLE001 - what pydicom raises is to be compared
        return error


def _unlike_elements(a: DataElement, b: DataElement, path: str) -> Iterator[str]:
    for name in ("VR", "is_undefined_length", "private_creator"):
        if getattr(a, name) != getattr(b, name):
            yield f"{path} {name} {getattr(a, name)!r} {getattr(b, name)!r}"
    if a.VR == "SQ" == b.VR and isinstance(a.value, Sequence) and isinstance(b.value, Sequence):
        if len(a.value) != len(b.value):
            yield f"{path} items {len(a.value)} {len(b.value)}"
            return
        for position, (left, right) in enumerate(zip(a.value, b.value, strict=True)):
            yield from unlike(left, right, f"{path}[{position}].")
    elif typed(a.value) != typed(b.value):
        yield f"{path} {typed(a.value)!s:.200} {typed(b.value)!s:.200}"
