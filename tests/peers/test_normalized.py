"""Any normalized service: procedure steps and notifications at a strict worklist manager."""

from __future__ import annotations

import queue
import threading

import pytest
from pydicom import Dataset
from storing import SHORT
from unified_procedures import (
    ALL_STEPS,
    AVAILABILITY,
    CHANGE_STATE,
    EVENT,
    PULL,
    PUSH,
    REQUEST_CANCEL,
    SUBSCRIBE,
    SUSPEND,
    UNSUBSCRIBE,
    WATCH,
    made,
    notification,
    performed,
    progress,
    state,
    subscription,
    work_item,
)

from dicomwire import (
    AssociationAborted,
    ConfigError,
    DicomEngine,
    EncodeError,
    EngineNotStartedError,
    EventListener,
    NoAcceptedContext,
    NormalizedScu,
    StateError,
    StatusError,
    StorageReceiver,
    generate_uid,
)

pytestmark = pytest.mark.usefixtures("engine")

BUDGET = 20
"""Seconds to wait for what surely comes."""


@pytest.fixture
def scu(worklist_manager):
    """Return a user of all services of the manager; steps are named by their Push SOP class."""
    classes = [PUSH, PULL, WATCH, EVENT]
    return NormalizedScu(worklist_manager.peer, classes, options=SHORT)


@pytest.fixture
def step(scu):
    """Create a step and return its UID."""
    return scu.n_create(work_item(), generate_uid()).raise_for_status().sop_instance_uid


@pytest.fixture
def listener(worklist_manager):
    """Listen where the manager expects WATCHER, and queue what it reports."""
    reports = queue.Queue()
    with EventListener("WATCHER", port=worklist_manager.watcher_port) as listening:
        listening.event_report.connect(reports.put)
        listening.reports = reports
        yield listening


def change(scu, uid, wanted, transaction):
    return scu.n_action(uid, CHANGE_STATE, state(wanted, transaction), abstract_syntax=PULL)


def update(scu, uid, dataset):
    return scu.n_set(uid, dataset, abstract_syntax=PULL)


def subscribe(scu, uid, receiver="WATCHER", action=SUBSCRIBE):
    information = subscription(receiver) if action == SUBSCRIBE else made(ReceivingAE=receiver)
    return scu.n_action(uid, action, information, abstract_syntax=WATCH)


def state_of(scu, uid):
    return scu.n_get(uid, ["ProcedureStepState"]).dataset.ProcedureStepState


# The life of a step.


def test_a_step_from_its_creation_to_its_end(scu, worklist_manager):
    transaction = generate_uid()
    with scu:
        created = scu.n_create(
            work_item(ProcedureStepLabel="Befund für Müller", SpecificCharacterSet="ISO_IR 192")
        )
        assert created.is_success
        uid = created.sop_instance_uid
        assert uid is not None
        assert state_of(scu, uid) == "SCHEDULED"
        assert change(scu, uid, "IN PROGRESS", transaction).is_success
        assert update(scu, uid, progress(transaction, "50")).is_success
        assert update(scu, uid, performed(transaction)).is_success
        assert change(scu, uid, "COMPLETED", transaction).is_success
        whole = scu.n_get(uid).dataset
    assert whole.ProcedureStepState == "COMPLETED"
    assert whole.ProcedureStepLabel == "Befund für Müller"
    assert whole.ProcedureStepProgressInformationSequence[0].ProcedureStepProgress == "50"
    asked = worklist_manager.server.asked()
    assert [entry.operation for entry in asked] == [
        "create",
        "get",
        "action",
        "set",
        "set",
        "action",
        "get",
    ]
    assert asked[0].dataset.PatientName == "DOE^JOHN"
    assert asked[0].dataset.SpecificCharacterSet == "ISO_IR 192"
    assert asked[1].more["attributes"] == ["ProcedureStepState"]
    assert asked[2].dataset.TransactionUID == transaction
    assert asked[6].more["attributes"] == []


def test_each_bare_call_has_an_association_of_its_own(scu):
    opened = []
    scu.after_connect.connect(opened.append)
    uid = scu.n_create(work_item()).sop_instance_uid
    scu.n_get(uid)
    assert len(opened) == 2
    with scu:
        scu.n_get(uid)
        scu.n_get(uid)
    assert len(opened) == 3


