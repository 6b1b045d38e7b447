"""DCMTK's archive has what was put into it, and gives it to whoever asks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benches.archives import holding
from benches.corpora import CT_IMAGE_STORAGE, study_uid
from benches.folders import await_files, empty
from benches.processes import child, free_port, run
from benches.scenario import BenchError

if TYPE_CHECKING:
    from pathlib import Path

    from benches.corpora import Corpora


def test_every_retrieving_client_gets_the_study(corpora: Corpora, tmp_path: Path) -> None:
    folder = tmp_path / "retrieved"
    folder.mkdir()
    own = free_port()
    with holding(corpora.directory("ct", 2), tmp_path, {"OURS": own}) as port:
        arguments = (port, folder, study_uid("ct"))
        for command in (
            child("get_dicomwire", *arguments),
            child("get_pynetdicom", *arguments, CT_IMAGE_STORAGE, "no-delay"),
            child("move_dicomwire", *arguments, "OURS", own),
        ):
            finished = run(command, timeout=30)
            assert finished.status == 0, finished.stderr
            assert json.loads(finished.stdout)["done"] == 2
            await_files(folder, 2)
            empty(folder)
            assert not list(folder.iterdir())


def test_files_that_do_not_come_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benches.folders._SETTLE_SECONDS", 0.05)
    (tmp_path / "empty").touch()
    with pytest.raises(BenchError, match="wrote 0 of 1 files"):
        await_files(tmp_path, 1)
