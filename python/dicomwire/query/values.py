"""Values of keys, from what callers write to what pydicom's elements hold (PS3.5 section 6.2)."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterable, Mapping
from typing import Any

from dicomwire.dataset.tags import tag_number
from dicomwire.errors import ConfigError

__all__ = ["choose_vr", "split_vr", "to_values"]

_DATES_AND_TIMES = frozenset({"DA", "DT", "TM"})
_ONE_TEXT = frozenset({"LT", "ST", "UR", "UT"})
_TEXT = _ONE_TEXT | _DATES_AND_TIMES | {"AE", "AS", "CS", "DS", "IS", "LO", "PN", "SH", "UC", "UI"}
_INTEGERS = frozenset({"SL", "SS", "SV", "UL", "US", "UV"})
_FLOATS = frozenset({"FD", "FL"})
_VRS = _TEXT | _INTEGERS | _FLOATS | {"AT", "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UN"}

_ENDS = 2  # of a range


def split_vr(value: object) -> tuple[str | None, object]:
    """Take a VR off a value: ``("LO", "x")`` says of an element nobody knows what it is."""
    if isinstance(value, tuple) and len(value) == 2 and value[0] in _VRS:  # noqa: PLR2004
        return value
    return None, value


def choose_vr(vrs: str, values: list[Any]) -> str:
    """Choose among the VRs that the dictionary leaves open, as in ``"US or SS"``."""
    first, *others = vrs.split(" or ")
    is_negative = any(isinstance(value, int) and value < 0 for value in values)
    return "SS" if is_negative and "SS" in others else first


def to_values(vrs: str, value: object, name: str) -> list[Any]:
    """Bring what a caller gave for a key to the list of its values; none means a return key.

    Parameters
    ----------
    vrs : str
        The VR, or several.
    value : object
        Text (several values with backslashes between them), a number, a date or time, an iterable
        of these, or a pair of dates or times that stands for a range, either of which may be None.
    name : str
        What to call the key in messages.

    Returns
    -------
    list
        Texts or numbers, as the VR has it.

    Raises
    ------
    ConfigError
        If the value cannot be one of this VR.
    """
    if value is None or (isinstance(value, str) and not value):
        return []
    possible = set(vrs.split(" or "))
    if possible & _DATES_AND_TIMES and isinstance(value, tuple) and len(value) == _ENDS:
        return _range(vrs, value, name)
    several = _several(value, splits=not possible & _ONE_TEXT)
    if not several:
        # Sent, it would match everything: seldom what an empty list of wanted ones means.
        raise ConfigError(
            f"{name}={value!r}: an empty list matches nothing, and there is nothing to ask; "
            "give None to have the attribute returned"
        )
    try:
        if possible & _INTEGERS:
            return [_integer(part) for part in several]
        if possible & _FLOATS:
            return [float(part) for part in several]
        if vrs == "AT":
            return [tag_number(part) for part in several]
    except (TypeError, ValueError, OverflowError) as error:
        raise ConfigError(f"{name}={value!r}: cannot be a value of {vrs}") from error
    if vrs in _TEXT:
        return [_text(vrs, part, name) for part in several]
    if all(isinstance(part, bytes) for part in several):
        return several
    raise ConfigError(f"{name}={value!r}: {vrs} has no values to be matched; ask with None for it")


def _several(value: object, *, splits: bool) -> list[Any]:
    """Make a list of one value or several."""
    # A person name of pydicom can be iterated over, but is one value.
    if isinstance(value, str) or hasattr(value, "family_name"):
        text = str(value)
        return text.split("\\") if splits else [text]
    if isinstance(value, (bytes, Mapping)) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def _integer(value: object) -> int:
    if isinstance(value, bool):
        raise TypeError
    return int(value) if isinstance(value, str) else operator.index(value)  # type: ignore[arg-type]


def _range(vr: str, ends: tuple[object, ...], name: str) -> list[str]:
    """Write a range of dates or times (PS3.4 section C.2.2.2.5)."""
    first, last = ("" if end in {None, ""} else _text(vr, end, name) for end in ends)
    return [f"{first}-{last}"] if first or last else []


def _text(vr: str, value: object, name: str) -> str:
    if value is None:
        return ""
    # pydicom's dates and numbers know how they were written, which says more than their value.
    if isinstance(value, str) or getattr(value, "original_string", None):
        return str(value)
    if hasattr(value, "family_name"):
        return str(value)
    if vr in _DATES_AND_TIMES and isinstance(value, (dt.date, dt.time)):
        return _moment(vr, value, name)
    if isinstance(value, int) and not isinstance(value, bool) and vr not in {"UI", "TM", "DT"}:
        return str(int(value))
    if vr == "DS" and hasattr(value, "as_tuple"):  # a Decimal
        return str(value)
    if vr in {"DS", "IS"} and isinstance(value, float):
        return _number(vr, value, name)
    raise ConfigError(f"{name}={value!r}: cannot be a value of {vr}")


def _moment(vr: str, value: dt.date | dt.time, name: str) -> str:
    """Write the part of a moment that the VR has."""
    is_moment = isinstance(value, dt.datetime)
    if vr == "DA" and isinstance(value, dt.date):
        return _date(value)
    if vr == "TM" and isinstance(value, (dt.datetime, dt.time)):
        return _time(value)
    if vr == "DT" and isinstance(value, dt.datetime):
        return _date(value) + _time(value) + value.strftime("%z")
    if vr == "DT" and isinstance(value, dt.date) and not is_moment:
        return _date(value)
    raise ConfigError(f"{name}={value!r}: cannot be a value of {vr}")


def _date(value: dt.date) -> str:
    # strftime("%Y") has no leading zeros on Linux.
    return f"{value.year:04}{value.month:02}{value.day:02}"


def _time(value: dt.datetime | dt.time) -> str:
    return value.strftime("%H%M%S.%f" if value.microsecond else "%H%M%S")


def _number(vr: str, value: float, name: str) -> str:
    if vr == "IS" and value.is_integer():
        return str(int(value))
    if vr == "IS" or value - value != 0:
        raise ConfigError(f"{name}={value!r}: {vr} has no way to write it")
    from pydicom.valuerep import format_number_as_ds

    return format_number_as_ds(value)
