"""Writing files from data sets in memory, as they were read and after every value was looked at."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benches.contestants import python_sample
from benches.processes import child, run
from benches.scenario import OURS, BenchError, Contestant, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.scenario import Bench, Sample

__all__ = ["SCENARIOS"]

_INSTANCES = 50
_FILES = {OURS: 10_000, "pydicom": 1_000, "gdcm": 5_000}
# Files of pydicom that everyone can write: images, a plan, a dose, sequences, private blocks,
# compressed. (Deflated ones would show how fast deflate is.)
_REAL = (
    "CT_small.dcm",
    "ExplVR_BigEnd.dcm",
    "JPEG2000.dcm",
    "MR_small.dcm",
    "SC_rgb_dcmtk_+eb+cr.dcm",
    "examples_overlay.dcm",
    "rtdose.dcm",
    "rtplan.dcm",
    "test-SR.dcm",
)


@contextmanager
def _open(corpus: str, state: str, bench: Bench) -> Iterator[Sequence[Contestant]]:
    directory = _directory(corpus, bench)
    target = bench.scratch / f"written-{corpus}-{state}"
    target.mkdir(exist_ok=True)
    yield [
        Contestant(
            writer, partial(_write, writer, state, directory, target, bench.scaled(_FILES[writer]))
        )
        for writer in (OURS, "pydicom", "gdcm")
    ]


def _write(writer: str, state: str, directory: Path, target: Path, count: int) -> Sample:
    command = child("write_files", writer, state, directory, target, count)
    return python_sample(run(command), count)


def _directory(corpus: str, bench: Bench) -> Path:
    if corpus != "real":
        return bench.corpora.directory(corpus, bench.scaled(_INSTANCES))
    view = bench.scratch / "real"
    view.mkdir(exist_ok=True)
    for name in _REAL:
        link = view / name
        if not link.exists():
            link.symlink_to(_pydicom_files() / name)
    return view


def _pydicom_files() -> Path:
    spec = find_spec("pydicom")
    if spec is None or spec.origin is None:
        raise BenchError("pydicom is not installed")
    return Path(spec.origin).parent / "data" / "test_files"


_STATES = {"read": "as they were read", "touched": "every value looked at"}
_CORPORA = {"small": "3 KiB images", "ct": "CT images", "real": "pydicom's files"}

SCENARIOS = tuple(
    Scenario(
        f"write-{corpus}-{state}",
        f"write_file of {files}, {said}",
        "rate",
        partial(_open, corpus, state),
        columns=("cpu_us", "above_idle_mb"),
    )
    for corpus, files in _CORPORA.items()
    for state, said in _STATES.items()
)
