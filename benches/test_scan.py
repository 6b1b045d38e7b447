"""Scanning heads in this process, by way of Arrow and by way of dictionaries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benches.run import main
from benches.scan_tags import SCAN_TAGS

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.corpora import Corpora


def test_scan_to_arrow(benchmark: BenchmarkFixture, corpora: Corpora) -> None:
    from dicomwire import scan

    directory = corpora.directory("heads", 200)
    table: Any = benchmark(lambda: scan(directory, SCAN_TAGS).to_arrow())
    assert table.num_rows == 200


def test_scan_to_rows(benchmark: BenchmarkFixture, corpora: Corpora) -> None:
    from dicomwire import scan

    directory = corpora.directory("heads", 200)
    rows: Any = benchmark(lambda: list(scan(directory, SCAN_TAGS)))
    assert all(row["error"] is None for row in rows)


def test_everybody_scans_all_files(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    assert main(["--quick", "--no-write", "--json", str(results), "--only", "scan"]) == 0
    (scenario,) = json.loads(results.read_text())["scenarios"]
    names = [contestant["name"] for contestant in scenario["contestants"]]
    assert names == ["dicomwire", "dicomwire, 1 worker", "pydicom", "dcmdump", "dcmdump -M +st"]
    for contestant in scenario["contestants"]:
        assert contestant["rounds"][0]["error"] is None, contestant
