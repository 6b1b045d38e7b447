"""Many C-FINDs over a few associations, as one result in the order of the queries."""

from __future__ import annotations

import logging
import threading
import weakref
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from dicomwire.errors import AssociationAborted, AssociationError, StateError, StatusError
from dicomwire.logs import LOGGER_NAME
from dicomwire.query_events import MatchFound
from dicomwire.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydicom import Dataset

    from dicomwire._core import Association, FindMany
    from dicomwire.hooks import Hook

__all__ = ["FindManyRun", "QueryFailure"]

_logger = logging.getLogger(LOGGER_NAME)

# Seconds for the thread that asks to see that nobody wants answers any more.
_FEEDER_BUDGET = 2.0
# PS3.7 section C.5.9: processing failure, where there is no status of the peer.
_PROCESSING_FAILURE = 0x0110
_ABORTED = "the queries were aborted by this program"


@dataclass(slots=True, frozen=True)
class QueryFailure:
    """A query that failed.

    Attributes
    ----------
    number : int
        Its number among the queries of the call, from 0.
    status : Status or None
        The peer's answer; None if its association was lost.
    error : str
        What went wrong.
    """

    number: int
    status: Status | None
    error: str


class FindManyRun:
    """The queries from the first request to the last response.

    Parameters
    ----------
    associations : list of Association
        The associations, which the queries have to themselves.
    core : FindMany
        What sends them.
    identifiers : iterator of bytes
        The encoded queries; read on a thread of its own, not far ahead of the peer.
    hooks : tuple of Hook of MatchFound
        Whom to tell of matches.
    level : str or None
        The query level.
    relational : bool
        Whether the peer granted relational queries.
    end : callable
        Takes the run and the associations back.
    """

    def __init__(
        self,
        associations: list[Association],
        core: FindMany,
        identifiers: Iterator[bytes],
        *,
        hooks: tuple[Hook[MatchFound], ...],
        level: str | None,
        relational: bool,
        end: Callable[[FindManyRun, list[Association]], None],
    ) -> None:
        self.relational = relational
        self._associations = associations
        self._core = core
        self._hooks = hooks
        self._level = level
        self._give_back = end
        self._status: Status | None = None
        self._failures: list[QueryFailure] = []
        self._undecodable: list[tuple[int, bytes, str]] = []
        self._told = 0
        self._asked = 0
        self._streamed = False
        self._is_cancelled = False
        self._is_aborted = False
        self._raised: BaseException | None = None
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._feeder = threading.Thread(
            target=self._feed, args=(identifiers,), name="dicomwire-queries", daemon=True
        )

    def start(self) -> None:
        """Begin to ask."""
        self._feeder.start()

    def columns(self) -> list[str]:
        """Return the names of the columns of `rows` and `stream`."""
        return self._core.columns()

    def datasets(self) -> list[Dataset] | None:
        """Wait for matches; None after the last. If `is_watched`, `tell` is to tell of each one."""
        matches, _, undecodable = self._core.counters()
        self._told = matches - undecodable
        numbered = self._read(self._core.next_datasets)
        return None if numbered is None else [dataset for _, dataset in numbered]

    def rows(self) -> list[dict[str, Any]] | None:
        """Wait for matches as dictionaries; None after the last."""
        self._listen()
        return self._read(self._core.next_rows)

    def stream(self, requested_schema: object) -> object:
        """Return an Arrow stream of the matches still to come."""
        self._listen()
        stream = self._core.__arrow_c_stream__(requested_schema)
        self._streamed = True
        return stream

    def is_watched(self) -> bool:
        """Return whether anybody subscribed to the events of matches."""
        return any(self._hooks)

    def tell(self, dataset: Dataset) -> None:
        """Fire the events of a match."""
        number, self._told = self._told, self._told + 1
        if any(self._hooks):
            event = MatchFound(number, self._level, dataset)
            try:
                for hook in self._hooks:
                    hook.fire(event)
            except BaseException:
                self.abort()
                raise

    def status(self) -> Status | None:
        """Return success, or the status of the first query that failed; None before the end."""
        return self._status

    def counters(self) -> tuple[int, int]:
        """Return how many matches came so far, and how many of them with status FF01."""
        matches, warnings, _ = self._core.counters()
        return matches, warnings

    def undecodable(self) -> list[tuple[int, bytes, str]]:
        """Return number, bytes and error of the matches that could not be decoded so far."""
        self._undecodable.extend(self._core.take_undecodable())
        return list(self._undecodable)

    def failures(self) -> list[QueryFailure]:
        """Return the queries that failed so far, in their order."""
        for number, code, text in self._core.take_failures():
            status = None if code is None else Status(code, service="find", comment=text)
            self._failures.append(QueryFailure(number, status, text or str(status)))
        self._failures.sort(key=attrgetter("number"))
        return list(self._failures)

    def take_raised(self) -> BaseException | None:
        """Return what ended an Arrow stream early."""
        return self._core.take_raised()

    def settle(self) -> None:
        """Raise what kept queries from being asked, or if every one failed.

        Raises
        ------
        StatusError, AssociationError
            If all queries failed.
        AssociationAborted
            If another thread aborted them.
        BaseException
            Whatever the source of the queries raised.
        """
        self._check()
        raised, self._raised = self._raised, None
        if raised is not None:
            raise raised
        failures = self.failures()
        if failures and len(failures) == self._asked and not self._is_cancelled:
            first = failures[0]
            text = f"all {len(failures)} queries failed, the first with: {first.error}"
            if first.status is None:
                raise AssociationError(text)
            raise StatusError(
                text,
                status=first.status,
                category=first.status.category,
                comment=first.status.comment,
            )

    def cancel(self) -> None:
        """Begin no more queries and ask the peer to end those that run."""
        self._is_cancelled = True
        self._core.cancel()

    def close(self, timeout: float | None = None) -> None:
        """End in order; what still comes is thrown away."""
        self.release(_FEEDER_BUDGET if timeout is None else timeout)

    def release(self, timeout: float) -> None:
        """End in order; abort if another thread is reading and does not come to the end."""
        if self._ended.is_set():
            return
        self.cancel()
        if self._is_read_elsewhere():
            if not self._ended.wait(timeout):
                self.abort()
            return
        self._end()

    def abort(self) -> None:
        """Abort the associations; from any thread."""
        if not self._ended.is_set():
            self._is_aborted = True
            self._core.abort()
            self._end()

    def abandon(self) -> None:
        """End it because nobody holds the result any more. Never raises."""
        try:
            if not self._streamed:
                self.abort()
            # The reader of a stream may well be at work: the stream tells when it ends.
        except Exception:
            _logger.debug("queries could not be given up", exc_info=True)

    def _is_read_elsewhere(self) -> bool:
        """Finish, unless another thread has the queries."""
        while True:
            self._core.finish()
            try:
                if self._core.next_datasets() is None:
                    return False
            except StateError:
                return True

    def _read(self, pull: Callable[[], list[Any] | None]) -> list[Any] | None:
        if self._ended.is_set():
            self._check()
            return None
        try:
            batch = pull()
        except StateError:
            # Another thread is waiting for matches: nothing is wrong with the queries.
            raise
        except BaseException:
            self._end()
            raise
        if batch is None:
            self._end()
        return batch

    def _check(self) -> None:
        """Raise if they were aborted: what came before must not look whole."""
        if self._is_aborted:
            raise AssociationAborted(_ABORTED, by="local")

    def _listen(self) -> None:
        """Let the core tell of the matches it turns into rows, and of the end of a stream."""
        # Weakly: the core must not keep alive what keeps it alive.
        run = weakref.ref(self)

        def matched(datasets: list[Dataset]) -> None:
            if (itself := run()) is not None:
                for dataset in datasets:
                    itself.tell(dataset)

        def ended() -> None:
            if (itself := run()) is not None:
                itself._end()  # noqa: SLF001 (it is this very object)
                itself.settle()

        self._core.listen(matched if any(self._hooks) else None, ended)

    def _feed(self, identifiers: Iterator[bytes]) -> None:
        """Put the queries in, on a thread of its own."""
        try:
            for identifier in identifiers:
                if not self._core.ask(identifier):
                    return
                self._asked += 1
        except BaseException as error:  # noqa: BLE001 (it belongs to whoever reads)
            self._raised = error
            self._core.cancel()
        finally:
            self._core.no_more()

    def _end(self) -> None:
        """Book how it went and give the associations back, once."""
        with self._lock:
            if self._ended.is_set():
                return
            self._ended.set()
        self._core.no_more()
        self._feeder.join(_FEEDER_BUDGET)
        failed = next(iter(self.failures()), None)
        if self._is_aborted:
            self._status = Status(_PROCESSING_FAILURE, service="find", comment=_ABORTED)
        elif failed is None:
            self._status = Status(0, service="find")
        elif failed.status is None:
            self._status = Status(_PROCESSING_FAILURE, service="find", comment=failed.error)
        else:
            self._status = failed.status
        self._give_back(self, self._associations)
