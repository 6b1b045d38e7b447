"""Media creation over the wire, against a strict device of our own (PS3.4 annex S)."""

from __future__ import annotations

import threading

import pytest
from generated import write_series
from storing import SHORT
from wire import CT_IMAGE_STORAGE

from dicomwire import (
    AssociationAborted,
    ConfigError,
    DicomEngine,
    EngineNotStartedError,
    MediaCreationManagementScu,
    MediaCreationTimeout,
    NoAcceptedContext,
    StateError,
    StatusError,
    StoreScu,
    generate_uid,
)
from dicomwire.media_creation import ExecutionStatus, MediaCreationInstance

pytestmark = pytest.mark.usefixtures("engine")

QUICK = 0.01
"""Seconds between questions: the device goes on by one step with each."""
UNKNOWN = [(CT_IMAGE_STORAGE, "1.2.3")]


@pytest.fixture
def scu(burner):
    """Return a user of the device."""
    return MediaCreationManagementScu(burner.peer, options=SHORT)


@pytest.fixture
def study(burner, tmp_path):
    """Store four instances at the device and return where they are."""
    write_series(tmp_path / "study", 4)
    StoreScu(burner.peer).store(tmp_path / "study").raise_for_failures()
    return tmp_path / "study"


def test_media_are_made(scu, burner, study):
    request = scu.create_media(
        study,
        copies=2,
        priority="high",
        application_profile="STD-GEN-CD",
        file_set_id="DOE_JOHN",
        label_text="DOE^JOHN, Müller",
        allow_splitting=True,
    )
    assert request.raise_for_status().is_success
    assert scu.last_request is request
    seen = []
    status = scu.wait(request, interval=QUICK, progress=seen.append)
    assert [told.execution_status for told in seen] == [
        ExecutionStatus.PENDING,
        ExecutionStatus.CREATING,
        ExecutionStatus.DONE,
    ]
    assert status is seen[-1]
    assert status.is_done
    assert status.total_pieces == 2
    assert [media.file_set_id for media in status.produced] == ["DOE_JOHN", "DOE_JOHN"]
    assert len({media.file_set_uid for media in status.produced}) == 2

    create, initiate, *questions = burner.asked()
    assert create.operation == "create"
    assert create.uid == initiate.uid == request.sop_instance_uid
    assert create.dataset == request.dataset
    assert len(create.dataset.ReferencedSOPSequence) == 4
    assert create.dataset.LabelText == "DOE^JOHN, Müller"
    assert initiate.more == {"action_type": 1}
    assert initiate.dataset.NumberOfCopies == 2
    assert initiate.dataset.RequestPriority == "HIGH"
    assert [asked.operation for asked in questions] == ["get"] * 3
    assert questions[0].more["attributes"] == [
        "ExecutionStatus",
        "ExecutionStatusInfo",
        "TotalNumberOfPiecesOfMediaCreated",
        "FailedSOPSequence",
        "ReferencedStorageMediaSequence",
    ]


def test_creating_and_initiating_share_an_association(scu, study):
    opened = []
    scu.after_connect.connect(opened.append)
    scu.create_media(study)
    assert len(opened) == 1
    with scu:
        request = scu.create_media(study)
        scu.wait(request, interval=QUICK)
    assert len(opened) == 2


def test_nothing_is_said_about_copies_unless_asked(scu, burner, study):
    scu.create_media(study)
    (initiate,) = burner.asked("action")
    assert initiate.dataset is None


def test_step_by_step(scu, burner, study):
    request = scu.create(study)
    assert request.is_created
    assert not request.is_initiated
    assert scu.status(request).execution_status == ExecutionStatus.IDLE
    with pytest.raises(StateError, match="was not initiated"):
        scu.wait(request)
    # Another object, another association, and the UID only.
    other = MediaCreationManagementScu(burner.peer)
    assert other.initiate(request.sop_instance_uid, copies=3).is_success
    assert other.status(request.sop_instance_uid).execution_status == ExecutionStatus.PENDING
    assert other.wait(request.sop_instance_uid, interval=QUICK).total_pieces == 3


