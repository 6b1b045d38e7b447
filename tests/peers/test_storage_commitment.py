"""Storage commitment over the wire, on every way on which its report may come."""

from __future__ import annotations

import logging
import threading

import pytest
from committing import INSTANCES, PAIRS, uids
from wire import CT_IMAGE_STORAGE

from dicomwire import (
    CommitmentError,
    ConfigError,
    DicomEngine,
    EngineNotStartedError,
    EventListener,
    StateError,
    StorageCommitmentScu,
    StorageReceiver,
    generate_uid,
)
from dicomwire.scu.commitment_ledger import LEDGER

SOP_CLASS = "1.2.840.10008.1.20.1"


@pytest.fixture
def scu(engine, commitment_scp):
    """Ask the server to report this on that way; no listener."""

    def make(what):
        return StorageCommitmentScu(commitment_scp.peer(what))

    return make


@pytest.mark.parametrize("way", ["SAME", "BEFORE"])
def test_the_report_comes_on_the_association_of_the_request(scu, commitment_scp, way):
    result = scu(f"ALL-{way}").request(PAIRS, wait=5)
    assert result.all_committed
    assert uids(result.committed) == INSTANCES
    assert (result.pattern, str(result.status)) == ("association", "0x0000 (Success)")
    assert 0 < result.seconds < 5
    assert result.raise_for_failures() is result
    assert commitment_scp.answers(1) == ["0x0000"]
    assert commitment_scp.lines()[0] == {"asked": result.transaction_uid, "instances": 8}


@pytest.mark.parametrize("way", ["BACK", "BACKFIRST"])
def test_the_peer_calls_back(called, way):
    result = called.scu(f"ALL-{way}").request(PAIRS, wait=5, listener=called.listener)
    assert (uids(result.committed), result.pattern) == (INSTANCES, "listener")
    assert called.scp.answers(1) == ["0x0000"]
    # It proposes the SCP role for itself, and gets it.
    assert [line["roles"] for line in called.scp.lines() if "roles" in line] == [[[False, True]]]


def test_the_listener_may_be_that_of_the_call(called):
    with EventListener("ANY") as probe:
        port = probe.port
    scu = StorageCommitmentScu(called.scp.peer("ALL-BACK"), calling_ae_title=f"CB{port}")
    assert scu.request(PAIRS, wait=5, listen=port).pattern == "listener"
    assert scu.request(PAIRS, wait=5, listen=(port, "127.0.0.1")).all_committed


def test_one_port_serves_instances_and_reports(engine, commitment_scp):
    with StorageReceiver("RX", event_sop_classes=[SOP_CLASS]) as receiver:
        title = f"CB{receiver.port}"
        scu = StorageCommitmentScu(commitment_scp.peer("ALL-BACK"), calling_ae_title=title)
        assert scu.request(PAIRS, wait=5, listener=receiver).pattern == "listener"


def test_a_report_on_the_association_is_heard_with_a_listener_as_well(called):
    result = called.scu("ALL-SAME").request(PAIRS, wait=5, listener=called.listener)
    assert (result.pattern, result.all_committed) == ("association", True)


def test_without_waiting_the_result_completes_by_itself(called):
    complete = threading.Event()
    scu = called.scu("ALL-BACK")
    scu.commitment_result += lambda event: complete.set()
    result = scu.request(PAIRS, wait=None, listener=called.listener)
    assert result.status == 0
    assert complete.wait(5)
    assert result.is_complete
    assert result.wait(0)


def test_waiting_for_it_later(called):
    result = called.scu("ALL-BACK").request(PAIRS, wait=None, listener=called.listener)
    assert result.wait(5)
    assert result.pattern == "listener"


def test_waiting_later_on_the_association_that_is_kept(scu):
    with scu("ALL-SAME") as kept:
        result = kept.request(PAIRS, wait=None)
        assert result.wait(5)
    assert result.pattern == "association"


def test_the_report_may_come_on_the_next_association(scu):
    result = scu("ALL-NEXT").request(PAIRS, wait=None)
    assert not result.is_complete
    assert result.wait(5)
    assert result.pattern == "association"


def test_the_report_may_come_to_another_object(scu):
    result = scu("ALL-NEXT").request(PAIRS, wait=None)
    assert scu("ALL-NEVER").wait_for_event_report(5).status == 0
    assert result.all_committed


