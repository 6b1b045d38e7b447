"""The performed procedure step service: tell what a modality does (PS3.4 annex F)."""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING

from dicomwire.engine import DicomEngine
from dicomwire.errors import ConfigError, StateError
from dicomwire.procedure_step import (
    StepNotification,
    Steps,
    all_series,
    check_create,
    check_get,
    check_set,
    choose_character_set,
    code_items,
    ending,
    no_series,
    step_from_worklist,
)
from dicomwire.status import Status
from dicomwire.uids import generate_uid, is_valid_uid

from .normalized_operations import Creating, Getting, Reported, Setting

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from pydicom import Dataset

    from dicomwire.config import AssociationOptions, Peer
    from dicomwire.dataset.tags import TagLike
    from dicomwire.normalized_events import EventReport
    from dicomwire.normalized_result import NResult
    from dicomwire.procedure_step import CodeLike, InstancesLike, PerformedSeries

__all__ = ["PerformedProcedureStepScu"]

_MODALITY_PERFORMED_PROCEDURE_STEP = "1.2.840.10008.3.1.2.3.3"
_RETRIEVE = "1.2.840.10008.3.1.2.3.4"
_NOTIFICATION = "1.2.840.10008.3.1.2.3.5"

_PROCESSING_FAILURE = 0x0110
_NO_SUCH_INSTANCE = 0x0112
_NO_SUCH_EVENT_TYPE = 0x0113
_NO_LONGER_UPDATED = 0xA710
"""Error ID of an N-SET after the final state (PS3.4 Table F.7.2-2)."""

_ENDED = {
    StepNotification.COMPLETED: "COMPLETED",
    StepNotification.DISCONTINUED: "DISCONTINUED",
}


