"""Fixtures: a strict storage commitment SCP, and listeners it can call back."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from processes import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomwire import EventListener, StorageCommitmentScu

_TESTS = Path(__file__).parent
_SERVER = _TESTS / "servers" / "commitment_scp.py"
_PATIENCE = 10.0


@dataclass
class CommitmentScp:
    """The running server; ``peer("ALL-SAME")`` says what it reports and on which way."""

    port: int
    journal: Path

    def peer(self, what: str) -> str:
        """Return the peer as dicomwire wants it."""
        return f"{what}@127.0.0.1:{self.port}"

    def lines(self) -> list[dict[str, Any]]:
        """Return what it wrote down during this test."""
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    def answers(self, count: int) -> list[str]:
        """Return what was answered to its reports, when there are so many of them."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            found = [line["answer"] for line in self.lines() if "answer" in line]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.005)


@pytest.fixture(scope="session")
def _commitment_session(
    tmp_path_factory: pytest.TempPathFactory, destinations: dict[str, int]
) -> Iterator[CommitmentScp]:
    home = tmp_path_factory.mktemp("commitment")
    server = CommitmentScp(free_port(), home / "journal.jsonl")
    command = [sys.executable, str(_SERVER), str(server.port), str(server.journal)]
    # Where it calls whoever does not say it by the title.
    command.append(str(destinations["DICOMWIRE"]))
    environment = {"PYTHONPATH": os.pathsep.join([str(_TESTS), *sys.path])}
    with running(command, log=home / "log", environment=environment) as program:
        program.wait_until_listening(server.port)
        yield server
        # It would have refused a request with a status and so on; what it did not survive is here.
        assert "Traceback" not in program.output, program.output


@pytest.fixture
def commitment_scp(_commitment_session: CommitmentScp) -> CommitmentScp:
    """Return the session's server with an empty journal."""
    _commitment_session.journal.write_text("")
    return _commitment_session


@dataclass
class Called:
    """A listener of ours, and service class users whose peer knows where it is."""

    listener: EventListener
    scp: CommitmentScp

    def scu(self, what: str, **options: Any) -> StorageCommitmentScu:
        """Make a service class user for a peer that calls back."""
        from dicomwire import StorageCommitmentScu

        title = f"CB{self.listener.port}"
        return StorageCommitmentScu(self.scp.peer(what), calling_ae_title=title, **options)


@pytest.fixture
def called(engine: None, commitment_scp: CommitmentScp) -> Iterator[Called]:
    """Return a listener that the server can call back."""
    from dicomwire import EventListener

    with EventListener("WHATEVER") as listener:
        yield Called(listener, commitment_scp)
