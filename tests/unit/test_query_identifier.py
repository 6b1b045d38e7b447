"""Identifiers: keys of all forms, return keys, levels, and character sets."""

from __future__ import annotations

import copy

import pytest
from pydicom.dataset import Dataset

import dicomwire
from dicomwire.errors import ConfigError
from dicomwire.query import build, encode_query

EXPLICIT = "1.2.840.10008.1.2.1"


def keywords(dataset: Dataset) -> set[str]:
    return set(dataset.dir())


def test_a_data_set_is_sent_as_it_is_with_its_level() -> None:
    query = Dataset()
    query.PatientName = "DOE^*"
    before = copy.deepcopy(query)
    built = build(query)
    assert keywords(built.dataset) == {"PatientName", "QueryRetrieveLevel"}
    assert built.dataset.QueryRetrieveLevel == "STUDY"
    assert (built.level, built.model.name, built.relational) == ("STUDY", "STUDY_ROOT", False)
    assert query == before


@pytest.mark.parametrize(
    "query",
    [
        {"PatientID": "4711"},
        {0x0010_0020: "4711"},
        {(0x0010, 0x0020): "4711"},
        {"0010,0020": "4711"},
        {"(0010,0020)": "4711"},
        {"00100020": "4711"},
    ],
)
def test_keys_have_many_names(query: dict[object, object]) -> None:
    dataset = build(query, return_keys=["StudyDate"]).dataset  # type: ignore[arg-type]
    assert dataset.PatientID == "4711"
    # The unique key of the level is in every query.
    assert keywords(dataset) == {"PatientID", "QueryRetrieveLevel", "StudyDate", "StudyInstanceUID"}


def test_unknown_keywords_are_refused_with_near_ones() -> None:
    for check in (True, False):
        with pytest.raises(ConfigError, match=r"'PatientNme'.*did you mean PatientName"):
            build(keys={"PatientNme": "x"}, check=check)
    with pytest.raises(ConfigError, match="did you mean Modality"):
        build({"ScheduledProcedureStepSequence.Modalitty": "x"}, model="MODALITY_WORKLIST")
    with pytest.raises(ConfigError, match="StudyDat"):
        build(return_keys=["StudyDat"])


def test_paths_and_items_come_together() -> None:
    dataset = build(
        {
            "ScheduledProcedureStepSequence.Modality": "CT",
            "ScheduledProcedureStepSequence[0].ScheduledStationAETitle": "CT1",
        },
        {"ScheduledProcedureStepSequence": {"ScheduledProcedureStepStartDate": "20240101-"}},
        model="MODALITY_WORKLIST",
    ).dataset
    (item,) = dataset.ScheduledProcedureStepSequence
    assert (item.Modality, item.ScheduledStationAETitle) == ("CT", "CT1")
    assert item.ScheduledProcedureStepStartDate == "20240101-"
    # The usual return keys are in the same item, and the sequences in it.
    assert item["ScheduledProcedureStepID"].is_empty
    assert item.ScheduledProtocolCodeSequence[0]["CodeValue"].is_empty
    assert "QueryRetrieveLevel" not in dataset


def test_items_may_be_data_sets() -> None:
    item = Dataset()
    item.Modality = "CT"
    item.ScheduledProtocolCodeSequence = [Dataset()]
    dataset = build(
        keys={"ScheduledProcedureStepSequence": [item]}, model="MODALITY_WORKLIST", return_keys=()
    ).dataset
    assert dataset.ScheduledProcedureStepSequence[0].Modality == "CT"
    assert keywords(dataset) == {"ScheduledProcedureStepSequence"}


