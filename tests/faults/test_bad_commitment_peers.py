"""Peers that refuse storage commitment, break off, fall silent, or never report."""

from __future__ import annotations

import threading
import time

import pytest
import wire
from committing import INSTANCES, PAIRS, uids
from generated import write_series
from scripted import accept_and_never_answer, refuse_all_contexts
from storing import SHORT

from dicomwire import (
    AssociationAborted,
    AssociationOptions,
    AssociationRejected,
    CommitmentError,
    CommitmentOptions,
    ConfigError,
    ConnectError,
    ConnectionLost,
    DicomTimeout,
    EventListener,
    NoAcceptedContext,
    RemoteProtocolError,
    StateError,
    StorageCommitmentScu,
    StoreError,
    StoreScu,
)
from dicomwire.scu.commitment_ledger import LEDGER

pytestmark = pytest.mark.usefixtures("engine")

STATUSES = [
    (0x0110, "Processing failure"),
    (0x0112, "No such SOP instance"),
    (0x0114, "No such argument"),
    (0x0115, "Invalid argument value"),
    (0x0117, "Invalid SOP instance"),
    (0x0118, "No such SOP class"),
    (0x0119, "Class-instance conflict"),
    (0x0123, "No such action type"),
    (0x0124, "Not authorized"),
    (0x0131, "Duplicate transaction UID"),
    (0x0210, "Duplicate invocation"),
    (0x0211, "Unrecognized operation"),
    (0x0212, "Mistyped argument"),
    (0x0213, "Resource limitation"),
]


@pytest.mark.parametrize(("status", "words"), STATUSES)
def test_each_refusal_is_data(commitment_scp, status, words):
    events = []
    scu = StorageCommitmentScu(commitment_scp.peer(f"ACTION-{status:04X}"))
    scu.commitment_result += events.append
    result = scu.request(PAIRS, wait=60)
    assert (result.status, result.status.meaning) == (status, words)
    assert (result.is_complete, result.all_committed) == (True, False)
    assert uids(result.missing) == INSTANCES
    assert result.is_committed(INSTANCES[0]) is False
    assert [event.transaction.is_refused for event in events] == [True]
    with pytest.raises(CommitmentError, match=f"answered 0x{status:04X}") as raised:
        result.raise_for_failures()
    assert raised.value.status == status
    # Nobody waits for a report of it.
    assert len(LEDGER) == 0


def test_a_refusal_with_a_warning_is_no_refusal(commitment_scp):
    result = StorageCommitmentScu(commitment_scp.peer("ACTION-0107")).request(PAIRS, wait=0.05)
    assert (result.status.is_warning, result.is_complete) == (True, False)


def test_some_of_a_divided_request_may_be_refused(commitment_scp):
    scu = StorageCommitmentScu(commitment_scp.peer("ACTION-0213"))
    result = scu.request(PAIRS, max_instances=4)
    assert [one.is_refused for one in result.transactions] == [True, True]
    assert "0x0213 (Resource limitation) to the request for 8" in result.summary


def test_a_peer_that_reports_and_then_refuses_has_committed_to_nothing(commitment_scp):
    result = StorageCommitmentScu(commitment_scp.peer("ALL-CONTRA")).request(PAIRS)
    assert (result.status, result.committed, len(result.missing)) == (0x0110, [], 8)
    assert commitment_scp.answers(1) == ["0x0000"]


def test_the_service_that_the_peer_lacks_is_named(storescp, scripted_peer):
    for peer in (storescp.peer, scripted_peer(refuse_all_contexts).peer):
        scu = StorageCommitmentScu(peer)
        with pytest.raises(NoAcceptedContext, match="Storage Commitment Push Model"):
            scu.request(PAIRS)
        assert uids(scu.last_result.missing) == INSTANCES
        assert "the request for 8 could not be sent" in scu.last_result.summary
    assert len(LEDGER) == 0


def test_a_report_that_never_comes_leaves_the_result_pending(commitment_scp):
    began = time.monotonic()
    result = StorageCommitmentScu(commitment_scp.peer("ALL-NEVER")).request(PAIRS, wait=0.1)
    assert time.monotonic() - began < 5
    assert (result.is_complete, result.pattern, result.missing) == (False, None, [])
    assert uids(result.pending) == INSTANCES
    assert result.is_committed(INSTANCES[0]) is None
    assert not result.wait(0.05)
    with pytest.raises(CommitmentError, match="has not reported on 8 yet"):
        result.raise_for_failures()


