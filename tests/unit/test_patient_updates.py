"""The twelve updates as objects and as action information."""

from __future__ import annotations

import dataclasses
import datetime as dt
import platform
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.valuerep import PersonName

from dicomwire import (
    ChangePatient,
    ChangeSeries,
    ChangeStudy,
    ConfigError,
    CopyPatient,
    CopyStudy,
    DecodeError,
    DeletePatient,
    DeleteSeries,
    DeleteStudy,
    MergePatient,
    MergeStudy,
    MoveSeries,
    MoveStudyToNewPatient,
    OtherPatientId,
    PatientUpdate,
    PatientUpdateAction,
    decode,
    decode_update,
    encode,
    encode_update,
)
from dicomwire.patient_update.actions import action_type_ids
from dicomwire.patient_update.elements import Moment, Text
from dicomwire.patient_update.updates import UPDATES, elements_of
from dicomwire.uids import is_valid_uid

IMPLICIT = "1.2.840.10008.1.2"

# What every text VR takes: no controls, no backslash, no surrogates, nothing that `=` and `^` mean.
_CHARACTERS = st.characters(exclude_categories=["C"], exclude_characters="\\^=")


def texts(most, least=0):
    stripped = st.text(_CHARACTERS, min_size=least, max_size=most).map(lambda text: text.strip(" "))
    return stripped.filter(lambda text: len(text) >= least)


names = st.lists(texts(12), min_size=1, max_size=5).map("^".join).map(lambda name: name.strip(" "))
dates = st.dates(min_value=dt.date(1000, 1, 1))
uids = st.integers(min_value=1, max_value=2**127).map(lambda number: f"2.25.{number}")
sexes = st.sampled_from(["M", "F", "O", ""])
identifiers = st.builds(
    OtherPatientId,
    patient_id=texts(64, 1),
    issuer=st.none() | texts(64, 1),
    type_of_patient_id=st.sampled_from(["TEXT", "RFID", "BARCODE"]),
)
audits = {
    "operator": st.none() | names,
    "station": st.none() | texts(16),
    "reason": st.none() | texts(64),
    "description": st.none() | texts(64),
    "when": st.none() | st.datetimes(min_value=dt.datetime(1000, 1, 1)),  # noqa: DTZ001
    "transaction_uid": st.none() | uids,
}
patients = {
    "name": st.none() | names,
    "sex": st.none() | sexes,
    "birth_date": st.none() | dates | st.just(""),
}
described = {
    **patients,
    "comments": st.none() | texts(200),
    "ethnic_group": st.none() | texts(16),
    "other_patient_ids": st.none() | st.lists(identifiers, max_size=3),
}
moved = {"patient_id": texts(64, 1), "source_patient_id": texts(64, 1)}
FIELDS = {
    ChangePatient: {
        **described,
        "original_patient_id": texts(64, 1),
        "patient_id": texts(64, 1),
    },
    CopyPatient: {**described, "original_patient_id": texts(64, 1), "patient_id": texts(64, 1)},
    MergePatient: {
        "patient_id": texts(64, 1),
        "patients_to_merge": st.lists(texts(64, 1), min_size=1, max_size=3, unique=True),
        "study_instance_uids": st.lists(uids, max_size=3, unique=True),
    },
    DeletePatient: {
        "patient_id": texts(64, 1),
        "study_instance_uids": st.lists(uids, max_size=3, unique=True),
    },
    ChangeStudy: {
        "study_instance_uid": uids,
        "study_date": dates,
        "study_description": st.none() | texts(64),
        "study_id": st.none() | texts(16),
        "accession_number": st.none() | texts(16),
        "patient_age": st.none() | st.sampled_from(["", "045Y", "003D"]),
        "patient_size": st.none() | st.floats(0, 3),
        "patient_weight": st.none() | st.integers(0, 300) | st.just(""),
    },
    DeleteStudy: {"study_instance_uid": uids},
    MergeStudy: {**moved, "study_instance_uid": uids},
    MoveStudyToNewPatient: {
        **moved,
        **patients,
        "study_instance_uid": uids,
        "other_patient_ids": st.lists(texts(64, 1), max_size=3),
    },
    CopyStudy: {
        **moved,
        **patients,
        "study_instance_uid": uids,
        "other_patient_ids": st.lists(texts(64, 1), max_size=3),
    },
    ChangeSeries: {
        "series_instance_uid": uids,
        "series_date": st.none() | dates | st.just(""),
        "series_time": st.none() | st.times(),
        "series_description": texts(64),
        "modality": st.none() | st.sampled_from(["CT", "MR"]),
    },
    DeleteSeries: {"study_instance_uid": uids, "series_instance_uid": uids},
    MoveSeries: {**moved, "series_instance_uid": uids, "new_study_instance_uid": st.none() | uids},
}