def test_a_whole_sequence_is_asked_for_without_items() -> None:
    keys = {"ScheduledProcedureStepSequence": None}
    dataset = build(keys=keys, model="MODALITY_WORKLIST").dataset
    assert len(dataset.ScheduledProcedureStepSequence) == 0
    assert len(dataset.RequestedProcedureCodeSequence) == 1


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("ScheduledProcedureStepSequence[1].Modality", "one item"),
        ("ScheduledProcedureStepSequence[0]", "one item"),
        ("ScheduledProcedureStepSequence[x].Modality", "no element"),
        ("PatientID.Modality", "no sequence"),
        ("", "no element"),
        (-1, "must be"),
    ],
)
def test_what_is_no_path(key: str | int, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        build({key: "x"}, model="MODALITY_WORKLIST")


def test_a_key_given_twice() -> None:
    assert build({"PatientID": "1"}, {"PatientID": "1"}).dataset.PatientID == "1"
    assert build({"PatientID": "1"}, {"PatientID": None}).dataset.PatientID == "1"
    with pytest.raises(ConfigError, match=r"PatientID='2'.*already as '1'"):
        build({"PatientID": "1"}, {"PatientID": "2"})


def test_return_keys() -> None:
    assert build(return_keys=()).dataset.dir() == ["QueryRetrieveLevel", "StudyInstanceUID"]
    asked = build({"PatientName": "X"}, return_keys=["PatientName", 0x0008_0020]).dataset
    assert asked.PatientName == "X"
    assert asked["StudyDate"].is_empty
    given = Dataset()
    given.PatientName = "X"
    assert keywords(build(given, return_keys="StudyDate").dataset) == {
        "PatientName",
        "QueryRetrieveLevel",
        "StudyDate",
    }


def test_levels_are_of_the_model_and_agree() -> None:
    with pytest.raises(ConfigError, match=r"'PATIENT'.*STUDY, SERIES, IMAGE"):
        build(level="PATIENT")
    assert build(level="patient", model="PATIENT_ROOT").level == "PATIENT"
    query = Dataset()
    query.QueryRetrieveLevel = "SERIES"
    query.StudyInstanceUID = "1.2"
    assert build(query, level=None).level == "SERIES"
    assert build(query, level="series").level == "SERIES"
    with pytest.raises(ConfigError, match=r"is 'SERIES'; give level='SERIES'"):
        build(query, level="STUDY")
    assert build(level=None).level == "STUDY"


@pytest.mark.parametrize("query", ["STUDY", 7, [("PatientID", "1")]])
def test_what_is_no_query(query: object) -> None:
    with pytest.raises(ConfigError, match="must be a pydicom Dataset, a mapping, or None"):
        build(query)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "asked", "character_set"),
    [
        ("DOE*", None, None),
        ("DOE*", "ISO_IR 100", "ISO_IR 100"),
        ("MÜLLER*", None, "ISO_IR 192"),
        ("MÜLLER*", "ISO_IR 100", "ISO_IR 100"),
        ("山田*", None, "ISO_IR 192"),
        ("山田*", ["", "ISO 2022 IR 87"], ["", "ISO 2022 IR 87"]),
    ],
)
def test_character_sets(
    name: str, asked: str | list[str] | None, character_set: str | list[str] | None
) -> None:
    dataset = build(keys={"PatientName": name}, character_set=asked).dataset
    assert dataset.get("SpecificCharacterSet") == character_set
    back = dicomwire.decode(encode_query(dataset, EXPLICIT), EXPLICIT)
    assert back.PatientName == name


def test_characters_in_items_count_too() -> None:
    keys = {"ScheduledProcedureStepSequence": {"ScheduledPerformingPhysicianName": "ÅS*"}}
    dataset = build(keys=keys, model="MODALITY_WORKLIST").dataset
    assert dataset.SpecificCharacterSet == "ISO_IR 192"


@pytest.mark.parametrize(
    ("character_set", "says"),
    [
        ("ISO_IR 100", r"PatientName='山田\*'.*'山' is not in .*'ISO_IR 100'.*ISO_IR 192"),
        (["ISO_IR 6", "ISO 2022 IR 100"], "is not in"),
        ("ISO_IR 4711", "'ISO_IR 4711'.*no character set"),
        ("latin1", "'latin1'.*no character set"),
    ],
)
def test_a_character_set_that_has_not_the_characters(
    character_set: str | list[str], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        build(keys={"PatientName": "山田*"}, character_set=character_set)


def test_two_character_sets() -> None:
    query = Dataset()
    query.SpecificCharacterSet = "ISO_IR 100"
    query.PatientName = "MÜLLER*"
    assert build(query).dataset.SpecificCharacterSet == "ISO_IR 100"
    with pytest.raises(ConfigError, match="ISO_IR 192"):
        build(query, character_set="ISO_IR 192")
    # PS3.4 section C.2.2.2: it has a value where it is.
    query.SpecificCharacterSet = ""
    query.PatientName = "DOE"
    assert "SpecificCharacterSet" not in build(query).dataset
