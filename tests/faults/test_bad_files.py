"""Files that cannot be sent: each a failed result that says what, where and what to do."""

from __future__ import annotations

import os
import shutil

import pytest
from comparing import dataset_bytes
from corpora import pydicom_directory
from generated import dataset, element, file_meta, write_image, write_series
from scripted import accept_everything
from storing import check_each_once, send
from wire import CT_IMAGE_STORAGE, DEFLATED_LE, EXPLICIT_BE, IMPLICIT_LE

pytestmark = pytest.mark.usefixtures("engine")

UID = "2.25.5"
BODY = dataset(CT_IMAGE_STORAGE, UID, rows=64, columns=64)
META = file_meta(CT_IMAGE_STORAGE, UID)


@pytest.fixture
def good_peer(scripted_peer):
    return scripted_peer(accept_everything)


def fails(peer, path, *words):
    """Send a bad file between two good ones; only it fails, with these words in its reason."""
    before = write_image(path.parent / "good" / "before.dcm", "2.25.101")
    after = write_image(path.parent / "good" / "after.dcm", "2.25.102")
    sent = send(peer.peer, [before, path, after])
    check_each_once(sent, [before, path, after])
    results = sent.by_path()
    assert results[before].outcome == results[after].outcome == "sent"
    failure = results[path]
    assert failure.outcome == "failed"
    assert failure.status is None
    for word in words:
        assert word.lower() in failure.error.lower(), failure.error
    # Not a byte of it went out.
    uids = [message.command["affected_sop_instance_uid"] for message in peer.messages]
    assert uids == ["2.25.101", "2.25.102"]
    return failure


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("an empty file", b"", "empty"),
        ("a text", b"Dear diary, today I sent no DICOM at all. " * 10, "DICOM"),
        ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(300), "DICOM"),
        ("nothing but zeros", bytes(5000), "DICOM"),
        ("a preamble and nothing", bytes(128), "DICOM"),
        ("a preamble and a prefix", bytes(128) + b"DICM", "group 2"),
        ("group 2 missing", bytes(128) + b"DICM" + BODY, "group 2"),
        ("group 2 cut off", META[:-7], "truncated"),
        ("the prefix spelt wrong", META.replace(b"DICM", b"DICK") + BODY, "DICM"),
    ],
)
def test_not_a_dicom_file(good_peer, tmp_path, name, content, word):
    path = tmp_path / "bad.dcm"
    path.write_bytes(content)
    fails(good_peer, path)


@pytest.mark.parametrize("cut", [1, 100, 8000, len(BODY) - 10])
def test_a_truncated_file(good_peer, tmp_path, cut):
    path = tmp_path / "bad.dcm"
    path.write_bytes((META + BODY)[:-cut])
    failure = fails(good_peer, path)
    assert failure.sop_instance_uid in (UID, None)


def test_a_truncated_pixel_data_is_named_with_its_place(good_peer, tmp_path):
    path = tmp_path / "bad.dcm"
    path.write_bytes((META + BODY)[:-100])
    failure = fails(good_peer, path, "7FE0,0010")
    assert str(len(META + BODY) - 64 * 64 * 2 - 12) in failure.error or "offset" in failure.error


def test_a_truncated_deflated_file(good_peer, tmp_path):
    source = pydicom_directory() / "test_files" / "image_dfl.dcm"
    path = tmp_path / "bad.dcm"
    path.write_bytes(source.read_bytes()[:-2000])
    fails(good_peer, path)


@pytest.mark.parametrize(
    ("missing", "meta", "body"),
    [
        ("class", file_meta(None, UID), BODY),
        ("instance", file_meta(CT_IMAGE_STORAGE, None), BODY),
        ("both", file_meta(None, None), BODY),
    ],
)
def test_uids_that_only_the_data_set_has(good_peer, tmp_path, missing, meta, body):
    # Group 2 is for the file; what the command needs is in the data set too (PS3.4 annex B).
    path = tmp_path / "sloppy.dcm"
    path.write_bytes(meta + body)
    sent = send(good_peer.peer, path)
    assert sent.outcomes == ["sent"], sent.only.error
    command = good_peer.messages[0].command
    assert command["affected_sop_class_uid"] == CT_IMAGE_STORAGE
    assert command["affected_sop_instance_uid"] == UID


