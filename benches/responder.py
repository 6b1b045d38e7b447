"""The C-FIND responder all clients ask: `rust/responder`, built when it is first needed."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from benches.processes import ROOT, free_port, serve
from benches.scenario import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["answering", "responder"]

_PACKAGE = "dicomwire-responder"


@contextmanager
def answering(answers: int, *, delay_us: int = 0, profile: str = "release") -> Iterator[int]:
    """Keep a responder up that gives so many answers to each C-FIND, and yield its port."""
    port = free_port()
    command = [responder(profile), "--port", str(port), "--answers", str(answers)]
    with serve([*command, "--delay-us", str(delay_us)], port):
        yield port


@cache
def responder(profile: str = "release") -> str:
    """Return the path of the responder, after building it with a profile of cargo's.

    Raises
    ------
    BenchError
        If it cannot be built.
    """
    command = ["cargo", "build", "--quiet", "--package", _PACKAGE, "--profile", profile]
    try:
        built = subprocess.run(
            [*command, "--message-format", "json"],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
        )
    except OSError as error:
        raise BenchError(f"cargo cannot be run: {error}") from error
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{_PACKAGE} cannot be built: {error.stderr[-300:]}") from error
    messages = map(json.loads, built.stdout.splitlines())
    return next(message["executable"] for message in messages if message.get("executable"))
