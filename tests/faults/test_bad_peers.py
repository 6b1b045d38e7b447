"""Peers that refuse, abort, vanish, fall silent or talk nonsense."""

from __future__ import annotations

import resource
import socket
import time
from collections import Counter

import pytest
import wire
from generated import write_image, write_series
from processes import free_port
from scripted import (
    abort_mid_file,
    accept_and_never_answer,
    accept_and_stop_reading,
    accept_everything,
    refuse_all_contexts,
    reset_mid_file,
)
from storing import SHORT, check_each_once, send

from dicomwire import (
    AssociationAborted,
    AssociationOptions,
    AssociationRejected,
    ConnectError,
    ConnectionLost,
    DicomTimeout,
    DicomWireError,
    NoAcceptedContext,
    RemoteProtocolError,
    StoreScu,
    Timeouts,
    VerificationScu,
)

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture(params=["echo", "store"])
def use(request, tmp_path):
    """Call a peer in one of two ways, which must fail in the same way before an association."""
    path = write_image(tmp_path / "one.dcm", "2.25.5")

    def call(peer, options=SHORT):
        if request.param == "echo":
            return VerificationScu(peer, options=options).echo()
        return StoreScu(peer, options=options).store(path)

    return call


def test_nobody_listens(use):
    port = free_port()
    with pytest.raises(ConnectError, match="refused") as caught:
        use(f"PACS@127.0.0.1:{port}")
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert caught.value.phase == "connect"
    assert isinstance(caught.value, ConnectionError)


def test_a_host_name_that_is_none(use):
    with pytest.raises(ConnectError, match="no-such-host"):
        use("PACS@no-such-host.invalid:104")


# PS3.8 Table 9-21: source, reason.
REASONS = [(1, reason) for reason in (1, 2, 3, 7)] + [(2, 1), (2, 2), (3, 1), (3, 2)]


@pytest.mark.parametrize("result", [1, 2])
@pytest.mark.parametrize(("source", "reason"), REASONS)
def test_association_rejected(use, scripted_peer, result, source, reason):
    def reject(talk):
        talk.read_associate_rq()
        talk.send(wire.associate_rj(result, source, reason))
        talk.read_and_stay_silent()

    peer = scripted_peer(reject)
    with pytest.raises(AssociationRejected) as caught:
        use(peer.peer)
    error = caught.value
    assert (error.result, error.source, error.reason) == (result, source, reason)
    assert error.is_transient == (result == 2)
    assert "reserved" not in error.reason_text
    assert error.reason_text in str(error)
    assert str(peer.port) in str(error)


def test_a_reason_the_standard_does_not_know(use, scripted_peer):
    def reject(talk):
        talk.read_associate_rq()
        talk.send(wire.associate_rj(1, 1, 200))

    with pytest.raises(AssociationRejected) as caught:
        use(scripted_peer(reject).peer)
    assert caught.value.reason == 200


def test_refused_by_dcmtk(use, start_storescp):
    with pytest.raises(AssociationRejected):
        use(start_storescp("--refuse").peer)


def test_echo_without_an_accepted_context(scripted_peer):
    with pytest.raises(NoAcceptedContext) as caught:
        VerificationScu(scripted_peer(refuse_all_contexts).peer).echo()
    ((abstract, syntaxes, result, text),) = caught.value.proposed
    assert abstract == wire.VERIFICATION
    assert wire.IMPLICIT_LE in syntaxes
    assert result == 3
    assert "abstract syntax not supported" in text


TLS_ALERT = b"\x15\x03\x03\x00\x02\x02\x46"


def answer_with(data):
    def answer(talk):
        talk.read_associate_rq()
        talk.send(data)
        talk.read_and_stay_silent()

    return answer


def test_a_tls_peer_on_a_plain_port_is_called_by_its_name(use, scripted_peer):
    with pytest.raises(RemoteProtocolError, match="TLS"):
        use(scripted_peer(answer_with(TLS_ALERT)).peer)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("garbage", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
        ("an unknown PDU type", b"\x2a\x00\x00\x00\x00\x04abcd"),
        ("a PDU of 4 GiB", b"\x02\x00\xff\xff\xff\xff" + bytes(1000)),
        ("an A-ASSOCIATE-AC too short", wire.pdu(wire.ASSOCIATE_AC, bytes(10))),
        ("an A-ASSOCIATE-AC with a broken item", wire.associate_ac([])[:74] + b"\x10\0\xff\xff"),
        ("an A-ASSOCIATE-RQ", wire.associate_rq([(1, wire.VERIFICATION, [wire.IMPLICIT_LE])])),
        ("data", wire.p_data(1, b"abcd", command=True, last=True)),
        ("a release", wire.release_rp()),
        (
            "an accepted context that was not proposed",
            wire.associate_ac([(201, 0, wire.IMPLICIT_LE)]),
        ),
        ("a syntax that was not proposed", wire.associate_ac([(1, 0, "1.2.3.4")])),
    ],
)
def test_nonsense_instead_of_an_answer(use, scripted_peer, name, data):
    if name == "an A-ASSOCIATE-AC with a broken item":
        data = wire.pdu(wire.ASSOCIATE_AC, data[6:])
    peer = scripted_peer(answer_with(data))
    if "not proposed" in name:
        # An answer to a context nobody proposed, or in a syntax nobody proposed, grants nothing.
        with_answer_that_grants_nothing(use, peer)
        return
    with pytest.raises((RemoteProtocolError, AssociationAborted)) as caught:
        use(peer.peer)
    assert str(peer.port) in str(caught.value)


