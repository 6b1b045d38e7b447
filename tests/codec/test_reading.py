"""`read_file` and `decode`: options, errors, and everything people do with a data set."""

from __future__ import annotations

import copy
import errno
import io
import os
import pickle
import struct
import threading
import warnings
from pathlib import Path

import pydicom
import pydicom.fileset
import pydicom.hooks
import pytest
from corpora import pydicom_directory
from equal_datasets import unlike
from generated import MULTI_FRAME_STORAGE, dataset, element, file_meta
from pydicom.datadict import DicomDictionary, private_dictionaries
from wire import CT_IMAGE_STORAGE

import dicomwire as dw

EXPLICIT = pydicom.uid.ExplicitVRLittleEndian
CT = pydicom_directory() / "test_files" / "CT_small.dcm"
SEQUENCES = pydicom_directory() / "test_files" / "rtplan.dcm"


@pytest.fixture
def large(tmp_path) -> Path:
    """A file whose pixel data is too long to be read at once."""
    path = tmp_path / "large.dcm"
    data = dataset(CT_IMAGE_STORAGE, "2.25.1", rows=512, columns=512)
    path.write_bytes(file_meta(CT_IMAGE_STORAGE, "2.25.1") + data)
    return path


def test_a_data_set_is_pydicoms():
    ours, theirs = dw.read_file(CT), pydicom.dcmread(CT)
    assert isinstance(ours, pydicom.FileDataset)
    assert isinstance(ours.file_meta, pydicom.dataset.FileMetaDataset)
    assert ours == theirs
    assert theirs == ours
    assert (ours.filename, ours.timestamp) == (os.fspath(CT), theirs.timestamp)
    assert (ours.pixel_array == theirs.pixel_array).all()
    assert ours.to_json() == theirs.to_json()


def test_decoded_data_sets_and_those_of_files_are_compared():
    file = dw.read_file(CT)
    decoded = dw.decode(dw.encode(file, EXPLICIT), EXPLICIT)
    assert decoded == file
    assert file == decoded
    assert decoded == pydicom.dcmread(CT)
    decoded.PatientID = "another"
    assert decoded != file
    assert file != decoded


@pytest.mark.parametrize("kind", ["path", "text", "bytes", "bytearray", "file", "buffer"])
def test_whatever_a_file_is(kind):
    content = CT.read_bytes()
    with CT.open("rb") as file:
        source = {
            "path": CT,
            "text": str(CT),
            "bytes": content,
            "bytearray": bytearray(content),
            "file": file,
            "buffer": io.BytesIO(content),
        }[kind]
        ours, theirs = dw.read_file(source), pydicom.dcmread(CT)
        assert pickle.loads(pickle.dumps(ours)) == theirs
    assert ours == theirs
    assert ours.buffer is (source if kind == "buffer" else None)
    assert ours.timestamp == (theirs.timestamp if kind in {"path", "text", "file"} else None)


def test_before_the_pixels(large):
    ours = dw.read_file(large, stop_before_pixels=True)
    assert not unlike(ours, pydicom.dcmread(large, stop_before_pixels=True))
    assert "PixelData" not in ours


@pytest.mark.parametrize("tag", ["PatientID", "0010,0020", "(0010,0020)", 0x00100020, (0x10, 0x20)])
def test_only_some_elements(tag):
    ours = dw.read_file(CT, tags=[tag, "PixelData"])
    assert not unlike(ours, pydicom.dcmread(CT, specific_tags=["PatientID", "PixelData"]))
    assert ours.PatientID == "1CT1"


def test_a_mistyped_keyword_is_named_with_the_right_one():
    with pytest.raises(dw.ConfigError, match=r"PatientsID.*PatientID"):
        dw.read_file(CT, tags=["PatientsID"])


@pytest.mark.parametrize("tag", [-1, 1 << 32, (1,), (1, 1 << 16), None, 1.5, True])
def test_what_is_no_tag(tag):
    with pytest.raises(dw.ConfigError, match="tag "):
        dw.read_file(CT, tags=[tag])


def test_deferred_values_come_from_the_file_when_asked_for(large):
    ours = dw.read_file(large, defer_size="64 KB")
    assert ours.get_item("PixelData", keep_deferred=True).value is None
    assert ours.PixelData == pydicom.dcmread(large).PixelData
    with pytest.raises(dw.ConfigError, match="defer_size"):
        dw.read_file(large, defer_size="much")


