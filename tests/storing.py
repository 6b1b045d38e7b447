"""Sending in tests: every send is checked for its account, whatever the test is about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dicomwire import AssociationOptions, StoreReport, StoreResult, StoreScu, Timeouts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SHORT = AssociationOptions(timeouts=Timeouts(connect=2, acse=1, dimse=1, release=1))
"""For peers that do not answer: a test need not wait long to be sure."""


@dataclass(frozen=True)
class Sent:
    """The results of a send, by path, and its report."""

    results: list[StoreResult]
    report: StoreReport

    @property
    def outcomes(self) -> list[str]:
        """The outcomes in order of completion."""
        return [result.outcome for result in self.results]

    def by_path(self) -> dict[Path | None, StoreResult]:
        """Return the results by path, which must be distinct."""
        found = {result.path: result for result in self.results}
        assert len(found) == len(self.results), "an input has two results"
        return found

    @property
    def only(self) -> StoreResult:
        """The only result."""
        (result,) = self.results
        return result


def send(
    peer: str | StoreScu, source: object, *, options: AssociationOptions | None = None, **how: Any
) -> Sent:
    """Send, and check that report and results tell the same story."""
    scu = peer if isinstance(peer, StoreScu) else StoreScu(peer, options=options)
    results = list(scu.store_iter(source, **how))
    report = scu.last_report
    assert report is not None
    check_account(results, report)
    return Sent(results, report)


def check_account(results: list[StoreResult], report: StoreReport) -> None:
    """Check that a report counts what the results say, and that each failure has its reason."""
    outcomes = Counter(result.outcome for result in results)
    assert report.sent == outcomes["sent"]
    assert report.warnings == outcomes["warning"]
    assert report.failed == outcomes["failed"] + outcomes["unconfirmed"]
    assert report.skipped == outcomes["skipped"]
    failures = [result for result in results if result.outcome in ("failed", "unconfirmed")]
    assert sorted(map(repr, report.failures)) == sorted(map(repr, failures))
    for result in results:
        if result.outcome in ("failed", "unconfirmed"):
            assert result.error, f"a failure without a reason: {result}"
        if result.outcome in ("sent", "warning"):
            assert result.status is not None
            assert result.bytes > 0


def check_each_once(sent: Sent, paths: Iterable[Path]) -> None:
    """Check that every path has exactly one result and nothing else has one."""
    assert Counter(result.path for result in sent.results) == Counter(paths)
