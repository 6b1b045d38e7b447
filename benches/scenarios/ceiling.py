"""What this machine's loopback gives to two processes without DICOM: the practical limit."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from benches.contestants import python_sample
from benches.processes import child, run
from benches.scenario import Contestant, Sample, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.scenario import Bench

__all__ = ["SCENARIOS"]

_MEGABYTES = 1500
_TURNS = 20_000
_BLOCK = 256 * 1024


@contextmanager
def _open(work: str, bench: Bench) -> Iterator[Sequence[Contestant]]:
    if work == "bulk":
        yield [Contestant("plain sockets", partial(_bulk, bench.scaled(_MEGABYTES)))]
    else:
        yield [Contestant("plain sockets", partial(_turns, bench.scaled(_TURNS)))]


def _bulk(megabytes: int) -> Sample:
    size = megabytes * 1_000_000 // _BLOCK * _BLOCK
    sample = python_sample(run(child("ceiling", "bulk", megabytes)), size, size)
    return Sample({name: sample.values[name] for name in ("seconds", "mb_per_s")})


def _turns(count: int) -> Sample:
    sample = python_sample(run(child("ceiling", "turns", count)), count)
    return Sample({name: sample.values[name] for name in ("seconds", "rate")})


SCENARIOS = (
    Scenario(
        "ceiling-bulk",
        "ceiling: 256 KiB writes and reads over loopback",
        "mb_per_s",
        partial(_open, "bulk"),
    ),
    Scenario(
        "ceiling-turns",
        "ceiling: round trips of one byte over loopback",
        "rate",
        partial(_open, "turns"),
    ),
)
