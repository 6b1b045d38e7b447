"""C-STORE to every peer there is, and what is on the other side afterwards."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from comparing import dataset_bytes, differences, read
from generated import MULTI_FRAME_STORAGE, write_image, write_series
from storing import check_each_once, send

from dicomwire import AssociationOptions, StoreScu, Timeouts

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture(params=["storescp", "storescp without Nagle", "pynetdicom"])
def keeper(request, start_storescp):
    """A peer that keeps the data set's bytes as they came."""
    if request.param == "pynetdicom":
        return request.getfixturevalue("pynetdicom_server")
    return start_storescp(nagle="without" not in request.param)


def test_a_series_arrives_byte_for_byte(keeper, tmp_path):
    paths = write_series(tmp_path, 20, rows=128, columns=128)
    sent = send(keeper.peer, tmp_path)
    check_each_once(sent, paths)
    assert sent.report.sent == 20
    assert sent.report.bytes == sum(len(dataset_bytes(path)) for path in paths)
    assert Counter(map(dataset_bytes, keeper.files())) == Counter(map(dataset_bytes, paths))


def test_a_multi_frame_image_arrives_byte_for_byte(keeper, tmp_path):
    path = write_image(
        tmp_path / "many.dcm",
        "2.25.7",
        sop_class_uid=MULTI_FRAME_STORAGE,
        rows=512,
        columns=512,
        frames=48,
    )
    result = send(keeper.peer, path).only
    assert result.outcome == "sent"
    assert result.sop_class_uid == MULTI_FRAME_STORAGE
    assert result.sop_instance_uid == "2.25.7"
    assert result.bytes > 48 * 512 * 512 * 2
    (received,) = keeper.files()
    assert dataset_bytes(received) == dataset_bytes(path)


@pytest.mark.parametrize("length", [4096, 16384, 131072])
def test_pdus_keep_to_the_maximum_the_peer_announced(start_storescp, tmp_path, length):
    path = write_image(tmp_path / "image.dcm", "2.25.7", rows=512, columns=512)
    peer = start_storescp("--max-pdu", str(length))
    assert send(peer.peer, path).outcomes == ["sent"]
    (received,) = peer.files()
    assert dataset_bytes(received) == dataset_bytes(path)


def test_orthanc_gives_back_the_same_elements(orthanc, tmp_path):
    paths = write_series(tmp_path, 10, rows=64, columns=64)
    assert send(orthanc.peer, tmp_path).report.sent == 10
    identifiers = orthanc.instances()
    assert len(identifiers) == 10
    for path in paths:
        source = read(path)
        stored = read(orthanc.file(identifiers[source.SOPInstanceUID]))
        assert differences(source, stored) == []


def test_an_archive_finds_what_it_was_sent(dcmqrscp, dcmtk, tmp_path):
    paths = write_series(tmp_path, 10, rows=64, columns=64)
    # One association: the children of dcmqrscp lose entries of a new index to each other.
    assert send(dcmqrscp.peer, tmp_path).report.sent == 10
    query = ["findscu", "-S", "-aec", "ARCHIVE", "-k", "QueryRetrieveLevel=IMAGE"]
    query += ["-k", "StudyInstanceUID=2.25.101", "-k", "SeriesInstanceUID=2.25.102"]
    answer = dcmtk(*query, "-k", "SOPInstanceUID", "127.0.0.1", str(dcmqrscp.port))
    for number in range(len(paths)):
        assert f"[2.25.{1000 + number}" in answer


def test_a_peer_that_serves_one_association_after_the_other(storescp, tmp_path):
    """What waits to be served is given up when there is nothing left for it to do.

    Here a wait for an association has no end, so that the test would not end either.
    """
    write_series(tmp_path, 8)
    options = AssociationOptions(timeouts=Timeouts(acse=None))
    sent = send(storescp.peer, tmp_path, associations=4, options=options)
    assert sent.outcomes == ["sent"] * 8
    assert len(storescp.files()) == 8


