"""C-GET from real archives: what arrives is what they were loaded with."""

from __future__ import annotations

import pytest
from comparing import dataset_bytes, differences, read
from studies import ALPHA, JOHN, MANY

from dicomwire import QueryRetrieveScu, StorageReceiver, StoreScu

pytestmark = pytest.mark.usefixtures("engine")

THORAX = JOHN.studies[0]
LEVELS = {
    "STUDY": ({"StudyInstanceUID": THORAX.uid}, THORAX.instance_uids()),
    "SERIES": (
        {"StudyInstanceUID": THORAX.uid, "SeriesInstanceUID": THORAX.series_uid(1)},
        [THORAX.instance_uid(1, number) for number in (1, 2, 3)],
    ),
    "IMAGE": (
        {
            "StudyInstanceUID": THORAX.uid,
            "SeriesInstanceUID": THORAX.series_uid(2),
            "SOPInstanceUID": THORAX.instance_uid(2, 2),
        },
        [THORAX.instance_uid(2, 2)],
    ),
}


def check_files(directory, expected, archive):
    """Check that a directory holds exactly these instances, as the archive got them."""
    got = {path.stem: path for path in directory.iterdir()}
    assert sorted(got) == sorted(expected)
    for uid, path in got.items():
        assert differences(read(archive.sources[uid]), read(path)) == []


@pytest.mark.parametrize("level", LEVELS)
def test_to_a_directory(archive, tmp_path, level):
    values, expected = LEVELS[level]
    report = QueryRetrieveScu(archive.peer).get(tmp_path, level=level, **values)
    check_files(tmp_path, expected, archive)
    assert report.status == 0
    assert report.completed == report.received == len(expected)
    assert (report.failed, report.warning, report.remaining) == (0, 0, 0)
    assert report.failed_sop_instance_uids == []
    assert report.bytes >= sum(len(dataset_bytes(path)) for path in tmp_path.iterdir())
    assert report.seconds > 0
    report.raise_for_failures()


def test_to_nowhere(archive):
    report = QueryRetrieveScu(archive.peer).get(None, StudyInstanceUID=THORAX.uid)
    assert report.completed == report.received == len(THORAX.instance_uids())
    assert report.bytes > 0
    assert all(instance.path is None for instance in report.instances)


def test_all_of_a_patient(archive, tmp_path):
    report = QueryRetrieveScu(archive.peer).get(
        tmp_path, level="PATIENT", model="PATIENT_ROOT", PatientID=JOHN.id
    )
    expected = [uid for study in JOHN.studies for uid in study.instance_uids()]
    check_files(tmp_path, expected, archive)
    assert report.completed == len(expected)


def test_patient_study_only(dcmtk_archive, tmp_path):
    report = QueryRetrieveScu(dcmtk_archive.peer).get(
        tmp_path, level="PATIENT", model="PATIENT_STUDY_ONLY", PatientID=ALPHA.id
    )
    check_files(tmp_path, ALPHA.studies[0].instance_uids(), dcmtk_archive)
    assert report.received == 3


@pytest.mark.parametrize("fixture", ["dcmtk_archive", "orthanc_archive"])
def test_every_study_of_the_archive(request, fixture, tmp_path):
    archive = request.getfixturevalue(fixture)
    with QueryRetrieveScu(archive.peer) as scu:
        for study in scu.find(return_keys=["StudyInstanceUID"]):
            report = scu.get(tmp_path, StudyInstanceUID=study.StudyInstanceUID)
            report.raise_for_failures()
    check_files(tmp_path, archive.sources, archive)


def test_to_a_callable(archive):
    got = {}

    def take(event):
        got[event.sop_instance_uid] = event.dataset

    report = QueryRetrieveScu(archive.peer).get(take, StudyInstanceUID=THORAX.uid)
    assert sorted(got) == sorted(THORAX.instance_uids())
    for uid, dataset in got.items():
        assert differences(read(archive.sources[uid]), dataset) == []
    assert report.completed == len(got)


def test_what_a_callable_refuses_is_a_failure(dcmtk_archive):
    refused = THORAX.instance_uid(1, 2)

    def take(event):
        return 0xA700 if event.sop_instance_uid == refused else 0

    report = QueryRetrieveScu(dcmtk_archive.peer).get(take, StudyInstanceUID=THORAX.uid)
    assert report.failed == 1
    assert report.completed == len(THORAX.instance_uids()) - 1
    assert report.failed_sop_instance_uids == [refused]


def test_a_relay_to_our_own_receiver(archive, tmp_path):
    with StorageReceiver("RELAY", sink=tmp_path) as receiver:
        destination = StoreScu(f"RELAY@127.0.0.1:{receiver.port}")
        report = QueryRetrieveScu(archive.peer).get(destination, StudyInstanceUID=THORAX.uid)
    check_files(tmp_path, THORAX.instance_uids(), archive)
    assert report.completed == report.received == len(THORAX.instance_uids())


def test_a_relay_to_storescp(archive, start_storescp):
    storescp = start_storescp(nagle=False)
    report = QueryRetrieveScu(archive.peer).get(
        StoreScu(storescp.peer), StudyInstanceUID=THORAX.uid
    )
    got = {read(path).SOPInstanceUID: path for path in storescp.files()}
    assert sorted(got) == sorted(THORAX.instance_uids())
    for uid, path in got.items():
        assert differences(read(archive.sources[uid]), read(path)) == []
    assert report.completed == len(got)


def test_a_relay_to_an_archive_that_refuses(dcmtk_archive, scripted_peer):
    def refuse(talk):
        talk.accept()
        talk.serve(status=0xA700)

    report = QueryRetrieveScu(dcmtk_archive.peer).get(
        StoreScu(scripted_peer(refuse).peer), StudyInstanceUID=THORAX.uid
    )
    assert report.completed == 0
    assert report.failed == len(THORAX.instance_uids())
    assert sorted(report.failed_sop_instance_uids) == sorted(THORAX.instance_uids())


def test_verified(archive, tmp_path):
    report = QueryRetrieveScu(archive.peer).get(
        tmp_path, verify=True, StudyInstanceUID=MANY.studies[0].uid
    )
    assert report.expected == report.received == 40
    assert report.missing == []
    report.raise_for_failures()


@pytest.mark.parametrize("fixture", ["dcmtk_archive", "pynetdicom_archive"])
def test_classes_that_are_not_accepted_are_failures(request, fixture, tmp_path):
    archive = request.getfixturevalue(fixture)
    report = QueryRetrieveScu(archive.peer).get(
        tmp_path, sop_classes=["1.2.840.10008.5.1.4.1.1.2"], StudyInstanceUID=THORAX.uid
    )
    (missed,) = [uid for uid in THORAX.instance_uids() if uid.startswith(THORAX.series_uid(3))]
    expected = [uid for uid in THORAX.instance_uids() if uid != missed]
    check_files(tmp_path, expected, archive)
    assert report.completed == len(expected)
    assert report.failed == 1


def test_nothing_there(archive, tmp_path):
    report = QueryRetrieveScu(archive.peer).get(tmp_path, StudyInstanceUID="1.2.3.4")
    assert list(tmp_path.iterdir()) == []
    assert report.received == 0
    assert report.completed == 0


def test_progress_ends_with_the_whole_account(archive, tmp_path):
    seen = []
    report = QueryRetrieveScu(archive.peer).get(
        tmp_path, progress=seen.append, StudyInstanceUID=MANY.studies[0].uid
    )
    assert seen[-1].completed == report.completed == 40
    assert seen[-1].remaining == 0
    assert [event.completed for event in seen] == sorted(event.completed for event in seen)
