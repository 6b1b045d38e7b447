"""What queries and retrievals have in common: negotiation, the request, and what is under way."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from dicomwire import sop
from dicomwire.config import ExtendedNegotiation
from dicomwire.engine import DicomEngine
from dicomwire.errors import (
    AssociationError,
    ConfigError,
    StatusError,
)
from dicomwire.events import PresentationContext
from dicomwire.query import encode_query
from dicomwire.query.hierarchy import check_find_keys, check_retrieve_keys

from .associations import accepted_context
from .base import Scu
from .inquiry import RELATIONAL, Inquiry, grants_relational, listed_level
from .instance_list import classes_in_studies, classes_of_instances, instances_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pydicom import Dataset

    from dicomwire._core import Association
    from dicomwire.config import AssociationOptions, Peer, RoleSelection
    from dicomwire.hooks import Hook
    from dicomwire.query import Model, Query, Service

__all__ = ["BeforeRequest", "Priority", "QueryingScu", "Request", "Running", "priority_code"]

Priority = Literal["medium", "high", "low"]

_SYNTAXES = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
# PS3.7 section E.1: Priority (0000,0700).
_PRIORITIES = {"medium": 0, "high": 1, "low": 2}


class BeforeRequest(Protocol):
    """What handlers may have changed before a request is sent."""

    dataset: Dataset
    sop_class_uid: str
    priority: int


class Running(Protocol):
    """A query or retrieval under way, which other threads and the engine may end."""

    def cancel(self) -> None:
        """Ask for an early end."""

    def release(self, timeout: float) -> None:
        """End it in order; return or raise after `timeout` seconds at the latest."""

    def abort(self) -> None:
        """End it now; never blocks."""

    def close(self, timeout: float) -> None:
        """Free what it holds."""


_Event = TypeVar("_Event", bound=BeforeRequest)


@dataclass(slots=True)
class Request:
    """A request that is ready to be sent, and the association for it."""

    association: Association
    context_id: int
    transfer_syntax: str
    sop_class_uid: str
    priority: int
    identifier: bytes
    level: str | None
    relational: bool


def priority_code(priority: Priority) -> int:
    """Return the value of Priority (0000,0700).

    Raises
    ------
    ConfigError
        If it is none.
    """
    try:
        return _PRIORITIES[priority]
    except (KeyError, TypeError):
        raise ConfigError(f'priority={priority!r}: must be "medium", "high" or "low"') from None


class QueryingScu(Scu):
    """The part of `QueryRetrieveScu` that brings requests on their way.

    Parameters
    ----------
    peer : Peer or str
        The application entity to ask, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title.
    options : AssociationOptions, optional
        What to negotiate and how long to wait.
    """

    def __init__(
        self,
        peer: Peer | str,
        *,
        calling_ae_title: str = "DICOMWIRE",
        options: AssociationOptions | None = None,
    ) -> None:
        super().__init__(peer, calling_ae_title=calling_ae_title, options=options)
        self._running: set[Running] = set()

    def abort(self) -> None:
        """Abort everything that runs (PS3.8 section 7.3); may be called from another thread.

        Whoever waits for matches or instances gets `AssociationAborted`.
        """
        for running in tuple(self._running):
            running.abort()
        super().abort()

    def cancel(self) -> None:
        """Ask the peer to end what runs (C-CANCEL); may be called from another thread.

        Queries and retrievals then end in order, with what came until the peer did so.
        """
        for running in tuple(self._running):
            running.cancel()

    def _begin(self, running: Running) -> None:
        """Take note of what runs: the engine is to end it, and so are `abort` and `cancel`."""
        self._running.add(running)
        try:
            DicomEngine.register(running)
        except BaseException:
            self._running.discard(running)
            raise

    def _forget(self, running: Running) -> None:
        self._running.discard(running)
        DicomEngine.unregister(running)

    def _model_contexts(self, uid: str, model: Model) -> list[PresentationContext]:
        """Propose a SOP class; for an association that is kept, its siblings too."""
        uids = [uid]
        if self._keeping:
            uids += [other for other in (model.find_uid, model.move_uid) if other]
        return [
            PresentationContext(2 * place + 1, one, list(_SYNTAXES))
            for place, one in enumerate(dict.fromkeys(uids))
        ]

    def _prepare(
        self,
        service: Service,
        query: Query,
        before: Hook[_Event],
        make: Callable[..., _Event],
        *,
        priority: int,
        check: bool,
        contexts: Sequence[PresentationContext] | None = None,
        roles: Sequence[RoleSelection] = (),
    ) -> tuple[Request, _Event]:
        """Find or open an association, let handlers edit the request, encode it.

        Raises
        ------
        AssociationError
            If the query needs relational queries and the peer does not grant them.
        NoAcceptedContext
            If the peer does not accept the SOP class.
        """
        uid = query.model.sop_class_uid(service)
        association = self._find_association(uid, query.model, contexts, roles)
        relational = grants_relational(association, uid)
        if check and self.options.relational and not relational:
            self._need_no_relational(association, query, service)
        accepted = accepted_context(association, uid)
        if accepted is None and not before:
            raise self._refuse(association, sop.name(uid))
        try:
            event = before.fire(
                make(
                    peer=self.peer,
                    dataset=query.dataset,
                    level=query.level,
                    sop_class_uid=uid,
                    priority=priority,
                    relational=relational,
                    presentation_context_id=None if accepted is None else accepted[0],
                )
            )
            context_id, syntax = self._accepted(association, event.sop_class_uid)
            identifier = encode_query(event.dataset, syntax)
        except BaseException:
            self._drop(association)
            raise
        request = Request(
            association,
            context_id,
            syntax,
            event.sop_class_uid,
            event.priority,
            identifier,
            query.level,
            relational,
        )
        return request, event

    def _accepted(self, association: Association, uid: str) -> tuple[int, str]:
        """Return number and transfer syntax of the context of a SOP class.

        Raises
        ------
        NoAcceptedContext
            If there is none; the association is released.
        """
        accepted = accepted_context(association, uid)
        if accepted is None:
            raise self._refuse(association, sop.name(uid))
        return accepted

    def _find_association(
        self,
        uid: str,
        model: Model,
        contexts: Sequence[PresentationContext] | None = None,
        roles: Sequence[RoleSelection] = (),
    ) -> Association:
        """Take an association that was kept open and suits, or open one."""
        proposed = self._model_contexts(uid, model) if contexts is None else list(contexts)
        # The siblings of a SOP class are welcome, not needed.
        needed = [uid] if contexts is None else [one.abstract_syntax for one in proposed]
        wanted = Counter(needed)

        def suits(association: Association) -> bool:
            # What the peer refused once it would refuse again.
            return wanted <= Counter(answer[1] for answer in association.contexts())

        extended = []
        if self.options.relational:
            services = {model.find_uid, model.move_uid, model.get_uid}
            extended = [
                ExtendedNegotiation(one.abstract_syntax, RELATIONAL)
                for one in proposed
                if one.abstract_syntax in services
            ]
        return self._associate(proposed, suits, roles, extended)

    def _need_no_relational(self, association: Association, query: Query, service: Service) -> None:
        """Check the rules of the levels when the peer insists on them.

        Raises
        ------
        AssociationError
            If the identifier breaks one.
        """
        if query.level is None:
            return
        try:
            if service == "find":
                check_find_keys(query.dataset, query.model, query.level)
            else:
                check_retrieve_keys(
                    query.dataset, query.model, query.level, service, relational=False
                )
        except ConfigError as error:
            self._leave_quietly(association)
            raise AssociationError(
                f"{self.peer} does not grant relational queries (PS3.4 section C.5), "
                f"and without them: {error}"
            ) from None

    @contextlib.contextmanager
    def _inquiry(self, model: Model) -> Iterator[Inquiry]:
        """Ask questions of our own on one association; no events of queries are fired."""
        uid = model.sop_class_uid("find")
        association = self._find_association(uid, model)
        accepted = self._accepted(association, uid)
        try:
            yield Inquiry(
                self.peer, association, model, accepted, grants_relational(association, uid)
            )
        except BaseException as error:
            if isinstance(error, StatusError):
                self._leave_quietly(association)
            else:
                self._drop(association)
            raise
        self._leave_quietly(association)

    def _classes(self, query: Query) -> set[str] | None:
        """Ask of which SOP classes the instances are that a retrieval stands for.

        Returns
        -------
        set of str or None
            None if the peer does not tell it.

        Raises
        ------
        DicomWireError
            If the peer cannot be asked, or answers with a failure.
        """
        level = listed_level(query)
        with self._inquiry(query.model) as inquiry:
            if level == "STUDY" and (found := classes_in_studies(query.dataset, inquiry.ask)):
                return found
            return classes_of_instances(
                query.dataset,
                level,
                query.model.levels,
                inquiry.ask,
                relational=inquiry.relational,
            )

    def _instances(self, query: Query) -> dict[str, str]:
        """Ask which instances a retrieval stands for: SOP Instance UID to SOP Class UID.

        Raises
        ------
        DicomWireError
            If the peer cannot be asked, or answers with a failure.
        """
        level = listed_level(query)
        with self._inquiry(query.model) as inquiry:
            return instances_of(
                query.dataset,
                level,
                query.model.levels,
                inquiry.ask,
                relational=inquiry.relational,
            )