@st.composite
def updates(draw):
    kind = draw(st.sampled_from(list(FIELDS)))
    values = {name: draw(strategy) for name, strategy in (FIELDS[kind] | audits).items()}
    # These name two patients, who must differ.
    for one, other in (
        ("patient_id", "source_patient_id"),
        ("patient_id", "original_patient_id"),
    ):
        if one in values and values.get(other) == values[one] and kind is not ChangePatient:
            values[other] = "another one"
    if kind is MergePatient and values["patient_id"] in values["patients_to_merge"]:
        values["patient_id"] = "the one that stays"
    return kind(**values)


@settings(max_examples=300, deadline=None)
@given(updates())
def test_what_is_encoded_is_decoded(update):
    whole = update.with_audit()
    dataset = encode_update(whole)
    assert decode_update(update.action, dataset) == whole
    # Over the wire as well, where values are padded and text has an encoding.
    again = decode(encode(dataset, IMPLICIT), IMPLICIT)
    assert decode_update(update.action, again) == whole


@given(updates())
def test_the_audit_is_complete_and_what_was_said_stays(update):
    whole = update.with_audit(operator="Ops", station="DESK", reason="why")
    for name in audits:
        assert getattr(whole, name) is not None
        if getattr(update, name) is not None:
            assert getattr(whole, name) == getattr(update, name)
    for name in elements_of(type(update)):
        if name not in audits:
            assert getattr(whole, name) == getattr(update, name)
    assert whole.with_audit() is whole


# --- the tables


def test_the_elements_are_those_of_the_dictionary():
    from pydicom.datadict import dictionary_VR

    assert set(UPDATES) == set(PatientUpdateAction)
    for kind in UPDATES.values():
        for name, element in elements_of(kind).items():
            if isinstance(element, Text):
                assert dictionary_VR(element.keyword) == element.vr, name
            elif not isinstance(element, Moment):
                assert dictionary_VR(element.keyword) in ("SQ", "UI", "LO"), name
            assert element.summary


def test_the_numbers_of_the_actions():
    assert {action.method_name: int(action) for action in PatientUpdateAction} == {
        "change_patient": 100,
        "delete_patient": 101,
        "merge_patient": 102,
        "change_series": 103,
        "delete_series": 104,
        "merge_study": 105,
        "move_study_to_new_patient": 106,
        "copy_patient": 107,
        "copy_study": 108,
        "move_series": 109,
        "change_study": 110,
        "delete_study": 111,
    }
    assert action_type_ids({"copy-study": 8})[PatientUpdateAction.COPY_STUDY] == 8
    # Two numbers may be exchanged.
    assert action_type_ids({"change_patient": 101, "delete_patient": 100})


