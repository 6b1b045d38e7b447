"""Normalized services at odd moments: an end right behind an answer, calls that cannot be."""

from __future__ import annotations

import contextlib
import os
import threading

import dimse
import pytest
import wire
from pydicom import Dataset
from scripted import PeerLeft
from scripted_normalized import ATTRIBUTES, PROCEDURE_STEP, answer, normalized_scp
from storing import SHORT

from dicomwire import (
    AssociationAborted,
    AssociationOptions,
    ConfigError,
    DicomEngine,
    EncodeError,
    Limits,
    NoAcceptedContext,
    NormalizedScu,
    RemoteProtocolError,
    Timeouts,
)
from dicomwire.scu.normalized_operations import Deleting, Reported

pytestmark = pytest.mark.usefixtures("engine")

COMMITMENT = "1.2.840.10008.1.20.1"


def user(peer, options=SHORT):
    return NormalizedScu(peer.peer, PROCEDURE_STEP, options=options)


class Steps(Deleting, Reported):
    """Some operations on one association."""

    def _abstract_syntaxes(self):
        return (PROCEDURE_STEP,)

    def delete(self):
        return self._n_delete("1.2.3", sop_class_uid=PROCEDURE_STEP)

    def twice(self, between):
        with self._conversation("twice"):
            with contextlib.suppress(EncodeError):
                self.delete()
            between()
            return self.delete()


def answer_and(last):
    """Respond with success, and send bytes right behind it in the same segment."""

    def step(asked):
        command = dimse.encode(dimse.response_to(asked.message.command, 0))
        response = wire.p_data(asked.message.context_id, command, command=True, last=True)
        asked.talk.send(response + last)
        asked.talk.read_and_stay_silent()

    return step


@pytest.mark.parametrize("last", [wire.release_rq(), wire.abort(), b"\xff" * 16])
def test_an_answer_counts_whatever_comes_right_behind_it(scripted_peer, last):
    peer = scripted_peer(normalized_scp(answer_and(last)), normalized_scp(answer()))
    with user(peer) as scu:
        assert scu.n_create(Dataset(), "1.2.3").is_success
        # The association has ended, and the next operation knows.
        assert scu.n_delete("1.2.3").is_success
    assert len(peer.conversations) == 2


def test_a_release_right_behind_the_answer_meets_ours(scripted_peer, caplog):
    ended = []

    def step(asked):
        command = dimse.encode(dimse.response_to(asked.message.command, 0))
        response = wire.p_data(asked.message.context_id, command, command=True, last=True)
        asked.talk.send(response + wire.release_rq())
        ended.append(asked.talk.read_pdu()[0])
        asked.talk.send(wire.release_rp())
        ended.append(asked.talk.read_pdu()[0])
        raise PeerLeft

    caplog.set_level("INFO", "dicomwire")
    assert user(scripted_peer(normalized_scp(step))).n_delete("1.2.3").is_success
    assert "not confirmed" not in caplog.text
    assert ended == [wire.RELEASE_RQ, wire.RELEASE_RP]


def test_a_release_is_not_drowned_in_what_the_peer_still_has_to_say(scripted_peer, caplog):
    def play(asked):
        asked.respond(0)
        number = asked.message.context_id
        report = {
            "command_field": dimse.N_EVENT_REPORT_RQ,
            "message_id": 1,
            "data_set_type": dimse.DATA_SET,
        }
        asked.talk.send(wire.p_data(number, dimse.encode(report), command=True, last=True))
        block = wire.p_data(number, bytes(16000), command=False, last=False) * 500
        while not (asked.talk.has_left or asked.talk.closing.is_set()):
            asked.talk.send(block)
        raise PeerLeft

    caplog.set_level("INFO", "dicomwire")
    options = AssociationOptions(timeouts=Timeouts.uniform(60))
    assert user(scripted_peer(normalized_scp(play)), options).n_delete("1.2.3").is_success
    assert "a data set longer than the limit" in caplog.text


def test_a_pending_status_is_none_of_these_services(scripted_peer):
    peer = scripted_peer(normalized_scp(answer(0xFF00)), normalized_scp(answer()))
    with user(peer) as scu:
        with pytest.raises(RemoteProtocolError, match="final Status"):
            scu.n_delete("1.2.3")
        assert scu.n_delete("1.2.3").is_success


def test_a_data_set_beyond_the_limit_is_an_error_of_the_peer(scripted_peer):
    options = AssociationOptions(timeouts=SHORT.timeouts, limits=Limits(max_identifier=1024))
    peer = scripted_peer(normalized_scp(answer(0, ATTRIBUTES * 200)))
    with pytest.raises(RemoteProtocolError, match="limit of 1024 bytes"):
        user(peer, options).n_get("1.2.3")


