"""Updates as changes on the way: what arrives is what carrying out the update makes of the file."""

from __future__ import annotations

import datetime as dt

import pytest
from comparing import differences, read
from corpora import pydicom_directory
from generated import write_series
from pydicom import Dataset
from storing import send

from dicomwire import (
    ChangePatient,
    ChangeSeries,
    ChangeStudy,
    MergePatient,
    MergeStudy,
    MoveSeries,
    MoveStudyToNewPatient,
    apply_locally,
    read_file,
    rewrite_of,
)

pytestmark = pytest.mark.usefixtures("engine")

CT = pydicom_directory() / "test_files" / "CT_small.dcm"
PATIENT = "1CT1"
STUDY = "1.3.6.1.4.1.5962.1.2.1.20040119072730.12322"
SERIES = "1.3.6.1.4.1.5962.1.3.1.1.20040119072730.12322"
AUDIT = {
    "station": "DESK",
    "operator": "Ops^Olga",
    "when": dt.datetime(2024, 2, 29, 13, 5),  # noqa: DTZ001 (local, as DA and TM are)
}
OTHERS = {"study_instance_uid": STUDY, "source_patient_id": PATIENT, **AUDIT}
UPDATES = [
    ChangePatient(original_patient_id=PATIENT, patient_id="A-2", name="Müller^Ida", **AUDIT),
    ChangePatient(original_patient_id=PATIENT, other_patient_ids=["X"], sex="", **AUDIT),
    ChangePatient(original_patient_id=PATIENT, other_patient_ids=[], comments="x", **AUDIT),
    MergePatient(patient_id="A-2", patients_to_merge=PATIENT, **AUDIT),
    ChangeStudy(study_instance_uid=STUDY, study_id="77", patient_age="045Y", **AUDIT),
    ChangeStudy(study_instance_uid=STUDY, patient_size="", study_date="20240229", **AUDIT),
    MergeStudy(patient_id="A-2", **OTHERS),
    MoveStudyToNewPatient(
        patient_id="A-2", name="New^Nora", birth_date="19900101", other_patient_ids="N", **OTHERS
    ),
    ChangeSeries(series_instance_uid=SERIES, series_description="", modality="MR", **AUDIT),
    MoveSeries(patient_id="A-2", series_instance_uid=SERIES, source_patient_id=PATIENT, **AUDIT),
]


def known() -> Dataset:
    patient = Dataset()
    patient.PatientName = "Roe^Max"
    patient.PatientSex = "M"
    patient.IssuerOfPatientID = "CITY"
    patient.PatientBirthDate = "19810203"
    return patient


@pytest.mark.parametrize("update", UPDATES, ids=lambda update: type(update).__name__)
@pytest.mark.parametrize("patient", [None, known()], ids=["unknown", "known"])
def test_what_arrives_is_what_is_applied_locally(receiver, tmp_path, update, patient):
    result = send(
        f"RECEIVER@127.0.0.1:{receiver.port}", CT, rewrite=rewrite_of(update, patient=patient)
    ).only
    assert result.outcome == "sent", result.error
    (arrived,) = (tmp_path / "received").iterdir()
    expected = apply_locally(read_file(CT), update, patient=patient)
    assert expected.OriginalAttributesSequence
    assert differences(expected, read(arrived)) == []


def test_what_an_update_is_not_about_arrives_as_it_is(receiver, tmp_path):
    update = MergePatient(patient_id="A-2", patients_to_merge="B-2")
    send(f"RECEIVER@127.0.0.1:{receiver.port}", CT, rewrite=rewrite_of(update))
    (arrived,) = (tmp_path / "received").iterdir()
    assert differences(read(CT), read(arrived)) == []


def test_a_record_that_is_there_stays_alone(receiver, tmp_path):
    first = apply_locally(read_file(CT), UPDATES[0])
    merge = MergePatient(patient_id="M-1", patients_to_merge="A-2", **AUDIT)
    send(f"RECEIVER@127.0.0.1:{receiver.port}", first, rewrite=rewrite_of(merge))
    (arrived,) = (tmp_path / "received").iterdir()
    found = read(arrived)
    assert found.PatientID == "M-1"
    assert [item.PatientID for item in found.OtherPatientIDsSequence][-2:] == [PATIENT, "A-2"]
    assert len(found.OriginalAttributesSequence) == 1
    original = found.OriginalAttributesSequence[0].ModifiedAttributesSequence[0]
    assert original.PatientID == PATIENT


def test_a_former_number_is_the_same_number(receiver, tmp_path):
    """On the way it is read as a number, so its digits may be others: the file has 0.000000."""
    update = ChangeStudy(study_instance_uid=STUDY, patient_weight=81.5, **AUDIT)
    send(f"RECEIVER@127.0.0.1:{receiver.port}", CT, rewrite=rewrite_of(update))
    (arrived,) = (tmp_path / "received").iterdir()
    found = read(arrived)
    assert found.PatientWeight == 81.5
    assert found.OriginalAttributesSequence[0].ModifiedAttributesSequence[0].PatientWeight == 0


def test_a_merge_over_several_associations(receiver, tmp_path):
    write_series(tmp_path / "study", 40)
    merge = MergePatient(patient_id="M-1", patients_to_merge="P1", **AUDIT)
    outcomes = send(
        f"RECEIVER@127.0.0.1:{receiver.port}",
        tmp_path / "study",
        rewrite=rewrite_of(merge),
        associations=4,
    ).outcomes
    assert outcomes == ["sent"] * 40
    arrived = [read(path) for path in (tmp_path / "received").iterdir()]
    assert {one.PatientID for one in arrived} == {"M-1"}
    originals = [one.OriginalAttributesSequence[0].ModifiedAttributesSequence for one in arrived]
    assert {original[0].PatientID for original in originals} == {"P1"}
    assert len({one.SOPInstanceUID for one in arrived}) == 40


def test_a_name_that_the_character_set_lacks_is_not_sent(receiver):
    change = ChangePatient(original_patient_id=PATIENT, name="山田^太郎", **AUDIT)
    result = send(f"RECEIVER@127.0.0.1:{receiver.port}", CT, rewrite=rewrite_of(change)).only
    assert result.outcome == "failed"
    assert "(0010,0010)" in result.error
    assert receiver.received == 0