def test_four_associations_deliver_everything_exactly_once(keeper, tmp_path):
    paths = write_series(tmp_path, 60, rows=64, columns=64)
    # storescp serves one association after the other: three wait in its backlog until then.
    sent = send(keeper.peer, tmp_path, associations=4)
    check_each_once(sent, paths)
    assert sent.report.sent == 60
    assert Counter(map(dataset_bytes, keeper.files())) == Counter(map(dataset_bytes, paths))


def test_four_associations_are_really_opened(receiver, tmp_path):
    import threading

    write_series(tmp_path / "sent", 40)
    scu = StoreScu(f"RECEIVER@127.0.0.1:{receiver.port}")
    opened, threads = [], set()
    scu.after_associate_request.connect(opened.append)
    scu.after_c_store.connect(lambda event: threads.add(threading.get_ident()))
    report = scu.store(tmp_path / "sent", associations=4)
    assert report.sent == 40
    assert 1 < len(opened) <= 4
    assert receiver.received == 40


def test_one_association_is_kept_open_across_calls(receiver, tmp_path):

    paths = write_series(tmp_path / "sent", 3)
    opened = []
    scu = StoreScu(f"RECEIVER@127.0.0.1:{receiver.port}")
    scu.after_associate_request.connect(opened.append)
    with scu:
        for path in paths:
            assert scu.store(path).sent == 1
        assert receiver.associations == 1
    assert len(opened) == 1
    for path in paths:
        scu.store(path)
    assert len(opened) == 4
    assert receiver.received == 6


def test_a_warning_status_counts_as_confirmed(scripted_peer, tmp_path):
    path = write_image(tmp_path / "image.dcm", "2.25.7")

    def coerce(talk):
        talk.accept()
        talk.respond(talk.read_message(), 0xB000)
        talk.serve()

    sent = send(scripted_peer(coerce).peer, path)
    assert sent.only.outcome == "warning"
    assert sent.only.status == 0xB000
    assert sent.only.status.is_warning
    assert sent.report.warnings == 1
    assert sent.report.failed == 0


def test_a_failure_status_is_a_failed_result_and_the_rest_goes_on(scripted_peer, tmp_path):
    paths = write_series(tmp_path, 3)

    def be_full_once(talk):
        talk.accept()
        talk.respond(talk.read_message(), 0xA700, error_comment="disk full")
        talk.serve()

    sent = send(scripted_peer(be_full_once).peer, paths)
    assert sent.outcomes == ["failed", "sent", "sent"]
    failed = sent.by_path()[paths[0]]
    assert failed.status == 0xA700
    assert failed.status.is_failure
    assert "disk full" in failed.error


def test_on_failure_stop_ends_after_the_first_failure(scripted_peer, tmp_path):
    paths = write_series(tmp_path, 10)

    def refuse(talk):
        talk.accept()
        talk.serve(status=0xA700)

    peer = scripted_peer(refuse)
    sent = send(peer.peer, paths, on_failure="stop")
    check_each_once(sent, paths)
    assert Counter(sent.outcomes) == {"failed": 1, "skipped": 9}
    assert len(peer.messages) == 1


def test_associations_that_are_not_needed_now_stay_open(receiver, tmp_path):
    paths = write_series(tmp_path, 40)
    closed = []
    with StoreScu(f"RECEIVER@127.0.0.1:{receiver.port}") as scu:
        scu.after_close.connect(closed.append)
        # Slow enough for all four to be opened before the work is done.
        scu.before_c_store.connect(lambda event: time.sleep(0.01))
        assert scu.store(paths, associations=4).sent == 40
        opened = receiver.associations
        assert opened > 1
        assert scu.store(paths[:1], associations=1).sent == 1
        assert receiver.associations == opened
        assert closed == []
    assert len(closed) == opened
