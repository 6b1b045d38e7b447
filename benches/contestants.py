"""The programs that are compared, as commands, and how their output becomes a sample."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import TYPE_CHECKING

from benches.dcmtk import dcmtk
from benches.processes import Finished, child, free_port, run
from benches.scenario import OURS, BenchError, Sample

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "OURS_ARROW",
    "OURS_CROWD",
    "OURS_PARALLEL",
    "Job",
    "StartUp",
    "python_sample",
    "send",
    "start_up",
    "tool_sample",
]

OURS_PARALLEL = "dicomwire, 4 associations"
OURS_CROWD = "dicomwire, 8 associations"
OURS_ARROW = "dicomwire, Arrow"

_ASSOCIATIONS = {OURS: 1, OURS_PARALLEL: 4, OURS_CROWD: 8}
_PYNETDICOM = {
    "pynetdicom": "stock",
    "pynetdicom no-delay": "no-delay",
    "pynetdicom no-delay chunked": "no-delay chunked",
}
_START_UP_RUNS = 5


@dataclass(frozen=True, slots=True)
class Job:
    """A directory of instances to be sent to a port."""

    port: int
    directory: Path
    count: int
    size: int
    no_delay: bool


@dataclass(frozen=True, slots=True)
class StartUp:
    """What a tool takes before it does any work."""

    wall_seconds: float
    cpu_seconds: float


def send(sender: str, job: Job) -> Sample:
    """Let a sender do a job.

    Raises
    ------
    BenchError
        If not every instance was confirmed with success.
    """
    if sender in _ASSOCIATIONS:
        command = child("store_dicomwire", job.port, job.directory, _ASSOCIATIONS[sender])
        return python_sample(run(command), job.count, job.size)
    if sender in _PYNETDICOM:
        command = child("store_pynetdicom", job.port, job.directory, _PYNETDICOM[sender])
        return python_sample(run(command), job.count, job.size)
    tool, *variant = sender.split()
    options = _options(tool)
    before = start_up(tool, (*options, "127.0.0.1"), str(min(job.directory.iterdir())))
    command = [dcmtk(tool), *options, "+sd", "127.0.0.1", str(job.port), str(job.directory)]
    finished = run(command, no_delay=job.no_delay or "no-delay" in variant)
    return tool_sample(finished, before, job.count, job.size)


def _options(tool: str) -> tuple[str, ...]:
    # storescu offers every storage class it knows unless told to offer what the files need.
    return ("-R",) if tool == "storescu" else ()


@cache
def start_up(tool: str, options: tuple[str, ...], *arguments: str) -> StartUp:
    """Measure how long one of DCMTK's tools takes to find that nobody listens.

    That is its start with everything it loads, its data dictionary above all, and none of the
    transfer; ``--version`` ends before the dictionary is loaded and would flatter us.
    """
    command = [dcmtk(tool), *options, str(free_port()), *arguments]
    runs = [run(command) for _ in range(_START_UP_RUNS)]
    if any(each.status == 0 for each in runs):
        raise BenchError(f"{tool} reports success though nobody listens")
    return StartUp(
        median(each.wall_seconds for each in runs), median(each.cpu_seconds for each in runs)
    )


def tool_sample(finished: Finished, before: StartUp, count: int, size: int = 0) -> Sample:
    """Read the sample of a tool that measures nothing itself: its whole run less its start-up."""
    if finished.status != 0:
        raise BenchError(f"exit status {finished.status}{_said(finished)}")
    return Sample(
        _values(
            seconds=finished.wall_seconds - before.wall_seconds,
            cpu_seconds=finished.cpu_seconds - before.cpu_seconds,
            start_up_seconds=before.wall_seconds,
            peak=finished.peak_resident_bytes,
            count=count,
            size=size,
        )
    )


def python_sample(finished: Finished, count: int, size: int = 0) -> Sample:
    """Read the sample of a program of `benches.children`, which measures its own work."""
    if finished.status != 0:
        raise BenchError(f"exit status {finished.status}{_said(finished)}")
    report = json.loads(finished.stdout)
    if report["done"] != count:
        raise BenchError(f"did {report['done']} of {count}{_said(finished)}")
    values = _values(
        seconds=report["seconds"],
        cpu_seconds=report["cpu_seconds"],
        start_up_seconds=finished.wall_seconds - report["seconds"],
        peak=finished.peak_resident_bytes,
        count=count,
        size=size,
    )
    above = finished.peak_resident_bytes - report["idle_resident_bytes"]
    return Sample({**values, "above_idle_mb": above / 1e6})


def _said(finished: Finished) -> str:
    """Return the end of what a child said of its failure; a traceback ends with its reason."""
    said = finished.stderr.strip()[-300:]
    return f": {said}" if said else ""


def _values(
    *,
    seconds: float,
    cpu_seconds: float,
    start_up_seconds: float,
    peak: int,
    count: int,
    size: int,
) -> dict[str, float]:
    values = {
        "count": float(count),
        "peak_rss_mb": peak / 1e6,
        "start_up_ms": start_up_seconds * 1e3,
    }
    # Work that drowns in the jitter of the start-up, as in a smoke run, gives no value.
    if seconds > 0:
        values |= {"seconds": seconds, "rate": count / seconds}
        values |= {"mb_per_s": size / seconds / 1e6} if size else {}
    if cpu_seconds > 0:
        values |= {"cpu_seconds": cpu_seconds, "cpu_us": cpu_seconds / count * 1e6}
    return values