def test_the_action_information_of_a_change():
    dataset = encode_update(
        ChangePatient(
            original_patient_id="A-1",
            patient_id="A-2",
            name="Doe^Jane",
            sex="F",
            birth_date="19700131",
            other_patient_ids=[OtherPatientId("X-7", "CLINIC")],
            operator="Ops^Olga",
            station="DESK",
            reason="typo",
            description="Change",
            when=dt.datetime(2024, 2, 29, 13, 5),  # noqa: DTZ001
            transaction_uid="2.25.1",
        )
    )
    expected = Dataset()
    expected.InstanceCreationDate = "20240229"
    expected.InstanceCreationTime = "130500"
    expected.StationName = "DESK"
    expected.OperatorsName = "Ops^Olga"
    expected.TransactionUID = "2.25.1"
    expected.PatientName = "Doe^Jane"
    expected.PatientID = "A-2"
    expected.PatientBirthDate = "19700131"
    expected.PatientSex = "F"
    expected.add_new(0x0010_1000, "LO", "A-1")
    item = Dataset()
    item.PatientID = "X-7"
    item.IssuerOfPatientID = "CLINIC"
    item.TypeOfPatientID = "TEXT"
    expected.OtherPatientIDsSequence = [item]
    expected.RequestedProcedureDescription = "Change"
    expected.ReasonForTheRequestedProcedure = "typo"
    assert dataset == expected


def test_the_action_information_of_a_move():
    dataset = encode_update(
        MoveSeries(patient_id="A", series_instance_uid="1.2", source_patient_id="B")
    )
    assert "StudyInstanceUID" not in dataset
    assert [item.PatientID for item in dataset.ReferencedPatientSequence] == ["B"]
    assert dataset.RequestedProcedureDescription == "Move Series"


def test_only_more_than_ascii_is_in_unicode():
    merge = MergePatient(patient_id="A", patients_to_merge="B", operator="x", station="y")
    assert "SpecificCharacterSet" not in encode_update(merge)
    dataset = encode_update(dataclasses.replace(merge, reason="doppelt geführt"))
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    # Characters that are not printed are no less in need of it.
    spaced = dataclasses.replace(merge, patients_to_merge=["B\u00a0C"])
    assert encode_update(spaced).SpecificCharacterSet == "ISO_IR 192"


def test_the_defaults_of_who_where_and_when():
    before = dt.datetime.now()  # noqa: DTZ005 (local, as DA and TM are)
    whole = DeleteStudy(study_instance_uid="1.2").with_audit()
    assert before <= whole.when <= dt.datetime.now()  # noqa: DTZ005
    assert platform.node().startswith(whole.station)
    assert whole.operator
    assert whole.reason == ""
    assert whole.description == "Delete Study"
    assert is_valid_uid(whole.transaction_uid)
    assert whole.transaction_uid.startswith("2.25.")


def test_a_user_without_a_name(monkeypatch):
    def unknown():
        raise KeyError("uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", unknown)
    assert DeleteStudy(study_instance_uid="1.2").with_audit().operator == "UNKNOWN"
    monkeypatch.setattr("getpass.getuser", lambda: "DOM\\jane^x")
    assert DeleteStudy(study_instance_uid="1.2").with_audit().operator == "DOMjanex"


def test_a_time_with_a_zone_becomes_local():
    zoned = dt.datetime(2024, 2, 29, 12, tzinfo=dt.timezone(dt.timedelta(hours=5)))
    update = DeleteStudy(study_instance_uid="1.2", when=zoned)
    assert update.when.tzinfo is None
    assert update.when.astimezone() == zoned


# --- values


