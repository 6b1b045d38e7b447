"""The peers of our tests do what they are for, shown without dicomwire.

When a test against a peer fails and this module passes, the fault is ours.
"""

from __future__ import annotations

import pytest
import wire
from comparing import dataset_bytes, differences, read
from generated import write_series
from raw_client import RawClient
from scripted import ScriptedPeer, abort_mid_file, accept_everything


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
