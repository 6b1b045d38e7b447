"""What receivers leave in a directory, counted and cleared away."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benches.scenario import BenchError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["await_files", "empty"]

_SETTLE_SECONDS = 5.0


def await_files(folder: Path, count: int) -> None:
    """Wait until so many files that are not empty are there: some receivers close the last late.

    Raises
    ------
    BenchError
        If they are not there within a few seconds.
    """
    deadline = time.perf_counter() + _SETTLE_SECONDS
    while (written := _written(folder)) < count:
        if time.perf_counter() > deadline:
            raise BenchError(f"wrote {written} of {count} files")
        time.sleep(0.01)


def _written(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 0)


def empty(folder: Path) -> None:
    """Remove the files, so that every round creates its own: overwriting would be other work."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