def test_going_on_after_a_restart(called):
    uid = generate_uid()
    DicomEngine.startup()
    # Another process would have asked; this one forgets that it did.
    result = called.scu("ALL-NEXT").request(PAIRS, wait=None, transaction_uid=uid)
    result.forget()
    DicomEngine.shutdown()
    again = called.scu("ALL-NEXT").expect(uid, PAIRS)
    assert (again.transaction_uid, again.status, again.is_complete) == (uid, None, False)
    assert again.wait(5)
    assert uids(again.committed) == INSTANCES
    assert not result.is_complete


def test_large_requests_are_divided(scu, commitment_scp):
    # Not after the answer: pynetdicom takes our next request for the response to its report.
    result = scu("ALL-BEFORE").request(PAIRS, wait=5, max_instances=3)
    assert len(set(result.transaction_uids)) == 3
    assert uids(result.committed) == INSTANCES
    asked = {line["asked"]: line["instances"] for line in commitment_scp.lines() if "asked" in line}
    assert asked == dict(zip(result.transaction_uids, [3, 3, 2], strict=True))


def test_divided_requests_may_be_called_back_on(called):
    events = []
    scu = called.scu("ALL-BACK")
    scu.commitment_result += events.append
    result = scu.request(PAIRS, wait=5, listener=called.listener, max_instances=2)
    assert result.all_committed
    assert {event.transaction.uid for event in events} == {*result.transaction_uids}
    assert len(events) == 4
    assert all(event.result is result for event in events)


# What is reported.


def test_each_reason_has_its_words(scu):
    result = scu("REASONS-SAME").request(PAIRS, wait=5)
    assert uids(result.committed) == INSTANCES[:1]
    assert [str(one.failure_reason) for one in result.failed] == [
        "0x0110 (Processing failure)",
        "0x0112 (No such SOP instance)",
        "0x0213 (Resource limitation)",
        "0x0122 (SOP class not supported)",
        "0x0119 (Class-instance conflict)",
        "0x0131 (Duplicate transaction UID)",
        "0xA700 (Failure)",
    ]
    assert [result.is_committed(uid) for uid in INSTANCES[:2]] == [True, False]
    with pytest.raises(CommitmentError, match=r"1 of 8 instances are committed: 2\.25\.2: 0x0110"):
        result.raise_for_failures()


def test_what_the_report_leaves_out_is_not_committed(scu):
    result = scu("FEWER-SAME").request(PAIRS, wait=5)
    assert (uids(result.missing), result.failed) == (INSTANCES[-1:], [])
    assert result.is_complete
    assert not result.all_committed
    with pytest.raises(CommitmentError, match=r"1 are not in the report, the first is 2\.25\.8"):
        result.raise_for_failures()


def test_what_nobody_asked_for_is_unexpected(scu):
    result = scu("MORE-SAME").request(PAIRS, wait=5)
    assert uids(result.unexpected) == ["2.25.4711"]
    assert result.all_committed


@pytest.mark.parametrize(
    ("what", "failed", "missing"),
    [
        ("BOTH", 1, 0),
        ("NOREASON", 1, 0),
        ("OTHERCLASS", 0, 1),
        ("NOITEMUID", 0, 1),
        ("EMPTY", 0, 8),
    ],
)
def test_a_report_in_doubt_commits_to_nothing(scu, what, failed, missing):
    result = scu(f"{what}-SAME").request(PAIRS, wait=5)
    assert (len(result.failed), len(result.missing)) == (failed, missing)
    assert len(result.committed) == 8 - failed - missing


def test_where_they_are_kept(scu):
    result = scu("MEDIA-SAME").request(PAIRS, wait=5)
    assert result.retrieve_ae_title == "ARCHIVE"
    assert result.storage_media_file_set_id == "DISC1"
    assert result.storage_media_file_set_uid == "2.25.99"
    result = scu("ITEMS-SAME").request(PAIRS, wait=5)
    assert result.retrieve_ae_title is None
    assert {one.retrieve_ae_title for one in result.committed} == {"NODE1"}
    assert {one.storage_media_file_set_id for one in result.committed} == {"D1"}


# Events.


def test_events_around_a_request(scu):
    seen = []
    committing = scu("ALL-SAME")
    for name in ("before_n_action", "after_n_action", "event_report", "commitment_result"):
        getattr(committing, name).connect(lambda event, name=name: seen.append((name, event)))
    result = committing.request(PAIRS, wait=5)
    assert sorted(name for name, _ in seen) == [
        "after_n_action",
        "before_n_action",
        "commitment_result",
        "event_report",
    ]
    events = dict(seen)
    assert events["before_n_action"].action_type_id == 1
    assert events["before_n_action"].sop_instance_uid == "1.2.840.10008.1.20.1.1"
    assert events["before_n_action"].dataset.TransactionUID == result.transaction_uid
    assert events["after_n_action"].status == 0
    report = events["event_report"]
    assert (report.event_type_id, report.status, report.on_listener) == (1, 0, False)
    told = events["commitment_result"]
    assert (told.peer, told.result) == (committing.peer, result)
    assert told.transaction is result.transactions[0]
    assert committing.last_result is result