def test_attributes_are_named_by_keyword_or_tag(scu, step):
    wanted = ["PatientName", 0x00100020, "0074,1000", (0x0040, 0x4041)]
    dataset = scu.n_get(step, wanted).dataset
    assert sorted(element.keyword for element in dataset) == [
        "InputReadinessState",
        "PatientID",
        "PatientName",
        "ProcedureStepState",
    ]
    with pytest.raises(ConfigError, match="PatientsName"):
        scu.n_get(step, ["PatientsName"])


def test_attributes_that_are_not_there_are_a_warning(scu, step):
    result = scu.n_get(step, ["PatientID", "AdmissionID", "PatientSex"])
    assert result.status == 0x0107
    assert result.is_warning
    assert result.attribute_identifiers == (0x00380010, 0x00100040)
    assert result.dataset.PatientID == "DW-1"
    assert "AdmissionID" in result.status.comment
    assert result.to_dict()["attribute_identifiers"] == ["00380010", "00100040"]


# What a manager refuses, by the tables of annex CC.


def test_what_cannot_be_created(scu):
    uid = generate_uid()
    assert scu.n_create(work_item(), uid).is_success
    duplicate = scu.n_create(work_item(), uid)
    assert (duplicate.status, duplicate.is_failure) == (0x0111, True)
    assert scu.n_create(Dataset()).status == 0x0120
    assert scu.n_create(None).status == 0x0120
    assert scu.n_create(work_item(ProcedureStepLabel="")).status == 0x0121
    assert scu.n_create(work_item(ScheduledProcedureStepPriority="NOW")).status == 0x0106
    assert scu.n_create(work_item(Rows=5)).status == 0x0105
    running = scu.n_create(work_item(ProcedureStepState="IN PROGRESS"))
    assert running.status == 0xC309
    assert running.status.meaning == "The state of a new unified procedure step must be SCHEDULED"
    with pytest.raises(StatusError, match="0xC309") as caught:
        running.raise_for_status()
    assert caught.value.response is running


def test_a_step_that_does_not_exist(scu):
    transaction = generate_uid()
    for result in (
        scu.n_get("1.2.3"),
        update(scu, "1.2.3", progress(transaction, "1")),
        change(scu, "1.2.3", "IN PROGRESS", transaction),
        scu.n_action("1.2.3", REQUEST_CANCEL),
        subscribe(scu, "1.2.3"),
    ):
        assert result.status == 0xC307
        assert result.dataset is None


def test_only_who_locked_a_step_may_change_it(scu, step):
    mine, theirs = generate_uid(), generate_uid()
    early = update(scu, step, progress(mine, "1"))
    assert (early.status, early.is_failure) == (0xC310, True)
    assert change(scu, step, "COMPLETED", mine).status == 0xC310
    assert change(scu, step, "IN PROGRESS", mine).is_success
    assert change(scu, step, "IN PROGRESS", theirs).status == 0xC302
    wrong = update(scu, step, progress(theirs, "1"))
    assert wrong.status == 0xC301
    assert wrong.attribute_identifiers == (0x00081195,)
    assert change(scu, step, "CANCELED", theirs).status == 0xC301
    assert change(scu, step, "SCHEDULED", mine).status == 0xC303
    assert change(scu, step, "COMPLETED", mine).status == 0xC304
    assert update(scu, step, performed(mine)).is_success
    assert change(scu, step, "COMPLETED", mine).is_success
    again = change(scu, step, "COMPLETED", mine)
    assert (again.status, again.is_warning) == (0xB306, True)
    assert change(scu, step, "CANCELED", mine).status == 0xC300
    assert update(scu, step, progress(mine, "1")).status == 0xC300


def test_the_transaction_is_told_to_nobody(scu, step):
    transaction = generate_uid()
    change(scu, step, "IN PROGRESS", transaction)
    result = scu.n_get(step)
    assert transaction not in str(result.dataset)


def test_cancelling_a_step(scu, step):
    assert scu.n_action(step, REQUEST_CANCEL).is_success
    assert state_of(scu, step) == "CANCELED"
    again = scu.n_action(step, REQUEST_CANCEL, made(ReasonForCancellation="twice"))
    assert (again.status, again.is_warning) == (0xB304, True)
    assert change(scu, step, "CANCELED", generate_uid()).status == 0xB304


