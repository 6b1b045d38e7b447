"""Files of pydicom's that every contestant reads and writes."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benches.scenario import BenchError

if TYPE_CHECKING:
    from benches.scenario import Bench

__all__ = ["CORPORA", "directory"]

CORPORA = {"small": "3 KiB images", "ct": "CT images", "real": "pydicom's files"}

_INSTANCES = 50
# Images, a plan, a dose, sequences, private blocks, compressed. (Deflated ones would show how fast
# deflate is.)
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


def directory(corpus: str, bench: Bench) -> Path:
    """Return a directory with the files of one of `CORPORA`."""
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
