"""A strict provider of a normalized service as tests see it: where it is, what it was asked."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processes import free_port, running
from pydicom import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVERS = Path(__file__).parent / "servers"


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    operation: str
    uid: str | None
    dataset: Dataset | None
    more: dict[str, Any]


@dataclass(frozen=True)
class StrictServer:
    """The running provider."""

    ae_title: str
    port: int
    journal: Path
    log: Path

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it."""
        return f"{self.ae_title}@127.0.0.1:{self.port}"

    def forget(self) -> None:
        """Begin the journal anew."""
        self.journal.write_text("")

    def asked(self, operation: str | None = None) -> list[Asked]:
        """Return the requests that came, in their order."""
        found = []
        for line in self.journal.read_text().splitlines():
            entry = json.loads(line)
            content = entry.pop("dataset")
            dataset = None if content is None else Dataset.from_json(content)
            asked = Asked(entry.pop("operation"), entry.pop("uid"), dataset, entry)
            if operation in (None, asked.operation):
                found.append(asked)
        return found


@contextmanager
def strict_server(program: str, ae_title: str, home: Path, *more: str) -> Iterator[StrictServer]:
    """Run one of the programs of ``tests/servers``."""
    server = StrictServer(ae_title, free_port(), home / "journal", home / "log")
    server.forget()
    command = [sys.executable, str(_SERVERS / program), str(server.port), str(server.journal)]
    environment = {"PYTHONPATH": str(_SERVERS.parent)}
    with running([*command, *more], log=server.log, environment=environment) as running_program:
        running_program.wait_until_listening(server.port)
        yield server
