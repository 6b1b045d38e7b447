"""The archives and worklist servers of our tests answer others, shown without dicomwire.

When a test against one of them fails and this module passes, the fault is ours.
"""

from __future__ import annotations

import pytest
from asking import ask_findscu, ask_pynetdicom, keys
from comparing import differences, read
from studies import JOHN, PATIENTS
from worklists import ITEMS


def test_an_archive_holds_what_it_was_loaded_with(archive):
    query = keys("IMAGE", StudyInstanceUID="", SeriesInstanceUID="", SOPInstanceUID="")
    for ask in (ask_findscu, ask_pynetdicom):
        found = [match.SOPInstanceUID for match in ask(archive.peer, query)]
        assert sorted(found) == sorted(archive.sources)


@pytest.mark.parametrize("fixture", ["dcmtk_archive", "orthanc_archive"])
def test_an_archive_answers_in_other_scripts(request, fixture):
    peer = request.getfixturevalue(fixture).peer
    query = keys("PATIENT", PatientID="DW-*", PatientName="", SpecificCharacterSet="")
    for ask in (ask_findscu, ask_pynetdicom):
        names = {match.PatientID: match.PatientName for match in ask(peer, query, "PATIENT_ROOT")}
        assert names == {patient.id: patient.name for patient in PATIENTS}


def test_an_archive_gives_back_what_it_holds(archive, dcmtk, tmp_path):
    study = JOHN.studies[0]
    key = f"StudyInstanceUID={study.uid}"
    where = ["--call", archive.title, "127.0.0.1", str(archive.port)]
    level = "QueryRetrieveLevel=STUDY"
    dcmtk("getscu", "-S", "-B", "-k", level, "-k", key, "-od", tmp_path, *where)
    got = {dataset.SOPInstanceUID: dataset for dataset in map(read, tmp_path.iterdir())}
    assert sorted(got) == sorted(study.instance_uids())
    for uid, dataset in got.items():
        assert differences(read(archive.sources[uid]), dataset) == []


def test_an_archive_moves_to_its_destinations(archive, dcmtk, tmp_path):
    study = JOHN.studies[1]
    keys_ = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study.uid}"]
    where = ["--call", archive.title, "--move", "RECEIVER", "127.0.0.1", str(archive.port)]
    port = str(archive.destinations["RECEIVER"])
    dcmtk("movescu", "-S", "+P", port, "-od", tmp_path, *keys_, *where)
    got = sorted(read(path).SOPInstanceUID for path in tmp_path.iterdir())
    assert got == sorted(study.instance_uids())


@pytest.mark.parametrize("fixture", ["dcmtk_worklist", "orthanc_worklist"])
def test_a_worklist_server_answers(request, fixture):
    peer = request.getfixturevalue(fixture).peer
    query = keys(PatientID="", PatientName="", SpecificCharacterSet="", AccessionNumber="")
    for ask in (ask_findscu, ask_pynetdicom):
        matches = ask(peer, query, "MODALITY_WORKLIST")
        names = {match.PatientID: match.PatientName for match in matches}
        # wlmscpfs leaves out files with several steps.
        expected = {item.patient_id: item.patient_name for item in ITEMS if len(item.steps) == 1}
        assert expected.items() <= names.items()
        assert names.keys() <= {item.patient_id for item in ITEMS}
