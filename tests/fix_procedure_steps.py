"""Fixture: a strict SCP for performed procedure steps made with pynetdicom, a process."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from processes import free_port, running
from pydicom import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVER = Path(__file__).parent / "servers" / "procedure_step_scp.py"


@dataclass(frozen=True)
class ProcedureStepServer:
    """The running server."""

    port: int
    port_without: int
    directory: Path

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it; it notifies of nothing."""
        return self.called("RIS")

    @property
    def peer_without(self) -> str:
        """A peer that tells of steps, but takes none."""
        return f"RIS@127.0.0.1:{self.port_without}"

    def called(self, title: str) -> str:
        """Return the peer under another AE title, which makes it do more."""
        return f"{title}@127.0.0.1:{self.port}"

    def step(self, sop_instance_uid: str) -> Dataset:
        """Return what the server keeps of a step."""
        return Dataset.from_json((self.directory / f"{sop_instance_uid}.json").read_text())

    def notifications(self, sop_instance_uid: str) -> list[tuple[int, int]]:
        """Return event type and answer of the notifications of a step."""
        path = self.directory / "notifications"
        rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
        return [(row["kind"], row["status"]) for row in rows if row["uid"] == sop_instance_uid]


@pytest.fixture(scope="session")
def procedure_steps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcedureStepServer]:
    """Run the server; steps have UIDs of their own, so all tests share it."""
    home = tmp_path_factory.mktemp("procedure-steps")
    server = ProcedureStepServer(free_port(), free_port(), home / "steps")
    server.directory.mkdir()
    ports = [str(server.port), str(server.port_without)]
    command = [sys.executable, str(_SERVER), *ports, str(server.directory)]
    # The server stands beside the module that it shares with other servers.
    environment = {"PYTHONPATH": str(_SERVER.parents[1])}
    with running(command, log=home / "log", environment=environment) as program:
        program.wait_until_listening(server.port, server.port_without)
        yield server
