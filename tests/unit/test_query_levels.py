"""The rules of the levels: which keys may stand together in a query or retrieval."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from dicomwire.errors import ConfigError
from dicomwire.query import build

STUDY = {"StudyInstanceUID": "1.2"}
SERIES = {**STUDY, "SeriesInstanceUID": "1.2.3"}
PATIENT = {"PatientID": "4711"}


@pytest.mark.parametrize(
    ("model", "level", "keys"),
    [
        ("STUDY_ROOT", "STUDY", {"PatientName": "DOE^*", "ModalitiesInStudy": "CT"}),
        ("STUDY_ROOT", "SERIES", {**STUDY, "Modality": "CT"}),
        ("STUDY_ROOT", "IMAGE", {**SERIES, "InstanceNumber": 1}),
        ("PATIENT_ROOT", "PATIENT", {"PatientName": "DOE^*"}),
        ("PATIENT_ROOT", "STUDY", {**PATIENT, "StudyDate": "20240101-"}),
        ("PATIENT_ROOT", "IMAGE", {**PATIENT, **SERIES}),
        ("PATIENT_STUDY_ONLY", "STUDY", PATIENT),
        # What is in no table may stand anywhere.
        ("STUDY_ROOT", "STUDY", {"BodyPartExamined": "HEAD"}),
    ],
)
def test_queries_that_keep_the_rules(model: str, level: str, keys: dict[str, object]) -> None:
    assert build(keys=keys, model=model, level=level).dataset.QueryRetrieveLevel == level


@pytest.mark.parametrize(
    ("model", "level", "keys", "says"),
    [
        ("STUDY_ROOT", "SERIES", {}, "give StudyInstanceUID=.*relational=True.*check=False"),
        ("STUDY_ROOT", "SERIES", {"StudyInstanceUID": ["1.2", "1.3"]}, "with a single value"),
        ("STUDY_ROOT", "IMAGE", STUDY, "give SeriesInstanceUID="),
        ("PATIENT_ROOT", "STUDY", {}, "give PatientID="),
        ("PATIENT_ROOT", "STUDY", {"PatientID": "47*"}, "with a single value"),
        ("PATIENT_ROOT", "SERIES", STUDY, "give PatientID="),
        ("STUDY_ROOT", "STUDY", {"Modality": "CT"}, "use ModalitiesInStudy, or Assoc"),
        ("STUDY_ROOT", "STUDY", {"SOPClassUID": "1.2"}, "use SOPClassesInStudy"),
        ("STUDY_ROOT", "STUDY", {"SeriesNumber": None}, "give level='SERIES'"),
        ("STUDY_ROOT", "SERIES", {**STUDY, "SOPInstanceUID": "1.2"}, "below SERIES"),
        ("STUDY_ROOT", "SERIES", {**STUDY, "PatientName": None}, "at the level STUDY"),
        ("PATIENT_ROOT", "STUDY", {**PATIENT, "PatientName": "X"}, "at the level PATIENT"),
    ],
)
def test_queries_that_break_the_rules(
    model: str, level: str, keys: dict[str, object], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        build(keys=keys, model=model, level=level)
    with pytest.raises(ConfigError, match=says):
        build(keys, model=model, level=level, return_keys=())
    assert build(keys=keys, model=model, level=level, relational=True).relational
    assert build(keys=keys, model=model, level=level, check=False).level == level


def test_the_rules_hold_for_data_sets() -> None:
    query = Dataset()
    query.Modality = "CT"
    with pytest.raises(ConfigError, match="ModalitiesInStudy"):
        build(query)


@pytest.mark.parametrize("service", ["move", "get"])
@pytest.mark.parametrize(
    ("model", "level", "keys"),
    [
        ("STUDY_ROOT", "STUDY", {"StudyInstanceUID": ["1.2", "1.3"]}),
        ("STUDY_ROOT", "SERIES", {**STUDY, "SeriesInstanceUID": "1.2.3"}),
        ("STUDY_ROOT", "IMAGE", {**SERIES, "SOPInstanceUID": ["1.4", "1.5"]}),
        ("PATIENT_ROOT", "PATIENT", PATIENT),
        ("PATIENT_ROOT", "STUDY", {**PATIENT, **STUDY}),
        ("PATIENT_STUDY_ONLY", "STUDY", {**PATIENT, **STUDY}),
    ],
)
def test_retrievals_that_keep_the_rules(
    service: str, model: str, level: str, keys: dict[str, object]
) -> None:
    dataset = build(keys=keys, model=model, level=level, service=service).dataset  # type: ignore[arg-type]
    # Unique keys and the level, nothing else (PS3.4 section C.4.2.1.4).
    assert set(dataset.dir()) == {"QueryRetrieveLevel", *keys}


@pytest.mark.parametrize(
    ("model", "level", "keys", "says"),
    [
        ("STUDY_ROOT", "STUDY", {}, "C-MOVE at the level STUDY needs it; give StudyInstanceUID"),
        ("STUDY_ROOT", "STUDY", {"StudyInstanceUID": None}, "needs it"),
        ("STUDY_ROOT", "STUDY", {**STUDY, **PATIENT}, "or give model='PATIENT_ROOT'"),
        ("STUDY_ROOT", "STUDY", {"AccessionNumber": "1"}, "with a query, or give check=False"),
        ("STUDY_ROOT", "STUDY", SERIES, "or give level='SERIES'"),
        ("STUDY_ROOT", "SERIES", {"SeriesInstanceUID": "1.3"}, "give StudyInstanceUID="),
        (
            "STUDY_ROOT",
            "SERIES",
            {"SeriesInstanceUID": "1.3", "StudyInstanceUID": ["1.2", "1.4"]},
            "single value",
        ),
        ("PATIENT_ROOT", "PATIENT", {"PatientID": "47*"}, "single value"),
        ("PATIENT_ROOT", "STUDY", STUDY, "give PatientID="),
    ],
)
def test_retrievals_that_break_the_rules(
    model: str, level: str, keys: dict[str, object], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        build(keys=keys, model=model, level=level, service="move")
    assert build(keys=keys, model=model, level=level, service="move", check=False).level == level


def test_relational_retrieval_needs_the_lowest_key_only() -> None:
    keys = {"SOPInstanceUID": ["1.4", "1.5"]}
    built = build(keys=keys, level="IMAGE", service="get", relational=True)
    assert built.dataset.SOPInstanceUID == ["1.4", "1.5"]
    with pytest.raises(ConfigError, match="InstanceNumber"):
        build({"InstanceNumber": 1}, keys, level="IMAGE", service="get", relational=True)
