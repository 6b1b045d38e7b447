"""Fixture: an archive that takes patient updates, made with pynetdicom, in its own process."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from processes import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVER = Path(__file__).parent / "servers" / "patient_update_scp.py"

# Two patients, one of whom is there twice.
ARCHIVE: dict[str, dict[str, dict[str, Any]]] = {
    "patients": {
        "A-1": {"name": "Doe^Jane", "sex": "F", "birth_date": "19700131", "other_ids": []},
        "B-2": {"name": "Do^Jane", "sex": "F", "birth_date": "19700131", "other_ids": []},
        "C-3": {"name": "Roe^Max", "sex": "M", "birth_date": "19810203", "other_ids": []},
    },
    "studies": {
        "2.25.11": {"patient": "A-1", "description": "Thorax"},
        "2.25.21": {"patient": "B-2", "description": "Knee"},
        "2.25.22": {"patient": "B-2", "description": "Head"},
    },
    "series": {
        "2.25.111": {"study": "2.25.11", "modality": "CT"},
        "2.25.211": {"study": "2.25.21", "modality": "MR"},
        "2.25.212": {"study": "2.25.21", "modality": "MR"},
        "2.25.221": {"study": "2.25.22", "modality": "CT"},
    },
}


@dataclass(frozen=True)
class UpdateServer:
    """The running archive."""

    port: int
    directory: Path

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it."""
        return f"UPDATES@127.0.0.1:{self.port}"

    def set(self, **settings: Any) -> None:
        """Say how the archive is to behave; see `_act` in the server."""
        (self.directory / "settings.json").write_text(json.dumps(settings))

    def reset(self) -> None:
        """Make it as it was at the beginning."""
        self.set()
        (self.directory / "requests.jsonl").write_text("")
        (self.directory / "archive.json").write_text(json.dumps(ARCHIVE))

    @property
    def archive(self) -> dict[str, Any]:
        """What it has."""
        state: dict[str, Any] = json.loads((self.directory / "archive.json").read_text())
        return state

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What came, in order."""
        lines = (self.directory / "requests.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def _update_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpdateServer]:
    home = tmp_path_factory.mktemp("updates")
    server = UpdateServer(free_port(), home / "archive")
    server.directory.mkdir()
    server.reset()
    command = [sys.executable, str(_SERVER), str(server.port), str(server.directory)]
    with running(command, log=home / "log") as program:
        program.wait_until_listening(server.port)
        yield server


@pytest.fixture
def update_server(_update_session: UpdateServer) -> UpdateServer:
    """Return the session's archive for patient updates, as it was at the beginning."""
    _update_session.reset()
    return _update_session