@pytest.fixture(params=["abort", "release", "reset"])
def leaving(request, scripted_peer):
    """Ask a peer that answers, and ends the association when its answer has arrived."""
    arrived = threading.Event()

    def leave(talk):
        talk.accept()
        talk.respond(talk.read_message())
        assert arrived.wait(10)
        if request.param == "reset":
            talk.reset()
            return
        talk.send(wire.abort() if request.param == "abort" else wire.release_rq())
        talk.read_and_stay_silent()

    scu = StorageCommitmentScu(scripted_peer(leave).peer, options=SHORT)
    scu.after_n_action += lambda event: arrived.set()
    return scu


def test_an_association_that_ends_while_the_report_is_awaited(leaving):
    began = time.monotonic()
    result = leaving.request(PAIRS, wait=60)
    # Without a listener there is nothing left to wait for.
    assert time.monotonic() - began < 20
    assert result.status == 0
    assert uids(result.pending) == INSTANCES


def test_the_listener_goes_on_when_the_association_ended(called, leaving, commitment_scp):
    result = leaving.request(PAIRS, wait=0.3, listener=called.listener)
    assert (result.status, result.is_complete) == (0, False)
    # Somebody else asks for the same transaction, so that the server reports on it.
    again = called.scu("ALL-BACK")
    again.before_n_action += lambda event: setattr(
        event.dataset, "TransactionUID", result.transaction_uid
    )
    again.request(PAIRS, wait=None, listener=called.listener).forget()
    assert result.wait(5)
    assert result.all_committed


def test_an_association_that_is_cut_off_before_the_answer(commitment_scp):
    scu = StorageCommitmentScu(commitment_scp.peer("ALL-ABORT"))
    with pytest.raises(AssociationAborted):
        scu.request(PAIRS, max_instances=6)
    # The first request may have arrived; the second was never sent.
    result = scu.last_result
    assert (result.status, uids(result.pending)) == (None, INSTANCES[:6])
    assert uids(result.missing) == INSTANCES[6:]
    assert len(LEDGER) == 1


@pytest.mark.parametrize("fails", [LookupError, ConfigError, StateError])
def test_handlers_that_fail_before_and_after_the_request(commitment_scp, fails):
    def fail(event):
        raise fails("in the handler")

    scu = StorageCommitmentScu(commitment_scp.peer("ALL-NEVER"))
    scu.before_n_action += fail
    with pytest.raises(fails, match="in the handler"):
        scu.request(PAIRS)
    assert "the request for 8 could not be sent" in scu.last_result.summary
    assert len(LEDGER) == 0
    scu.before_n_action -= fail
    scu.after_n_action += fail
    with pytest.raises(fails, match="in the handler"):
        scu.request(PAIRS)
    # The peer has it, and may report.
    assert uids(scu.last_result.pending) == INSTANCES
    assert len(LEDGER) == 1


def test_a_call_that_is_refused_leaves_the_running_one_alone(commitment_scp):
    scu = StorageCommitmentScu(commitment_scp.peer("ALL-NEVER"))
    refused = []

    def ask_as_well(event):
        # From another thread, while the request is answered.
        def ask():
            try:
                scu.request(PAIRS[:1])
            except StateError as error:
                refused.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        scu.cancel()

    scu.after_n_action += ask_as_well
    result = scu.request(PAIRS, wait=60)
    assert len(refused) == 1
    assert scu.last_result is result
    assert uids(result.pending) == INSTANCES


def cut_off(talk):
    talk.accept()
    talk.read_message()
    talk.reset()


def talk_nonsense(talk):
    talk.accept()
    talk.read_message()
    talk.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    talk.read_and_stay_silent()


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (cut_off, ConnectionLost),
        (talk_nonsense, RemoteProtocolError),
        (accept_and_never_answer, DicomTimeout),
    ],
)
def test_requests_that_are_not_answered(scripted_peer, script, error):
    scu = StorageCommitmentScu(scripted_peer(script).peer, options=SHORT)
    with pytest.raises(error):
        scu.request(PAIRS, wait=60)
    assert uids(scu.last_result.pending) == INSTANCES
    scu.last_result.forget()
    assert len(LEDGER) == 0


