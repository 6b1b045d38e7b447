"""Every file of pydicom's corpora, read by us and by pydicom: what a user sees is the same."""

from __future__ import annotations

import re
import warnings

import pydicom
import pytest
from corpora import corpus_files
from equal_datasets import unlike

import dicomwire as dw

# What is no DICOM file for us: pydicom, told to `force`, makes one element of noise of each.
REFUSED = {
    "README": "text",
    "rtplan.dump": "text",
    "rtstruct.dump": "text",
    "zipMR.gz": "gzip",
    "crayons.icc": "a colour profile",
    "no_meta.dcm": "the first byte is missing, so that every tag and length is wrong",
}

# Where we differ on purpose; the paragraphs are in docs/codec.md.
DIFFERENCES = {
    # Cut in its pixel data: pydicom drops all elements, we keep what is there and warn.
    "emri_small_jpeg_2k_lossless_too_short.dcm": r"elements ",
    # Group 2 says explicit VR, the data set is implicit: pydicom notes what group 2 says, so that
    # a copy written without a look at the elements is damaged.
    "SC_rgb_jpeg.dcm": r"encoding \(True, True\) \(False, True\)$",
}
# PS3.5 section 7.8.1: pydicom takes the length of a private group for the one who reserved it.
CREATOR = re.compile(r"private_creator None \d+$")
GROUP_LENGTHS = {"chrJapMulti.dcm", "chrJapMultiExplicitIR6.dcm", "chrKoreanMulti.dcm"}


def differences(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = dw.read_file(path), pydicom.dcmread(path, force=True)
        assert ours.preamble == theirs.preamble
        found = unlike(ours.file_meta, theirs.file_meta, "file_meta ") + unlike(ours, theirs)
    return [text for text in found if not CREATOR.search(text)]


@pytest.mark.parametrize("path", corpus_files(), ids=lambda path: path.name)
def test_reads_as_pydicom_does(path):
    if path.name in REFUSED:
        with pytest.raises(dw.DecodeError):
            dw.read_file(path)
        return
    found = differences(path)
    expected = DIFFERENCES.get(path.name)
    if expected is None:
        assert not found
    else:
        assert found, "no difference any more: take the file off the list"
        assert all(re.search(expected, text) for text in found)


@pytest.mark.parametrize("path", corpus_files(), ids=lambda path: path.name)
def test_printed_it_is_the_same(path):
    if path.name in REFUSED or path.name in DIFFERENCES or path.name in GROUP_LENGTHS:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = dw.read_file(path), pydicom.dcmread(path, force=True)
        assert str(ours) == str(theirs)


def test_nearly_all_values_are_converted_in_rust():
    """What is left to pydicom is what is invalid or unknown, and little of that."""
    native = left = 0
    for path in corpus_files():
        if path.name in REFUSED:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = dw.read_file(path)
            elements = dataset._dict
            dataset._source.convert_all(elements, dataset.original_character_set)
        raw = sum(
            isinstance(element, pydicom.dataelem.RawDataElement) for element in elements.values()
        )
        left += raw
        native += len(elements) - raw
    assert left / (native + left) < 0.02, (left, native)
