"""What values a key may have to be matched against (PS3.4 section C.2.2.2).

There is single value matching, wild card matching for some VRs, range matching for dates and
times, and lists of UIDs. What goes beyond the baseline, such as lists for other VRs, needs
extended negotiation and a caller who knows the server.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from dicomwire.errors import ConfigError

__all__ = ["check_values"]

_WILD_CARDS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
# PS3.5 table 6.2-1, in characters. For PN it is the length of each component group.
_LENGTHS = {"AE": 16, "CS": 16, "LO": 64, "LT": 10240, "PN": 64, "SH": 16, "ST": 1024}
_MOST_GROUPS = 3
_PARAGRAPHS = frozenset({"LT", "ST", "UT"})
_FORMATTING = "\n\f\r\t"

_DATE = re.compile(r"[0-9]{8}")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])(?:[0-5][0-9](?:(?:[0-5][0-9]|60)(?:\.[0-9]{1,6})?)?)?")
_DATE_TIME = re.compile(
    r"[0-9]{4}(?:(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:(?:[01][0-9]|2[0-3])(?:[0-5][0-9](?:(?:[0-5][0-9]|60)(?:\.[0-9]{1,6})?)?)?)?)?)?"
    r"(?:[+-](?:0[0-9]|1[0-4])[0-5][0-9])?"
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?")
# What is not as PS3.5 section 9 wants it, for instance a component with leading zeros, is found in
# archives all the same.
_FORMS = {
    "AS": (re.compile(r"[0-9]{3}[DWMY]"), "is no age such as 018M, without wild cards"),
    "CS": (re.compile(r"[A-Z0-9 _*?]*"), "CS has upper case letters, digits, space and _ only"),
    "DS": (_NUMBER, "is no number, of which a query has one and no range or wild cards"),
    "IS": (
        re.compile(r"[+-]?[0-9]{1,12}"),
        "is no integer, of which a query has one and no range or wild cards",
    ),
    "UI": (
        re.compile(r"[0-9][0-9.]{0,63}"),
        "is no UID; there are no wild cards for UIDs, but lists of them",
    ),
}


def check_values(vr: str, multiplicity: str, values: list[Any], name: str) -> None:
    """Check that values can be matched.

    Parameters
    ----------
    vr : str
        The VR of the key.
    multiplicity : str
        Its value multiplicity in PS3.6.
    values : list
        Texts or numbers, as `dicomwire.query.values.to_values` makes them.
    name : str
        What to call the key in messages.

    Raises
    ------
    ConfigError
        If a server could not understand them; it says what to do.
    """
    if len(values) > 1 and vr != "UI" and multiplicity == "1":
        raise _refusal(
            name,
            "\\".join(map(str, values)),
            "has one value; ask once for each, or give check=False if the server takes lists",
        )
    for value in values:
        if not isinstance(value, str):
            continue
        if not value:
            raise _refusal(name, value, "a list to match has no empty values")
        if vr in {"DA", "TM", "DT"}:
            _check_moment(vr, value, name)
        elif vr in _FORMS and _FORMS[vr][0].fullmatch(value.strip(" ")) is None:
            raise _refusal(name, value, _FORMS[vr][1])
        _check_text(vr, value, name)


def _refusal(name: str, value: str, rule: str) -> ConfigError:
    return ConfigError(f"{name}={value!r}: {rule} (PS3.4 section C.2.2.2)")


def _check_text(vr: str, value: str, name: str) -> None:
    allowed = _FORMATTING if vr in _PARAGRAPHS else ""
    if any(character < " " and character not in allowed for character in value):
        raise _refusal(name, value, "has control characters")
    if vr == "AE" and not value.isascii():
        raise _refusal(name, value, "an AE title is printable ASCII")
    # A star may stand for nothing.
    bare = value.replace("*", "") if vr in _WILD_CARDS else value
    groups = bare.split("=") if vr == "PN" else [bare]
    longest = max(map(len, groups))
    if longest > _LENGTHS.get(vr, longest):
        raise _refusal(
            name, value, f"{vr} has at most {_LENGTHS[vr]} characters, this is {longest} long"
        )
    if len(groups) > _MOST_GROUPS:
        raise _refusal(name, value, "a name has at most three component groups")


def _check_moment(vr: str, value: str, name: str) -> None:
    """Check a date or time, or a range of these."""
    text = value.strip(" ")
    if _is_moment(vr, text):
        return
    for at in (at for at, character in enumerate(text) if character == "-"):
        first, last = text[:at], text[at + 1 :]
        ends = [end for end in (first, last) if end]
        if not ends or not all(_is_moment(vr, end) for end in ends):
            continue
        # Moments with offsets cannot be compared as text, and of times only what both have.
        common = min(len(first), len(last))
        if vr != "DT" and first[:common] > last[:common]:
            raise _refusal(name, value, "the range ends before it begins")
        return
    form = {"DA": "YYYYMMDD", "TM": "HHMMSS", "DT": "YYYYMMDDHHMMSS"}[vr]
    hint = "; there are no wild cards for dates and times" if {*text} & {"*", "?"} else ""
    raise _refusal(name, value, f"write {form}, {form}-{form}, {form}- or -{form}{hint}")


def _is_moment(vr: str, text: str) -> bool:
    if vr == "TM":
        return _TIME.fullmatch(text) is not None
    if vr == "DT":
        return _DATE_TIME.fullmatch(text) is not None
    if _DATE.fullmatch(text) is None:
        return False
    try:
        dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
