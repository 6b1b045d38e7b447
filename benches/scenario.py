"""What a scenario is: contestants doing the same work, measured in turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from benches.corpora import Corpora

__all__ = ["AE_TITLE", "OURS", "Bench", "BenchError", "Contestant", "Sample", "Scenario"]

OURS = "dicomwire"
"""The contestant every ratio refers to: a ratio is dicomwire's value over the other's."""

AE_TITLE = "BENCH"
"""The called AE title in every scenario."""

# A smoke run is there to show that every part works; its numbers mean nothing.
_QUICK_DIVISOR = 25


class BenchError(RuntimeError):
    """A contestant did not do the whole work, so its time says nothing."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One contestant's values in one round, by metric name; without values it failed."""

    values: dict[str, float] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Contestant:
    """One participant of a scenario: a name and the work, ready to be run any number of times."""

    name: str
    run: Callable[[], Sample]


@dataclass(frozen=True, slots=True)
class Bench:
    """What every scenario needs: scratch space on tmpfs, the files to send, and the scale."""

    scratch: Path
    corpora: Corpora
    quick: bool = False

    def scaled(self, count: int) -> int:
        """Return how often to do something that a full run does `count` times."""
        return max(2, count // _QUICK_DIVISOR) if self.quick else count


@dataclass(frozen=True, slots=True)
class Scenario:
    """A piece of work and how to set it up.

    Parameters
    ----------
    name : str
        For ``--only`` and the results file.
    title : str
        For people.
    metric : str
        The value that is compared; one of `benches.tables.METRICS`.
    open : callable
        Start what the contestants share (receivers) and yield the contestants.
    columns : sequence of str, optional
        Further metrics to show.
    most_rounds : int, optional
        Some work needs fewer repetitions than the run's number of rounds.
    """

    name: str
    title: str
    metric: str
    open: Callable[[Bench], AbstractContextManager[Sequence[Contestant]]]
    columns: tuple[str, ...] = ()
    most_rounds: int | None = None
