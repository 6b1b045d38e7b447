"""What the service class users of the normalized services have in common (PS3.7 chapter 10)."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, ClassVar

from dicomwire import sop
from dicomwire.engine import DicomEngine
from dicomwire.errors import (
    AssociationAborted,
    ConfigError,
    DatasetError,
    NoAcceptedContext,
    StateError,
    StatusError,
)
from dicomwire.events import PresentationContext
from dicomwire.reports import answer_report

from .associations import accepted_context
from .base import Scu
from .normalized_request import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pydicom import Dataset

    from dicomwire._core import Association
    from dicomwire.config import AssociationOptions, Peer, RoleSelection
    from dicomwire.normalized_events import EventReport
    from dicomwire.status import Service

__all__ = ["NormalizedBase"]

_SYNTAXES = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")

# What is wrong with a data set, a call or an answer is not wrong with the association.
_HARMLESS = (ConfigError, DatasetError, StateError, StatusError, NoAcceptedContext)


class NormalizedBase(Scu):
    """Base of the service class users of normalized services.

    Parameters
    ----------
    peer : Peer or str
        The application entity to talk to, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title.
    options : AssociationOptions, optional
        What to negotiate and how long to wait.
    """

    _service: ClassVar[Service | None] = None
    """Whose words the statuses of the answers have, of every SOP class that is used."""
    _transfer_syntaxes: Sequence[str] = _SYNTAXES

    def __init__(
        self,
        peer: Peer | str,
        *,
        calling_ae_title: str = "DICOMWIRE",
        options: AssociationOptions | None = None,
    ) -> None:
        super().__init__(peer, calling_ae_title=calling_ae_title, options=options)
        self._associated: Association | None = None
        self._talk: _Conversation | None = None
        self._watching: list[Callable[[EventReport], None]] = []
        # The operation that runs or ran last; it knows whether the peer may have its request.
        self._latest: Operation | None = None

    def cancel(self) -> None:
        """End a wait for an event report early; may be called from another thread.

        The operations themselves cannot be cancelled (PS3.7 chapter 10); see `abort`.
        """
        for association in tuple(self._at_work):
            association.cancel()

    def _abstract_syntaxes(self) -> Sequence[str]:
        """Return the SOP classes that are proposed together; the peer need not accept all."""
        raise NotImplementedError

    def _roles(self) -> Sequence[RoleSelection]:
        """Return the roles to be proposed (PS3.7 section D.3.3.4)."""
        return ()

    def _service_name(self, abstract_syntax: str) -> str:
        """Name a service for people who are told that the peer lacks it."""
        name = sop.name(abstract_syntax)
        return f"SOP class {name}" if name == abstract_syntax else f"{name} ({abstract_syntax})"

    def _service_of(self, sop_class_uid: str) -> Service | None:  # noqa: ARG002 (an override looks)
        """Return whose words the status of an answer has."""
        return self._service

    def _take_report(self, report: EventReport) -> None:
        """Look at an event report before `event_report` is fired."""

    def _was_sent(self, dataset: Dataset | None) -> None:
        """Look at the data set of a request that was answered, as the handlers left it."""

    def _fire_report(self, report: EventReport) -> None:
        """Tell whoever subscribed to event reports."""

    def _associate_for(self, abstract_syntax: str) -> Association:
        """Take an association on which a SOP class was proposed, or open one."""
        uids = dict.fromkeys((*self._abstract_syntaxes(), abstract_syntax))
        contexts = [
            PresentationContext(2 * place + 1, uid, list(self._transfer_syntaxes))
            for place, uid in enumerate(uids)
        ]

        def suits(association: Association) -> bool:
            # What the peer refused once it would refuse again.
            return any(answer[1] == abstract_syntax for answer in association.contexts())

        association = self._associate(contexts, suits, self._roles())
        self._associated = association
        return association

    @contextlib.contextmanager
    def _attended(self) -> Iterator[None]:
        """Have the engine end what runs, as it ends what is kept."""
        if self._keeping:
            yield
            return
        DicomEngine.register(self)
        try:
            yield
        finally:
            # Another thread may have begun to keep associations meanwhile.
            if not self._keeping:
                DicomEngine.unregister(self)

    @contextlib.contextmanager
    def _conversation(self, what: str, abstract_syntax: str | None = None) -> Iterator[None]:
        """Run several operations on one association, and nothing else meanwhile.

        Parameters
        ----------
        what : str
            The method, for the messages of errors.
        abstract_syntax : str, optional
            The SOP class that is needed first; by default the first of `_abstract_syntaxes`.

        Raises
        ------
        StateError
            If another thread is using this object.
        DicomWireError
            If no association can be had.
        """
        if self._in_conversation() is not None:
            # A method that is made of others.
            yield
            return
        with self._exclusively(what), self._attended():
            wanted = self._abstract_syntaxes()[0] if abstract_syntax is None else abstract_syntax
            talk = _Conversation(self._associate_for(wanted))
            self._talk = talk
            try:
                yield
            except BaseException as error:
                self._end_talk(talk, broken=not isinstance(error, _HARMLESS))
                raise
            finally:
                self._talk = None
            self._end_talk(talk, broken=False)

    def _in_conversation(self) -> _Conversation | None:
        talk = self._talk
        return talk if talk is not None and talk.thread == threading.get_ident() else None

    def _end_talk(self, talk: _Conversation, *, broken: bool) -> None:
        association, talk.association = talk.association, None
        if association is None:
            return
        if broken:
            self._drop(association)
        else:
            self._leave_quietly(association)

    @contextlib.contextmanager
    def _borrowed(self, what: str, abstract_syntax: str) -> Iterator[Association]:
        """Lend the association for one operation."""
        talk = self._in_conversation()
        if talk is None:
            with self._exclusively(what), self._attended():
                association = self._associate_for(abstract_syntax)
                try:
                    yield association
                except NoAcceptedContext:
                    # Ours comes when the association was left; a handler's is about another peer.
                    if association in self._at_work:
                        self._leave_quietly(association)
                    raise
                except BaseException as error:
                    if isinstance(error, _HARMLESS):
                        self._leave_quietly(association)
                    else:
                        self._drop(association)
                    raise
                self._leave_quietly(association)
            return
        if talk.association is None:
            raise StateError(f"{type(self).__name__}.{what}(): the association has ended")
        association = talk.association
        try:
            yield association
        except BaseException as error:
            if not isinstance(error, _HARMLESS):
                talk.association = None
                self._drop(association)
            raise

    def _need(self, association: Association, abstract_syntax: str) -> tuple[int, str]:
        """Return number and transfer syntax of the accepted context of a SOP class.

        Raises
        ------
        NoAcceptedContext
            If the peer does not offer the service; the message names it.
        AssociationAborted
            If it was aborted meanwhile, or in a conversation with an operation before this one.
        """
        accepted = accepted_context(association, abstract_syntax)
        if accepted is not None:
            return accepted
        if not association.contexts():
            # It was answered, so `abort` of another thread, or a handler that failed, ended it.
            raise AssociationAborted(
                f"the association with {self.peer} was aborted before this was asked",
                by="local",
            )
        name = self._service_name(abstract_syntax)
        if self._in_conversation() is not None:
            raise self._refusal(association, name)
        raise self._refuse(association, name)

    @contextlib.contextmanager
    def _operation(
        self, what: str, sop_class_uid: str, abstract_syntax: str | None
    ) -> Iterator[Operation]:
        """Prepare one operation: association, presentation context, message ID."""
        needed = abstract_syntax or sop_class_uid
        self._latest = None
        with self._borrowed(what, needed) as association:
            context_id, syntax = self._need(association, needed)
            service = self._service_of(sop_class_uid)
            self._latest = Operation(
                self.peer, association, (context_id, syntax), sop_class_uid, service, self._reported
            )
            yield self._latest

    def _reported(
        self,
        syntax: str,
        sop_class_uid: str,
        sop_instance_uid: str,
        event_type_id: int,
        data_set: bytes | None,
        *_: str,
    ) -> tuple[int, bytes | None]:
        """Answer an event report; called by the core while the peer waits."""

        def tell(report: EventReport) -> None:
            self._take_report(report)
            self._fire_report(report)
            for watcher in tuple(self._watching):
                watcher(report)

        return answer_report(
            tell,
            (str(self.peer), self.peer.ae_title),
            (sop_class_uid, sop_instance_uid, event_type_id),
            syntax,
            data_set,
            on_listener=False,
        )


class _Conversation:
    """The association of several operations in a row, and the thread that has it."""

    __slots__ = ("association", "thread")

    def __init__(self, association: Association) -> None:
        self.association: Association | None = association
        self.thread = threading.get_ident()
