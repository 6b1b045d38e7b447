"""The archive behind the patient update SCP: patients, their studies, and the series in these.

It knows nothing of dicomwire. Each action is written from what the service is documented to do.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydicom import Dataset

DUPLICATE, OUT_OF_RANGE, MISSING = 0x0111, 0x0116, 0x0120

# Element of the action information, and what it is called in the database.
PATIENT_FIELDS = {
    "PatientName": "name",
    "PatientSex": "sex",
    "PatientBirthDate": "birth_date",
    "PatientComments": "comments",
    "EthnicGroup": "ethnic_group",
}
STUDY_FIELDS = {
    "StudyDate": "date",
    "StudyDescription": "description",
    "StudyID": "id",
    "AccessionNumber": "accession_number",
    "PatientAge": "age",
    "PatientSize": "size",
    "PatientWeight": "weight",
}
SERIES_FIELDS = {
    "SeriesDate": "date",
    "SeriesTime": "time",
    "SeriesDescription": "description",
    "Modality": "modality",
}
_NEW_PATIENT = ["PatientID", "PatientName", "PatientSex", "PatientBirthDate", "OtherPatientIDs"]
_STUDY_OF = ["StudyInstanceUID", "ReferencedPatientSequence"]


class Refused(Exception):
    """An action that is not done, with the status to answer and the attributes to complain of."""

    def __init__(self, status: int, *keywords: str) -> None:
        super().__init__(f"0x{status:04X}")
        self.status = status
        self.keywords = keywords


class Database:
    """Patients by ID, studies and series by UID; a JSON file when nobody is looking."""

    def __init__(self, path: Path) -> None:
        self._path = path
        state = json.loads(path.read_text())
        self.patients: dict[str, dict[str, Any]] = state["patients"]
        self.studies: dict[str, dict[str, Any]] = state["studies"]
        self.series: dict[str, dict[str, Any]] = state["series"]

    def save(self) -> None:
        """Write it; whoever reads never sees half of it."""
        state = {"patients": self.patients, "studies": self.studies, "series": self.series}
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(state))
        part.rename(self._path)

    # --- finding

    def _patient(self, patient_id: str) -> dict[str, Any]:
        if patient_id not in self.patients:
            raise Refused(MISSING)
        return self.patients[patient_id]

    def _study(self, uid: str) -> dict[str, Any]:
        if uid not in self.studies:
            raise Refused(OUT_OF_RANGE)
        return self.studies[uid]

    def _series(self, uid: str) -> dict[str, Any]:
        if uid not in self.series:
            raise Refused(OUT_OF_RANGE)
        return self.series[uid]

    def _study_of(self, ds: Dataset) -> dict[str, Any]:
        """Find a study that must be of the patient it is taken from."""
        (source,) = references(ds, "ReferencedPatientSequence", "PatientID")
        study = self._study(ds.StudyInstanceUID)
        if study["patient"] != source:
            raise Refused(OUT_OF_RANGE, "ReferencedPatientSequence")
        return study

    def _studies_of(self, patient_id: str) -> list[str]:
        return [uid for uid, study in self.studies.items() if study["patient"] == patient_id]

    # --- the parts of actions

    def _create(self, ds: Dataset, like: dict[str, Any] | None = None) -> None:
        if ds.PatientID in self.patients:
            raise Refused(DUPLICATE)
        patient = dict(like or {})
        patient |= given(ds, PATIENT_FIELDS)
        patient["other_ids"] = other_ids(ds)
        self.patients[ds.PatientID] = patient

    def _copy_study(self, uid: str, patient_id: str) -> None:
        new = another(uid, patient_id)
        self.studies[new] = {**self.studies[uid], "patient": patient_id}
        for series_uid, series in list(self.series.items()):
            if series["study"] == uid:
                self.series[another(series_uid, patient_id)] = {**series, "study": new}

    def _delete_study(self, uid: str) -> None:
        del self.studies[uid]
        self.series = {key: item for key, item in self.series.items() if item["study"] != uid}

    # --- the actions

    def change_patient(self, ds: Dataset) -> None:
        patient = self._patient(ds.OtherPatientIDs)
        if ds.PatientID != ds.OtherPatientIDs:
            if ds.PatientID in self.patients:
                raise Refused(DUPLICATE, "PatientID")
            self.patients[ds.PatientID] = self.patients.pop(ds.OtherPatientIDs)
            for uid in self._studies_of(ds.OtherPatientIDs):
                self.studies[uid]["patient"] = ds.PatientID
        patient |= given(ds, PATIENT_FIELDS)
        if "OtherPatientIDsSequence" in ds:
            patient["other_ids"] = other_ids(ds)

    def copy_patient(self, ds: Dataset) -> None:
        self._create(ds, like=self._patient(ds.OtherPatientIDs))
        for uid in self._studies_of(ds.OtherPatientIDs):
            self._copy_study(uid, ds.PatientID)

    def merge_patient(self, ds: Dataset) -> None:
        self._patient(ds.PatientID)
        merged = references(ds, "ReferencedPatientSequence", "PatientID")
        studies = references(ds, "ReferencedStudySequence", "StudyInstanceUID")
        if not merged and not studies:
            raise Refused(MISSING, "ReferencedPatientSequence")
        for patient_id in merged:
            self._patient(patient_id)
        for uid in studies or [one for patient in merged for one in self._studies_of(patient)]:
            self._study(uid)["patient"] = ds.PatientID
        for patient_id in merged:
            del self.patients[patient_id]

    def delete_patient(self, ds: Dataset) -> None:
        self._patient(ds.PatientID)
        studies = references(ds, "ReferencedStudySequence", "StudyInstanceUID")
        for uid in studies or self._studies_of(ds.PatientID):
            if self._study(uid)["patient"] != ds.PatientID:
                raise Refused(OUT_OF_RANGE, "ReferencedStudySequence")
            self._delete_study(uid)
        if not studies:
            del self.patients[ds.PatientID]

    def change_study(self, ds: Dataset) -> None:
        study = self._study(ds.StudyInstanceUID)
        study |= given(ds, STUDY_FIELDS)

    def delete_study(self, ds: Dataset) -> None:
        self._study(ds.StudyInstanceUID)
        self._delete_study(ds.StudyInstanceUID)

    def merge_study(self, ds: Dataset) -> None:
        self._patient(ds.PatientID)
        self._study_of(ds)["patient"] = ds.PatientID

    def move_study_to_new_patient(self, ds: Dataset) -> None:
        study = self._study_of(ds)
        self._create(ds)
        study["patient"] = ds.PatientID

    def copy_study(self, ds: Dataset) -> None:
        self._study_of(ds)
        self._create(ds)
        self._copy_study(ds.StudyInstanceUID, ds.PatientID)

    def change_series(self, ds: Dataset) -> None:
        series = self._series(ds.SeriesInstanceUID)
        series |= given(ds, SERIES_FIELDS)

    def delete_series(self, ds: Dataset) -> None:
        if self._series(ds.SeriesInstanceUID)["study"] != ds.StudyInstanceUID:
            raise Refused(OUT_OF_RANGE, "StudyInstanceUID")
        del self.series[ds.SeriesInstanceUID]

    def move_series(self, ds: Dataset) -> None:
        self._patient(ds.PatientID)
        (source,) = references(ds, "ReferencedPatientSequence", "PatientID")
        series = self._series(ds.SeriesInstanceUID)
        if self.studies[series["study"]]["patient"] != source:
            raise Refused(OUT_OF_RANGE, "ReferencedPatientSequence")
        new = ds.get("StudyInstanceUID") or another(series["study"], ds.PatientID)
        self.studies.setdefault(new, {**self.studies[series["study"]], "patient": ds.PatientID})
        series["study"] = new


ACTIONS: dict[int, tuple[Callable[[Database, Dataset], None], list[str], list[str]]] = {
    100: (
        Database.change_patient,
        ["OtherPatientIDs", "PatientID"],
        [*PATIENT_FIELDS, "OtherPatientIDsSequence"],
    ),
    101: (Database.delete_patient, ["PatientID"], ["ReferencedStudySequence"]),
    102: (
        Database.merge_patient,
        ["PatientID"],
        ["ReferencedPatientSequence", "ReferencedStudySequence"],
    ),
    103: (Database.change_series, ["SeriesInstanceUID"], [*SERIES_FIELDS]),
    104: (Database.delete_series, ["StudyInstanceUID", "SeriesInstanceUID"], []),
    105: (Database.merge_study, ["PatientID", *_STUDY_OF], []),
    106: (Database.move_study_to_new_patient, ["PatientID", *_STUDY_OF], _NEW_PATIENT),
    107: (
        Database.copy_patient,
        ["OtherPatientIDs", "PatientID"],
        [*PATIENT_FIELDS, "OtherPatientIDsSequence"],
    ),
    108: (Database.copy_study, ["PatientID", *_STUDY_OF], _NEW_PATIENT),
    109: (
        Database.move_series,
        ["PatientID", "SeriesInstanceUID", "ReferencedPatientSequence"],
        ["StudyInstanceUID"],
    ),
    110: (Database.change_study, ["StudyInstanceUID"], [*STUDY_FIELDS]),
    111: (Database.delete_study, ["StudyInstanceUID"], []),
}
"""What each Action Type ID does, which elements it needs and which it may have besides."""


def given(ds: Dataset, fields: dict[str, str]) -> dict[str, str]:
    """Return what a data set says; an element without a value says that there is none."""
    return {
        name: "" if ds[keyword].value is None else str(ds[keyword].value)
        for keyword, name in fields.items()
        if keyword in ds
    }


def other_ids(ds: Dataset) -> list[list[str]]:
    """Return the other IDs, of the sequence or else of the element that it replaced."""
    if "OtherPatientIDsSequence" in ds:
        return [
            [str(item.PatientID), str(item.get("IssuerOfPatientID", ""))]
            for item in ds.OtherPatientIDsSequence
        ]
    value = ds.get("OtherPatientIDs") or []
    return [[one, ""] for one in ([value] if isinstance(value, str) else value)]


def references(ds: Dataset, keyword: str, inside: str) -> list[str]:
    """Return the values of the items of a sequence."""
    return [str(item[inside].value) for item in ds.get(keyword, [])]


def another(uid: str, patient_id: str) -> str:
    """Make the UID of a copy."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, f'{uid} {patient_id}').int}"
