"""C-ECHO against every peer there is."""

from __future__ import annotations

import threading
import time

import pytest
from scripted import accept_and_never_answer, accept_everything

from dicomwire import (
    AssociationAborted,
    AssociationOptions,
    StorageReceiver,
    UserIdentity,
    VerificationScu,
)

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture(params=["storescp", "storescp without Nagle", "orthanc", "pynetdicom", "ours"])
def peer(request, start_storescp):
    if request.param == "ours":
        receiver: StorageReceiver = request.getfixturevalue("receiver")
        return f"RECEIVER@127.0.0.1:{receiver.port}"
    if request.param.startswith("storescp"):
        return start_storescp(nagle="without" not in request.param).peer
    name = {"orthanc": "orthanc", "pynetdicom": "pynetdicom_server"}[request.param]
    return request.getfixturevalue(name).peer


def test_echo_succeeds(peer):
    status = VerificationScu(peer).echo()
    assert status == 0
    assert status.is_success
    assert str(status) == "0x0000 (Success)"


def test_an_open_association_serves_many_echoes(peer):
    associated = []
    scu = VerificationScu(peer)
    scu.after_associate_request.connect(associated.append)
    with scu:
        assert [scu.echo() for _ in range(20)] == [0] * 20
    assert [event.accepted for event in associated] == [True]


def test_titles_and_options_reach_the_peer(scripted_peer):
    peer = scripted_peer(accept_everything)
    options = AssociationOptions(
        max_pdu_length=32768,
        asynchronous_operations=(3, 5),
        user_identity=UserIdentity.passcode("ann", "secret"),
    )
    VerificationScu(f"CALLED@127.0.0.1:{peer.port}", calling_ae_title="ME", options=options).echo()
    request = peer.conversations[0].request
    assert (request.called, request.calling) == ("CALLED", "ME")
    assert request.max_length == 32768
    assert request.user_items[0x53] == b"\0\3\0\5"
    # PS3.7 Table D.3-14: type 2, no response wanted, user name and passcode with their lengths.
    assert request.user_items[0x58] == b"\2\0\0\3ann\0\6secret"


def test_every_event_of_an_association_in_its_order(storescp):
    seen = []
    scu = VerificationScu(storescp.peer)
    for name in (
        "before_connect",
        "after_connect",
        "before_associate_request",
        "after_associate_request",
        "before_release_request",
        "after_release_request",
        "before_close",
        "after_close",
        "aborted",
        "after_secure_link_ready",
    ):
        getattr(scu, name).connect(lambda event, name=name: seen.append((name, event)))
    scu.echo()
    assert [name for name, _ in seen] == [
        "before_connect",
        "after_connect",
        "before_associate_request",
        "after_associate_request",
        "before_release_request",
        "after_release_request",
        "before_close",
        "after_close",
    ]
    answer = dict(seen)["after_associate_request"]
    assert answer.accepted
    assert answer.peer_max_pdu_length == 16384
    assert answer.peer_implementation_version_name.startswith("OFFIS_DCMTK")
    assert [context.is_accepted for context in answer.contexts] == [True]


def test_the_request_may_be_edited(scripted_peer):
    peer = scripted_peer(accept_everything)
    scu = VerificationScu(peer.peer)

    @scu.before_associate_request.connect
    def rename(event):
        event.request.calling_ae_title = "EDITED"
        event.request.max_pdu_length = 65536

    scu.echo()
    request = peer.conversations[0].request
    assert request.calling == "EDITED"
    assert request.max_length == 65536


def test_what_a_handler_raises_comes_out_of_the_call(scripted_peer):
    scu = VerificationScu(scripted_peer(accept_everything).peer)

    @scu.after_associate_request.connect
    def refuse(event):
        raise LookupError("not this one")

    with pytest.raises(LookupError, match="not this one"):
        scu.echo()


def test_the_message_log_shows_the_association_and_no_secret(scripted_peer, caplog):
    peer = scripted_peer(accept_everything)
    options = AssociationOptions(user_identity=UserIdentity.passcode("ann", "opensesame"))
    with caplog.at_level("DEBUG", logger="dicomwire"):
        assert VerificationScu(peer.peer, options=options).echo() == 0
    for word in ("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "C-ECHO", "A-RELEASE", "ann", "16384"):
        assert word in caplog.text
    assert "opensesame" not in caplog.text


def test_nothing_is_logged_unless_somebody_asks(scripted_peer, caplog):
    assert VerificationScu(scripted_peer(accept_everything).peer).echo() == 0
    assert caplog.text == ""


def test_an_association_the_peer_has_ended_meanwhile_is_opened_anew(scripted_peer):
    def serve_one(talk):
        talk.accept()
        talk.serve(messages=1)

    peer = scripted_peer(serve_one, accept_everything)
    with VerificationScu(peer.peer) as scu:
        assert scu.echo().is_success
        peer.conversations[0].connection.close()
        assert scu.echo().is_success
    assert len(peer.conversations) == 2


def test_abort_from_another_thread_ends_a_blocked_echo(scripted_peer):
    scu = VerificationScu(scripted_peer(accept_and_never_answer).peer)
    timer = threading.Timer(0.3, scu.abort)
    timer.start()
    began = time.monotonic()
    with pytest.raises(AssociationAborted):
        scu.echo()
    timer.join()
    # Its own time-out would be 60 seconds.
    assert time.monotonic() - began < 30
