"""Random data sets of all VRs: what pydicom writes we read as pydicom does, and ours come back."""

from __future__ import annotations

import copy
import re
import warnings
from io import BytesIO

import pydicom
import pytest
from dataset_strategies import CHARACTER_SETS, data_sets
from equal_datasets import unlike
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.filereader import read_dataset
from pydicom.uid import UID
from pydicom_writing import BIG, DEFLATED, EXPLICIT, IMPLICIT, by_pydicom, by_us

import dicomwire as dw

SYNTAXES = st.sampled_from([IMPLICIT, EXPLICIT, BIG])


def read_by_pydicom(encoded: bytes, uid: str) -> pydicom.Dataset:
    syntax = UID(uid)
    return read_dataset(BytesIO(encoded), syntax.is_implicit_VR, syntax.is_little_endian)


# pydicom takes the length of a private group for its creator, and tells the encoding of an empty
# item from the bytes behind it.
PYDICOMS = re.compile(r"private_creator None|\]\.encoding \(False, (True|False)\) \(True, ")


def differences(ours, theirs) -> list[str]:
    """Compare what a user sees."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [text for text in unlike(ours, theirs) if not PYDICOMS.search(text)]


@settings(deadline=None, max_examples=60)
@given(data_sets(), SYNTAXES)
def test_what_pydicom_writes_is_read_as_pydicom_reads_it(dataset, uid):
    encoded = by_pydicom(copy.deepcopy(dataset), uid)
    assert not differences(dw.decode(encoded, uid), read_by_pydicom(encoded, uid))


@settings(deadline=None, max_examples=40)
@given(data_sets(), SYNTAXES)
def test_what_we_write_we_read(dataset, uid):
    encoded = by_us(dataset, uid)
    assert by_us(dw.decode(encoded, uid), uid) == encoded


@settings(deadline=None, max_examples=40)
@given(data_sets(), SYNTAXES, SYNTAXES)
def test_what_we_read_is_written_like_what_pydicom_read(dataset, first, second):
    encoded = by_us(dataset, first)
    ours, theirs = dw.decode(encoded, first), read_by_pydicom(encoded, first)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = by_us(theirs, second)
        assert by_us(ours, second) == expected
        for element in ours.iterall():
            _ = element.value
        assert by_us(ours, second) == expected


@settings(deadline=None, max_examples=20)
@given(data_sets())
def test_a_deflated_file_is_read(dataset):
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.1"
    file = BytesIO()
    dw.write_file(file, dataset, transfer_syntax=DEFLATED)
    content = file.getvalue()
    assert not differences(dw.read_file(content), pydicom.dcmread(BytesIO(content)))


@pytest.mark.parametrize("character_set", CHARACTER_SETS, ids=lambda chosen: str(chosen.terms))
@settings(deadline=None, max_examples=8)
@given(data=st.data())
def test_each_character_set_is_read_as_pydicom_reads_it(character_set, data):
    dataset = data.draw(data_sets(depth=1, character_sets=[character_set]))
    encoded = by_pydicom(copy.deepcopy(dataset), EXPLICIT)
    assert not differences(dw.decode(encoded, EXPLICIT), read_by_pydicom(encoded, EXPLICIT))


@settings(deadline=None, max_examples=60)
@given(data_sets(), st.integers(min_value=0), SYNTAXES)
def test_a_part_of_a_data_set_is_an_error_or_a_part(dataset, where, uid):
    encoded = by_us(dataset, uid)
    part = encoded[: where % (len(encoded) + 1)]
    tags = [int(element.tag) for element in dataset]
    try:
        ours = dw.decode(part, uid)
    except dw.DecodeError as error:
        offset = error.offset
    else:
        offset = len(part)
        assert [int(element.tag) for element in ours] == tags[: len(ours)]
    assert offset is not None
    assert offset <= len(part)
