"""Everything that may be handed to `StoreScu.store`."""

from __future__ import annotations

import itertools
import os
import shutil

import pydicom
import pytest
from comparing import dataset_bytes, differences, read
from corpora import pydicom_directory
from generated import dataset, file_meta, write_image, write_series
from storing import SHORT, check_each_once, send
from wire import CT_IMAGE_STORAGE

from dicomwire import ConfigError, StoreScu

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def peer(receiver):
    return f"RECEIVER@127.0.0.1:{receiver.port}"


@pytest.fixture
def received(tmp_path):
    return tmp_path / "received"


def test_a_path_as_str_or_path(peer, receiver, tmp_path):
    path = write_image(tmp_path / "sent" / "one.dcm", "2.25.1")
    assert send(peer, str(path)).report.sent == 1
    assert send(peer, path).only.path == path
    assert receiver.received == 2


def test_a_directory_is_walked_to_its_depth(peer, tmp_path):
    paths = [
        write_image(tmp_path / "sent" / folder / "image", f"2.25.{number}")
        for number, folder in enumerate([".", "a", "a/b", "c/d/e"])
    ]
    check_each_once(send(peer, tmp_path / "sent"), [path.resolve() for path in paths])


def test_a_loop_of_links_is_walked_once(peer, tmp_path):
    paths = write_series(tmp_path / "sent", 2)
    (tmp_path / "sent" / "again").symlink_to(tmp_path / "sent", target_is_directory=True)
    sent = send(peer, tmp_path / "sent")
    assert sent.report.sent == len(paths)


def test_an_empty_directory_is_nothing_to_send(scripted_peer, tmp_path):
    # Nobody is asked for an association if there is nothing to send.
    report = StoreScu("NOBODY@127.0.0.1:1").store(tmp_path)
    assert (report.sent, report.failed, report.skipped) == (0, 0, 0)


def test_a_dicomdir_names_the_files_to_send(peer, receiver, tmp_path):
    fileset = pydicom_directory() / "test_files" / "dicomdirtests"
    copy = tmp_path / "media"
    shutil.copytree(fileset, copy)
    directory = read(copy / "DICOMDIR")
    named = {
        copy.joinpath(*record.ReferencedFileID)
        for record in directory.DirectoryRecordSequence
        if "ReferencedFileID" in record
    }
    sent = send(peer, copy / "DICOMDIR")
    assert {result.path for result in sent.results} == named
    assert sent.report.sent == len(named)
    assert receiver.received == len(named)


def test_a_file_that_a_dicomdir_names_and_is_not_there_is_a_failure(peer, tmp_path):
    copy = tmp_path / "media"
    shutil.copytree(pydicom_directory() / "test_files" / "dicomdirtests", copy)
    directory = read(copy / "DICOMDIR")
    record = next(r for r in directory.DirectoryRecordSequence if "ReferencedFileID" in r)
    missing = copy.joinpath(*record.ReferencedFileID)
    missing.unlink()
    sent = send(peer, copy / "DICOMDIR")
    assert [result.path for result in sent.report.failures] == [missing]
    assert "DICOMDIR" in sent.report.failures[0].error or "No such file" in (
        sent.report.failures[0].error
    )


def test_the_bytes_of_a_file(peer, receiver, received):
    body = dataset(CT_IMAGE_STORAGE, "2.25.3")
    result = send(peer, file_meta(CT_IMAGE_STORAGE, "2.25.3") + body).only
    assert (result.outcome, result.path, result.sop_instance_uid) == ("sent", None, "2.25.3")
    (file,) = received.iterdir()
    assert dataset_bytes(file) == body


def test_a_dataset_that_was_read(peer, received):
    source = pydicom.dcmread(pydicom_directory() / "test_files" / "CT_small.dcm")
    assert send(peer, source).outcomes == ["sent"]
    (file,) = received.iterdir()
    assert differences(source, read(file)) == []


def test_a_dataset_made_from_nothing(peer, received):
    source = pydicom.Dataset()
    source.SOPClassUID = CT_IMAGE_STORAGE
    source.SOPInstanceUID = "2.25.77"
    source.PatientName = "Made^Up"
    before = source.copy()
    assert send(peer, source).outcomes == ["sent"]
    assert source == before
    assert not hasattr(source, "file_meta")
    (file,) = received.iterdir()
    assert read(file).PatientName == "Made^Up"


def test_a_dataset_without_uids_is_a_failure_that_says_so(peer):
    failure = send(peer, pydicom.Dataset()).only
    assert failure.outcome == "failed"
    assert "SOPClassUID" in failure.error


