"""The demonstration can fail: what it takes for sendable, and how it compares."""

from __future__ import annotations

import struct
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file

from dicomwire.cli import demo as demo_module
from dicomwire.cli.demo_files import DemoFile, corpus_directories, demo_files, rounds
from dicomwire.cli.same_data_set import Sameness, compare_files, data_set_offset

EXPLICIT = "1.2.840.10008.1.2.1"


def corpus_file(name: str) -> Path:
    return Path(str(get_testdata_file(name)))


@pytest.fixture
def ct() -> Path:
    return corpus_file("CT_small.dcm")


def rewritten(source: Path, target: Path, **changes: object) -> Path:
    dataset = pydicom.dcmread(source)
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    dataset.file_meta.ImplementationVersionName = "ANOTHER"
    dataset.save_as(target)
    return target


class TestSameDataSet:
    def test_file_meta_information_does_not_count(self, ct: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.dcm"
        content = ct.read_bytes()
        offset = data_set_offset(content)
        longer = content[:132] + struct.pack("<HH2sH", 2, 0x16, b"AE", 4) + b"SELF"
        other.write_bytes(longer + content[132:offset] + content[offset:])
        assert compare_files(ct, other, same_syntax=True) is Sameness.IDENTICAL

    def test_one_byte_counts(self, ct: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.dcm"
        content = bytearray(ct.read_bytes())
        content[-500] ^= 1
        other.write_bytes(content)
        assert compare_files(ct, other, same_syntax=True) is Sameness.DIFFERENT
        assert compare_files(ct, other, same_syntax=False) is Sameness.DIFFERENT

    def test_a_missing_end_counts(self, ct: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.dcm"
        other.write_bytes(ct.read_bytes()[:-2])
        assert compare_files(ct, other, same_syntax=True) is Sameness.DIFFERENT

    def test_another_syntax_has_to_have_equal_elements(self, tmp_path: Path) -> None:
        explicit = corpus_file("MR_small.dcm")
        dataset = pydicom.dcmread(explicit)
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
        implicit = tmp_path / "implicit.dcm"
        dataset.save_as(implicit, implicit_vr=True, little_endian=True)
        assert compare_files(explicit, implicit, same_syntax=False) is Sameness.EQUAL
        assert compare_files(explicit, implicit, same_syntax=True) is Sameness.DIFFERENT
        changed = rewritten(implicit, tmp_path / "changed.dcm", PatientName="SOMEBODY^ELSE")
        assert compare_files(explicit, changed, same_syntax=False) is Sameness.DIFFERENT

    @pytest.mark.parametrize(
        "name", ["CT_small.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm", "rtplan.dcm"]
    )
    def test_offset_is_where_pydicom_sees_the_data_set(self, name: str) -> None:
        content = corpus_file(name).read_bytes()
        assert content[128:132] == b"DICM"
        meta_end = 144 + struct.unpack_from("<I", content, 140)[0]
        assert data_set_offset(content) == meta_end

    @pytest.mark.parametrize(
        "content", [b"", b"\x02\x00", b"\x02\x00\x01\x00OB\0\0", b"\x08\x00\x05\x00CS\x00\x00"]
    )
    def test_offset_of_what_is_no_file(self, content: bytes) -> None:
        assert 0 <= data_set_offset(content) <= len(content)


class TestFiles:
    def test_what_cannot_be_sent(self) -> None:
        why_not = {file.path.name: file.why_not for file in demo_files()}
        assert why_not["CT_small.dcm"] is None
        assert why_not["ExplVR_LitEndNoMeta.dcm"] is None
        assert why_not["UN_sequence.dcm"] is None
        assert "DICOMDIR" in (why_not["DICOMDIR"] or "")
        assert "SOP" in (why_not["README.txt"] or "")
        assert "truncated" in (why_not["MR_truncated.dcm"] or "")
        assert "declares" in (why_not["SC_rgb_jpeg.dcm"] or "")

    def test_most_can(self) -> None:
        files = demo_files()
        assert sum(file.why_not is None for file in files) > 100

    def test_corpora_are_found_without_a_network(self) -> None:
        assert any(place.name == "test_files" for place in corpus_directories())

    def test_no_instance_twice_in_a_round(self) -> None:
        files = demo_files()
        divided = rounds(files)
        assert sorted(file.path for batch in divided for file in batch) == sorted(
            file.path for file in files
        )
        for batch in divided:
            uids = [file.sop_instance_uid for file in batch if file.sop_instance_uid]
            assert len(uids) == len(set(uids))


class Outcome:
    def __init__(self, outcome: str, error: str | None = None, uid: str = "1.2.3") -> None:
        self.outcome, self.error, self.status, self.sop_instance_uid = outcome, error, None, uid


class TestVerdict:
    """Each way in which a file may go wrong is wrong."""

    def judge(
        self, file: DemoFile, result: object, arrived: dict[str, object] | None = None
    ) -> demo_module._Tally:
        tally = demo_module._Tally()
        demo_module._judge(file, result, arrived or {}, tally)  # type: ignore[arg-type]
        return tally

    def received(self, path: Path | None, syntax: str = EXPLICIT) -> dict[str, object]:
        from dicomwire.hooks import InstanceReceived

        return {"1.2.3": InstanceReceived(path, "1.2", "1.2.3", syntax, "DICOMWIRE", 1)}

    def test_identical(self, ct: Path) -> None:
        tally = self.judge(DemoFile(ct, "1.2.3", EXPLICIT), Outcome("sent"), self.received(ct))
        assert (tally.identical, tally.equal, tally.wrong) == (1, 0, [])

    def test_other_content(self, ct: Path, tmp_path: Path) -> None:
        other = rewritten(ct, tmp_path / "other.dcm", PatientName="SOMEBODY^ELSE")
        tally = self.judge(DemoFile(ct, "1.2.3", EXPLICIT), Outcome("sent"), self.received(other))
        assert "differs" in tally.wrong[0][1]

    def test_confirmed_but_not_received(self, ct: Path) -> None:
        tally = self.judge(DemoFile(ct, "1.2.3", EXPLICIT), Outcome("sent"))
        assert "does not have it" in tally.wrong[0][1]

    def test_not_accounted_for(self, ct: Path) -> None:
        assert "account" in self.judge(DemoFile(ct, "1.2.3", EXPLICIT), None).wrong[0][1]

    def test_failed_although_it_can_be_sent(self, ct: Path) -> None:
        tally = self.judge(DemoFile(ct, "1.2.3", EXPLICIT), Outcome("failed", "no idea"))
        assert tally.wrong == [(ct, "no idea")]

    def test_failed_as_expected(self, ct: Path) -> None:
        tally = self.judge(DemoFile(ct, why_not="no SOP class"), Outcome("failed", "not DICOM"))
        assert tally.not_sendable == [(ct, "not DICOM")]
        assert tally.wrong == []
