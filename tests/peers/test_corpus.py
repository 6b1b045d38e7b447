"""Every file of pydicom's and pydicom-data's corpora to every peer there is.

What a peer accepts must be on the other side with an identical data set. What cannot be sent, or
is not accepted, is listed here with its reason: a new name in these lists is a regression, and a
name that is no longer needed fails too.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest
from comparing import dataset_bytes, differences, on_the_wire, read, transfer_syntax
from corpora import corpus_directories
from storing import send

from dicomwire import StorageReceiver

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.timeout(180)]

# Not instances, and found out before anything is sent.
UNSENDABLE = {
    "MR_truncated.dcm": r"\(7FE0,0010\) .* cut short",
    "SC_rgb_jpeg.dcm": r"declares 1\.2\.840\.10008\.1\.2\.4\.50, .* looks like implicit VR",
    "emri_small_jpeg_2k_lossless_too_short.dcm": r"\(7FE0,0010\) .* not ended",
    "empty_charset_LEI.dcm": "no SOP Class UID",
    "meta_missing_tsyntax.dcm": "no SOP Class UID",
    "nested_priv_SQ.dcm": "no SOP Class UID",
    "no_meta.dcm": "not a DICOM file",
    "rtplan_truncated.dcm": r"\(300A,00B0\) .* cut short",
}
# Palettes belong to the non-patient object storage service (PS3.4 annex GG), which is not every
# storage server's business.
PALETTES = {
    f"{name}.dcm": r"1\.2\.840\.10008\.5\.1\.4\.39\.1.* abstract syntax not supported"
    for name in [
        "fall",
        "hotiron",
        "hotmetalblue",
        "pet",
        "pet20step",
        "spring",
        "summer",
        "winter",
    ]
}
NEAR_LOSSLESS = ["JPEGLSNearLossless_08.dcm", "JPEGLSNearLossless_16.dcm"]
NEAR_LOSSLESS += ["SC_rgb_jls_lossy_line.dcm", "SC_rgb_jls_lossy_sample.dcm"]
# Group 2 names the instance and the data set does not: Orthanc looks into the data set.
ANONYMOUS = ["UN_sequence.dcm", "chrSQEncoding.dcm", "chrSQEncoding1.dcm", "explicit_VR-UN.dcm"]
ANONYMOUS += ["no_meta_group_length.dcm", "priv_SQ.dcm", "rtdose_rle.dcm", "rtdose_rle_1frame.dcm"]
NOT_FOR_ORTHANC = PALETTES | dict.fromkeys(NEAR_LOSSLESS, "0xA700")
NOT_FOR_ORTHANC |= dict.fromkeys(ANONYMOUS, "0xC000")


# Our receiver names files by the SOP instance UID and takes only what is one.
NOT_FOR_US = {"bad_sequence.dcm": "UID is not a"}


def send_corpus(peer):
    """Send the directories as they are, and return the results that concern DICOM files."""
    results = send(peer, corpus_directories()).results
    assert len(results) > 250
    return [result for result in results if is_interesting(result)]


def is_interesting(result):
    """Leave out what is no DICOM file to anybody, and the indexes of media."""
    if result.path.name.startswith("DICOMDIR"):
        assert result.outcome == "skipped"
        return False
    return result.path.suffix == ".dcm" or "not a DICOM file" not in (result.error or "")


def check_failures(results, expected):
    failures = {result.path.name: result.error for result in results if result.outcome != "sent"}
    assert set(failures) == set(expected)
    for name, reason in expected.items():
        assert re.search(reason, failures[name]), f"{name}: {failures[name]}"


def check_bytes(results, files):
    sent = Counter(on_the_wire(result.path) for result in results if result.outcome == "sent")
    received = Counter(map(dataset_bytes, files))
    missing = [r.path.name for r in results if on_the_wire(r.path) in sent - received]
    assert missing == []
    assert received == sent


def test_to_dcmtk(storescp):
    results = send_corpus(storescp.peer)
    check_failures(results, UNSENDABLE | PALETTES)
    check_bytes(results, storescp.files())


def test_to_dcmtk_over_four_associations(start_storescp):
    peer = start_storescp("--fork")
    results = send(peer.peer, corpus_directories(), associations=4).results
    check_failures(filter(is_interesting, results), UNSENDABLE | PALETTES)
    check_bytes(results, peer.files())


def test_to_pynetdicom(pynetdicom_server):
    results = send_corpus(pynetdicom_server.peer)
    check_failures(results, UNSENDABLE | PALETTES)
    check_bytes(results, pynetdicom_server.files())


def test_to_our_own_receiver(tmp_path):
    files = []

    def keep(event):
        target = tmp_path / f"{len(files):06}.dcm"
        files.append(target)
        event.path.rename(target)

    receiver = StorageReceiver("RX", sink=tmp_path / "received")
    receiver.instance_received.connect(keep)
    with receiver:
        results = send_corpus(f"RX@127.0.0.1:{receiver.port}")
    check_failures(results, UNSENDABLE | NOT_FOR_US)
    check_bytes(results, files)


def test_to_a_peer_that_takes_one_uncompressed_syntax(start_storescp):
    """Everything uncompressed arrives with the same elements, whatever it was encoded in."""
    peer = start_storescp(accept="+xi")
    results = send_corpus(peer.peer)
    sent = [result for result in results if result.outcome == "sent"]
    assert len(sent) > 100
    for result in results:
        if result.outcome == "failed" and result.path.name not in UNSENDABLE | PALETTES:
            assert "no accepted presentation context" in result.error
            assert transfer_syntax(result.path).startswith("1.2.840.10008.1.2.4") or (
                transfer_syntax(result.path) == "1.2.840.10008.1.2.5"
            ), f"{result.path.name} is not compressed: {result.error}"
    received = {}
    for file in peer.files():
        received.setdefault(str(read(file).get("SOPInstanceUID", "")), []).append(file)
    for result in sent:
        candidates = received.get(str(read(result.path).get("SOPInstanceUID", "")), [])
        # Read anew each time: comparing decodes elements in place.
        found = [differences(read(result.path), read(candidate)) for candidate in candidates]
        assert [] in found, f"{result.path.name}: {min(found, key=len, default='not there')}"


def rounds(paths):
    """Divide files into rounds in which every SOP instance UID occurs once."""
    divided = []
    for path, uid in paths:
        for part in divided:
            if uid not in part:
                part[uid] = path
                break
        else:
            divided.append({uid: path})
    return divided


def test_to_orthanc_and_back(orthanc):
    # A first pass finds out what can be sent at all and under which UID.
    with StorageReceiver("RX") as receiver:
        results = send_corpus(f"RX@127.0.0.1:{receiver.port}")
    sendable = [(r.path, r.sop_instance_uid) for r in results if r.path.name not in UNSENDABLE]
    failures, compared = [], 0
    for part in rounds(sendable):
        orthanc.clear()
        sent = send(orthanc.peer, list(part.values()))
        failures += [result for result in sent.results if result.outcome != "sent"]
        identifiers = orthanc.instances()
        for result in sent.results:
            if result.outcome == "sent":
                stored = read(orthanc.file(identifiers[result.sop_instance_uid]))
                assert differences(read(result.path), stored) == [], result.path.name
                compared += 1
    assert compared > 200
    failed = {result.path.name for result in failures}
    assert failed == set(NOT_FOR_ORTHANC)
    for result in failures:
        reason = NOT_FOR_ORTHANC[result.path.name]
        assert re.search(reason, result.error), f"{result.path.name}: {result.error}"
