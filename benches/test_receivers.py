"""Every receiver that is compared takes the files and writes them whole."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread

from benches.dcmtk import dcmtk
from benches.receivers import dcmtk_ignoring, receiving, writing
from benches.scenario import AE_TITLE

if TYPE_CHECKING:
    from pathlib import Path

    from benches.corpora import Corpora


def deliver(port: int, directory: Path) -> None:
    command = [dcmtk("dcmsend"), "-aec", AE_TITLE, "+sd", "127.0.0.1", str(port), str(directory)]
    subprocess.run(command, check=True, timeout=30)


@pytest.mark.parametrize("corpus", ["small", "ct", "big"])
@pytest.mark.parametrize(
    "receiver", ["dicomwire", "storescp", "storescp +B", "dcmrecv", "dcmrecv +B"]
)
def test_what_is_written_is_what_was_sent(
    corpora: Corpora, tmp_path: Path, receiver: str, corpus: str
) -> None:
    directory = corpora.directory(corpus, 2)
    folder = tmp_path / "received"
    with writing(receiver, folder) as port:
        deliver(port, directory)
    sent = {each.SOPInstanceUID: each for each in map(dcmread, directory.iterdir())}
    written = [dcmread(path) for path in folder.rglob("*") if path.is_file()]
    assert {each.SOPInstanceUID for each in written} == sent.keys()
    for each in written:
        assert each.PixelData == sent[each.SOPInstanceUID].PixelData


def test_pynetdicom_writes_every_instance(corpora: Corpora, tmp_path: Path) -> None:
    folder = tmp_path / "received"
    with writing("pynetdicom no-delay", folder) as port:
        deliver(port, corpora.directory("small", 3))
    assert len(list(folder.iterdir())) == 3


def test_the_discarding_receivers_accept(corpora: Corpora) -> None:
    directory = corpora.directory("ct", 2)
    with receiving(16384) as ours, dcmtk_ignoring(no_delay=False) as peers:
        deliver(ours, directory)
        deliver(peers, directory)