@pytest.mark.parametrize(
    ("kind", "values", "field", "expected"),
    [
        (ChangePatient, {"name": PersonName("Doe^Jane=x")}, "name", "Doe^Jane=x"),
        (ChangePatient, {"name": "  Doe^Jane "}, "name", "Doe^Jane"),
        (ChangePatient, {"comments": " two\r\nlines \\ "}, "comments", " two\r\nlines \\"),
        (ChangePatient, {"birth_date": dt.date(1970, 1, 31)}, "birth_date", "19700131"),
        (ChangePatient, {"other_patient_ids": "X"}, "other_patient_ids", (OtherPatientId("X"),)),
        (ChangePatient, {"other_patient_ids": []}, "other_patient_ids", ()),
        (ChangeStudy, {"patient_size": 1.8}, "patient_size", "1.8"),
        (ChangeStudy, {"patient_size": Decimal("1.80")}, "patient_size", "1.80"),
        (ChangeStudy, {"patient_size": 1 / 3}, "patient_size", "0.333333333"),
        (ChangeStudy, {"patient_weight": 80}, "patient_weight", "80"),
        (ChangeSeries, {"series_time": dt.time(1, 2, 3, 450000)}, "series_time", "010203.450000"),
        (ChangeSeries, {"series_time": "0102"}, "series_time", "0102"),
    ],
)
def test_values_are_written_as_dicom_writes_them(kind, values, field, expected):
    keys = {
        ChangePatient: {"original_patient_id": "A"},
        ChangeStudy: {"study_instance_uid": "1.2"},
        ChangeSeries: {"series_instance_uid": "1.2"},
    }
    assert getattr(kind(**keys[kind], **values), field) == expected


def change(**values):
    return lambda: ChangePatient(original_patient_id="A", **values)


def study(**values):
    return lambda: ChangeStudy(study_instance_uid="1.2", **values)


def series(**values):
    return lambda: ChangeSeries(series_instance_uid="1.2", **values)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (change(), "ChangePatient: changes nothing; give one of patient_id, name"),
        (change(patient_id=""), r"ChangePatient.patient_id='': must not be empty"),
        (change(patient_id="a\\b"), r"ChangePatient.patient_id='a\\\\b': must be one value"),
        (change(patient_id="P" * 65), "at most 64 characters"),
        (change(patient_id=5), "ChangePatient.patient_id=5: must be text"),
        (change(patient_id="a\x00"), r"control character '\\x00'"),
        (change(patient_id="a\x1b"), "control character"),
        (change(patient_id="a\x85"), "control character"),
        (change(patient_id="a\udc80"), "no text of Unicode"),
        (change(name="N" * 65), "ChangePatient.name=.*at most 64 characters in each"),
        (change(name="A=B=C=D"), "three component groups"),
        (change(name="A\\B"), "must be one value"),
        (change(name="Doe\nJane"), "control character"),
        (change(sex="X"), "ChangePatient.sex='X': must be M, F, O or empty"),
        (change(birth_date="20240230"), "ChangePatient.birth_date.*a date as in 19700131"),
        (change(birth_date="1970-01-31"), "a date as in"),
        (change(birth_date=19700131), "must be a date or text"),
        (change(comments="a\x1bb"), "control character"),
        (change(comments="c" * 10241), "ChangePatient.comments"),
        (change(ethnic_group="e" * 17), "ChangePatient.ethnic_group.*at most 16"),
        (change(other_patient_ids=[""]), "OtherPatientId.patient_id='': must not be empty"),
        (change(other_patient_ids=[5]), "must be an OtherPatientId or text"),
        (change(other_patient_ids=5), "one or several"),
        (change(sex="F", operator="O" * 65), "ChangePatient.operator"),
        (change(sex="F", station="s" * 17), "ChangePatient.station.*at most 16"),
        (change(sex="F", reason="r" * 65), "ChangePatient.reason"),
        (change(sex="F", transaction_uid="1.02"), "ChangePatient.transaction_uid='1.02'"),
        (change(sex="F", when="now"), "ChangePatient.when='now': must be a datetime"),
        (lambda: ChangePatient(original_patient_id="", sex="F"), "original_patient_id=''"),
        (lambda: OtherPatientId("x", type_of_patient_id="text"), "type_of_patient_id"),
        (lambda: OtherPatientId("x", "i" * 65), "OtherPatientId.issuer"),
        (lambda: MergePatient(patient_id="A"), "patients_to_merge.*must not be empty"),
        (lambda: MergePatient(patient_id="A", patients_to_merge="A"), "that remains"),
        (lambda: MergePatient(patient_id="A", patients_to_merge=["B", "B"]), "twice"),
        (lambda: MergePatient(patient_id="A", patients_to_merge=None), "patients_to_merge"),
        (
            lambda: MergePatient(patient_id="A", patients_to_merge="B", study_instance_uids="x"),
            "MergePatient.study_instance_uids='x': must be a UID",
        ),
        (lambda: CopyPatient(original_patient_id="A", patient_id="A"), "must differ"),
        (
            lambda: MergeStudy(patient_id="A", study_instance_uid="1.2", source_patient_id="A"),
            "MergeStudy.patient_id='A': must differ from source_patient_id",
        ),
        (
            lambda: MergeStudy(patient_id="A", study_instance_uid=None, source_patient_id="B"),
            "MergeStudy.study_instance_uid=None: must be a UID",
        ),
        (lambda: DeleteStudy(study_instance_uid="1." + "2" * 64), "must be a UID"),
        (study(), "ChangeStudy: changes nothing"),
        (study(study_id="s" * 17), "ChangeStudy.study_id"),
        (study(patient_age="45Y"), "an age as in 045Y"),
        (study(patient_size="tall"), "a number"),
        (study(patient_size=float("nan")), "a number"),
        (study(patient_size=True), "must be a number or text"),
        (study(patient_weight="1" * 17), "at most 16 characters"),
        (series(modality=""), "ChangeSeries.modality='': must not be empty"),
        (series(modality="ct"), "capital letters"),
        (series(series_time="2500"), "a time as in 134500"),
        (series(series_time=5), "a time or text"),
    ],
)
def test_what_cannot_be_is_refused_by_name(make, says):
    with pytest.raises(ConfigError, match=says):
        make()


