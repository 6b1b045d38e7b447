"""What all updates are: typed objects that are checked when they are made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace
from typing import Annotated, ClassVar, Self, get_type_hints

from dicomwire.errors import ConfigError

from . import audit
from .actions import PatientUpdateAction
from .checks import refuse
from .elements import Element, Moment, Text, Uid

__all__ = ["PatientUpdate", "demand_another_patient", "elements_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientUpdate:
    """What every update has: who asks for it, where, when and why.

    What is left out is filled in when the update is sent or carried out.

    Parameters
    ----------
    operator : str, optional
        Operators' Name (0008,1070); otherwise that of the SCU, or the user of the process.
    station : str, optional
        Station Name (0008,1010), at most 16 characters; otherwise that of the SCU, or the host.
    reason : str, optional
        Reason for the Requested Procedure (0040,1002); otherwise that of the SCU, or empty. Some
        servers refuse an update without one.
    description : str, optional
        Requested Procedure Description (0032,1060); otherwise the name of the action.
    when : datetime, optional
        Instance Creation Date and Time (0008,0012), (0008,0013); otherwise now.
    transaction_uid : str, optional
        Transaction UID (0008,1195); otherwise a new one under 2.25.

    Raises
    ------
    ConfigError
        If a value cannot be; the message names the field.
    """

    action: ClassVar[PatientUpdateAction]

    operator: Annotated[str | None, Text("OperatorsName", "PN", "who asks for this")] = None
    station: Annotated[str | None, Text("StationName", "SH", "where it is asked from")] = None
    reason: Annotated[
        str | None, Text("ReasonForTheRequestedProcedure", "LO", "why this is asked for")
    ] = None
    description: Annotated[
        str | None, Text("RequestedProcedureDescription", "LO", "what is asked for")
    ] = None
    when: Annotated[dt.datetime | None, Moment("InstanceCreationDate", "when it is asked for")] = (
        None
    )
    transaction_uid: Annotated[
        str | None, Uid("TransactionUID", "UID of this request, for the records")
    ] = None

    def __post_init__(self) -> None:
        """Check every field alone, then all together."""
        name = type(self).__name__
        if type(self) is PatientUpdate:
            raise TypeError(f"{name} is none by itself: make one of the twelve")
        for field, element in elements_of(type(self)).items():
            value = getattr(self, field)
            if value is not None or element.required:
                object.__setattr__(self, field, element.check(f"{name}.{field}", value))
        self._check_together()

    def _check_together(self) -> None:
        """Check what one field alone does not tell."""

    def with_audit(
        self,
        *,
        operator: str | None = None,
        station: str | None = None,
        reason: str | None = None,
    ) -> Self:
        """Return the update with who, where, when and why filled in.

        Parameters
        ----------
        operator, station, reason : str, optional
            What to use where the update itself says nothing.

        Raises
        ------
        ConfigError
            If one of them cannot be.
        """
        defaults = audit.defaults(
            operator=operator, station=station, reason=reason, description=self.action.title
        )
        missing = {name: value for name, value in defaults.items() if getattr(self, name) is None}
        return replace(self, **missing) if missing else self

    def _refuse(self, field: str, rule: str) -> Exception:
        return refuse(f"{type(self).__name__}.{field}", getattr(self, field), rule)

    def _demand_change(self, *keys: str) -> None:
        """Refuse an update that says whom it is about and nothing else."""
        own = [name for name in elements_of(type(self)) if name not in {*keys, *audit.FIELDS}]
        if all(getattr(self, name) is None for name in own):
            raise ConfigError(
                f"{type(self).__name__}: changes nothing; give one of {', '.join(own)}"
            )


_elements: dict[type[PatientUpdate], dict[str, Element]] = {}


def elements_of(update: type[PatientUpdate]) -> dict[str, Element]:
    """Return the data element behind each field of an update, in the order of the fields."""
    found = _elements.get(update)
    if found is None:
        hints = get_type_hints(update, include_extras=True)
        found = {field.name: hints[field.name].__metadata__[0] for field in fields(update)}
        _elements[update] = found
    return found


def demand_another_patient(update: PatientUpdate, target: str, source: str) -> None:
    """Refuse to take something from a patient to the same patient."""
    if target == source:
        raise refuse(
            f"{type(update).__name__}.patient_id", target, "must differ from source_patient_id"
        )
