"""What a performed procedure step consists of, as data (PS3.4 Table F.7.2-1).

The types are those for the service class user: of N-CREATE, of N-SET, and in the final state.
Type 3 attributes are listed if they are sequences with required attributes in their items, or if
they may not be set; all other attributes of the information object definition are of type 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "IN_PROGRESS",
    "PROCEDURE_STEP",
    "Attribute",
    "Operation",
    "State",
]

State = Literal["IN PROGRESS", "COMPLETED", "DISCONTINUED"]
"""Performed Procedure Step Status (0040,0252)."""

IN_PROGRESS: State = "IN PROGRESS"

Operation = Literal["create", "set", "final"]
"""A column of the table."""

Type = Literal["1", "1C", "2", "3", "-", ""]
"""A type, ``"-"`` for what is not allowed, nothing for what is not required."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A row of the table.

    Parameters
    ----------
    keyword : str
        The keyword of the attribute.
    create, set, final : str
        Its type in N-CREATE, in N-SET and in the final state.
    items : tuple of Attribute
        What is in the items if it is a sequence.
    unless : tuple of str
        Of type 1C: required if none of these is in the item.
    given : tuple of str
        Of type 1C: required if one of these is in the item.
    """

    keyword: str
    create: Type
    set: Type = "-"
    final: Type = ""
    items: tuple[Attribute, ...] = ()
    unless: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    def type_in(self, operation: Operation) -> Type:
        """Return the type in one of the columns."""
        if operation == "create":
            return self.create
        return self.set if operation == "set" else self.final


def _code(meaning: Type) -> tuple[Attribute, ...]:
    """Return the rows of a code macro (Tables F.7.2-1a to F.7.2-1f)."""
    return (
        Attribute("CodeValue", "1C", "1C", unless=("LongCodeValue", "URNCodeValue")),
        Attribute("CodingSchemeDesignator", "1C", "1C", given=("CodeValue", "LongCodeValue")),
        Attribute("CodeMeaning", meaning, meaning),
    )


_CODE = _code("1")
_CODE_WITHOUT_MEANING = _code("3")

_ISSUER = (
    Attribute("LocalNamespaceEntityID", "1C", unless=("UniversalEntityID",)),
    Attribute("UniversalEntityID", "1C", unless=("LocalNamespaceEntityID",)),
    Attribute("UniversalEntityIDType", "1C", given=("UniversalEntityID",)),
)

_REFERENCE = (
    Attribute("ReferencedSOPClassUID", "1", "1"),
    Attribute("ReferencedSOPInstanceUID", "1", "1"),
)

_SPECIMEN = (
    Attribute("SpecimenIdentifier", "1", "1"),
    Attribute("SpecimenUID", "1", "1"),
)

_IMAGE = (*_REFERENCE, Attribute("SpecimenDescriptionSequence", "3", "3", items=_SPECIMEN))

_SCHEDULED_STEP = (
    Attribute("StudyInstanceUID", "1"),
    Attribute("ReferencedStudySequence", "2", items=_REFERENCE),
    Attribute("AccessionNumber", "2"),
    Attribute("IssuerOfAccessionNumberSequence", "3", items=_ISSUER),
    Attribute("PlacerOrderNumberImagingServiceRequest", "3"),
    Attribute("OrderPlacerIdentifierSequence", "3", items=_ISSUER),
    Attribute("FillerOrderNumberImagingServiceRequest", "3"),
    Attribute("OrderFillerIdentifierSequence", "3", items=_ISSUER),
    Attribute("RequestedProcedureID", "2"),
    Attribute("RequestedProcedureCodeSequence", "3", items=_CODE),
    Attribute("RequestedProcedureDescription", "2"),
    Attribute("ScheduledProcedureStepID", "2"),
    Attribute("ScheduledProcedureStepDescription", "2"),
    Attribute("ScheduledProtocolCodeSequence", "2", items=_CODE),
)

_PERFORMED_SERIES = (
    Attribute("PerformingPhysicianName", "2", "2", "2"),
    Attribute("ProtocolName", "1", "1", "1"),
    Attribute("OperatorsName", "2", "2", "2"),
    Attribute("SeriesInstanceUID", "1", "1", "1"),
    Attribute("SeriesDescription", "2", "2", "2"),
    Attribute("RetrieveAETitle", "2", "2", "2"),
    Attribute("ArchiveRequested", "3", "3"),
    Attribute("ReferencedImageSequence", "2", "2", "2", items=_IMAGE),
    Attribute("ReferencedNonImageCompositeSOPInstanceSequence", "2", "2", "2", items=_REFERENCE),
)

_UNIVERSAL_ISSUER = (Attribute("UniversalEntityIDType", "1C", given=("UniversalEntityID",)),)

_PATIENT = (
    Attribute("PatientName", "2"),
    Attribute("PatientID", "2"),
    Attribute("IssuerOfPatientID", "3"),
    Attribute("IssuerOfPatientIDQualifiersSequence", "3", items=_UNIVERSAL_ISSUER),
    Attribute("OtherPatientIDsSequence", "3"),
    Attribute("PatientBirthDate", "2"),
    Attribute("PatientSex", "2"),
    Attribute("ReferencedPatientSequence", "2", items=_REFERENCE),
    Attribute("AdmissionID", "3"),
    Attribute("IssuerOfAdmissionIDSequence", "3", items=_ISSUER),
    Attribute("ServiceEpisodeID", "3"),
    Attribute("IssuerOfServiceEpisodeIDSequence", "3", items=_ISSUER),
    Attribute("ServiceEpisodeDescription", "3"),
)

_INFORMATION = (
    Attribute("PerformedProcedureStepID", "1"),
    Attribute("PerformedStationAETitle", "1"),
    Attribute("PerformedStationName", "2"),
    Attribute("PerformedLocation", "2"),
    Attribute("PerformedProcedureStepStartDate", "1"),
    Attribute("PerformedProcedureStepStartTime", "1"),
    Attribute("PerformedProcedureStepStatus", "1", "3", "1"),
    Attribute("PerformedProcedureStepDescription", "2", "3"),
    Attribute("PerformedProcedureTypeDescription", "2", "3"),
    Attribute("ProcedureCodeSequence", "2", "3", items=_CODE_WITHOUT_MEANING),
    Attribute("ReasonForPerformedProcedureCodeSequence", "3", "3", items=_CODE),
    Attribute("PerformedProcedureStepEndDate", "2", "3", "1"),
    Attribute("PerformedProcedureStepEndTime", "2", "3", "1"),
    Attribute("CommentsOnThePerformedProcedureStep", "3", "3"),
    Attribute("PerformedProcedureStepDiscontinuationReasonCodeSequence", "3", "3", items=_CODE),
)

_ACQUISITION = (
    Attribute("Modality", "1"),
    Attribute("StudyID", "2"),
    Attribute("PerformedProtocolCodeSequence", "2", "3", items=_CODE_WITHOUT_MEANING),
    Attribute("PerformedSeriesSequence", "2", "3", "1", items=_PERFORMED_SERIES),
)

PROCEDURE_STEP: tuple[Attribute, ...] = (
    Attribute("ScheduledStepAttributesSequence", "1", items=_SCHEDULED_STEP),
    *_PATIENT,
    *_INFORMATION,
    *_ACQUISITION,
)
"""Table F.7.2-1 without Specific Character Set (0008,0005), which the text decides."""