def test_cancelling_what_nobody_can_be_asked_about(scu, step):
    change(scu, step, "IN PROGRESS", generate_uid())
    result = scu.n_action(step, REQUEST_CANCEL)
    assert (result.status, result.status.meaning) == (
        0xC312,
        "The performer cannot be contacted",
    )


def test_actions_that_do_not_exist(scu, step):
    assert scu.n_action(step, 9).status == 0x0123
    assert scu.n_action(step, 9).action_type_id == 9
    suspended = subscribe(scu, step, action=SUSPEND)
    assert suspended.status == 0xC314
    assert change(scu, step, "PAUSED", generate_uid()).status == 0xC310


def test_an_operation_in_the_context_of_another_class(scu, step):
    wrong = scu.n_action(step, CHANGE_STATE, state("IN PROGRESS", generate_uid()))
    assert (wrong.status, wrong.status.meaning) == (0x0119, "Class-instance conflict")


# Event reports.


def test_reports_to_a_listener(scu, step, listener, worklist_manager):
    assert subscribe(scu, step).is_success
    first = listener.reports.get(timeout=BUDGET)
    assert first.on_listener
    assert (first.sop_class_uid, first.sop_instance_uid) == (PUSH, step)
    assert (first.event_type_id, first.dataset.ProcedureStepState) == (1, "SCHEDULED")
    assert first.ae_title == "UPSSCP"

    transaction = generate_uid()
    change(scu, step, "IN PROGRESS", transaction)
    assert listener.reports.get(timeout=BUDGET).dataset.ProcedureStepState == "IN PROGRESS"
    update(scu, step, progress(transaction, "70"))
    told = listener.reports.get(timeout=BUDGET)
    assert told.event_type_id == 3
    (item,) = told.dataset.ProcedureStepProgressInformationSequence
    assert item.ProcedureStepProgress == "70"

    wish = made(
        ReasonForCancellation="the patient has left, schöne Grüße",
        SpecificCharacterSet="ISO_IR 192",
    )
    assert scu.n_action(step, REQUEST_CANCEL, wish).is_success
    asked = listener.reports.get(timeout=BUDGET)
    assert asked.event_type_id == 2
    assert asked.dataset.ReasonForCancellation == "the patient has left, schöne Grüße"
    assert asked.dataset.RequestingAE == "DICOMWIRE"

    assert subscribe(scu, step, action=UNSUBSCRIBE).is_success
    assert subscribe(scu, step, action=UNSUBSCRIBE).status == 0xC308
    update(scu, step, performed(transaction))
    change(scu, step, "COMPLETED", transaction)
    assert listener.reports.empty()


def test_reports_of_all_steps(scu, listener):
    assert subscribe(scu, ALL_STEPS).is_success
    uid = scu.n_create(work_item()).sop_instance_uid
    scu.n_action(uid, REQUEST_CANCEL)
    states = [listener.reports.get(timeout=BUDGET) for _ in range(2)]
    assert [report.dataset.ProcedureStepState for report in states] == ["IN PROGRESS", "CANCELED"]
    assert subscribe(scu, ALL_STEPS, action=SUSPEND).is_success
    other = scu.n_create(work_item()).sop_instance_uid
    scu.n_action(other, REQUEST_CANCEL)
    assert subscribe(scu, ALL_STEPS, action=UNSUBSCRIBE).is_success
    assert {report.sop_instance_uid for report in list(listener.reports.queue)} <= {uid}


@pytest.mark.parametrize("status", [0x0000, 0x0110, 0x0112])
def test_a_handler_answers_a_report(scu, step, listener, worklist_manager, status):
    reply = made(ProcedureStepState="SCHEDULED")

    @listener.event_report.connect
    def answer(report):
        report.status = status
        report.reply = None if status else reply

    done = threading.Event()

    @listener.event_report.connect
    def tell(report):
        done.set()

    subscribe(scu, step)
    assert done.wait(BUDGET)
    # The next report is sent after the answer to this one was noted.
    change(scu, step, "IN PROGRESS", generate_uid())
    listener.reports.get(timeout=BUDGET)
    listener.reports.get(timeout=BUDGET)
    (first, *_) = worklist_manager.server.asked("reported")
    assert first.more["status"] == status
    assert first.dataset == (None if status else reply)


