"""C-MOVE of real archives, to a receiver of ours and to others."""

from __future__ import annotations

import pytest
from comparing import differences, read
from studies import JOHN, MANY

from dicomwire import QueryRetrieveScu, StatusError, StorageReceiver

pytestmark = pytest.mark.usefixtures("engine")

THORAX = JOHN.studies[0]
SERIES = {"StudyInstanceUID": THORAX.uid, "SeriesInstanceUID": THORAX.series_uid(1)}
LEVELS = {
    "STUDY": ({"StudyInstanceUID": THORAX.uid}, THORAX.instance_uids()),
    "SERIES": (SERIES, [THORAX.instance_uid(1, number) for number in (1, 2, 3)]),
    "IMAGE": (
        SERIES | {"SOPInstanceUID": THORAX.instance_uid(1, 3)},
        [THORAX.instance_uid(1, 3)],
    ),
}


@pytest.fixture
def receiver_at(destinations, tmp_path):
    """Make the receiver that the archives know by a title; it writes into tmp_path."""

    def make(title, **how):
        directory = tmp_path / title
        directory.mkdir()
        return StorageReceiver(title, port=destinations[title], sink=directory, **how)

    return make


def check_files(directory, expected, archive):
    """Check that a directory holds exactly these instances, as the archive got them."""
    got = {path.stem: path for path in directory.iterdir()}
    assert sorted(got) == sorted(expected)
    for uid, path in got.items():
        assert differences(read(archive.sources[uid]), read(path)) == []


@pytest.mark.parametrize("level", LEVELS)
def test_to_our_receiver(archive, receiver_at, tmp_path, level):
    values, expected = LEVELS[level]
    with receiver_at("RECEIVER") as receiver:
        report = QueryRetrieveScu(archive.peer).move(receiver=receiver, level=level, **values)
    check_files(tmp_path / "RECEIVER", expected, archive)
    assert report.status == 0
    assert report.completed == report.received == len(expected)
    assert (report.failed, report.warning) == (0, 0)
    assert report.missing == []
    assert report.bytes > 0
    report.raise_for_failures()


def test_all_of_a_patient(archive, receiver_at, tmp_path):
    with receiver_at("RECEIVER") as receiver:
        report = QueryRetrieveScu(archive.peer).move(
            receiver=receiver, level="PATIENT", model="PATIENT_ROOT", PatientID=JOHN.id
        )
    expected = [uid for study in JOHN.studies for uid in study.instance_uids()]
    check_files(tmp_path / "RECEIVER", expected, archive)
    assert report.received == len(expected)


def test_to_a_third_party(archive, receiver_at, tmp_path):
    # It happens to be in this process, but nobody tells the one that asks.
    with receiver_at("RELAY"):
        report = QueryRetrieveScu(archive.peer).move("RELAY", StudyInstanceUID=THORAX.uid)
    check_files(tmp_path / "RELAY", THORAX.instance_uids(), archive)
    assert report.status == 0
    assert report.completed == len(THORAX.instance_uids())


def test_what_arrives_says_who_asked_for_it(archive, receiver_at):
    seen = []
    with receiver_at("RECEIVER") as receiver:
        receiver.instance_received += seen.append
        scu = QueryRetrieveScu(archive.peer, calling_ae_title="WORKSTATION")
        scu.move(receiver=receiver, StudyInstanceUID=THORAX.uid)
    # pynetdicom names itself and not who asked, against PS3.7 section 9.1.1.1.
    title = "QRSCP" if archive.title == "QRSCP" else "WORKSTATION"
    assert {event.move_originator_ae_title for event in seen} == {title}
    assert len({event.move_originator_message_id for event in seen}) == 1
    assert seen[0].move_originator_message_id is not None


@pytest.mark.parametrize("fixture", ["dcmtk_archive", "pynetdicom_archive"])
def test_a_destination_nobody_knows(request, fixture):
    archive = request.getfixturevalue(fixture)
    report = QueryRetrieveScu(archive.peer).move("NOWHERE", StudyInstanceUID=THORAX.uid)
    assert report.status == 0xA801
    assert report.completed == 0
    with pytest.raises(StatusError, match="NOWHERE"):
        report.raise_for_failures()


