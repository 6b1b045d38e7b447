"""One retrieval under way: its responses, progress, and how other threads end it."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dicomwire.dataset import decode
from dicomwire.errors import AssociationAborted, DicomWireError
from dicomwire.logs import LOGGER_NAME
from dicomwire.status import Status

from .instance_list import values_of
from .retrieve_report import RetrieveProgress, RetrieveReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomwire._core import Retrieve
    from dicomwire.status import Service

    from .arrivals import Arrivals

__all__ = ["Response", "RetrieveRun"]

_logger = logging.getLogger(LOGGER_NAME)

# Seconds between looks at signals and progress while there is no response.
_PATIENCE = 0.1
# Shortest time between two progress calls, in seconds.
_PROGRESS_EVERY = 0.05


@dataclass(slots=True)
class Response:
    """A response to a C-MOVE or C-GET request; the counters as far as it has them."""

    status: Status
    remaining: int | None = None
    completed: int | None = None
    failed: int | None = None
    warning: int | None = None
    failed_sop_instance_uids: list[str] = field(default_factory=list)
    announced_before: int | None = None
    """How many instances the pending responses promised, if they told."""

    @property
    def announced(self) -> int | None:
        """How many instances were sent, if the responses tell."""
        if self.completed is None and self.warning is None:
            # A success that counts nothing confirms what was counted before it.
            return self.announced_before if self.status.is_success else None
        return (self.completed or 0) + (self.warning or 0)


class RetrieveRun:
    """A retrieval from the call to its report; one request, or one after the other.

    Parameters
    ----------
    service : {"move", "get"}
        The operation.
    report : RetrieveReport
        The account to keep.
    arrivals : Arrivals
        What is seen of the instances.
    progress : callable or None
        Called with a `RetrieveProgress`, at most every 50 ms and at the end.
    responded : callable
        Called with each response.
    is_heard : callable
        Whether anybody wants to be told of each: pending ones count all that came before, so it is
        enough to look at the last of many.
    """

    def __init__(
        self,
        service: Service,
        report: RetrieveReport,
        arrivals: Arrivals,
        progress: Callable[[RetrieveProgress], object] | None,
        responded: Callable[[Response], object],
        is_heard: Callable[[], bool],
    ) -> None:
        self.is_cancelled = False
        self._service: Service = service
        self._report = report
        self._arrivals = arrivals
        self._progress = progress
        self._responded = responded
        self._is_heard = is_heard
        self._latest: Response | None = None
        self._core: Retrieve | None = None
        self._is_aborted = False
        self._began = time.perf_counter()
        self._told = 0.0
        self._completed = 0
        self._ended = threading.Event()

    def follow(self, core: Retrieve, transfer_syntax: str) -> Response:
        """Read responses until the final one.

        Raises
        ------
        DicomWireError
            If the association ends before.
        BaseException
            Whatever a handler raises.
        """
        self._core = core
        before: int | None = None
        try:
            if self.is_cancelled:
                core.cancel()
            if self._is_aborted:
                core.abort()
            while True:
                self.check()
                # Until one has counted, none is passed over: the final one may not count.
                gap = 0.0 if before is None or self._is_heard() else _PROGRESS_EVERY
                response = core.next_response(_PATIENCE, gap)
                self._arrivals.look(core)
                if response is not None:
                    latest = self._read(response, transfer_syntax)
                    promised = _promised(latest) if latest.status.is_pending else None
                    before = promised if promised is not None else before
                    latest.announced_before = before
                    self._latest = latest
                    self._responded(latest)
                    if not latest.status.is_pending:
                        return latest
                self.tell()
        except BaseException:
            # What came before is to be in the account.
            with contextlib.suppress(Exception):
                self._arrivals.look(core)
            raise
        finally:
            self._core = None

    def check(self) -> None:
        """Raise if another thread has aborted this.

        Raises
        ------
        AssociationAborted
            If it has.
        """
        if self._is_aborted:
            raise AssociationAborted("the retrieval was aborted by this program", by="local")

    def tell(self, *, is_final: bool = False) -> None:
        """Call the progress function, but not too often."""
        now = time.perf_counter()
        if self._progress is None or (not is_final and now - self._told < _PROGRESS_EVERY):
            return
        self._told = now
        report = self._report
        latest = self._latest
        if is_final:
            remaining: int | None = report.remaining
            completed, failed, warning = report.completed, report.failed, report.warning
        else:
            remaining = None if latest is None else latest.remaining
            failed = (latest and latest.failed) or 0
            warning = (latest and latest.warning) or 0
            counted = None if latest is None else latest.completed
            # Some peers do not count, but what came here was seen.
            done = len(self._arrivals.instances) if counted is None else counted
            completed = self._completed = max(self._completed, done)
        self._progress(
            RetrieveProgress(
                remaining, completed, failed, warning, self._arrivals.bytes, self.seconds()
            )
        )

    def seconds(self) -> float:
        """Return how long it has been going on."""
        return time.perf_counter() - self._began

    def end(self) -> None:
        """Tell whoever waits for the end."""
        self._ended.set()

    def cancel(self) -> None:
        """Ask the peer to end it; from any thread."""
        self.is_cancelled = True
        if (core := self._core) is not None:
            core.cancel()

    def abort(self) -> None:
        """Abort the association; from any thread."""
        self.is_cancelled = True
        self._is_aborted = True
        if (core := self._core) is not None:
            core.abort()

    def release(self, timeout: float) -> None:
        """Cancel it and wait for its end; the engine calls it at the end."""
        self.cancel()
        if not self._ended.wait(timeout):
            self.abort()

    def close(self, timeout: float) -> None:
        """Abort it if it still runs; the engine calls it at the end."""
        if not self._ended.is_set():
            self.abort()
            self._ended.wait(timeout)

    def _read(self, response: tuple[Any, ...], transfer_syntax: str) -> Response:
        code, remaining, completed, failed, warning, comment, elements, identifier = response
        status = Status(code, service=self._service, comment=comment, offending_elements=elements)
        latest = Response(status, remaining, completed, failed, warning)
        if identifier:
            try:
                dataset = decode(identifier, transfer_syntax)
                latest.failed_sop_instance_uids = values_of(dataset, "FailedSOPInstanceUIDList")
            except (DicomWireError, ValueError) as error:
                _logger.warning("the list of failed instances cannot be read: %s", error)
        return latest


def _promised(response: Response) -> int | None:
    """Return how many instances a pending response says will have come in the end."""
    if response.remaining is None:
        return None
    return response.remaining + (response.completed or 0) + (response.warning or 0)
