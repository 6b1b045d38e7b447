"""What a run leaves behind can be read again, and only it is changed."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from benches.record import BEGIN, END, Run, refreshed, write
from benches.rounds import Measured
from benches.scenario import OURS, Sample, Scenario

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run() -> Run:
    scenario = Scenario("store-nagle-ct", "CT & more", "rate", lambda _bench: nullcontext([]))
    samples = {
        OURS: [Sample({"rate": 1200.0}), Sample({"rate": 1100.0})],
        "dcmsend no-delay": [Sample({"rate": 20.0}), Sample(error="exit status 1: <refused>")],
    }
    return Run(
        date="2026-01-31",
        command="python -m benches.run",
        rounds=2,
        machine={"cpu": "Z80", "cores": "1", "memory": "1 GB", "kernel": "Linux 6"},
        versions={"python": "3.11", "dcmtk": "3.6.7"},
        measured={scenario.name: Measured(scenario, samples)},
    )


def test_results_plots_and_readme_are_written(run: Run, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"# Benches\n{BEGIN}\nold\n{END}\nlast words\n")
    assert {path.name for path in write(run, tmp_path)} == {
        "2026-01-31.json",
        "store.svg",
        "README.md",
    }
    results = json.loads((tmp_path / "results" / "2026-01-31.json").read_text())
    rounds = results["scenarios"][0]["contestants"][1]["rounds"]
    assert rounds[0]["values"] == {"rate": 20.0}
    assert rounds[1]["error"] == "exit status 1: <refused>"
    figures = [each for each in results["figures"] if each["against"] == "dcmsend no-delay"]
    assert [(each["value"], each["reached"]) for each in figures] == [(60.0, True)]
    text = readme.read_text()
    assert text.startswith("# Benches\n")
    assert text.endswith(f"{END}\nlast words\n")
    assert "old" not in text
    assert "Z80, 1 cores, 1 GB, Linux 6" in text
    assert "**60** (60 to 60)" in text
    assert "![store](store.svg)" in text


def test_the_plot_is_well_formed_and_to_scale(run: Run, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(f"{BEGIN}{END}")
    write(run, tmp_path)
    root = ET.fromstring((tmp_path / "store.svg").read_text())
    space = "{http://www.w3.org/2000/svg}"
    _background, ours, peers = root.iter(f"{space}rect")
    ratio = float(ours.attrib["width"]) / float(peers.attrib["width"])
    assert ratio == pytest.approx(1150 / 20, rel=0.1)
    assert any(text.text == "CT & more [n/s]" for text in root.iter(f"{space}text"))


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_readme_without_markers_is_not_touched(text: str) -> None:
    with pytest.raises(ValueError, match=r"README\.md needs one"):
        refreshed(text, "figures")


def test_refreshing_twice_is_refreshing_once() -> None:
    once = refreshed(f"a\n{BEGIN}\n{END}\nb", "figures")
    assert refreshed(once, "figures") == once
