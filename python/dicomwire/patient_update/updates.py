"""The twelve updates, and which action each is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .patient_updates import ChangePatient, CopyPatient, DeletePatient, MergePatient
from .series_updates import ChangeSeries, DeleteSeries, MoveSeries
from .study_updates import ChangeStudy, CopyStudy, DeleteStudy, MergeStudy, MoveStudyToNewPatient
from .update import PatientUpdate, elements_of

if TYPE_CHECKING:
    from .actions import PatientUpdateAction

__all__ = [
    "UPDATES",
    "ChangePatient",
    "ChangeSeries",
    "ChangeStudy",
    "CopyPatient",
    "CopyStudy",
    "DeletePatient",
    "DeleteSeries",
    "DeleteStudy",
    "MergePatient",
    "MergeStudy",
    "MoveSeries",
    "MoveStudyToNewPatient",
    "PatientUpdate",
    "elements_of",
]

UPDATES: dict[PatientUpdateAction, type[PatientUpdate]] = {
    update.action: update
    for update in (
        ChangePatient,
        DeletePatient,
        MergePatient,
        ChangeSeries,
        DeleteSeries,
        MergeStudy,
        MoveStudyToNewPatient,
        CopyPatient,
        CopyStudy,
        MoveSeries,
        ChangeStudy,
        DeleteStudy,
    )
}
"""The class of each action."""
