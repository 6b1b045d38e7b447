"""Values of Python and pydicom, brought to the few kinds the core encodes (PS3.5 section 6.2)."""

from __future__ import annotations

import datetime as dt
import operator
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from dicomwire._core import vrs_of
from dicomwire.errors import ConfigError

from .keys import find_path, find_tag

__all__ = ["Encodable", "parse_text", "to_encodable"]

Encodable: TypeAlias = "tuple[str, str | None, Any]"
"""Kind, VR if it is not left to the dictionary, and the value in the form of its kind."""

_TEXT = frozenset(
    {
        "AE",
        "AS",
        "CS",
        "DA",
        "DS",
        "DT",
        "IS",
        "LO",
        "LT",
        "PN",
        "SH",
        "ST",
        "TM",
        "UC",
        "UI",
        "UR",
        "UT",
    }
)
_ONE_TEXT = frozenset({"LT", "ST", "UR", "UT"})
_INTEGERS = frozenset({"SL", "SS", "SV", "UL", "US", "UV"})
_FLOATS = frozenset({"FD", "FL", "OD", "OF"})
_BYTES = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_VRS = _TEXT | _INTEGERS | _FLOATS | _BYTES | {"AT", "SQ"}

_DS_LENGTH = 16
# SV and UV; whether another VR has room for a number is for the core to say.
_LEAST_INTEGER = -(2**63)
_MOST_INTEGER = 2**64 - 1
_UID = re.compile(r"[0-9][0-9.]{0,63}", re.ASCII)


def to_encodable(tag: int, value: object, name: str) -> Encodable:
    """Bring a value to the form the core encodes.

    Parameters
    ----------
    tag : int
        The element it is for; its VR comes from the dictionary.
    value : object
        What the caller gave; a pair of VR and value overrides the dictionary.
    name : str
        What to call the element in messages.

    Raises
    ------
    ConfigError
        If the value cannot be one of this VR.
    """
    vr: str | None = None
    if isinstance(value, tuple) and len(value) == 2 and value[0] in _VRS:  # noqa: PLR2004
        vr, value = value
    known = _vrs_of(tag)
    if vr is None and known is None:
        raise ConfigError(
            f"{name}: the dictionary has no such element; say its VR, as in ('LO', {value!r})"
        )
    return _convert(vr, vr or known or "", value, name)


def parse_text(key: str, vr: str | None, text: str) -> object:
    """Read the value of an element as it is typed: numbers where its VR has numbers.

    Raises
    ------
    ConfigError
        If there is no such element or VR, or the text is no number.
    """
    if vr is not None and vr not in _VRS:
        raise ConfigError(f"{key}: {vr} is no VR (PS3.5 section 6.2)")
    possible = set((vr or _vrs_of(find_path(key)[-1][0]) or "").split(" or "))
    parts = text.split("\\") if text else []
    value: object = text
    try:
        if possible & _INTEGERS:
            value = [int(part) for part in parts]
        elif possible & _FLOATS:
            value = [float(part) for part in parts]
        elif possible & _BYTES:
            value = bytes.fromhex(text)
    except ValueError:
        raise ConfigError(f"{key}={text}: no value of {' or '.join(sorted(possible))}") from None
    return value if vr is None else (vr, value)


def _vrs_of(tag: int) -> str | None:
    """Return the possible VRs, ``"US or SS"`` for instance; None if nobody knows."""
    group, element = tag >> 16, tag & 0xFFFF
    if group & 1:
        is_creator = 0x10 <= element <= 0xFF  # noqa: PLR2004 (PS3.5 section 7.8.1)
        return "LO" if is_creator else None
    return vrs_of(tag) or None


def _convert(given: str | None, vrs: str, value: object, name: str) -> Encodable:
    """Convert for a VR, or for several of which the core chooses one."""
    if vrs == "SQ":
        return "items", given, [_item(item, name) for item in _items(value, name)]
    if vrs in _TEXT:
        return "text", given, _text(vrs, value, name)
    possible = set(vrs.split(" or "))
    if isinstance(value, (bytes, bytearray, memoryview)) and possible & (_BYTES | _INTEGERS):
        return "bytes", given, bytes(value)
    if vrs == "AT":
        return "tags", given, [find_tag(tag) for tag in _several(value)]
    try:
        if possible & _INTEGERS:
            return "integers", given, [_integer(number) for number in _several(value)]
        if possible & _FLOATS:
            return "floats", given, [float(number) for number in _several(value)]
    except (TypeError, ValueError, OverflowError):
        pass
    raise ConfigError(f"{name}={value!r}: cannot be a value of {vrs}")


