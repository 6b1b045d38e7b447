"""Queries to real archives: what we are told is what findscu and pynetdicom are told."""

from __future__ import annotations

import pytest
from asking import ask_findscu, ask_pynetdicom, keys, unlike_matches
from studies import ALPHA, JOHN, JURGEN, MANY, PATIENTS, TARO

from dicomwire import ConfigError, NoAcceptedContext, QueryRetrieveScu

pytestmark = pytest.mark.usefixtures("engine")

THORAX = JOHN.studies[0]
STUDY_KEYS = {
    "StudyInstanceUID": "",
    "StudyDate": "",
    "StudyTime": "",
    "StudyDescription": "",
    "AccessionNumber": "",
    "StudyID": "",
    "PatientName": "",
    "PatientID": "",
    "PatientBirthDate": "",
    "OtherPatientNames": "",
    "NameOfPhysiciansReadingStudy": "",
    "SpecificCharacterSet": "",
}
SERIES_KEYS = {"SeriesInstanceUID": "", "Modality": "", "SeriesNumber": ""}
IMAGE_KEYS = {"SOPInstanceUID": "", "InstanceNumber": "", "SOPClassUID": ""}

QUERIES = {
    "all studies": ("STUDY", STUDY_KEYS),
    "a name with a wildcard": ("STUDY", STUDY_KEYS | {"PatientName": "DOE*"}),
    "one character of a name": ("STUDY", STUDY_KEYS | {"PatientName": "DOE^J?HN"}),
    "a range of dates": ("STUDY", STUDY_KEYS | {"StudyDate": "20240101-20240331"}),
    "until a date": ("STUDY", STUDY_KEYS | {"StudyDate": "-20200101"}),
    "nothing": ("STUDY", STUDY_KEYS | {"PatientID": "NOBODY"}),
    "the series of a study": ("SERIES", {"StudyInstanceUID": MANY.studies[0].uid} | SERIES_KEYS),
    "series of a modality": (
        "SERIES",
        {"StudyInstanceUID": THORAX.uid} | SERIES_KEYS | {"Modality": "SR"},
    ),
    "the instances of a series": (
        "IMAGE",
        {"StudyInstanceUID": THORAX.uid, "SeriesInstanceUID": THORAX.series_uid(1)} | IMAGE_KEYS,
    ),
}


def check(found, archive, level, values, model="STUDY_ROOT"):
    """Check that others get the same."""
    for ask in (ask_findscu, ask_pynetdicom):
        assert unlike_matches(found, ask(archive.peer, keys(level, **values), model)) == []


@pytest.mark.parametrize("name", QUERIES)
def test_study_root(archive, name):
    level, values = QUERIES[name]
    found = list(QueryRetrieveScu(archive.peer).find(keys(**values), level=level))
    check(found, archive, level, values)


@pytest.mark.parametrize("fixture", ["dcmtk_archive", "orthanc_archive"])
def test_a_list_of_uids(request, fixture):
    archive = request.getfixturevalue(fixture)
    values = STUDY_KEYS | {"StudyInstanceUID": [THORAX.uid, MANY.studies[0].uid]}
    found = list(QueryRetrieveScu(archive.peer).find(keys(**values)))
    assert len(found) == 2
    check(found, archive, "STUDY", values)


@pytest.mark.parametrize(
    ("level", "values"),
    [
        ("PATIENT", {"PatientID": "", "PatientName": "", "SpecificCharacterSet": ""}),
        ("PATIENT", {"PatientID": "DW-?", "PatientName": "", "PatientBirthDate": ""}),
        ("STUDY", {"PatientID": "DW-1", "StudyInstanceUID": "", "StudyDate": ""}),
    ],
)
def test_patient_root(archive, level, values):
    scu = QueryRetrieveScu(archive.peer)
    found = list(scu.find(keys(**values), level=level, model="PATIENT_ROOT"))
    check(found, archive, level, values, "PATIENT_ROOT")


@pytest.mark.parametrize("level", ["PATIENT", "STUDY"])
def test_patient_study_only(dcmtk_archive, level):
    values = {"PatientID": "DW-1"}
    values |= {"PatientName": ""} if level == "PATIENT" else {"StudyInstanceUID": ""}
    scu = QueryRetrieveScu(dcmtk_archive.peer)
    found = list(scu.find(keys(**values), level=level, model="PATIENT_STUDY_ONLY"))
    assert len(found) == (1 if level == "PATIENT" else 2)
    check(found, dcmtk_archive, level, values, "PATIENT_STUDY_ONLY")