def test_a_request_that_is_not_to_begin_yet(scu, burner, study):
    request = scu.create_media(study, initiate=False)
    assert request.initiated is None
    assert not burner.asked("action")
    assert scu.initiate(request).is_success
    assert request.is_initiated


def test_a_uid_of_ones_own(scu, burner, study):
    uid = generate_uid()
    assert scu.create(study, sop_instance_uid=uid).sop_instance_uid == uid
    again = scu.create_media(study, sop_instance_uid=uid)
    assert again.status == 0x0111
    assert not again.is_created
    assert again.initiated is None
    with pytest.raises(StatusError, match="refused the media creation request"):
        again.raise_for_status()
    with pytest.raises(StateError, match="refused, or never sent"):
        scu.initiate(again)


def test_the_results_of_a_send_name_instances(scu, burner, study):
    results = list(StoreScu(burner.peer).store_iter(study))
    request = scu.create_media(results)
    assert len(request.instances) == 4
    assert scu.wait(request, interval=QUICK).is_done


def test_instances_the_device_has_not_got(scu, study):
    strange = MediaCreationInstance(CT_IMAGE_STORAGE, "1.2.3", "STD-CTMR-CD")
    request = scu.create_media([study, strange], application_profile="STD-GEN-CD")
    status = scu.wait(request, interval=QUICK)
    assert status.is_failure
    assert status.info == "NO_INSTANCE"
    (failed,) = status.failed
    assert failed.sop_instance_uid == "1.2.3"
    assert failed.application_profile == "STD-CTMR-CD"
    assert (failed.reason, failed.failure_attributes) == (0x0112, ())


def test_a_profile_the_device_has_not_got(scu, study):
    request = scu.create_media(study, application_profile="STD-DEN-CD")
    status = scu.wait(request, interval=QUICK)
    assert (status.info, len(status.failed)) == ("NOT_SUPPORTED", 4)
    assert status.failed[0].reason_text == "the device does not support the application profile"
    assert status.failed[0].failure_attributes == (0x2200000C,)


def test_a_profile_that_compresses_against_the_request(scu, study):
    request = scu.create_media(
        study, application_profile="STD-GEN-DVD-JPEG", allow_lossy_compression=False
    )
    status = scu.wait(request, interval=QUICK)
    assert {instance.reason for instance in status.failed} == {0x0203}
    assert status.failed[0].failure_attributes == (0x2200000C, 0x2200000F)


@pytest.mark.parametrize("info", ["OUT_OF_SUPPLIES", "CHECK_MCD_SRV", "OUR_OWN_TERM"])
def test_a_device_that_fails(scu, study, info):
    request = scu.create_media(study, disposition=f"info={info}")
    status = scu.wait(request, interval=QUICK)
    assert (status.is_failure, status.info, status.failed) == (True, info, ())


def test_a_warning_is_kept(scu, study):
    request = scu.create_media(study, disposition="create=0001")
    assert request.is_created
    assert not request.is_success
    assert [int(warning) for warning in request.warnings] == [0x0001]
    assert request.is_initiated
    assert request.raise_for_status() is request


@pytest.mark.parametrize("status", [0x0105, 0x0110, 0x0124, 0x0213])
def test_a_request_that_is_refused_is_not_initiated(scu, burner, study, status):
    request = scu.create_media(study, disposition=f"create={status:04X}")
    assert request.status == status
    assert request.status.comment == "ordered for create"
    assert [asked.operation for asked in burner.asked()] == ["create"]


@pytest.mark.parametrize("status", [0x0110, 0x0112, 0x0124, 0x0213, 0xA510])
def test_a_beginning_that_is_refused(scu, study, status):
    request = scu.create_media(study, disposition=f"initiate={status:04X}")
    assert request.is_created
    assert not request.is_initiated
    assert request.status == status
    with pytest.raises(StatusError, match="but refused to begin"):
        request.raise_for_status()
    with pytest.raises(StateError, match="call initiate"):
        scu.wait(request)


def test_initiating_twice(scu, study):
    request = scu.create_media(study)
    again = scu.initiate(request.sop_instance_uid)
    assert again.status == 0xA510
    assert "already initiated" in again.status.meaning
    assert request.is_initiated


