"""C-ECHO through the Python API, sender and receiver in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture


def test_echo_on_an_open_association(benchmark: BenchmarkFixture, peer: str) -> None:
    from dicomwire import VerificationScu

    with VerificationScu(peer) as scu:
        status: Any = benchmark(scu.echo)
    assert status == 0x0000


def test_associate_echo_release(benchmark: BenchmarkFixture, peer: str) -> None:
    from dicomwire import VerificationScu

    status: Any = benchmark(VerificationScu(peer).echo)
    assert status == 0x0000