def with_answer_that_grants_nothing(use, peer):
    try:
        report = use(peer.peer)
    except (RemoteProtocolError, NoAcceptedContext):
        return
    assert report.sent == 0
    assert report.failed == 1


def test_garbage_says_where_and_what_was_expected(scripted_peer):
    with pytest.raises(RemoteProtocolError) as caught:
        VerificationScu(scripted_peer(answer_with(b"SSH-2.0-OpenSSH_9.2\r\n")).peer).echo()
    assert caught.value.offset == 0
    assert caught.value.expected


@pytest.mark.parametrize("when", ["at once", "after the request"])
@pytest.mark.parametrize("how", ["close", "reset", "abort"])
def test_an_end_instead_of_an_answer(use, scripted_peer, when, how):
    def end(talk):
        if when == "after the request":
            talk.read_associate_rq()
        if how == "reset":
            talk.reset()
        elif how == "abort":
            talk.send(wire.abort(2, 1))
            talk.read_and_stay_silent()

    with pytest.raises((ConnectionLost, AssociationAborted, ConnectError)) as caught:
        use(scripted_peer(end).peer)
    if how == "abort":
        assert isinstance(caught.value, AssociationAborted)
        assert (caught.value.by, caught.value.source, caught.value.reason) == (
            "provider",
            2,
            1,
        ) or (
            caught.value.by,
            caught.value.source,
        ) == ("peer", 2)


def test_no_answer_to_the_association_request(use, scripted_peer):
    options = AssociationOptions(timeouts=Timeouts(acse=0.2))
    with pytest.raises(DicomTimeout) as caught:
        use(scripted_peer(lambda talk: talk.read_and_stay_silent()).peer, options)
    assert caught.value.phase == "acse"
    assert isinstance(caught.value, TimeoutError)


def test_an_answer_that_drips_does_not_stretch_the_time_out(use, scripted_peer):
    """The time for the answer is the time for all of it, not for its next byte."""
    options = AssociationOptions(timeouts=Timeouts(acse=0.5))

    def drip(talk):
        for byte in wire.associate_ac(talk.read_associate_rq().accept_first()):
            talk.connection.send(bytes([byte]))
            if talk.closing.wait(0.05):
                return

    began = time.monotonic()
    with pytest.raises((DicomTimeout, DicomWireError)):
        use(scripted_peer(drip).peer, options)
    assert time.monotonic() - began < 10


def test_no_answer_to_an_echo(scripted_peer):
    options = AssociationOptions(timeouts=Timeouts(dimse=0.2))
    with pytest.raises(DicomTimeout) as caught:
        VerificationScu(scripted_peer(accept_and_never_answer).peer, options=options).echo()
    assert caught.value.phase == "dimse"


def test_an_echo_answered_for_another_message(scripted_peer):
    def confuse(talk):
        talk.accept()
        message = talk.read_message()
        talk.respond(message, message_id_being_responded_to=int(message.command["message_id"]) + 7)
        talk.read_and_stay_silent()

    with pytest.raises(RemoteProtocolError, match="essage"):
        VerificationScu(scripted_peer(confuse).peer).echo()


def test_no_answer_to_the_release_is_not_waited_for_long(scripted_peer):
    def ignore_the_release(talk):
        talk.accept()
        talk.serve(messages=1)
        talk.read_and_stay_silent()

    options = AssociationOptions(timeouts=Timeouts(release=0.2))
    scu = VerificationScu(scripted_peer(ignore_the_release).peer, options=options)
    try:
        assert scu.echo() == 0
    except DicomTimeout as error:
        assert error.phase in ("acse", "release")  # noqa: PT017 - both are fine, hanging is not


# While instances are sent: what was confirmed stays confirmed, the one in flight is unconfirmed,
# the rest goes over a fresh association.


