"""Peers that do not accept the transfer syntax of the file."""

from __future__ import annotations

import pytest
from comparing import (
    dataset_bytes,
    differences,
    meta_and_dataset_bytes,
    on_the_wire,
    read,
    transfer_syntax,
)
from corpora import pydicom_directory
from generated import write_image
from pydicom.uid import JPEGBaseline8Bit
from storing import send
from wire import DEFLATED_LE, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE

pytestmark = pytest.mark.usefixtures("engine")

FILES = pydicom_directory() / "test_files"
SOURCES = {
    "implicit": (FILES / "MR_small_implicit.dcm", IMPLICIT_LE),
    "explicit": (FILES / "CT_small.dcm", EXPLICIT_LE),
    "explicit with sequences": (FILES / "reportsi.dcm", EXPLICIT_LE),
    "big endian": (FILES / "MR_small_bigendian.dcm", EXPLICIT_BE),
    "big endian, several value representations": (FILES / "ExplVR_BigEnd.dcm", EXPLICIT_BE),
    "deflated": (FILES / "image_dfl.dcm", DEFLATED_LE),
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize(
    ("accept", "accepted"),
    [("+xi", IMPLICIT_LE), ("+xe", EXPLICIT_LE), ("+xb", EXPLICIT_BE), ("+xd", DEFLATED_LE)],
)
def test_every_uncompressed_syntax_reaches_every_peer(start_storescp, name, accept, accepted):
    source, syntax = SOURCES[name]
    assert transfer_syntax(source) == syntax, "the test's own table"
    # storescp always accepts Implicit VR Little Endian beside what it prefers.
    peer = start_storescp(accept=accept)
    assert send(peer.peer, source).outcomes == ["sent"]
    (received,) = peer.files()
    if transfer_syntax(received) == syntax:
        assert dataset_bytes(received) == on_the_wire(source)
    assert differences(read(source), read(received)) == []


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("accepted", [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE, DEFLATED_LE])
def test_a_receiver_with_one_syntax_gets_it(engine, tmp_path, name, accepted):
    from dicomwire import StorageReceiver

    source, syntax = SOURCES[name]
    with StorageReceiver("RX", sink=tmp_path, transfer_syntaxes=[accepted]) as receiver:
        sent = send(f"RX@127.0.0.1:{receiver.port}", source)
    assert sent.outcomes == ["sent"], sent.only.error
    (received,) = tmp_path.iterdir()
    assert transfer_syntax(received) == accepted
    if accepted == syntax:
        assert dataset_bytes(received) == on_the_wire(source)
    assert differences(read(source), read(received)) == []


def test_transcode_never_reports_instead(start_storescp):
    peer = start_storescp(accept="+xi")
    failure = send(peer.peer, FILES / "CT_small.dcm", transcode="never").only
    assert failure.outcome == "failed"
    assert "Explicit VR Little Endian" in failure.error
    assert "transcode" in failure.error
    assert peer.files() == []


def test_compressed_pixel_data_is_never_touched(start_storescp):
    source = FILES / "SC_rgb_jpeg_dcmtk.dcm"
    assert transfer_syntax(source) == JPEGBaseline8Bit
    peer = start_storescp(accept="+xi")
    failure = send(peer.peer, source).only
    assert failure.outcome == "failed"
    assert "JPEG Baseline" in failure.error
    assert peer.files() == []


def test_the_transcoded_file_says_so_in_its_meta_information(start_storescp, tmp_path):
    path = write_image(tmp_path / "explicit.dcm", "2.25.5")
    peer = start_storescp(accept="+xi")
    assert send(peer.peer, path).outcomes == ["sent"]
    meta, body = meta_and_dataset_bytes(peer.files()[0].read_bytes())
    assert meta[0x10].rstrip(b"\0").decode() == IMPLICIT_LE
    assert body[:8] == b"\x08\x00\x16\x00\x1a\x00\x00\x00"
