"""One C-FIND under way: what `FindResult` reads, and what ends it in every case."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from dicomwire.errors import AssociationAborted, DicomWireError, StateError, StatusError
from dicomwire.logs import LOGGER_NAME
from dicomwire.query_events import AfterCFind, MatchFound
from dicomwire.status import Status

from .find_many_run import QueryFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydicom import Dataset

    from dicomwire._core import Association, Find
    from dicomwire.config import Peer
    from dicomwire.hooks import Hook

__all__ = ["FindOwner", "FindRun"]

_Batch = TypeVar("_Batch")

_logger = logging.getLogger(LOGGER_NAME)

# Seconds for a peer to end a query that nobody wants any more, where no time-out is set.
_PATIENCE = 10.0


@dataclass(slots=True, frozen=True)
class FindOwner:
    """Whose association a query uses, and whom it tells.

    Attributes
    ----------
    peer : Peer
        Who is asked.
    matched : tuple of Hook of MatchFound
        Fired for each match.
    ended : Hook of AfterCFind
        Fired when the final response came.
    leave, drop : callable
        Take back the association of a query that is over, and forget that of one that broke.
    """

    peer: Peer
    matched: tuple[Hook[MatchFound], ...]
    ended: Hook[AfterCFind]
    leave: Callable[[FindRun, Association], None]
    drop: Callable[[FindRun, Association], None]


class FindRun:
    """A C-FIND from its request to its final response.

    The engine holds it while it runs, the result does for as long as somebody reads.

    Parameters
    ----------
    owner : FindOwner
        What it has to do with the service class user.
    association : Association
        The association, which the query has to itself.
    core : Find
        The query under way.
    level : str or None
        The query level.
    relational : bool
        Whether the peer granted relational queries.
    strict : bool
        Whether a failure status is raised after the last match.
    is_limited : bool
        Whether we end it ourselves after some matches.
    patience : float or None
        Seconds to wait for the end of a query that was cancelled.
    """

    def __init__(
        self,
        owner: FindOwner,
        association: Association,
        core: Find,
        *,
        level: str | None,
        relational: bool,
        strict: bool,
        is_limited: bool,
        patience: float | None,
    ) -> None:
        self.relational = relational
        self._owner = owner
        self._association = association
        self._core = core
        self._level = level
        self._strict = strict
        # A status "cancelled" is what we asked for, then.
        self._is_cancelled = is_limited
        self._patience = _PATIENCE if patience is None else patience
        self._began = time.perf_counter()
        self._status: Status | None = None
        self._undecodable: list[tuple[int, bytes, str]] = []
        self._told = 0
        self._streamed = False
        self._is_aborted = False
        self._lock = threading.RLock()
        self._ended = threading.Event()

    def columns(self) -> list[str]:
        """Return the names of the columns of `rows` and `stream`."""
        return self._core.columns()

    def datasets(self) -> Iterator[Dataset] | None:
        """Wait for matches; None after the last. If `is_watched`, `tell` is to tell of each one."""
        matches, _, undecodable = self._core.counters()
        self._told = matches - undecodable
        return self._read(self._core.next_datasets)

    def is_watched(self) -> bool:
        """Return whether anybody subscribed to the events of matches."""
        return any(self._owner.matched)

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

    def tell(self, dataset: Dataset) -> None:
        """Fire the events of a match."""
        hooks = self._owner.matched
        number, self._told = self._told, self._told + 1
        if any(hooks):
            event = MatchFound(number, self._level, dataset)
            try:
                for hook in hooks:
                    hook.fire(event)
            except BaseException:
                self.abort()
                raise

    def status(self) -> Status | None:
        """Return the status of the final response, None before."""
        if not self._ended.is_set() and self._core.outcome() is not None:
            # An Arrow stream was read to its end by another library.
            self._end()
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
        """Return the query itself if it failed."""
        status = self.status()
        if status is None or not self._is_bad(status):
            return []
        return [QueryFailure(0, status, status.comment or str(status))]

    def take_raised(self) -> BaseException | None:
        """Return what ended an Arrow stream early."""
        return self._core.take_raised()

    def settle(self) -> None:
        """Raise for a failure; called after the last match.

        Raises
        ------
        StatusError
            If the final response tells of a failure, or of a cancellation nobody asked for.
        AssociationAborted
            If another thread aborted it.
        """
        self._check()
        status = self.status()
        if status is None or not self._strict or not self._is_bad(status):
            return
        matches, _ = self.counters()
        raise StatusError(
            f"{self._owner.peer} ended the query with {status} after {matches} matches",
            status=status,
            category=status.category,
            comment=status.comment,
        )

    def cancel(self) -> None:
        """Ask the peer to end the query; matches come until it does."""
        self._is_cancelled = True
        self._core.cancel()

    def close(self, timeout: float | None = None) -> None:
        """End the query in order, within the patience: what still comes is thrown away."""
        self.release(self._patience if timeout is None else timeout)

    def release(self, timeout: float) -> None:
        """End the query in order within `timeout` seconds, or abort it."""
        if self._ended.is_set():
            return
        self.cancel()
        try:
            in_time = self._core.finish(timeout)
        except StateError:
            # Another thread is reading: it comes to the end of the query, or not in time.
            if not self._ended.wait(timeout):
                self.abort()
        except DicomWireError as error:
            _logger.info("a query nobody reads any more ended badly: %s", error)
            self._break()
        except BaseException:
            self._break()
            raise
        else:
            if not in_time:
                _logger.info("%s went on with a query that was cancelled", self._owner.peer)
            self._end()

    def abort(self) -> None:
        """Abort the association; from any thread."""
        if not self._ended.is_set():
            self._is_aborted = True
            self._core.abort()
            self._break()

    def abandon(self) -> None:
        """End it because nobody holds the result any more. Never raises."""
        try:
            if self._core.outcome() is not None:
                self._end()
            elif not self._streamed:
                self.abort()
            # The reader of a stream may well be at work: the stream tells when it ends.
        except Exception:
            _logger.debug("a query could not be given up", exc_info=True)

    def _read(self, pull: Callable[[], _Batch | None]) -> _Batch | None:
        if self._ended.is_set():
            self._check()
            return None
        try:
            batch = pull()
        except StateError:
            # Another thread is waiting for matches: nothing is wrong with the query.
            raise
        except BaseException:
            self._break()
            raise
        if batch is None:
            self._end()
        return batch

    def _check(self) -> None:
        """Raise if it was aborted: what came before must not look whole."""
        if self._is_aborted:
            raise AssociationAborted("the query was aborted by this program", by="local")

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

        self._core.listen(matched if self.is_watched() else None, ended)

    def _is_bad(self, status: Status) -> bool:
        return status.is_failure or (status.is_cancel and not self._is_cancelled)

    def _end(self) -> None:
        """Book the final response and give the association back, once."""
        with self._lock:
            if self._ended.is_set():
                return
            outcome = self._core.outcome()
            if outcome is not None:
                code, comment, elements = outcome
                self._status = Status(
                    code, service="find", comment=comment, offending_elements=elements
                )
            self._ended.set()
        if self._status is None:
            # There are enough matches, and the peer did not say that it stops.
            self._owner.drop(self, self._association)
            return
        self._owner.leave(self, self._association)
        if hook := self._owner.ended:
            seconds = time.perf_counter() - self._began
            matches, _ = self.counters()
            hook.fire(AfterCFind(self._owner.peer, self._status, matches, seconds))

    def _break(self) -> None:
        with self._lock:
            if self._ended.is_set():
                return
            self._ended.set()
        self._owner.drop(self, self._association)
