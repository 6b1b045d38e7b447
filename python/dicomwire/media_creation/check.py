"""What can be found wrong with a media creation request before it is sent (PS3.3 section C.22.1).

Each function returns the value that is sent, or raises `ConfigError` that names the option.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError
from dicomwire.uids import is_valid_uid

from .options import OPTIONS, PRIORITIES
from .profiles import is_known_profile, near_profiles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .instances import MediaCreationInstance
    from .options import Option

__all__ = [
    "check_copies",
    "check_instances",
    "check_option",
    "check_priority",
    "check_profile",
    "check_uid",
]

# ISO 9660 level 1 and PS3.10 section 8.1: the file-set ID names the volume.
_FILE_SET_ID = re.compile(r"[A-Z0-9_]{1,16}")
_CODE = re.compile(r"[A-Z0-9_ ]{1,16}")
_OBJECTS = ("NO", "FOR_PHYSICIAN", "FOR_PATIENT", "FOR_TEACHING", "UNRESTRICTED")
# IS is a 32-bit number (PS3.5 Table 6.2-1).
_MOST_COPIES = 2**31 - 1
_LONGEST_PROFILE = 64
_SHOWN = 3


def check_uid(name: str, value: object) -> str:
    """Check a UID."""
    if not isinstance(value, str) or not is_valid_uid(value):
        raise ConfigError(f"{name}={value!r}: is no UID (PS3.5 section 9.1)")
    return str(value)


def check_option(name: str, value: object) -> str:
    """Check one of `OPTIONS` and return what is sent for it."""
    if name not in OPTIONS:
        near = difflib.get_close_matches(name, OPTIONS, n=1)
        hint = f"; did you mean {near[0]}?" if near else f": there are {', '.join(OPTIONS)}"
        raise ConfigError(f"{name}={value!r}: media creation has no such option{hint}")
    option = OPTIONS[name]
    match option.kind:
        case "flag":
            return _flag(name, value)
        case "objects":
            return _objects(name, value)
        case "uid":
            return check_uid(name, value)
        case "file_set_id":
            return _file_set_id(name, value)
        case "code":
            return _code(name, value)
    return _text(name, value, option)


def _flag(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "YES" if value else "NO"
    if isinstance(value, str) and value.upper() in ("YES", "NO"):
        return value.upper()
    raise ConfigError(f"{name}={value!r}: must be True or False")


def _objects(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "UNRESTRICTED" if value else "NO"
    if isinstance(value, str) and value.upper() in _OBJECTS:
        return value.upper()
    raise ConfigError(f"{name}={value!r}: must be True, False or one of {', '.join(_OBJECTS)}")


def _file_set_id(name: str, value: object) -> str:
    if isinstance(value, str) and _FILE_SET_ID.fullmatch(value):
        return value
    raise ConfigError(
        f"{name}={value!r}: a file-set ID has 1 to 16 characters of A-Z, 0-9 and _ "
        "(PS3.10 section 8.1)"
    )


def _code(name: str, value: object) -> str:
    if isinstance(value, str) and _CODE.fullmatch(value) and value.strip():
        return value
    raise ConfigError(
        f"{name}={value!r}: must have 1 to 16 characters of A-Z, 0-9, _ and space "
        "(PS3.5 Table 6.2-1)"
    )


def _text(name: str, value: object, option: Option) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{name}={value!r}: must be a text")
    if option.longest is not None and len(value) > option.longest:
        raise ConfigError(
            f"{name}: {len(value)} characters are too many, {option.keyword} has at most "
            f"{option.longest}"
        )
    wrong = next(
        (letter for letter in value if ord(letter) < ord(" ") and letter not in "\n\r\t\f"), ""
    )
    if wrong:
        raise ConfigError(f"{name}={value!r}: the control character {wrong!r} cannot be sent")
    return value


def check_profile(value: object, *, known_only: bool = True) -> str:
    """Check the name of a media application profile; unknown ones pass unless `known_only`."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_PROFILE or "\\" in value:
        raise ConfigError(
            f"application_profile={value!r}: must be a name such as 'STD-GEN-CD' (PS3.11)"
        )
    if known_only and not is_known_profile(value):
        near = near_profiles(value)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise ConfigError(
            f"application_profile={value!r}: no profile of PS3.11{hint}; "
            "check=False sends it all the same"
        )
    return value


def check_copies(value: object) -> int:
    """Check Number of Copies (2000,0010)."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_COPIES:
        raise ConfigError(f"copies={value!r}: must be a number from 1")
    return value


def check_priority(value: object) -> str:
    """Check a priority and return what is sent as Request Priority (2200,0020)."""
    if isinstance(value, str) and value in PRIORITIES:
        return PRIORITIES[value]
    raise ConfigError(f"priority={value!r}: must be one of {', '.join(PRIORITIES)}")


def check_instances(
    instances: Iterable[MediaCreationInstance],
) -> tuple[MediaCreationInstance, ...]:
    """Check that there are instances and that none is named twice.

    A device may fail the whole request for one that is named twice (DUPL_REF_INST).
    """
    checked = tuple(instances)
    if not checked:
        raise ConfigError("instances: there are none; name at least one instance for the media")
    seen: set[str] = set()
    twice: list[str] = []
    for instance in checked:
        if instance.sop_instance_uid in seen:
            twice.append(instance.sop_instance_uid)
        seen.add(instance.sop_instance_uid)
    if twice:
        more = f" and {len(twice) - _SHOWN} more" if len(twice) > _SHOWN else ""
        raise ConfigError(
            f"instances: {', '.join(twice[:_SHOWN])}{more} named more than once; a device fails "
            "such a request (DUPL_REF_INST)"
        )
    return checked