def test_cancelling(scu, burner, study):
    request = scu.create_media(study)
    assert scu.cancel(request).is_success
    (_, cancel) = burner.asked("action")
    assert (cancel.more["action_type"], cancel.dataset) == (2, None)
    # The device has forgotten it (PS3.4 section S.3.2.3.2).
    status = scu.status(request)
    assert (status.is_known, status.is_final) == (False, True)
    assert status.result.status == 0x0112
    assert scu.wait(request, interval=QUICK).result.status == 0x0112
    assert scu.cancel(request.sop_instance_uid).status == 0x0112


def test_cancelling_what_was_never_initiated(scu, study):
    assert scu.cancel(scu.create(study)).is_success


def test_cancelling_what_is_done(scu, study):
    request = scu.create_media(study)
    scu.wait(request, interval=QUICK)
    result = scu.cancel(request)
    assert (result.status, result.status.meaning) == (
        0xC201,
        "Media creation request already completed",
    )


@pytest.mark.parametrize("status", [0xC202, 0xC203])
def test_a_cancellation_that_is_denied(scu, study, status):
    request = scu.create_media(study, disposition=f"cancel={status:04X}")
    result = scu.cancel(request)
    assert result.status == status
    assert result.is_failure
    # It goes on.
    assert scu.wait(request, interval=QUICK).is_done


def test_a_request_nobody_knows(scu):
    assert scu.initiate("1.2.3").status == 0x0112
    assert scu.cancel("1.2.3").status == 0x0112
    assert scu.status("1.2.3").result.status == 0x0112


def test_waiting_ends_in_time(scu, study):
    request = scu.create_media(study, disposition="stay=CREATING")
    with pytest.raises(MediaCreationTimeout, match=r"it is CREATING: it goes on") as caught:
        scu.wait(request, interval=QUICK, timeout=0.1)
    assert caught.value.status.execution_status == ExecutionStatus.CREATING
    assert caught.value.phase == "media"


def test_waiting_for_what_was_not_initiated_says_so(scu, study):
    request = scu.create(study)
    with pytest.raises(MediaCreationTimeout, match="it was not initiated"):
        scu.wait(request.sop_instance_uid, interval=QUICK, timeout=0.05)


def test_waiting_is_ended_from_another_thread(scu, study):
    request = scu.create_media(study, disposition="stay=PENDING")
    asked = threading.Event()
    ending = threading.Thread(target=lambda: (asked.wait(), scu.cancel()))
    ending.start()
    status = scu.wait(request, interval=60, progress=lambda _: asked.set())
    ending.join()
    assert status.execution_status == ExecutionStatus.PENDING
    assert not status.is_final
    # Nothing was cancelled at the device.
    assert scu.status(request).is_known


def test_waiting_is_aborted_from_another_thread(scu, study):
    request = scu.create_media(study, disposition="stay=PENDING")
    asked = threading.Event()
    ending = threading.Thread(target=lambda: (asked.wait(), scu.abort()))
    ending.start()
    with pytest.raises(AssociationAborted, match="was aborted"):
        scu.wait(request, interval=60, progress=lambda _: asked.set())
    ending.join()


def test_the_end_of_the_engine_ends_a_wait(burner, study):
    asked = threading.Event()
    errors = []
    scu = MediaCreationManagementScu(burner.peer)
    request = scu.create_media(study, disposition="stay=PENDING")

    def wait():
        try:
            scu.wait(request, interval=60, progress=lambda _: asked.set())
        except AssociationAborted as error:
            errors.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    asked.wait()
    DicomEngine.shutdown()
    waiting.join()
    assert errors
    with pytest.raises(EngineNotStartedError, match=r"status\(\)"):
        scu.status(request)
    DicomEngine.startup()


def test_what_a_progress_function_raises_ends_the_wait(scu, study):
    request = scu.create_media(study)

    def fail(_status):
        raise LookupError

    with pytest.raises(LookupError):
        scu.wait(request, progress=fail)
    assert scu.wait(request, interval=QUICK).is_done


