"""C-STORE through the Python API, sender and receiver in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.corpora import Corpora


@pytest.mark.parametrize(("corpus", "count"), [("small", 50), ("ct", 10), ("big", 1)])
def test_store_a_directory(
    benchmark: BenchmarkFixture, peer: str, corpora: Corpora, corpus: str, count: int
) -> None:
    from dicomwire import StoreScu

    directory = corpora.directory(corpus, count)
    with StoreScu(peer) as scu:
        report: Any = benchmark(scu.store, directory)
    assert report.sent == count


def test_store_one_small_instance(benchmark: BenchmarkFixture, peer: str, corpora: Corpora) -> None:
    from dicomwire import StoreScu

    path = next(corpora.directory("small", 1).iterdir())
    with StoreScu(peer) as scu:
        report: Any = benchmark(scu.store, path)
    assert report.sent == 1