@pytest.mark.parametrize("seconds", [-1.0, 0.0, float("-inf"), float("nan")])
def test_a_time_that_has_passed_is_not_waited_for(scripted_peer, seconds):
    assert user(scripted_peer(normalized_scp(answer()))).wait_for_event_report(seconds) is None


def report_to(talk, number, data_set, **changes):
    """Report an event to an association on which nothing was asked."""
    command = {
        "affected_sop_class_uid": PROCEDURE_STEP,
        "command_field": dimse.N_EVENT_REPORT_RQ,
        "message_id": number,
        "affected_sop_instance_uid": f"2.25.{number}",
        "event_type_id": number,
        **changes,
    }
    talk.send_message(1, command, data_set)
    return talk.read_message().command["status"]


def test_a_report_that_cannot_be_read_does_not_end_the_wait(scripted_peer):
    def play(talk):
        talk.accept()
        assert report_to(talk, 1, ATTRIBUTES[:-1]) == 0x0110
        assert report_to(talk, 2, ATTRIBUTES) == 0
        talk.serve()

    report = user(scripted_peer(play)).wait_for_event_report(30)
    assert report is not None
    assert report.event_type_id == 2


def test_other_requests_without_end_do_not_prolong_the_wait(scripted_peer):
    request = dimse.encode(
        {"command_field": dimse.C_ECHO_RQ, "message_id": 1, "data_set_type": dimse.NO_DATA_SET}
    )
    over = threading.Event()

    def play(talk):
        talk.accept()

        def drain():
            with contextlib.suppress(PeerLeft):
                talk.read_and_stay_silent()

        draining = threading.Thread(target=drain)
        draining.start()
        block = wire.p_data(1, request, command=True, last=True) * 50
        while not (over.is_set() or talk.has_left or talk.closing.is_set()):
            talk.send(block)
        talk.reset()
        draining.join()

    scu = user(scripted_peer(play))
    guard = threading.Timer(5, scu.abort)
    guard.start()
    try:
        assert scu.wait_for_event_report(0.05) is None
    finally:
        guard.cancel()
        over.set()


def test_a_report_nobody_could_answer_is_not_passed_over_in_silence(scripted_peer):
    reported = threading.Event()

    def report_unasked(talk):
        request = talk.read_associate_rq()
        first, *others = request.accept_first()
        talk.send(wire.associate_ac([first, *((number, 3, uid) for number, _, uid in others)]))
        command = {
            "affected_sop_class_uid": PROCEDURE_STEP,
            "command_field": dimse.N_EVENT_REPORT_RQ,
            "message_id": 1,
            "affected_sop_instance_uid": "2.25.1",
            "event_type_id": 1,
        }
        talk.send_message(1, command)
        reported.set()
        talk.read_and_stay_silent()

    peer = scripted_peer(report_unasked, normalized_scp(answer()))
    scu = NormalizedScu(peer.peer, [PROCEDURE_STEP, COMMITMENT], options=SHORT)
    with scu:
        with pytest.raises(NoAcceptedContext):
            scu.n_delete("1.2.3", sop_class_uid=COMMITMENT)
        assert reported.wait(10)
        # Loopback has it by then: the send returned.
        assert scu.n_delete("1.2.3").is_success
    # The association that has an unanswered request is given up: the peer sees its end.
    assert len(peer.conversations) == 2


def test_a_conversation_knows_that_it_was_aborted(scripted_peer):
    scu = Steps(scripted_peer(normalized_scp(answer())).peer, options=SHORT)
    with pytest.raises(AssociationAborted, match="before this was asked"):
        scu.twice(between=scu.abort)
    assert scu.delete().is_success


def test_a_conversation_knows_that_a_handler_ended_it(scripted_peer):
    def report_first(asked):
        asked.report(1)
        asked.talk.read_and_stay_silent()

    peer = scripted_peer(normalized_scp(report_first), normalized_scp(answer()))
    scu = Steps(peer.peer, options=SHORT)

    def fail(report):
        raise EncodeError("no such value")

    scu.event_report.connect(fail)
    with pytest.raises(AssociationAborted, match="before this was asked"):
        scu.twice(between=lambda: None)
    assert scu.delete().is_success


