"""Fixture: a strict media creation device, in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from strict_servers import StrictServer, strict_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def _media_creation_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    home = tmp_path_factory.mktemp("media_creation")
    with strict_server("media_creation_scp.py", "BURNER", home) as server:
        yield server


@pytest.fixture
def burner(_media_creation_session: StrictServer) -> StrictServer:
    """Return the session's media creation device; its journal is empty."""
    _media_creation_session.forget()
    return _media_creation_session