def test_every_event_is_fired(scu, study):
    events = []
    for name in ("before_n_create", "after_n_create", "before_n_action", "after_n_action"):
        getattr(scu, name).connect(lambda event, name=name: events.append((name, event)))
    for name in ("before_n_get", "after_n_get"):
        getattr(scu, name).connect(lambda event, name=name: events.append((name, event)))
    request = scu.create_media(study)
    scu.status(request)
    scu.cancel(request)
    assert [name for name, _ in events] == [
        "before_n_create",
        "after_n_create",
        "before_n_action",
        "after_n_action",
        "before_n_get",
        "after_n_get",
        "before_n_action",
        "after_n_action",
    ]
    assert all(event.sop_instance_uid == request.sop_instance_uid for _, event in events)
    assert [event.action_type_id for name, event in events if name == "before_n_action"] == [1, 2]
    assert events[5][1].result.dataset.ExecutionStatus == "PENDING"


def test_a_handler_may_edit_the_request(scu, burner, study):
    uid = generate_uid()

    @scu.before_n_create.connect
    def edit(event):
        event.sop_instance_uid = uid
        event.dataset.LabelText = "edited"

    @scu.before_n_action.connect
    def hurry(event):
        event.dataset.RequestPriority = "LOW"

    request = scu.create_media(study, copies=1)
    assert request.sop_instance_uid == uid
    create, initiate = burner.asked()
    assert (create.uid, create.dataset.LabelText) == (uid, "edited")
    assert (initiate.uid, initiate.dataset.RequestPriority) == (uid, "LOW")


def test_what_the_device_finds_wrong_is_told(scu, study):
    @scu.before_n_create.connect
    def spoil(event):
        event.dataset.AllowMediaSplitting = "MAYBE"
        event.dataset.PatientName = "DOE^JOHN"

    request = scu.create_media(study)
    assert request.status == 0x0105
    assert request.status.comment == "unknown PatientName"

    @scu.before_n_create.connect
    def spoil_less(event):
        del event.dataset.PatientName

    request = scu.create_media(study)
    assert request.status == 0x0106
    assert "AllowMediaSplitting" in request.status.comment


def test_nothing_is_sent_of_what_cannot_be(scu, burner, study):
    wrong = [
        lambda: scu.create_media([]),
        lambda: scu.create_media([study, study]),
        lambda: scu.create_media(study, file_set_id="john"),
        lambda: scu.create_media(study, copies=0),
        lambda: scu.create_media(study, priority="urgent"),
        lambda: scu.create_media(study, application_profile="STD-GEN-DC"),
        lambda: scu.create_media(study, sop_instance_uid="mine"),
        lambda: scu.create_media(study, fileset="X"),
        lambda: scu.initiate("1.2.3", copies=0),
        lambda: scu.initiate("one"),
        lambda: scu.cancel("one"),
        lambda: scu.status("one"),
        lambda: scu.wait("1.2.3", interval=0),
        lambda: scu.wait("1.2.3", timeout=-1),
        lambda: scu.wait("1.2.3", interval=float("nan")),
    ]
    opened = []
    scu.before_connect.connect(opened.append)
    for call in wrong:
        with pytest.raises(ConfigError):
            call()
    assert not opened
    assert not burner.asked()


def test_a_peer_without_the_service_is_named(pynetdicom_server, study):
    scu = MediaCreationManagementScu(pynetdicom_server.peer, options=SHORT)
    with pytest.raises(NoAcceptedContext, match="Media Creation Management"):
        scu.create_media(study)
    assert scu.last_request is None or not scu.last_request.is_created


def test_nothing_works_without_an_engine(burner):
    DicomEngine.shutdown()
    scu = MediaCreationManagementScu(burner.peer)
    for call in (
        lambda: scu.create_media(UNKNOWN),
        lambda: scu.create(UNKNOWN),
        lambda: scu.initiate("1.2.3"),
        lambda: scu.cancel("1.2.3"),
        lambda: scu.status("1.2.3"),
        lambda: scu.wait("1.2.3"),
    ):
        with pytest.raises(EngineNotStartedError, match="MediaCreationManagementScu"):
            call()
    DicomEngine.startup()