def _several(value: Any) -> list[Any]:  # noqa: ANN401 (whatever the caller gave)
    """Make a list of one value or several; text and bytes are one."""
    if value is None:
        return []
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def _integer(value: object) -> int:
    if isinstance(value, (bool, str)):
        raise TypeError
    number = operator.index(value)  # type: ignore[arg-type]
    if not _LEAST_INTEGER <= number <= _MOST_INTEGER:
        raise ValueError
    return number


def _text(vr: str, value: object, name: str) -> str:
    """Write one value or several as text, several with backslashes between them."""
    several = [value] if _is_person_name(value) else _several(value)
    parts = [_one_text(vr, part, name) for part in several]
    if vr in _ONE_TEXT and len(parts) > 1:
        raise ConfigError(f"{name}={value!r}: {vr} has one value only")
    text = "\\".join(parts)
    try:
        text.encode()
    except UnicodeEncodeError:
        # As bytes of the command line that are no UTF-8.
        raise ConfigError(f"{name}={value!r}: is no text of Unicode characters") from None
    if vr == "UI" and text and not all(_UID.fullmatch(uid) for uid in text.split("\\")):
        raise ConfigError(f"{name}={value!r}: is no UID (PS3.5 section 9)")
    return text


def _is_person_name(value: object) -> bool:
    # It can be iterated over, but it is one value.
    return hasattr(value, "family_name")


def _one_text(vr: str, value: object, name: str) -> str:
    if value is None:
        return ""
    if _is_person_name(value):
        return str(value)
    # pydicom's values know how they were written, which says more than their number.
    if isinstance(value, str) or getattr(value, "original_string", None):
        return str(value)
    if isinstance(value, dt.datetime):
        return _date_time(vr, value)
    if isinstance(value, dt.date):
        return value.strftime("%Y%m%d")
    if isinstance(value, dt.time):
        return _time(value)
    if not isinstance(value, bool) and isinstance(value, (int, float)):
        return _number(vr, value, name)
    if hasattr(value, "as_tuple"):  # Decimal, and pydicom's DSdecimal
        return str(value)
    raise ConfigError(f"{name}={value!r}: cannot be a value of {vr}")


def _time(value: dt.time) -> str:
    return value.strftime("%H%M%S.%f" if value.microsecond else "%H%M%S")


def _date_time(vr: str, value: dt.datetime) -> str:
    """Write the part of a moment that the VR has."""
    if vr == "DA":
        return value.strftime("%Y%m%d")
    if vr == "TM":
        return _time(value.time())
    return value.strftime("%Y%m%d") + _time(value.time()) + value.strftime("%z")


def _number(vr: str, value: float, name: str) -> str:
    if isinstance(value, int):
        return str(int(value))
    if vr == "IS" and not value.is_integer():
        raise ConfigError(f"{name}={value!r}: IS is an integer")
    if vr == "IS":
        return str(int(value))
    if value - value != 0:
        raise ConfigError(f"{name}={value!r}: {vr} has no way to write it")
    # PS3.5 section 6.2: DS has 16 characters; as many digits as fit.
    text = repr(value)
    digits = _DS_LENGTH
    while vr == "DS" and len(text) > _DS_LENGTH:
        text = f"{value:.{digits}g}"
        digits -= 1
    return text


def _items(value: object, name: str) -> list[Any]:
    """Return the items of a sequence; one item may stand for itself."""
    if isinstance(value, Mapping) or _is_data_set(value):
        return [value]
    if value is None:
        return []
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ConfigError(f"{name}={value!r}: a sequence is a list of Datasets")
    return list(value)


def _is_data_set(value: object) -> bool:
    # A Dataset can only exist if somebody imported pydicom; we need not.
    pydicom = sys.modules.get("pydicom.dataset")
    return pydicom is not None and isinstance(value, pydicom.Dataset)


def _item(item: Any, name: str) -> list[tuple[int, str, str | None, Any]]:  # noqa: ANN401
    """Convert the elements of an item, a pydicom Dataset or a mapping, sorted by tag."""
    elements = []
    if _is_data_set(item):
        for element in item:
            inner = f"{name}.{element.tag}"
            vr = element.VR if element.VR in _VRS else None
            kind, vr, value = _convert(vr, element.VR, element.value, inner)
            elements.append((int(element.tag), kind, vr, value))
    elif isinstance(item, Mapping):
        for key, inner_value in item.items():
            tag = find_tag(key)
            elements.append((tag, *to_encodable(tag, inner_value, f"{name}.{key}")))
    else:
        raise ConfigError(f"{name}: an item is a Dataset or a mapping, not a {type(item).__name__}")
    return sorted(elements, key=operator.itemgetter(0))
