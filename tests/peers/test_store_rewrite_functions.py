"""Functions that decide about changes, and what cannot be changed."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from comparing import read
from corpora import pydicom_data_directory, pydicom_directory
from generated import write_image, write_series
from pydicom import Dataset
from pydicom.data import get_charset_files
from storing import check_each_once, send
from wire import CT_IMAGE_STORAGE

from dicomwire import KEEP, ConfigError, Rewrite, StorageReceiver, StoreScu, UidMap

pytestmark = pytest.mark.usefixtures("engine")

FILES = pydicom_directory() / "test_files"
CT = FILES / "CT_small.dcm"
SYNTAXES = {
    "implicit": FILES / "MR_small_implicit.dcm",
    "explicit": FILES / "MR_small.dcm",
    "big endian": FILES / "MR_small_bigendian.dcm",
    "deflated": FILES / "image_dfl.dcm",
    "JPEG 2000": FILES / "JPEG2000.dcm",
    "RLE": FILES / "MR_small_RLE.dcm",
}


@pytest.fixture
def receiver(engine, tmp_path):
    with StorageReceiver("RX", sink=tmp_path / "received") as receiver:
        receiver.peer = f"RX@127.0.0.1:{receiver.port}"
        receiver.files = lambda: sorted((tmp_path / "received").iterdir())
        yield receiver


def test_a_function_sees_the_head_of_each_instance_once(receiver, tmp_path):
    paths = write_series(tmp_path / "series", 20)
    seen = []

    def patient(head):
        seen.append(head.path)
        assert head.sop_instance_uid == head["SOPInstanceUID"]
        assert head.sop_class_uid == CT_IMAGE_STORAGE
        assert "PixelData" not in head
        return f"{head['PatientID']}/{head['Rows']}"

    changes = {"PatientID": patient, "AccessionNumber": lambda head: KEEP}
    changes |= {"PatientName": lambda head: None if head.get("Modality") == "CT" else KEEP}
    sent = send(receiver.peer, paths, rewrite=Rewrite(changes), associations=2)
    check_each_once(sent, paths)
    assert sent.report.sent == 20
    assert Counter(seen) == Counter(paths)
    for file in receiver.files():
        arrived = read(file)
        assert arrived.PatientID == "P1/8"
        assert "PatientName" not in arrived
        assert "AccessionNumber" not in arrived


@pytest.mark.parametrize("name", SYNTAXES)
def test_the_head_is_decoded_whatever_the_syntax(receiver, name):
    expected = read(SYNTAXES[name])
    found = {}

    def look(head):
        for keyword in ("PatientID", "Rows", "Modality", "SamplesPerPixel", "ImageType"):
            if keyword in head:
                found[keyword] = head[keyword]
        found["missing"] = head.get("ConcatenationUID", "none")
        with pytest.raises(KeyError):
            head["ConcatenationUID"]
        return KEEP

    sent = send(receiver.peer, SYNTAXES[name], rewrite=Rewrite({"PatientID": look}))
    assert sent.outcomes == ["sent"]
    assert found.pop("missing") == "none"
    assert found == {keyword: expected[keyword].value for keyword in found}
    assert "Rows" in found


def test_a_head_gives_numbers_texts_and_items(receiver, tmp_path):
    source = read(CT)
    item = Dataset()
    item.PatientID = "inner"
    source.OtherPatientIDsSequence = [item]
    source.FrameIncrementPointer = 0x0018_1063
    path = tmp_path / "all.dcm"
    source.save_as(path)
    found = []

    def look(head):
        found.append([head["SliceThickness"], head["SeriesNumber"], head["ImagePositionPatient"]])
        found.append(head["OtherPatientIDsSequence"][0]["PatientID"])
        found.append(head[0x00280009])
        found.append(head["PatientName"])
        return KEEP

    send(receiver.peer, path, rewrite=Rewrite({"PatientID": look}))
    numbers, inner, pointer, name = found
    assert numbers == [5.0, 1, [float(x) for x in source.ImagePositionPatient]]
    assert (inner, pointer, name) == ("inner", 0x0018_1063, "CompressedSamples^CT1")


def test_a_head_reads_what_has_no_vr_by_the_dictionaries(receiver):
    found = {}

    def look(head):
        keywords = ("PatientID", "InstanceNumber", "ImagePositionPatient", "StudyInstanceUID")
        found.update({keyword: head[keyword] for keyword in keywords if keyword in head})
        if 0x0019_1060 in head:
            found["private"] = [head[0x0019_1060], head[0x0019_1062]]
        if "ReferencedRTPlanSequence" in head:
            (plan,) = head["ReferencedRTPlanSequence"]
            found["plan"] = plan["ReferencedSOPClassUID"]
        return KEEP

    rewrite = Rewrite({"PatientID": look})
    unknown = pydicom_data_directory() / "explicit_VR-UN.dcm"
    assert send(receiver.peer, unknown, rewrite=rewrite).outcomes == ["sent"]
    expected = read(unknown)
    assert found == {keyword: expected[keyword].value for keyword in found}
    assert len(found) == 4
    send(receiver.peer, FILES / "rtdose_rle.dcm", rewrite=rewrite)
    assert found["plan"] == "1.2.840.10008.5.1.4.1.1.481.5"
    send(receiver.peer, get_charset_files("chrJapMulti.dcm")[0], rewrite=rewrite)
    assert found["private"] == [1, "QS-C1"]


def test_a_function_that_raises_ends_the_transfer_with_a_whole_account(receiver, tmp_path):
    paths = write_series(tmp_path / "series", 20)

    def fails_on_the_tenth(head):
        if head["SOPInstanceUID"] == "2.25.1009":
            raise LookupError("no such patient")
        return "X"

    scu = StoreScu(receiver.peer)
    with pytest.raises(LookupError, match="no such patient"):
        scu.store(paths, rewrite=Rewrite({"PatientID": fails_on_the_tenth}))
    report = scu.last_report
    assert report.total == 20
    assert report.sent == len(receiver.files()) == 9
    assert "function" in report.failures[0].error


def test_a_function_that_returns_nonsense_raises(receiver):
    scu = StoreScu(receiver.peer)
    with pytest.raises(ConfigError, match=r"\(0020,000D\).*UID"):
        scu.store(CT, rewrite=Rewrite({"StudyInstanceUID": lambda head: "x"}))
    with pytest.raises(ConfigError, match="cannot be sent without it"):
        scu.store(CT, rewrite=Rewrite({"SOPInstanceUID": lambda head: None}))
    assert receiver.files() == []


# ---- what cannot be ----


def test_text_that_the_character_set_lacks_is_a_failure_of_the_instance(receiver, tmp_path):
    good = read(CT)
    good.SpecificCharacterSet = "ISO_IR 192"
    good.SOPInstanceUID = "2.25.5"
    path = tmp_path / "utf8.dcm"
    good.save_as(path)
    plain = write_image(tmp_path / "plain.dcm", "2.25.6")
    changes = Rewrite({"PatientName": "Крылов^Иван"})
    sent = send(receiver.peer, [plain, path], rewrite=changes).by_path()
    assert sent[plain].outcome == "failed"
    assert "(0010,0010)" in sent[plain].error
    assert "default character repertoire" in sent[plain].error
    assert sent[path].outcome == "sent"
    (file,) = receiver.files()
    assert read(file).PatientName == "Крылов^Иван"
    both = Rewrite({"PatientName": "Крылов^Иван", "SpecificCharacterSet": "ISO_IR 192"})
    assert send(receiver.peer, plain, rewrite=both).outcomes == ["sent"]
    assert read(receiver.files()[-1]).PatientName == "Крылов^Иван"


@pytest.mark.parametrize(
    ("character_set", "name"),
    [
        ("ISO_IR 100", "Müller^Jörg"),
        ("ISO_IR 144", "Крылов^Иван"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎"),
        (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
        ("GB18030", "Wang^XiaoDong=王^小东"),
    ],
)
def test_text_goes_out_in_the_character_set_of_the_instance(
    receiver, tmp_path, character_set, name
):
    source = read(CT)
    source.SpecificCharacterSet = character_set
    source.PatientName = "Old^Name"
    source.RequestedProcedureDescription = name.partition("=")[0]
    path = tmp_path / "source.dcm"
    source.save_as(path)
    changes = {"PatientName": name, "PatientComments": lambda head: head["PatientName"]}
    changes["StudyDescription"] = lambda head: head["RequestedProcedureDescription"] + "!"
    assert send(receiver.peer, path, rewrite=Rewrite(changes)).outcomes == ["sent"]
    arrived = read(receiver.files()[0])
    assert arrived.PatientName == name
    assert arrived.PatientComments == "Old^Name"
    assert arrived.StudyDescription == name.partition("=")[0] + "!"
    assert arrived.SpecificCharacterSet == source.SpecificCharacterSet
    missing = Rewrite({"PatientName": "ไทย"})
    assert send(receiver.peer, path, rewrite=missing).outcomes == [
        "sent" if character_set == "GB18030" else "failed"
    ]


def test_a_head_that_cannot_be_decoded_is_a_failure_of_its_instance(receiver, tmp_path):
    good = write_image(tmp_path / "good.dcm", "2.25.1")
    bad = write_image(tmp_path / "bad.dcm", "2.25.2")
    data = bad.read_bytes()
    at = data.index(b"\x08\x00\x16\x00UI\x1a\x00")
    utf8 = b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 192"
    bad.write_bytes(data[:at] + utf8 + data[at:].replace(b"Phantom", b"Phant\xffm"))
    changes = Rewrite({"PatientComments": lambda head: head["PatientName"]})
    sent = send(receiver.peer, [bad, good], rewrite=changes).by_path()
    assert sent[bad].outcome == "failed"
    assert "(0010,0010)" in sent[bad].error
    assert "character set" in sent[bad].error
    assert sent[good].outcome == "sent"


@pytest.mark.parametrize("rows", [8, 2048])
def test_a_big_instance_that_cannot_be_rewritten_costs_no_association(receiver, tmp_path, rows):
    bad = write_image(tmp_path / "bad.dcm", "2.25.6", rows=rows, columns=rows)
    good = write_image(tmp_path / "good.dcm", "2.25.7")
    scu = StoreScu(receiver.peer)
    connections = []
    scu.after_connect.connect(connections.append)
    name = {
        "PatientName": lambda head: "Ü" if head["Rows"] == rows and "bad" in str(head.path) else "U"
    }
    sent = send(scu, [bad, good], rewrite=Rewrite(name)).by_path()
    assert (sent[bad].outcome, sent[good].outcome) == ("failed", "sent")
    assert len(connections) == 1


def test_a_damaged_file_stays_a_failure(receiver):
    truncated = FILES / "MR_truncated.dcm"
    failure = send(receiver.peer, truncated, rewrite=Rewrite({"PatientID": "x"})).only
    assert failure.outcome == "failed"
    assert "cut short" in failure.error


def test_a_private_syntax_cannot_be_rewritten(receiver, tmp_path):
    source = read(CT)
    source.file_meta.TransferSyntaxUID = "1.2.3.4"
    source.file_meta.MediaStorageSOPInstanceUID = source.SOPInstanceUID
    path = tmp_path / "private.dcm"
    source.save_as(path, implicit_vr=False, little_endian=True)
    failure = send(receiver.peer, path, rewrite=Rewrite({"PatientID": "x"})).only
    assert failure.outcome == "failed"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"NoSuchKeyword": 1}, "NoSuchKeyword"),
        ({"PixelData": None}, "pixel data"),
        ({"TransferSyntaxUID": "1.2"}, "not part of a data set"),
        ({0x0010_0000: None}, "group lengths"),
        ({"SOPInstanceUID": None}, "cannot be sent without"),
        ({"SOPInstanceUID": "x"}, "no UID"),
        ({"SOPClassUID": lambda head: "1.2"}, "contexts"),
        ({"PixelData": lambda head: b""}, "pixel data"),
        ({"PatientID": UidMap()}, "no UIDs"),
        ({"PatientID": KEEP}, "KEEP"),
        ({0x0011_1001: "x"}, "VR"),
        ({"Rows": "many"}, "US"),
        ({"Rows": 70000}, None),
        ({"PatientID": object()}, "LO"),
        ({"SeriesNumber": 1.5}, "integer"),
        ({"RequestAttributesSequence": "x"}, "Datasets"),
        ({"RequestAttributesSequence.PatientID": "x"}, r"RequestAttributesSequence\[\*\]"),
        ({"RequestAttributesSequence[*]": "x"}, "must end in an element"),
        ({"RequestAttributesSequence[x].PatientID": "x"}, "is no element"),
        ({"RequestAttributesSequence": [], "(0040,0275)[*].PatientID": "1"}, "exclude each other"),
        (
            {"RequestAttributesSequence": None, "(0040,0275)[*].PatientID": lambda head: "1"},
            "exclude each other",
        ),
        ({"PatientID": "1", 0x0010_0020: "2"}, "changed twice"),
        ({"Rows": 2**200}, "US"),
        ({"RecommendedDisplayFrameRateInFloat": 10**400}, "FL"),
        ({"PatientID": "\udcff"}, "no text"),
        ({"RecommendedDisplayFrameRateInFloat": 1e300}, None),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_sent(receiver, changes, reason):
    if reason is None:
        # Whether a number fits is known when its VR is.
        failure = send(receiver.peer, CT, rewrite=Rewrite(changes)).only
        assert re.search("no (US|FL)", failure.error)
        return
    with pytest.raises(ConfigError, match=reason):
        Rewrite(changes)


def test_rewrite_must_be_one(receiver):
    with pytest.raises(ConfigError, match="must be a Rewrite"):
        StoreScu(receiver.peer).store(CT, rewrite={"PatientID": "x"})


def test_no_value_is_shown_of_a_rewrite():
    shown = repr(Rewrite({"PatientID": "4711", "RequestAttributesSequence[*].PatientID": None}))
    assert shown == "Rewrite((0010,0020), (0040,0275)[*].(0010,0020))"
    assert "secret" not in repr(UidMap(salt="secret"))
