"""The twelve updates, each a typed object that is checked when it is made.

In all of them None leaves an attribute as it is, and empty text empties it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Annotated, ClassVar, Self, TypeAlias, get_type_hints

from . import audit
from .actions import PatientUpdateAction
from .checks import refuse
from .elements import (
    Element,
    IdentifierItems,
    Moment,
    OneReference,
    OtherPatientId,
    References,
    Text,
    Texts,
    Uid,
)

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

_Name: TypeAlias = Annotated[str | None, Text("PatientName", "PN", "name, as FAMILY^GIVEN")]
_Sex: TypeAlias = Annotated[str | None, Text("PatientSex", "CS", "sex: M, F or O")]
_BirthDate: TypeAlias = Annotated[
    str | dt.date | None, Text("PatientBirthDate", "DA", "birth date, as 19700131")
]
_OtherIds: TypeAlias = Annotated[
    tuple[OtherPatientId, ...] | None,
    IdentifierItems("OtherPatientIDsSequence", "another ID, as ID or ID^^^ISSUER"),
]
_PlainOtherIds: TypeAlias = Annotated[
    tuple[str, ...] | str, Texts("OtherPatientIDs", "another ID of the new patient")
]
_Comments: TypeAlias = Annotated[str | None, Text("PatientComments", "LT", "comments")]
_EthnicGroup: TypeAlias = Annotated[str | None, Text("EthnicGroup", "SH", "ethnic group")]
# Other Patient IDs is what the service carries the ID in that is to be changed.
_OriginalId: TypeAlias = Annotated[
    str, Text("OtherPatientIDs", "LO", "ID of the patient as it is", required=True)
]
_Merged: TypeAlias = Annotated[
    tuple[str, ...] | str,
    References("ReferencedPatientSequence", "PatientID", "ID that is merged away"),
]
_Source: TypeAlias = Annotated[
    str,
    OneReference(
        "ReferencedPatientSequence", "PatientID", "ID of the patient it is taken from", required=True
    ),
]
_Studies: TypeAlias = Annotated[
    tuple[str, ...] | str,
    References("ReferencedStudySequence", "StudyInstanceUID", "UID of a study, of these only"),
]
_Study: TypeAlias = Annotated[str, Uid("StudyInstanceUID", "UID of the study", required=True)]
_Series: TypeAlias = Annotated[str, Uid("SeriesInstanceUID", "UID of the series", required=True)]


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
    when: Annotated[
        dt.datetime | None, Moment("InstanceCreationDate", "when it is asked for")
    ] = None
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
            raise refuse(type(self).__name__, None, f"changes nothing; give one of {', '.join(own)}")


@cache
def elements_of(update: type[PatientUpdate]) -> dict[str, Element]:
    """Return the data element behind each field of an update, in the order of the fields."""
    hints = get_type_hints(update, include_extras=True)
    return {field.name: hints[field.name].__metadata__[0] for field in fields(update)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePatient(PatientUpdate):
    """Change the attributes of a patient, also the ID.

    Parameters
    ----------
    original_patient_id : str
        The ID that the patient has.
    patient_id : str, optional
        The ID that the patient gets; otherwise it stays. If another patient has it, a merge is
        what is meant.
    name, sex, birth_date, comments, ethnic_group : str, optional
        Attributes of the Patient module (PS3.3 section C.7.1.1).
    other_patient_ids : sequence of OtherPatientId or str, optional
        All other IDs of the patient.
    """

    action: ClassVar = PatientUpdateAction.CHANGE_PATIENT

    original_patient_id: _OriginalId
    patient_id: Annotated[str | None, Text("PatientID", "LO", "ID that the patient gets")] = None
    name: _Name = None
    sex: _Sex = None
    birth_date: _BirthDate = None
    other_patient_ids: _OtherIds = None
    comments: _Comments = None
    ethnic_group: _EthnicGroup = None

    def _check_together(self) -> None:
        self._demand_change("original_patient_id")
        if self.patient_id is None:
            object.__setattr__(self, "patient_id", self.original_patient_id)
        elif not self.patient_id:
            raise self._refuse("patient_id", "must not be empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPatient(PatientUpdate):
    """Copy a patient with all studies to a new patient.

    Parameters
    ----------
    original_patient_id : str
        The patient to copy.
    patient_id : str
        The ID of the copy.
    name, sex, birth_date, comments, ethnic_group : str, optional
        Attributes of the copy (PS3.3 section C.7.1.1) that differ.
    other_patient_ids : sequence of OtherPatientId or str, optional
        All other IDs of the copy.
    """

    action: ClassVar = PatientUpdateAction.COPY_PATIENT

    original_patient_id: _OriginalId
    patient_id: Annotated[str, Text("PatientID", "LO", "ID of the copy", required=True)]
    name: _Name = None
    sex: _Sex = None
    birth_date: _BirthDate = None
    other_patient_ids: _OtherIds = None
    comments: _Comments = None
    ethnic_group: _EthnicGroup = None

    def _check_together(self) -> None:
        if self.patient_id == self.original_patient_id:
            raise self._refuse("patient_id", "must differ from original_patient_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePatient(PatientUpdate):
    """Give all studies of one or several patients to another one, and end the former.

    Parameters
    ----------
    patient_id : str
        The patient who remains.
    patients_to_merge : str or sequence of str
        The IDs that are merged away.
    study_instance_uids : str or sequence of str
        The studies this is about. Servers that forward a merge name them, perhaps in place of
        the patients.
    """

    action: ClassVar = PatientUpdateAction.MERGE_PATIENT

    patient_id: Annotated[str, Text("PatientID", "LO", "ID that remains", required=True)]
    patients_to_merge: _Merged = ()
    study_instance_uids: _Studies = ()

    def _check_together(self) -> None:
        if not self.patients_to_merge and not self.study_instance_uids:
            raise self._refuse("patients_to_merge", "must not be empty")
        if self.patient_id in self.patients_to_merge:
            raise self._refuse("patients_to_merge", "must not have the patient_id that remains")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePatient(PatientUpdate):
    """Delete a patient with all studies, or some of the studies.

    Parameters
    ----------
    patient_id : str
        The patient.
    study_instance_uids : str or sequence of str
        If given, only these studies are deleted.
    """

    action: ClassVar = PatientUpdateAction.DELETE_PATIENT

    patient_id: Annotated[str, Text("PatientID", "LO", "ID of the patient", required=True)]
    study_instance_uids: _Studies = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStudy(PatientUpdate):
    """Change the attributes of a study.

    Parameters
    ----------
    study_instance_uid : str
        The study.
    study_date, study_description, study_id, accession_number : str, optional
        Attributes of the General Study module (PS3.3 section C.7.2.1).
    patient_age, patient_size, patient_weight : str, optional
        Attributes of the Patient Study module (PS3.3 section C.7.2.2): age as ``"045Y"``, size
        in metres, weight in kilograms; numbers will do.
    """

    action: ClassVar = PatientUpdateAction.CHANGE_STUDY

    study_instance_uid: _Study
    study_date: Annotated[
        str | dt.date | None, Text("StudyDate", "DA", "date of the study, as 20240131")
    ] = None
    study_description: Annotated[
        str | None, Text("StudyDescription", "LO", "description of the study")
    ] = None
    study_id: Annotated[str | None, Text("StudyID", "SH", "study ID")] = None
    accession_number: Annotated[
        str | None, Text("AccessionNumber", "SH", "accession number")
    ] = None
    patient_age: Annotated[str | None, Text("PatientAge", "AS", "age, as 045Y")] = None
    patient_size: Annotated[
        str | float | None, Text("PatientSize", "DS", "size in metres")
    ] = None
    patient_weight: Annotated[
        str | float | None, Text("PatientWeight", "DS", "weight in kilograms")
    ] = None

    def _check_together(self) -> None:
        self._demand_change("study_instance_uid")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteStudy(PatientUpdate):
    """Delete a study.

    Parameters
    ----------
    study_instance_uid : str
        The study.
    """

    action: ClassVar = PatientUpdateAction.DELETE_STUDY

    study_instance_uid: _Study


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeStudy(PatientUpdate):
    """Move a study to another patient, who exists.

    Parameters
    ----------
    patient_id : str
        The patient who gets it.
    study_instance_uid : str
        The study.
    source_patient_id : str
        The patient who has it.
    """

    action: ClassVar = PatientUpdateAction.MERGE_STUDY

    patient_id: Annotated[str, Text("PatientID", "LO", "ID of who gets it", required=True)]
    study_instance_uid: _Study
    source_patient_id: _Source

    def _check_together(self) -> None:
        _demand_another_patient(self, self.patient_id, self.source_patient_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStudyToNewPatient(PatientUpdate):
    """Move a study to a patient who does not exist yet.

    Parameters
    ----------
    patient_id : str
        The ID of the new patient.
    study_instance_uid : str
        The study.
    source_patient_id : str
        The patient who has it.
    name, sex, birth_date : str, optional
        Attributes of the new patient (PS3.3 section C.7.1.1).
    other_patient_ids : str or sequence of str
        Other IDs of the new patient, in Other Patient IDs (0010,1000).
    """

    action: ClassVar = PatientUpdateAction.MOVE_STUDY_TO_NEW_PATIENT

    patient_id: Annotated[str, Text("PatientID", "LO", "ID of the new patient", required=True)]
    study_instance_uid: _Study
    source_patient_id: _Source
    name: _Name = None
    sex: _Sex = None
    birth_date: _BirthDate = None
    other_patient_ids: _PlainOtherIds = ()

    def _check_together(self) -> None:
        _demand_another_patient(self, self.patient_id, self.source_patient_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyStudy(PatientUpdate):
    """Copy a study to a new patient.

    Parameters
    ----------
    patient_id : str
        The ID of the patient who gets the copy.
    study_instance_uid : str
        The study.
    source_patient_id : str
        The patient who has it.
    name, sex, birth_date : str, optional
        Attributes of the patient who gets it (PS3.3 section C.7.1.1).
    other_patient_ids : str or sequence of str
        Other IDs of that patient, in Other Patient IDs (0010,1000).
    """

    action: ClassVar = PatientUpdateAction.COPY_STUDY

    patient_id: Annotated[str, Text("PatientID", "LO", "ID of who gets it", required=True)]
    study_instance_uid: _Study
    source_patient_id: _Source
    name: _Name = None
    sex: _Sex = None
    birth_date: _BirthDate = None
    other_patient_ids: _PlainOtherIds = ()

    def _check_together(self) -> None:
        _demand_another_patient(self, self.patient_id, self.source_patient_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSeries(PatientUpdate):
    """Change the attributes of a series.

    Parameters
    ----------
    series_instance_uid : str
        The series.
    series_date, series_time, series_description, modality : str, optional
        Attributes of the General Series module (PS3.3 section C.7.3.1).
    """

    action: ClassVar = PatientUpdateAction.CHANGE_SERIES

    series_instance_uid: _Series
    series_date: Annotated[
        str | dt.date | None, Text("SeriesDate", "DA", "date of the series, as 20240131")
    ] = None
    series_time: Annotated[
        str | dt.time | None, Text("SeriesTime", "TM", "time of the series, as 134500")
    ] = None
    series_description: Annotated[
        str | None, Text("SeriesDescription", "LO", "description of the series")
    ] = None
    modality: Annotated[str | None, Text("Modality", "CS", "modality")] = None

    def _check_together(self) -> None:
        self._demand_change("series_instance_uid")
        if self.modality == "":
            # Type 1 (PS3.3 Table C.7-5a).
            raise self._refuse("modality", "must not be empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSeries(PatientUpdate):
    """Delete a series.

    Parameters
    ----------
    study_instance_uid : str
        The study it is in.
    series_instance_uid : str
        The series.
    """

    action: ClassVar = PatientUpdateAction.DELETE_SERIES

    study_instance_uid: _Study
    series_instance_uid: _Series


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSeries(PatientUpdate):
    """Move a series to another patient, who exists.

    Parameters
    ----------
    patient_id : str
        The patient who gets it.
    series_instance_uid : str
        The series.
    source_patient_id : str
        The patient who has it.
    new_study_instance_uid : str, optional
        The study it comes into there; otherwise the server makes a UID.
    """

    action: ClassVar = PatientUpdateAction.MOVE_SERIES

    patient_id: Annotated[str, Text("PatientID", "LO", "ID of who gets it", required=True)]
    series_instance_uid: _Series
    source_patient_id: _Source
    new_study_instance_uid: Annotated[
        str | None, Uid("StudyInstanceUID", "UID of the study it comes into")
    ] = None

    def _check_together(self) -> None:
        _demand_another_patient(self, self.patient_id, self.source_patient_id)


def _demand_another_patient(update: PatientUpdate, target: str, source: str) -> None:
    """Refuse to take something from a patient to the same patient."""
    if target == source:
        raise refuse(
            f"{type(update).__name__}.patient_id", target, "must differ from source_patient_id"
        )


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


