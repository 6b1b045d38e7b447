"""Media creation requests before they are sent (PS3.4 annex S, PS3.3 section C.22.1)."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest
from generated import write_image, write_series
from pydicom import Dataset
from wire import CT_IMAGE_STORAGE

from dicomwire import ConfigError, MediaCreationInstance, StoreResult, encode
from dicomwire.media_creation import (
    APPLICATION_PROFILES,
    action_information,
    instances_of,
    is_known_profile,
    media_creation_request,
)

ONE = [MediaCreationInstance(CT_IMAGE_STORAGE, "1.2.3")]


def uids(instances):
    return [instance.sop_instance_uid for instance in instances]


def test_a_request_names_the_instances_and_nothing_else_unasked():
    dataset = media_creation_request(ONE, {})
    assert [element.keyword for element in dataset] == ["ReferencedSOPSequence"]
    (item,) = dataset.ReferencedSOPSequence
    assert {element.keyword: element.value for element in item} == {
        "ReferencedSOPClassUID": CT_IMAGE_STORAGE,
        "ReferencedSOPInstanceUID": "1.2.3",
    }


def test_every_option_becomes_its_attribute():
    dataset = media_creation_request(
        ONE,
        {
            "file_set_id": "DOE_JOHN_2024",
            "file_set_uid": "1.2.4",
            "label_from_instances": True,
            "label_text": "DOE^JOHN\nThorax",
            "label_style": "STYLE 2",
            "disposition": "Ward 7",
            "barcode": "DW123",
            "barcode_symbology": "CODE39",
            "allow_splitting": False,
            "include_non_dicom": "for_patient",
            "include_display_application": True,
            "preserve_instances": False,
            "allow_lossy_compression": False,
        },
    )
    assert dataset.StorageMediaFileSetID == "DOE_JOHN_2024"
    assert dataset.StorageMediaFileSetUID == "1.2.4"
    assert dataset.LabelUsingInformationExtractedFromInstances == "YES"
    assert dataset.LabelText == "DOE^JOHN\nThorax"
    assert dataset.LabelStyleSelection == "STYLE 2"
    assert dataset.MediaDisposition == "Ward 7"
    assert dataset.BarcodeValue == "DW123"
    assert dataset.BarcodeSymbology == "CODE39"
    assert dataset.AllowMediaSplitting == "NO"
    assert dataset.IncludeNonDICOMObjects == "FOR_PATIENT"
    assert dataset.IncludeDisplayApplication == "YES"
    assert dataset.PreserveCompositeInstancesAfterMediaCreation == "NO"
    assert dataset.AllowLossyCompression == "NO"
    assert "SpecificCharacterSet" not in dataset


def test_what_is_none_is_left_out():
    assert len(media_creation_request(ONE, {"file_set_id": None, "label_text": None})) == 1


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("file_set_id", "john", "1 to 16 characters"),
        ("file_set_id", "A" * 17, "1 to 16 characters"),
        ("file_set_id", "", "1 to 16 characters"),
        ("file_set_id", "A-B", "1 to 16 characters"),
        ("file_set_id", "Ä", "1 to 16 characters"),
        ("file_set_id", "A\n", "1 to 16 characters"),
        ("file_set_id", 7, "1 to 16 characters"),
        ("file_set_uid", "1.02.3", "no UID"),
        ("file_set_uid", "DISC", "no UID"),
        ("label_from_instances", "maybe", "True or False"),
        ("label_from_instances", 1, "True or False"),
        ("label_text", "", "must be a text"),
        ("label_text", 5, "must be a text"),
        ("label_text", "bell\a", "control character"),
        ("label_style", "lower", "A-Z"),
        ("label_style", "X" * 17, "1 to 16"),
        ("label_style", "  ", "1 to 16"),
        ("disposition", "x" * 10241, "at most 10240"),
        ("barcode", "x" * 10241, "at most 10240"),
        ("barcode_symbology", "CODE-39", "1 to 16"),
        ("allow_splitting", None.__class__, "True or False"),
        ("include_non_dicom", "FOR_ME", "FOR_PHYSICIAN"),
        ("include_display_application", "perhaps", "True or False"),
        ("preserve_instances", 0, "True or False"),
        ("allow_lossy_compression", "N", "True or False"),
        ("fileset_id", "A", "did you mean file_set_id?"),
        ("zzz", "A", "there are file_set_id, "),
    ],
)
def test_what_cannot_be_is_refused_by_name(option, value, says):
    with pytest.raises(ConfigError, match=option) as caught:
        media_creation_request(ONE, {option: value})
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("value", "sent"), [(True, "UNRESTRICTED"), (False, "NO"), ("FOR_TEACHING", "FOR_TEACHING")]
)
def test_non_dicom_objects(value, sent):
    assert media_creation_request(ONE, {"include_non_dicom": value}).IncludeNonDICOMObjects == sent


def test_a_symbology_without_a_barcode_is_refused():
    with pytest.raises(ConfigError, match="barcode_symbology"):
        media_creation_request(ONE, {"barcode_symbology": "CODE39"})


def test_the_default_repertoire_is_ascii():
    with pytest.raises(ConfigError, match="'ü' is not in the character set 'ISO_IR 6'"):
        media_creation_request(ONE, {"label_text": "Müller"}, character_set="ISO_IR 6")


def test_text_beyond_ascii_gets_a_character_set():
    dataset = media_creation_request(ONE, {"label_text": "Müller, 山田"})
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert "Müller, 山田".encode() in encode(dataset, "1.2.840.10008.1.2.1")
    latin = media_creation_request(ONE, {"label_text": "Müller"}, character_set="ISO_IR 100")
    assert "Müller".encode("latin-1") in encode(latin, "1.2.840.10008.1.2.1")


@pytest.mark.parametrize(("name", "says"), [("ISO_IR 100", "山"), ("KOI8", "no character set")])
def test_a_character_set_that_does_not_do_is_refused(name, says):
    with pytest.raises(ConfigError, match=says):
        media_creation_request(ONE, {"label_text": "山田"}, character_set=name)


def test_no_instances_are_refused():
    with pytest.raises(ConfigError, match="at least one"):
        media_creation_request([], {})


def test_instances_named_twice_are_refused():
    several = [MediaCreationInstance(CT_IMAGE_STORAGE, f"1.2.{n % 5}") for n in range(10)]
    with pytest.raises(ConfigError, match=r"1\.2\.0, 1\.2\.1, 1\.2\.2 and 2 more"):
        media_creation_request(several, {})


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("STD-GEN-DC", "did you mean STD-GEN-CD"),
        ("std-gen-cd", "did you mean STD-GEN-CD"),
        ("", "must be a name"),
        ("A\\B", "must be a name"),
        ("X" * 65, "must be a name"),
        ("COMPACT DISC OF OUR OWN", "check=False"),
    ],
)
def test_profiles_that_do_not_exist_are_refused(name, says):
    with pytest.raises(ConfigError, match=says):
        media_creation_request([MediaCreationInstance(CT_IMAGE_STORAGE, "1.2.3", name)], {})


def test_a_profile_of_the_devices_own_passes_unchecked():
    instance = MediaCreationInstance(CT_IMAGE_STORAGE, "1.2.3", "OUR-OWN")
    (item,) = media_creation_request([instance], {}, check=False).ReferencedSOPSequence
    assert item.RequestedMediaApplicationProfile == "OUR-OWN"


def test_the_profiles_of_the_standard():
    assert len(set(APPLICATION_PROFILES)) == len(APPLICATION_PROFILES)
    assert all(is_known_profile(name) and len(name) <= 64 for name in APPLICATION_PROFILES)
    assert is_known_profile("STD-US-SC-MF-CDR")
    assert is_known_profile("STD-CTMR-MOD23")
    assert is_known_profile("AUG-GEN-CD")
    assert is_known_profile("PRI-OUR-CD")
    assert not is_known_profile("STD-CTMR-MOD128")


def test_an_icon_goes_along():
    icon = Dataset()
    icon.Rows = icon.Columns = 8
    (item,) = media_creation_request(
        [MediaCreationInstance(CT_IMAGE_STORAGE, "1.2.3", icon=icon)], {}
    ).ReferencedSOPSequence
    assert item.IconImageSequence[0].Rows == 8


def test_an_icon_that_cannot_be_encoded_is_refused_before_anything_is_sent():
    icon = Dataset()
    icon.Rows = 8
    icon["Rows"]._value = "many"
    with pytest.raises(ConfigError, match="cannot be encoded"):
        media_creation_request([MediaCreationInstance(CT_IMAGE_STORAGE, "1.2.3", icon=icon)], {})


@pytest.mark.parametrize("wrong", [("CT", "1.2.3"), (CT_IMAGE_STORAGE, "1..2"), ("", "")])
def test_an_instance_has_uids(wrong):
    with pytest.raises(ConfigError, match="is no UID"):
        MediaCreationInstance(*wrong)


def test_the_instances_of_a_directory(tmp_path):
    write_series(tmp_path / "study" / "deep", 3)
    write_image(tmp_path / "study" / "a.dcm", "2.25.7")
    found = instances_of(tmp_path / "study", application_profile="STD-GEN-CD")
    assert uids(found) == ["2.25.7", "2.25.1000", "2.25.1001", "2.25.1002"]
    assert {instance.application_profile for instance in found} == {"STD-GEN-CD"}
    assert {instance.sop_class_uid for instance in found} == {CT_IMAGE_STORAGE}


def test_other_files_are_refused_or_left_out(tmp_path):
    write_series(tmp_path, 2)
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(ConfigError, match=r"notes\.txt not DICOM.*others='skip'"):
        instances_of(tmp_path)
    assert uids(instances_of(str(tmp_path), others="skip")) == ["2.25.1000", "2.25.1001"]
    # A file that was named is never left out.
    with pytest.raises(ConfigError, match=r"notes\.txt is not DICOM"):
        instances_of(tmp_path / "notes.txt", others="skip")


def test_a_dicomdir_is_no_instance(tmp_path):
    from pydicom.data import get_testdata_file

    write_series(tmp_path, 1)
    shutil.copy(get_testdata_file("DICOMDIR"), tmp_path / "DICOMDIR")
    assert uids(instances_of(tmp_path)) == ["2.25.1000"]
    with pytest.raises(ConfigError, match="is a DICOMDIR"):
        instances_of(tmp_path / "DICOMDIR")


def test_the_instances_of_all_sorts(tmp_path):
    write_image(tmp_path / "a.dcm", "2.25.7")
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CT_IMAGE_STORAGE, "1.2.8"
    own = MediaCreationInstance(CT_IMAGE_STORAGE, "1.2.9", "STD-CTMR-CD")
    stored = StoreResult(None, CT_IMAGE_STORAGE, "1.2.10", "sent")
    referenced = SimpleNamespace(sop_class_uid=CT_IMAGE_STORAGE, sop_instance_uid="1.2.11")
    given = [tmp_path / "a.dcm", dataset, own, stored, (CT_IMAGE_STORAGE, "1.2.12"), [referenced]]
    found = instances_of(iter(given), application_profile="STD-GEN-CD")
    assert uids(found) == ["2.25.7", "1.2.8", "1.2.9", "1.2.10", "1.2.12", "1.2.11"]
    assert [instance.application_profile for instance in found].count("STD-GEN-CD") == 5
    assert found[2].application_profile == "STD-CTMR-CD"


def test_what_names_no_instance_is_refused(tmp_path):
    failed = StoreResult(tmp_path / "a", CT_IMAGE_STORAGE, "1.2", "failed", error="disk full")
    for source, says in [
        (7, "a int names no instance"),
        (b"DICM", "a bytes names no instance"),
        (Dataset(), "no SOPClassUID and no SOPInstanceUID"),
        (failed, "was not stored .failed: disk full"),
        ([("CT", "1.2.3")], "No such file"),
    ]:
        with pytest.raises((ConfigError, OSError), match=says):
            instances_of(source)


def test_action_information():
    assert action_information(None, None) is None
    information = action_information(2, "medium")
    assert information is not None
    assert (information.NumberOfCopies, information.RequestPriority) == (2, "MED")
    assert action_information(None, "high").RequestPriority == "HIGH"
    assert action_information(None, "low").RequestPriority == "LOW"


@pytest.mark.parametrize("copies", [0, -1, True, 1.5, "2", 2**31])
def test_copies_that_cannot_be(copies):
    with pytest.raises(ConfigError, match="copies="):
        action_information(copies, None)


def test_a_priority_that_cannot_be():
    with pytest.raises(ConfigError, match="high, medium, low"):
        action_information(None, "urgent")
