"""Reading, writing and transcoding in this process, and a smoke run of the scenarios."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from benches.run import main

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.corpora import Corpora


@pytest.fixture
def image(corpora: Corpora) -> Path:
    return next(corpora.directory("ct", 1).iterdir())


def test_read_file(benchmark: BenchmarkFixture, image: Path) -> None:
    from dicomwire import read_file

    data_set: Any = benchmark(read_file, image)
    assert data_set.Rows == 512


def test_read_every_value(benchmark: BenchmarkFixture, image: Path) -> None:
    from dicomwire import read_file

    values: Any = benchmark(lambda: [element.value for element in read_file(image)])
    assert len(values) > 50


def test_encode(benchmark: BenchmarkFixture, image: Path) -> None:
    from dicomwire import encode, read_file

    data_set = read_file(image)
    encoded: Any = benchmark(encode, data_set, "1.2.840.10008.1.2.1")
    assert len(encoded) > 512 * 512 * 2


@pytest.mark.parametrize("scenario", ["read", "write", "transcode"])
def test_everybody_does_the_work(tmp_path: Path, scenario: str) -> None:
    results = tmp_path / "results.json"
    assert main(["--quick", "--no-write", "--json", str(results), "--only", scenario]) == 0
    scenarios = json.loads(results.read_text())["scenarios"]
    assert {"read": 9, "write": 6, "transcode": 2}[scenario] == len(scenarios)
    for each in scenarios:
        names = [contestant["name"] for contestant in each["contestants"]]
        assert names[0] == "dicomwire"
        assert "pydicom" in names
