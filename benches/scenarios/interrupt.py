"""Ctrl-C while a peer that never answers blocks a send."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from benches.processes import ROOT, child, environment
from benches.scenario import OURS, BenchError, Contestant, Sample, Scenario
from benches.silent_peer import SilentPeer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.scenario import Bench

__all__ = ["SCENARIOS"]

_INSTANCES = 3
# After the instance has arrived the sender is surely waiting for the response.
_BLOCKED_SECONDS = 0.3
_MOST_SECONDS = 20.0


@contextmanager
def _open(bench: Bench) -> Iterator[Sequence[Contestant]]:
    directory = bench.corpora.directory("small", _INSTANCES)
    yield [Contestant(OURS, partial(_interrupt, str(directory)))]


def _interrupt(directory: str) -> Sample:
    with (
        SilentPeer() as peer,
        subprocess.Popen(
            child("blocked_store", peer.port, directory),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            cwd=ROOT,
        ) as process,
    ):
        try:
            reached = peer.data_arrived.wait(_MOST_SECONDS)
            time.sleep(_BLOCKED_SECONDS)
            started = time.perf_counter()
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=_MOST_SECONDS)
            seconds = time.perf_counter() - started
        except subprocess.TimeoutExpired:
            process.kill()
            raise BenchError(f"did not end within {_MOST_SECONDS:.0f} s of SIGINT") from None
    if not reached:
        raise BenchError(f"no instance reached the peer: {errors.decode()[-300:]}")
    if not output or json.loads(output)["accounted"] != _INSTANCES:
        raise BenchError(
            f"no report of all instances: {output.decode()!r} {errors.decode()[-300:]}"
        )
    return Sample({"interrupt_ms": seconds * 1e3})


SCENARIOS = (
    Scenario(
        "interrupt",
        "SIGINT to the end of the process, sending to a peer that never answers",
        "interrupt_ms",
        _open,
    ),
)