@pytest.mark.parametrize("missing", ["class", "instance"])
def test_a_uid_that_is_nowhere(good_peer, tmp_path, missing):
    image = element(0x10, 0x10, "PN", "Nobody") + element(0x28, 0x10, "US", 8)
    if missing == "class":
        content = file_meta(None, UID) + element(8, 0x18, "UI", UID) + image
        words = ["SOP Class UID"]
    else:
        content = (
            file_meta(CT_IMAGE_STORAGE, None) + element(8, 0x16, "UI", CT_IMAGE_STORAGE) + image
        )
        words = ["SOP Instance UID"]
    path = tmp_path / "bad.dcm"
    path.write_bytes(content)
    fails(good_peer, path, *words)


@pytest.mark.parametrize("uid", ["not a uid", "1" * 65])
def test_a_uid_that_is_none(good_peer, tmp_path, uid):
    path = tmp_path / "bad.dcm"
    path.write_bytes(file_meta(CT_IMAGE_STORAGE, uid) + dataset(CT_IMAGE_STORAGE, uid))
    fails(good_peer, path, "UID")


@pytest.mark.parametrize("uid", ["1..2", "1.2.3.", "1.02", "f00d" * 15])
def test_a_uid_that_breaks_the_finer_rules_is_for_the_peer_to_judge(good_peer, tmp_path, uid):
    # Archives are full of them: not to send them would be to lose them.
    path = tmp_path / "odd.dcm"
    path.write_bytes(file_meta(CT_IMAGE_STORAGE, uid) + dataset(CT_IMAGE_STORAGE, uid))
    assert send(good_peer.peer, path).outcomes == ["sent"]
    assert good_peer.messages[0].command["affected_sop_instance_uid"] == uid


@pytest.mark.parametrize("uid", ["CTImageStorage", "f00d"])
def test_a_class_that_is_no_uid_does_not_spoil_the_association(good_peer, tmp_path, uid):
    path = tmp_path / "bad.dcm"
    path.write_bytes(file_meta(uid, UID) + dataset(uid, UID))
    fails(good_peer, path, "SOP Class UID")


def test_no_transfer_syntax_in_group_2(good_peer, tmp_path):
    path = tmp_path / "bad.dcm"
    path.write_bytes(file_meta(CT_IMAGE_STORAGE, UID, None) + BODY)
    fails(good_peer, path, "transfer syntax")


@pytest.mark.parametrize("claimed", [IMPLICIT_LE, EXPLICIT_BE, DEFLATED_LE])
def test_a_wrong_transfer_syntax_in_group_2(good_peer, tmp_path, claimed):
    path = tmp_path / "bad.dcm"
    path.write_bytes(file_meta(CT_IMAGE_STORAGE, UID, claimed) + BODY)
    fails(good_peer, path)


def test_implicit_data_under_an_explicit_claim(good_peer, tmp_path):
    implicit = dataset_bytes(pydicom_directory() / "test_files" / "MR_small_implicit.dcm")
    path = tmp_path / "bad.dcm"
    # Group 2 made anew, since the two UIDs have different lengths.
    path.write_bytes(META + implicit)
    fails(good_peer, path, "looks like implicit VR")


def test_a_file_that_is_not_there(good_peer, tmp_path):
    fails(good_peer, tmp_path / "missing.dcm", "No such file")


def test_a_dangling_link(good_peer, tmp_path):
    (tmp_path / "link.dcm").symlink_to(tmp_path / "nowhere.dcm")
    fails(good_peer, tmp_path / "link.dcm", "No such file")


def test_a_pipe_does_not_hang_the_transfer(good_peer, tmp_path):
    os.mkfifo(tmp_path / "pipe.dcm")
    fails(good_peer, tmp_path / "pipe.dcm", "regular file")


UNREADABLE = """
import os, sys
from dicomwire import DicomEngine, StoreScu
os.setgid(65534)
os.setuid(65534)  # root may read everything
with DicomEngine():
    for result in StoreScu(sys.argv[1]).store_iter(sys.argv[2:]):
        print(result.outcome, result.error)
"""


def test_permissions_that_forbid_reading(receiver, python, tmp_path):
    if os.geteuid() != 0:
        pytest.fail("this test wants root, as the README says of all tests")
    home = tmp_path
    while home != home.parent:  # pytest's directories are for root only
        home.chmod(home.stat().st_mode | 0o111) if home.owner() == "root" else None
        home = home.parent
    (good,) = write_series(tmp_path / "sent", 1)
    secret = write_image(tmp_path / "sent" / "secret.dcm", "2.25.9")
    secret.chmod(0)
    hidden = tmp_path / "sent" / "hidden"
    write_series(hidden, 1)
    hidden.chmod(0)
    done = python(
        UNREADABLE,
        f"RECEIVER@127.0.0.1:{receiver.port}",
        good,
        secret,
        hidden / "00000.dcm",
        hidden,
    )
    lines = done.stdout.splitlines()
    # What cannot be read is known before the first one is sent.
    assert lines[-1:] == ["sent None"], done.stderr
    assert len(lines) == 4
    for line in lines[:-1]:
        assert line.startswith("failed")
        assert "Permission denied" in line


