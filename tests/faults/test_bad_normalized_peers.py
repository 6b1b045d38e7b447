"""Providers of normalized services that break off, fall silent, answer nonsense or do not stop."""

from __future__ import annotations

import threading

import dimse
import pytest
import scripted_normalized as bad
from generated import element
from pydicom import Dataset
from scripted import refuse_all_contexts
from scripted_normalized import ATTRIBUTES, PROCEDURE_STEP, answer, normalized_scp, reports_first
from storing import SHORT
from wire import IMPLICIT_LE

from dicomwire import (
    AssociationAborted,
    AssociationOptions,
    ConnectionLost,
    DecodeError,
    DicomTimeout,
    DicomWireError,
    Limits,
    NoAcceptedContext,
    NormalizedScu,
    RemoteProtocolError,
    StatusError,
    Timeouts,
)

pytestmark = pytest.mark.usefixtures("engine")

IMPATIENT = AssociationOptions(timeouts=Timeouts(connect=2, acse=1, dimse=0.3, release=0.3))
"""For peers that will never answer."""

BREAKS = {
    "abort": (bad.abort, AssociationAborted),
    "reset": (bad.reset, ConnectionLost),
    "close": (bad.close, ConnectionLost),
    "half a data set": (bad.cut_short, ConnectionLost),
    "silence": (bad.silence, DicomTimeout),
    "a peer that does not even read": (bad.stop_reading, DicomTimeout),
    "garbage": (bad.garbage, RemoteProtocolError),
    "a release instead of an answer": (bad.release_instead, ConnectionLost),
    "an answer to another request": (bad.wrong_message_id, RemoteProtocolError),
    "an answer of N-GET": (bad.answer_of(dimse.N_GET_RSP), RemoteProtocolError),
    "an answer of C-ECHO": (bad.answer_of(dimse.C_ECHO_RSP), RemoteProtocolError),
    "an answer in a context of its own": (bad.wrong_context, RemoteProtocolError),
}
CALLS = {
    "n_create": lambda scu: scu.n_create(Dataset(), "1.2.3"),
    "n_set": lambda scu: scu.n_set("1.2.3", some_attributes()),
    "n_action": lambda scu: scu.n_action("1.2.3", 1, some_attributes()),
    "n_delete": lambda scu: scu.n_delete("1.2.3"),
}


def some_attributes():
    dataset = Dataset()
    dataset.PatientID = "P1"
    return dataset


def user(peer, options=SHORT):
    return NormalizedScu(peer.peer, PROCEDURE_STEP, options=options)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", ["abort", "half a data set", "an answer of N-GET"])
def test_what_breaks_an_operation_is_told_of_all_of_them(scripted_peer, name, call):
    step, error = BREAKS[name]
    peer = scripted_peer(normalized_scp(step))
    with pytest.raises(error):
        CALLS[call](user(peer))


@pytest.mark.parametrize("name", BREAKS)
def test_what_breaks_an_operation_is_told_and_the_next_one_gets_a_new_association(
    scripted_peer, name
):
    step, error = BREAKS[name]
    peer = scripted_peer(normalized_scp(answer(), step), normalized_scp(answer()))
    with user(peer, IMPATIENT if error is DicomTimeout else SHORT) as scu:
        assert scu.n_delete("1.2.3").is_success
        with pytest.raises(error):
            scu.n_delete("1.2.3")
        assert scu.n_delete("1.2.3").is_success
    assert len(peer.conversations) == 2


def test_silence_names_its_phase(scripted_peer):
    with pytest.raises(DicomTimeout) as caught:
        user(scripted_peer(normalized_scp(bad.silence)), IMPATIENT).n_delete("1.2.3")
    assert caught.value.phase == "dimse"


def test_a_peer_that_refuses_the_service_is_named(scripted_peer):
    scu = user(scripted_peer(refuse_all_contexts))
    with pytest.raises(NoAcceptedContext, match="Unified Procedure Step - Push"):
        scu.n_delete("1.2.3")


@pytest.mark.parametrize("status", [0x0110, 0x0112, 0x0122, 0x0210, 0xC300, 0xFE00, 0x1234])
def test_a_failed_status_is_data(scripted_peer, status):
    peer = scripted_peer(normalized_scp(answer(status, error_comment="so be it", error_id=7)))
    with user(peer) as scu:
        result = scu.n_delete("1.2.3")
        assert result.status == status
        assert (result.status.comment, result.error_id) == ("so be it", 7)
        with pytest.raises(StatusError, match="so be it") as caught:
            result.raise_for_status()
        assert caught.value.response is result
        # And the association serves on.
        assert scu.n_delete("1.2.3").status == status
    assert len(peer.conversations) == 1


