"""What is asked for in storage commitment: files, data sets, pairs, what was stored."""

from __future__ import annotations

import pickle
import threading

import pytest
from committing import PAIRS, uids
from comparing import read
from generated import write_image, write_series
from wire import CT_IMAGE_STORAGE

from dicomwire import (
    CommitmentOptions,
    ConfigError,
    EventListener,
    Rewrite,
    StateError,
    StorageCommitmentScu,
    StorageReceiver,
    StoreError,
    StoreInterrupted,
    StoreScu,
    UidMap,
)

pytestmark = pytest.mark.usefixtures("engine")

SENT = [f"2.25.{1000 + number}" for number in range(4)]


@pytest.fixture
def scu(commitment_scp):
    return StorageCommitmentScu(commitment_scp.peer("ALL-SAME"))


@pytest.fixture
def study(tmp_path):
    return [*write_series(tmp_path / "study", 4)]


def test_files_and_directories(scu, study):
    for source in (study[0].parent, study, [str(path) for path in study], iter(study)):
        result = scu.request(source, wait=5)
        assert sorted(uids(result.committed)) == SENT
        assert [one.path for one in result.committed] == study
    assert uids(scu.request(str(study[2]), wait=5).committed) == SENT[2:3]


def test_data_sets_pairs_and_things_that_have_the_uids(scu, study):
    datasets = [read(path) for path in study]
    mixed = [datasets[0], PAIRS[0], study[1], datasets[0]]
    assert uids(scu.request(mixed, wait=5).committed) == [SENT[0], PAIRS[0][1], SENT[1]]
    assert uids(scu.request(PAIRS[0], wait=5).committed) == [PAIRS[0][1]]
    result = scu.request(datasets[3], wait=5)
    assert result.committed[0].path == study[3]
    assert uids(scu.request(result.committed, wait=5).committed) == SENT[3:]


def test_what_was_stored(scu, study, tmp_path):
    (tmp_path / "study" / "bad.dcm").write_text("no DICOM")
    store = StoreScu(scu.peer)
    results = list(store.store_iter(tmp_path / "study"))
    assert len(results) == 5
    result = scu.request(results, wait=5)
    # What was not stored is not asked for: it is a failure of storing.
    assert sorted(uids(result.committed)) == SENT
    assert result.unreadable == ()
    with pytest.raises(ConfigError, match="commit=True"):
        scu.request(store.store(study))


def test_a_file_that_does_not_say_what_it_is_is_not_committed(scu, study, tmp_path):
    (tmp_path / "study" / "notes.txt").write_text("no DICOM")
    result = scu.request(tmp_path / "study", wait=5)
    assert len(result.committed) == 4
    assert [one.path.name for one in result.unreadable] == ["notes.txt"]
    assert not result.all_committed
    assert "1 cannot be read" in result.summary
    assert result.to_dict()["unreadable"][0]["path"].endswith("notes.txt")


def test_a_dicomdir_stands_for_what_it_lists(scu, corpus_dicomdir):
    directory, count = corpus_dicomdir
    result = scu.request(directory / "DICOMDIR", wait=5)
    assert len(result.committed) == count
    assert all(one.path.is_file() for one in result.committed)
    # In a directory it is an index of what is there anyway.
    again = scu.request(directory, wait=5)
    assert {*uids(again.committed)} == {*uids(result.committed)}
    assert again.unreadable == ()


@pytest.fixture
def corpus_dicomdir(tmp_path):
    from pydicom.fileset import FileSet

    files = FileSet()
    for path in write_series(tmp_path / "loose", 3):
        dataset = read(path)
        dataset.StudyDate, dataset.StudyTime, dataset.StudyID = "20240101", "0800", "1"
        dataset.SeriesNumber = dataset.InstanceNumber = 1
        files.add(dataset)
    files.write(tmp_path / "media")
    files._stage["t"].cleanup()
    return tmp_path / "media", 3


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ([], "nothing to ask"),
        (["/no/such/file"], "/no/such/file: cannot be read"),
        (5, "instances=int: must be a path"),
        ([5], "cannot ask to commit a int"),
        ([(CT_IMAGE_STORAGE, "x")], "cannot ask to commit a str|cannot ask to commit a tuple"),
        ([(CT_IMAGE_STORAGE, "2.25.1"), ("1.2.3", "2.25.1")], "two SOP classes"),
    ],
)
def test_what_cannot_be_asked_for(scu, source, says):
    with pytest.raises(ConfigError, match=says):
        scu.request(source)


def test_data_sets_without_uids_cannot_be_asked_for(scu, study):
    dataset = read(study[0])
    del dataset.SOPInstanceUID
    with pytest.raises(ConfigError, match="no SOP Instance UID"):
        scu.request(dataset)


# store(commit=)


