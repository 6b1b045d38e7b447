"""Updates of patients.

In all updates None leaves an attribute as it is, and empty text empties it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from .actions import PatientUpdateAction
from .elements import Text
from .field_types import (
    BirthDate,
    Comments,
    EthnicGroup,
    MergedPatients,
    OriginalId,
    OtherIds,
    PatientName,
    PatientSex,
    Studies,
)
from .update import PatientUpdate

__all__ = ["ChangePatient", "CopyPatient", "DeletePatient", "MergePatient"]


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

    original_patient_id: OriginalId
    patient_id: Annotated[str | None, Text("PatientID", "LO", "ID that the patient gets")] = None
    name: PatientName = None
    sex: PatientSex = None
    birth_date: BirthDate = None
    other_patient_ids: OtherIds = None
    comments: Comments = None
    ethnic_group: EthnicGroup = None

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

    original_patient_id: OriginalId
    patient_id: Annotated[str, Text("PatientID", "LO", "ID of the copy", required=True)]
    name: PatientName = None
    sex: PatientSex = None
    birth_date: BirthDate = None
    other_patient_ids: OtherIds = None
    comments: Comments = None
    ethnic_group: EthnicGroup = None

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
    patients_to_merge: MergedPatients = ()
    study_instance_uids: Studies = ()

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
    study_instance_uids: Studies = ()
