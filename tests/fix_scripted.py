"""Fixture: peers that do exactly what the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from scripted import Script, ScriptedPeer

ScriptedPeerFactory = Callable[..., ScriptedPeer]


@pytest.fixture
def scripted_peer() -> Iterator[ScriptedPeerFactory]:
    """Start a peer with one script per connection; the last is played for all further ones."""
    with ExitStack() as stack:

        def start(*scripts: Script, receive_buffer: int | None = None) -> ScriptedPeer:
            return stack.enter_context(ScriptedPeer(list(scripts), receive_buffer=receive_buffer))

        yield start
