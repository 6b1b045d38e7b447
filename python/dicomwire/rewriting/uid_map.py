"""A stable mapping of unique identifiers."""

from __future__ import annotations

from dicomwire._core import UidMap as CoreUidMap
from dicomwire.errors import ConfigError

__all__ = ["UidMap"]


class UidMap:
    """Map each UID to another one: the same to the same, in every run and on every machine.

    The new UID is a hash of the salt and the old one (SHA-256), so no table has to be kept, and
    nobody finds the old UID from the new one without the salt. UIDs of the standard itself
    (``1.2.840.10008.…``) and empty ones stay.

    Parameters
    ----------
    root : str, optional
        What the new UIDs begin with, at most 32 characters. Without it they are made of a UUID,
        under ``2.25`` (PS3.5 section B.2).
    salt : str or bytes
        Another salt gives another mapping. Keep it secret where old UIDs must not be guessed.

    Raises
    ------
    ConfigError
        If no UID can be made under the root.

    Examples
    --------
    >>> from dicomwire import UidMap
    >>> new_uid = UidMap(root="1.2.826.0.1.3680043", salt="hospital A")
    >>> new_uid("1.2.3") == new_uid("1.2.3")
    True
    >>> new_uid("1.2.840.10008.1.2")
    '1.2.840.10008.1.2'
    """

    __slots__ = ("_core", "root")

    def __init__(self, *, root: str | None = None, salt: str | bytes = b"") -> None:
        if not isinstance(salt, (str, bytes)):
            raise ConfigError(f"salt={salt!r}: must be text or bytes")
        self.root = root
        self._core = CoreUidMap(root, salt.encode() if isinstance(salt, str) else salt)

    def __call__(self, uid: str) -> str:
        """Return the new UID for an old one."""
        return self._core.map(str(uid))

    def __repr__(self) -> str:
        """Show the root; the salt stays secret."""
        return f"UidMap(root={self.root!r})"
