"""A strict worklist manager for unified procedure steps made with pynetdicom (PS3.4 annex CC).

It serves Push, Pull, Watch and Event, and Instance Availability Notification (annex R) besides.
What it is asked it writes to a journal. Event reports go to the receiving AE titles it knows the
ports of, on associations of its own, or back on the association of the subscription if the
receiving AE is who subscribed there.
Usage: unified_procedure_scp.py PORT JOURNAL [AET=PORT...]
"""

from __future__ import annotations

import queue
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import strict_provider as strict
from patient_pynetdicom import make_patient
from pydicom import Dataset
from pydicom.datadict import keyword_for_tag
from pydicom.uid import generate_uid
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (
    InstanceAvailabilityNotification,
    UnifiedProcedureStepEvent,
    UnifiedProcedureStepPull,
    UnifiedProcedureStepPush,
    UnifiedProcedureStepWatch,
    Verification,
)
from strict_provider import Journal, Refusal, answering
from unified_procedure_rules import check_creation, check_final_state, check_notification

_GLOBAL = "1.2.840.10008.5.1.4.34.5"
_CHANGE_STATE, _REQUEST_CANCEL, _SUBSCRIBE, _UNSUBSCRIBE, _SUSPEND = 1, 2, 3, 4, 5
_STATE_REPORT, _CANCEL_REQUESTED, _PROGRESS_REPORT = 1, 2, 3

ALREADY_CANCELED, ALREADY_COMPLETED_WARNING = 0xB304, 0xB306
NO_LONGER_UPDATED, WRONG_TRANSACTION, ALREADY_IN_PROGRESS = 0xC300, 0xC301, 0xC302
ONLY_BY_CREATION, UNKNOWN_STEP = 0xC303, 0xC307
UNKNOWN_RECEIVER, NOT_IN_PROGRESS, ALREADY_COMPLETED = 0xC308, 0xC310, 0xC311
NO_PERFORMER, NOT_APPROPRIATE = 0xC312, 0xC314
_FINAL = ("COMPLETED", "CANCELED")


@dataclass
class Step:
    """A unified procedure step."""

    attributes: Dataset
    transaction: str | None = None
    watchers: dict[str, Any] = field(default_factory=dict)
    """Whom to tell: AE titles, and the association to use or None."""

    @property
    def state(self) -> str:
        """Procedure Step State (0074,1000)."""
        return self.attributes.ProcedureStepState


class Reporter(threading.Thread):
    """Sends event reports one after the other, and notes the answers."""

    def __init__(self, journal: Journal, ports: dict[str, int]) -> None:
        super().__init__(daemon=True)
        self.ports = ports
        self._journal = journal
        self._queue: queue.Queue[tuple[str, Any, str, int, Dataset]] = queue.Queue()

    def tell(self, step: Step, uid: str, event_type: int, information: Dataset) -> None:
        """Have all watchers of a step told."""
        for title, association in step.watchers.items():
            self._queue.put((title, association, uid, event_type, information))

    def run(self) -> None:
        """Send for ever."""
        while True:
            title, association, uid, event_type, information = self._queue.get()
            if association is not None:
                self._send(association, title, uid, event_type, information)
                continue
            sender = AE("UPSSCP")
            sender.add_requested_context(UnifiedProcedureStepEvent)
            role = build_role(UnifiedProcedureStepEvent, scp_role=True)
            opened = sender.associate(
                "127.0.0.1", self.ports[title], ae_title=title, ext_neg=[role]
            )
            if opened.is_established:
                self._send(opened, title, uid, event_type, information)
                opened.release()
            else:
                self._journal.write("not reported", uid, None, to=title)

    def _send(
        self, association: Any, title: str, uid: str, event_type: int, information: Dataset
    ) -> None:
        status, reply = association.send_n_event_report(
            information,
            event_type,
            UnifiedProcedureStepPush,
            uid,
            meta_uid=UnifiedProcedureStepEvent,
        )
        self._journal.write("reported", uid, reply, to=title, status=status.get("Status"))


