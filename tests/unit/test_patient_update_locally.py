"""Updates carried out on instances, against expectations made by hand."""

from __future__ import annotations

import copy
import datetime as dt
import io
import warnings

import pytest
from comparing import differences
from corpora import corpus_files, pydicom_directory
from pydicom import Dataset, FileDataset, dcmread
from pydicom.dataset import FileMetaDataset

from dicomwire import (
    ChangePatient,
    ChangeSeries,
    ChangeStudy,
    ConfigError,
    CopyPatient,
    CopyStudy,
    DeletePatient,
    DeleteSeries,
    DeleteStudy,
    DicomWireError,
    MergePatient,
    MergeStudy,
    MoveSeries,
    MoveStudyToNewPatient,
    OtherPatientId,
    UidMap,
    apply_locally,
    read_file,
    rewrite_of,
    write_file,
)
from dicomwire.patient_update.modules import INSTANCE_UIDS, PATIENT_ATTRIBUTES
from dicomwire.patient_update.updates import UPDATES

FILES = pydicom_directory() / "test_files"
EXPLICIT = "1.2.840.10008.1.2.1"
STUDY, SERIES, INSTANCE = "2.25.11", "2.25.111", "2.25.1111"
AUDIT = {
    "station": "DESK",
    "operator": "Ops^Olga",
    "when": dt.datetime(2024, 2, 29, 13, 5),  # noqa: DTZ001 (local, as DA and TM are)
}