def test_a_file_may_be_removed_after_it_was_read(large):
    expected = pydicom.dcmread(large)
    ours = dw.read_file(large)
    large.unlink()
    assert ours == expected


def test_a_file_that_is_written_to_before_the_first_look_is_an_error(large):
    ours = dw.read_file(large)
    large.write_bytes(large.read_bytes()[:-1000])
    for _ in range(2):
        with pytest.raises(dw.DecodeError, match="changed after it was read"):
            _ = ours.PatientID
    with pytest.raises(dw.EncodeError, match="changed after it was read"):
        dw.encode(ours, pydicom.uid.ExplicitVRLittleEndian)


@pytest.mark.parametrize("looks", [False, True])
@pytest.mark.parametrize("write", ["dcmwrite", "save_as"])
def test_a_file_can_be_written_over_itself(large, looks, write):
    expected = pydicom.dcmread(large)
    ours = dw.read_file(large)
    if looks:
        ours.PatientID = expected.PatientID = "other"
    if write == "save_as":
        ours.save_as(large)
    else:
        pydicom.dcmwrite(large, ours)
    assert pydicom.dcmread(large) == expected


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_many_files_need_few_descriptors(large):
    before = descriptors()
    datasets = [dw.read_file(large) for _ in range(300)]
    assert descriptors() - before <= 128
    assert all(len(one.PixelData) == 512 * 512 * 2 for one in datasets)
    assert descriptors() == before
    kept = dw.read_file(large)
    del kept, datasets
    assert descriptors() == before


@pytest.mark.parametrize("looks", [False, True])
def test_copies_are_independent_and_equal(large, looks):
    ours = dw.read_file(large)
    if looks:
        ours.PatientName  # noqa: B018
    shallow, deep = copy.copy(ours), copy.deepcopy(ours)
    restored = pickle.loads(pickle.dumps(ours))
    large.unlink()
    assert ours == shallow == deep == restored
    deep.PatientID = "other"
    assert ours.PatientID != "other"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_needs_no_dicomwire(protocol):
    nested = dw.read_file(SEQUENCES)
    data = pickle.dumps(nested, protocol)
    assert b"dicomwire" not in data.replace(os.fsencode(SEQUENCES), b"")
    restored = pickle.loads(data)
    assert type(restored) is pydicom.FileDataset
    assert type(restored.BeamSequence) is pydicom.Sequence
    assert not unlike(restored, pydicom.dcmread(SEQUENCES))


def test_changes_are_kept_and_written(tmp_path):
    ours, theirs = dw.read_file(SEQUENCES), pydicom.dcmread(SEQUENCES)
    for one in (ours, theirs):
        one.BeamSequence[0].BeamName = "changed"
        one.PatientName = "Other^Name"
        del one.StudyDate
        one.BeamSequence.append(pydicom.Dataset())
    ours.save_as(tmp_path / "ours.dcm")
    theirs.save_as(tmp_path / "theirs.dcm")
    assert (tmp_path / "ours.dcm").read_bytes() == (tmp_path / "theirs.dcm").read_bytes()


def test_walking_is_pydicoms():
    ours, theirs = dw.read_file(SEQUENCES), pydicom.dcmread(SEQUENCES)
    assert [element.tag for element in ours.iterall()] == [e.tag for e in theirs.iterall()]
    seen = []
    ours.walk(lambda _, element: seen.append(element.tag))
    assert seen == [element.tag for element in theirs.iterall()]
    assert ours.top() == theirs.top()
    assert ours.group_dataset(0x10) == theirs.group_dataset(0x10)


def test_a_file_set():
    path = pydicom_directory() / "test_files" / "dicomdirtests" / "DICOMDIR"
    sets = [pydicom.fileset.FileSet(read(path)) for read in (dw.read_file, pydicom.dcmread)]
    ours, theirs = ([one.path for one in file_set] for file_set in sets)
    for file_set in sets:
        file_set._stage[
            "t"
        ].cleanup()  # pydicom leaves its staging directory to the garbage collector
    assert ours == theirs
    assert len(ours) > 10


