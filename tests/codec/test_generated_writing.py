"""Random data sets of all VRs must come out as pydicom writes them, and be read back equal."""

from __future__ import annotations

import copy
from io import BytesIO

import pytest
from dataset_strategies import CHARACTER_SETS, data_sets, values
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.tag import Tag
from pydicom.uid import UID
from pydicom.valuerep import VR
from pydicom_writing import (
    BIG,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    UNCOMPRESSED,
    by_pydicom,
    by_us,
    order_words,
)

import dicomwire as dw

READABLE = [chosen for chosen in CHARACTER_SETS if chosen.is_readable]
SYNTAXES = st.sampled_from(UNCOMPRESSED)
_EACH_VR = sorted(str(vr) for vr in VR if len(vr) == 2 and vr != "SQ")


@settings(deadline=None, max_examples=100)
@given(data_sets(), SYNTAXES)
def test_as_pydicom_writes_them(dataset, uid):
    before = copy.deepcopy(dataset)
    assert by_us(dataset, uid) == by_pydicom(copy.deepcopy(dataset), uid)
    assert dataset == before


@settings(deadline=None, max_examples=60)
@given(data_sets(character_sets=READABLE), st.sampled_from([EXPLICIT, BIG, DEFLATED]))
def test_pydicom_reads_them_back(dataset, uid):
    encoded = by_us(dataset, uid)
    read = read_dataset(BytesIO(encoded), False, UID(uid).is_little_endian)
    if uid == BIG:
        # pydicom gives words as they are stored.
        order_words(read, is_little=True)
    assert _canonical(read) == _canonical(dataset)


@settings(deadline=None, max_examples=60)
@given(data_sets(), SYNTAXES, SYNTAXES)
def test_what_was_read_is_written_as_pydicom_writes_it(dataset, first, second):
    encoded = by_us(dataset, first)
    syntax = UID(first)

    def read():
        return read_dataset(BytesIO(encoded), syntax.is_implicit_VR, syntax.is_little_endian)

    assert by_us(read(), second) == by_pydicom(read(), second)


@settings(deadline=None, max_examples=50)
@given(data_sets(depth=1), data_sets(depth=0), SYNTAXES)
def test_a_changed_data_set_is_written_as_pydicom_writes_it(dataset, changes, uid):
    encoded = by_us(dataset, IMPLICIT)

    def changed():
        read = read_dataset(BytesIO(encoded), True, True)
        read.update(copy.deepcopy(changes))
        if "SpecificCharacterSet" in changes:
            # Text of items that nobody looks at is copied by pydicom as it is even then.
            list(read.iterall())
        return read

    expected = _or_error(by_pydicom, changed(), uid)
    assert _or_error(by_us, changed(), uid) == expected


def _canonical(dataset):
    """Return the elements in a form in which all empty values are alike."""
    return [
        (
            int(element.tag),
            str(element.VR),
            [_canonical(item) for item in element.value]
            if element.VR == "SQ"
            else None
            if element.is_empty
            else element.value,
        )
        for element in dataset
    ]


def _or_error(write, dataset, uid):
    try:
        return write(dataset, uid)
    except Exception:  # noqa: BLE001 (pydicom raises all kinds)
        return "an error"


@pytest.mark.parametrize("uid", [IMPLICIT, EXPLICIT, BIG])
@pytest.mark.parametrize("vr", _EACH_VR)
@settings(deadline=None, max_examples=10)
@given(data=st.data())
def test_each_vr(vr, uid, data):
    dataset = Dataset()
    dataset.add(DataElement(Tag(0x00091001), vr, data.draw(values(vr))))
    assert by_us(dataset, uid) == by_pydicom(copy.deepcopy(dataset), uid)


@pytest.mark.parametrize("character_set", CHARACTER_SETS, ids=lambda chosen: str(chosen.terms))
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_each_character_set(character_set, data):
    dataset = data.draw(data_sets(depth=1, character_sets=[character_set], private=False))
    for keyword, vr in (("PatientName", "PN"), ("StudyDescription", "LO")):
        if "SpecificCharacterSet" in dataset:
            setattr(dataset, keyword, data.draw(values(vr, character_set.alphabet)))
    file = BytesIO()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.1"
    dw.write_file(file, dataset, transfer_syntax=EXPLICIT)
    assert by_us(dataset, EXPLICIT) == by_pydicom(copy.deepcopy(dataset), EXPLICIT)
    file.seek(0)
    if character_set.is_readable:
        assert _canonical(dcmread(file)) == _canonical(dataset)