def test_a_handler_that_raises_is_a_processing_failure(scu, step, listener, worklist_manager):
    failed = threading.Event()

    def fail(report):
        failed.set()
        raise LookupError("no such step here")

    listener.event_report.connect(fail)
    subscribe(scu, step)
    assert failed.wait(BUDGET)
    listener.event_report.disconnect(fail)
    change(scu, step, "IN PROGRESS", generate_uid())
    for _ in range(2):
        listener.reports.get(timeout=BUDGET)
    (first, *_) = worklist_manager.server.asked("reported")
    assert first.more["status"] == 0x0110


def test_a_storage_receiver_takes_reports_too(scu, step, worklist_manager):
    reports = queue.Queue()
    with StorageReceiver(
        "WATCHER", port=worklist_manager.watcher_port, event_sop_classes=[EVENT]
    ) as receiver:
        receiver.event_report.connect(reports.put)
        subscribe(scu, step)
        assert reports.get(timeout=BUDGET).sop_instance_uid == step


def test_reports_on_the_same_association(scu, step, worklist_manager):
    seen = []
    scu.event_report.connect(seen.append)
    transaction = generate_uid()
    with scu:
        assert subscribe(scu, step, "DICOMWIRE").is_success
        first = scu.wait_for_event_report(BUDGET)
        assert not first.on_listener
        assert (first.event_type_id, first.dataset.ProcedureStepState) == (1, "SCHEDULED")
        assert (first.ae_title, first.peer_name) == ("UPSSCP", worklist_manager.peer)
        assert change(scu, step, "IN PROGRESS", transaction).is_success
        assert scu.wait_for_event_report(BUDGET).dataset.ProcedureStepState == "IN PROGRESS"
        assert subscribe(scu, step, "DICOMWIRE", action=UNSUBSCRIBE).is_success
        assert scu.wait_for_event_report(0.05) is None
    assert len(seen) == 2


def test_a_receiver_the_manager_does_not_know(scu, step):
    result = subscribe(scu, step, "NOBODY")
    assert (result.status, result.status.comment) == (0xC308, "NOBODY")


# Instance availability.


def test_instances_are_announced(worklist_manager):
    scu = NormalizedScu(worklist_manager.peer, AVAILABILITY)
    uid = generate_uid()
    result = scu.n_create(notification(), uid)
    assert result.raise_for_status().sop_instance_uid == uid
    (entry,) = worklist_manager.server.asked()
    assert entry.more["sop_class"] == AVAILABILITY
    assert entry.dataset == notification()
    assert scu.n_create(notification(), uid).status == 0x0111
    assert scu.n_create(notification(InstanceAvailability="SOON")).status == 0x0106
    # Anything besides is forbidden (PS3.4 section R.3.2.1.2).
    assert scu.n_create(notification(PatientName="DOE^JOHN")).status == 0x0105


# Events of the requestor.


def test_every_operation_has_its_events(scu, worklist_manager):
    names = [
        f"{when}_n_{what}"
        for what in ("create", "set", "get", "action")
        for when in ("before", "after")
    ]
    seen = []
    for name in names:
        getattr(scu, name).connect(lambda event, name=name: seen.append((name, event)))
    transaction = generate_uid()
    uid = scu.n_create(work_item()).sop_instance_uid
    change(scu, uid, "IN PROGRESS", transaction)
    update(scu, uid, progress(transaction, "1"))
    scu.n_get(uid, ["PatientID"])
    assert [name for name, _ in seen] == [
        "before_n_create",
        "after_n_create",
        "before_n_action",
        "after_n_action",
        "before_n_set",
        "after_n_set",
        "before_n_get",
        "after_n_get",
    ]
    events = dict(seen)
    assert events["before_n_create"].sop_instance_uid is None
    assert events["after_n_create"].sop_instance_uid == uid
    assert events["before_n_action"].action_type_id == CHANGE_STATE
    assert events["before_n_get"].attributes == [0x00100020]
    for name, event in seen:
        assert str(event.peer) == worklist_manager.peer
        assert event.sop_class_uid == PUSH
        assert event.presentation_context_id % 2 == 1
        assert event.message_id > 0
        if name.startswith("after"):
            assert event.status == 0 == event.result.status
            assert event.seconds > 0


