"""Every file of the corpora, scanned, against what pydicom reads from it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pydicom
import pytest
from corpora import corpus_files
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue

import dicomwire as dw

if TYPE_CHECKING:
    from pathlib import Path

META = ["TransferSyntaxUID", "MediaStorageSOPClassUID"]
TAGS = [
    *META,
    "AccessionNumber",
    "AcquisitionDateTime",
    "BitsAllocated",
    "FrameIncrementPointer",
    "ImagePositionPatient",
    "ImageType",
    "InstanceNumber",
    "InstitutionName",
    "Modality",
    "NumberOfFrames",
    "PatientBirthDate",
    "PatientID",
    "PatientName",
    "PixelSpacing",
    "ReferencedImageSequence[0].ReferencedSOPInstanceUID",
    "ReferencedStudySequence[0].ReferencedSOPClassUID",
    "ReferringPhysicianName",
    "Rows",
    "SOPInstanceUID",
    "SliceThickness",
    "SmallestImagePixelValue",
    "StudyDate",
    "StudyDescription",
    "StudyInstanceUID",
    "StudyTime",
    "WindowCenter",
]
# pydicom keeps these as text that is no number.
UNREADABLE = {("badVR.dcm", "NumberOfFrames")}


@pytest.fixture(scope="module")
def rows() -> dict[Path, dict[str, Any]]:
    files = corpus_files()
    scanned = list(dw.scan(files, TAGS))
    assert [row["path"] for row in scanned] == [str(path) for path in files]
    return dict(zip(files, scanned, strict=True))


def find(dataset, path):
    """Find the element a path leads to."""
    for step in path.split("."):
        name, _, number = step.partition("[")
        source = dataset.file_meta if name in META else dataset
        if name not in source:
            return None
        element = source[name]
        if not number:
            return element
        items = element.value if element.VR == "SQ" else []
        if len(items) <= int(number[:-1]):
            return None
        dataset = items[int(number[:-1])]
    return None


def expected(element):
    """Return pydicom's value as the table would have it, a list if it is several."""
    if element is None or element.value is None or element.value == "":
        return None
    convert = {
        **dict.fromkeys(["DS", "FL", "FD"], float),
        **dict.fromkeys(["IS", "US", "SS", "UL", "SL"], int),
        "AT": lambda tag: f"({tag.group:04X},{tag.element:04X})",
        "DA": lambda text: date.fromisoformat(text.replace(".", "")),
    }.get(element.VR, lambda text: str(text).strip(" \0"))
    if isinstance(element.value, MultiValue):
        return [convert(value) for value in element.value]
    return convert(element.value)


def agrees(got, wanted):
    if isinstance(wanted, list) and not isinstance(got, list):
        return got == "\\".join(wanted)
    if isinstance(got, list) and not isinstance(wanted, list):
        return got == [wanted]
    return got == wanted


def test_values_are_those_of_pydicom(rows):
    compared = 0
    for path, row in rows.items():
        dataset = pydicom.dcmread(path, force=True, stop_before_pixels=True)
        for tag in TAGS:
            if row[tag] is None and f"{tag}: " in (row["error"] or ""):
                assert (path.name, tag) in UNREADABLE, (path, row["error"])
                continue
            wanted = expected(find(dataset, tag))
            assert agrees(row[tag], wanted), (path, tag, row[tag], wanted)
            compared += wanted is not None
    assert compared > 2000


def test_only_what_is_wrong_has_an_error(rows):
    wrong = {path.name: row["error"] for path, row in rows.items() if row["error"]}
    no_dicom = {"README", "crayons.icc", "no_meta.dcm", "rtplan.dump", "rtstruct.dump", "zipMR.gz"}
    assert {name for name, error in wrong.items() if "not a DICOM file" in error} == no_dicom
    assert wrong.keys() - no_dicom == {"SC_rgb_jpeg.dcm", "badVR.dcm"}
    assert "declares 1.2.840.10008.1.2.4.50" in wrong["SC_rgb_jpeg.dcm"]


def test_files_that_are_none_are_rows_with_an_error(rows):
    for path, row in rows.items():
        try:
            pydicom.dcmread(path, stop_before_pixels=True)
        except InvalidDicomError:
            # We recognise more than pydicom does without being forced to: bare data sets.
            recognised = row["error"] is None
            assert recognised or "not a DICOM file" in row["error"] or row["SOPInstanceUID"], row
        else:
            assert "not a DICOM file" not in (row["error"] or ""), path