def test_a_destination_orthanc_does_not_know(orthanc_archive):
    report = QueryRetrieveScu(orthanc_archive.peer).move("NOWHERE", StudyInstanceUID=THORAX.uid)
    assert report.status.is_failure
    with pytest.raises(StatusError):
        report.raise_for_failures()


def test_a_destination_that_does_not_listen(archive):
    report = QueryRetrieveScu(archive.peer).move("UNREACHABLE", StudyInstanceUID=THORAX.uid)
    assert report.status != 0
    with pytest.raises(StatusError):
        report.raise_for_failures()


def test_verified(archive, receiver_at):
    with receiver_at("RECEIVER") as receiver:
        report = QueryRetrieveScu(archive.peer).move(
            receiver=receiver, verify=True, StudyInstanceUID=MANY.studies[0].uid
        )
    assert report.expected == report.received == 40
    assert report.missing == []


def test_progress(archive, receiver_at):
    seen = []
    with receiver_at("RECEIVER") as receiver:
        report = QueryRetrieveScu(archive.peer).move(
            receiver=receiver, progress=seen.append, StudyInstanceUID=MANY.studies[0].uid
        )
    assert seen[-1].completed == report.completed == 40


def test_to_a_directory(archive, destinations, tmp_path):
    # The receiver is started for the call, under the title and port the archive knows.
    report = QueryRetrieveScu(archive.peer).move(
        "RECEIVER",
        receiver=tmp_path,
        receiver_port=destinations["RECEIVER"],
        StudyInstanceUID=THORAX.uid,
    )
    check_files(tmp_path, THORAX.instance_uids(), archive)
    assert report.received == len(THORAX.instance_uids())


def test_two_moves_to_one_receiver_are_told_apart(archive, receiver_at):
    from concurrent.futures import ThreadPoolExecutor

    studies = [THORAX, MANY.studies[0]]
    with receiver_at("RECEIVER") as receiver:

        def move(study):
            scu = QueryRetrieveScu(archive.peer, calling_ae_title=f"WS{study.number}")
            return scu.move(receiver=receiver, StudyInstanceUID=study.uid)

        with ThreadPoolExecutor() as threads:
            reports = list(threads.map(move, studies))
    for study, report in zip(studies, reports, strict=True):
        assert report.received == len(study.instance_uids())
        assert report.missing == []


def test_nothing_there(archive, receiver_at, tmp_path):
    with receiver_at("RECEIVER") as receiver:
        report = QueryRetrieveScu(archive.peer).move(receiver=receiver, StudyInstanceUID="1.2.3.4")
    assert report.received == 0
    assert list((tmp_path / "RECEIVER").iterdir()) == []


def test_what_our_sink_refuses_or_warns_of_is_in_the_report(dcmtk_archive, destinations):
    refused, warned = THORAX.instance_uid(1, 1), THORAX.instance_uid(1, 2)

    def take(event):
        return {refused: 0xA700, warned: 0xB000}.get(event.sop_instance_uid)

    moved = []
    scu = QueryRetrieveScu(dcmtk_archive.peer)
    scu.moved += moved.append
    with StorageReceiver("RECEIVER", port=destinations["RECEIVER"], sink=take) as receiver:
        report = scu.move(receiver=receiver, StudyInstanceUID=THORAX.uid)
    fates = {one.sop_instance_uid: one.status for one in report.instances}
    assert sorted(fates) == sorted(THORAX.instance_uids())
    assert (fates[refused], fates[warned]) == (0xA700, 0xB000)
    assert refused in report.failed_sop_instance_uids
    assert refused not in {event.sop_instance_uid for event in moved}
    assert (report.failed, report.received) == (1, len(THORAX.instance_uids()) - 1)
    with pytest.raises(StatusError, match="1 failed"):
        report.raise_for_failures()
