"""Instances changed on their way: what arrives has the changes, and all else is as it was."""

from __future__ import annotations

import datetime as dt
import resource
import sys
from collections import Counter
from pathlib import Path

import pytest
from comparing import dataset_bytes, differences, on_the_wire, read, transfer_syntax
from corpora import corpus_directories, pydicom_data_directory, pydicom_directory
from generated import MULTI_FRAME_STORAGE, write_image
from pydicom import Dataset
from pydicom.dataset import FileDataset
from pydicom.valuerep import DSfloat, PersonName
from storing import send
from wire import CT_IMAGE_STORAGE, DEFLATED_LE, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE

from dicomwire import Rewrite, StorageReceiver, StoreScu, UidMap

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.timeout(180)]

FILES = pydicom_directory() / "test_files"
CT = FILES / "CT_small.dcm"
# One of each transfer syntax that is laid out differently.
SYNTAXES = {
    "implicit": FILES / "MR_small_implicit.dcm",
    "explicit": FILES / "MR_small.dcm",
    "big endian": FILES / "MR_small_bigendian.dcm",
    "deflated": FILES / "image_dfl.dcm",
    "JPEG": FILES / "SC_rgb_jpeg_dcmtk.dcm",
    "JPEG 2000": FILES / "JPEG2000.dcm",
    "JPEG-LS": FILES / "MR_small_jpeg_ls_lossless.dcm",
    "RLE": FILES / "MR_small_RLE.dcm",
}


@pytest.fixture
def receiver(engine, tmp_path):
    with StorageReceiver("RX", sink=tmp_path / "received") as receiver:
        receiver.peer = f"RX@127.0.0.1:{receiver.port}"
        receiver.files = lambda: sorted((tmp_path / "received").iterdir())
        yield receiver


def changed(source: Path, **elements: object) -> Dataset:
    """Make the same changes with pydicom."""
    dataset = read(source)
    for keyword, value in elements.items():
        if value is None:
            dataset.pop(keyword, None)
        else:
            setattr(dataset, keyword, value)
    return dataset


def rewritten(peer, source, changes, **how):
    """Send one instance with changes; return its result and what arrived."""
    before = source.read_bytes() if isinstance(source, Path) else None
    result = send(peer.peer, source, rewrite=Rewrite(changes), **how).only
    assert result.outcome == "sent", result.error
    if before is not None:
        assert source.read_bytes() == before, "the file itself was changed"
    (file,) = peer.files()
    return result, read(file)


@pytest.mark.parametrize("name", SYNTAXES)
@pytest.mark.parametrize("peer_name", ["storescp", "pynetdicom", "own"])
def test_every_syntax_to_every_peer(request, name, peer_name, start_storescp):
    fixtures = {"own": "receiver", "pynetdicom": "pynetdicom_server"}
    peer = (
        start_storescp()
        if peer_name == "storescp"
        else request.getfixturevalue(fixtures[peer_name])
    )
    source = SYNTAXES[name]
    changes = {"PatientID": "B 4", "PatientName": "Doe^Jane", "AccessionNumber": "12345"}
    changes |= {"StationName": None, "StudyDate": "20200102"}
    result, arrived = rewritten(peer, source, changes)
    expected = changed(source, **changes)
    assert differences(expected, arrived) == []
    assert arrived.PixelData == expected.PixelData
    assert transfer_syntax(peer.files()[0]) == transfer_syntax(source)
    assert result.original_sop_instance_uid is None


def test_orthanc_stores_what_was_changed(orthanc, tmp_path):
    path = write_image(tmp_path / "image.dcm", "2.25.77")
    changes = {"PatientID": "4711", "StudyInstanceUID": "2.25.990", "SOPInstanceUID": "2.25.991"}
    assert send(orthanc.peer, path, rewrite=Rewrite(changes)).outcomes == ["sent"]
    (identifier,) = orthanc.instances().values()
    stored = read(orthanc.file(identifier))
    assert differences(changed(path, **changes), stored) == []


@pytest.mark.parametrize("accepted", [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE, DEFLATED_LE])
@pytest.mark.parametrize("name", ["implicit", "explicit", "big endian", "deflated"])
def test_rewriting_goes_before_transcoding(engine, tmp_path, name, accepted):
    source = SYNTAXES[name]
    changes = {"PatientID": "B 4", "RequestAttributesSequence": [{"ScheduledProcedureStepID": "7"}]}
    with StorageReceiver("RX", sink=tmp_path, transfer_syntaxes=[accepted]) as receiver:
        peer = f"RX@127.0.0.1:{receiver.port}"
        assert send(peer, source, rewrite=Rewrite(changes)).outcomes == ["sent"]
    (file,) = tmp_path.iterdir()
    item = Dataset()
    item.ScheduledProcedureStepID = "7"
    expected = changed(source, PatientID="B 4", RequestAttributesSequence=[item])
    assert transfer_syntax(file) == accepted
    assert differences(expected, read(file)) == []


