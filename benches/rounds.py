"""Interleaved rounds: every contestant once per round, so drift of the machine meets all alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benches.scenario import BenchError, Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from benches.scenario import Bench, Scenario

__all__ = ["SET_UP", "Measured", "Ratio", "measure"]

SET_UP = "the set-up"
"""The name under which it is recorded that a scenario could not even start."""

# A contestant that fails usually does so by running into a timeout; a few of those are enough.
_MOST_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Ratio:
    """Per-round ratios of two contestants: their median and their spread."""

    median: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A scenario with its samples: per contestant one sample for each round."""

    scenario: Scenario
    samples: dict[str, list[Sample]]

    def median(self, contestant: str, metric: str) -> float | None:
        """Return the median of a metric over the rounds that worked, None if there are none."""
        values = [
            sample.values[metric]
            for sample in self.samples.get(contestant, ())
            if metric in sample.values
        ]
        return median(values) if values else None

    def ratio(self, subject: str, against: str, metric: str) -> Ratio | None:
        """Compare two contestants round by round; rounds in which either failed do not count."""
        pairs = zip(self.samples.get(subject, ()), self.samples.get(against, ()), strict=False)
        ratios = [
            one.values[metric] / other.values[metric]
            for one, other in pairs
            if metric in one.values and other.values.get(metric, 0) > 0
        ]
        return Ratio(median(ratios), min(ratios), max(ratios)) if ratios else None

    def failures(self, contestant: str) -> list[str]:
        """Return why rounds of a contestant failed."""
        return [sample.error for sample in self.samples.get(contestant, ()) if sample.error]


def measure(
    scenario: Scenario, bench: Bench, rounds: int, progress: Callable[[str], None]
) -> Measured:
    """Run a scenario's contestants in turns.

    The order turns with the round, so nobody always follows the same neighbour. A scenario that
    cannot be set up is a failure to be reported, and not the end of the run.
    """
    if scenario.most_rounds is not None:
        rounds = min(rounds, scenario.most_rounds)
    try:
        return _measure(scenario, bench, rounds, progress)
    except BenchError as error:
        return Measured(scenario, {SET_UP: [Sample(error=str(error))]})


def _measure(
    scenario: Scenario, bench: Bench, rounds: int, progress: Callable[[str], None]
) -> Measured:
    with scenario.open(bench) as contestants:
        samples: dict[str, list[Sample]] = {contestant.name: [] for contestant in contestants}
        failures: Counter[str] = Counter()
        for number in range(rounds):
            shift = number % len(contestants)
            for contestant in (*contestants[shift:], *contestants[:shift]):
                name = contestant.name
                if failures[name] >= _MOST_FAILURES:
                    samples[name].append(Sample(error=f"given up after {_MOST_FAILURES} failures"))
                    continue
                progress(f"{scenario.name} {number + 1}/{rounds} {name}")
                try:
                    samples[name].append(contestant.run())
                except BenchError as error:
                    failures[name] += 1
                    samples[name].append(Sample(error=str(error)))
    return Measured(scenario, samples)
