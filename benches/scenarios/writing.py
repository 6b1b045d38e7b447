"""Writing files from data sets in memory, as they were read and after every value was looked at."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from benches.contestants import python_sample
from benches.processes import child, run
from benches.real_files import CORPORA, directory
from benches.scenario import OURS, Contestant, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benches.scenario import Bench, Sample

__all__ = ["SCENARIOS"]

_FILES = {OURS: 10_000, "pydicom": 1_000, "gdcm": 5_000}


@contextmanager
def _open(corpus: str, state: str, bench: Bench) -> Iterator[Sequence[Contestant]]:
    files = directory(corpus, bench)
    target = bench.scratch / f"written-{corpus}-{state}"
    target.mkdir(exist_ok=True)
    yield [
        Contestant(
            writer, partial(_write, writer, state, files, target, bench.scaled(_FILES[writer]))
        )
        for writer in (OURS, "pydicom", "gdcm")
    ]


def _write(writer: str, state: str, files: Path, target: Path, count: int) -> Sample:
    command = child("write_files", writer, state, files, target, count)
    return python_sample(run(command), count)


_STATES = {"read": "as they were read", "touched": "every value looked at"}

SCENARIOS = tuple(
    Scenario(
        f"write-{corpus}-{state}",
        f"write_file of {files}, {said}",
        "rate",
        partial(_open, corpus, state),
        columns=("cpu_us", "above_idle_mb"),
        most_rounds=3,
    )
    for corpus, files in CORPORA.items()
    for state, said in _STATES.items()
)
