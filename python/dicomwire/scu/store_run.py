"""One run of `StoreScu.store`: feeds the core on the calling thread and hands its results out."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dicomwire.errors import StoreInterrupted

from .store_result import StoreProgress, StoreReport, StoreResult
from .store_source import Feed, feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dicomwire._core import Association, Transfer
    from dicomwire.pixels import Pixels
    from dicomwire.rewriting.rewrite import Rewrite

    from .store_result import ResultTuple

__all__ = ["StoreRun", "StoreSpec"]

# Seconds between looks at signals and progress while there is nothing to feed.
_PATIENCE = 0.1
# The same while the queue has no room for the next input.
_FEEDING_PATIENCE = 0.01
# Shortest time between two progress calls, in seconds.
_PROGRESS_EVERY = 0.05
# Inputs of an iterator that may be on their way at once: it is not read far ahead of the wire.
_AHEAD = 256


@dataclass(slots=True, frozen=True, kw_only=True)
class StoreSpec:
    """How to send; read by the core (``rust/py/src/transfer.rs``)."""

    associations: int
    transcode: str
    decompress: Callable[[bytes, int], Pixels | None] | None
    rewrite: Rewrite | None
    verify: bool
    stop_on_failure: bool
    attempts: int
    keep_all: bool


class StoreRun:
    """One transfer: feeds the core on the calling thread and hands its results out."""

    def __init__(
        self,
        source: object,
        spec: StoreSpec,
        progress: Callable[[StoreProgress], object] | None,
        start: Callable[[StoreSpec], Transfer],
        end: Callable[[list[Association]], None],
    ) -> None:
        self.report = StoreReport()
        self._source = source
        self._spec = spec
        self._progress = progress
        self._start = start
        self._end = end
        self._began = 0.0
        self._told = 0.0
        self._waiting: Feed | None = None
        self._ready: deque[StoreResult] = deque()

    def results(self) -> Iterator[StoreResult]:
        """Run the transfer; yield results (only failures, unless all are kept)."""
        self._began = time.perf_counter()
        feeds = feed(self._source)
        # The first one now: a source that is no source is an error before any byte.
        self._waiting = next(feeds, None)
        transfer = self._start(self._spec)
        try:
            try:
                yield from self._drive(transfer, feeds)
            except BaseException as error:
                self._give_up(transfer, abort=not isinstance(error, GeneratorExit))
                if isinstance(error, KeyboardInterrupt):
                    confirmed = self.report.sent + self.report.warnings
                    raise StoreInterrupted(
                        f"interrupted: {confirmed} instances were confirmed", report=self.report
                    ) from error
                raise
            yield from self._finish(transfer)
        finally:
            self.report.unread.extend(self._ready)

    def _drive(self, transfer: Transfer, feeds: Iterator[Feed]) -> Iterator[StoreResult]:
        """Feed and collect until the workers are done."""
        # Whoever hands over an iterator may not want it read to its end before the first answer.
        bounded = not isinstance(self._source, (list, tuple, set, frozenset))
        ahead = _AHEAD * self._spec.associations
        if self._waiting is None:
            transfer.close()
        while True:
            while (feeding := self._waiting) is not None and not transfer.is_over():
                if (bounded and transfer.waiting() >= ahead) or not feeding.offer(transfer):
                    break
                self._waiting = None
                if bounded and self._spec.keep_all:
                    yield from self._take(transfer)
                self._tell(transfer)
                self._waiting = next(feeds, None)
                if self._waiting is None:
                    transfer.close()
            patience = _PATIENCE if self._waiting is None else _FEEDING_PATIENCE
            done = transfer.wait(patience, self._spec.keep_all)
            yield from self._take(transfer)
            self._tell(transfer)
            if done:
                break
        # It ended before all was fed: what was read of the source is accounted for all the same.
        self._book_late(transfer)
        if not bounded:
            for late in feeds:
                late.book(transfer)

    def _book_late(self, transfer: Transfer) -> None:
        if self._waiting is not None:
            self._waiting.book(transfer)
            self._waiting = None

    def _take(self, transfer: Transfer) -> Iterator[StoreResult]:
        """Hand out what is ready, one by one: a consumer may leave at any of them."""
        self._receive(transfer.take_results())
        while self._ready:
            yield self._ready.popleft()

    def _receive(self, results: list[ResultTuple]) -> None:
        taken = [StoreResult.from_core(values) for values in results]
        self._note(taken)
        self._ready.extend(taken)

    def _note(self, results: list[StoreResult]) -> None:
        self.report.failures.extend(r for r in results if r.outcome in {"failed", "unconfirmed"})

    def _tell(self, transfer: Transfer) -> None:
        """Call the progress function, but not too often."""
        now = time.perf_counter()
        if self._progress is None or now - self._told < _PROGRESS_EVERY:
            return
        self._told = now
        seen, complete = transfer.discovered()
        counters = transfer.counters()
        self._progress(StoreProgress(*counters, now - self._began, seen if complete else None))

    def _book(self, counters: tuple[int, int, int, int, int]) -> None:
        report = self.report
        report.sent, report.warnings, report.failed, report.skipped, report.bytes = counters
        report.seconds = time.perf_counter() - self._began

    def _give_up(self, transfer: Transfer, *, abort: bool) -> None:
        """End early: the source, the consumer or a signal wants no more."""
        transfer.interrupt(abort)
        self._book_late(transfer)
        _, counters, rest, associations = transfer.finish()
        self._book(counters)
        self._receive(rest)
        self._end(associations)

    def _finish(self, transfer: Transfer) -> Iterator[StoreResult]:
        """Take the last results, end or keep the associations, raise what ended the transfer."""
        error, counters, rest, associations = transfer.finish()
        self._book(counters)
        self._receive(rest)
        self._end(associations)
        if self._progress is not None and error is None:
            self._progress(StoreProgress(*counters, self.report.seconds, self.report.total))
        while self._ready:
            yield self._ready.popleft()
        if error is not None:
            raise error
