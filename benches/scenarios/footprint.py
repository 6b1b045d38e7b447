"""What dicomwire costs before it does anything: its import, and an association left alone."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from benches.contestants import python_sample
from benches.processes import child, run
from benches.receivers import dcmtk_ignoring
from benches.scenario import OURS, BenchError, Contestant, Sample, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.scenario import Bench

__all__ = ["SCENARIOS"]

_PACKAGES = (OURS, "pydicom", "pynetdicom")
# With the usual five rounds that makes twenty imports of each.
_IMPORTS_PER_ROUND = 4
_IDLE_SECONDS = 2.0


@contextmanager
def _open_imports(bench: Bench) -> Iterator[Sequence[Contestant]]:
    repeats = 1 if bench.quick else _IMPORTS_PER_ROUND
    for package in _PACKAGES:
        # The first import compiles to .pyc files; that happens once per installation.
        run(_interpreter(f"import {package}"))
    yield [Contestant(package, partial(_import, package, repeats)) for package in _PACKAGES]


def _interpreter(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _import(package: str, repeats: int) -> Sample:
    """Measure an interpreter that imports the package, less one that imports nothing."""
    differences = []
    for _ in range(repeats):
        bare = run(_interpreter("pass"))
        finished = run(_interpreter(f"import {package}"))
        if finished.status != 0:
            raise BenchError(finished.stderr.strip()[-300:])
        differences.append((finished.wall_seconds - bare.wall_seconds) * 1e3)
    return Sample({"import_ms": median(differences)})


@contextmanager
def _open_idle(bench: Bench) -> Iterator[Sequence[Contestant]]:
    seconds = 0.2 if bench.quick else _IDLE_SECONDS
    with dcmtk_ignoring(no_delay=True) as port:
        yield [
            Contestant(package, partial(_idle, port, package, seconds))
            for package in (OURS, "pynetdicom")
        ]


def _idle(port: int, package: str, seconds: float) -> Sample:
    sample = python_sample(run(child("idle", port, package, seconds)), 1)
    # No CPU time at all is what we want to see, and then the sample has none.
    share = sample.values.get("cpu_seconds", 0.0) / sample.values["seconds"] * 100
    return Sample({"idle_cpu_percent": share})


SCENARIOS = (
    Scenario("import", "import of the package, 20 times", "import_ms", _open_imports),
    Scenario(
        "idle",
        "CPU of an open association nobody uses, over 2 s",
        "idle_cpu_percent",
        _open_idle,
        most_rounds=3,
    ),
)
