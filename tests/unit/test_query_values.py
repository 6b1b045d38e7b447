"""Values of keys: what callers write, what is sent, and what is refused before it is."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal

import pytest
from pydicom.dataset import Dataset
from pydicom.valuerep import DA, PersonName

from dicomwire.errors import ConfigError
from dicomwire.query import build, encode_query

IMPLICIT = "1.2.840.10008.1.2"
WORKLIST = "MODALITY_WORKLIST"


def sent(keyword: str, value: object, *, check: bool = True) -> str:
    """Return the value of a key as it goes over the network."""
    dataset = build(
        keys={keyword: value}, model=WORKLIST, return_keys=(), check=check, character_set=None
    ).dataset
    data = encode_query(dataset, IMPLICIT)
    # Tag and length in front; a UID is padded with a NUL, everything else with a space.
    tag = dataset[keyword].tag
    element = data[data.index(struct.pack("<HH", tag.group, tag.element)) :]
    return element[8 : 8 + int.from_bytes(element[4:8], "little")].decode().rstrip(" \0")


@pytest.mark.parametrize(
    ("keyword", "value", "text"),
    [
        ("PatientName", "DOE^*", "DOE^*"),
        ("PatientName", PersonName("DOE^JANE"), "DOE^JANE"),
        ("PatientID", 4711, "4711"),
        ("PatientID", "?" * 64 + "*", "?" * 64 + "*"),
        ("StudyDate", dt.date(2024, 2, 29), "20240229"),
        (
            "StudyDate",
            dt.datetime(2024, 2, 29, 12),  # noqa: DTZ001
            "20240229",
        ),
        ("StudyDate", DA("20240229"), "20240229"),
        ("StudyDate", 20240229, "20240229"),
        ("StudyDate", (dt.date(2024, 1, 1), dt.date(2024, 12, 31)), "20240101-20241231"),
        ("StudyDate", (dt.date(999, 1, 1), None), "09990101-"),
        ("StudyDate", (None, "20241231"), "-20241231"),
        ("StudyDate", "20240101-", "20240101-"),
        ("StudyDate", (None, None), ""),
        ("StudyTime", dt.time(7, 5), "070500"),
        ("StudyTime", (dt.time(7), dt.time(12, 30, 0, 250000)), "070000-123000.250000"),
        ("StudyTime", "07-12", "07-12"),
        ("StudyTime", "1230-12", "1230-12"),
        (
            "AcquisitionDateTime",
            dt.datetime(2024, 2, 29, 7, 5),  # noqa: DTZ001
            "20240229070500",
        ),
        ("AcquisitionDateTime", dt.date(2024, 2, 29), "20240229"),
        (
            "AcquisitionDateTime",
            (dt.datetime(2024, 2, 29, tzinfo=dt.UTC), None),
            "20240229000000+0000-",
        ),
        ("AcquisitionDateTime", "2024-0500-2025-0500", "2024-0500-2025-0500"),
        ("StudyInstanceUID", ["1.2", "1.3"], "1.2\\1.3"),
        ("StudyInstanceUID", ("1.2", "1.3", "1.4"), "1.2\\1.3\\1.4"),
        ("StudyInstanceUID", "1.2\\1.3", "1.2\\1.3"),
        ("ModalitiesInStudy", ["CT", "MR"], "CT\\MR"),
        ("Modality", "C*", "C*"),
        ("InstanceNumber", 3, "3"),
        ("InstanceNumber", 3.0, "3"),
        ("PatientWeight", 72.5, "72.5"),
        ("PatientWeight", Decimal("72.50"), "72.50"),
        ("PatientAge", "018M", "018M"),
        ("PatientComments", "a\\b\r\nc*", "a\\b\r\nc*"),
        ("PatientID", None, ""),
        ("PatientID", "", ""),
    ],
)
def test_values_are_sent(keyword: str, value: object, text: str) -> None:
    assert sent(keyword, value) == text


@pytest.mark.parametrize(
    ("keyword", "value", "says"),
    [
        ("StudyInstanceUID", [], "an empty list matches nothing"),
        ("PatientID", (), "an empty list matches nothing"),
        ("StudyDate", "2024*", "YYYYMMDD-YYYYMMDD.*no wild cards"),
        ("StudyDate", "20240230", "write YYYYMMDD"),
        ("StudyDate", "2024.01.01", "write YYYYMMDD"),
        ("StudyDate", "-", "write YYYYMMDD"),
        ("StudyDate", "20240101-20231231", "ends before it begins"),
        ("StudyDate", [dt.date(2024, 1, 1), dt.date(2024, 1, 2)], "has one value"),
        ("StudyDate", dt.time(7), "cannot be a value of DA"),
        ("StudyTime", "25", "HHMMSS"),
        ("StudyTime", "13-12", "ends before it begins"),
        ("StudyTime", dt.date(2024, 1, 1), "cannot be a value of TM"),
        ("AcquisitionDateTime", "2024-13", "write YYYYMMDDHHMMSS"),
        ("AcquisitionDateTime", dt.time(7), "cannot be a value of DT"),
        ("StudyInstanceUID", "1.2.*", "no wild cards for UIDs"),
        ("StudyInstanceUID", ["1.2", ""], "no empty values"),
        ("StudyInstanceUID", 12, "cannot be a value of UI"),
        ("StudyInstanceUID", "1." * 33, "is no UID"),
        ("Modality", ["CT", "MR"], "check=False"),
        ("Modality", "ct", "upper case"),
        ("PatientID", "x" * 65, "at most 64 characters, this is 65"),
        ("PatientID", True, "cannot be a value of LO"),
        ("PatientID", {"a": 1}, "cannot be a value of LO"),
        ("PatientID", "a\tb", "control characters"),
        ("PatientName", "a=b=c=d", "three component groups"),
        ("InstanceNumber", "1-5", "cannot be a value of IS"),
        ("InstanceNumber", 1.5, "no way to write"),
        ("PatientWeight", "heavy", "cannot be a value of DS"),
        ("PatientWeight", float("nan"), "no way to write"),
        ("PatientAge", "18", "no age"),
        ("ScheduledStationAETitle", "ÄRZTE", "ASCII"),
        ("Rows", "many", "cannot be a value of US"),
        ("Rows", True, "cannot be a value of US"),
        ("Rows", 70000, "cannot be"),
        ("PixelData", "x", "no values to be matched"),
        ("ReferencedStudySequence", "x", "a mapping or a Dataset"),
        ("ReferencedStudySequence", [{}, {}], "one item"),
        ("ReferencedStudySequence", ["x"], "an item is a mapping"),
    ],
)
def test_values_are_refused(keyword: str, value: object, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as raised:
        sent(keyword, value)
    assert keyword in str(raised.value)


@pytest.mark.parametrize(
    ("keyword", "value", "text"),
    [
        ("Modality", ["CT", "MR"], "CT\\MR"),
        ("Modality", "ct", "ct"),
        ("StudyDate", '""', '""'),
        ("StudyInstanceUID", "1.2.*", "1.2.*"),
    ],
)
def test_what_only_some_servers_take_is_sent_unchecked(
    keyword: str, value: object, text: str
) -> None:
    with pytest.raises(ConfigError):
        sent(keyword, value)
    assert sent(keyword, value, check=False) == text


def test_the_values_of_a_data_set_are_checked_too() -> None:
    query = Dataset()
    query.PatientID = "4711"
    item = Dataset()
    item.Modality = "CT"
    query.RequestAttributesSequence = [item]
    assert build(query).dataset == build(query, check=False).dataset
    item.Modality = "CT\\MR"
    with pytest.raises(ConfigError, match=r"RequestAttributesSequence\.Modality"):
        build(query)
    query.RequestAttributesSequence = [Dataset(), Dataset()]
    with pytest.raises(ConfigError, match="one item"):
        build(query)


def test_elements_nobody_knows_need_a_vr() -> None:
    key = (0x0009, 0x1001)
    query = {(0x0009, 0x0010): "ACME", key: ("LO", "x*")}
    assert build(query).dataset[key].value == "x*"  # type: ignore[arg-type]
    assert build({key: None}).dataset[key].VR == "UN"
    with pytest.raises(ConfigError, match=r"\(0009,1001\).*say its VR"):
        build({key: "x"})
