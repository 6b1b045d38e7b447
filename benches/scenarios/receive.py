"""Receiving: our sender sends the same files to every receiver, which writes them to tmpfs."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from benches.contestants import OURS_CROWD, Job, send
from benches.folders import await_files, empty
from benches.receivers import writing
from benches.scenario import OURS, Contestant, Scenario

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
_CROWDED = 1200


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


def _receive(folder: Path, job: Job, sender: str = OURS) -> Sample:
    """Send with dicomwire and check that every file is there and whole."""
    empty(folder)
    sample = send(sender, job)
    await_files(folder, job.count)
    empty(folder)
    return sample


@contextmanager
def _open_crowded(bench: Bench) -> Iterator[Sequence[Contestant]]:
    """Let one association send to our receiver, and then eight at once."""
    count = bench.scaled(_CROWDED)
    folder = bench.scratch / "received-crowded"
    with writing(OURS, folder) as port:
        job = Job(
            port=port,
            directory=bench.corpora.directory("ct", count),
            count=count,
            size=bench.corpora.size("ct", count),
            no_delay=True,
        )
        yield [
            Contestant(OURS, partial(_receive, folder, job)),
            Contestant(OURS_CROWD, partial(_receive, folder, job, OURS_CROWD)),
        ]


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
    Scenario(
        "receive-crowded",
        "our receiver writing CT to tmpfs, sent by dicomwire over one association and over eight",
        "rate",
        _open_crowded,
        ("mb_per_s",),
    ),
)
