"""Who, where, when and why: what an update says of itself if nobody says otherwise."""

from __future__ import annotations

import datetime as dt
import getpass
import platform
from typing import Any

from dicomwire.uids import generate_uid

from .checks import check_text

__all__ = ["FIELDS", "check_defaults", "defaults"]

FIELDS = ("operator", "station", "reason", "description", "when", "transaction_uid")
"""The fields that all updates share."""

_SH_LENGTH = 16
_PN_LENGTH = 64


def defaults(
    *, operator: str | None, station: str | None, reason: str | None, description: str
) -> dict[str, Any]:
    """Return a value for each of `FIELDS`; what is given goes before what is found out.

    The reason has no default but empty text: nobody but the user knows it.
    """
    return {
        "operator": _user() if operator is None else operator,
        "station": _host() if station is None else station,
        "reason": "" if reason is None else reason,
        "description": description,
        "when": dt.datetime.now(tz=dt.UTC).astimezone().replace(tzinfo=None),
        "transaction_uid": generate_uid(),
    }


def _user() -> str:
    """Name the user of the process, as far as a name can have the characters."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        # In a container a process may run under a number that has no name.
        return "UNKNOWN"
    return _plain(name, _PN_LENGTH) or "UNKNOWN"


def _host() -> str:
    """Name the host, without its domain and cut to what Station Name (0008,1010) can hold."""
    return _plain(platform.node().partition(".")[0], _SH_LENGTH) or "UNKNOWN"


def _plain(text: str, length: int) -> str:
    """Leave out what no element can hold; what was left is still recognised."""
    return "".join(c for c in text if c.isprintable() and c not in "\\^=")[:length].strip()


def check_defaults(
    operator: str | None, station: str | None, reason: str | None
) -> tuple[str | None, str | None, str | None]:
    """Check what is to be said of updates that say nothing themselves.

    Raises
    ------
    ConfigError
        If one of them cannot be.
    """
    return (
        None if operator is None else check_text("operator", "PN", operator),
        None if station is None else check_text("station", "SH", station),
        None if reason is None else check_text("reason", "LO", reason),
    )
