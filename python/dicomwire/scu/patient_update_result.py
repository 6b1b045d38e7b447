"""What the server answered to an update."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from dicomwire.normalized_result import NResult

if TYPE_CHECKING:
    from dicomwire.patient_update.updates import PatientUpdate

__all__ = ["PatientUpdateResult"]

_NO_SUCH_INSTANCE = 0x0112
# Attribute value out of range and missing attribute: what servers of this service answer if the
# patient, study or series is not there, unless they complain of another attribute by name.
_ABOUT_ATTRIBUTES = frozenset({0x0116, 0x0120})
_KEYS = frozenset(
    {0x00081110, 0x00081120, 0x00100020, 0x00101000, 0x0020000D, 0x0020000E},
)
_NOT_AUTHORIZED = 0x0124


@dataclass(frozen=True, slots=True, eq=False)
class PatientUpdateResult(NResult):
    """The response to an update.

    Attributes
    ----------
    update : PatientUpdate or None
        The update as it was sent, with who, where, when and why; None if it was sent raw.
    """

    update: PatientUpdate | None = None

    @property
    def not_found(self) -> bool:
        """Whether the patient, study or series is not there; sending again will not help.

        That is 0x0112 (no such SOP instance), or 0x0116 (attribute value out of range) or 0x0120
        (missing attribute) that name no attribute, or one which says whom the update is about.
        """
        code = int(self.status)
        if code not in _ABOUT_ATTRIBUTES:
            return code == _NO_SUCH_INSTANCE
        named = {*self.attribute_identifiers, *self.status.offending_elements}
        return not named or not named.isdisjoint(_KEYS)

    @property
    def not_permitted(self) -> bool:
        """Whether the peer does not permit our AE title, or the operator, to do this: 0x0124."""
        return self.status == _NOT_AUTHORIZED

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        update = self.update
        # `super()` without arguments does not work in a class with slots.
        return {
            "action": None if update is None else update.action.method_name,
            "transaction_uid": None if update is None else update.transaction_uid,
            **NResult.to_dict(self),
            "not_found": self.not_found,
            "not_permitted": self.not_permitted,
        }

    @classmethod
    def of(cls, result: NResult, update: PatientUpdate | None) -> PatientUpdateResult:
        """Make one of the response to the N-ACTION."""
        values = {field.name: getattr(result, field.name) for field in fields(NResult)}
        return cls(**values, update=update)