class Manager:
    """What the worklist manager has."""

    def __init__(self, journal: Journal, reporter: Reporter) -> None:
        self.journal = journal
        self.reporter = reporter
        self.steps: dict[str, Step] = {}
        self.global_watchers: dict[str, Any] = {}
        self.notifications: set[str] = set()
        self.lock = threading.Lock()

    def find(self, uid: str) -> Step:
        """Find a step."""
        if uid not in self.steps:
            raise Refusal(UNKNOWN_STEP, "no such procedure step")
        return self.steps[uid]

    def create(self, event: evt.Event) -> strict.Answer:
        """Take a new step, or a notification."""
        uid = str(event.request.AffectedSOPInstanceUID or generate_uid())
        attributes = event.attribute_list
        class_uid = event.request.AffectedSOPClassUID
        self.journal.write("create", uid, attributes, sop_class=class_uid)
        strict.check_uid(uid, "SOPInstanceUID")
        if class_uid == InstanceAvailabilityNotification:
            check_notification(attributes)
            if uid in self.notifications:
                raise Refusal(strict.DUPLICATE_SOP_INSTANCE, "notified already")
            self.notifications.add(uid)
            return 0, None
        _check_context(event, UnifiedProcedureStepPush)
        if uid in self.steps:
            raise Refusal(strict.DUPLICATE_SOP_INSTANCE, "there is such a step")
        check_creation(attributes)
        self.steps[uid] = Step(attributes, watchers=dict(self.global_watchers))
        answer = None
        if event.request.AffectedSOPInstanceUID is None:
            # pynetdicom moves it into the command set.
            answer = Dataset()
            answer.AffectedSOPInstanceUID = uid
        return 0, answer

    def set(self, event: evt.Event) -> strict.Answer:
        """Update a step that its performer has locked."""
        uid = str(event.request.RequestedSOPInstanceUID)
        changes = event.modification_list
        self.journal.write("set", uid, changes)
        _check_context(event, UnifiedProcedureStepPull)
        step = self.find(uid)
        if step.state in _FINAL:
            raise Refusal(NO_LONGER_UPDATED, f"it is {step.state}")
        if step.state != "IN PROGRESS":
            raise Refusal(NOT_IN_PROGRESS, f"it is {step.state}")
        if changes.get("TransactionUID") != step.transaction:
            raise Refusal(WRONG_TRANSACTION, "", "TransactionUID")
        if "ProcedureStepState" in changes:
            raise Refusal(strict.NO_SUCH_ATTRIBUTE, "use N-ACTION", "ProcedureStepState")
        strict.check_text(changes)
        for element in changes:
            if element.keyword != "TransactionUID":
                step.attributes.add(element)
        if "ProcedureStepProgressInformationSequence" in changes:
            report = Dataset()
            report.ProcedureStepProgressInformationSequence = (
                changes.ProcedureStepProgressInformationSequence
            )
            self.reporter.tell(step, uid, _PROGRESS_REPORT, report)
        return 0, None

    def get(self, event: evt.Event) -> strict.Answer:
        """Return attributes of a step; never its Transaction UID."""
        uid = str(event.request.RequestedSOPInstanceUID)
        tags = event.attribute_identifiers
        keywords = [keyword_for_tag(tag) for tag in tags]
        self.journal.write("get", uid, None, attributes=keywords)
        step = self.find(uid)
        answer = Dataset()
        missing = []
        for tag in tags or [element.tag for element in step.attributes]:
            if tag in step.attributes:
                answer.add(step.attributes[tag])
            else:
                missing.append(keyword_for_tag(tag) or "TransactionUID")
        if missing:
            warning = Refusal(strict.ATTRIBUTE_LIST_ERROR, f"no {', '.join(missing)}", *missing)
            return warning.data_set(), answer
        return 0, answer

    def act(self, event: evt.Event) -> strict.Answer:
        """Do what the action type says."""
        uid = str(event.request.RequestedSOPInstanceUID)
        encoded = event.request.ActionInformation
        information = event.action_information if encoded and encoded.getvalue() else Dataset()
        self.journal.write("action", uid, information, action_type=event.action_type)
        actions = {
            _CHANGE_STATE: self._change_state,
            _REQUEST_CANCEL: self._request_cancel,
            _SUBSCRIBE: self._subscribe,
            _UNSUBSCRIBE: self._unsubscribe,
            _SUSPEND: self._suspend,
        }
        if event.action_type not in actions:
            raise Refusal(strict.NO_SUCH_ACTION, f"action type {event.action_type}")
        actions[event.action_type](event, uid, information)
        return 0, None

    def _change_state(self, event: evt.Event, uid: str, information: Dataset) -> None:
        _check_context(event, UnifiedProcedureStepPull)
        step = self.find(uid)
        strict.check_types(information, {"ProcedureStepState": "1", "TransactionUID": "1"})
        wanted, transaction = information.ProcedureStepState, str(information.TransactionUID)
        if wanted == "SCHEDULED":
            raise Refusal(ONLY_BY_CREATION)
        if step.state == "CANCELED" and wanted == "CANCELED":
            raise Refusal(ALREADY_CANCELED)
        if step.state == "COMPLETED" and wanted == "COMPLETED":
            raise Refusal(ALREADY_COMPLETED_WARNING)
        if step.state in _FINAL:
            raise Refusal(NO_LONGER_UPDATED, f"it is {step.state}")
        if wanted == "IN PROGRESS":
            if step.state == "IN PROGRESS":
                raise Refusal(ALREADY_IN_PROGRESS)
            strict.check_uid(transaction, "TransactionUID")
            step.transaction = transaction
        else:
            if step.state == "SCHEDULED":
                raise Refusal(NOT_IN_PROGRESS)
            if transaction != step.transaction:
                raise Refusal(WRONG_TRANSACTION, "", "TransactionUID")
            check_final_state(step.attributes, wanted)
        self._enter(step, uid, wanted)

    def _enter(self, step: Step, uid: str, state: str) -> None:
        step.attributes.ProcedureStepState = state
        report = Dataset()
        report.ProcedureStepState = state
        report.InputReadinessState = step.attributes.InputReadinessState
        self.reporter.tell(step, uid, _STATE_REPORT, report)

    def _request_cancel(self, event: evt.Event, uid: str, information: Dataset) -> None:
        _check_context(event, UnifiedProcedureStepPush, UnifiedProcedureStepWatch)
        step = self.find(uid)
        if step.state == "CANCELED":
            raise Refusal(ALREADY_CANCELED)
        if step.state == "COMPLETED":
            raise Refusal(ALREADY_COMPLETED)
        if step.state == "SCHEDULED":
            self._enter(step, uid, "IN PROGRESS")
            self._enter(step, uid, "CANCELED")
        elif not step.watchers:
            raise Refusal(NO_PERFORMER)
        else:
            report = Dataset()
            report.RequestingAE = event.assoc.requestor.ae_title
            report.update(information)
            self.reporter.tell(step, uid, _CANCEL_REQUESTED, report)

    def _subscribe(self, event: evt.Event, uid: str, information: Dataset) -> None:
        _check_context(event, UnifiedProcedureStepWatch)
        strict.check_types(information, {"ReceivingAE": "1", "DeletionLock": "1"})
        strict.check_terms(information, {"DeletionLock": ("TRUE", "FALSE")})
        title = information.ReceivingAE
        here = title == event.assoc.requestor.ae_title and any(
            context.abstract_syntax == UnifiedProcedureStepEvent
            for context in event.assoc.accepted_contexts
        )
        if title not in self.reporter.ports and not here:
            raise Refusal(UNKNOWN_RECEIVER, title)
        way = None if title in self.reporter.ports else event.assoc
        if uid == _GLOBAL:
            self.global_watchers[title] = way
            for step in self.steps.values():
                step.watchers[title] = way
            return
        step = self.find(uid)
        step.watchers[title] = way
        # The first report tells the state there is (PS3.4 section CC.2.3.3).
        report = Dataset()
        report.ProcedureStepState = step.state
        report.InputReadinessState = step.attributes.InputReadinessState
        self.reporter.tell(Step(step.attributes, watchers={title: way}), uid, 1, report)

    def _unsubscribe(self, event: evt.Event, uid: str, information: Dataset) -> None:
        _check_context(event, UnifiedProcedureStepWatch)
        strict.check_types(information, {"ReceivingAE": "1"})
        title = information.ReceivingAE
        if uid == _GLOBAL:
            self.global_watchers.pop(title, None)
            for step in self.steps.values():
                step.watchers.pop(title, None)
        elif self.find(uid).watchers.pop(title, _GLOBAL) is _GLOBAL:
            raise Refusal(UNKNOWN_RECEIVER, title)

    def _suspend(self, event: evt.Event, uid: str, information: Dataset) -> None:
        _check_context(event, UnifiedProcedureStepWatch)
        if uid != _GLOBAL:
            raise Refusal(NOT_APPROPRIATE, "only the global subscription")
        strict.check_types(information, {"ReceivingAE": "1"})
        self.global_watchers.pop(information.ReceivingAE, None)


