"""Carrying out an update on instances, where no server does it: for migrations.

The result is what IHE's profiles for patient reconciliation and for changes of imaging objects ask
of a system that updates what it stores: the new values in place, the old ones on record in the
instance, and a former ID among the other ones.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, MutableSequence
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from dicomwire.errors import ConfigError
from dicomwire.rewriting.uid_map import UidMap

from .changes import Attributes, Changes, Circumstances, changes_of, is_about
from .modules import INSTANCE_UIDS
from .original_attributes import ModificationReason, choose_reason, date_time, original_item
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
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

__all__ = ["apply_locally", "circumstances_of", "update_map"]

_UNICODE = "ISO_IR 192"
_DEFAULT_REPERTOIRE = frozenset({"", "ISO_IR 6", "ISO 2022 IR 6"})

_Kept: TypeAlias = (
    ChangePatient
    | CopyPatient
    | MergePatient
    | ChangeStudy
    | MergeStudy
    | MoveStudyToNewPatient
    | CopyStudy
    | ChangeSeries
    | MoveSeries
)
_DELETES = (DeletePatient, DeleteStudy, DeleteSeries)
_COPIES = (CopyPatient, CopyStudy)


@overload
def apply_locally(
    dataset: Dataset,
    update: _Kept,
    *,
    patient: Attributes | None = None,
    issuer_of_patient_id: str | None = None,
    uid_map: UidMap | None = None,
    modification: ModificationReason | None = None,
    source_of_previous_values: str = "",
) -> Dataset: ...


@overload
def apply_locally(
    dataset: Dataset,
    update: PatientUpdate,
    *,
    patient: Attributes | None = None,
    issuer_of_patient_id: str | None = None,
    uid_map: UidMap | None = None,
    modification: ModificationReason | None = None,
    source_of_previous_values: str = "",
) -> Dataset | None: ...


def apply_locally(
    dataset: Dataset,
    update: PatientUpdate,
    *,
    patient: Attributes | None = None,
    issuer_of_patient_id: str | None = None,
    uid_map: UidMap | None = None,
    modification: ModificationReason | None = None,
    source_of_previous_values: str = "",
) -> Dataset | None:
    """Carry out an update on an instance.

    A changed attribute gets its new value, and an item of Original Attributes Sequence
    (0400,0561) says what it was, when it was changed, by which system and why; items that are
    there stay. An ID that a patient had before a change or merge goes into Other Patient IDs
    Sequence (0010,1002), with its issuer. When a study or series goes to another patient, nothing
    stays that says who the former one was; attributes that every instance has are then empty
    unless `patient` or the update says what they are.

    A copy has new UIDs, also where instances refer to each other, and new ones for the study that
    a moved series comes into unless the update has one: they come from `uid_map`, so those of all
    instances fit together.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The instance. It is not modified.
    update : PatientUpdate
        What is to be done.
    patient : pydicom.Dataset, optional
        Any instance of the patient who remains, or who gets a study or series: its name, birth
        date and so on are put in place too.
    issuer_of_patient_id : str, optional
        Who issued the patient IDs of the update. Instances that name another issuer are then of
        other patients, who have the same ID by chance.
    uid_map : UidMap, optional
        How new UIDs are made; otherwise from those of the original and what the update is about,
        the same in every run.
    modification : str, optional
        ``"COERCE"`` or ``"CORRECT"``, the Reason for the Attribute Modification (0400,0565);
        otherwise the first for merges and copies of patients, and the second for all else.
    source_of_previous_values : str
        Source of Previous Values (0400,0564), who made the instance as it was.

    Returns
    -------
    pydicom.Dataset or None
        A changed copy; the same object if the update is not about it or there is nothing left to
        change; None if the instance is to be deleted.

    Raises
    ------
    ConfigError
        If `update` is none, or `modification` is none of the two.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> from dicomwire import MergePatient, apply_locally
    >>> instance = Dataset()
    >>> instance.PatientID = "B-2"
    >>> merge = MergePatient(patient_id="A-1", patients_to_merge="B-2")
    >>> merged = apply_locally(instance, merge)
    >>> merged.PatientID, merged.OtherPatientIDsSequence[0].PatientID
    ('A-1', 'B-2')
    >>> apply_locally(merged, merge) is merged
    True
    """
    if not isinstance(update, PatientUpdate):
        raise ConfigError(f"update={update!r}: must be one of the twelve updates")
    reason = choose_reason(update, modification)
    if not is_about(update, dataset, issuer_of_patient_id):
        return dataset
    if isinstance(update, _DELETES):
        return None
    circumstances = circumstances_of(update, patient, issuer_of_patient_id, uid_map)
    changes = changes_of(update, dataset, circumstances)
    if not changes and not isinstance(update, _COPIES):
        return dataset
    whole = update.with_audit()
    changed = copy.deepcopy(dataset)
    modified = list(changes)
    if isinstance(update, _COPIES):
        modified += _map_uids(changed, circumstances.uid_map)
    item = original_item(whole, dataset, modified, reason, source_of_previous_values)
    _make_room(changed, changes, item)
    for keyword, value in changes.items():
        _set(changed, keyword, value)
    _append(changed, "OriginalAttributesSequence", item)
    changed.InstanceCoercionDateTime = date_time(whole)
    return changed


def circumstances_of(
    update: PatientUpdate,
    patient: Attributes | None,
    issuer: str | None,
    uid_map: UidMap | None,
) -> Circumstances:
    """Put together what an update does not say."""
    return Circumstances(patient, issuer, update_map(update) if uid_map is None else uid_map)


def update_map(update: PatientUpdate) -> UidMap:
    """Return the map that an update has by itself: the same in every run, another for another.

    Who asks for it, when and why makes no difference.
    """
    names = ("original_patient_id", "source_patient_id", "patient_id")
    parts = [str(getattr(update, name, "")) for name in names]
    return UidMap(salt="\\".join((update.action.method_name, *parts)))


def _map_uids(dataset: Dataset, uid_map: UidMap) -> list[str]:
    """Give a copy its UIDs; return the attributes, also sequences, in which some were.

    What is on record about the past stays.
    """
    found = []
    for element in dataset:
        if element.keyword == "OriginalAttributesSequence":
            continue
        if element.VR == "SQ":
            inside = [name for item in element.value for name in _map_uids(item, uid_map)]
            is_mapped = bool(inside)
        else:
            is_mapped = element.keyword in INSTANCE_UIDS and not element.is_empty
            if is_mapped:
                several = element.value if element.VM > 1 else [element.value]
                mapped = [uid_map(str(uid)) for uid in several]
                element.value = mapped if element.VM > 1 else mapped[0]
        # A private sequence has no keyword, and could not be on record without its creator.
        if is_mapped:
            found.append(element.keyword or "")
    meta = getattr(dataset, "file_meta", None)
    if meta is not None and "SOPInstanceUID" in found:
        meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return found


def _set(dataset: Dataset, keyword: str, value: Any) -> None:  # noqa: ANN401 (of any VR)
    """Give an attribute its new value, or take it out."""
    if value is None:
        dataset.pop(keyword, None)
    elif keyword.endswith("Sequence"):
        setattr(dataset, keyword, [_as_item(item) for item in value])
    else:
        setattr(dataset, keyword, value)


def _as_item(item: Any) -> Dataset:  # noqa: ANN401 (a mapping or an item)
    """Make an item; one of another data set is copied, for it knows where it is."""
    from pydicom.dataset import Dataset

    if not isinstance(item, Mapping):
        copied: Dataset = copy.deepcopy(item)
        return copied
    made = Dataset()
    for keyword, value in item.items():
        if keyword.endswith("Sequence"):
            setattr(made, keyword, [_as_item(inner) for inner in value or ()])
        else:
            setattr(made, keyword, "" if value is None else value)
    return made


def _append(dataset: Dataset, keyword: str, item: dict[str, Any]) -> None:
    """Add an item to a sequence, after those that are there."""
    there = list(dataset.get(keyword) or ())
    setattr(dataset, keyword, [*there, _as_item(item)])


def _make_room(dataset: Dataset, changes: Changes, record: dict[str, Any]) -> None:
    """Take Unicode for the instance if its character sets lack a character of what is new.

    That is the new values, and what is put on record beside the old ones.
    """
    new = [*changes.values(), *(value for value in record.values() if isinstance(value, str))]
    texts = [text for value in new if value is not None for text in _texts(value)]
    if all(text.isascii() for text in texts) or all(_fits(dataset, text) for text in texts):
        return
    # pydicom writes text of items in the new character set only if it has looked at it before.
    dataset.decode()
    dataset.SpecificCharacterSet = _UNICODE


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 (of any VR)
    """Go over the texts of a new value, those in items too."""
    if isinstance(value, Mapping):
        value = list(value.values())
    elif hasattr(value, "to_json_dict"):
        value = [element.value for element in value]
    if isinstance(value, MutableSequence):
        for inner in value:
            yield from _texts(inner)
    elif value is not None:
        yield str(value)


def _fits(dataset: Dataset, text: str) -> bool:
    """Say whether one of the character sets of an instance has every character of a text."""
    from pydicom.charset import python_encoding

    value = dataset.get("SpecificCharacterSet") or ""
    names = [value] if isinstance(value, str) else list(value)
    encodings = [
        "ascii" if name in _DEFAULT_REPERTOIRE else python_encoding.get(name, "ascii")
        for name in names
    ]
    return all(any(_has(encoding, character) for encoding in encodings) for character in text)


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