def confirm_one_then(then):
    def script(talk):
        talk.accept()
        talk.serve(messages=1)
        talk.read_command()
        talk.read_fragment()
        then(talk)

    return script


def abort_now(talk):
    talk.send(wire.abort())
    talk.read_and_stay_silent()


def abort_by_the_provider(talk):
    talk.send(wire.abort(2, 5))
    talk.read_and_stay_silent()


BREAKS = {
    "abort": abort_now,
    "abort by the provider": abort_by_the_provider,
    "reset": lambda talk: talk.reset(),
    "close": lambda talk: talk.connection.close(),
    "silence": lambda talk: talk.read_and_stay_silent(),
    "stop reading": lambda talk: talk.stay_silent(),
    "garbage": lambda talk: talk.send(b"\xffgarbage") or talk.read_and_stay_silent(),
    "a PDU of 4 GiB": lambda talk: (
        talk.send(b"\x04\x00\xff\xff\xff\xff" + bytes(4096)) or talk.read_and_stay_silent()
    ),
    "a release request": lambda talk: talk.send(wire.release_rq()) or talk.read_and_stay_silent(),
}


@pytest.mark.parametrize("name", BREAKS)
def test_an_association_that_breaks_mid_file(scripted_peer, tmp_path, name):
    paths = write_series(tmp_path, 5, rows=1024, columns=1024)
    peer = scripted_peer(confirm_one_then(BREAKS[name]), accept_everything)
    sent = send(peer.peer, paths, options=SHORT)
    check_each_once(sent, paths)
    results = sent.by_path()
    assert results[paths[0]].outcome == "sent"
    assert results[paths[1]].outcome == "unconfirmed"
    assert results[paths[1]].error
    assert [results[path].outcome for path in paths[2:]] == ["sent"] * 3
    assert sent.report.failed == 1
    assert len(peer.conversations) == 2
    # Nothing was sent twice.
    uids = Counter(message.command["affected_sop_instance_uid"] for message in peer.messages)
    assert uids == {f"2.25.{1000 + number}": 1 for number in (0, 2, 3, 4)}


def test_a_response_for_the_wrong_message(scripted_peer, tmp_path):
    paths = write_series(tmp_path, 3)

    def confuse(talk):
        talk.accept()
        message = talk.read_message()
        talk.respond(message, message_id_being_responded_to=int(message.command["message_id"]) + 7)
        talk.read_and_stay_silent()

    sent = send(scripted_peer(confuse, accept_everything).peer, paths, options=SHORT)
    check_each_once(sent, paths)
    assert Counter(sent.outcomes) == {"unconfirmed": 1, "sent": 2}
    assert "message" in sent.report.failures[0].error.lower()


def test_a_response_of_the_wrong_kind(scripted_peer, tmp_path):
    paths = write_series(tmp_path, 2)

    def confuse(talk):
        talk.accept()
        talk.respond(talk.read_message(), command_field=0x8030)
        talk.read_and_stay_silent()

    sent = send(scripted_peer(confuse, accept_everything).peer, paths, options=SHORT)
    check_each_once(sent, paths)
    assert Counter(sent.outcomes) == {"unconfirmed": 1, "sent": 1}


@pytest.mark.parametrize(
    "script",
    [abort_mid_file, reset_mid_file, accept_and_never_answer, accept_and_stop_reading],
    ids=lambda script: script.__name__,
)
def test_a_peer_that_never_takes_anything_is_given_up(scripted_peer, tmp_path, script):
    paths = write_series(tmp_path, 8, rows=1024, columns=1024)
    peer = scripted_peer(script)
    options = AssociationOptions(timeouts=Timeouts(acse=1, dimse=0.3, release=0.3))
    sent = send(peer.peer, paths, options=options)
    check_each_once(sent, paths)
    assert sent.report.failed == 8
    assert 1 < len(peer.conversations) <= 3, "bounded attempts"
    assert Counter(sent.outcomes)["unconfirmed"] <= len(peer.conversations)


@pytest.mark.parametrize("option", ["--abort-after", "--abort-during"])
def test_dcmtk_aborts(start_storescp, tmp_path, option):
    paths = write_series(tmp_path, 4, rows=256, columns=256)
    sent = send(start_storescp(option).peer, paths, options=SHORT)
    check_each_once(sent, paths)
    assert set(sent.outcomes) <= {"unconfirmed", "failed"}
    assert sent.report.failed == 4


