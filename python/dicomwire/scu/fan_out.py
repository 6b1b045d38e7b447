"""The associations of many queries, and the queries on their way to them."""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING

from dicomwire.errors import DicomWireError
from dicomwire.hooks import Hook, HookAttribute
from dicomwire.logs import LOGGER_NAME
from dicomwire.query import encode_query
from dicomwire.query_events import AfterCFind, BeforeCFind, MatchFound

from .associations import accepted_context
from .find_many_run import FindManyRun
from .find_run import FindOwner
from .get_contexts import UNCOMPRESSED
from .query_base import QueryingScu

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomwire._core import Association, FindMany
    from dicomwire.query import Query

    from .find_run import FindRun
    from .query_base import Request

__all__ = ["MOST_ASSOCIATIONS", "FanOutScu"]

MOST_ASSOCIATIONS = 64
"""How many associations a call may use at once."""

_logger = logging.getLogger(LOGGER_NAME)

# Seconds for peers to end queries that nobody wants any more, where no time-out is set.
_PATIENCE = 10.0


class FanOutScu(QueryingScu):
    """The part of `QueryRetrieveScu` that knows the events of queries, and sends many of them."""

    before_c_find = HookAttribute[BeforeCFind]()
    after_c_find = HookAttribute[AfterCFind]()
    match_patient = HookAttribute[MatchFound]()
    match_study = HookAttribute[MatchFound]()
    match_series = HookAttribute[MatchFound]()
    match_instance = HookAttribute[MatchFound]()
    match_found = HookAttribute[MatchFound]()

    def _find_owner(self, level: str | None) -> FindOwner:
        """Say what the run of a query has to do with us."""
        return FindOwner(
            self.peer,
            self._match_hooks(level),
            self.after_c_find,
            self._leave_find,
            self._drop_find,
        )

    def _leave_find(self, run: FindRun, association: Association) -> None:
        self._forget(run)
        self._leave_quietly(association)

    def _drop_find(self, run: FindRun, association: Association) -> None:
        self._forget(run)
        self._drop(association)

    def _match_hooks(self, level: str | None) -> tuple[Hook[MatchFound], ...]:
        hooks = {
            "PATIENT": self.match_patient,
            "STUDY": self.match_study,
            "SERIES": self.match_series,
            "IMAGE": self.match_instance,
        }
        own = hooks.get(level or "")
        return (self.match_found,) if own is None else (own, self.match_found)

    def _find_many(
        self,
        first: Query,
        others: Iterator[Query],
        associations: int,
        *,
        limit: int | None,
        priority: int,
        check: bool,
    ) -> FindManyRun:
        """Open the associations and start the queries.

        Raises
        ------
        DicomWireError
            If not even one association can be opened for them.
        """
        request, _ = self._prepare(
            "find", first, self.before_c_find, BeforeCFind, priority=priority, check=check
        )
        pool = [request.association]
        try:
            self._more_associations(pool, request, first, associations)
            core = self._start_many(
                pool,
                request.sop_class_uid,
                request.transfer_syntax,
                request.priority,
                request.identifier,
                limit,
            )
        except BaseException:
            for association in pool:
                self._drop(association)
            raise
        identifiers = itertools.chain([request.identifier], self._identifiers(others, request))
        return self._run_many(pool, core, identifiers, first, relational=request.relational)

    def _find_none(self, example: Query) -> FindManyRun:
        """Make the result of no queries."""
        syntax = UNCOMPRESSED[0]
        identifier = encode_query(example.dataset, syntax)
        uid = example.model.sop_class_uid("find")
        core = self._start_many([], uid, syntax, 0, identifier, None)
        return self._run_many([], core, iter(()), example, relational=False)

    def _start_many(
        self,
        pool: list[Association],
        uid: str,
        syntax: str,
        priority: int,
        identifier: bytes,
        limit: int | None,
    ) -> FindMany:
        from dicomwire._core import FindMany

        events = self._subscribed()
        dispatch = self._dispatch if events else None
        log = self._log()
        release = self.options.timeouts.release
        patience = _PATIENCE if release is None else release
        return FindMany.start(
            pool, uid, syntax, priority, identifier, limit, patience, dispatch, events, log
        )

    def _run_many(
        self,
        pool: list[Association],
        core: FindMany,
        identifiers: Iterator[bytes],
        example: Query,
        *,
        relational: bool,
    ) -> FindManyRun:
        run = FindManyRun(
            pool,
            core,
            identifiers,
            hooks=self._match_hooks(example.level),
            level=example.level,
            relational=relational,
            end=self._end_many,
        )
        try:
            self._begin(run)
        except BaseException:
            run.abort()
            raise
        run.start()
        return run

    def _more_associations(
        self, pool: list[Association], request: Request, first: Query, wanted: int
    ) -> None:
        """Open further associations that speak as the first one does, as many as there may be."""
        uid = request.sop_class_uid
        for _ in range(wanted - 1):
            try:
                association = self._find_association(uid, first.model)
            except DicomWireError as error:
                _logger.info(
                    "%s: %d associations instead of %d: %s", self.peer, len(pool), wanted, error
                )
                return
            accepted = accepted_context(association, uid)
            if accepted is None or accepted[1] != request.transfer_syntax:
                self._leave_quietly(association)
                return
            pool.append(association)

    def _identifiers(self, queries: Iterator[Query], request: Request) -> Iterator[bytes]:
        """Encode the queries after the first; handlers may edit each of them."""
        for query in queries:
            event = BeforeCFind(
                peer=self.peer,
                dataset=query.dataset,
                level=query.level,
                sop_class_uid=request.sop_class_uid,
                priority=request.priority,
                relational=request.relational,
                presentation_context_id=request.context_id,
            )
            self.before_c_find.fire(event)
            yield encode_query(event.dataset, request.transfer_syntax)

    def _end_many(self, run: FindManyRun, associations: list[Association]) -> None:
        self._forget(run)
        for association in associations:
            self._leave_quietly(association)