def test_an_iterable_of_all_sorts(peer, receiver, tmp_path):
    paths = write_series(tmp_path / "sent", 3)
    mixed = [
        paths[0],
        str(paths[1]),
        read(paths[2]),
        tmp_path / "sent",
        paths[0].read_bytes(),
        object(),
    ]
    sent = send(peer, iter(mixed))
    assert sent.report.sent == 7
    assert "object" in sent.report.failures[0].error
    assert sent.report.failed == 1


def test_an_endless_generator_is_read_no_further_than_needed(peer, receiver, tmp_path):
    path = write_image(tmp_path / "one.dcm", "2.25.1")
    taken = itertools.count()

    def endless():
        while True:
            next(taken)
            yield path

    scu = StoreScu(peer)
    results = list(itertools.islice(scu.store_iter(endless()), 200))
    assert [result.outcome for result in results] == ["sent"] * 200
    # The generator above was closed by islice's end; what was in hand was finished and counted.
    assert next(taken) < 200 + 500
    assert scu.last_report.sent >= 200
    assert scu.last_report.sent == receiver.received


def test_leaving_the_loop_early_accounts_for_what_was_in_hand(peer, receiver, tmp_path):
    write_series(tmp_path / "sent", 100)
    scu = StoreScu(peer)
    results = scu.store_iter(tmp_path / "sent")
    assert next(results).outcome == "sent"
    results.close()
    report = scu.last_report
    assert report.failed == 0
    assert 1 <= report.sent <= 100
    assert receiver.received == report.sent
    # What was not handed out any more is there by name, each once.
    unread = [result for result in report.unread if result.outcome == "sent"]
    assert len(unread) == report.sent - 1
    assert len({result.path for result in unread}) == len(unread)


def test_results_come_while_the_transfer_goes_on(peer, receiver, tmp_path):
    paths = write_series(tmp_path / "sent", 3)
    arrived = []

    def one_by_one():
        for path in paths:
            yield path
            # The generator is asked for more only because its last one is on its way.
            arrived.append(receiver.received)

    results = [result.path for result in StoreScu(peer).store_iter(one_by_one())]
    assert results == paths


def test_what_the_source_raises_comes_out_and_nothing_is_lost(peer, receiver, tmp_path):
    paths = write_series(tmp_path / "sent", 2)

    def broken():
        yield from paths
        raise LookupError("no more")

    scu = StoreScu(peer, options=SHORT)
    with pytest.raises(LookupError, match="no more"):
        scu.store(broken())
    report = scu.last_report
    assert report.sent + report.failed + report.skipped == 2
    assert report.sent <= receiver.received


@pytest.mark.parametrize("source", [None, 5, 1.5])
def test_what_is_no_source_is_an_error_before_any_byte(source):
    with pytest.raises(ConfigError, match="source"):
        StoreScu("NOBODY@127.0.0.1:1").store(source)


def test_paths_that_are_not_utf8(peer, receiver, tmp_path):
    directory = os.fsencode(tmp_path / "sent")
    os.mkdir(directory)  # noqa: PTH102 - pathlib has no bytes
    source = write_image(tmp_path / "one.dcm", "2.25.1")
    target = os.path.join(directory, b"caf\xe9.dcm")  # noqa: PTH118
    shutil.copyfile(os.fsencode(source), target)
    result = send(peer, tmp_path / "sent").only
    assert result.outcome == "sent"
    assert os.fsencode(result.path) == target


def test_an_iterator_of_empty_directories_comes_to_its_end(peer, receiver, tmp_path):
    (tmp_path / "empty").mkdir()
    (path,) = write_series(tmp_path / "sent", 1)
    source = itertools.chain(itertools.repeat(tmp_path / "empty", 600), [path])
    report = StoreScu(peer).store(source)
    assert (report.sent, report.total) == (1, 1)


@pytest.mark.parametrize("kind", [list, iter])
def test_a_stop_accounts_for_all_that_was_read_of_the_source(peer, receiver, tmp_path, kind):
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(b"no DICOM")
    paths = write_series(tmp_path / "sent", 2)
    read = []

    def reading():
        for path in [*paths, bad, *[paths[0]] * 3000]:
            read.append(path)
            yield path

    source = list(reading()) if kind is list else reading()
    report = StoreScu(peer).store(source, on_failure="stop")
    assert report.failed == 1
    assert report.total == len(read)
    if kind is list:
        assert len(read) == 3003
