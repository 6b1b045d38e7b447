"""Coded concepts as items (PS3.3 section 8), and why a step is discontinued (CID 9300)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias, TypeGuard, cast

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pydicom.sr.coding import Code

__all__ = ["CodeLike", "code_item", "code_items"]

CodeLike: TypeAlias = "Code | Dataset | tuple[str, str, str] | str"
"""A coded concept: pydicom's `Code`, an item, a tuple of value, scheme and meaning, or text.

Text is a code value or a keyword of CID 9300 (``"110513"``, ``"EquipmentFailure"``), or all three
parts as in ``"110513^DCM^Discontinued for unspecified reason"``.
"""

_PARTS = 3
_MOST_SHORT = 16
_URN = ("urn:", "http:", "https:")


def code_items(codes: CodeLike | Iterable[CodeLike], name: str) -> list[Dataset]:
    """Make the items of a code sequence from one concept or several.

    Raises
    ------
    ConfigError
        If one of them is none; `name` is what it was given for.
    """
    from pydicom.dataset import Dataset

    if isinstance(codes, (str, Dataset)) or _is_one(codes):
        return [code_item(codes, name)]
    if not isinstance(codes, Iterable):
        raise ConfigError(f"{name}={codes!r}: must be a code, or several")
    return [code_item(code, name) for code in cast("Iterable[CodeLike]", codes)]


def _is_one(codes: CodeLike | Iterable[CodeLike]) -> TypeGuard[tuple[str, str, str]]:
    """Say whether a tuple is one concept: three texts, or pydicom's Code, which has four parts."""
    if not isinstance(codes, tuple) or not _PARTS <= len(codes) <= _PARTS + 1:
        return False
    return all(isinstance(part, str | None) for part in codes)


def code_item(code: CodeLike, name: str) -> Dataset:
    """Make the item of a coded concept.

    Raises
    ------
    ConfigError
        If it is none; `name` is what it was given for.
    """
    from pydicom.dataset import Dataset

    if isinstance(code, Dataset):
        return code
    value, scheme, meaning, version = _parts(code, name)
    if not (value and meaning):
        raise ConfigError(f"{name}={code!r}: a code has a value and a meaning")
    item = Dataset()
    if value.lower().startswith(_URN):
        item.URNCodeValue = value
    elif len(value) > _MOST_SHORT:
        item.LongCodeValue = value
    else:
        item.CodeValue = value
    if scheme:
        item.CodingSchemeDesignator = scheme
    if version:
        item.CodingSchemeVersion = version
    item.CodeMeaning = meaning
    return item


def _parts(code: CodeLike, name: str) -> tuple[str, str, str, str | None]:
    """Return value, scheme, meaning and version of the scheme."""
    parts: tuple[object, ...] = ()
    if isinstance(code, str):
        parts = tuple(code.split("^")) if "^" in code else _reason(code, name)
    elif isinstance(code, tuple):
        # pydicom's Code is one, with the version as its fourth part.
        parts = tuple(code)
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) < _PARTS or len(parts) > _PARTS + 1:
        raise ConfigError(
            f"{name}={code!r}: a code is a value, a coding scheme and a meaning, as in "
            "'110513^DCM^Discontinued for unspecified reason'"
        )
    return texts[0], texts[1], texts[2], (texts[3] if len(texts) > _PARTS else None)


def _reason(text: str, name: str) -> tuple[object, ...]:
    """Find a reason for discontinuation (PS3.16 CID 9300)."""
    from pydicom.sr.codedict import codes

    for keyword, concept in codes.cid9300.concepts.items():
        if text in {keyword, concept.value}:
            return tuple(concept)
    raise ConfigError(
        f"{name}={text!r}: not in CID 9300 (PS3.16); one of its values such as '110513', or "
        "'VALUE^SCHEME^MEANING'"
    )