def test_a_report_to_a_listener_counts_although_the_answer_was_lost(called):
    # The server calls back before it answers; here its answer comes too late.
    options = AssociationOptions(timeouts=SHORT.timeouts)
    scu = called.scu("ALL-BACKFIRST", options=options)

    def cut(event):
        scu.abort()

    called.listener.event_report += cut
    with pytest.raises(AssociationAborted):
        scu.request(PAIRS, wait=5, listener=called.listener)
    assert scu.last_result.wait(5)
    assert scu.last_result.all_committed
    assert scu.last_result.status is None


def test_a_call_back_that_we_refuse(commitment_scp):
    with EventListener("X", calling_ae_titles=["SOMEBODY"]) as listener:
        title = f"CB{listener.port}"
        scu = StorageCommitmentScu(commitment_scp.peer("ALL-BACK"), calling_ae_title=title)
        result = scu.request(PAIRS, wait=None, listener=listener)
        assert commitment_scp.answers(1) == ["no association"]
        assert not result.is_complete


def test_a_call_back_that_is_cut_off(called):
    result = called.scu("ALL-BACKABORT").request(PAIRS, wait=None, listener=called.listener)
    assert called.scp.answers(1) == ["aborted"]
    assert not result.wait(0.05)


def test_a_handler_of_the_listener_that_fails(called, caplog):
    def fail(event):
        raise LookupError("in the handler")

    called.listener.event_report += fail
    result = called.scu("ALL-BACK").request(PAIRS, wait=5, listener=called.listener)
    # The result is there all the same; the peer is told of the failure, and may try again.
    assert result.all_committed
    assert called.scp.answers(1) == ["0x0110"]
    assert "a handler failed on event" in caplog.text


def test_nobody_listens(unused_port):
    scu = StorageCommitmentScu(f"PACS@127.0.0.1:{unused_port}")
    with pytest.raises(ConnectError):
        scu.request(PAIRS)
    assert uids(scu.last_result.missing) == INSTANCES


@pytest.fixture
def unused_port():
    from processes import free_port

    return free_port()


# Storing and committing.


def test_everything_is_stored_although_commitment_is_refused(storescp, tmp_path):
    write_series(tmp_path, 3)
    report = StoreScu(storescp.peer).store(tmp_path, commit=True)
    assert (report.sent, report.failed, len(storescp.files())) == (3, 0, 3)
    assert "was not requested" in report.commitment_error
    assert "Storage Commitment Push Model" in report.commitment_error
    assert [result.committed for result in report.results] == [False] * 3
    with pytest.raises(StoreError, match="Storage Commitment Push Model") as raised:
        report.raise_for_failures()
    assert raised.value.report is report


@pytest.mark.parametrize("what", ["ALL-ABORT", "ALL-NEVER", "ACTION-0110", "FEWER-SAME"])
def test_everything_is_stored_whatever_becomes_of_commitment(commitment_scp, tmp_path, what):
    write_series(tmp_path, 3)
    # Only where a report comes is there something worth waiting for.
    options = CommitmentOptions(wait=0.1 if what == "ALL-NEVER" else 20)
    report = StoreScu(commitment_scp.peer(what)).store(tmp_path, commit=options)
    assert (report.sent, report.failed, report.commitment.all_committed) == (3, 0, False)
    assert {result.outcome for result in report.results} == {"sent"}
    committed = {result.committed for result in report.results}
    expected = {"ACTION-0110": {False}, "FEWER-SAME": {True, False}}
    assert committed == expected.get(what, {None})
    if what == "ALL-ABORT":
        assert "may not have reached" in report.commitment_error
    else:
        assert report.commitment_error is None
    with pytest.raises(StoreError):
        report.raise_for_failures()


def test_the_peer_may_reject_the_second_association(scripted_peer, tmp_path):
    def reject(talk):
        talk.read_associate_rq()
        talk.send(wire.associate_rj(1, 1, 1))

    def accept(talk):
        talk.accept()
        talk.serve()

    write_series(tmp_path, 2)
    report = StoreScu(scripted_peer(accept, reject).peer).store(tmp_path, commit=True)
    assert report.sent == 2
    assert "rejected" in report.commitment_error
    scu = StorageCommitmentScu(scripted_peer(reject).peer)
    with pytest.raises(AssociationRejected):
        scu.request(PAIRS)
