"""What an update means for the attributes of one instance (PS3.3 section C.7.1.1 and others).

The instance may be a data set or what a `dicomwire.Rewrite` sees of one on its way: all that is
asked of it is whether it has an element, and the value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableSequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from .elements import OtherPatientId
from .modules import EMPTY_ALLOWED, PATIENT_ATTRIBUTES
from .updates import (
    ChangePatient,
    ChangeSeries,
    ChangeStudy,
    CopyPatient,
    CopyStudy,
    DeletePatient,
    DeleteSeries,
    DeleteStudy,
    MergePatient,
    MergeStudy,
    MoveSeries,
    MoveStudyToNewPatient,
    PatientUpdate,
    elements_of,
)

if TYPE_CHECKING:
    from dicomwire.rewriting.uid_map import UidMap

__all__ = ["Attributes", "Changes", "Circumstances", "changes_of", "is_about", "text_of"]


class Attributes(Protocol):
    """What is asked of an instance."""

    def __contains__(self, keyword: str, /) -> bool:
        """Say whether it has the element."""

    def get(self, keyword: str, /) -> Any:  # noqa: ANN401 (what the element holds)
        """Return the value; None if it has none."""


Changes: TypeAlias = dict[str, Any]
"""The new value of each attribute that becomes another one; None takes it out."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an update does not say and its effect depends on.

    Attributes
    ----------
    patient : Attributes or None
        Attributes of the patient who gets something, from any instance of theirs.
    issuer_of_patient_id : str or None
        Who issued the IDs that the update has.
    uid_map : UidMap
        Makes the UIDs of what is copied, and of the study that a moved series comes into.
    """

    patient: Attributes | None
    issuer_of_patient_id: str | None
    uid_map: UidMap


def is_about(update: PatientUpdate, instance: Attributes, issuer: str | None) -> bool:
    """Say whether an update is about an instance.

    Parameters
    ----------
    update : PatientUpdate
        The update.
    instance : Attributes
        The instance.
    issuer : str or None
        Who issued the patient IDs of the update. An instance whose IDs somebody else issued is of
        another patient; one that does not say who did may be of this one.
    """
    study, series = text_of(instance, "StudyInstanceUID"), text_of(instance, "SeriesInstanceUID")
    if isinstance(update, (ChangeStudy, DeleteStudy)):
        return study == update.study_instance_uid
    if isinstance(update, ChangeSeries):
        return series == update.series_instance_uid
    if isinstance(update, DeleteSeries):
        return (study, series) == (update.study_instance_uid, update.series_instance_uid)
    if isinstance(update, (MergeStudy, MoveStudyToNewPatient, CopyStudy)):
        is_part = study == update.study_instance_uid
        patients: tuple[str, ...] = (update.source_patient_id,)
    elif isinstance(update, MoveSeries):
        is_part = series == update.series_instance_uid
        patients = (update.source_patient_id,)
    elif isinstance(update, MergePatient):
        is_part = not update.study_instance_uids or study in update.study_instance_uids
        patients = tuple(update.patients_to_merge)
    elif isinstance(update, DeletePatient):
        is_part = not update.study_instance_uids or study in update.study_instance_uids
        patients = (update.patient_id,)
    else:
        assert isinstance(update, (ChangePatient, CopyPatient))  # noqa: S101 (for the type checker)
        is_part, patients = True, (update.original_patient_id,)
    if not is_part or (patients and text_of(instance, "PatientID") not in patients):
        return False
    theirs = text_of(instance, "IssuerOfPatientID")
    return issuer is None or not theirs or theirs == issuer


def changes_of(
    update: PatientUpdate, instance: Attributes, circumstances: Circumstances
) -> Changes:
    """Return what becomes of the attributes of an instance that the update is about.

    Attributes that would stay as they are are not there. UIDs of copies are not either.
    """
    wanted = _WANTED[type(update)](update, instance, circumstances)
    return {
        keyword: value
        for keyword, value in wanted.items()
        if not _is_same(instance, keyword, value)
    }


def text_of(instance: Attributes, keyword: str) -> str:
    """Return a value as text without the spaces around it; empty if there is none."""
    value = instance.get(keyword)
    if isinstance(value, MutableSequence):
        return "\\".join(str(one) for one in value)
    return "" if value is None else str(value).strip(" ")


def _is_same(instance: Attributes, keyword: str, value: Any) -> bool:  # noqa: ANN401
    """Say whether an attribute is already what it is to become."""
    if keyword not in instance:
        return value is None or (value == "" and keyword not in EMPTY_ALLOWED)
    if value is None:
        return False
    if keyword == "OtherPatientIDsSequence":
        return [_identifier(item) for item in _others(instance)] == [
            _identifier(item) for item in value
        ]
    if not isinstance(value, str):
        return bool(instance.get(keyword) == value)
    old = text_of(instance, keyword)
    if old == value:
        return True
    try:
        # The same number may be written in several ways.
        return keyword in _NUMBERS and float(old) == float(value)
    except ValueError:
        return False


_NUMBERS = ("PatientSize", "PatientWeight")


def _given(update: PatientUpdate, *, but: tuple[str, ...] = ()) -> Changes:
    """Return the attributes whose fields in the update have a value, under their keywords."""
    elements = elements_of(type(update))
    shared = elements_of(PatientUpdate)
    changes = {}
    for field, element in elements.items():
        value = getattr(update, field)
        if field not in shared and field not in but and isinstance(value, str):
            changes[element.keyword] = value
    return changes


def _attributes(
    update: PatientUpdate, instance: Attributes, circumstances: Circumstances
) -> Changes:
    """Change attributes of a study or series, which are the fields of the update."""
    del instance, circumstances
    return _given(update, but=("study_instance_uid", "series_instance_uid"))


def _demographics(
    update: ChangePatient | CopyPatient, instance: Attributes, circumstances: Circumstances
) -> Changes:
    """Change what is said of a patient; the ID they had is kept as another one."""
    changes = _given(update, but=("original_patient_id",))
    others = _others(instance)
    if update.other_patient_ids is not None:
        others = [_item(one) for one in update.other_patient_ids if not isinstance(one, str)]
        changes["OtherPatientIDsSequence"] = others or None
    if isinstance(update, ChangePatient) and update.patient_id != update.original_patient_id:
        changes["OtherPatientIDsSequence"] = _with_former(
            others, instance, circumstances, str(update.patient_id)
        )
    return changes


def _merged(update: MergePatient, instance: Attributes, circumstances: Circumstances) -> Changes:
    """Give an instance the ID that remains, and the other attributes as far as they are known."""
    patient = circumstances.patient
    changes = {} if patient is None else _known(patient)
    changes["PatientID"] = update.patient_id
    others = _others(instance)
    if patient is not None:
        seen = {_identifier(item) for item in others}
        others += [item for item in _others(patient) if _identifier(item) not in seen]
    if text_of(instance, "PatientID") != update.patient_id:
        others = _with_former(others, instance, circumstances, update.patient_id)
    changes["OtherPatientIDsSequence"] = others or None
    return changes


def _moved(
    update: MergeStudy | MoveStudyToNewPatient | CopyStudy | MoveSeries,
    instance: Attributes,
    circumstances: Circumstances,
) -> Changes:
    """Give an instance to somebody else: nothing of who it was of may stay with the new ID."""
    changes: Changes = {
        keyword: "" if keyword in EMPTY_ALLOWED else None for keyword in PATIENT_ATTRIBUTES
    }
    # It was computed from the birth date of whom the study was taken for.
    changes["PatientAge"] = None
    if circumstances.patient is not None:
        changes |= _known(circumstances.patient)
        changes["OtherPatientIDsSequence"] = _others(circumstances.patient) or None
    if isinstance(update, (MoveStudyToNewPatient, CopyStudy)):
        changes |= _given(update, but=("study_instance_uid", "source_patient_id"))
        others = [_item(OtherPatientId(one)) for one in update.other_patient_ids]
        if others:
            changes["OtherPatientIDsSequence"] = others
    changes["PatientID"] = update.patient_id
    if isinstance(update, MoveSeries):
        study = text_of(instance, "StudyInstanceUID")
        changes["StudyInstanceUID"] = update.new_study_instance_uid or circumstances.uid_map(study)
    return changes


_QUALIFIERS = "IssuerOfPatientIDQualifiersSequence"


def _known(patient: Attributes) -> Changes:
    """Return who a patient is, with the issuer of the ID, as far as another instance says it."""
    keywords = [*PATIENT_ATTRIBUTES, "IssuerOfPatientID", _QUALIFIERS]
    known: Changes = {
        keyword: patient.get(keyword) if _is_sequence(keyword) else text_of(patient, keyword)
        for keyword in keywords
        if keyword in patient and keyword != "OtherPatientIDsSequence"
    }
    if "IssuerOfPatientID" in known:
        # Those of another issuer would say that it is the other one.
        known.setdefault(_QUALIFIERS, None)
    return known


def _is_sequence(keyword: str) -> bool:
    return keyword.endswith("Sequence")


def _others(instance: Attributes) -> list[Any]:
    """Return the items of Other Patient IDs Sequence (0010,1002)."""
    return list(instance.get("OtherPatientIDsSequence") or ())


def _with_former(
    others: list[Any], instance: Attributes, circumstances: Circumstances, current: str
) -> list[Any]:
    """Add the ID an instance had to the other ones, and take out the one it gets."""
    issuer = text_of(instance, "IssuerOfPatientID") or circumstances.issuer_of_patient_id or None
    former = OtherPatientId(text_of(instance, "PatientID"), issuer)
    # The same ID under another issuer may be somebody else's number.
    left = [
        item
        for item in others
        if _identifier(item) not in {(current, issuer or ""), (former.patient_id, issuer or "")}
    ]
    return [*left, _item(former)]


def _item(identifier: OtherPatientId) -> dict[str, str]:
    """Write an identifier as an item."""
    item = {"PatientID": identifier.patient_id}
    if identifier.issuer is not None:
        item["IssuerOfPatientID"] = identifier.issuer
    item["TypeOfPatientID"] = identifier.type_of_patient_id
    return item


def _identifier(item: Mapping[str, Any] | Attributes) -> tuple[str, str]:
    """Return what identifies a patient in an item: the ID and who issued it."""
    return text_of(item, "PatientID"), text_of(item, "IssuerOfPatientID")


_WANTED: dict[type[PatientUpdate], Callable[[Any, Attributes, Circumstances], Changes]] = {
    ChangePatient: _demographics,
    CopyPatient: _demographics,
    MergePatient: _merged,
    MergeStudy: _moved,
    MoveStudyToNewPatient: _moved,
    CopyStudy: _moved,
    MoveSeries: _moved,
    ChangeStudy: _attributes,
    ChangeSeries: _attributes,
}
