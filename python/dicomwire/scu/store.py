"""The storage service: send composite instances (PS3.4 annex B)."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from ..errors import ConfigError, StoreInterrupted
from ..events import AfterCStore, BeforeCStore
from ..hooks import HookAttribute
from ..logs import LOGGER_NAME
from ..status import Status
from .base import Scu
from .store_result import StoreProgress, StoreReport, StoreResult
from .store_source import Feed, feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .._core import Association, ResultTuple, Transfer

__all__ = ["StoreProgress", "StoreReport", "StoreResult", "StoreScu"]

Transcode = Literal["uncompressed", "never", "any"]
OnFailure = Literal["continue", "stop"]

_MAX_ASSOCIATIONS = 64
# Seconds between looks at signals and progress while there is nothing to feed.
_PATIENCE = 0.1
# Shortest time between two progress calls, in seconds.
_PROGRESS_EVERY = 0.05
# Inputs of an iterator that may be on their way at once: it is not read far ahead of the wire.
_AHEAD = 32


@dataclass(slots=True)
class _StoreSpec:
    """How to send; read by the core (``rust/py/src/transfer.rs``)."""

    associations: int
    transcode: bool
    verify: bool
    stop_on_failure: bool
    attempts: int
    keep_all: bool


class StoreScu(Scu):
    """Send instances to a storage service class provider.

    Files go from disk to the socket without being decoded when the peer accepts their
    transfer syntax; otherwise they are transcoded on their way among the uncompressed
    syntaxes. Presentation contexts are planned from the heads of the files.

    Parameters
    ----------
    peer : Peer or str
        The application entity to send to, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title.
    options : AssociationOptions, optional
        What to negotiate and how long to wait.

    Attributes
    ----------
    before_c_store : Hook of BeforeCStore
        An instance is about to be sent; it may be skipped and its priority set.
    after_c_store : Hook of AfterCStore
        The peer answered. With several associations, handlers are called from several threads.
    last_report : StoreReport or None
        The account of the latest transfer, also when it ended by an exception.

    Examples
    --------
    >>> import dicomwire as dw
    >>> from pydicom.data import get_testdata_file
    >>> with dw.DicomEngine(), dw.StorageReceiver("RX") as receiver:
    ...     scu = dw.StoreScu(f"RX@127.0.0.1:{receiver.port}")
    ...     report = scu.store(get_testdata_file("CT_small.dcm"))
    ...     print(report.sent, report.failed)
    1 0
    """

    before_c_store = HookAttribute[BeforeCStore]()
    after_c_store = HookAttribute[AfterCStore]()

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (as Scu)
        super().__init__(*args, **options)
        self.last_report: StoreReport | None = None
        self._running: Transfer | None = None

    def store(
        self,
        source: object,
        *,
        associations: int = 1,
        transcode: Transcode = "uncompressed",
        on_failure: OnFailure = "continue",
        progress: Callable[[StoreProgress], object] | None = None,
        check_structure: bool = True,
        attempts: int = 3,
    ) -> StoreReport:
        """Send everything and report every instance's fate.

        Parameters
        ----------
        source : path, bytes, Dataset, or an iterable of these
            A file, a directory (recursive), a DICOMDIR, a whole file in memory, a pydicom
            Dataset. An iterator is read on the calling thread, not far ahead of the wire.
        associations : int
            How many associations to use at once, 1 to 64.
        transcode : {"uncompressed", "never"}
            Whether instances in an uncompressed syntax that the peer does not accept are
            transcoded to one it does.
        on_failure : {"continue", "stop"}
            Whether the first failure ends the transfer; the rest is then skipped.
        progress : callable, optional
            Called with a `StoreProgress` on the calling thread, at most every 50 ms.
        check_structure : bool
            Whether the element structure of each file is checked before it is sent, so that
            a truncated file is a failure here and not damage over there.
        attempts : int
            How many associations in a row may end without a confirmed instance before the
            rest is given up.

        Returns
        -------
        StoreReport
            Failures are data here; see `StoreReport.raise_for_failures`.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        ConfigError
            If an argument cannot be.
        TransportError, DicomTimeout, AssociationRejected, AssociationAborted, ProtocolError
            If not even the first association came about. Later ones only fail instances.
        StoreInterrupted
            On Ctrl-C, with the report so far.
        BaseException
            Whatever an event handler or the source raises; `last_report` tells what was sent.
        """
        run = _Run(self, source, progress, keep_all=False)
        run.configure(
            associations, transcode, on_failure, attempts, check_structure=check_structure
        )
        with self._exclusively("store"):
            for _ in run.results():
                pass
        return run.report

    def store_iter(
        self,
        source: object,
        *,
        associations: int = 1,
        transcode: Transcode = "uncompressed",
        on_failure: OnFailure = "continue",
        check_structure: bool = True,
        attempts: int = 3,
    ) -> Iterator[StoreResult]:
        """Send everything and yield each instance's result as it completes.

        Leaving the loop early ends the transfer after the instances in hand; `last_report`
        then holds the account. Parameters and exceptions are those of `store`.

        Yields
        ------
        StoreResult
            In the order of completion.
        """
        run = _Run(self, source, None, keep_all=True)
        run.configure(
            associations, transcode, on_failure, attempts, check_structure=check_structure
        )
        return self._iterate(run)

    def _iterate(self, run: _Run) -> Iterator[StoreResult]:
        with self._exclusively("store_iter"):
            yield from run.results()

    def abort(self) -> None:
        """Abort the associations at once; may be called from another thread.

        The running `store` ends with a report in which what was confirmed is confirmed and
        the instances in hand are unconfirmed.
        """
        if (running := self._running) is not None:
            running.interrupt(True)
        super().abort()

    def cancel(self) -> None:
        """End the running transfer after the instances in hand; from any thread."""
        if (running := self._running) is not None:
            running.interrupt(False)

    def _on_before_c_store(
        self,
        path: Path | None,
        sop_class: str,
        instance: str,
        syntax: str,
        context: int,
        message: int,
    ) -> tuple[bool, int]:
        def load() -> Any:  # noqa: ANN401 (a Dataset)
            from pydicom import dcmread

            if path is None:
                raise ConfigError("the instance came from memory: its Dataset is with the caller")
            return dcmread(path, stop_before_pixels=True, force=True)

        event = BeforeCStore(path, sop_class, instance, syntax, context, message, loader=load)
        self.before_c_store.fire(event)
        return event.skip, event.priority

    def _on_after_c_store(self, values: ResultTuple) -> None:
        path, sop_class, instance, _, status, _, size, seconds, message, context = values
        assert sop_class is not None and instance is not None  # noqa: S101, PT018 (it was sent)
        assert status is not None and message is not None and context is not None  # noqa: S101, PT018
        code = Status(status, service="store")
        self.after_c_store.fire(
            AfterCStore(path, sop_class, instance, message, code, size, seconds, context)
        )


class _Run:
    """One transfer: feeds the core on the calling thread and hands its results out."""

    def __init__(
        self,
        scu: StoreScu,
        source: object,
        progress: Callable[[StoreProgress], object] | None,
        *,
        keep_all: bool,
    ) -> None:
        self.report = StoreReport()
        self._scu = scu
        self._source = source
        self._progress = progress
        self._keep_all = keep_all
        self._spec = _StoreSpec(1, True, True, False, 3, keep_all)
        self._began = 0.0
        self._told = 0.0
        self._fed = 0

    def configure(
        self,
        associations: int,
        transcode: str,
        on_failure: str,
        attempts: int,
        *,
        check_structure: bool,
    ) -> None:
        """Check the arguments of the call."""
        if (
            isinstance(associations, bool)
            or not isinstance(associations, int)
            or not 1 <= associations <= _MAX_ASSOCIATIONS
        ):
            raise ConfigError(
                f"associations={associations!r}: must be an integer from 1 to {_MAX_ASSOCIATIONS}"
            )
        if transcode == "any":
            raise ConfigError(
                'transcode="any": decompression on the way is not available yet; '
                'decompress before sending, or use transcode="uncompressed"'
            )
        if transcode not in {"uncompressed", "never"}:
            raise ConfigError(f'transcode={transcode!r}: must be "uncompressed" or "never"')
        if on_failure not in {"continue", "stop"}:
            raise ConfigError(f'on_failure={on_failure!r}: must be "continue" or "stop"')
        if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
            raise ConfigError(f"attempts={attempts!r}: must be an integer above 0")
        self._spec = _StoreSpec(
            associations,
            transcode == "uncompressed",
            check_structure,
            on_failure == "stop",
            attempts,
            self._keep_all,
        )

    def results(self) -> Iterator[StoreResult]:
        """Run the transfer; yield results (only failures, unless all are kept)."""
        from .._core import Transfer

        scu = self._scu
        scu.last_report = self.report
        self._began = time.perf_counter()
        feeds = feed(self._source)
        # The first one now: a source that is no source is an error before any byte.
        first = list(islice(feeds, 1))
        kept, scu._kept = scu._kept, []  # noqa: SLF001 (the same module's two halves)
        events = scu._subscribed()  # noqa: SLF001
        dispatch = scu._dispatch if events else None  # noqa: SLF001
        transfer = Transfer.start(scu._spec([]), self._spec, dispatch, events, scu._log(), kept)  # noqa: SLF001
        scu._running = transfer  # noqa: SLF001
        try:
            yield from self._drive(transfer, first, feeds)
        except BaseException as error:
            self._give_up(transfer, error)
            if isinstance(error, KeyboardInterrupt):
                raise StoreInterrupted(
                    f"interrupted: {self.report.sent + self.report.warnings} instances were confirmed",
                    report=self.report,
                ) from error
            raise
        finally:
            scu._running = None  # noqa: SLF001
        yield from self._finish(transfer)

    def _drive(
        self, transfer: Transfer, first: list[Feed], feeds: Iterator[Feed]
    ) -> Iterator[StoreResult]:
        """Feed and collect until the workers are done."""
        waiting: Feed | None = first[0] if first else None
        exhausted = waiting is None
        # Whoever hands over an iterator may not want it read to its end before the first answer.
        bounded = not isinstance(self._source, (list, tuple, set, frozenset))
        if exhausted:
            transfer.close()
        while True:
            while waiting is not None and not (
                bounded and self._in_flight(transfer) >= self._ahead
            ):
                if not waiting.offer(transfer):
                    break
                self._fed += 1
                if bounded and self._keep_all and (ready := self._take(transfer)):
                    yield from ready
                waiting = next(feeds, None)
                if waiting is None:
                    exhausted = True
                    transfer.close()
            done = transfer.wait(_PATIENCE if exhausted else 0.01, self._keep_all)
            yield from self._take(transfer)
            self._tell(transfer)
            if done:
                return

    @property
    def _ahead(self) -> int:
        return _AHEAD * self._spec.associations

    def _in_flight(self, transfer: Transfer) -> int:
        return self._fed - sum(transfer.counters()[:4])

    def _take(self, transfer: Transfer) -> list[StoreResult]:
        results = [StoreResult.from_core(values) for values in transfer.take_results()]
        self._note(results)
        return results

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

    def _finish(self, transfer: Transfer) -> Iterator[StoreResult]:
        """Take the last results, end or keep the associations, raise what ended the transfer."""
        error, counters, rest, associations = transfer.finish()
        self._book(counters)
        results = [StoreResult.from_core(values) for values in rest]
        self._note(results)
        self._end(associations)
        if self._progress is not None and error is None:
            self._progress(StoreProgress(*counters, self.report.seconds, self.report.total))
        if self._keep_all or error is None:
            yield from results
        if error is not None:
            raise error

    def _end(self, associations: list[Association]) -> None:
        scu = self._scu
        if scu._keeping:  # noqa: SLF001
            scu._kept.extend(associations)  # noqa: SLF001
            return
        for association in associations:
            try:
                association.release()
            except Exception:
                logging.getLogger(LOGGER_NAME).info("the release was not confirmed", exc_info=True)

    def _give_up(self, transfer: Transfer, error: BaseException) -> None:
        """End early: the source, the consumer or a signal wants no more."""
        abort = not isinstance(error, GeneratorExit)
        transfer.interrupt(abort)
        _, counters, rest, associations = transfer.finish()
        self._book(counters)
        self._note([StoreResult.from_core(values) for values in rest])
        self._end(associations)