def test_a_handler_may_change_what_is_asked(scu):
    committing = scu("ALL-SAME")
    committing.before_n_action += lambda event: event.dataset.ReferencedSOPSequence.pop()
    result = committing.request(PAIRS, wait=5)
    assert uids(result.missing) == INSTANCES[-1:]


def test_what_a_handler_raises_is_raised(scu):
    committing = scu("ALL-SAME")

    def fail(event):
        event.result.raise_for_failures()
        raise LookupError(event.transaction.uid)

    committing.commitment_result += fail
    with pytest.raises(LookupError):
        committing.request(PAIRS, wait=5)
    assert committing.last_result.all_committed
    failing = scu("FEWER-SAME")
    failing.commitment_result += fail
    with pytest.raises(CommitmentError):
        failing.request(PAIRS, wait=5)


# Reports that come again, or belong to nobody.


def test_a_report_that_comes_again_is_answered_and_ignored(called, caplog):
    events = []
    scu = called.scu("ALL-BACKTWICE")
    scu.commitment_result += events.append
    assert scu.request(PAIRS, wait=5, listener=called.listener).all_committed
    assert called.scp.answers(2) == ["0x0000", "0x0000"]
    assert len(events) == 1
    assert "nobody here waits for" not in caplog.text


def test_a_report_that_comes_again_on_the_association(scu, commitment_scp):
    with scu("ALL-TWICE") as committing:
        assert committing.request(PAIRS, wait=5).all_committed
        assert committing.wait_for_event_report(5).status == 0
    assert commitment_scp.answers(2) == ["0x0000", "0x0000"]


def test_a_report_of_an_unknown_transaction_is_answered_with_a_failure(scu, commitment_scp, caplog):
    reports = []
    committing = scu("ALL-STRANGER")
    committing.event_report += reports.append
    assert committing.request(PAIRS, wait=5).all_committed
    assert commitment_scp.answers(2) == ["0x0115", "0x0000"]
    assert [report.status for report in reports] == [0x0115, 0]
    assert "transaction 2.25.666, which nobody here waits for (8 committed" in caplog.text


def test_a_handler_may_take_a_report_of_an_unknown_transaction(called):
    def mine(report):
        report.status = 0

    called.listener.event_report += mine
    scu = called.scu("ALL-BACK")
    # Before the server can report.
    scu.before_n_action += lambda event: scu.last_result.forget()
    result = scu.request(PAIRS, wait=None, listener=called.listener)
    assert called.scp.answers(1) == ["0x0000"]
    assert not result.is_complete


@pytest.mark.parametrize(
    ("what", "answer", "says"),
    [
        ("TYPE3", "0x0113", "event type 3 is unknown"),
        ("NOUID", "0x0115", "no Transaction UID"),
        ("NOINFO", "0x0115", "no event information"),
    ],
)
def test_a_report_without_sense_is_refused(called, caplog, what, answer, says):
    scu = called.scu(f"{what}-BACK")
    with caplog.at_level(logging.WARNING):
        result = scu.request(PAIRS, wait=None, listener=called.listener)
        assert called.scp.answers(1) == [answer]
    assert says in caplog.text
    assert not result.is_complete
    result.forget()


# What cannot be.


@pytest.mark.parametrize("classes", [[], iter(["1.2.3"]), "1.2.3", b"1.2.3", 5])
def test_a_listener_takes_the_reports_of_something(classes):
    with pytest.raises(ConfigError, match="must be a list of one UID or more"):
        EventListener("X", sop_classes=classes)


@pytest.mark.parametrize("kind", [EventListener, StorageReceiver])
def test_a_text_is_no_list_of_titles(kind):
    with pytest.raises(ConfigError, match="calling_ae_titles='PACS': must be a list, also of one"):
        kind("X", calling_ae_titles="PACS")


def test_the_sop_classes_of_a_receiver():
    with pytest.raises(ConfigError, match=r"event_sop_classes='1.2.3': must be a list"):
        StorageReceiver("X", event_sop_classes="1.2.3")
    assert StorageReceiver("X", event_sop_classes=iter(["1.2.3"])).event_sop_classes == ("1.2.3",)


