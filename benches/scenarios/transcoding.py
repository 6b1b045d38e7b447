"""A multi-frame image of 210 MB in another transfer syntax."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache, partial
from statistics import median
from typing import TYPE_CHECKING

from benches.contestants import StartUp, python_sample, tool_sample
from benches.dcmtk import dcmtk
from benches.processes import child, run
from benches.scenario import OURS, Contestant, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benches.scenario import Bench, Sample

__all__ = ["OURS_WITHOUT_DISK", "SCENARIOS"]

OURS_WITHOUT_DISK = f"{OURS}, to /dev/null"

_SYNTAXES = {"implicit": "1.2.840.10008.1.2", "explicit": "1.2.840.10008.1.2.1"}
_OPTIONS = {"implicit": "+ti", "explicit": "+te"}
_START_UP_RUNS = 5


@contextmanager
def _open(to: str, bench: Bench) -> Iterator[Sequence[Contestant]]:
    from dicomwire import transcode_file

    explicit = next(bench.corpora.directory("big", 1).iterdir())
    small = next(bench.corpora.directory("small", 1).iterdir())
    source = explicit
    if to == "explicit":
        source = bench.scratch / "implicit.dcm"
        transcode_file(explicit, source, _SYNTAXES["implicit"])
    target = bench.scratch / "transcoded.dcm"
    yield [
        Contestant(OURS, partial(_ours, source, target, to)),
        Contestant(OURS_WITHOUT_DISK, partial(_ours, source, "/dev/null", to)),
        Contestant("dcmconv", partial(_dcmconv, source, small, target, to)),
        Contestant("pydicom", partial(_pydicom, source, target, to)),
    ]
    target.unlink(missing_ok=True)


def _ours(source: Path, target: Path | str, to: str) -> Sample:
    size = source.stat().st_size
    command = child("transcode_file", "dicomwire", source, target, _SYNTAXES[to])
    return python_sample(run(command), 1, size)


def _pydicom(source: Path, target: Path, to: str) -> Sample:
    size = source.stat().st_size
    command = child("transcode_file", "pydicom", source, target, _SYNTAXES[to])
    return python_sample(run(command), 1, size)


def _dcmconv(source: Path, small: Path, target: Path, to: str) -> Sample:
    finished = run([dcmtk("dcmconv"), _OPTIONS[to], str(source), str(target)])
    return tool_sample(finished, _start_up(small, target), 1, source.stat().st_size)


@cache
def _start_up(small: Path, target: Path) -> StartUp:
    """Measure the tool on a small file: its start with everything it loads."""
    command = [dcmtk("dcmconv"), str(small), str(target)]
    runs = [run(command) for _ in range(_START_UP_RUNS)]
    return StartUp(
        median(each.wall_seconds for each in runs), median(each.cpu_seconds for each in runs)
    )


SCENARIOS = tuple(
    Scenario(
        f"transcode-{to}",
        f"a multi-frame image of 210 MB into {to} VR little endian, on tmpfs",
        "mb_per_s",
        partial(_open, to),
        columns=("cpu_seconds", "above_idle_mb"),
        most_rounds=3,
    )
    for to in _SYNTAXES
)
