"""From what was scheduled to what is performed: N-CREATE from worklist items (PS3.17 annex J)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError

from .codes import code_items
from .tables import IN_PROGRESS
from .text import choose_character_set
from .values import local_time

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from pydicom.dataset import Dataset

    from .codes import CodeLike

__all__ = ["step_from_worklist"]

_PATIENT = (
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "IssuerOfPatientIDQualifiersSequence",
    "OtherPatientIDsSequence",
    "PatientBirthDate",
    "PatientSex",
    "AdmissionID",
    "IssuerOfAdmissionIDSequence",
    "ServiceEpisodeID",
    "IssuerOfServiceEpisodeIDSequence",
    "ServiceEpisodeDescription",
)
_REQUEST = (
    "StudyInstanceUID",
    "AccessionNumber",
    "IssuerOfAccessionNumberSequence",
    "PlacerOrderNumberImagingServiceRequest",
    "OrderPlacerIdentifierSequence",
    "FillerOrderNumberImagingServiceRequest",
    "OrderFillerIdentifierSequence",
    "RequestedProcedureID",
    "RequestedProcedureDescription",
)
_SCHEDULED = ("ScheduledProcedureStepID", "ScheduledProcedureStepDescription")
_CREATED_EMPTY = (
    "CommentsOnThePerformedProcedureStep",
    "PerformedProcedureStepDiscontinuationReasonCodeSequence",
)
"""Optional attributes that can only be set later if they are created (Table F.7.2-1, note 5)."""


def step_from_worklist(
    item: Dataset | Sequence[Dataset],
    *,
    scheduled_procedure_step_id: str | None = None,
    station_ae_title: str | None = None,
    station_name: str | None = None,
    location: str | None = None,
    performed_procedure_step_id: str | None = None,
    start: dt.datetime | None = None,
    modality: str | None = None,
    description: str | None = None,
    study_id: str | None = None,
    study_instance_uid: str | None = None,
    procedure_codes: CodeLike | Iterable[CodeLike] | None = None,
    protocol_codes: CodeLike | Iterable[CodeLike] = (),
    default_station_ae_title: str | None = None,
) -> Dataset:
    """Make the attributes of N-CREATE from what a modality worklist says.

    Parameters
    ----------
    item : pydicom.dataset.Dataset or sequence of them
        A worklist item, or several of one patient that are performed as one step.
    scheduled_procedure_step_id : str, optional
        Which scheduled step is performed, if an item has several; by default all of them.
    station_ae_title, station_name, location : str, optional
        Where it is performed; by default where it is scheduled, if that is one place.
    performed_procedure_step_id : str, optional
        An identifier of our own; by default made of `start`.
    start : datetime.datetime, optional
        When it began; now by default.
    modality : str, optional
        By default the one that is scheduled.
    description : str, optional
        By default that of the scheduled step.
    study_id : str, optional
        By default Requested Procedure ID (0040,1001).
    study_instance_uid : str, optional
        Instead of the scheduled one, for instance if several requests become one study.
    procedure_codes : code or codes, optional
        By default Requested Procedure Code Sequence (0032,1064), if all items have the same.
    protocol_codes : code or codes, optional
        Performed Protocol Code Sequence (0040,0260); may be set later.
    default_station_ae_title : str, optional
        Who performs it if neither `station_ae_title` nor the worklist says.

    Returns
    -------
    pydicom.dataset.Dataset
        The attributes, IN PROGRESS. What can be set later is there without a value.

    Raises
    ------
    ConfigError
        If the items are of several patients, or lack what nothing else tells.
    """
    items, steps = _scheduled(item, scheduled_procedure_step_id)
    first = items[0]
    created = _patient(first)
    created.ScheduledStepAttributesSequence = [
        _scheduled_step(one, step, study_instance_uid) for one, step in steps
    ]
    planned = [step for _, step in steps]
    begun = local_time("start", start)
    if station_ae_title is None:
        station_ae_title = _only(planned, "ScheduledStationAETitle")
        if station_ae_title:
            station_name = station_name or _only(planned, "ScheduledStationName")
            location = location or _only(planned, "ScheduledProcedureStepLocation")
    created.PerformedStationAETitle = station_ae_title or default_station_ae_title or ""
    created.PerformedStationName = station_name or ""
    created.PerformedLocation = location or ""
    created.PerformedProcedureStepID = performed_procedure_step_id or _identifier(begun)
    created.PerformedProcedureStepStartDate = begun.strftime("%Y%m%d")
    created.PerformedProcedureStepStartTime = begun.strftime("%H%M%S")
    created.PerformedProcedureStepStatus = IN_PROGRESS
    if description is None:
        description = _only(planned, "ScheduledProcedureStepDescription")
    created.PerformedProcedureStepDescription = description
    if procedure_codes is None:
        created.ProcedureCodeSequence = _only_codes(items)
    else:
        created.ProcedureCodeSequence = code_items(procedure_codes, "procedure_codes")
    created.PerformedProtocolCodeSequence = code_items(protocol_codes, "protocol_codes")
    created.Modality = modality or _only(planned, "Modality")
    created.StudyID = _only(items, "RequestedProcedureID") if study_id is None else study_id
    for keyword in _CREATED_EMPTY:
        setattr(created, keyword, [] if keyword.endswith("Sequence") else "")
    _require(created)
    _fit_character_set(created)
    return created


def _scheduled(
    item: Dataset | Sequence[Dataset], wanted: str | None
) -> tuple[list[Dataset], list[tuple[Dataset, Dataset]]]:
    """Return the worklist items, and the scheduled steps with the item each of them is in."""
    from pydicom.dataset import Dataset

    given = [item] if isinstance(item, Dataset) else list(item or ())
    for one in given:
        if not isinstance(one, Dataset):
            raise ConfigError(f"item={one!r}: must be a worklist item, a pydicom Dataset")
    if not given:
        raise ConfigError("no worklist item: the query found nothing")
    steps = [
        (one, step)
        for one in given
        for step in one.get("ScheduledProcedureStepSequence") or ()
        if wanted in {None, step.get("ScheduledProcedureStepID")}
    ]
    if not steps:
        which = "" if wanted is None else f" with ScheduledProcedureStepID {wanted!r}"
        raise ConfigError(
            f"the worklist item has no scheduled step{which} in ScheduledProcedureStepSequence"
        )
    # What is not performed has no say: the other items may be of other patients.
    performed = {id(one) for one, _ in steps}
    items = [one for one in given if id(one) in performed]
    for keyword in ("PatientID", "IssuerOfPatientID"):
        if len({str(one.get(keyword) or "") for one in items}) > 1:
            raise ConfigError(f"the worklist items differ in {keyword}: a step has one patient")
    return items, steps


def _patient(item: Dataset) -> Dataset:
    """Start with what is said of the patient, in the character set it is said in."""
    from pydicom.dataset import Dataset

    created = Dataset()
    _copy(item, created, ("SpecificCharacterSet", *_PATIENT))
    created.ReferencedPatientSequence = _references(item, "ReferencedPatientSequence")
    return created


def _scheduled_step(item: Dataset, step: Dataset, study_instance_uid: str | None) -> Dataset:
    """Make an item of Scheduled Step Attributes Sequence (0040,0270)."""
    from pydicom.dataset import Dataset

    scheduled = Dataset()
    _copy(item, scheduled, _REQUEST)
    _copy(step, scheduled, _SCHEDULED)
    if study_instance_uid is not None:
        scheduled.StudyInstanceUID = study_instance_uid
    scheduled.ReferencedStudySequence = _references(item, "ReferencedStudySequence")
    scheduled.RequestedProcedureCodeSequence = _codes(item, "RequestedProcedureCodeSequence")
    scheduled.ScheduledProtocolCodeSequence = _codes(step, "ScheduledProtocolCodeSequence")
    return scheduled


def _copy(source: Dataset, target: Dataset, keywords: Iterable[str]) -> None:
    """Copy what has a value; empty attributes of type 2 are filled in by the check."""
    for keyword in keywords:
        if keyword in source and not source[keyword].is_empty:
            target[keyword] = copy.deepcopy(source[keyword])


def _codes(source: Dataset, keyword: str) -> list[Dataset]:
    """Copy the items of a code sequence that have a code: servers may return empty ones."""
    values = ("CodeValue", "LongCodeValue", "URNCodeValue")
    return [
        copy.deepcopy(code)
        for code in source.get(keyword) or ()
        if any(code.get(value) for value in values)
    ]


def _only_codes(items: Sequence[Dataset]) -> list[Dataset]:
    """Return the requested procedure if it is one, and else nothing: what was done is one code."""
    several = [_codes(item, "RequestedProcedureCodeSequence") for item in items]
    return several[0] if all(codes == several[0] for codes in several) else []


def _references(source: Dataset, keyword: str) -> list[Dataset]:
    """Copy the items of a sequence of references that refer to something."""
    wanted = ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID")
    return [
        copy.deepcopy(one)
        for one in source.get(keyword) or ()
        if all(one.get(uid) for uid in wanted)
    ]


def _only(datasets: Iterable[Dataset], keyword: str) -> str:
    """Return the value that all of them have if it is one value, and else nothing."""
    values = {str(dataset.get(keyword) or "") for dataset in datasets}
    several = any(dataset[keyword].VM > 1 for dataset in datasets if keyword in dataset)
    return values.pop() if len(values) == 1 and not several else ""


def _identifier(begun: dt.datetime) -> str:
    """Make an identifier of at most 16 characters from a moment."""
    return begun.strftime("%y%m%d%H%M%S") + f"{begun.microsecond // 100:04}"


def _fit_character_set(created: Dataset) -> None:
    """Leave the character set of the worklist if what was added has characters it lacks."""
    try:
        choose_character_set(created)
    except ConfigError:
        created.SpecificCharacterSet = "ISO_IR 192"


def _require(created: Dataset) -> None:
    """Make sure that the worklist or the caller told what a step cannot be without."""
    lacking = []
    if not created.Modality:
        lacking.append("Modality: give modality")
    if not created.PerformedStationAETitle:
        lacking.append("ScheduledStationAETitle: give station_ae_title")
    if any(not one.get("StudyInstanceUID") for one in created.ScheduledStepAttributesSequence):
        lacking.append("StudyInstanceUID: give study_instance_uid")
    if lacking:
        raise ConfigError(f"the worklist item does not say {'; '.join(lacking)}")
