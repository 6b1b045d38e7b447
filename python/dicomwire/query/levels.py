"""Which attribute belongs to which level of a query (PS3.4 sections C.6.1.1 and C.6.2.1).

The tables name the keys of each level; what is in none of them is an optional key of a level
that only the server knows, and may stand in every query.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dicomwire.dataset.tags import tag_number
from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from .models import Model

__all__ = ["QUERY_RETRIEVE_LEVEL", "UNIQUE_KEYS", "check_level", "level_of", "levels_above"]

QUERY_RETRIEVE_LEVEL = 0x0008_0052

UNIQUE_KEYS = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
"""The unique key of each level."""

# PS3.4 tables C.6-1 to C.6-4, without the unique keys. Series Description, Date and Time are in
# no table, but no attributes of anything else either (PS3.3 section C.7.3.1).
_KEYS = {
    "PATIENT": (
        "PatientName",
        "IssuerOfPatientID",
        "ReferencedPatientSequence",
        "PatientBirthDate",
        "PatientBirthTime",
        "PatientSex",
        "OtherPatientIDs",
        "OtherPatientIDsSequence",
        "OtherPatientNames",
        "EthnicGroup",
        "PatientComments",
        "NumberOfPatientRelatedStudies",
        "NumberOfPatientRelatedSeries",
        "NumberOfPatientRelatedInstances",
    ),
    "STUDY": (
        "StudyDate",
        "StudyTime",
        "AccessionNumber",
        "StudyID",
        "ModalitiesInStudy",
        "SOPClassesInStudy",
        "ReferringPhysicianName",
        "StudyDescription",
        "ProcedureCodeSequence",
        "NameOfPhysiciansReadingStudy",
        "AdmittingDiagnosesDescription",
        "ReferencedStudySequence",
        "PatientAge",
        "PatientSize",
        "PatientWeight",
        "Occupation",
        "AdditionalPatientHistory",
        "OtherStudyNumbers",
        "NumberOfStudyRelatedSeries",
        "NumberOfStudyRelatedInstances",
    ),
    "SERIES": (
        "Modality",
        "SeriesNumber",
        "SeriesDescription",
        "SeriesDate",
        "SeriesTime",
        "NumberOfSeriesRelatedInstances",
    ),
    "IMAGE": (
        "InstanceNumber",
        "SOPClassUID",
        "AlternateRepresentationSequence",
        "RelatedGeneralSOPClassUID",
        "ConceptNameCodeSequence",
        "ContentTemplateSequence",
        "AvailableTransferSyntaxUID",
    ),
}


def level_of(model: Model, tag: int) -> str | None:
    """Return the level of a model that an attribute belongs to.

    What belongs to the patient belongs to the study where a model has no level of patients (PS3.4
    section C.6.2.1). None stands for an attribute that may be used at any level, or for a model
    that has none.
    """
    if not model.levels:
        return None
    level = _levels().get(tag)
    return model.levels[0] if level == "PATIENT" else level


@cache
def _levels() -> dict[int, str]:
    """Put the tables together: tag to level."""
    keywords = {level: (unique, *_KEYS[level]) for level, unique in UNIQUE_KEYS.items()}
    return {tag_number(keyword): level for level, known in keywords.items() for keyword in known}


def check_level(model: Model, level: str) -> str:
    """Bring a level to the form of the standard.

    Raises
    ------
    ConfigError
        If the model has no such level.
    """
    text = level.strip().upper()
    if text not in model.levels:
        known = ", ".join(model.levels)
        raise ConfigError(f"level={level!r}: {model.name} has the levels {known}")
    return text


def levels_above(model: Model, level: str) -> tuple[str, ...]:
    """Return the levels of a model above one of them, topmost first."""
    return model.levels[: model.levels.index(level)]
