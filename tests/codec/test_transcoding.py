"""`transcode_file` and ``dicomwire transcode``: files in another transfer syntax."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import warnings

import pydicom
import pytest
from comparing import differences
from corpora import corpus_files, pydicom_directory
from generated import MULTI_FRAME_STORAGE, dataset, file_meta
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

import dicomwire as dw
from dicomwire.cli.main import main

SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]
CT = pydicom_directory() / "test_files" / "CT_small.dcm"
JPEG = pydicom_directory() / "test_files" / "JPEG2000.dcm"


def read(source) -> pydicom.FileDataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(io.BytesIO(source) if isinstance(source, bytes) else source)


def transcoded(source, syntax) -> bytes:
    target = io.BytesIO()
    dw.transcode_file(source, target, syntax)
    return target.getvalue()


def is_whole(path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=r".* at offset \d+ ")
        for _ in dw.read_file(path).iterall():
            pass


def convertible():
    """Return the files of the corpora which are sound and not compressed."""
    for path in corpus_files():
        try:
            original = read(path)
            syntax = original.file_meta.TransferSyntaxUID
            is_whole(path)
        except (
            pydicom.errors.InvalidDicomError,
            AttributeError,
            ValueError,
            UserWarning,
            dw.DecodeError,
        ):
            continue
        meta = original.file_meta
        has_identity = original.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID")
        if syntax in SYNTAXES and has_identity:
            yield path


# Implicit VR has OW where explicit VR may have OB (PS3.5 section A.1); the bytes are the same.
OB_IS_OW = re.compile(r"\(7FE0,0010\) OW (?P<bytes>b.*) became OB (?P=bytes)$")
# PS3.5 section 6.2.2: values of unknown VR are never byte-swapped. pydicom, which guesses their VR,
# reads them swapped.
PRIVATE = re.compile(r"\([0-9A-F]{3}[13579BDF],")


def unexpected(made, original, syntax) -> list[str]:
    found = [text for text in differences(made, original) if not OB_IS_OW.match(text)]
    if syntax == ExplicitVRBigEndian:
        found = [text for text in found if not PRIVATE.match(text)]
    return found


@pytest.mark.parametrize("path", list(convertible()), ids=lambda path: path.name)
def test_every_uncompressed_file_into_every_syntax(path):
    original = read(path)
    for syntax in SYNTAXES:
        made = read(transcoded(path, syntax))
        assert made.file_meta.TransferSyntaxUID == syntax
        assert made.preamble == original.preamble
        assert not unexpected(made, original, syntax), syntax.name


def test_there_are_files_to_convert():
    assert len(list(convertible())) > 100


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.keyword)
def test_there_and_back_is_the_same_file(syntax):
    data = file_meta(MULTI_FRAME_STORAGE, "2.25.3") + dataset(
        MULTI_FRAME_STORAGE, "2.25.3", rows=300, columns=300, frames=10
    )
    back = transcoded(transcoded(data, syntax), ExplicitVRLittleEndian)
    assert back[-(10 * 300 * 300 * 2) :] == data[-(10 * 300 * 300 * 2) :]
    assert transcoded(back, ExplicitVRLittleEndian) == back


def test_a_compressed_file_is_copied_but_not_decompressed(tmp_path):
    syntax = read(JPEG).file_meta.TransferSyntaxUID
    assert read(transcoded(JPEG, syntax)) == read(JPEG)
    with pytest.raises(dw.DecodeError, match="cannot transcode from"):
        dw.transcode_file(JPEG, tmp_path / "x.dcm", ImplicitVRLittleEndian)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_leaves_nothing_behind(tmp_path):
    source = tmp_path / "cut.dcm"
    source.write_bytes(CT.read_bytes()[:-1000])
    with pytest.raises(dw.DecodeError, match="cut short"):
        dw.transcode_file(source, tmp_path / "x.dcm", ImplicitVRLittleEndian)
    assert list(tmp_path.iterdir()) == [source]


def test_a_file_may_be_converted_in_place(tmp_path):
    path = tmp_path / "ct.dcm"
    path.write_bytes(CT.read_bytes())
    dw.transcode_file(path, path, ImplicitVRLittleEndian)
    assert read(path).file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
    assert read(path) == read(CT)
    with pytest.raises(FileExistsError):
        dw.transcode_file(CT, path, ImplicitVRLittleEndian, overwrite=False)


def test_unknown_syntaxes_are_refused():
    with pytest.raises(dw.ConfigError, match="not a transfer syntax of the standard"):
        dw.transcode_file(CT, io.BytesIO(), "1.2.3")


# Run in a process of its own, so that the peak is that of the conversion.
MEMORY = """
import resource, sys
import dicomwire as dw
import pydicom.dataset, pydicom.filewriter
dw.transcode_file(sys.argv[1], "/dev/null", "1.2.840.10008.1.2.1")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
dw.transcode_file(sys.argv[2], "/dev/null", "1.2.840.10008.1.2")
dw.transcode_file(sys.argv[2], "/dev/null", "1.2.840.10008.1.2.1.99")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "large.dcm"
    head = dataset(MULTI_FRAME_STORAGE, "2.25.3", rows=512, columns=512, frames=100)
    path.write_bytes(file_meta(MULTI_FRAME_STORAGE, "2.25.3") + head)
    assert path.stat().st_size > 50_000_000
    ran = subprocess.run(
        [sys.executable, "-c", MEMORY, CT, path], check=True, capture_output=True, text=True
    )
    assert int(ran.stdout) < 16 * 1024, "kilobytes"


@pytest.mark.parametrize("name", ["implicit", "explicit", "deflated", "big-endian"])
def test_the_command(name, tmp_path, capfd):
    target = tmp_path / "out.dcm"
    assert main(["transcode", str(CT), str(target), "--to", name, "--json"]) == 0
    result = json.loads(capfd.readouterr().out)
    assert result["bytes"] == target.stat().st_size
    assert read(target).file_meta.TransferSyntaxUID == result["transfer_syntax"]
    assert not differences(read(target), read(CT))


def test_the_command_says_what_is_wrong(tmp_path, capfd):
    target = tmp_path / "out.dcm"
    assert main(["transcode", str(CT), str(target), "--to", "1.2.3"]) == 2
    assert "not a transfer syntax" in capfd.readouterr().err
    assert main(["transcode", str(tmp_path / "none"), str(target)]) == 2
    assert "none" in capfd.readouterr().err
    assert main(["transcode", str(CT), str(target)]) == 0
    assert "MB" in capfd.readouterr().out
    assert main(["transcode", str(CT), str(target), "--no-overwrite"]) == 2
    assert "exists" in capfd.readouterr().err
