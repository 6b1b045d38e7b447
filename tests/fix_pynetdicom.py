"""Fixture: a Storage and Verification SCP made with pynetdicom, in a process of its own."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from processes import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVER = Path(__file__).parent / "servers" / "pynetdicom_server.py"


@dataclass(frozen=True)
class PynetdicomServer:
    """The running server."""

    port: int
    directory: Path

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it."""
        return f"PYNETDICOM@127.0.0.1:{self.port}"

    def files(self) -> list[Path]:
        """Return what was received, in the order it came."""
        return sorted(self.directory.glob("*.dcm"))


@pytest.fixture(scope="session")
def _pynetdicom_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PynetdicomServer]:
    home = tmp_path_factory.mktemp("pynetdicom")
    server = PynetdicomServer(free_port(), home / "received")
    server.directory.mkdir()
    command = [sys.executable, str(_SERVER), str(server.port), str(server.directory)]
    with running(command, log=home / "log") as program:
        program.wait_until_listening(server.port)
        yield server


@pytest.fixture
def pynetdicom_server(_pynetdicom_session: PynetdicomServer) -> PynetdicomServer:
    """Return the session's pynetdicom server, emptied."""
    for path in _pynetdicom_session.files():
        path.unlink()
    return _pynetdicom_session