def test_a_directory_that_vanishes_on_the_way(scripted_peer, tmp_path):
    paths = write_series(tmp_path / "sent", 50)

    def remove_after_the_first(talk):
        talk.accept()
        message = talk.read_message()
        shutil.rmtree(tmp_path / "sent")
        talk.respond(message)
        talk.serve()

    sent = send(scripted_peer(remove_after_the_first).peer, paths)
    check_each_once(sent, paths)
    # The order of results is that of completion: a missing file needs no answer from the peer.
    assert sent.by_path()[paths[0]].outcome == "sent"
    gone = [result for result in sent.results if result.outcome == "failed"]
    assert gone
    assert all("No such file" in result.error for result in gone)
    # Those already opened may still go; nothing is half sent.
    assert {result.outcome for result in sent.results} <= {"sent", "failed"}


def test_a_file_that_shrinks_while_it_is_sent(scripted_peer, tmp_path):
    path = write_image(tmp_path / "image.dcm", UID, rows=4096, columns=4096)

    def shrink(talk):
        talk.accept()
        talk.read_command()
        talk.read_fragment()
        os.truncate(path, 100_000)
        talk.read_and_stay_silent()

    peer = scripted_peer(shrink)
    failure = send(peer.peer, path, attempts=1).only
    assert failure.outcome in ("failed", "unconfirmed")
    assert (
        "image.dcm" in failure.error or "truncated" in failure.error or "shorter" in failure.error
    )


def test_a_file_that_grows_is_sent_as_it_was(good_peer, tmp_path):
    path = tmp_path / "grows.dcm"
    path.write_bytes(META + BODY)
    grown = []

    from dicomwire import StoreScu

    scu = StoreScu(good_peer.peer)

    @scu.before_c_store.connect
    def grow(event):
        with path.open("ab") as file:
            file.write(bytes(1000))
        grown.append(event)

    scu.store(path)
    assert grown
    assert scu.last_report.sent + scu.last_report.failed == 1
    for message in good_peer.messages:
        assert message.data_set[: len(BODY)] == BODY


def test_sequences_nested_without_end_are_refused_in_bounded_memory(good_peer, tmp_path):
    levels = 200_000
    opening = bytes.fromhex("08004011 5351 0000 ffffffff feff00e0 ffffffff")
    path = tmp_path / "bad.dcm"
    path.write_bytes(META + element(8, 0x16, "UI", CT_IMAGE_STORAGE) + opening * levels)
    fails(good_peer, path)


def test_a_length_of_4_gib_in_a_small_file(good_peer, tmp_path):
    path = tmp_path / "bad.dcm"
    claim = bytes.fromhex("e07f1000 4f57 0000 feffffff") + bytes(100)
    path.write_bytes(META + element(8, 0x16, "UI", CT_IMAGE_STORAGE) + claim)
    fails(good_peer, path)


MEMORY = """
import resource, sys
from dicomwire import DicomEngine, StoreScu
with DicomEngine():
    scu = StoreScu(sys.argv[1])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = scu.store(sys.argv[2])
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(report.sent, report.failed, after - before)
"""


def test_a_large_file_takes_no_memory(start_storescp, python, tmp_path):
    path = tmp_path / "large.dcm"
    frames = 400
    write_image(path, UID, rows=512, columns=512, frames=frames)
    assert path.stat().st_size > 200_000_000
    peer = start_storescp("--ignore")
    done = python(MEMORY, peer.peer, path)
    sent, failed, kilobytes = map(int, done.stdout.split())
    assert (sent, failed) == (1, 0), done.stderr
    assert kilobytes < 32 * 1024


def test_a_directory_as_huge_as_you_like_starts_at_once(scripted_peer, tmp_path):
    """The first instance is answered while the scan of the rest goes on."""
    write_series(tmp_path, 2000)
    peer = scripted_peer(accept_everything)
    from dicomwire import StoreScu

    results = StoreScu(peer.peer).store_iter(tmp_path)
    assert next(results).outcome == "sent"
    results.close()
    assert len(peer.messages) < 2000