def test_the_base_is_no_update():
    with pytest.raises(TypeError, match="one of the twelve"):
        PatientUpdate()


def test_updates_do_not_change():
    update = DeleteStudy(study_instance_uid="1.2")
    with pytest.raises(dataclasses.FrozenInstanceError):
        update.study_instance_uid = "1.3"
    assert update == DeleteStudy(study_instance_uid="1.2")
    assert len({update, DeleteStudy(study_instance_uid="1.2")}) == 1


def test_identifiers_as_hl7_writes_them():
    assert OtherPatientId.parse("X-7^^^CLINIC") == OtherPatientId("X-7", "CLINIC")
    assert OtherPatientId.parse("X-7") == OtherPatientId("X-7")


# --- data sets of others


def test_decoding_names_what_is_missing():
    dataset = encode_update(
        MergeStudy(patient_id="A", study_instance_uid="1.2", source_patient_id="B")
    )
    del dataset.ReferencedPatientSequence
    with pytest.raises(DecodeError, match=r"MergeStudy.source_patient_id: ReferencedPatientSeq"):
        decode_update("merge-study", dataset)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda ds: setattr(ds, "StudyInstanceUID", "1.02"), "no Merge Study: .*'1.02'"),
        (lambda ds: setattr(ds, "PatientID", ""), "patient_id"),
        (lambda ds: setattr(ds, "InstanceCreationDate", "29.02.2024"), "when"),
        (lambda ds: ds.ReferencedPatientSequence.append(Dataset()), "exactly one"),
        (lambda ds: ds.ReferencedPatientSequence[0].clear(), "source_patient_id"),
    ],
)
def test_decoding_names_what_is_wrong(edit, says):
    dataset = encode_update(
        MergeStudy(patient_id="A", study_instance_uid="1.2", source_patient_id="B")
    )
    edit(dataset)
    with pytest.raises(DecodeError, match=says):
        decode_update(105, dataset)


def test_actions_that_there_are_not():
    for action in ("burn", 99, "CHANGE"):
        with pytest.raises(ConfigError, match="must be one of change_patient"):
            decode_update(action, Dataset())


def test_an_update_without_audit_is_decoded():
    dataset = Dataset()
    dataset.StudyInstanceUID = "1.2"
    assert decode_update(111, dataset) == DeleteStudy(study_instance_uid="1.2")
