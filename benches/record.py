"""What stays of a run: the results file, the plots, and the figures in README.md."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from benches.figures import judge
from benches.plots import write_plots
from benches.tables import figures_table, scenario_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benches.figures import Outcome
    from benches.rounds import Measured

__all__ = ["BEGIN", "END", "Run", "refreshed", "write", "write_results"]

BEGIN = "<!-- bench:begin -->"
END = "<!-- bench:end -->"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the benches with everything that was measured."""

    date: str
    command: str
    rounds: int
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    measured: Mapping[str, Measured]

    @property
    def outcomes(self) -> list[Outcome]:
        """The figures to reach, judged."""
        return judge(self.measured)

    def as_json(self) -> dict[str, Any]:
        """Return all samples, not only medians, so that a reader can do other sums."""
        return {
            "date": self.date,
            "command": self.command,
            "rounds": self.rounds,
            "machine": dict(self.machine),
            "versions": dict(self.versions),
            "scenarios": [_scenario_json(each) for each in self.measured.values()],
            "figures": [
                {**asdict(outcome.figure), "value": outcome.value, "reached": outcome.reached}
                for outcome in self.outcomes
            ],
        }

    def as_markdown(self) -> str:
        """Return the run as text: where, the figures, and each scenario's table."""
        machine, versions = self.machine, self.versions
        place = "{cpu}, {cores} cores, {memory}, {kernel}".format_map(machine)
        parts = [
            f"Run of {self.date} with `{self.command}`, {self.rounds} rounds.\n",
            f"Machine: {place}.\n",
            "Versions: " + ", ".join(f"{name} {text}" for name, text in versions.items()) + ".\n",
        ]
        outcomes = self.outcomes
        if outcomes:
            reached = sum(outcome.reached for outcome in outcomes)
            parts.append(f"### Figures: {reached} of {len(outcomes)} reached\n")
            parts.append(figures_table(outcomes))
        for each in self.measured.values():
            parts.append(f"### {each.scenario.name}\n")
            parts.append(f"{_capitalised(each.scenario.title)}.\n")
            parts.append(scenario_table(each))
        return "\n".join(parts)


def _capitalised(title: str) -> str:
    return title[:1].upper() + title[1:]


def _scenario_json(measured: Measured) -> dict[str, Any]:
    return {
        "name": measured.scenario.name,
        "title": measured.scenario.title,
        "metric": measured.scenario.metric,
        "contestants": [
            {"name": name, "rounds": [asdict(sample) for sample in samples]}
            for name, samples in measured.samples.items()
        ],
    }


def write(run: Run, folder: Path) -> list[Path]:
    """Write results, plots and README figures into the benches' folder; return the paths."""
    results = folder / "results" / f"{run.date}.json"
    results.parent.mkdir(exist_ok=True)
    write_results(run, results)
    plots = write_plots(folder, run.measured)
    pictures = "\n".join(f"![{path.stem}]({path.name})" for path in plots)
    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(refreshed(text, f"{run.as_markdown()}\n{pictures}\n"), encoding="utf-8")
    return [results, *plots, readme]


def write_results(run: Run, path: Path) -> None:
    """Write the results file."""
    text = json.dumps(run.as_json(), indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def refreshed(text: str, figures: str) -> str:
    """Return a text with what stands between the two markers replaced.

    Raises
    ------
    ValueError
        If the markers are not there, once each and in order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f"README.md needs one {BEGIN} and after it one {END}")
    return f"{before}{BEGIN}\n\n{figures.strip()}\n\n{END}{after}"
