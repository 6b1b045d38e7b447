"""Fixture: a strict worklist manager for unified procedure steps, in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from processes import free_port
from strict_servers import StrictServer, strict_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class WorklistManager:
    """The running manager, and where it reports events to."""

    server: StrictServer
    watcher_port: int
    """Where the manager expects the AE title WATCHER."""

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it."""
        return self.server.peer


@pytest.fixture(scope="session")
def _worklist_manager_session(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[WorklistManager]:
    home = tmp_path_factory.mktemp("unified_procedures")
    port = free_port()
    program = "unified_procedure_scp.py"
    with strict_server(program, "UPSSCP", home, f"WATCHER={port}") as server:
        yield WorklistManager(server, port)


@pytest.fixture
def worklist_manager(_worklist_manager_session: WorklistManager) -> WorklistManager:
    """Return the session's worklist manager; its journal is empty."""
    _worklist_manager_session.server.forget()
    return _worklist_manager_session
