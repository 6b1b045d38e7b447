"""Checks of what stands in print requests: code strings, texts, numbers, densities (PS3.5, 6.2).

A check takes the name of a field and its value, and returns the value as it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = [
    "Attributes",
    "Check",
    "code",
    "density",
    "enumerated",
    "integer",
    "millimetres",
    "refuse",
    "text",
    "yes_or_no",
]

Check: TypeAlias = Callable[[str, object], Any]
"""What checks a value: a function of the field's name and the value."""

_CODE_STRING = re.compile(r"[A-Z0-9_ ]{1,16}")
_MAX_US = 0xFFFF
_MAX_OPTICAL_DENSITY = 999


def refuse(name: str, value: object, rule: str) -> ConfigError:
    """Make the error that names a field, its value and the rule it breaks."""
    return ConfigError(f"{name}={value!r}: {rule}")


def enumerated(*values: str) -> Check:
    """Check that a value is one of the standard's enumerated values."""

    def check(name: str, value: object) -> str:
        if not isinstance(value, str) or value not in values:
            raise refuse(name, value, f"must be one of {', '.join(values)}")
        return value

    return check


def code(*examples: str) -> Check:
    """Check a code string (VR CS) whose defined terms printers may add to."""

    def check(name: str, value: object) -> str:
        if not isinstance(value, str) or not _CODE_STRING.fullmatch(value) or not value.strip(" "):
            rule = "must be 1 to 16 capitals, digits, spaces and underscores (PS3.5, VR CS)"
            known = f", for instance {', '.join(examples)}" if examples else ""
            raise refuse(name, value, rule + known)
        return value.strip(" ")

    return check


def text(maximum: int, *, ascii_only: bool = False, backslash: bool = False) -> Check:
    """Check a text of at most `maximum` characters (VR SH, LO, and ST with `backslash`)."""

    def check(name: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            raise refuse(name, value, "must be a text; leave it out (None) if there is none")
        if len(value) > maximum:
            rule = f"has {len(value)} characters, at most {maximum} are allowed"
            raise refuse(name, value, rule)
        if "\\" in value and not backslash:
            raise refuse(name, value, "must not contain a backslash, which divides values")
        if ascii_only and not value.isascii():
            raise refuse(name, value, "must be ASCII: the request has no character set of its own")
        if any(character < " " or character == "\x7f" for character in value):
            raise refuse(name, value, "must not contain control characters")
        return value

    return check


def integer(low: int, high: int = _MAX_US, *, meaning: str = "an integer") -> Check:
    """Check an integer of a range; bool is no integer here."""

    def check(name: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise refuse(name, value, f"must be {meaning} from {low} to {high}")
        return value

    return check


def density(name: str, value: object) -> str:
    """Check a density of film without image: BLACK, WHITE or hundredths of optical density.

    Border Density (2010,0100) and Empty Image Density (2010,0110), PS3.3 section C.13.3.
    """
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and 0 <= value <= _MAX_OPTICAL_DENSITY
    ):
        return str(value)
    if isinstance(value, str) and re.fullmatch("BLACK|WHITE|[0-9]{1,3}", value):
        return value
    rule = "must be BLACK, WHITE or hundredths of optical density, such as 150 for 1.5 OD"
    raise refuse(name, value, rule)


def millimetres(name: str, value: object) -> float:
    """Check a length in millimetres."""
    fine = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fine or not 0 < float(value) < 10_000:  # type: ignore[arg-type] # noqa: PLR2004
        raise refuse(name, value, "must be a length in millimetres, above 0 and below 10000")
    return float(value)  # type: ignore[arg-type]


def yes_or_no(name: str, value: object) -> str:
    """Check a flag that is sent as YES or NO; True and False will do."""
    if isinstance(value, bool):
        return "YES" if value else "NO"
    if value in ("YES", "NO"):
        return str(value)
    raise refuse(name, value, "must be True (YES) or False (NO)")


class Attributes:
    """Base of the frozen data classes whose fields are attributes of a request.

    Attributes
    ----------
    _ATTRIBUTES : dict
        For each field that is sent its keyword (PS3.6) and its check.
    """

    _ATTRIBUTES: ClassVar[dict[str, tuple[str, Check]]] = {}

    def _check_attributes(self) -> None:
        """Check every field that is not None, and keep its value as it is sent."""
        for name, (_, check) in self._ATTRIBUTES.items():
            value = getattr(self, name)
            if value is not None:
                # The classes are frozen.
                object.__setattr__(self, name, check(f"{type(self).__name__}.{name}", value))

    def to_dataset(self) -> Dataset:
        """Return the attributes that are set as a data set.

        Returns
        -------
        pydicom.Dataset
            One element for each field that is not None; the printer decides about the others.
        """
        from pydicom.dataset import Dataset
        from pydicom.valuerep import DSfloat

        dataset = Dataset()
        for name, (keyword, _) in self._ATTRIBUTES.items():
            value = getattr(self, name)
            if isinstance(value, float):
                value = DSfloat(value, auto_format=True)
            if value is not None:
                setattr(dataset, keyword, value)
        return dataset