def test_the_whole_corpus_with_one_element_changed(storescp):
    results = send(storescp.peer, corpus_directories()).results
    plain = {on_the_wire(r.path) for r in results if r.outcome == "sent"}
    before = len(storescp.files())
    again = send(
        storescp.peer, corpus_directories(), rewrite=Rewrite({"InstitutionName": "Elsewhere"})
    ).results
    assert Counter((r.path, r.outcome) for r in again) == Counter(
        (r.path, r.outcome) for r in results
    )
    arrived = storescp.files()
    assert len(arrived) == 2 * before
    new = [path for path in arrived if dataset_bytes(path) not in plain]
    assert len(new) == before
    assert {read(path).InstitutionName for path in new} == {"Elsewhere"}


def test_values_of_python_and_pydicom(receiver):
    item = Dataset()
    item.CodeValue = "T-D1100"
    item.add_new(0x00091001, "UL", 7)
    changes = {
        "PatientName": PersonName("Doe^John"),
        "PatientBirthDate": dt.date(1970, 2, 3),
        "StudyTime": dt.time(4, 5, 6),
        "AcquisitionDateTime": dt.datetime(2020, 1, 2, 3, 4, 5, 60),  # noqa: DTZ001
        "PatientWeight": DSfloat("70.50"),
        "SliceThickness": 1 / 3,
        "SeriesNumber": 12,
        "ImageType": ["DERIVED", "SECONDARY"],
        "ImagePositionPatient": [1, -2.5, 3e-9],
        "SmallestImagePixelValue": 3,
        "RescaleSlope": "1.5",
        "FrameIncrementPointer": "FrameTime",
        "RecommendedDisplayFrameRateInFloat": 2.5,
        "IconImageSequence": [],
        "ProcedureCodeSequence": [item, {"CodeValue": "2", 0x00080104: "two"}],
        "ReferencedImageSequence": {"ReferencedSOPInstanceUID": "1.2.3"},
        0x0009_0010: "DICOMWIRE",
        (0x0009, 0x1001): ("FD", [0.5, 1.5]),
        "(0009,1002)": ("OB", b"\1\2\3"),
        "00091003": ("UN", b""),
    }
    _, arrived = rewritten(receiver, CT, changes)
    assert arrived.PatientName == "Doe^John"
    assert arrived.PatientBirthDate == "19700203"
    assert arrived.StudyTime == "040506"
    assert arrived.AcquisitionDateTime == "20200102030405.000060"
    assert str(arrived.PatientWeight) == "70.50"
    assert len(str(arrived.SliceThickness)) <= 16
    assert abs(arrived.SliceThickness - 1 / 3) < 1e-13
    assert arrived.SeriesNumber == 12
    assert arrived.ImageType == ["DERIVED", "SECONDARY"]
    assert [float(number) for number in arrived.ImagePositionPatient] == [1, -2.5, 3e-9]
    assert (arrived["SmallestImagePixelValue"].VR, arrived.SmallestImagePixelValue) == ("SS", 3)
    assert arrived.FrameIncrementPointer == 0x0018_1063
    assert list(arrived.IconImageSequence) == []
    assert arrived.ProcedureCodeSequence[0][0x00091001].value == 7
    assert arrived.ProcedureCodeSequence[1].CodeMeaning == "two"
    assert arrived.ReferencedImageSequence[0].ReferencedSOPInstanceUID == "1.2.3"
    assert arrived[0x00091001].value == [0.5, 1.5]
    assert arrived[0x00091002].value == b"\1\2\3\0"
    assert arrived.PixelData == read(CT).PixelData


@pytest.mark.parametrize("name", ["implicit", "explicit", "big endian"])
def test_elements_inside_sequences(receiver, tmp_path, name):
    source = read(SYNTAXES[name])
    items = []
    for number in range(3):
        item = Dataset()
        item.ScheduledProcedureStepID = str(number)
        item.RequestedProcedureID = "secret"
        items.append(item)
    source.RequestAttributesSequence = items
    path = tmp_path / "sequence.dcm"
    source.save_as(path)
    changes = {
        "RequestAttributesSequence[*].RequestedProcedureID": None,
        "RequestAttributesSequence[*].(0040,0007)": "CT head",
        "(0040,0275)[*].ScheduledProcedureStepID": "S",
        "ReferencedStudySequence[*].ReferencedSOPInstanceUID": "1.2",
    }
    _, arrived = rewritten(receiver, path, changes)
    for item in items:
        del item.RequestedProcedureID
        item.ScheduledProcedureStepDescription = "CT head"
        item.ScheduledProcedureStepID = "S"
    assert differences(source, arrived) == []


