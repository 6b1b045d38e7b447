"""The actions of the patient update service and the numbers they have on the wire."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "PATIENT_UPDATE_INSTANCE",
    "PATIENT_UPDATE_SOP_CLASS",
    "PatientUpdateAction",
    "action_type_ids",
    "check_action_type_id",
]

PATIENT_UPDATE_SOP_CLASS = "1.2.840.114257.15.1.3"
"""The abstract syntax of the service, under the root of the vendor whose servers have it.

An own service has an own UID; this one is only for talking to those servers.
"""

PATIENT_UPDATE_INSTANCE = "1.2.840.114257.15.1.3.100.1"
"""The one SOP instance of the service, to which every action is directed."""

_MAX_ACTION_TYPE_ID = 0xFFFF


class PatientUpdateAction(IntEnum):
    """What can be done, and the Action Type ID (0000,1008) it has unless it is told otherwise."""

    CHANGE_PATIENT = 100
    DELETE_PATIENT = 101
    MERGE_PATIENT = 102
    CHANGE_SERIES = 103
    DELETE_SERIES = 104
    MERGE_STUDY = 105
    MOVE_STUDY_TO_NEW_PATIENT = 106
    COPY_PATIENT = 107
    COPY_STUDY = 108
    MOVE_SERIES = 109
    CHANGE_STUDY = 110
    DELETE_STUDY = 111

    @property
    def method_name(self) -> str:
        """``"merge_patient"`` for instance: the method of `dicomwire.PatientUpdaterScu`."""
        return self.name.lower()

    @property
    def title(self) -> str:
        """``"Merge Patient"`` for instance, what a request is described as."""
        return self.name.replace("_", " ").title().replace(" To ", " to ")

    @classmethod
    def coerce(cls, action: PatientUpdateAction | str | int) -> PatientUpdateAction:
        """Find an action by its name in any of its forms, or its usual number.

        Raises
        ------
        ConfigError
            If there is none.
        """
        if isinstance(action, str):
            name = action.strip().replace("-", "_").replace(" ", "_").upper()
            if name in cls.__members__:
                return cls[name]
        elif action in set(cls):
            return cls(action)
        names = ", ".join(member.method_name for member in cls)
        raise ConfigError(f"action {action!r}: must be one of {names}")


def action_type_ids(
    own: Mapping[PatientUpdateAction, int] | Mapping[str, int] | None = None,
) -> dict[PatientUpdateAction, int]:
    """Give every action its number: the usual one, or the caller's.

    Parameters
    ----------
    own : Mapping, optional
        Numbers of another server, by action or its name.

    Raises
    ------
    ConfigError
        If an action is unknown, a number is no Action Type ID, or two actions have the same.
    """
    numbers = {action: int(action) for action in PatientUpdateAction}
    for key, number in (own or {}).items():
        action = PatientUpdateAction.coerce(key)
        check_action_type_id(f"actions[{action.method_name!r}]", number)
        numbers[action] = number
    first: dict[int, PatientUpdateAction] = {}
    for action, number in numbers.items():
        other = first.setdefault(number, action)
        if other is not action:
            raise ConfigError(
                f"actions: {other.method_name} and {action.method_name} both have the Action Type "
                f"ID {number}; give each its own"
            )
    return numbers


def check_action_type_id(name: str, number: object) -> int:
    """Check an Action Type ID (0000,1008), which has 16 bits.

    Raises
    ------
    ConfigError
        If it is none.
    """
    is_number = isinstance(number, int) and not isinstance(number, bool)
    if not is_number or not 0 <= number <= _MAX_ACTION_TYPE_ID:  # type: ignore[operator]
        raise ConfigError(
            f"{name}={number!r}: must be an Action Type ID, 0 to {_MAX_ACTION_TYPE_ID}"
        )
    return number  # type: ignore[return-value]
