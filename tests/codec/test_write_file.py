"""write_file(): the file meta information it completes, and the file it never leaves by half."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom_writing import BIG, DEFLATED, EXPLICIT, IMPLICIT

import dicomwire as dw
from dicomwire.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

CT = "1.2.840.10008.5.1.4.1.1.2"


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def made_up():
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CT, "2.25.7"
    dataset.PatientName = "Phantom^Water"
    return dataset


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG, DEFLATED])
def test_a_made_up_data_set_becomes_a_file(tmp_path, syntax):
    path = tmp_path / "file.dcm"
    dataset = made_up()
    dw.write_file(path, dataset, transfer_syntax=syntax)
    read = pydicom.dcmread(path)
    assert read == dataset
    meta = read.file_meta
    assert (meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID) == (CT, "2.25.7")
    assert meta.TransferSyntaxUID == syntax
    assert meta.FileMetaInformationVersion == b"\0\1"
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert meta.ImplementationVersionName == IMPLEMENTATION_VERSION_NAME
    assert read.preamble == bytes(128)
    assert not hasattr(dataset, "file_meta")
    assert names(tmp_path) == ["file.dcm"]


def test_what_is_in_the_file_meta_information_stays():
    dataset = made_up()
    meta = FileMetaDataset()
    meta.MediaStorageSOPInstanceUID = "2.25.another"
    meta.ImplementationClassUID = "2.25.5"
    meta.ImplementationVersionName = "OTHER"
    meta.SourceApplicationEntityTitle = "HERE"
    meta.TransferSyntaxUID = IMPLICIT
    dataset.file_meta = meta
    file = io.BytesIO()
    dw.write_file(file, dataset)
    written = pydicom.dcmread(io.BytesIO(file.getvalue())).file_meta
    assert written.MediaStorageSOPInstanceUID == "2.25.7"
    assert written.ImplementationClassUID == "2.25.5"
    assert written.ImplementationVersionName == "OTHER"
    assert written.SourceApplicationEntityTitle == "HERE"
    assert meta.MediaStorageSOPInstanceUID == "2.25.another"
    assert "FileMetaInformationGroupLength" not in meta
    given = FileMetaDataset()
    given.TransferSyntaxUID = EXPLICIT
    file = io.BytesIO()
    dw.write_file(file, dataset, file_meta=given)
    assert pydicom.dcmread(io.BytesIO(file.getvalue())).file_meta.TransferSyntaxUID == EXPLICIT


def test_the_preamble_is_kept():
    dataset = FileDataset(io.BytesIO(), made_up(), preamble=b"II" + bytes(126))
    file = io.BytesIO()
    dw.write_file(file, dataset, transfer_syntax=EXPLICIT)
    assert file.getvalue().startswith(b"II\0")
    dataset.preamble = b"short"
    with pytest.raises(dw.EncodeError, match="preamble has 5 bytes"):
        dw.write_file(file, dataset, transfer_syntax=EXPLICIT)


def test_what_is_missing_is_named():
    dataset = made_up()
    with pytest.raises(dw.EncodeError, match="pass transfer_syntax") as caught:
        dw.write_file(io.BytesIO(), dataset)
    assert caught.value.path == "(0002,0010)"
    del dataset.SOPInstanceUID
    with pytest.raises(dw.EncodeError, match="set SOPInstanceUID") as caught:
        dw.write_file(io.BytesIO(), dataset, transfer_syntax=EXPLICIT)
    assert caught.value.path == "(0002,0003)"
    meta = FileMetaDataset()
    meta._dict[pydicom.tag.Tag(0x00100010)] = dataset["PatientName"]
    with pytest.raises(dw.EncodeError, match="only elements of group 0002"):
        dw.write_file(io.BytesIO(), made_up(), transfer_syntax=EXPLICIT, file_meta=meta)


def test_files_are_replaced_or_not(tmp_path):
    path = tmp_path / "file.dcm"
    path.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        dw.write_file(path, made_up(), transfer_syntax=EXPLICIT, overwrite=False)
    assert path.read_bytes() == b"old"
    dw.write_file(str(path), made_up(), transfer_syntax=EXPLICIT)
    assert pydicom.dcmread(path).PatientName == "Phantom^Water"
    other = tmp_path / "other.dcm"
    dw.write_file(other, made_up(), transfer_syntax=EXPLICIT, overwrite=False)
    assert names(tmp_path) == ["file.dcm", "other.dcm"]
    umask = os.umask(0o022)
    os.umask(umask)
    assert stat.S_IMODE(other.stat().st_mode) == 0o666 & ~umask


def test_a_file_that_is_replaced_stays_as_private_as_it_was(tmp_path):
    path = tmp_path / "file.dcm"
    path.write_bytes(b"old")
    path.chmod(0o600)
    dw.write_file(path, made_up(), transfer_syntax=EXPLICIT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    dw.transcode_file(path, path, IMPLICIT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_object_that_takes_no_more(tmp_path):
    class Full:
        def write(self, data):
            return min(len(data), 10) if len(data) > 100 else 0

    with pytest.raises(OSError, match="takes no more"):
        dw.write_file(Full(), made_up(), transfer_syntax=EXPLICIT)


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "file.dcm"
    path.write_bytes(b"old")
    broken = made_up()
    broken.Rows = 1
    broken["Rows"]._value = 70000
    with pytest.raises(dw.EncodeError):
        dw.write_file(path, broken, transfer_syntax=EXPLICIT)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dicomwire.dataset.writing._write_all", full)
    with pytest.raises(OSError, match="No space"):
        dw.write_file(path, made_up(), transfer_syntax=EXPLICIT)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file.dcm"]


def test_links_and_devices_stay_what_they_are(tmp_path):
    target = tmp_path / "target.dcm"
    link = tmp_path / "link.dcm"
    link.symlink_to(target)
    target.write_bytes(b"old")
    dw.write_file(link, made_up(), transfer_syntax=EXPLICIT)
    assert link.is_symlink()
    assert pydicom.dcmread(target).SOPInstanceUID == "2.25.7"
    dw.write_file(os.devnull, made_up(), transfer_syntax=EXPLICIT)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_names_that_leave_no_room_for_a_temporary_one(tmp_path):
    path = tmp_path / ("n" * 255)
    dw.write_file(path, made_up(), transfer_syntax=EXPLICIT)
    assert names(tmp_path) == [path.name]


def test_file_objects_that_take_little_at_a_time(tmp_path):
    class Sparing(io.RawIOBase):
        def __init__(self):
            self.taken = bytearray()

        def write(self, data):
            self.taken += bytes(data[:7])
            return min(7, len(data))

    file, whole = Sparing(), io.BytesIO()
    dw.write_file(file, made_up(), transfer_syntax=EXPLICIT)
    dw.write_file(whole, made_up(), transfer_syntax=EXPLICIT)
    assert bytes(file.taken) == whole.getvalue()


def test_what_was_read_is_written_again(tmp_path):
    path = pydicom.data.get_testdata_file("CT_small.dcm")
    copy = tmp_path / "copy.dcm"
    dw.write_file(copy, dw.read_file(path))
    assert pydicom.dcmread(copy) == pydicom.dcmread(path)
    assert copy.read_bytes()[132:] == Path(path).read_bytes()[132:]
