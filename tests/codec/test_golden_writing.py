"""Every file of the corpora must come out as pydicom's own writer has it."""

from __future__ import annotations

import warnings
from io import BytesIO

import pydicom
import pytest
from corpora import corpus_files
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID
from pydicom_writing import (
    EXPLICIT,
    IMPLICIT,
    UNCOMPRESSED,
    by_pydicom,
    by_us,
    inflated_file,
    read,
    touch,
)

import dicomwire as dw
from dicomwire.dataset import writing

# It says explicit VR and goes on in implicit VR; pydicom reads that, but can write it only when
# every element was looked at.
MIXED = "SC_rgb_jpeg.dcm"


def _expected(path, uid, *, touched):
    return by_pydicom(read(path, touched=touched or path.name == MIXED), uid)


@pytest.mark.parametrize("path", corpus_files(), ids=lambda path: path.name)
def test_data_sets_are_as_pydicom_writes_them(path):
    original = read(path, touched=True)
    if original is None:
        return
    own = original.file_meta.get("TransferSyntaxUID", IMPLICIT)
    is_encapsulated = "PixelData" in original and original["PixelData"].is_undefined_length
    for uid in {*UNCOMPRESSED, own}:
        for touched in (False, True):
            dataset = read(path, touched=touched)
            if is_encapsulated and uid in UNCOMPRESSED:
                with pytest.raises(dw.EncodeError, match="is encapsulated, but"):
                    dw.encode(dataset, uid)
            else:
                assert by_us(dataset, uid) == _expected(path, uid, touched=touched), (uid, touched)


@pytest.mark.parametrize("path", corpus_files(), ids=lambda path: path.name)
@pytest.mark.parametrize("touched", [False, True])
def test_files_are_as_pydicom_writes_them(path, touched, monkeypatch):
    # What is added to group 2 names ourselves; for once we say to be pydicom.
    version = f"PYDICOM {'.'.join(pydicom.__version_info__)}"
    monkeypatch.setattr(writing, "IMPLEMENTATION_CLASS_UID", PYDICOM_IMPLEMENTATION_UID)
    monkeypatch.setattr(writing, "IMPLEMENTATION_VERSION_NAME", version)
    dataset = read(path, touched=touched)
    if dataset is None:
        return
    theirs, ours = BytesIO(), BytesIO()
    as_written = read(path, touched=touched or path.name == MIXED)
    if as_written.original_encoding == (False, True):
        # pydicom would want to be told what it has just found out by reading.
        as_written.file_meta.setdefault("TransferSyntaxUID", UID(EXPLICIT))
    try:
        pydicom.dcmwrite(theirs, as_written, enforce_file_format=True)
    except (ValueError, AttributeError):
        with pytest.raises(dw.EncodeError):
            dw.write_file(ours, dataset)
        return
    dw.write_file(ours, dataset)
    syntax = dataset.file_meta.get("TransferSyntaxUID", IMPLICIT)
    assert inflated_file(ours.getvalue(), syntax) == inflated_file(theirs.getvalue(), syntax)
    unwritten = read(path, touched=True)
    touch(dataset)
    assert dataset == unwritten
    assert dataset.file_meta == unwritten.file_meta


@pytest.mark.parametrize("path", corpus_files(), ids=lambda path: path.name)
def test_what_dicomwire_read_is_written_as_pydicom_writes_what_it_read(path):
    original = read(path)
    # Without elements there is nothing to compare; the damage of a sequence that is cut short
    # pydicom copies, while we write the items that are there.
    if not original or path.name in {MIXED, "rtplan_truncated.dcm"}:
        return
    if (own := original.file_meta.get("TransferSyntaxUID")) is None:
        return
    expected = by_pydicom(original, own)
    with warnings.catch_warnings():
        # Some of the files are cut short, and say so.
        warnings.simplefilter("ignore")
        dataset = dw.read_file(path)
    assert by_us(dataset, own) == expected
