"""The keys that a query asks for unless the caller says otherwise.

All unique and required keys of the level (PS3.4 sections C.6.1.1 and C.6.2.1), with the optional
ones that most servers know; for a worklist the usual return keys of PS3.4 table K.6-1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .models import MODALITY_WORKLIST

if TYPE_CHECKING:
    from .models import Model

__all__ = ["standard_return_keys"]

_PATIENT = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
_LEVELS = {
    "PATIENT": (
        *_PATIENT,
        "NumberOfPatientRelatedStudies",
        "NumberOfPatientRelatedSeries",
        "NumberOfPatientRelatedInstances",
    ),
    "STUDY": (
        "StudyDate",
        "StudyTime",
        "AccessionNumber",
        "ModalitiesInStudy",
        "ReferringPhysicianName",
        "StudyDescription",
        "StudyInstanceUID",
        "StudyID",
        "NumberOfStudyRelatedSeries",
        "NumberOfStudyRelatedInstances",
    ),
    "SERIES": (
        "SeriesDate",
        "SeriesTime",
        "Modality",
        "SeriesDescription",
        "BodyPartExamined",
        "SeriesInstanceUID",
        "SeriesNumber",
        "NumberOfSeriesRelatedInstances",
    ),
    "IMAGE": ("SOPClassUID", "SOPInstanceUID", "InstanceNumber", "NumberOfFrames"),
}

_CODE = ("CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion", "CodeMeaning")
_REFERENCE = ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID")


def _within(sequence: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{sequence}.{key}" for key in keys)


_WORKLIST = (
    *_within(
        "ScheduledProcedureStepSequence",
        (
            "Modality",
            "RequestedContrastAgent",
            "ScheduledStationAETitle",
            "ScheduledProcedureStepStartDate",
            "ScheduledProcedureStepStartTime",
            "ScheduledPerformingPhysicianName",
            "ScheduledProcedureStepDescription",
            *_within("ScheduledProtocolCodeSequence", _CODE),
            "ScheduledProcedureStepID",
            "ScheduledStationName",
            "ScheduledProcedureStepLocation",
            "PreMedication",
            "ScheduledProcedureStepStatus",
        ),
    ),
    # The requested procedure and the imaging service request.
    "RequestedProcedureID",
    "RequestedProcedureDescription",
    *_within("RequestedProcedureCodeSequence", _CODE),
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    *_within("ReferencedStudySequence", _REFERENCE),
    "RequestedProcedurePriority",
    "PatientTransportArrangements",
    "AccessionNumber",
    "RequestingPhysician",
    "ReferringPhysicianName",
    # The visit and the patient.
    "AdmissionID",
    "CurrentPatientLocation",
    *_within("ReferencedPatientSequence", _REFERENCE),
    *_PATIENT,
    "PatientWeight",
    "ConfidentialityConstraintOnPatientDataDescription",
    "PatientState",
    "PregnancyStatus",
    "MedicalAlerts",
    "Allergies",
    "SpecialNeeds",
)


def standard_return_keys(model: Model, level: str | None) -> tuple[str, ...]:
    """Return the keys asked for at a level of a model, as keywords and paths of these."""
    if level is None:
        return _WORKLIST if model == MODALITY_WORKLIST else ()
    # What belongs to the patient belongs to the topmost level there is.
    is_topmost_study = level == "STUDY" and model.levels[0] == "STUDY"
    return (*_PATIENT, *_LEVELS[level]) if is_topmost_study else _LEVELS[level]