def test_a_model_the_peer_does_not_have(orthanc_archive):
    scu = QueryRetrieveScu(orthanc_archive.peer)
    with pytest.raises(NoAcceptedContext) as caught:
        scu.find(level="PATIENT", model="PATIENT_STUDY_ONLY", PatientID="DW-1")
    assert caught.value.proposed


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.id)
def test_names_in_other_scripts(dcmtk_archive, patient):
    (match,) = QueryRetrieveScu(dcmtk_archive.peer).find(
        level="PATIENT", model="PATIENT_ROOT", PatientID=patient.id, OtherPatientNames=None
    )
    assert match.PatientName == patient.name
    names = match.OtherPatientNames or []
    assert [str(name) for name in names] == list(patient.other_names)


def test_orthanc_answers_in_its_own_character_set(orthanc_archive):
    scu = QueryRetrieveScu(orthanc_archive.peer)
    found = {match.PatientID: match for match in scu.find(PatientID="DW-*")}
    for patient in (JURGEN, ALPHA, TARO):
        assert found[patient.id].PatientName == patient.name
        assert found[patient.id].SpecificCharacterSet == "ISO_IR 192"


@pytest.mark.parametrize("character_set", ["ISO_IR 100", "ISO_IR 192", None])
def test_a_name_to_look_for_goes_in_its_character_set(
    dcmtk_archive, orthanc_archive, character_set
):
    for archive in (dcmtk_archive, orthanc_archive):
        scu = QueryRetrieveScu(archive.peer)
        found = list(scu.find(PatientName="Müller*", character_set=character_set))
        assert [match.PatientID for match in found] == [JURGEN.id]


def test_a_greek_name_needs_no_words_about_it(dcmtk_archive, orthanc_archive):
    for archive in (dcmtk_archive, orthanc_archive):
        (match,) = QueryRetrieveScu(archive.peer).find(PatientName="Ωμέγα^*")
        assert match.PatientID == ALPHA.id


def test_keywords_a_dictionary_and_a_data_set_ask_the_same(dcmtk_archive):
    scu = QueryRetrieveScu(dcmtk_archive.peer)
    by_keywords = list(scu.find(PatientID="DW-1"))
    assert len(by_keywords) == 2
    assert {match.StudyInstanceUID for match in by_keywords} == {
        study.uid for study in JOHN.studies
    }
    assert unlike_matches(by_keywords, list(scu.find({"PatientID": "DW-1"}))) == []
    whole = keys(**{element.keyword: "" for element in by_keywords[0]} | {"PatientID": "DW-1"})
    assert unlike_matches(by_keywords, list(scu.find(whole))) == []


def test_what_keys_come_back_can_be_said(dcmtk_archive):
    scu = QueryRetrieveScu(dcmtk_archive.peer)
    result = scu.find(PatientID="DW-1", return_keys=["StudyDate", "StudyInstanceUID"])
    wanted = {"StudyDate", "StudyInstanceUID", "PatientID"}
    assert wanted <= set(result.columns)
    assert "StudyDescription" not in result.columns
    for match in result:
        assert wanted <= {element.keyword for element in match}
        assert "StudyDescription" not in match


def test_the_outcome(archive):
    result = QueryRetrieveScu(archive.peer).find(StudyInstanceUID=THORAX.uid)
    assert result.status is None
    found = list(result)
    assert found
    assert result.status == 0
    assert result.matches == len(found)
    assert result.undecodable == []
    assert not result.relational
    assert not result.failures


@pytest.mark.parametrize(
    ("what", "level", "values"),
    [
        ("no such keyword", "STUDY", {"PatientNombre": "DOE"}),
        ("a value the VR does not have", "STUDY", {"StudyDate": "yesterday"}),
        ("no key of the level above", "SERIES", {"SeriesInstanceUID": ""}),
        ("no such level", "CHAPTER", {"PatientID": "1"}),
        ("a key of a level below", "STUDY", {"SOPInstanceUID": "1.2.3"}),
    ],
)
def test_what_cannot_be_asked_is_refused_before_a_byte(scripted_peer, what, level, values):
    peer = scripted_peer(lambda talk: None)
    with pytest.raises(ConfigError):
        QueryRetrieveScu(peer.peer).find(level=level, **values)
    assert peer.conversations == []


def test_unchecked_it_is_the_peers_to_refuse(pynetdicom_archive):
    scu = QueryRetrieveScu(pynetdicom_archive.peer)
    result = scu.find(level="SERIES", SeriesInstanceUID="", check=False, strict=False)
    assert list(result) == []
    assert result.status == 0xA900
    assert result.status.is_failure