@pytest.mark.parametrize("what", ["", ("1.2.840.10008.5.1.4.1.1.2", ""), [""]])
def test_an_empty_path_is_not_the_working_directory(called, what):
    with pytest.raises(ConfigError, match="the path is empty"):
        called.scu("ALL-SAME").request(what)
    assert called.scp.lines() == []


def test_arguments_that_cannot_be(called, engine):
    scu = called.scu("ALL-SAME")
    with EventListener("X", sop_classes=["1.2.840.10008.5.1.1.14"]) as other:
        for arguments, says in [
            ({"wait": -1}, "wait=-1"),
            ({"max_instances": 0}, "max_instances=0"),
            ({"listener": "here"}, "must be an EventListener"),
            ({"listener": other}, "takes no event reports of storage commitment"),
            ({"listener": called.listener, "listen": 1}, "give one of them"),
            ({"listen": 11113, "wait": None}, "wait=None does not wait"),
            ({"listen": 70000}, "must be a port"),
            ({"listen": (11113, 1)}, "must be a port"),
            ({"listen": called.listener.port}, "cannot listen on"),
            ({"transaction_uid": "one"}, "is no UID"),
            ({"transaction_uid": "2.25.1", "max_instances": 2}, "4 transactions"),
        ]:
            with pytest.raises(ConfigError, match=says):
                scu.request(PAIRS, **arguments)
    with pytest.raises(StateError, match="not running"):
        scu.request(PAIRS, listener=EventListener("X"))
    with pytest.raises(StateError, match="not running"):
        scu.expect("2.25.1", PAIRS, listener=EventListener("X"))
    assert called.scp.lines() == []


def test_a_transaction_is_awaited_once(scu):
    committing = scu("ALL-NEVER")
    first = committing.expect("2.25.5", PAIRS)
    with pytest.raises(ConfigError, match="awaited already"):
        committing.expect("2.25.5", PAIRS)
    with pytest.raises(ConfigError, match="awaited already"):
        committing.request(PAIRS, transaction_uid="2.25.5")
    first.forget()
    committing.expect("2.25.5", PAIRS).forget()


def test_nothing_without_an_engine(commitment_scp):
    scu = StorageCommitmentScu(commitment_scp.peer("ALL-SAME"))
    with pytest.raises(EngineNotStartedError):
        scu.request(PAIRS)
    with pytest.raises(EngineNotStartedError):
        scu.expect("2.25.1", PAIRS)


def test_the_end_of_the_engine_ends_every_wait(commitment_scp):
    with DicomEngine():
        scu = StorageCommitmentScu(commitment_scp.peer("ALL-NEVER"))
        result = scu.request(PAIRS, wait=None)
        assert len(LEDGER) == 1
    assert len(LEDGER) == 0
    with pytest.raises(EngineNotStartedError):
        result.wait(1)
    assert scu.last_result is result


def test_cancel_ends_a_wait_and_a_later_report_counts_all_the_same(called):
    scu = called.scu("ALL-NEVER")
    threading.Timer(0.1, scu.cancel).start()
    result = scu.request(PAIRS, wait=60)
    assert not result.is_complete
    threading.Timer(0.1, scu.cancel).start()
    assert not result.wait(60)
    threading.Timer(0.1, scu.cancel).start()
    heard = scu.request([(CT_IMAGE_STORAGE, "2.25.99")], wait=60, listener=called.listener)
    assert not heard.is_complete
    threading.Timer(0.1, scu.cancel).start()
    assert not heard.wait(60)


def test_cancel_ends_the_requests(scu, commitment_scp):
    committing = scu("ALL-NEVER")
    committing.after_n_action += lambda event: committing.cancel()
    result = committing.request(PAIRS, wait=60, max_instances=2)
    assert len(commitment_scp.lines()) == 1
    assert (len(result.pending), len(result.missing)) == (2, 6)


def test_two_threads_wait_on_one_object(called):
    scu = called.scu("ALL-NEVER")
    first = scu.request(PAIRS[:1], wait=None)
    waiting = threading.Event()
    scu.after_n_action += lambda event: waiting.set()
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(scu.request(PAIRS[1:], wait=60)))
    thread.start()
    assert waiting.wait(5)
    # The thread has the association; this one watches.
    assert not first.wait(0.05)
    scu.cancel()
    thread.join(5)
    assert not outcomes[0].is_complete
