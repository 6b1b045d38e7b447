"""Measurements as tables, in Markdown for the README and the terminal alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benches.scenario import OURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benches.figures import Outcome
    from benches.rounds import Measured

__all__ = ["METRICS", "Metric", "figures_table", "scenario_table"]


@dataclass(frozen=True, slots=True)
class Metric:
    """How a value is called and how many decimals of it mean anything."""

    label: str
    decimals: int = 0

    def text(self, value: float) -> str:
        """Format a value of this metric."""
        # Slow contestants keep a second digit.
        decimals = max(self.decimals, 1) if 0 < value < 10 else self.decimals
        return f"{value:,.{decimals}f}"


METRICS = {
    "rate": Metric("n/s"),
    "mb_per_s": Metric("MB/s"),
    "cpu_us": Metric("CPU µs each"),
    "cpu_seconds": Metric("CPU s", 2),
    "peak_rss_mb": Metric("peak RSS, MB"),
    "above_idle_mb": Metric("above idle, MB", 1),
    "start_up_ms": Metric("start-up, ms"),
    "import_ms": Metric("import, ms", 1),
    "idle_cpu_percent": Metric("CPU %", 2),
    "interrupt_ms": Metric("ms to exit"),
    "first_ms": Metric("first, ms", 2),
    "age_ms": Metric("age, ms", 2),
    "age_99_ms": Metric("age of the oldest percent, ms", 2),
}


def scenario_table(measured: Measured) -> str:
    """Return a scenario's table; the last column is dicomwire's value over the contestant's."""
    scenario = measured.scenario
    metrics = (scenario.metric, *scenario.columns)
    compared = OURS in measured.samples and len(measured.samples) > 1
    header = ["", *(METRICS[metric].label for metric in metrics)]
    if compared:
        header.append(f"{OURS} ÷ it, {METRICS[scenario.metric].label}")
    rows = []
    for contestant in measured.samples:
        row = [contestant]
        for metric in metrics:
            value = measured.median(contestant, metric)
            row.append("-" if value is None else METRICS[metric].text(value))
        if compared:
            row.append(_ratio(measured, contestant))
        rows.append(row)
    return _markdown(header, rows) + "".join(_failure_notes(measured))


def _ratio(measured: Measured, contestant: str) -> str:
    if contestant == OURS:
        return "1"
    ratio = measured.ratio(OURS, contestant, measured.scenario.metric)
    if ratio is None:
        return "-"
    return f"**{_short(ratio.median)}** ({_short(ratio.lowest)} to {_short(ratio.highest)})"


def _failure_notes(measured: Measured) -> Iterable[str]:
    for contestant in measured.samples:
        failures = measured.failures(contestant)
        if failures:
            total = len(measured.samples[contestant])
            reason = failures[0].replace("\n", " ")
            yield f"\n{contestant} failed in {len(failures)} of {total} rounds: {reason}\n"


def figures_table(outcomes: Sequence[Outcome]) -> str:
    """Return the figures to reach, beside what was measured."""
    rows = []
    for outcome in outcomes:
        figure = outcome.figure
        what = f"{figure.scenario}: {figure.subject}, {METRICS[figure.metric].label}"
        unit = ""
        if figure.against is not None:
            what += f" ÷ {figure.against}"
            unit = " times"
        sign = "≤" if figure.at_most else "≥"
        measured = "-" if outcome.value is None else f"{_short(outcome.value)}{unit}"
        reached = "yes" if outcome.reached else "**no**"
        rows.append([what, f"{sign} {_short(figure.bound)}{unit}", measured, reached])
    return _markdown(["figure", "to reach", "measured", "reached"], rows)


def _short(value: float) -> str:
    """Format with about three significant digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay a table out so that it also reads well without being rendered."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]

    def laid_out(line: Sequence[str]) -> str:
        first, *rest = (cell.strip() for cell in line)
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        return f"| {' | '.join(cells)} |\n"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "".join([laid_out(lines[0]), laid_out(rule), *map(laid_out, lines[1:])])
