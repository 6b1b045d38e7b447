"""The types of the fields that several updates share, each with its data element."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, TypeAlias

from .elements import IdentifierItems, OneReference, OtherPatientId, References, Text, Texts, Uid

__all__ = [
    "BirthDate",
    "Comments",
    "EthnicGroup",
    "MergedPatients",
    "OriginalId",
    "OtherIds",
    "PatientName",
    "PatientSex",
    "PlainOtherIds",
    "Series",
    "SourcePatient",
    "Studies",
    "Study",
]

PatientName: TypeAlias = Annotated[str | None, Text("PatientName", "PN", "name, as FAMILY^GIVEN")]
PatientSex: TypeAlias = Annotated[str | None, Text("PatientSex", "CS", "sex: M, F or O")]
BirthDate: TypeAlias = Annotated[
    str | dt.date | None, Text("PatientBirthDate", "DA", "birth date, as 19700131")
]
OtherIds: TypeAlias = Annotated[
    Sequence[OtherPatientId | str] | None,
    IdentifierItems("OtherPatientIDsSequence", "another ID, as ID or ID^^^ISSUER"),
]
PlainOtherIds: TypeAlias = Annotated[
    Sequence[str], Texts("OtherPatientIDs", "another ID of the new patient")
]
Comments: TypeAlias = Annotated[str | None, Text("PatientComments", "LT", "comments")]
EthnicGroup: TypeAlias = Annotated[str | None, Text("EthnicGroup", "SH", "ethnic group")]
# Other Patient IDs is what the service carries the ID in that is to be changed.
OriginalId: TypeAlias = Annotated[
    str, Text("OtherPatientIDs", "LO", "ID of the patient as it is", required=True)
]
MergedPatients: TypeAlias = Annotated[
    Sequence[str],
    References("ReferencedPatientSequence", "PatientID", "ID that is merged away"),
]
SourcePatient: TypeAlias = Annotated[
    str,
    OneReference(
        "ReferencedPatientSequence",
        "PatientID",
        "ID of the patient it is taken from",
        required=True,
    ),
]
Studies: TypeAlias = Annotated[
    Sequence[str],
    References("ReferencedStudySequence", "StudyInstanceUID", "UID of a study, of these only"),
]
Study: TypeAlias = Annotated[str, Uid("StudyInstanceUID", "UID of the study", required=True)]
Series: TypeAlias = Annotated[str, Uid("SeriesInstanceUID", "UID of the series", required=True)]