def test_storing_and_committing(commitment_scp, study):
    report = StoreScu(commitment_scp.peer("STORED-SAME")).store(study, commit=True)
    assert (report.sent, report.commitment.all_committed) == (4, True)
    assert report.raise_for_failures() is report
    assert sorted(uids(report.results)) == SENT
    assert all(result.committed for result in report.results)
    copy = pickle.loads(pickle.dumps(report))
    assert copy.results == report.results


def test_without_it_nothing_is_asked_and_nothing_kept(commitment_scp, study):
    report = StoreScu(commitment_scp.peer("STORED-SAME")).store(study)
    assert (report.confirmed, report.commitment, report.commitment_error) == (None, None, None)
    assert report.results == []
    assert commitment_scp.lines() == []


def test_what_failed_to_be_stored_is_not_asked_for(commitment_scp, study):
    study[0].write_text("no DICOM")
    report = StoreScu(commitment_scp.peer("STORED-SAME")).store(study, commit=True)
    assert (report.sent, report.failed) == (3, 1)
    assert report.commitment.all_committed
    assert [result.committed for result in report.results] == [True, True, True, None]
    with pytest.raises(StoreError, match="1 of 4 instances failed"):
        report.raise_for_failures()


def test_what_was_rewritten_is_asked_for_as_it_was_sent(commitment_scp, study):
    rewrite = Rewrite({"SOPInstanceUID": UidMap(salt="commitment")})
    scu = StoreScu(commitment_scp.peer("STORED-SAME"))
    report = scu.store(study, rewrite=rewrite, commit=True)
    assert report.commitment.all_committed
    assert {*uids(report.commitment.committed)}.isdisjoint(SENT)


def test_storing_and_being_called_back(called, study):
    store = StoreScu(called.scp.peer("STORED-BACK"), calling_ae_title=f"CB{called.listener.port}")
    report = store.store(study, commit=CommitmentOptions(listener=called.listener, max_instances=3))
    assert report.raise_for_failures().commitment.pattern == "listener"
    assert len(report.commitment.transactions) == 2


def test_a_report_that_comes_after_the_call_is_in_the_results(called, study):
    complete = threading.Event()
    committing = called.scu("STORED-BACK")
    committing.commitment_result += lambda event: complete.set()
    options = CommitmentOptions(wait=None, listener=called.listener, scu=committing)
    report = StoreScu(called.scp.peer("ALL-NEVER")).store(study, commit=options)
    assert complete.wait(5)
    assert [result.committed for result in report.results] == [True] * 4
    assert committing.last_result is report.commitment


def test_another_peer_may_be_asked(commitment_scp, study):
    with StorageReceiver("RX") as receiver:
        options = CommitmentOptions(
            wait=5, scu=StorageCommitmentScu(commitment_scp.peer("REASONS-SAME"))
        )
        store = StoreScu(f"RX@127.0.0.1:{receiver.port}")
        report = store.store(study, commit=options)
    assert sorted(result.committed for result in report.results) == [False, False, False, True]
    with pytest.raises(StoreError, match="1 of 4 instances are committed"):
        report.raise_for_failures()


def test_what_cannot_be_wanted(commitment_scp, study):
    scu = StoreScu(commitment_scp.peer("STORED-SAME"))
    for commit, error in [
        ("yes", ConfigError),
        (1, ConfigError),
        (CommitmentOptions(listener=EventListener("X")), StateError),
    ]:
        with pytest.raises(error):
            scu.store(study, commit=commit)
    assert commitment_scp.lines() == []


def test_nothing_stored_is_nothing_to_commit(commitment_scp, tmp_path):
    path = tmp_path / "bad.dcm"
    path.write_text("no DICOM")
    report = StoreScu(commitment_scp.peer("STORED-SAME")).store(path, commit=True)
    assert (report.failed, report.commitment, report.commitment_error) == (1, None, None)


def test_the_archive_has_it_with_another_class(commitment_scp, tmp_path):
    path = write_image(tmp_path / "a.dcm", "2.25.77")
    StoreScu(commitment_scp.peer("STORED-SAME")).store(path)
    scu = StorageCommitmentScu(commitment_scp.peer("STORED-SAME"))
    result = scu.request([("1.2.840.10008.5.1.4.1.1.4", "2.25.77"), PAIRS[0]], wait=5)
    assert [one.failure_reason for one in result.failed] == [0x0119, 0x0112]


def test_ctrl_c_while_commitment_is_awaited(commitment_scp, study):
    committing = StorageCommitmentScu(commitment_scp.peer("ALL-NEVER"))

    def strike(event):
        raise KeyboardInterrupt

    committing.after_n_action += strike
    scu = StoreScu(commitment_scp.peer("ALL-NEVER"))
    with pytest.raises(StoreInterrupted) as raised:
        scu.store(study, commit=CommitmentOptions(scu=committing))
    assert raised.value.report is scu.last_report
    assert (scu.last_report.sent, len(scu.last_report.commitment.pending)) == (4, 4)
