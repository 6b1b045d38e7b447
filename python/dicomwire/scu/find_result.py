"""`FindResult`: the matches of a query as data sets, dictionaries, or a table."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeVar

from dicomwire.errors import StateError
from dicomwire.table.frames import ArrowStreamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from pydicom import Dataset

    from dicomwire.status import Status

    from .find_many_run import QueryFailure

__all__ = ["FindResult", "MatchSource", "UndecodableMatch"]

_Item = TypeVar("_Item")
_Form = Literal["data sets", "dictionaries", "a table"]


@dataclass(slots=True, frozen=True)
class UndecodableMatch:
    """A match whose identifier could not be decoded.

    Attributes
    ----------
    number : int
        Its number among all matches of the query, from 0.
    data : bytes
        The identifier as it came.
    error : str
        What is wrong with it.
    """

    number: int
    data: bytes
    error: str


class MatchSource(Protocol):
    """What a result reads from: one query, or many."""

    relational: bool

    def columns(self) -> list[str]:
        """Return the names of the columns of `rows` and `stream`."""

    def datasets(self) -> Iterable[Dataset] | None:
        """Wait for matches; None after the last. If `is_watched`, `tell` is to tell of each one."""

    def rows(self) -> Iterable[dict[str, Any]] | None:
        """Wait for matches as dictionaries; None after the last."""

    def stream(self, requested_schema: object) -> object:
        """Return an Arrow stream of the matches still to come."""

    def is_watched(self) -> bool:
        """Return whether anybody subscribed to the events of matches."""

    def tell(self, dataset: Dataset) -> None:
        """Fire the events of a match."""

    def status(self) -> Status | None:
        """Return the status of the final response, None before."""

    def counters(self) -> tuple[int, int]:
        """Return how many matches came so far, and how many of them with status FF01."""

    def undecodable(self) -> list[tuple[int, bytes, str]]:
        """Return number, bytes and error of the matches that could not be decoded so far."""

    def failures(self) -> list[QueryFailure]:
        """Return the queries that failed so far."""

    def take_raised(self) -> BaseException | None:
        """Return what ended an Arrow stream early."""

    def settle(self) -> None:
        """Raise for a failure; called after the last match."""

    def cancel(self) -> None:
        """Ask the peer to end; matches come until it does."""

    def close(self) -> None:
        """End in order; what still comes is thrown away."""

    def abandon(self) -> None:
        """End because nobody holds the result any more. Never raises."""


class FindResult(ArrowStreamed):
    """The matches of a query, taken as they come.

    The request is on its way when you get the result; the responses are read while you take
    matches, so a consumer that takes its time stops the peer, and memory stays flat. Matches can
    be taken once, in one of these forms:

    - as pydicom data sets, by iterating over the result;
    - as dictionaries, by `dicts`;
    - as a table: the result has an Arrow stream (``__arrow_c_stream__``), which polars, pyarrow and
      others read, and `to_reader`, `to_arrow`, `to_polars` and `to_pandas`.

    The columns are the keys of the query, under their keywords, and ``error``: null unless
    something in the match cannot be read.

    Leaving a loop early cancels the query (C-CANCEL, PS3.7 section 9.3.2.3) and waits for the
    peer to confirm. A failure status is raised as `StatusError` after the last match, unless
    ``strict=False`` was given to the call.

    Parameters
    ----------
    source : MatchSource
        The query under way; made by `QueryRetrieveScu.find`.

    Examples
    --------
    >>> import dicomwire as dw
    >>> scu = dw.QueryRetrieveScu("PACS@pacs.example:104")
    >>> for study in scu.find(PatientID="1CT1"):  # doctest: +SKIP
    ...     print(study.StudyInstanceUID)
    """

    def __init__(self, source: MatchSource) -> None:
        self._source = source
        self._form: _Form | None = None
        # Matches come by the batch; those of a loop that is interrupted wait for the next one.
        self._ready: Iterator[Any] = iter(())
        self._is_done = False
        # The engine ends what runs when the interpreter does.
        weakref.finalize(self, source.abandon).atexit = False

    def __repr__(self) -> str:
        status = self.status
        state = "under way" if status is None else str(status)
        return f"<FindResult: {self.matches} matches, {state}>"

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._source.columns()

    @property
    def status(self) -> Status | None:
        """The status of the final response (PS3.4 Table C.4-1); None until it came."""
        return self._source.status()

    @property
    def matches(self) -> int:
        """How many matches came so far, undecodable ones included."""
        return self._source.counters()[0]

    @property
    def undecodable(self) -> list[UndecodableMatch]:
        """The matches so far that could not be decoded: at most 1,000 of them, and 64 MiB.

        A loop over data sets passes them over; dictionaries and tables have a row with ``error``
        for each.
        """
        return [UndecodableMatch(*parts) for parts in self._source.undecodable()]

    @property
    def relational(self) -> bool:
        """Whether the peer granted relational queries (PS3.4 section C.5.1)."""
        return self._source.relational

    @property
    def optional_keys_unsupported(self) -> int:
        """How many matches so far came with status FF01: some optional key is not supported."""
        return self._source.counters()[1]

    @property
    def failures(self) -> list[QueryFailure]:
        """The queries that failed so far, in their order; of many there may be some."""
        return self._source.failures()

    def __iter__(self) -> Iterator[Dataset]:
        """Take the matches as pydicom data sets, whose elements are decoded when looked at.

        Yields
        ------
        Dataset
            The identifier of one match.

        Raises
        ------
        StateError
            If the matches were taken already.
        StatusError
            After the last match, if the query failed.
        DicomWireError
            If the association ended; what came before was yielded.
        """
        self._take_as("data sets")
        return self._iterate(self._source.datasets, self._source.tell)

    def dicts(self) -> Iterator[dict[str, Any]]:
        """Take the matches as dictionaries: keywords to text, numbers, dates, lists or None.

        Yields
        ------
        dict
            One match; its keys are `columns`.

        Raises
        ------
        StateError
            If the matches were taken already.
        StatusError
            After the last match, if the query failed.
        DicomWireError
            If the association ended; what came before was yielded.
        """
        self._take_as("dictionaries")
        return self._iterate(self._source.rows, None)

    def arrow(self) -> Self:
        """Return an object with an Arrow stream of the matches: the result itself."""
        return self

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Take the matches as an Arrow stream (the Arrow PyCapsule interface).

        Raises
        ------
        StateError
            If matches were taken already.
        """
        if self._form is not None:
            raise StateError(self._taken())
        stream = self._source.stream(requested_schema)
        self._form = "a table"
        return stream

    def cancel(self) -> None:
        """Ask the peer to end the query (C-CANCEL); may be called from another thread.

        Matches go on to come until the peer has ended it. Of many queries no more are begun, and
        those that did not get all their matches are among `failures`.
        """
        self._source.cancel()

    def close(self) -> None:
        """End the query: cancel it unless it is over, and throw away what still comes.

        Waits for the final response up to `Timeouts.release` and aborts the association if it
        does not come.
        """
        self._is_done = True
        self._ready = iter(())
        self._source.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the query."""
        self.close()

    def _take_as(self, form: _Form) -> None:
        if self._is_done or self._form not in {None, form}:
            raise StateError(self._taken())
        self._form = form

    def _taken(self) -> str:
        how = "already" if self._form is None else f"as {self._form}"
        return f"the matches of this query were taken {how}, or it was closed; ask again"

    def _iterate(
        self, pull: Callable[[], Iterable[_Item] | None], tell: Callable[[_Item], object] | None
    ) -> Iterator[_Item]:
        try:
            while True:
                if tell is None or not self._source.is_watched():
                    yield from self._ready
                else:
                    for item in self._ready:
                        tell(item)
                        yield item
                batch = pull()
                if batch is None:
                    break
                self._ready = iter(batch)
        except GeneratorExit:
            self.close()
            raise
        self._is_done = True
        self._source.settle()

    def _take_raised(self) -> BaseException | None:
        return self._source.take_raised()

    def _settle(self) -> None:
        self._source.settle()
