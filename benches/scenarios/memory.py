"""Peak memory while one instance of 500 MB is sent."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from benches.contestants import Job, send
from benches.receivers import receiving
from benches.scenario import OURS, Contestant, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.scenario import Bench

__all__ = ["SCENARIOS"]

_SENDERS = (OURS, "dcmsend", "storescu", "pynetdicom no-delay", "pynetdicom no-delay chunked")


@contextmanager
def _open(bench: Bench) -> Iterator[Sequence[Contestant]]:
    directory = bench.corpora.directory("huge", 1)
    size = bench.corpora.size("huge", 1)
    with receiving() as port:
        job = Job(port=port, directory=directory, count=1, size=size, no_delay=True)
        yield [Contestant(sender, partial(send, sender, job)) for sender in _SENDERS]


SCENARIOS = (
    Scenario(
        "memory",
        "peak memory sending one instance of 500 MB to our receiver, 128 KiB PDUs",
        "peak_rss_mb",
        _open,
        ("above_idle_mb", "mb_per_s", "cpu_seconds"),
        most_rounds=3,
    ),
)
