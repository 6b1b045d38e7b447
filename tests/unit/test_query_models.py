"""Information models: names, SOP classes, levels, and what belongs to which level."""

from __future__ import annotations

import pytest

from dicomwire import sop
from dicomwire.errors import ConfigError
from dicomwire.query import (
    MODALITY_WORKLIST,
    PATIENT_ROOT,
    PATIENT_STUDY_ONLY,
    STUDY_ROOT,
    Model,
    build,
    model_of,
    standard_return_keys,
)
from dicomwire.query.levels import level_of


@pytest.mark.parametrize(
    ("model", "prefix"),
    [
        (PATIENT_ROOT, "PatientRootQueryRetrieveInformationModel"),
        (STUDY_ROOT, "StudyRootQueryRetrieveInformationModel"),
        (PATIENT_STUDY_ONLY, "PatientStudyOnlyQueryRetrieveInformationModel"),
    ],
)
def test_the_sop_classes_are_those_of_pydicom(model: Model, prefix: str) -> None:
    for service, uid in [
        ("Find", model.find_uid),
        ("Move", model.move_uid),
        ("Get", model.get_uid),
    ]:
        assert uid == sop.uid_of(prefix + service)


def test_the_worklist_is_that_of_pydicom() -> None:
    assert MODALITY_WORKLIST.find_uid == sop.ModalityWorklistInformationModelFind
    assert MODALITY_WORKLIST.levels == ()


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("STUDY_ROOT", STUDY_ROOT),
        ("patient_root", PATIENT_ROOT),
        (" modality-worklist ", MODALITY_WORKLIST),
        ("1.2.840.10008.5.1.4.1.2.2.3", STUDY_ROOT),
        ("1.2.840.10008.5.1.4.31", MODALITY_WORKLIST),
        (PATIENT_STUDY_ONLY, PATIENT_STUDY_ONLY),
    ],
)
def test_models_are_found(text: str | Model, model: Model) -> None:
    assert model_of(text) is model


def test_any_other_sop_class_is_taken_for_what_it_is_used_with() -> None:
    model = model_of("1.2.840.10008.5.1.4.38.2")
    assert model.sop_class_uid("find") == "1.2.840.10008.5.1.4.38.2"
    query = build(keys={"HangingProtocolName": "CHEST*", "Modality": None}, model=model)
    assert query.level is None
    assert "QueryRetrieveLevel" not in query.dataset
    # No return keys either: nobody knows which.
    assert len(query.dataset) == 2


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'STUDY_TREE'.*STUDY_ROOT, PATIENT_ROOT"):
        model_of("STUDY_TREE")
    with pytest.raises(ConfigError, match="must be one of"):
        model_of(7)  # type: ignore[arg-type]


@pytest.mark.parametrize("service", ["move", "get"])
def test_a_worklist_is_not_retrieved(service: str) -> None:
    with pytest.raises(ConfigError, match=f"MODALITY_WORKLIST.*no C-{service.upper()}"):
        build(model=MODALITY_WORKLIST, service=service)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "tag", "level"),
    [
        (PATIENT_ROOT, 0x0010_0010, "PATIENT"),
        (STUDY_ROOT, 0x0010_0010, "STUDY"),
        (STUDY_ROOT, 0x0008_0020, "STUDY"),
        (STUDY_ROOT, 0x0008_0060, "SERIES"),
        (PATIENT_STUDY_ONLY, 0x0008_0060, "SERIES"),
        (STUDY_ROOT, 0x0008_0018, "IMAGE"),
        (STUDY_ROOT, 0x0018_0050, None),
        (MODALITY_WORKLIST, 0x0010_0010, None),
    ],
)
def test_levels_of_attributes(model: Model, tag: int, level: str | None) -> None:
    assert level_of(model, tag) == level


@pytest.mark.parametrize("model", [PATIENT_ROOT, STUDY_ROOT, PATIENT_STUDY_ONLY])
def test_the_standard_return_keys_keep_the_rules(model: Model) -> None:
    above = {"PATIENT": "PatientID", "STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID"}
    for at, level in enumerate(model.levels):
        keys = {above[name]: "1.2" for name in model.levels[:at]}
        asked = build(keys=keys, level=level, model=model).dataset
        assert set(standard_return_keys(model, level)) <= set(asked.dir())


def test_a_study_root_query_asks_for_the_patient_at_the_study_level_only() -> None:
    assert "PatientName" in standard_return_keys(STUDY_ROOT, "STUDY")
    assert "PatientName" not in standard_return_keys(STUDY_ROOT, "SERIES")
    assert "PatientName" not in standard_return_keys(PATIENT_ROOT, "STUDY")