def test_pydicoms_hooks_are_asked():
    seen = []

    def value(raw, data, **keywords):
        seen.append(raw.tag)
        pydicom.hooks.raw_element_value(raw, data, **keywords)

    pydicom.hooks.hooks.register_callback("raw_element_value", value)
    try:
        assert dw.read_file(CT).PatientID == "1CT1"
    finally:
        pydicom.hooks.hooks.register_callback("raw_element_value", pydicom.hooks.raw_element_value)
    assert 0x00100020 in seen


def test_what_is_added_to_pydicoms_dictionaries_counts(monkeypatch):
    monkeypatch.setitem(private_dictionaries, "ACME 3.1", {})
    pydicom.datadict.add_private_dict_entry("ACME 3.1", 0x00091001, "SH", "Label")
    monkeypatch.setitem(DicomDictionary, 0x10021001, ("UL", "1", "Number", "", "AcmeNumber"))
    creator = b"\x09\0\x10\0LO\x08\0ACME 3.1"
    private = creator + b"\x09\0\x01\x10UN\0\0\x02\0\0\0ab"
    ours = dw.decode(private + b"\x02\x10\x01\x10UN\0\0\x04\0\0\0\x01\0\0\0", EXPLICIT)
    assert (ours[0x00091001].VR, ours[0x00091001].value) == ("SH", "ab")
    assert (ours[0x10021001].VR, ours[0x10021001].value) == ("UL", 1)


def test_pydicoms_settings_count(monkeypatch):
    monkeypatch.setattr(pydicom.config, "datetime_conversion", True)
    assert dw.read_file(CT).StudyDate == pydicom.dcmread(CT).StudyDate
    assert type(dw.read_file(CT).StudyDate) is pydicom.valuerep.DA


def invalid_uid() -> bytes:
    return file_meta(CT_IMAGE_STORAGE, "2.25.1") + dataset(CT_IMAGE_STORAGE, "2.25.01")


def test_an_invalid_value_warns_and_is_kept():
    with pytest.warns(UserWarning, match="Invalid value for VR UI"):
        assert dw.read_file(invalid_uid()).SOPInstanceUID == "2.25.01"


def test_odd_space_in_a_number_is_judged_by_pydicom():
    content = file_meta(CT_IMAGE_STORAGE, "2.25.1") + element(0x28, 0x30, "DS", b"0.5\\\x1c.25 ")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert not unlike(dw.read_file(content), pydicom.dcmread(io.BytesIO(content)))


def test_an_invalid_value_raises_when_pydicom_is_told_to(monkeypatch):
    monkeypatch.setattr(pydicom.config.settings, "reading_validation_mode", pydicom.config.RAISE)
    with pytest.raises(ValueError, match="Invalid value for VR UI"):
        _ = dw.read_file(invalid_uid()).SOPInstanceUID


def cut_file(by: int) -> bytes:
    data = file_meta(CT_IMAGE_STORAGE, "2.25.1") + dataset(CT_IMAGE_STORAGE, "2.25.1")
    return data[:-by]


def test_what_the_end_cuts_is_kept_with_a_warning():
    with pytest.warns(UserWarning, match=r"\(7FE0,0010\) at offset \d+ is cut short"):
        ours = dw.read_file(cut_file(20))
    assert len(ours.PixelData) == 8 * 8 * 2 - 20
    assert ours.PixelData == pydicom.dcmread(io.BytesIO(cut_file(20))).PixelData


def test_strict_reading_refuses_what_is_cut():
    with pytest.raises(dw.DecodeError) as caught:
        dw.read_file(cut_file(20), strict=True)
    assert caught.value.path == "(7FE0,0010)"
    assert caught.value.offset == len(cut_file(20)) - (8 * 8 * 2 - 20)
    assert dw.read_file(CT, strict=True) == dw.read_file(CT)


TAGS = {"UI": (8, 0x18), "DA": (8, 0x20), "PN": (0x10, 0x10), "DS": (0x18, 0x50), "SH": (8, 0x50)}


