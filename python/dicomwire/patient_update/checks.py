"""What a value of an update must look like before anything is sent (PS3.5 section 6.2).

Every function takes the name of the field for its message and the caller's value, and returns
the value as DICOM writes it, or raises `ConfigError`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from dicomwire.errors import ConfigError
from dicomwire.uids import is_valid_uid

__all__ = ["check_date_time", "check_several", "check_sex", "check_text", "check_uid", "refuse"]

_DS_LENGTH = 16
# PS3.3 section C.7.1.1.
_SEXES = ("M", "F", "O")
# Format effectors that LT may hold (PS3.5 section 6.1.3); ESC switches character sets.
_LINES = frozenset("\t\n\f\r")
_CONTROLS = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0))))


def refuse(field: str, value: object, rule: str) -> ConfigError:
    """Make the error that names the field, what it was and what it must be."""
    return ConfigError(f"{field}={value!r}: {rule}")


def check_text(field: str, vr: str, value: object, *, required: bool = False) -> str:
    """Check a single value of a text VR: its characters, its length and its form.

    Parameters
    ----------
    field : str
        What to call it.
    vr : str
        AS, CS, DA, DS, LO, LT, PN, SH or TM.
    value : object
        Text, or a date, a time or a number where the VR has these.
    required : bool
        Whether it must not be empty.

    Returns
    -------
    str
        The value without the spaces around it, which mean nothing.

    Raises
    ------
    ConfigError
        If it is none.
    """
    text = _written(field, vr, value)
    text = text.rstrip(" ") if vr == "LT" else text.strip(" ")
    if not text:
        if required:
            raise refuse(field, value, "must not be empty")
        return text
    _check_characters(field, vr, text)
    _check_form(field, vr, text)
    return text


def _written(field: str, vr: str, value: object) -> str:
    """Write dates, times and numbers as their VR does; text stays."""
    if isinstance(value, str):
        return str(value)
    if vr == "DA" and isinstance(value, dt.date):
        return f"{value:%Y%m%d}"
    if vr == "TM" and isinstance(value, dt.time):
        return f"{value:%H%M%S.%f}" if value.microsecond else f"{value:%H%M%S}"
    is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    if vr == "DS" and is_number:
        text = str(value)
        return text if len(text) <= _DS_LENGTH else f"{value:.9g}"
    if vr == "PN" and type(value).__name__ == "PersonName":
        return str(value)
    kind = {"DA": "a date or ", "TM": "a time or ", "DS": "a number or "}.get(vr, "")
    raise refuse(field, value, f"must be {kind}text")


def _check_characters(field: str, vr: str, text: str) -> None:
    """Refuse characters that no value of the VR may have."""
    if "\\" in text and vr != "LT":
        raise refuse(field, text, "must be one value, a backslash would divide it (PS3.5 6.2)")
    controls = _CONTROLS - _LINES if vr == "LT" else _CONTROLS
    bad = next((character for character in text if character in controls), None)
    if bad is not None:
        raise refuse(field, text, f"must not have the control character {bad!r}")
    try:
        text.encode()
    except UnicodeEncodeError:
        # As bytes of the command line that are no UTF-8.
        raise refuse(field, text, "is no text of Unicode characters") from None


def _check_form(field: str, vr: str, text: str) -> None:
    """Check length and form; pydicom knows those of each VR."""
    from pydicom.config import RAISE
    from pydicom.valuerep import validate_value

    try:
        validate_value(vr, text, RAISE)
        if vr == "DA":
            # The form alone would let the 30th of February pass.
            dt.datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 (a date has no zone)
    except ValueError as error:
        raise refuse(field, text, _RULES.get(vr) or str(error)) from None


_RULES = {
    "AS": "must be an age as in 045Y: three digits and D, W, M or Y",
    "CS": "must be at most 16 capital letters, digits, spaces and underscores",
    "DA": "must be a date as in 19700131",
    "DS": "must be a number of at most 16 characters",
    "LO": "must have at most 64 characters",
    "PN": "must have at most 64 characters in each of at most three component groups",
    "SH": "must have at most 16 characters",
    "TM": "must be a time as in 134500 or 134500.25",
}


def check_sex(field: str, value: object) -> str:
    """Check Patient's Sex (PS3.3 section C.7.1.1).

    Raises
    ------
    ConfigError
        If it is none.
    """
    text = check_text(field, "CS", value)
    if text and text not in _SEXES:
        raise refuse(field, value, "must be M, F, O or empty")
    return text


def check_uid(field: str, value: object) -> str:
    """Check a UID (PS3.5 section 9.1).

    Raises
    ------
    ConfigError
        If it is none.
    """
    if not isinstance(value, str) or not is_valid_uid(value):
        raise refuse(field, value, "must be a UID (PS3.5 section 9.1)")
    return str(value)


def check_several(field: str, value: object) -> tuple[object, ...]:
    """Make a tuple of one value or several.

    Raises
    ------
    ConfigError
        If it is neither.
    """
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Iterable):
        raise refuse(field, value, "must be one or several values")
    return tuple(value)


def check_date_time(field: str, value: object) -> dt.datetime:
    """Check a date and time; one with a time zone becomes local time, as DA and TM are.

    Raises
    ------
    ConfigError
        If it is none.
    """
    if not isinstance(value, dt.datetime):
        raise refuse(field, value, "must be a datetime")
    return value.astimezone().replace(tzinfo=None) if value.tzinfo else value
