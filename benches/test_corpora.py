"""The files the benches send are valid and always the same."""

from __future__ import annotations

import shutil
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian

from benches.corpora import Corpora
from benches.scenario import BenchError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("corpus", "size"),
    [("small", 4_000), ("ct", 526_000), ("heads", 526_000), ("big", 8 * 524_288)],
)
def test_every_corpus_is_valid(corpora: Corpora, corpus: str, size: int) -> None:
    paths = sorted(corpora.directory(corpus, 2).iterdir())
    assert len(paths) == 2
    instances = [dcmread(path) for path in paths]
    assert instances[0].SOPInstanceUID != instances[1].SOPInstanceUID
    for path, instance in zip(paths, instances, strict=True):
        assert path.stat().st_size == pytest.approx(size, rel=0.1)
        assert instance.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        assert instance.file_meta.MediaStorageSOPInstanceUID == instance.SOPInstanceUID
        assert instance.file_meta.MediaStorageSOPClassUID == instance.SOPClassUID
        assert len(instance.ReferencedImageSequence) == 3
        frames = int(instance.get("NumberOfFrames", 1))
        assert len(instance.PixelData) == instance.Rows * instance.Columns * 2 * frames
        assert [element.tag for element in instance] == sorted(instance.keys())


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    one = Corpora(tmp_path / "one").directory("ct", 3)
    other = Corpora(tmp_path / "other").directory("ct", 3)
    digests = [
        [sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())]
        for folder in (one, other)
    ]
    assert digests[0] == digests[1]
    assert len(set(digests[0])) == 3


def test_corpora_of_different_lengths_share_their_files(corpora: Corpora) -> None:
    short = corpora.directory("small", 1) / "00001.dcm"
    long = corpora.directory("small", 5) / "00001.dcm"
    assert short.samefile(long)
    assert corpora.size("small", 5) > corpora.size("small", 1)


def test_no_room_is_said_before_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(BenchError, match="no room for the 5 MB of corpus ct"):
        Corpora(tmp_path).directory("ct", 10)
    assert not list((tmp_path / "all-ct").iterdir())