@pytest.mark.parametrize(
    ("value", "vr", "message"),
    [
        (b"2.25.01\0", "UI", r"\(0008,0018\): not of the form of UI"),
        (b"20261332", "DA", r"\(0008,0020\): not of the form of DA"),
        (b"M\xdcLLER", "PN", r"\(0010,0010\) of 6 bytes is not text in the character sets"),
        (b"1.5.2 ", "DS", r"\(0018,0050\): not of the form of DS"),
        (b"x" * 18, "SH", r"\(0008,0050\): 18 characters, of which SH allows 16"),
    ],
)
def test_strict_reading_refuses_values_that_break_the_standard(value, vr, message):
    tag = {
        "UI": (8, 0x18),
        "DA": (8, 0x20),
        "PN": (0x10, 0x10),
        "DS": (0x18, 0x50),
        "SH": (8, 0x50),
    }
    content = file_meta(CT_IMAGE_STORAGE, "2.25.1") + element(*tag[vr], vr, value)
    with pytest.raises(dw.DecodeError, match=message):
        dw.read_file(content, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(dw.read_file(content)) == 1


def test_strict_reading_looks_into_sequences():
    path = pydicom_directory() / "test_files" / "rtplan_truncated.dcm"
    with pytest.raises(dw.DecodeError):
        dw.read_file(path, strict=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"P5 512 512 255 " + bytes(100), "not a DICOM file"),
        (file_meta(CT_IMAGE_STORAGE, "2.25.1")[:200], "cut short in its head"),
    ],
)
def test_what_is_no_dicom_file(content, message):
    with pytest.raises(dw.DecodeError, match=message):
        dw.read_file(content)


def test_what_cannot_be_opened(tmp_path):
    missing = os.fspath(tmp_path / "missing.dcm")
    with pytest.raises(FileNotFoundError, match=r"missing\.dcm") as caught:
        dw.read_file(missing)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOENT, missing)
    with pytest.raises(IsADirectoryError):
        dw.read_file(tmp_path)


def test_a_pipe_is_no_empty_file_and_waiting_for_it_stops_nobody(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.open("wb").close())
    writer.start()
    with pytest.raises(OSError, match="given as a file object"):
        dw.read_file(pipe)
    writer.join()


def test_file_objects_must_be_binary():
    with pytest.raises(TypeError, match="must be binary"):
        dw.read_file(io.StringIO(os.fspath(CT)))
    with pytest.raises(TypeError, match="must be binary"):
        dw.transcode_file(io.StringIO(os.fspath(CT)), io.BytesIO(), "1.2.840.10008.1.2")


def test_a_value_of_more_than_two_gibibytes_may_stay_in_the_file(tmp_path):
    path = tmp_path / "long.dcm"
    length = 3 << 30
    pixels = b"\xe0\x7f\x10\0OW\0\0" + struct.pack("<I", length)
    after = b"\xfc\xff\xfc\xffOB\0\0\x04\0\0\0last"
    with path.open("wb") as file:
        file.write(file_meta(CT_IMAGE_STORAGE, "2.25.1") + pixels)
        file.seek(length, os.SEEK_CUR)  # a hole, which takes no room
        file.write(after)
    ours = dw.read_file(path, defer_size=1000)
    assert ours.get_item("PixelData", keep_deferred=True).length == length
    assert ours[0xFFFCFFFC].value == b"last"


def look_from_threads(ours) -> list:
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(ours._dict)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def test_many_threads_may_look_first(large):
    expected = pydicom.dcmread(large)
    for _ in range(20):
        ours = dw.read_file(large)
        first, *others = look_from_threads(ours)
        assert all(one is first for one in others)
        assert ours == expected


def test_decode_takes_a_bare_data_set():
    encoded = dataset(MULTI_FRAME_STORAGE, "2.25.7", frames=2)
    ours = dw.decode(encoded, pydicom.uid.ExplicitVRLittleEndian)
    assert (ours.SOPInstanceUID, ours.NumberOfFrames) == ("2.25.7", 2)
    assert type(ours.NumberOfFrames) is pydicom.valuerep.IS


@pytest.mark.parametrize("cut", [1, 5, 100])
def test_decode_tells_where_it_stops(cut):
    encoded = dataset(CT_IMAGE_STORAGE, "2.25.1")[:-cut]
    with pytest.raises(dw.DecodeError) as caught:
        dw.decode(encoded, "1.2.840.10008.1.2.1")
    assert caught.value.path == "(7FE0,0010)"
    assert caught.value.offset is not None


def test_decode_knows_its_transfer_syntaxes():
    with pytest.raises(dw.ConfigError, match="not a transfer syntax of the standard"):
        dw.decode(b"", "1.2.3")


def test_nothing_is_said_about_a_sound_file():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for element in dw.read_file(CT).iterall():
            _ = element.value
