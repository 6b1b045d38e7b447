"""How a child measures its work and reports it: one JSON object on standard output."""

from __future__ import annotations

import json
import resource
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benches.processes import resident_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Stopwatch", "emit", "stopwatch"]


class Stopwatch:
    """Wall and CPU seconds of a piece of work, all threads of this process included."""

    def __init__(self) -> None:
        # What the interpreter with the imported package holds before it does anything.
        self.idle_resident_bytes = resident_bytes("self", "VmRSS")
        self.seconds = 0.0
        self.cpu_seconds = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Measure the body of the ``with`` statement."""
    watch = Stopwatch()
    cpu = _cpu_seconds()
    started = time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - started
    watch.cpu_seconds = _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def emit(watch: Stopwatch, done: int, **more: float) -> None:
    """Report the work, and how many pieces of it were done."""
    report = {
        "seconds": watch.seconds,
        "cpu_seconds": watch.cpu_seconds,
        "idle_resident_bytes": watch.idle_resident_bytes,
        "done": done,
        **more,
    }
    json.dump(report, sys.stdout)