class PerformedProcedureStepScu(Creating, Setting, Getting, Reported):
    """Tell an information system what a modality performs: started, done, broken off.

    A step is created IN PROGRESS, may be changed while it is, and ends COMPLETED or DISCONTINUED
    for good. This object remembers the steps it created: what the standard does not allow is an
    error before anything is sent. ``check=False`` sends what it is given.

    Parameters
    ----------
    peer : Peer or str
        The application entity to tell, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title.
    options : AssociationOptions, optional
        What to negotiate and how long to wait.

    Attributes
    ----------
    before_n_create, after_n_create : Hook of BeforeNCreate, AfterNCreate
        Around an N-CREATE; the attributes and the SOP instance UID may be changed.
    before_n_set, after_n_set : Hook of BeforeNSet, AfterNSet
        Around an N-SET; the attributes may be changed.
    before_n_get, after_n_get : Hook of BeforeNGet, AfterNGet
        Around an N-GET.
    event_report : Hook of EventReport
        The peer notifies of a step; the event type is a `StepNotification`.

    Examples
    --------
    >>> import dicomwire as dw
    >>> ris = dw.PerformedProcedureStepScu("RIS@ris.example:104", calling_ae_title="CT1")
    >>> item = next(iter(worklist))  # doctest: +SKIP
    >>> step = ris.start_from_worklist(item).raise_for_status()  # doctest: +SKIP
    >>> ris.complete(step.sop_instance_uid, instances="images/")  # doctest: +SKIP
    """

    _service = "mpps"

    def __init__(
        self,
        peer: Peer | str,
        *,
        calling_ae_title: str = "DICOMWIRE",
        options: AssociationOptions | None = None,
    ) -> None:
        super().__init__(peer, calling_ae_title=calling_ae_title, options=options)
        self._steps = Steps()
        self._sent: Dataset | None = None

    def _abstract_syntaxes(self) -> Sequence[str]:
        return (_MODALITY_PERFORMED_PROCEDURE_STEP, _RETRIEVE, _NOTIFICATION)

    def create(
        self,
        dataset: Dataset,
        sop_instance_uid: str | None = None,
        *,
        check: bool = True,
        fill: bool = True,
    ) -> NResult:
        """Create a procedure step that is in progress (N-CREATE, PS3.4 section F.7.2.1).

        Parameters
        ----------
        dataset : pydicom.dataset.Dataset
            The attributes of Table F.7.2-1; it is not changed. Only what is created, if without a
            value, can be set later.
        sop_instance_uid : str, optional
            The UID of the step; a new one by default. The result has it.
        check : bool
            Whether to check the attributes first.
        fill : bool
            Whether to add missing attributes of type 2 without a value, rather than refuse.

        Returns
        -------
        NResult
            The answer; a failure is not raised unless asked.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        ConfigError
            If attributes are missing, misplaced or impossible; all of them are named.
        StateError
            If this object created a step with this UID already.
        NoAcceptedContext
            If the peer does not offer the service.
        TransportError, DicomTimeout, AssociationError, ProtocolError
            If no answer comes; whether the step was created is then unknown.
        """
        DicomEngine.require_running("PerformedProcedureStepScu.create()")
        uid = generate_uid() if sop_instance_uid is None else _valid(sop_instance_uid)
        sent = dataset if check else copy.deepcopy(dataset)
        if check:
            if self._steps.get(uid) is not None:
                raise StateError(f"procedure step {uid} was created already: choose another UID")
            sent = check_create(dataset, fill=fill)
            choose_character_set(sent)
        result = self._n_create(
            sent, sop_class_uid=_MODALITY_PERFORMED_PROCEDURE_STEP, sop_instance_uid=uid
        )
        if not result.is_failure:
            self._steps.created(result.sop_instance_uid or uid, self._sent or sent)
        return result

    def start_from_worklist(
        self,
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
        dataset: Dataset | None = None,
        sop_instance_uid: str | None = None,
        check: bool = True,
    ) -> NResult:
        """Create a procedure step from what a modality worklist says (N-CREATE).

        Parameters
        ----------
        item : pydicom.dataset.Dataset or sequence of them
            A worklist item, or several of one patient that are performed as one step.
        scheduled_procedure_step_id : str, optional
            Which scheduled step is performed, if an item has several; by default all of them.
        station_ae_title, station_name, location : str, optional
            Where it is performed; by default where it is scheduled, if that is one place, and else
            at our calling AE title.
        performed_procedure_step_id : str, optional
            An identifier of our own; by default made of `start`.
        start : datetime.datetime, optional
            When it began; now by default.
        modality, description, study_id, study_instance_uid : str, optional
            By default what is scheduled; Study ID is the one of the requested procedure.
        procedure_codes : code or codes, optional
            By default those requested.
        protocol_codes : code or codes, optional
            Performed Protocol Code Sequence (0040,0260); may be set later.
        dataset : pydicom.dataset.Dataset, optional
            More attributes, or others than those made here.
        sop_instance_uid : str, optional
            The UID of the step; a new one by default.
        check : bool
            Whether to check the attributes first.

        Returns
        -------
        NResult
            As of `create`.

        Raises
        ------
        ConfigError
            If the item lacks what nothing else tells.
        DicomWireError
            As of `create`.
        """
        created = step_from_worklist(
            item,
            scheduled_procedure_step_id=scheduled_procedure_step_id,
            station_ae_title=station_ae_title,
            station_name=station_name,
            location=location,
            performed_procedure_step_id=performed_procedure_step_id,
            start=start,
            modality=modality,
            description=description,
            study_id=study_id,
            study_instance_uid=study_instance_uid,
            procedure_codes=procedure_codes,
            protocol_codes=protocol_codes,
            default_station_ae_title=self.calling_ae_title,
        )
        if dataset is not None:
            created.update(dataset)
        return self.create(created, sop_instance_uid, check=check)

    def set(
        self,
        sop_instance_uid: str,
        dataset: Dataset,
        *,
        check: bool = True,
        fill: bool = True,
    ) -> NResult:
        """Change a procedure step that is in progress (N-SET, PS3.4 section F.7.2.2).

        Parameters
        ----------
        sop_instance_uid : str
            The step.
        dataset : pydicom.dataset.Dataset
            What to set; it is not changed. Sequences replace those of the peer as a whole.
        check : bool
            Whether to check the attributes and the state first. Of steps that this object did not
            create it knows neither.
        fill : bool
            Whether to add missing attributes of type 2 to items without a value.

        Returns
        -------
        NResult
            The answer; a failure is not raised unless asked.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        StateError
            If the step has ended, as far as we know.
        ConfigError
            If something may not be set, was not created, or is missing in the final state.
        NoAcceptedContext
            If the peer does not offer the service.
        TransportError, DicomTimeout, AssociationError, ProtocolError
            If no answer comes; whether it was set is then unknown, and it may be set again.
        """
        DicomEngine.require_running("PerformedProcedureStepScu.set()")
        uid = _valid(sop_instance_uid)
        sent = dataset if check else copy.deepcopy(dataset)
        if check:
            step = self._steps.require_open(uid)
            sent = check_set(dataset, step, fill=fill)
            choose_character_set(sent, step)
        result = self._n_set(uid, sent, sop_class_uid=_MODALITY_PERFORMED_PROCEDURE_STEP)
        self._remember(uid, self._sent or sent, result)
        return _explained(result)

    def complete(
        self,
        sop_instance_uid: str,
        *,
        series: Iterable[PerformedSeries | Dataset] | None = None,
        instances: InstancesLike | None = None,
        protocol_name: str | None = None,
        retrieve_ae_title: str | None = None,
        end: dt.datetime | None = None,
        dataset: Dataset | None = None,
        check: bool = True,
    ) -> NResult:
        """End a procedure step that did what it was to do (N-SET, COMPLETED).

        Parameters
        ----------
        sop_instance_uid : str
            The step.
        series : iterable of PerformedSeries or Dataset, optional
            All series that were made, those set before too. Not needed if they were set.
        instances : path, Dataset, or iterable of these, optional
            All instances that were made; their series are found out.
        protocol_name, retrieve_ae_title : str, optional
            For `instances`, as in `PerformedSeries.from_instances`.
        end : datetime.datetime, optional
            When it ended; now by default.
        dataset : pydicom.dataset.Dataset, optional
            What to set besides.
        check : bool
            Whether to check that everything a step has in its final state is there.

        Returns
        -------
        NResult
            As of `set`.

        Raises
        ------
        DicomWireError
            As of `set`.
        """
        items = all_series(
            series,
            instances,
            protocol_name=protocol_name,
            retrieve_ae_title=retrieve_ae_title,
        )
        changes = ending("COMPLETED", end, items, dataset)
        return self.set(sop_instance_uid, changes, check=check)

    def discontinue(
        self,
        sop_instance_uid: str,
        *,
        reason: CodeLike | Iterable[CodeLike] | None = None,
        series: Iterable[PerformedSeries | Dataset] | None = None,
        instances: InstancesLike | None = None,
        protocol_name: str | None = None,
        retrieve_ae_title: str | None = None,
        end: dt.datetime | None = None,
        dataset: Dataset | None = None,
        check: bool = True,
    ) -> NResult:
        """End a procedure step that was broken off (N-SET, DISCONTINUED).

        A step has a series even if it made no instance (Table F.7.2-1, note 2): where none is
        named or was set, one without instances is sent. Of a step that another object created
        nobody here knows its series: name them, or what was set before is replaced.

        Parameters
        ----------
        sop_instance_uid : str
            The step.
        reason : code or codes, optional
            Why: pydicom's `Code`, an item, ``"VALUE^SCHEME^MEANING"``, or a value or keyword of
            CID 9300, such as ``"110501"`` or ``"EquipmentFailure"``.
        series, instances, protocol_name, retrieve_ae_title, end, dataset, check
            As for `complete`.

        Returns
        -------
        NResult
            As of `set`.

        Raises
        ------
        DicomWireError
            As of `set`.
        """
        items = all_series(
            series,
            instances,
            protocol_name=protocol_name,
            retrieve_ae_title=retrieve_ae_title,
        )
        is_set = dataset is not None and "PerformedSeriesSequence" in dataset
        if not items and not is_set:
            items = no_series(self._steps.get(sop_instance_uid), protocol_name)
        changes = ending("DISCONTINUED", end, items, dataset)
        if reason is not None:
            changes.PerformedProcedureStepDiscontinuationReasonCodeSequence = code_items(
                reason, "reason"
            )
        return self.set(sop_instance_uid, changes, check=check)

    def get(self, sop_instance_uid: str, attributes: Iterable[TagLike] = ()) -> NResult:
        """Ask what the peer knows of a procedure step (N-GET, PS3.4 section F.8).

        This is a SOP class of its own, which many information systems do not offer.

        Parameters
        ----------
        sop_instance_uid : str
            The step.
        attributes : iterable of keywords or tags
            What to ask for; all by default. Specific Character Set (0008,0005) is asked for too.

        Returns
        -------
        NResult
            The answer; its `dataset` has the attributes.

        Raises
        ------
        ConfigError
            If an attribute is one of the items of a sequence, which cannot be asked for.
        NoAcceptedContext
            If the peer does not offer the retrieve SOP class.
        DicomWireError
            If no answer comes.
        """
        DicomEngine.require_running("PerformedProcedureStepScu.get()")
        wanted = check_get(attributes)
        return self._n_get(_valid(sop_instance_uid), wanted, sop_class_uid=_RETRIEVE)

    def wait_for_event_report(self, timeout: float) -> EventReport | None:
        """Wait for the peer to notify of a procedure step, on the association that is kept.

        Notifications are answered whenever the association is in use, and fire `event_report`;
        this is for waiting with nothing else to do. A peer sends them on associations of its own
        too: `dicomwire.EventListener` takes those.

        Parameters
        ----------
        timeout : float
            Seconds to wait.

        Returns
        -------
        EventReport or None
            The notification, after it was answered; None if none came.

        Raises
        ------
        NoAcceptedContext
            If the peer does not offer the notification SOP class.
        DicomWireError
            If the association cannot be had or ends.
        """
        return self._wait_for_report(timeout, _NOTIFICATION)

    def state(self, sop_instance_uid: str) -> str | None:
        """Return the state of a step as far as this object knows; None if it knows nothing.

        ``"IN PROGRESS"``, ``"COMPLETED"``, ``"DISCONTINUED"``, or ``"ended"`` if the peer said
        that the step can no longer be updated.
        """
        step = self._steps.get(sop_instance_uid)
        return None if step is None else step.state

    def _was_sent(self, dataset: Dataset | None) -> None:
        # A handler may have put another one in place of ours.
        self._sent = dataset

    def _remember(self, uid: str, sent: Dataset, result: NResult) -> None:
        """Draw the conclusions from the answer to an N-SET."""
        if not result.is_failure:
            self._steps.changed(uid, sent)
        elif result.status == _NO_SUCH_INSTANCE:
            self._steps.forget(uid)
        elif _says_ended(result):
            self._steps.ended(uid, "ended")

    def _take_report(self, report: EventReport) -> None:
        """Believe a peer that ended a step of ours (PS3.4 section F.7.2.2.3, note 2)."""
        try:
            kind = StepNotification(report.event_type_id)
        except ValueError:
            report.status = _NO_SUCH_EVENT_TYPE
            return
        step = self._steps.get(report.sop_instance_uid)
        if step is None:
            return
        if kind is StepNotification.DELETED:
            self._steps.forget(step.sop_instance_uid)
        elif kind in _ENDED and step.is_open:
            self._steps.ended(step.sop_instance_uid, _ENDED[kind])


def _says_ended(result: NResult) -> bool:
    return result.status == _PROCESSING_FAILURE and result.error_id == _NO_LONGER_UPDATED


def _explained(result: NResult) -> NResult:
    """Say in words what an Error ID says, if the peer does not (PS3.4 Table F.7.2-2)."""
    if not _says_ended(result) or result.status.comment:
        return result
    status = Status(
        result.status,
        service="mpps",
        comment="the procedure step may no longer be updated",
        offending_elements=result.status.offending_elements,
    )
    return dataclasses.replace(result, status=status)


def _valid(sop_instance_uid: object) -> str:
    if not isinstance(sop_instance_uid, str) or not is_valid_uid(sop_instance_uid):
        raise ConfigError(f"sop_instance_uid={sop_instance_uid!r}: is no UID")
    return sop_instance_uid
