"""The DICOM JSON model that Rust writes: read by pydicom, it is the data set again."""

from __future__ import annotations

import json

import pytest
from corpora import corpus_files
from hypothesis import given
from hypothesis import strategies as some
from pydicom import Dataset, dcmread

from dicomwire import decode, encode, read_file
from dicomwire.dataset.json_model import to_json

EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"


def identifier() -> Dataset:
    dataset = Dataset()
    dataset.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    dataset.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    dataset.PatientID = "4711"
    dataset.StudyDate = "20240131"
    dataset.StudyTime = "101500.25"
    dataset.ModalitiesInStudy = ["CT", "", "SR"]
    dataset.NumberOfStudyRelatedInstances = "12"
    dataset.PatientWeight = "72.50"
    dataset.PatientComments = 'two\r\nlines, a \\ and a "'
    dataset.Rows = 512
    dataset.FrameIncrementPointer = 0x0018_1063
    dataset.AccessionNumber = None
    dataset.StudyID = " "
    item = Dataset()
    item.CodeValue = "T-1"
    item.CodeMeaning = "胸部"
    dataset.ProcedureCodeSequence = [item]
    dataset.ReferencedStudySequence = []
    return dataset


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_it_is_what_pydicom_writes(syntax):
    data = encode(identifier(), syntax)
    ours = json.loads(to_json(decode(data, syntax)))
    theirs = decode(data, syntax).to_json_dict()
    del theirs["00080005"]
    # PS3.18 section F.2.5: a value that is empty among others is null.
    theirs["00080061"]["Value"] = ["CT", None, "SR"]
    assert "00080005" not in ours
    assert ours == theirs


def test_what_was_looked_into_is_written_as_it_is_now():
    dataset = decode(encode(identifier(), EXPLICIT), EXPLICIT)
    dataset.PatientID = "other"
    assert json.loads(to_json(dataset))["00100020"]["Value"] == ["other"]


def test_a_data_set_of_anybody_is_written():
    dataset = Dataset()
    dataset.PatientID = "4711"
    assert json.loads(to_json(dataset)) == {"00100020": {"vr": "LO", "Value": ["4711"]}}


@given(text=some.text(some.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_any_text_comes_back(text):
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientComments = text
    back = decode(encode(dataset, EXPLICIT), EXPLICIT)
    written = json.loads(to_json(back))["00104000"].get("Value", [""])
    assert [part.strip() for part in written] == [text.strip()]


def test_large_values_are_not_lost():
    # Some are left in the file until somebody looks, which Rust's index lacks.
    for path in corpus_files():
        if path.name == "CT_small.dcm":
            written = json.loads(to_json(read_file(path, defer_size=100)))
            whole = dcmread(path)
            assert written["7FE00010"] == whole["PixelData"].to_json_dict(None, 1024)
            return
    pytest.fail("CT_small.dcm is not in the corpus")
