"""Reading files: nothing looked at, one value, or every value."""

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
    yield [
        Contestant(reader, partial(_read, reader, state, files, bench.scaled(_FILES[reader])))
        for reader in (OURS, "pydicom", "gdcm")
    ]


def _read(reader: str, state: str, files: Path, count: int) -> Sample:
    return python_sample(run(child("read_files", reader, state, files, count)), count)


_STATES = {
    "unseen": "nothing looked at",
    "one": "the patient's ID looked at",
    "all": "every value looked at, sequences too (gdcm: none)",
}

SCENARIOS = tuple(
    Scenario(
        f"read-{corpus}-{state}",
        f"reading {files}, {said}",
        "rate",
        partial(_open, corpus, state),
        columns=("cpu_us",),
        most_rounds=3,
    )
    for corpus, files in CORPORA.items()
    for state, said in _STATES.items()
)
