"""Archives that break off, fall silent or answer nonsense while they are asked for an update."""

from __future__ import annotations

import pytest
import wire
from dimse import DATA_SET
from processes import free_port
from scripted import accept_and_never_answer, refuse_all_contexts
from storing import SHORT

from dicomwire import (
    AssociationAborted,
    AssociationRejected,
    ConnectError,
    ConnectionLost,
    DecodeError,
    DicomTimeout,
    NoAcceptedContext,
    PatientUpdaterScu,
    RemoteProtocolError,
)

pytestmark = pytest.mark.usefixtures("engine", "nothing_left")


def abort(talk):
    talk.accept()
    talk.read_message()
    talk.send(wire.abort(source=2, reason=0))
    talk.read_and_stay_silent()


def reset(talk):
    talk.accept()
    talk.read_message()
    talk.reset()


def answer_another(talk):
    talk.accept()
    message = talk.read_message()
    other = (int(message.command["message_id"]) + 1) & 0xFFFF
    talk.respond(message, message_id_being_responded_to=other)
    talk.read_and_stay_silent()


def answer_something_else(talk):
    """The response of an N-SET to the request of an N-ACTION."""
    talk.accept()
    talk.respond(talk.read_message(), command_field=0x8120)
    talk.read_and_stay_silent()


def garbage(talk):
    talk.accept()
    talk.read_message()
    talk.send(wire.pdu(0x42, b"?"))
    talk.read_and_stay_silent()


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (abort, AssociationAborted),
        (reset, ConnectionLost),
        (answer_another, RemoteProtocolError),
        (answer_something_else, RemoteProtocolError),
        (garbage, RemoteProtocolError),
        (accept_and_never_answer, DicomTimeout),
        (refuse_all_contexts, NoAcceptedContext),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("kept", [False, True], ids=["bare", "kept"])
def test_an_archive_that_fails(scripted_peer, script, error, kept):
    peer = scripted_peer(script)
    scu = PatientUpdaterScu(peer.peer, options=SHORT)
    if not kept:
        with pytest.raises(error):
            scu.delete_patient(patient_id="A-1")
        return
    with scu, pytest.raises(error):
        scu.delete_patient(patient_id="A-1")


def test_the_next_update_takes_a_new_association(scripted_peer):
    def good(talk):
        talk.accept()
        talk.serve()

    peer = scripted_peer(abort, good)
    with PatientUpdaterScu(peer.peer, options=SHORT) as scu:
        with pytest.raises(AssociationAborted):
            scu.delete_patient(patient_id="A-1")
        assert scu.delete_patient(patient_id="A-1").is_success
    assert len(peer.conversations) == 2


def test_a_reply_that_cannot_be_read(scripted_peer):
    """The update was done: the error has the status, and the association goes on."""

    def reply(talk):
        talk.accept()
        for data_set in (
            b"\x10\x00\x20\x00\xff\x00\x00\x00A",
            b"\x10\x00\x20\x00\x02\x00\x00\x00A ",
        ):
            message = talk.read_message()
            response = {
                "command_field": 0x8130,
                "message_id_being_responded_to": message.command["message_id"],
                "data_set_type": DATA_SET,
                "status": 0,
            }
            talk.send_message(message.context_id, response, data_set)
        talk.serve()

    peer = scripted_peer(reply)
    with PatientUpdaterScu(peer.peer, options=SHORT) as scu:
        with pytest.raises(DecodeError, match=r"answered 0x0000 \(Success\) with a data set"):
            scu.delete_patient(patient_id="A-1")
        assert scu.delete_patient(patient_id="B-2").dataset.PatientID == "A"
    assert len(peer.conversations) == 1


def test_a_response_without_uids(scripted_peer):
    """They are optional in a response (PS3.7 Table 10.1-4): those of the request stand in."""

    def reply(talk):
        talk.accept()
        message = talk.read_message()
        response = {
            "command_field": 0x8130,
            "message_id_being_responded_to": message.command["message_id"],
            "status": 0x0112,
        }
        talk.send_message(message.context_id, response)
        talk.serve()

    peer = scripted_peer(reply)
    result = PatientUpdaterScu(peer.peer, options=SHORT).delete_patient(patient_id="A-1")
    assert result.not_found
    assert result.sop_instance_uid == "1.2.840.114257.15.1.3.100.1"
    assert result.action_type_id == 101


def test_a_rejected_association(scripted_peer):
    def reject(talk):
        talk.read_associate_rq()
        talk.send(wire.associate_rj(1, 1, 3))

    peer = scripted_peer(reject)
    with pytest.raises(AssociationRejected, match="calling AE title not recognized"):
        PatientUpdaterScu(peer.peer, options=SHORT).delete_patient(patient_id="A-1")


def test_nobody_listens():
    with pytest.raises(ConnectError):
        PatientUpdaterScu(f"PACS@127.0.0.1:{free_port()}").delete_patient(patient_id="A-1")