def test_a_new_instance_uid_is_in_request_event_and_result(receiver):
    scu = StoreScu(receiver.peer)
    seen = []
    scu.before_c_store.connect(lambda event: seen.append(event.sop_instance_uid))
    scu.after_c_store.connect(lambda event: seen.append(event.sop_instance_uid))
    old = read(CT).SOPInstanceUID
    mapping = UidMap(salt="test")
    result = send(scu, CT, rewrite=Rewrite({"SOPInstanceUID": mapping})).only
    assert result.sop_instance_uid == mapping(old)
    assert result.original_sop_instance_uid == old
    assert seen == [mapping(old)] * 2
    (file,) = receiver.files()
    assert file.stem == read(file).SOPInstanceUID == mapping(old)


def test_a_new_sop_class_goes_on_a_context_of_its_own(receiver):
    changes = {"SOPClassUID": MULTI_FRAME_STORAGE}
    result, arrived = rewritten(receiver, CT, changes)
    assert result.sop_class_uid == arrived.SOPClassUID == MULTI_FRAME_STORAGE
    assert arrived.file_meta.MediaStorageSOPClassUID == MULTI_FRAME_STORAGE


def test_uids_are_mapped_alike_everywhere_and_always(receiver, tmp_path):
    source = read(CT)
    item = Dataset()
    item.ReferencedSOPInstanceUID = source.SOPInstanceUID
    item.ReferencedSOPClassUID = CT_IMAGE_STORAGE
    source.ReferencedImageSequence = [item]
    path = tmp_path / "references.dcm"
    source.save_as(path)
    mapping = UidMap(root="1.2.826.0.1", salt=b"secret")
    keys = ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"]
    keys += ["ReferencedImageSequence[*].ReferencedSOPInstanceUID"]
    keys += ["ReferencedImageSequence[*].ReferencedSOPClassUID", "ConcatenationUID"]
    _, arrived = rewritten(receiver, path, dict.fromkeys(keys, mapping))
    assert arrived.SOPInstanceUID == mapping(source.SOPInstanceUID)
    assert arrived.StudyInstanceUID == UidMap(root="1.2.826.0.1", salt="secret")(
        source.StudyInstanceUID
    )
    (reference,) = arrived.ReferencedImageSequence
    assert reference.ReferencedSOPInstanceUID == arrived.SOPInstanceUID
    assert reference.ReferencedSOPClassUID == CT_IMAGE_STORAGE
    assert "ConcatenationUID" not in arrived


def test_uids_without_a_vr_are_mapped_too(receiver):
    source = pydicom_data_directory() / "explicit_VR-UN.dcm"
    new_uid = UidMap(salt="x")
    result, arrived = rewritten(
        receiver, source, {"StudyInstanceUID": new_uid, "SOPInstanceUID": new_uid}
    )
    before = read(source)
    assert arrived.StudyInstanceUID == new_uid(before.StudyInstanceUID)
    assert arrived.SOPInstanceUID == new_uid(before.SOPInstanceUID) == result.sop_instance_uid


def test_a_result_counts_the_bytes_of_the_data_set(receiver, tmp_path):
    large = write_image(tmp_path / "large.dcm", "2.25.7", rows=2048, columns=2048)
    for source in (SYNTAXES["deflated"], SYNTAXES["explicit"], large):
        result = send(receiver.peer, source, rewrite=Rewrite({"PatientID": "x"})).only
        (file,) = receiver.files()
        assert result.bytes == len(dataset_bytes(file))
        file.unlink()


def test_datasets_and_bytes_are_rewritten_too(receiver, tmp_path):
    dataset = read(CT)
    path = write_image(tmp_path / "image.dcm", "2.25.9")
    sent = send(receiver.peer, [dataset, path.read_bytes()], rewrite=Rewrite({"PatientID": "Q"}))
    assert sent.outcomes == ["sent", "sent"]
    assert {read(file).PatientID for file in receiver.files()} == {"Q"}
    assert isinstance(dataset, FileDataset)
    assert dataset.PatientID == "1CT1"


def test_a_big_file_streams_in_bounded_memory(receiver, tmp_path):
    path = write_image(
        tmp_path / "big.dcm",
        "2.25.7",
        sop_class_uid=MULTI_FRAME_STORAGE,
        rows=1024,
        columns=1024,
        frames=128,
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result, _ = rewritten_without_reading(receiver, path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert result.bytes > 256 * 1024 * 1024
    assert grown < 64 * 1024 or sys.platform != "linux", f"{grown} KiB"
    (file,) = receiver.files()
    head, body = file.read_bytes()[:2000], dataset_bytes(file)
    assert b"LONGER THAN BEFORE" in head
    assert body.endswith(dataset_bytes(path)[-256 * 1024 * 1024 :])


def rewritten_without_reading(receiver, path):
    sent = send(receiver.peer, path, rewrite=Rewrite({"PatientID": "LONGER THAN BEFORE"}))
    assert sent.outcomes == ["sent"], sent.only.error
    return sent.only, sent.report
