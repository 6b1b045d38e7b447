"""Contestants take turns, and ratios are made within a round."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import pytest

from benches.corpora import Corpora
from benches.figures import FIGURES, Figure, Outcome, judge
from benches.rounds import Measured, measure
from benches.scenario import OURS, Bench, BenchError, Contestant, Sample, Scenario
from benches.scenarios import ALL_SCENARIOS
from benches.tables import METRICS, scenario_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


def scenario(*runs: tuple[str, Callable[[], Sample]], most_rounds: int | None = None) -> Scenario:
    @contextmanager
    def opened(_bench: Bench) -> Iterator[Sequence[Contestant]]:
        yield [Contestant(name, run) for name, run in runs]

    return Scenario("work", "some work", "rate", opened, most_rounds=most_rounds)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, Corpora(tmp_path))


def ignore(_text: str) -> None:
    pass


def test_the_order_turns_with_the_round(bench: Bench) -> None:
    order: list[str] = []

    def run(name: str) -> Callable[[], Sample]:
        def work() -> Sample:
            order.append(name)
            return Sample({"rate": 1})

        return work

    measure(scenario(*((name, run(name)) for name in "abc")), bench, 3, ignore)
    assert "".join(order) == "abcbcacab"


def test_no_more_rounds_than_the_scenario_wants(bench: Bench) -> None:
    once = scenario(("a", lambda: Sample({"rate": 1})), most_rounds=1)
    assert len(measure(once, bench, 5, ignore).samples["a"]) == 1


def test_a_contestant_that_keeps_failing_is_given_up(bench: Bench) -> None:
    calls = 0

    def fail() -> Sample:
        nonlocal calls
        calls += 1
        raise BenchError("did 3 of 4")

    measured = measure(
        scenario((OURS, lambda: Sample({"rate": 9})), ("it", fail)), bench, 5, ignore
    )
    assert calls == 3
    assert measured.median("it", "rate") is None
    assert measured.ratio(OURS, "it", "rate") is None
    assert len(measured.failures("it")) == 5
    assert "it failed in 5 of 5 rounds: did 3 of 4" in scenario_table(measured)


def test_a_scenario_that_cannot_be_set_up_does_not_end_the_run(bench: Bench) -> None:
    def opened(_bench: Bench) -> NoReturn:
        raise BenchError("no such receiver")

    broken = Scenario("work", "some work", "rate", opened)
    measured = measure(broken, bench, 5, ignore)
    assert measured.median(OURS, "rate") is None
    assert "the set-up failed in 1 of 1 rounds: no such receiver" in scenario_table(measured)


def test_the_ratio_is_the_median_of_the_rounds_ratios() -> None:
    samples = {
        # Medians of the rates would give 20 / 10; the second round of the other failed.
        OURS: [Sample({"rate": rate}) for rate in (10, 20, 90, 20)],
        "it": [Sample({"rate": 10}), Sample(error="no"), Sample({"rate": 30}), Sample({"rate": 5})],
    }
    ratio = Measured(scenario(), samples).ratio(OURS, "it", "rate")
    assert ratio is not None
    assert (ratio.lowest, ratio.median, ratio.highest) == (1, 3, 4)


@pytest.mark.parametrize(
    ("at_most", "value", "reached"),
    [(False, 2.0, True), (False, 1.9, False), (True, 2.0, True), (True, 2.1, False)],
)
def test_a_figure_is_a_bound(*, at_most: bool, value: float, reached: bool) -> None:
    figure = Figure("work", "rate", 2.0, at_most=at_most)
    assert Outcome(figure, value).reached is reached
    assert not Outcome(figure, None).reached


def test_only_scenarios_that_ran_are_judged() -> None:
    measured = {"echo-ours": Measured(scenario(), {OURS: [Sample({"rate": 7000})]})}
    assert [outcome.value for outcome in judge(measured)] == [7000]


def test_figures_and_columns_name_what_exists() -> None:
    by_name = {each.name: each for each in ALL_SCENARIOS}
    assert len(by_name) == len(ALL_SCENARIOS)
    for figure in FIGURES:
        each = by_name[figure.scenario]
        assert figure.metric in (each.metric, *each.columns)
    for each in ALL_SCENARIOS:
        assert {each.metric, *each.columns} <= METRICS.keys()
