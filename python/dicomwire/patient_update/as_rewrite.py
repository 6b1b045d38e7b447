"""Updates as changes of instances on their way: `dicomwire.Rewrite` for ``StoreScu.store``."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeAlias

from dicomwire.errors import ConfigError
from dicomwire.rewriting.head import InstanceHead
from dicomwire.rewriting.rewrite import KEEP, Rewrite

from .apply import circumstances_of
from .changes import Attributes, Changes, Circumstances, changes_of, is_about
from .modules import PATIENT_ATTRIBUTES
from .original_attributes import ModificationReason, choose_reason, date_time, original_item
from .updates import (
    ChangePatient,
    ChangeSeries,
    ChangeStudy,
    CopyPatient,
    CopyStudy,
    MergePatient,
    MergeStudy,
    MoveSeries,
    MoveStudyToNewPatient,
    PatientUpdate,
    elements_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomwire.rewriting.uid_map import UidMap

__all__ = ["rewrite_of"]

_Expressible: TypeAlias = (
    ChangePatient
    | MergePatient
    | ChangeStudy
    | MergeStudy
    | MoveStudyToNewPatient
    | ChangeSeries
    | MoveSeries
)
# Of items only what is asked for by name can be read on the way (PS3.3 Tables 8.8-1, 10-1, 10-11).
_OF_ITEMS = (
    "PatientID",
    "IssuerOfPatientID",
    "TypeOfPatientID",
    "ReferencedSOPClassUID",
    "ReferencedSOPInstanceUID",
    "CodeValue",
    "CodingSchemeDesignator",
    "CodingSchemeVersion",
    "CodeMeaning",
    "LongCodeValue",
    "URNCodeValue",
)


def rewrite_of(
    update: PatientUpdate,
    *,
    patient: Attributes | None = None,
    issuer_of_patient_id: str | None = None,
    uid_map: UidMap | None = None,
    modification: ModificationReason | None = None,
    source_of_previous_values: str = "",
) -> Rewrite:
    """Express an update as changes of instances on their way, as `apply_locally` makes them.

    Instances that the update is not about go as they are. Some things differ from
    `apply_locally`: an instance that has Original Attributes Sequence (0400,0561) already keeps
    what is in it and gets no further item; a former number in a new item may be written with other
    digits; of items only IDs, codes and references are copied; and an instance whose character
    set lacks a character of a new value fails and is not sent.

    Parameters
    ----------
    update : PatientUpdate
        What is to be done. Copies and deletions cannot be expressed so: a copy also has new UIDs
        where instances refer to each other, and what is deleted is not to be sent.
    patient, issuer_of_patient_id, uid_map, modification, source_of_previous_values
        As for `apply_locally`.

    Returns
    -------
    Rewrite
        For ``StoreScu.store(…, rewrite=…)``.

    Raises
    ------
    ConfigError
        If the update cannot be expressed so; the message says what to do instead.

    Examples
    --------
    >>> from dicomwire import MergePatient, rewrite_of
    >>> rewrite_of(MergePatient(patient_id="A-1", patients_to_merge="B-2"))
    Rewrite((0010,0020), (0010,1002), (0400,0561), (0008,0015))
    """
    if not isinstance(update, PatientUpdate):
        raise ConfigError(f"update={update!r}: must be one of the twelve updates")
    if not isinstance(update, _Expressible):
        what = (
            "new UIDs are also in references inside sequences; use apply_locally"
            if isinstance(update, (CopyPatient, CopyStudy))
            else "an instance that is to be deleted is not to be sent; leave it out of the source"
        )
        raise ConfigError(f"{type(update).__name__} cannot be a Rewrite: {what}")
    plan = _Plan(
        update.with_audit(),
        circumstances_of(update, patient, issuer_of_patient_id, uid_map),
        choose_reason(update, modification),
        source_of_previous_values,
    )
    return Rewrite({keyword: plan.function_for(keyword) for keyword in _keywords(update, patient)})


def _keywords(update: PatientUpdate, patient: Attributes | None) -> list[str]:
    """Return every attribute that the update may change in some instance."""
    keywords = [
        element.keyword
        for field, element in elements_of(type(update)).items()
        if field not in elements_of(PatientUpdate) and _is_given(update, field)
    ]
    if isinstance(update, (ChangePatient, MergePatient)):
        keywords.append("OtherPatientIDsSequence")
    if isinstance(update, (MergeStudy, MoveStudyToNewPatient, MoveSeries)):
        keywords += [*PATIENT_ATTRIBUTES, "PatientAge"]
    if isinstance(update, MoveSeries):
        keywords.append("StudyInstanceUID")
    if patient is not None:
        keywords += [key for key in (*PATIENT_ATTRIBUTES, "IssuerOfPatientID") if key in patient]
    return list(
        dict.fromkeys([*keywords, "OriginalAttributesSequence", "InstanceCoercionDateTime"])
    )


_KEYS = (
    "original_patient_id",
    "patients_to_merge",
    "source_patient_id",
    "study_instance_uid",
    "study_instance_uids",
    "series_instance_uid",
)


def _is_given(update: PatientUpdate, field: str) -> bool:
    """Say whether a field is a new value, and none of those that say what the update is about."""
    return field not in _KEYS and getattr(update, field) not in (None, ())


class _Plan:
    """Decides about one instance after the other, on several threads."""

    def __init__(
        self,
        update: PatientUpdate,
        circumstances: Circumstances,
        reason: ModificationReason,
        source: str,
    ) -> None:
        self._update = update
        self._circumstances = circumstances
        self._reason = reason
        self._source = source
        # A Rewrite asks for each element; what becomes of an instance is decided once.
        self._last = threading.local()

    def function_for(self, keyword: str) -> Callable[[InstanceHead], object]:
        """Return the function that says what becomes of one attribute."""

        def decide(head: InstanceHead) -> object:
            return self._decided(head).get(keyword, KEEP)

        return decide

    def _decided(self, head: InstanceHead) -> Changes:
        """Return the changes of an instance; the one asked about before is remembered."""
        if getattr(self._last, "head", None) is not head:
            self._last.changes = self._decide(head)
            self._last.head = head
        changes: Changes = self._last.changes
        return changes

    def _decide(self, head: InstanceHead) -> Changes:
        update = self._update
        if not is_about(update, head, self._circumstances.issuer_of_patient_id):
            return {}
        changes = changes_of(update, head, self._circumstances)
        if not changes:
            return {}
        if "OriginalAttributesSequence" not in head:
            item = original_item(update, head, changes, self._reason, self._source)
            changes["OriginalAttributesSequence"] = [item]
        changes["InstanceCoercionDateTime"] = date_time(update)
        return {keyword: _plain(value) for keyword, value in changes.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 (a value of any VR)
    """Make items of what was read on the way into mappings, which can be written."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {
            keyword: [] if inner is None and keyword.endswith("Sequence") else _empty(_plain(inner))
            for keyword, inner in value.items()
        }
    if isinstance(value, InstanceHead):
        return {
            keyword: _empty(_plain(value[keyword])) for keyword in _OF_ITEMS if keyword in value
        }
    return value


def _empty(value: Any) -> Any:  # noqa: ANN401 (as above)
    """Write an attribute without a value as one; None would take it out."""
    return "" if value is None else value