def test_handlers_may_edit_what_is_sent(scu, worklist_manager):
    mine, transaction = generate_uid(), generate_uid()

    @scu.before_n_create.connect
    def create(event):
        event.sop_instance_uid = mine
        event.dataset = work_item(PatientID="edited")

    @scu.before_n_action.connect
    def act(event):
        event.dataset.TransactionUID = transaction

    @scu.before_n_set.connect
    def set_(event):
        event.dataset.PatientSex = "F"

    @scu.before_n_get.connect
    def get(event):
        event.attributes[:] = [0x00100020, 0x00100040]

    assert scu.n_create().sop_instance_uid == mine
    assert change(scu, mine, "IN PROGRESS", "1.2.3").is_success
    assert update(scu, mine, progress(transaction, "1")).is_success
    dataset = scu.n_get(mine, ["PatientName"]).dataset
    assert (dataset.PatientID, dataset.PatientSex) == ("edited", "F")
    assert "PatientName" not in dataset


@pytest.mark.parametrize("when", ["before_n_create", "after_n_create"])
def test_a_handler_that_raises_ends_the_operation(scu, worklist_manager, when):
    class Refused(Exception):
        pass

    def refuse(event):
        raise Refused

    getattr(scu, when).connect(refuse)
    with pytest.raises(Refused):
        scu.n_create(work_item())
    getattr(scu, when).clear()
    assert scu.n_create(work_item()).is_success
    sent = len(worklist_manager.server.asked("create"))
    assert sent == (1 if when == "before_n_create" else 2)


# What cannot be.


def test_what_cannot_be_is_refused_before_anything_is_sent(scu, worklist_manager):
    for classes in ("", [], "UPS", ["1.2.3", "1..2"]):
        with pytest.raises(ConfigError, match="sop_classes"):
            NormalizedScu(worklist_manager.peer, classes)
    unwritable = work_item()
    unwritable["PatientID"]._value = object()
    with pytest.raises(EncodeError):
        scu.n_create(unwritable)
    assert not worklist_manager.server.asked()


def test_a_service_that_the_peer_lacks_is_named(worklist_manager):
    scu = NormalizedScu(worklist_manager.peer, ["1.2.840.10008.1.20.1", PUSH], options=SHORT)
    with scu:
        with pytest.raises(NoAcceptedContext, match="Storage Commitment Push Model"):
            scu.n_action("1.2.3", 1)
        # The other class of the association still serves.
        assert scu.n_create(work_item(), sop_class_uid=PUSH).is_success


def test_a_class_of_its_own_is_proposed_too(worklist_manager):
    scu = NormalizedScu(worklist_manager.peer, PUSH, options=SHORT)
    uid = scu.n_create(work_item()).sop_instance_uid
    assert change(scu, uid, "IN PROGRESS", generate_uid()).is_success


def test_one_object_serves_one_thread_at_a_time(scu, step):
    errors = []

    @scu.after_n_get.connect
    def again(event):
        def call():
            try:
                scu.n_get(step)
            except StateError as error:
                errors.append(error)

        other = threading.Thread(target=call)
        other.start()
        other.join()

    assert scu.n_get(step).is_success
    assert "make one object per thread" in str(errors[0])


def test_a_wait_is_aborted_from_another_thread(scu):
    associated = threading.Event()
    scu.after_associate_request.connect(lambda _: associated.set())
    aborting = threading.Thread(target=lambda: (associated.wait(), scu.abort()))
    aborting.start()
    with pytest.raises(AssociationAborted):
        scu.wait_for_event_report(BUDGET)
    aborting.join()


def test_nothing_works_without_an_engine(worklist_manager):
    DicomEngine.shutdown()
    scu = NormalizedScu(worklist_manager.peer, PUSH)
    for call in (
        scu.n_create,
        lambda: scu.n_set("1.2.3", Dataset()),
        lambda: scu.n_get("1.2.3"),
        lambda: scu.n_action("1.2.3", 1),
        lambda: scu.n_delete("1.2.3"),
        lambda: scu.wait_for_event_report(1),
    ):
        with pytest.raises(EngineNotStartedError):
            call()
    DicomEngine.startup()
