"""Receiving: our sender sends the same files to every receiver, which writes them to tmpfs."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from benches.contestants import Job, send
from benches.receivers import writing
from benches.scenario import OURS, BenchError, Contestant, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from benches.scenario import Bench, Sample

__all__ = ["SCENARIOS"]

# "+B" is DCMTK's option to write the data set as it came, which is what we do always.
_CT = {
    OURS: 600,
    "storescp": 600,
    "storescp +B": 600,
    "dcmrecv": 600,
    "dcmrecv +B": 600,
    "pynetdicom no-delay": 200,
}
_SMALL = {
    OURS: 6000,
    "storescp": 6000,
    "storescp +B": 6000,
    "dcmrecv": 6000,
    "dcmrecv +B": 6000,
    "pynetdicom no-delay": 300,
}
_SETTLE_SECONDS = 5.0


@contextmanager
def _open(corpus: str, counts: Mapping[str, int], bench: Bench) -> Iterator[Sequence[Contestant]]:
    with ExitStack() as stack:
        contestants = []
        for receiver, full_count in counts.items():
            folder = bench.scratch / f"received-{receiver.replace(' ', '')}"
            count = bench.scaled(full_count)
            job = Job(
                port=stack.enter_context(writing(receiver, folder)),
                directory=bench.corpora.directory(corpus, count),
                count=count,
                size=bench.corpora.size(corpus, count),
                no_delay=True,
            )
            contestants.append(Contestant(receiver, partial(_receive, folder, job)))
        yield contestants


def _receive(folder: Path, job: Job) -> Sample:
    """Send with dicomwire and check that every file is there and whole."""
    # Every round creates its files anew: overwriting would be other work.
    _empty(folder)
    sample = send(OURS, job)
    # dcmrecv and storescp answer before the last file is closed.
    deadline = time.perf_counter() + _SETTLE_SECONDS
    while (written := _written(folder)) < job.count:
        if time.perf_counter() > deadline:
            raise BenchError(f"wrote {written} of {job.count} files")
        time.sleep(0.01)
    _empty(folder)
    return sample


def _written(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 0)


def _empty(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()


SCENARIOS = (
    Scenario(
        "receive-ct",
        "receivers writing CT to tmpfs, sent by dicomwire, Nagle off, 128 KiB PDUs",
        "rate",
        partial(_open, "ct", _CT),
        ("mb_per_s",),
    ),
    Scenario(
        "receive-small",
        "receivers writing 4 kB instances to tmpfs, sent by dicomwire, Nagle off, 128 KiB PDUs",
        "rate",
        partial(_open, "small", _SMALL),
        ("mb_per_s",),
    ),
)
