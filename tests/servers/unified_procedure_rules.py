"""Attribute tables of unified procedure steps and instance availability (PS3.4 CC.2, R.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strict_provider as strict
from strict_provider import Refusal

if TYPE_CHECKING:
    from pydicom import Dataset

_NOT_SCHEDULED = 0xC309
_FINAL_STATE = 0xC304

# The attributes of PS3.4 Table CC.2.5-3 that a test may need; the others are of type 3 here.
_CREATION = {
    "ScheduledProcedureStepPriority": "1",
    "ProcedureStepLabel": "1",
    "WorklistLabel": "2",
    "ScheduledProcedureStepStartDateTime": "1",
    "InputReadinessState": "1",
    "ProcedureStepState": "1",
    "TransactionUID": "2",
    "SpecificCharacterSet": "3",
    "ScheduledProcessingParametersSequence": "3",
    "ScheduledStationNameCodeSequence": "3",
    "ScheduledWorkitemCodeSequence": "3",
    "CommentsOnTheScheduledProcedureStep": "3",
    "InputInformationSequence": "3",
    "PatientName": "2",
    "PatientID": "2",
    "PatientBirthDate": "3",
    "PatientSex": "3",
    "AdmissionID": "3",
    "StudyInstanceUID": "3",
    "ReferencedRequestSequence": "3",
    "ProcedureStepProgressInformationSequence": "3",
    "UnifiedProcedureStepPerformedProcedureSequence": "3",
}
_TERMS = {
    "ScheduledProcedureStepPriority": ("HIGH", "MEDIUM", "LOW"),
    "InputReadinessState": ("READY", "INCOMPLETE", "UNAVAILABLE"),
}
_NOTIFICATION = {
    "SpecificCharacterSet": "3",
    "ReferencedPerformedProcedureStepSequence": "2",
    "StudyInstanceUID": "1",
    "ReferencedSeriesSequence": "1",
}
_INSTANCE = {
    "ReferencedSOPClassUID": "1",
    "ReferencedSOPInstanceUID": "1",
    "InstanceAvailability": "1",
    "RetrieveAETitle": "1",
    "RetrieveLocationUID": "3",
    "RetrieveURI": "3",
    "RetrieveURL": "3",
    "StorageMediaFileSetID": "3",
    "StorageMediaFileSetUID": "3",
}
_AVAILABILITY = {"InstanceAvailability": ("ONLINE", "NEARLINE", "OFFLINE", "UNAVAILABLE")}


def check_creation(attributes: Dataset) -> None:
    """Check the attribute list of a new step."""
    strict.check_types(attributes, _CREATION)
    strict.check_terms(attributes, _TERMS)
    strict.check_text(attributes)
    if attributes.ProcedureStepState != "SCHEDULED":
        raise Refusal(_NOT_SCHEDULED, f"it is {attributes.ProcedureStepState}")
    if attributes.TransactionUID:
        raise Refusal(strict.INVALID_ATTRIBUTE_VALUE, "not locked yet", "TransactionUID")


def check_final_state(attributes: Dataset, wanted: str) -> None:
    """Check that a step has what it must have when it ends (PS3.4 Table CC.2.5-3, final state)."""
    if wanted == "COMPLETED":
        needed = "UnifiedProcedureStepPerformedProcedureSequence"
    elif wanted == "CANCELED":
        needed = "ProcedureStepProgressInformationSequence"
    else:
        raise Refusal(strict.INVALID_ARGUMENT_VALUE, f"no state {wanted}")
    if not attributes.get(needed):
        raise Refusal(_FINAL_STATE, f"{wanted} needs {needed}", needed)


def check_notification(attributes: Dataset) -> None:
    """Check a notification, which may have nothing besides (PS3.4 section R.3.2.1.2)."""
    strict.check_types(attributes, _NOTIFICATION)
    for series in attributes.ReferencedSeriesSequence:
        strict.check_types(series, {"SeriesInstanceUID": "1", "ReferencedSOPSequence": "1"})
        for instance in series.ReferencedSOPSequence:
            strict.check_types(instance, _INSTANCE)
            strict.check_terms(instance, _AVAILABILITY)
