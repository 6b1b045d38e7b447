"""Names of SOP classes and transfer syntaxes, on top of pydicom's dictionary (PS3.6 annex A).

Every SOP class is an attribute under its pydicom keyword: ``sop.CTImageStorage`` is
``"1.2.840.10008.5.1.4.1.1.2"``. The dictionary is loaded at the first question, since
importing pydicom takes longer than most scripts need to store a file.
"""

from __future__ import annotations

from functools import cache

__all__ = ["keyword", "name", "storage_classes", "transfer_syntax_name", "uid_of"]

VERIFICATION = "1.2.840.10008.1.1"
"""Verification SOP class (PS3.4 annex A), here so that an echo needs no dictionary."""

# No storage classes in spite of their names: a DICOMDIR (PS3.10 section 8.6) is never sent, and
# storage commitment is a service of its own (PS3.4 annex J).
_NOT_STORED = ("MediaStorageDirectoryStorage", "StorageCommitment")


@cache
def _entries() -> dict[str, tuple[str, str, str, str, str]]:
    """Load pydicom's dictionary: UID to (name, type, information, retired, keyword)."""
    from pydicom._uid_dict import UID_dictionary

    return dict(UID_dictionary)


@cache
def _by_keyword() -> dict[str, str]:
    """Turn the dictionary round: keyword to UID."""
    return {entry[4]: uid for uid, entry in _entries().items() if entry[4]}


def uid_of(keyword: str) -> str:
    """Return the UID with a keyword, for instance of ``"CTImageStorage"``.

    Raises
    ------
    KeyError
        If no UID has it.
    """
    try:
        return _by_keyword()[keyword]
    except KeyError:
        raise KeyError(f"no UID has the keyword {keyword!r}") from None


def name(uid: str) -> str:
    """Return the standard's name of a UID, or the UID itself if it has none."""
    entry = _entries().get(uid)
    return entry[0] if entry else uid


def keyword(uid: str) -> str | None:
    """Return the keyword of a UID, or None if it has none."""
    entry = _entries().get(uid)
    return (entry[4] or None) if entry else None


def transfer_syntax_name(uid: str) -> str:
    """Return a name short enough for a table, such as ``"JPEG 2000 Lossless"``.

    A UID without a name is returned as it is.
    """
    short = name(uid).replace(" Image Compression", "").replace(" (Lossless Only)", " Lossless")
    return short.partition(" (")[0]


@cache
def storage_classes() -> tuple[str, ...]:
    """Return the UIDs of all storage SOP classes, retired ones included (PS3.4 section B.5)."""
    return tuple(
        uid
        for uid, (_, kind, _, _, word) in sorted(_entries().items())
        if kind == "SOP Class" and "Storage" in word and not word.startswith(_NOT_STORED)
    )


def __getattr__(attribute: str) -> str:
    """Look a SOP class up by its keyword."""
    if not attribute[:1].isupper():
        raise AttributeError(f"module {__name__!r} has no attribute {attribute!r}")
    try:
        return uid_of(attribute)
    except KeyError as error:
        raise AttributeError(f"module {__name__!r}: {error.args[0]}") from None