@pytest.mark.parametrize("keep", [False, True])
def test_a_refusal_a_handler_met_elsewhere_leaves_this_association_in_order(scripted_peer, keep):
    peer = scripted_peer(normalized_scp(answer()))
    scu = user(peer)

    def fail(event):
        raise NoAcceptedContext("somebody else does not store", proposed=[])

    scu.before_n_delete.connect(fail)
    released = []
    scu.after_release_request.connect(released.append)
    with scu if keep else contextlib.nullcontext():
        with pytest.raises(NoAcceptedContext, match="somebody else"):
            scu.n_delete("1.2.3")
        assert len(released) == (0 if keep else 1)
        scu.before_n_delete.clear()
        assert scu.n_delete("1.2.3").is_success
    assert len(peer.conversations) == (1 if keep else 2)


BAD_CALLS = {
    "no instance to change": (lambda scu: scu.n_set(None, Dataset()), "sop_instance_uid"),
    "no changes": (lambda scu: scu.n_set("1.2.3", None), "dataset"),
    "no instance to delete": (lambda scu: scu.n_delete(""), "sop_instance_uid"),
    "an action type beyond 16 bits": (lambda scu: scu.n_action("1.2.3", 65536), "action_type_id"),
    "an action type that is none": (lambda scu: scu.n_action("1.2.3", None), "action_type_id"),
    "a tag that is none": (lambda scu: scu.n_get("1.2.3", ["NoSuchKeyword"]), "NoSuchKeyword"),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_call_that_cannot_be_is_told_of_and_harms_nothing(scripted_peer, name):
    call, words = BAD_CALLS[name]
    peer = scripted_peer(normalized_scp(answer()))
    with user(peer) as scu:
        assert scu.n_delete("1.2.3").is_success
        with pytest.raises(ConfigError, match=words):
            call(scu)
        assert scu.n_delete("1.2.3").is_success
    assert len(peer.conversations) == 1


def test_a_bare_call_does_not_make_the_engine_forget_what_another_thread_keeps(scripted_peer):
    entered, kept = threading.Event(), threading.Event()

    def wait(asked):
        entered.set()
        assert kept.wait(10)
        asked.respond(0)

    scu = user(scripted_peer(normalized_scp(wait)))
    bare = threading.Thread(target=scu.n_delete, args=("1.2.3",))
    bare.start()
    assert entered.wait(10)
    with scu:
        kept.set()
        bare.join()
        assert scu in DicomEngine._resources.values()


def test_a_child_process_does_not_use_the_association_of_its_parent(scripted_peer):
    peer = scripted_peer(normalized_scp(answer()))
    with user(peer, AssociationOptions(timeouts=Timeouts.uniform(5))) as scu:
        assert scu.n_delete("1.2.3").is_success
        child = os.fork()
        if child == 0:
            # Nothing of pytest may run here.
            fine = False
            with contextlib.suppress(BaseException):
                fine = scu.n_delete("1.2.4").is_success
            os._exit(0 if fine else 1)
        _, code = os.waitpid(child, 0)
        assert code == 0
        assert len(peer.conversations) == 2
        assert scu.n_delete("1.2.5").is_success
    assert len(peer.conversations) == 2


def test_status_beyond_16_bits_is_refused_by_name(scripted_peer):
    def report_first(asked):
        asked.report(1)
        asked.talk.read_and_stay_silent()

    scu = user(scripted_peer(normalized_scp(report_first)))

    def answer_nonsense(report):
        report.status = 0x10000

    scu.event_report.connect(answer_nonsense)
    with pytest.raises(ValueError, match="16-bit"):
        scu.n_delete("1.2.3")


def reports_for_ever(asked):
    """Report one event after the other, each when the one before was answered."""
    with contextlib.suppress(PeerLeft, ConnectionError):
        while True:
            asked.report(1)
            asked.take_answer()


def test_abort_ends_an_operation_whose_peer_reports_for_ever(scripted_peer):
    scu = user(scripted_peer(normalized_scp(reports_for_ever)))
    enough = threading.Event()
    seen = []

    def count(event):
        seen.append(event)
        if len(seen) == 20:
            enough.set()

    scu.event_report += count

    def end():
        assert enough.wait(10)
        scu.abort()

    thread = threading.Thread(target=end)
    thread.start()
    with pytest.raises(AssociationAborted):
        scu.n_delete("1.2.3")
    thread.join()


def test_the_events_of_a_delete(scripted_peer):
    scu = user(scripted_peer(normalized_scp(answer(0x0112))))
    seen = []
    scu.before_n_delete += seen.append
    scu.after_n_delete += seen.append
    assert scu.n_delete("1.2.3").is_failure
    before, after = seen
    assert (before.sop_class_uid, before.sop_instance_uid) == (PROCEDURE_STEP, "1.2.3")
    assert after.status == 0x0112
    assert after.message_id == before.message_id
