"""The peers of our tests do what they are for, shown without dicomwire.

When a test against a peer fails and this module passes, the fault is ours.
"""

from __future__ import annotations

import pytest
import wire
from asking import ask_findscu, keys
from comparing import dataset_bytes, differences, read
from generated import write_series
from raw_client import RawClient
from scripted import ScriptedPeer, abort_mid_file, accept_everything
from scripted_queries import (
    CANCELLED,
    PENDING_WITH_WARNING,
    end,
    matches,
    query_scp,
    wait_for_cancel,
)
from scripted_retrieves import get_stores, move_stores, progress


def test_storescp_keeps_the_bytes(start_storescp, dcmtk, tmp_path):
    paths = write_series(tmp_path / "sent", 2)
    peer = start_storescp(nagle=False)
    dcmtk("dcmsend", "127.0.0.1", str(peer.port), *paths)
    sent = sorted(dataset_bytes(path) for path in paths)
    assert sorted(dataset_bytes(path) for path in peer.files()) == sent


def test_pynetdicom_keeps_the_bytes(pynetdicom_server, dcmtk, tmp_path):
    (path,) = write_series(tmp_path / "sent", 1)
    dcmtk("dcmsend", "127.0.0.1", str(pynetdicom_server.port), path)
    assert [dataset_bytes(file) for file in pynetdicom_server.files()] == [dataset_bytes(path)]


def test_orthanc_gives_the_elements_back(orthanc, dcmtk, tmp_path):
    (path,) = write_series(tmp_path / "sent", 1)
    dcmtk("dcmsend", "127.0.0.1", str(orthanc.dicom_port), path)
    ((uid, identifier),) = orthanc.instances().items()
    assert uid == "2.25.1000"
    assert differences(read(path), read(orthanc.file(identifier))) == []


def test_the_scripted_peer_satisfies_dcmtk(scripted_peer, dcmtk, tmp_path):
    paths = write_series(tmp_path, 3)
    peer = scripted_peer(accept_everything)
    dcmtk("dcmsend", "127.0.0.1", str(peer.port), *paths)
    dcmtk("echoscu", "127.0.0.1", str(peer.port))
    uids = [message.command.get("affected_sop_instance_uid") for message in peer.messages]
    assert uids == ["2.25.1000", "2.25.1001", "2.25.1002", None]
    assert peer.messages[0].data_set == dataset_bytes(paths[0])


def test_the_scripted_peer_aborts_when_told_to(scripted_peer, dcmtk, tmp_path):
    (path,) = write_series(tmp_path, 1, rows=256, columns=256)
    peer = scripted_peer(abort_mid_file)
    with pytest.raises(AssertionError, match="Peer aborted"):
        dcmtk("storescu", "127.0.0.1", str(peer.port), path)


def test_the_scripted_query_scp_satisfies_dcmtk(scripted_peer):
    peer = scripted_peer(query_scp(matches(2), matches(1, PENDING_WITH_WARNING), end()))
    found = ask_findscu(peer.peer, keys("STUDY", PatientID="P*", StudyInstanceUID=""))
    assert [match.StudyInstanceUID for match in found] == ["2.25.0", "2.25.1", "2.25.2"]


def test_the_scripted_query_scp_sees_a_cancel(scripted_peer, dcmtk):
    peer = scripted_peer(query_scp(matches(2), wait_for_cancel, end(CANCELLED)))
    query = ["-k", "QueryRetrieveLevel=STUDY", "-k", "PatientID"]
    output = dcmtk("findscu", "-v", "-S", *query, "--cancel", "2", "127.0.0.1", str(peer.port))
    assert "Cancel" in output


def test_the_scripted_retrieve_scp_satisfies_dcmtk(scripted_peer, storescp, dcmtk, tmp_path):
    query = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=2.25.101"]
    peer = scripted_peer(
        query_scp(get_stores(["2.25.1"]), progress(1, 1), get_stores(["2.25.2"]), end())
    )
    dcmtk("getscu", "-S", *query, "-od", tmp_path, "127.0.0.1", str(peer.port))
    assert sorted(read(path).SOPInstanceUID for path in tmp_path.iterdir()) == ["2.25.1", "2.25.2"]
    peer = scripted_peer(query_scp(move_stores(storescp.port, ["2.25.3"]), progress(0, 1), end()))
    dcmtk("movescu", "-S", *query, "--move", "ANY", "127.0.0.1", str(peer.port))
    assert [read(path).SOPInstanceUID for path in storescp.files()] == ["2.25.3"]


def test_what_a_script_asserts_fails_the_test(tmp_path):
    def insist_on_another_name(talk):
        assert talk.accept().called == "SOMEBODY ELSE"

    with (
        pytest.raises(AssertionError, match="SOMEBODY"),
        ScriptedPeer([insist_on_another_name]) as peer,
    ):
        RawClient(peer.port).connection.close()


def test_the_raw_client_satisfies_dcmtk(storescp, tmp_path):
    (path,) = write_series(tmp_path, 1, rows=64, columns=64)
    with RawClient(storescp.port) as client:
        assert client.answers == {1: (0, wire.IMPLICIT_LE), 3: (0, wire.EXPLICIT_LE)}
        assert client.store("2.25.1000", dataset_bytes(path))["status"] == 0
        client.release()
    assert [dataset_bytes(file) for file in storescp.files()] == [dataset_bytes(path)]


def test_differences_are_seen(tmp_path):
    (path,) = write_series(tmp_path, 1)
    one, other = read(path), read(path)
    other.PatientName = "Somebody^Else"
    del other.Rows
    other.PixelData = b"\1" + other.PixelData[1:]
    assert [line.split()[0] for line in differences(one, other)] == [
        "(0028,0010)",
        "(0010,0010)",
        "(7FE0,0010)",
    ]