def test_several_associations_that_all_break(scripted_peer, tmp_path):
    paths = write_series(tmp_path, 40, rows=256, columns=256)
    peer = scripted_peer(*[confirm_one_then(abort_now)] * 4, accept_everything)
    sent = send(peer.peer, paths, associations=4, options=SHORT)
    check_each_once(sent, paths)
    outcomes = Counter(sent.outcomes)
    assert outcomes["unconfirmed"] <= 4
    assert outcomes["sent"] + outcomes["unconfirmed"] == 40
    uids = Counter(message.command["affected_sop_instance_uid"] for message in peer.messages)
    assert max(uids.values()) == 1


def test_an_association_lost_after_the_first_is_not_an_exception(scripted_peer, tmp_path):
    paths = write_series(tmp_path, 6)

    def reject(talk):
        talk.read_associate_rq()
        talk.send(wire.associate_rj(2, 3, 2))

    peer = scripted_peer(confirm_one_then(abort_now), reject)
    sent = send(peer.peer, paths, options=SHORT)
    check_each_once(sent, paths)
    assert Counter(sent.outcomes)["sent"] == 1
    assert sent.report.failed == 5


def test_a_peer_that_announces_no_maximum_gets_everything(scripted_peer, tmp_path):
    path = write_image(tmp_path / "one.dcm", "2.25.5", rows=1024, columns=1024)

    def unlimited(talk):
        talk.accept(max_length=0)
        talk.serve()

    peer = scripted_peer(unlimited)
    assert send(peer.peer, path).outcomes == ["sent"]
    assert len(peer.messages[0].data_set) > 2 << 20


def test_a_peer_that_announces_next_to_nothing_gets_it_in_crumbs(scripted_peer, tmp_path):
    path = write_image(tmp_path / "one.dcm", "2.25.5", rows=32, columns=32)
    longest = []

    def tiny(talk):
        request = talk.read_associate_rq()
        talk.send(wire.associate_ac(request.accept_first(), max_length=16))
        kind, body = talk.read_pdu()
        assert kind == wire.P_DATA_TF
        longest.append(len(body))
        talk._fragments = wire.fragments(body)
        talk.respond(talk.read_message())
        talk.serve()

    assert send(scripted_peer(tiny).peer, path).outcomes == ["sent"]
    assert longest
    assert longest[0] <= 16


def test_a_pdu_of_4_gib_costs_no_memory(scripted_peer):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    flood = b"\x02\x00\xff\xff\xff\xff" + bytes(8 << 20)
    with pytest.raises(DicomWireError):
        VerificationScu(scripted_peer(answer_with(flood)).peer, options=SHORT).echo()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 32 * 1024


def test_abort_from_another_thread_ends_a_blocked_store(scripted_peer, tmp_path):
    import threading

    paths = write_series(tmp_path, 3)
    peer = scripted_peer(accept_and_never_answer)
    scu = StoreScu(peer.peer)
    started = threading.Event()
    scu.before_c_store.connect(lambda event: started.set())

    def abort():
        started.wait()
        scu.abort()

    helper = threading.Thread(target=abort)
    helper.start()
    try:
        report = scu.store(paths)
    except AssociationAborted:
        report = scu.last_report
    helper.join()
    assert report.sent == 0
    assert report.failed + report.skipped == 3
    assert report.failed >= 1


def test_a_pending_answer_to_a_store_is_not_the_answer(scripted_peer, tmp_path):
    paths = write_series(tmp_path, 3)

    def pending_first(talk):
        talk.accept()
        message = talk.read_message()
        talk.respond(message, status=0xFF00)
        talk.respond(message, status=0)
        talk.serve()

    sent = send(scripted_peer(pending_first).peer, paths)
    assert sent.outcomes == ["sent"] * 3


def test_what_was_never_put_on_the_wire_is_not_in_doubt(scripted_peer, tmp_path):
    (path,) = write_series(tmp_path, 1)
    scu = StoreScu(scripted_peer(accept_everything).peer)

    @scu.before_c_store.connect
    def fail(event):
        raise LookupError("no")

    with pytest.raises(LookupError):
        scu.store(path)
    (failure,) = scu.last_report.failures
    assert failure.outcome == "failed"
    assert "not sent" in failure.error


def test_bytes_and_the_end_in_one_segment_are_both_seen(scripted_peer, tmp_path):
    (path,) = write_series(tmp_path, 1)

    def half_an_answer_and_the_end(talk):
        talk.accept()
        talk.read_message()
        # Corked, so that the bytes and the end of the stream arrive as one event.
        talk.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        talk.connection.send(b"\x04\x00\x00")
        talk.connection.shutdown(socket.SHUT_WR)
        talk.stay_silent()

    options = AssociationOptions(timeouts=Timeouts(dimse=None))
    result = send(scripted_peer(half_an_answer_and_the_end).peer, path, options=options, attempts=1)
    assert result.only.outcome == "unconfirmed"
    assert "closed by the peer" in result.only.error
