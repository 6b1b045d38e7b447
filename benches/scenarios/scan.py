"""Twenty elements of thousands of heads: one table, a loop, or lines of text."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache, partial
from statistics import median
from typing import TYPE_CHECKING

from benches.contestants import StartUp, python_sample, tool_sample
from benches.dcmtk import dcmtk
from benches.processes import child, run
from benches.scan_tags import SCAN_TAGS
from benches.scenario import OURS, BenchError, Contestant, Sample, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benches.scenario import Bench

__all__ = ["SCENARIOS"]

_FILES = 10_000
# pydicom takes more than half a millisecond for each; the rate is compared.
_FILES_OF_PYDICOM = 1_000
_START_UP_RUNS = 5
# Quiet, because it warns of each file whose rest it skips as it was told to.
_HEAD_ONLY = ("-q", "-M", "+st", SCAN_TAGS[-1])


@contextmanager
def _open(bench: Bench) -> Iterator[Sequence[Contestant]]:
    count, fewer = bench.scaled(_FILES), bench.scaled(_FILES_OF_PYDICOM)
    heads = bench.corpora.directory("heads", count)
    some_heads = bench.corpora.directory("heads", fewer)
    one_head = bench.corpora.directory("heads", 1)
    yield [
        Contestant(OURS, partial(_ours, heads, count, 0)),
        Contestant(f"{OURS}, 1 worker", partial(_ours, heads, count, 1)),
        Contestant("pydicom", partial(_pydicom, some_heads, fewer)),
        Contestant("dcmdump", partial(_dcmdump, heads, one_head, count, ())),
        Contestant("dcmdump -M +st", partial(_dcmdump, heads, one_head, count, _HEAD_ONLY)),
    ]


def _ours(directory: Path, count: int, workers: int) -> Sample:
    return python_sample(run(child("scan_dicomwire", directory, workers)), count)


def _pydicom(directory: Path, count: int) -> Sample:
    return python_sample(run(child("scan_pydicom", directory)), count)


def _dcmdump(directory: Path, one: Path, count: int, options: tuple[str, ...]) -> Sample:
    finished = run(_command(directory, options))
    found = sum(line.startswith("(") for line in finished.stdout.splitlines())
    if found != count * len(SCAN_TAGS):
        raise BenchError(f"printed {found} elements of {count} files")
    return tool_sample(finished, _start_up(one, options), count)


def _command(directory: Path, options: tuple[str, ...]) -> list[str]:
    searched = [word for tag in SCAN_TAGS for word in ("+P", tag)]
    return [dcmtk("dcmdump"), *options, *searched, "+sd", str(directory)]


@cache
def _start_up(one: Path, options: tuple[str, ...]) -> StartUp:
    """Measure the tool on a single file: its start with everything it loads."""
    runs = [run(_command(one, options)) for _ in range(_START_UP_RUNS)]
    return StartUp(
        median(each.wall_seconds for each in runs), median(each.cpu_seconds for each in runs)
    )


SCENARIOS = (
    Scenario(
        "scan",
        "20 elements of each of 10,000 CT heads (pydicom: 1,000)",
        "rate",
        _open,
        ("cpu_us", "peak_rss_mb", "start_up_ms"),
    ),
)