def item(**elements: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.fixture
def instance():
    dataset = FileDataset(None, {}, file_meta=FileMetaDataset())
    dataset.file_meta.MediaStorageSOPInstanceUID = INSTANCE
    dataset.file_meta.TransferSyntaxUID = EXPLICIT
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.SOPInstanceUID = INSTANCE
    dataset.PatientName = "Döe^Jane"
    dataset.PatientID = "A-1"
    dataset.IssuerOfPatientID = "CLINIC"
    dataset.PatientBirthDate = "19700131"
    dataset.PatientSex = "F"
    dataset.PatientAge = "054Y"
    dataset.PatientWeight = "70"
    dataset.EthnicGroup = "x"
    dataset.PatientIdentityRemoved = "NO"
    dataset.StudyInstanceUID = STUDY
    dataset.SeriesInstanceUID = SERIES
    dataset.StudyDescription = "Thorax"
    dataset.FrameOfReferenceUID = "2.25.5"
    dataset.DeviceUID = "2.25.6"
    dataset.ReferencedImageSequence = [
        item(
            ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID="2.25.1112"
        )
    ]
    dataset.PixelData = bytes(range(64))
    dataset["PixelData"].VR = "OW"
    return dataset


def only_original(changed: Dataset) -> Dataset:
    """Check what is said about a change, and return what was there before."""
    (record,) = changed.OriginalAttributesSequence
    assert record.ModifyingSystem == "DESK"
    assert record.AttributeModificationDateTime.startswith("20240229130500")
    assert record.AttributeModificationDateTime == changed.InstanceCoercionDateTime
    assert len(record.ModifiedAttributesSequence) == 1
    return record.ModifiedAttributesSequence[0]


def without_record(dataset: Dataset) -> Dataset:
    plain = copy.deepcopy(dataset)
    for keyword in ("OriginalAttributesSequence", "InstanceCoercionDateTime"):
        plain.pop(keyword, None)
    return plain


def test_a_change_of_the_patient(instance):
    before = copy.deepcopy(instance)
    update = ChangePatient(
        original_patient_id="A-1", patient_id="A-2", name="Doe^Jane", ethnic_group="", **AUDIT
    )
    changed = apply_locally(instance, update, source_of_previous_values="Modality 3")
    assert instance == before
    expected = copy.deepcopy(before)
    expected.PatientID = "A-2"
    expected.PatientName = "Doe^Jane"
    expected.EthnicGroup = ""
    expected.OtherPatientIDsSequence = [
        item(PatientID="A-1", IssuerOfPatientID="CLINIC", TypeOfPatientID="TEXT")
    ]
    assert without_record(changed) == expected
    assert only_original(changed) == item(
        PatientID="A-1",
        IssuerOfPatientID="CLINIC",
        PatientName="Döe^Jane",
        EthnicGroup="x",
        OtherPatientIDsSequence=[],
    )
    record = changed.OriginalAttributesSequence[0]
    assert record.ReasonForTheAttributeModification == "CORRECT"
    assert record.SourceOfPreviousValues == "Modality 3"


def test_the_other_ids_of_a_change(instance):
    instance.OtherPatientIDsSequence = [
        item(PatientID="A-2", IssuerOfPatientID="CLINIC", TypeOfPatientID="TEXT"),
        item(PatientID="A-2", IssuerOfPatientID="ELSEWHERE", TypeOfPatientID="TEXT"),
        item(PatientID="A-1", IssuerOfPatientID="CLINIC", TypeOfPatientID="TEXT"),
    ]
    changed = apply_locally(
        instance, ChangePatient(original_patient_id="A-1", patient_id="A-2", **AUDIT)
    )
    # The new ID is no other one any more, unless somebody else issued it; none is there twice.
    assert [(one.PatientID, one.IssuerOfPatientID) for one in changed.OtherPatientIDsSequence] == [
        ("A-2", "ELSEWHERE"),
        ("A-1", "CLINIC"),
    ]
    assert [one.PatientID for one in only_original(changed).OtherPatientIDsSequence] == [
        "A-2",
        "A-2",
        "A-1",
    ]
    given = ChangePatient(original_patient_id="A-1", other_patient_ids=["Z"], **AUDIT)
    assert [one.PatientID for one in apply_locally(instance, given).OtherPatientIDsSequence] == [
        "Z"
    ]
    none = ChangePatient(original_patient_id="A-1", other_patient_ids=[], **AUDIT)
    assert "OtherPatientIDsSequence" not in apply_locally(instance, none)


def test_a_merge_keeps_what_it_does_not_know(instance):
    merge = MergePatient(patient_id="M-1", patients_to_merge=["X", "A-1"], **AUDIT)
    merged = apply_locally(instance, merge)
    assert (merged.PatientID, merged.PatientName, merged.PatientSex) == ("M-1", "Döe^Jane", "F")
    assert [one.PatientID for one in merged.OtherPatientIDsSequence] == ["A-1"]
    record = merged.OriginalAttributesSequence[0]
    assert record.ReasonForTheAttributeModification == "COERCE"
    assert apply_locally(merged, merge) is merged


def test_a_merge_into_a_known_patient(instance):
    survivor = item(
        PatientID="M-1",
        IssuerOfPatientID="CITY",
        PatientName="Doe^Jane^^Dr",
        PatientSex="F",
        OtherPatientNames=["Roe^Jane", "Poe^Jane"],
        OtherPatientIDsSequence=[item(PatientID="M-0", TypeOfPatientID="TEXT")],
    )
    instance.OtherPatientIDsSequence = [item(PatientID="A-0", TypeOfPatientID="TEXT")]
    merge = MergePatient(patient_id="M-1", patients_to_merge="A-1", **AUDIT)
    merged = apply_locally(instance, merge, patient=survivor)
    assert merged.PatientName == "Doe^Jane^^Dr"
    assert merged.IssuerOfPatientID == "CITY"
    assert list(merged.OtherPatientNames) == ["Roe^Jane", "Poe^Jane"]
    assert merged.PatientBirthDate == "19700131"
    assert [
        (one.PatientID, one.get("IssuerOfPatientID")) for one in merged.OtherPatientIDsSequence
    ] == [
        ("A-0", None),
        ("M-0", None),
        ("A-1", "CLINIC"),
    ]
    original = only_original(merged)
    assert "PatientSex" not in original
    assert original.IssuerOfPatientID == "CLINIC"


def test_a_merge_of_some_studies(instance):
    merge = MergePatient(patient_id="M-1", patients_to_merge="A-1", study_instance_uids="2.25.9")
    assert apply_locally(instance, merge) is instance
    forwarded = MergePatient(patient_id="M-1", study_instance_uids=["2.25.9", STUDY])
    assert apply_locally(instance, forwarded).PatientID == "M-1"


def test_a_change_of_the_study(instance):
    update = ChangeStudy(
        study_instance_uid=STUDY,
        study_date="20240229",
        patient_weight=70.0,
        patient_size=1.8,
        study_description="",
        **AUDIT,
    )
    changed = apply_locally(instance, update)
    assert (changed.StudyDate, changed.StudyDescription) == ("20240229", "")
    assert changed.PatientSize == 1.8
    # 70 and 70.0 are the same weight.
    assert only_original(changed) == item(StudyDate="", StudyDescription="Thorax", PatientSize="")


def test_a_change_of_the_series(instance):
    update = ChangeSeries(
        series_instance_uid=SERIES, series_description="1.0mm", modality="CT", **AUDIT
    )
    changed = apply_locally(instance, update)
    assert (changed.SeriesDescription, changed.Modality) == ("1.0mm", "CT")
    other = ChangeSeries(series_instance_uid="2.25.9", modality="CT")
    assert apply_locally(instance, other) is instance


@pytest.mark.parametrize("kind", [MergeStudy, MoveStudyToNewPatient])
def test_nothing_of_the_former_patient_stays_in_a_study(instance, kind):
    for keyword in PATIENT_ATTRIBUTES:
        if keyword not in instance and not keyword.endswith("Sequence"):
            setattr(instance, keyword, None)
    update = kind(patient_id="C-3", study_instance_uid=STUDY, source_patient_id="A-1", **AUDIT)
    moved = apply_locally(instance, update)
    assert moved.PatientID == "C-3"
    for keyword in ("PatientName", "PatientBirthDate", "PatientSex"):
        assert moved[keyword].is_empty
    gone = {*PATIENT_ATTRIBUTES, "PatientAge"} - {"PatientName", "PatientBirthDate", "PatientSex"}
    assert not [keyword for keyword in gone if keyword in moved]
    # What was measured stays, and so does who issues the IDs here.
    assert (moved.PatientWeight, moved.IssuerOfPatientID) == (70, "CLINIC")
    assert (moved.PatientIdentityRemoved, moved.StudyInstanceUID) == ("NO", STUDY)
    assert only_original(moved).PatientName == "Döe^Jane"
    assert moved.OriginalAttributesSequence[0].ReasonForTheAttributeModification == "CORRECT"


def test_a_study_for_a_known_patient(instance):
    patient = item(PatientName="Roe^Max", PatientSex="M", PatientBirthDate="19810203")
    update = MergeStudy(
        patient_id="C-3", study_instance_uid=STUDY, source_patient_id="A-1", **AUDIT
    )
    moved = apply_locally(instance, update, patient=patient)
    assert (moved.PatientName, moved.PatientSex) == ("Roe^Max", "M")
    assert "EthnicGroup" not in moved
    assert "OtherPatientIDsSequence" not in moved, "the two are not the same person"


def test_a_study_for_a_new_patient(instance):
    update = MoveStudyToNewPatient(
        patient_id="N-1",
        study_instance_uid=STUDY,
        source_patient_id="A-1",
        name="New^Nora",
        sex="F",
        other_patient_ids=["N-2"],
        **AUDIT,
    )
    moved = apply_locally(instance, update)
    assert (moved.PatientName, moved.PatientSex, moved.PatientBirthDate) == ("New^Nora", "F", "")
    assert [one.PatientID for one in moved.OtherPatientIDsSequence] == ["N-2"]
    assert "PatientSex" not in only_original(moved)


@pytest.mark.parametrize(
    "update",
    [
        MergeStudy(patient_id="C-3", study_instance_uid=STUDY, source_patient_id="B-2"),
        MergeStudy(patient_id="A-1", study_instance_uid=STUDY, source_patient_id="B-2"),
        MergeStudy(patient_id="C-3", study_instance_uid="2.25.9", source_patient_id="A-1"),
        MoveSeries(patient_id="C-3", series_instance_uid=SERIES, source_patient_id="B-2"),
        CopyStudy(patient_id="C-3", study_instance_uid="2.25.9", source_patient_id="A-1"),
        CopyPatient(patient_id="C-3", original_patient_id="B-2"),
        ChangePatient(patient_id="C-3", original_patient_id="A-10"),
        ChangePatient(original_patient_id="A-1", sex="F"),
        ChangePatient(original_patient_id="A-1", name="Döe^Jane", birth_date="19700131"),
        ChangeStudy(study_instance_uid="2.25.111", study_id="1"),
        DeletePatient(patient_id="B-2"),
        DeletePatient(patient_id="A-1", study_instance_uids=["2.25.9"]),
        DeleteStudy(study_instance_uid="2.25.9"),
        DeleteSeries(study_instance_uid="2.25.9", series_instance_uid=SERIES),
    ],
    ids=repr,
)
def test_what_an_update_is_not_about_is_the_same_object(instance, update):
    before = copy.deepcopy(instance)
    assert apply_locally(instance, update) is instance
    assert instance == before


@pytest.mark.parametrize(
    "update",
    [
        DeletePatient(patient_id="A-1"),
        DeletePatient(patient_id="A-1", study_instance_uids=["2.25.9", STUDY]),
        DeleteStudy(study_instance_uid=STUDY),
        DeleteSeries(study_instance_uid=STUDY, series_instance_uid=SERIES),
    ],
)
def test_what_is_to_be_deleted_is_none(instance, update):
    assert apply_locally(instance, update) is None


def test_moved_series(instance):
    given = MoveSeries(
        patient_id="C-3",
        series_instance_uid=SERIES,
        source_patient_id="A-1",
        new_study_instance_uid="2.25.77",
        **AUDIT,
    )
    moved = apply_locally(instance, given)
    assert (moved.StudyInstanceUID, moved.SeriesInstanceUID) == ("2.25.77", SERIES)
    assert moved.SOPInstanceUID == INSTANCE
    assert only_original(moved).StudyInstanceUID == STUDY
    # Without a UID all instances of the series get the same one, in every run.
    update = MoveSeries(patient_id="C-3", series_instance_uid=SERIES, source_patient_id="A-1")
    other = copy.deepcopy(instance)
    other.SOPInstanceUID = "2.25.1113"
    uids = {apply_locally(one, update).StudyInstanceUID for one in (instance, other)}
    assert len(uids) == 1
    assert uids != {STUDY}
    own = UidMap(salt="mine")
    assert apply_locally(instance, update, uid_map=own).StudyInstanceUID == own(STUDY)


@pytest.mark.parametrize(
    "update",
    [
        CopyPatient(original_patient_id="A-1", patient_id="T-1", **AUDIT),
        CopyStudy(patient_id="T-1", study_instance_uid=STUDY, source_patient_id="A-1", **AUDIT),
    ],
)
def test_a_copy_has_uids_of_its_own(instance, update):
    instance.OriginalAttributesSequence = [
        item(ModifiedAttributesSequence=[item(StudyInstanceUID="2.25.1")])
    ]
    uid_map = UidMap(salt="copies")
    copied = apply_locally(instance, update, uid_map=uid_map)
    assert copied.SOPInstanceUID == uid_map(INSTANCE)
    assert copied.file_meta.MediaStorageSOPInstanceUID == uid_map(INSTANCE)
    assert copied.StudyInstanceUID == uid_map(STUDY)
    assert copied.SeriesInstanceUID == uid_map(SERIES)
    assert copied.FrameOfReferenceUID == uid_map("2.25.5")
    reference = copied.ReferencedImageSequence[0]
    assert reference.ReferencedSOPInstanceUID == uid_map("2.25.1112")
    assert reference.ReferencedSOPClassUID == copied.SOPClassUID == instance.SOPClassUID
    assert copied.DeviceUID == "2.25.6"
    first, second = copied.OriginalAttributesSequence
    assert first.ModifiedAttributesSequence[0].StudyInstanceUID == "2.25.1"
    original = second.ModifiedAttributesSequence[0]
    assert original.SOPInstanceUID == INSTANCE
    # A sequence in which something was changed is on record as a whole (PS3.3 C.12.1.1.9.1).
    assert original.ReferencedImageSequence == instance.ReferencedImageSequence
    assert reference.ReferencedSOPInstanceUID != "2.25.1112"
    assert "OtherPatientIDsSequence" not in copied
    # And without a map the same in every run.
    again = [apply_locally(instance, update).SOPInstanceUID for _ in range(2)]
    assert again[0] == again[1] != INSTANCE


def test_references_in_private_sequences_follow(instance):
    block = instance.private_block(0x0099, "MAKER", create=True)
    block.add_new(0x10, "SQ", [item(ReferencedSOPInstanceUID=INSTANCE)])
    update = CopyPatient(original_patient_id="A-1", patient_id="T-1", **AUDIT)
    copied = apply_locally(instance, update)
    inside = copied[0x0099_1010].value[0]
    assert inside.ReferencedSOPInstanceUID == copied.SOPInstanceUID
    assert not [one for one in only_original(copied) if one.tag.is_private]


def test_copies_for_two_patients_are_two(instance):
    uids = {
        apply_locally(
            instance, CopyPatient(original_patient_id="A-1", patient_id=patient)
        ).SOPInstanceUID
        for patient in ("T-1", "T-2")
    }
    assert len(uids) == 2


def test_records_that_are_there_stay(instance):
    earlier = item(ModifyingSystem="OLD", ModifiedAttributesSequence=[item(PatientID="A-0")])
    instance.OriginalAttributesSequence = [earlier]
    changed = apply_locally(instance, ChangePatient(original_patient_id="A-1", sex="O"))
    assert changed.OriginalAttributesSequence[0] == earlier
    assert len(changed.OriginalAttributesSequence) == 2
    assert len(instance.OriginalAttributesSequence) == 1


def test_ids_of_another_issuer_are_of_another_patient(instance):
    update = ChangePatient(original_patient_id="A-1", patient_id="A-2")
    assert apply_locally(instance, update, issuer_of_patient_id="ELSEWHERE") is instance
    assert apply_locally(instance, update, issuer_of_patient_id="CLINIC").PatientID == "A-2"
    del instance.IssuerOfPatientID
    changed = apply_locally(instance, update, issuer_of_patient_id="CLINIC")
    (other,) = changed.OtherPatientIDsSequence
    assert (other.PatientID, other.IssuerOfPatientID) == ("A-1", "CLINIC")


def test_a_name_that_the_character_set_lacks(instance):
    update = ChangePatient(original_patient_id="A-1", name="山田^太郎", **AUDIT)
    changed = apply_locally(instance, update)
    assert changed.SpecificCharacterSet == "ISO_IR 192"
    file = io.BytesIO()
    write_file(file, changed)
    again = dcmread(io.BytesIO(file.getvalue()))
    assert again.PatientName == "山田^太郎"
    assert only_original(again).PatientName == "Döe^Jane"
    fits = ChangePatient(original_patient_id="A-1", name="Dœ".replace("œ", "ö"))
    assert apply_locally(instance, fits).SpecificCharacterSet == "ISO_IR 100"


def test_an_issuer_comes_with_its_own_qualifiers(instance):
    instance.IssuerOfPatientIDQualifiersSequence = [
        item(UniversalEntityID="1.2.3", UniversalEntityIDType="ISO")
    ]
    merge = MergePatient(patient_id="M-1", patients_to_merge=["A-1"], **AUDIT)
    same = apply_locally(instance, merge)
    assert same.IssuerOfPatientIDQualifiersSequence[0].UniversalEntityID == "1.2.3"
    known = item(PatientID="M-1", IssuerOfPatientID="OTHER")
    other = apply_locally(instance, merge, patient=known)
    assert other.IssuerOfPatientID == "OTHER"
    assert "IssuerOfPatientIDQualifiersSequence" not in other
    recorded = only_original(other).IssuerOfPatientIDQualifiersSequence
    assert recorded[0].UniversalEntityID == "1.2.3"
    known.IssuerOfPatientIDQualifiersSequence = [item(UniversalEntityID="4.5.6")]
    other = apply_locally(instance, merge, patient=known)
    assert other.IssuerOfPatientIDQualifiersSequence[0].UniversalEntityID == "4.5.6"


def test_who_changed_it_is_text_as_well(instance):
    """What goes on record needs the character set as much as the values do."""
    instance.PatientName = "Doe^Jane"
    instance.SpecificCharacterSet = "ISO_IR 6"
    update = ChangePatient(original_patient_id="A-1", sex="O", station="Röntgen")
    assert apply_locally(instance, update).SpecificCharacterSet == "ISO_IR 192"
    plain = ChangePatient(original_patient_id="A-1", sex="O", **AUDIT)
    assert apply_locally(instance, plain).SpecificCharacterSet == "ISO_IR 6"
    moved = apply_locally(instance, plain, source_of_previous_values="Zürich")
    assert moved.SpecificCharacterSet == "ISO_IR 192"
    # A space of another kind is no ASCII, however it is printed.
    update = ChangePatient(original_patient_id="A-1", other_patient_ids=["X\u00a01"], **AUDIT)
    assert apply_locally(instance, update).SpecificCharacterSet == "ISO_IR 192"


@pytest.mark.parametrize("write", [write_file, lambda file, ds: ds.save_as(file)])
@pytest.mark.parametrize("reader", [read_file, dcmread])
def test_text_nobody_looked_at_gets_the_new_character_set_too(instance, reader, write):
    instance.StudyDescription = "Schädel"
    instance.RequestAttributesSequence = [item(RequestedProcedureDescription="Füße")]
    file = io.BytesIO()
    write_file(file, instance)
    update = ChangePatient(original_patient_id="A-1", name="山田^太郎")
    changed = apply_locally(reader(io.BytesIO(file.getvalue())), update)
    written = io.BytesIO()
    write(written, changed)
    again = dcmread(io.BytesIO(written.getvalue()))
    assert (again.PatientName, again.StudyDescription) == ("山田^太郎", "Schädel")
    assert again.RequestAttributesSequence[0].RequestedProcedureDescription == "Füße"
    assert changed.StudyDescription == "Schädel"


def test_the_reason_may_be_said(instance):
    update = ChangePatient(original_patient_id="A-1", sex="O")
    changed = apply_locally(instance, update, modification="COERCE")
    record = changed.OriginalAttributesSequence[0]
    assert record.ReasonForTheAttributeModification == "COERCE"
    with pytest.raises(ConfigError, match="'COERCE' or 'CORRECT'"):
        apply_locally(instance, update, modification="TYPO")
    with pytest.raises(ConfigError, match="one of the twelve"):
        apply_locally(instance, {"PatientID": "A-1"})


def test_the_tables_of_attributes():
    from pydicom.datadict import dictionary_VR

    for keyword in PATIENT_ATTRIBUTES:
        assert keyword.endswith("Sequence") == (dictionary_VR(keyword) == "SQ")
    assert {dictionary_VR(keyword) for keyword in INSTANCE_UIDS} == {"UI"}
    # What becomes of an instance is known for each update, but for those that delete it.
    from dicomwire.patient_update.changes import _WANTED

    assert set(UPDATES.values()) - set(_WANTED) == {DeletePatient, DeleteStudy, DeleteSeries}


def test_all_real_files():
    """Whatever is in a file: only what is to be changed is, and the result can be written."""
    changed = 0
    # Larger ones have more pixels, not other elements.
    for path in (path for path in corpus_files() if path.stat().st_size < 100_000):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                dataset = read_file(path, defer_size="1 KB")
                patient_id = str(dataset.PatientID).strip(" ")
                update = MergePatient(patient_id="MERGED", patients_to_merge=patient_id, **AUDIT)
            except (DicomWireError, AttributeError):
                # No DICOM, or nobody whose ID could be merged.
                continue
            merged = apply_locally(dataset, update)
            changed += 1
            expected = without_record(dcmread(path, force=True))
            file = io.BytesIO()
            write_file(file, merged)
            found = without_record(dcmread(io.BytesIO(file.getvalue()), force=True))
            assert found.PatientID == "MERGED"
            assert found.OtherPatientIDsSequence[-1].PatientID == patient_id
            for one in (expected, found):
                one.PatientID = ""
                one.pop("OtherPatientIDsSequence", None)
            assert differences(expected, found) == [], path
    assert changed > 100


# --- as changes on the way


@pytest.mark.parametrize(
    "update",
    [
        CopyPatient(original_patient_id="A-1", patient_id="T-1"),
        CopyStudy(patient_id="T-1", study_instance_uid=STUDY, source_patient_id="A-1"),
        DeletePatient(patient_id="A-1"),
        DeleteStudy(study_instance_uid=STUDY),
        DeleteSeries(study_instance_uid=STUDY, series_instance_uid=SERIES),
    ],
    ids=lambda update: type(update).__name__,
)
def test_what_cannot_be_expressed_as_a_rewrite(update):
    with pytest.raises(ConfigError, match=f"{type(update).__name__} cannot be a Rewrite"):
        rewrite_of(update)


def test_a_rewrite_of_something_else():
    with pytest.raises(ConfigError, match="one of the twelve"):
        rewrite_of("merge")
    with pytest.raises(ConfigError, match="'COERCE' or 'CORRECT'"):
        rewrite_of(MergePatient(patient_id="A", patients_to_merge="B"), modification="x")


def test_a_rewrite_names_what_it_may_change():
    change = ChangeStudy(study_instance_uid=STUDY, study_id="7")
    assert repr(rewrite_of(change)) == "Rewrite((0020,0010), (0400,0561), (0008,0015))"
    assert OtherPatientId("x").type_of_patient_id == "TEXT"
