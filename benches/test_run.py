"""The command, in its smallest form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benches.run import main

_SCRATCH = Path("/dev/shm")


def test_a_quick_run_measures_everyone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "results.json"
    before = set(_SCRATCH.glob("dicomwire-bench-*"))
    chosen = ("--only", "ceiling", "--only", "store-discard-128k-ct", "--only", "interrupt")
    assert main(["--quick", "--no-write", "--json", str(results), *chosen]) == 0
    assert set(_SCRATCH.glob("dicomwire-bench-*")) == before
    run = json.loads(results.read_text())
    assert run["rounds"] == 1
    names = {
        scenario["name"]: [contestant["name"] for contestant in scenario["contestants"]]
        for scenario in run["scenarios"]
    }
    assert list(names) == ["ceiling-bulk", "ceiling-turns", "store-discard-128k-ct", "interrupt"]
    assert {"dicomwire", "dcmsend", "storescu", "pynetdicom"} <= {*names["store-discard-128k-ct"]}
    assert "| dcmsend" in capsys.readouterr().out


def test_a_part_of_a_run_leaves_the_readme_alone() -> None:
    readme = Path(__file__).with_name("README.md")
    before = readme.read_bytes()
    assert main(["--quick", "--only", "ceiling-turns"]) == 0
    assert readme.read_bytes() == before


def test_the_list_of_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert "store-nagle-ct" in capsys.readouterr().out
    assert main(["--only", "no-such-scenario"]) == 2


@pytest.mark.parametrize("rounds", ["0", "-1", "many"])
def test_rounds_are_a_positive_number(rounds: str) -> None:
    with pytest.raises(SystemExit):
        main(["--rounds", rounds])
