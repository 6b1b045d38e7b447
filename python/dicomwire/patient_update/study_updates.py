"""Updates of studies.

In all updates None leaves an attribute as it is, and empty text empties it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, ClassVar

from .actions import PatientUpdateAction
from .elements import Text
from .field_types import BirthDate, PatientName, PatientSex, PlainOtherIds, SourcePatient, Study
from .update import PatientUpdate, demand_another_patient

__all__ = ["ChangeStudy", "CopyStudy", "DeleteStudy", "MergeStudy", "MoveStudyToNewPatient"]


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

    study_instance_uid: Study
    study_date: Annotated[
        str | dt.date | None, Text("StudyDate", "DA", "date of the study, as 20240131")
    ] = None
    study_description: Annotated[
        str | None, Text("StudyDescription", "LO", "description of the study")
    ] = None
    study_id: Annotated[str | None, Text("StudyID", "SH", "study ID")] = None
    accession_number: Annotated[str | None, Text("AccessionNumber", "SH", "accession number")] = (
        None
    )
    patient_age: Annotated[str | None, Text("PatientAge", "AS", "age, as 045Y")] = None
    patient_size: Annotated[str | float | None, Text("PatientSize", "DS", "size in metres")] = None
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

    study_instance_uid: Study


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
    study_instance_uid: Study
    source_patient_id: SourcePatient

    def _check_together(self) -> None:
        demand_another_patient(self, self.patient_id, self.source_patient_id)


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
    study_instance_uid: Study
    source_patient_id: SourcePatient
    name: PatientName = None
    sex: PatientSex = None
    birth_date: BirthDate = None
    other_patient_ids: PlainOtherIds = ()

    def _check_together(self) -> None:
        demand_another_patient(self, self.patient_id, self.source_patient_id)


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
    study_instance_uid: Study
    source_patient_id: SourcePatient
    name: PatientName = None
    sex: PatientSex = None
    birth_date: BirthDate = None
    other_patient_ids: PlainOtherIds = ()

    def _check_together(self) -> None:
        demand_another_patient(self, self.patient_id, self.source_patient_id)