@pytest.mark.parametrize("status", [0x0001, 0x0107, 0x0116, 0xB300])
def test_a_warning_is_kept_with_its_attributes(scripted_peer, status):
    tags = {"attribute_identifier_list": "00100010 00400275", "offending_element": "00100010"}
    peer = scripted_peer(normalized_scp(answer(status, ATTRIBUTES, **tags)))
    result = user(peer).n_set("1.2.3", some_attributes())
    assert (result.is_success, result.is_warning, result.is_failure) == (False, True, False)
    assert result.attribute_identifiers == (0x00100010, 0x00400275)
    assert result.status.offending_elements == (0x00100010,)
    assert result.dataset.PatientID == "P1"
    assert result.raise_for_status() is result


def test_the_words_of_a_status_are_those_of_the_service(scripted_peer):
    peer = scripted_peer(normalized_scp(answer(0xC301)))
    result = user(peer).n_set("1.2.3", some_attributes())
    assert result.status.meaning == "The correct Transaction UID was not provided"


def test_a_peer_that_names_another_instance_is_believed(scripted_peer):
    peer = scripted_peer(normalized_scp(answer(affected_sop_instance_uid="2.25.99")))
    assert user(peer).n_create().sop_instance_uid == "2.25.99"


def test_a_peer_that_names_nothing_leaves_what_was_asked(scripted_peer):
    def bare(asked):
        command = {
            "command_field": dimse.N_CREATE_RSP,
            "message_id_being_responded_to": asked.message.command["message_id"],
            "status": 0,
        }
        asked.talk.send_message(asked.message.context_id, command)

    peer = scripted_peer(normalized_scp(bare))
    result = user(peer).n_create(None, "1.2.3")
    assert (result.sop_class_uid, result.sop_instance_uid) == (PROCEDURE_STEP, "1.2.3")
    assert user(peer).n_create().sop_instance_uid is None