def _check_context(event: evt.Event, *classes: str) -> None:
    """Refuse a request in the context of another SOP class than the one that has it."""
    if event.context.abstract_syntax not in classes:
        raise Refusal(0x0119, f"not on {event.context.abstract_syntax.name}")


def main() -> None:
    """Serve until killed."""
    make_patient()
    journal = Journal(Path(sys.argv[2]))
    ports = dict(destination.split("=") for destination in sys.argv[3:])
    reporter = Reporter(journal, {title: int(port) for title, port in ports.items()})
    reporter.start()
    manager = Manager(journal, reporter)
    server = AE("UPSSCP")
    for sop_class in (
        InstanceAvailabilityNotification,
        UnifiedProcedureStepEvent,
        UnifiedProcedureStepPull,
        UnifiedProcedureStepPush,
        UnifiedProcedureStepWatch,
        Verification,
    ):
        server.add_supported_context(sop_class)
    handlers = [
        (evt.EVT_N_CREATE, answering(manager.create, manager.lock)),
        (evt.EVT_N_SET, answering(manager.set, manager.lock)),
        (evt.EVT_N_GET, answering(manager.get, manager.lock)),
        (evt.EVT_N_ACTION, answering(manager.act, manager.lock)),
    ]
    server.start_server(("127.0.0.1", int(sys.argv[1])), block=True, evt_handlers=handlers)


if __name__ == "__main__":
    main()
