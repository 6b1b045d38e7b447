"""What an instance said before: Original Attributes Sequence (PS3.3 section C.12.1.1.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from dicomwire.errors import ConfigError

from .updates import CopyPatient, MergePatient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .changes import Attributes
    from .updates import PatientUpdate

__all__ = ["ModificationReason", "choose_reason", "date_time", "original_item"]

ModificationReason: TypeAlias = Literal["COERCE", "CORRECT"]
"""Reason for the Attribute Modification (0400,0565).

``COERCE``: reconciled with who is the authority on a value, a master patient index for instance.
``CORRECT``: it was wrong.
"""


def choose_reason(update: PatientUpdate, given: ModificationReason | None) -> ModificationReason:
    """Return why attributes are modified, as the caller or the kind of the update has it.

    Raises
    ------
    ConfigError
        If it is none of the two.
    """
    if given is None:
        return "COERCE" if isinstance(update, (MergePatient, CopyPatient)) else "CORRECT"
    if given not in ("COERCE", "CORRECT"):
        raise ConfigError(f"modification={given!r}: must be 'COERCE' or 'CORRECT'")
    return given


def date_time(update: PatientUpdate) -> str:
    """Write when an update is made as DT, with the offset from UTC."""
    assert update.when is not None  # noqa: S101 (updates are complete here)
    return f"{update.when.astimezone():%Y%m%d%H%M%S.%f%z}"


def original_item(
    update: PatientUpdate,
    instance: Attributes,
    keywords: Iterable[str],
    reason: ModificationReason,
    source: str,
) -> dict[str, Any]:
    """Return the item that has what the attributes were before.

    Parameters
    ----------
    update : PatientUpdate
        The update, complete.
    instance : Attributes
        The instance as it was.
    keywords : iterable of str
        The attributes that are changed, added or removed.
    reason : str
        Why.
    source : str
        Source of Previous Values (0400,0564); may be empty.

    Returns
    -------
    dict
        The attributes of the item. What was added has no value, which says that it had none.
    """
    wanted = [keyword for keyword in dict.fromkeys(keywords) if keyword]
    if "PatientID" in wanted and "IssuerOfPatientID" not in wanted:
        # An ID means something only together with who issued it.
        wanted.append("IssuerOfPatientID")
    return {
        "ModifiedAttributesSequence": [{keyword: instance.get(keyword) for keyword in wanted}],
        "AttributeModificationDateTime": date_time(update),
        "ModifyingSystem": update.station or "UNKNOWN",
        "SourceOfPreviousValues": source,
        "ReasonForTheAttributeModification": reason,
    }