DAMAGE = {
    "a length beyond the end": ATTRIBUTES[:-1],
    "no elements at all": b"\x01\x02\x03\x04\x05",
    "the end of a sequence nobody began": b"\xfe\xff\xdd\xe0\0\0\0\0",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_an_answer_that_cannot_be_read_is_told_with_its_status(scripted_peer, name):
    peer = scripted_peer(normalized_scp(answer(0x0107, DAMAGE[name]), answer()))
    with user(peer) as scu:
        with pytest.raises(DecodeError, match="0x0107") as caught:
            scu.n_set("1.2.3", some_attributes())
        assert "data set that cannot be read" in str(caught.value)
        # The association is not to blame.
        assert scu.n_delete("1.2.3").is_success
    assert len(peer.conversations) == 1


def test_an_answer_of_any_attributes_is_read(scripted_peer):
    strange = element(0x0009, 0x0010, "LO", "SOMEBODY") + element(0x0009, 0x1001, "UN", b"\1\2")
    peer = scripted_peer(normalized_scp(answer(0, strange)))
    result = user(peer).n_get("1.2.3", [0x00090010])
    assert result.dataset[0x00091001].value == b"\1\2"


def test_an_answer_without_end_is_not_read_without_end(scripted_peer):
    def endless(asked):
        import wire

        command = dimse.response_to(asked.message.command, 0, data_set_type=dimse.DATA_SET)
        number = asked.message.context_id
        asked.talk.send(wire.p_data(number, dimse.encode(command), command=True, last=True))
        block = wire.p_data(number, bytes(16000), command=False, last=False)
        while not asked.talk.has_left and not asked.talk.closing.is_set():
            asked.talk.send(block)

    options = AssociationOptions(timeouts=SHORT.timeouts, limits=Limits(max_identifier=65536))
    with pytest.raises((RemoteProtocolError, OSError), match="longer than the limit of 65536"):
        user(scripted_peer(normalized_scp(endless)), options).n_get("1.2.3")


# Event reports.


def test_reports_instead_of_an_answer_run_into_the_timeout(scripted_peer):
    def reports_only(asked):
        asked.report(1)
        asked.take_answer()
        asked.talk.read_and_stay_silent()

    peer = scripted_peer(normalized_scp(reports_only))
    scu = user(peer, IMPATIENT)
    seen = []
    scu.event_report.connect(lambda report: seen.append(report.event_type_id))
    with pytest.raises(DicomTimeout):
        scu.n_delete("1.2.3")
    assert seen == [1]


def test_a_flood_of_reports_does_not_grow_memory_or_last_for_ever(scripted_peer):
    # Each is answered until the peer, which reads nothing, takes no more answers.
    peer = scripted_peer(normalized_scp(bad.flood), receive_buffer=4096)
    with pytest.raises(DicomWireError, match="without taking an answer"):
        user(peer).n_delete("1.2.3")


def test_a_report_that_cannot_be_read_is_refused_and_told_to_nobody(scripted_peer):
    statuses = []

    def broken_report(asked):
        asked.report(1, ATTRIBUTES[:-1])
        statuses.append(asked.take_answer().command["status"])
        asked.respond(0)

    peer = scripted_peer(normalized_scp(broken_report))
    scu = user(peer)
    seen = []
    scu.event_report.connect(seen.append)
    assert scu.n_delete("1.2.3").is_success
    assert (statuses, seen) == ([0x0110], [])


def test_reports_are_answered_though_nobody_subscribed(scripted_peer):
    reports = []
    peer = scripted_peer(normalized_scp(reports_first(1, 2), reports=reports))
    assert user(peer).n_delete("1.2.3").is_success
    assert [message.command["status"] for message in reports] == [0, 0]
    assert [message.command["event_type_id"] for message in reports] == [1, 2]
    assert reports[0].command["affected_sop_instance_uid"] == "2.25.1"


def test_a_handler_that_raises_ends_the_operation(scripted_peer):
    peer = scripted_peer(normalized_scp(reports_first(1, read=False)), normalized_scp(answer()))
    with user(peer) as scu:

        def fail(report):
            raise LookupError("no such step here")

        scu.event_report.connect(fail)
        with pytest.raises(LookupError, match="no such step here"):
            scu.n_delete("1.2.3")
        scu.event_report.clear()
        assert scu.n_delete("1.2.3").is_success
    assert len(peer.conversations) == 2


@pytest.mark.parametrize("command_field", [dimse.C_STORE_RQ, dimse.N_SET_RQ, dimse.N_DELETE_RQ])
def test_other_requests_of_the_peer_are_refused_and_do_no_harm(scripted_peer, command_field):
    statuses = []
    peer = scripted_peer(normalized_scp(bad.request_first(command_field, statuses)))
    assert user(peer).n_delete("1.2.3").is_success
    assert statuses == [0x0211]


def test_any_number_of_reports_is_answered_while_the_peer_takes_the_answers(scripted_peer):
    reports = []
    peer = scripted_peer(normalized_scp(reports_first(*range(1, 301)), reports=reports))
    scu = user(peer)
    seen = []
    scu.event_report.connect(lambda report: seen.append(report.event_type_id))
    assert scu.n_delete("1.2.3").is_success
    assert seen == list(range(1, 301))
    assert len(reports) == 300


def test_waiting_for_a_report_of_a_peer_that_leaves(scripted_peer):
    def leave(talk):
        talk.accept()

    with pytest.raises((ConnectionLost, AssociationAborted)):
        user(scripted_peer(leave)).wait_for_event_report(5)


def test_waiting_in_vain(scripted_peer):
    peer = scripted_peer(normalized_scp(answer()))
    assert user(peer).wait_for_event_report(0.05) is None


def test_an_operation_is_aborted_from_another_thread(scripted_peer):
    asked = threading.Event()

    def tell(request):
        asked.set()
        bad.silence(request)

    options = AssociationOptions(timeouts=Timeouts.uniform(30))
    scu = user(scripted_peer(normalized_scp(tell)), options)
    aborting = threading.Thread(target=lambda: (asked.wait(), scu.abort()))
    aborting.start()
    with pytest.raises(AssociationAborted):
        scu.n_delete("1.2.3")
    aborting.join()


def test_a_wait_is_cancelled_from_another_thread(scripted_peer):
    options = AssociationOptions(timeouts=Timeouts.uniform(30))
    scu = user(scripted_peer(normalized_scp(answer())), options)
    waiting = threading.Event()
    scu.after_associate_request.connect(lambda _: waiting.set())

    def cancel():
        waiting.wait()
        while not ended.is_set():
            scu.cancel()
            ended.wait(0.01)

    ended = threading.Event()
    cancelling = threading.Thread(target=cancel)
    cancelling.start()
    assert scu.wait_for_event_report(30) is None
    ended.set()
    cancelling.join()


def test_data_sets_go_out_in_the_syntax_the_peer_took(scripted_peer):
    peer = scripted_peer(normalized_scp(answer(0, b"\x10\0\x20\0\2\0\0\0P1"), syntax=IMPLICIT_LE))
    result = user(peer).n_set("1.2.3", some_attributes())
    assert result.dataset.PatientID == "P1"
    (message,) = peer.messages
    assert message.data_set == b"\x10\0\x20\0\2\0\0\0P1"
    assert message.command["requested_sop_class_uid"] == PROCEDURE_STEP
    assert message.command["requested_sop_instance_uid"] == "1.2.3"
