"""What every service class user has: a peer, options, events, and the life of its association."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any, Self

from dicomwire.association import AssociateSpec, RequestSpec, message_log
from dicomwire.config import (
    AssociationOptions,
    ExtendedNegotiation,
    Peer,
    RoleSelection,
    check_ae_title,
)
from dicomwire.engine import DicomEngine
from dicomwire.errors import ConnectError, DicomWireError, NoAcceptedContext, StateError
from dicomwire.events import (
    Aborted,
    AfterAssociateRequest,
    AfterClose,
    AfterConnect,
    AfterReleaseRequest,
    AfterSecureLinkReady,
    AssociateRequest,
    BeforeAssociateRequest,
    BeforeClose,
    BeforeConnect,
    BeforeReleaseRequest,
    PresentationContext,
)
from dicomwire.hooks import Hook, HookAttribute
from dicomwire.logs import LOGGER_NAME
from dicomwire.uids import is_valid_uid

from .associations import IdleAssociations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from dicomwire._core import Association

__all__ = ["Scu"]

_ACCEPTANCE = 0

_logger = logging.getLogger(LOGGER_NAME)


class Scu:
    """Base of the service class users.

    A bare call associates, does its work and releases. As a context manager one association
    is kept open across calls: it is opened by the first call that needs it.

    Parameters
    ----------
    peer : Peer or str
        The application entity to talk to, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title.
    options : AssociationOptions, optional
        What to negotiate and how long to wait.

    Raises
    ------
    ConfigError
        If one of them cannot be.

    Attributes
    ----------
    before_connect, after_connect, after_secure_link_ready : Hook
        Around the TCP connection.
    before_associate_request, after_associate_request : Hook
        Around the negotiation (PS3.8 section 7.1); the request may be edited.
    before_release_request, after_release_request : Hook
        Around the release (PS3.8 section 7.2).
    before_close, after_close : Hook
        Around the end of the connection.
    aborted : Hook
        The association ended by an abort, the peer's or ours.
    """

    before_connect = HookAttribute[BeforeConnect]()
    after_connect = HookAttribute[AfterConnect]()
    after_secure_link_ready = HookAttribute[AfterSecureLinkReady]()
    before_associate_request = HookAttribute[BeforeAssociateRequest]()
    after_associate_request = HookAttribute[AfterAssociateRequest]()
    before_release_request = HookAttribute[BeforeReleaseRequest]()
    after_release_request = HookAttribute[AfterReleaseRequest]()
    before_close = HookAttribute[BeforeClose]()
    after_close = HookAttribute[AfterClose]()
    aborted = HookAttribute[Aborted]()

    def __init__(
        self,
        peer: Peer | str,
        *,
        calling_ae_title: str = "DICOMWIRE",
        options: AssociationOptions | None = None,
    ) -> None:
        self.peer = Peer.coerce(peer)
        self.calling_ae_title = check_ae_title("calling_ae_title", calling_ae_title)
        self.options = AssociationOptions() if options is None else options
        self._keeping = False
        self._idle = IdleAssociations()
        # Those being opened or used, for `abort` from another thread.
        self._at_work: set[Association] = set()
        self._busy = threading.Lock()

    def __enter__(self) -> Self:
        """Keep the association of the next call open until the block ends."""
        DicomEngine.require_running(f"{type(self).__name__}")
        self._keeping = True
        DicomEngine.register(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Release what was kept open; never hides an exception of the block."""
        self._keeping = False
        DicomEngine.unregister(self)
        try:
            self.release()
        except Exception:
            if error is None:
                raise

    def release(self, timeout: float | None = None) -> None:  # noqa: ARG002 (the peer's answer has its own time-out)
        """Release the association that is kept open, if there is one.

        Raises
        ------
        DicomWireError
            If the peer does not answer the release in order; the connection is closed anyway.
        """
        self._idle.release()

    def abort(self) -> None:
        """Abort the association (PS3.8 section 7.3); may be called from another thread.

        Whatever is running on it ends with an error and a full account of what was confirmed.
        """
        for association in tuple(self._at_work):
            association.abort()
        self._idle.abort()

    def cancel(self) -> None:
        """Ask what is running to end early; may be called from another thread."""

    def close(self, timeout: float) -> None:  # noqa: ARG002 (nothing is left to wait for)
        """Free the socket of an association kept open; the engine calls it at the end."""
        self.abort()

    def _exclusively(self, what: str) -> _Exclusive:
        """Check that the engine runs and that no other thread is using this object."""
        DicomEngine.require_running(f"{type(self).__name__}.{what}()")
        return _Exclusive(self._busy, f"{type(self).__name__}.{what}()")

    def _associate(
        self,
        contexts: Sequence[PresentationContext],
        suits: Callable[[Association], bool],
        roles: Sequence[RoleSelection] = (),
        extended: Sequence[ExtendedNegotiation] = (),
    ) -> Association:
        """Take an association that was kept open and suits, or open one.

        Whoever gets it hands it back by `_leave`, or drops it when it is broken.
        """
        association = self._idle.take(suits)
        if association is None:
            return self._open(contexts, roles, extended)
        self._at_work.add(association)
        return association

    def _open(
        self,
        contexts: Sequence[PresentationContext],
        roles: Sequence[RoleSelection] = (),
        extended: Sequence[ExtendedNegotiation] = (),
    ) -> Association:
        from dicomwire._core import Association

        def dispatch(event: str, *arguments: Any) -> object:  # noqa: ANN401
            if event == "before_associate_request":
                return self._on_before_associate_request(arguments[0], roles, extended)
            return self._dispatch(event, *arguments)

        events = self._subscribed()
        association = Association(dispatch if events else None, events, self._log())
        self._at_work.add(association)
        try:
            association.connect(self._spec(contexts, roles, extended))
        except BaseException:
            self._at_work.discard(association)
            raise
        return association

    def _leave(self, association: Association) -> None:
        """Keep an association for the next call, or release it.

        Raises
        ------
        DicomWireError
            If it is released and the peer does not answer in order.
        """
        self._at_work.discard(association)
        if self._keeping:
            self._idle.put([association])
        else:
            association.release()

    def _leave_quietly(self, association: Association) -> None:
        """Keep or release an association after everything on it was answered."""
        try:
            self._leave(association)
        except DicomWireError as error:
            # Nothing is lost with the release.
            _logger.info("the release was not confirmed: %s", error)

    def _drop(self, association: Association) -> None:
        """Abort an association on which something went wrong."""
        self._at_work.discard(association)
        association.abort()

    def _refuse(self, association: Association, what: str) -> NoAcceptedContext:
        """Leave an association that is of no use for this and make the error that says why."""
        refusal = self._refusal(association, what)
        is_of_use = any(answer[3] == _ACCEPTANCE for answer in association.contexts())
        # Whether the peer answers the release changes nothing.
        with contextlib.suppress(DicomWireError):
            if is_of_use:
                self._leave(association)
            else:
                self._at_work.discard(association)
                association.release()
        return refusal

    def _refusal(self, association: Association, what: str) -> NoAcceptedContext:
        """Make the error that says that the peer does not offer this."""
        answers = [PresentationContext(*context) for context in association.contexts()]
        return NoAcceptedContext(
            f"{self.peer} accepts associations but not {what}",
            proposed=[
                (
                    context.abstract_syntax,
                    context.transfer_syntaxes,
                    -1 if context.result is None else context.result,
                    context.result_text,
                )
                for context in answers
            ],
        )

    def _request(
        self,
        contexts: Sequence[PresentationContext],
        roles: Sequence[RoleSelection] = (),
        extended: Sequence[ExtendedNegotiation] = (),
    ) -> AssociateRequest:
        options = self.options
        # What the caller proposes for a SOP class stands instead of what the service would.
        own_roles = {role.sop_class_uid for role in options.role_selections}
        own_extended = {item.sop_class_uid for item in options.extended_negotiations}
        return AssociateRequest(
            called_ae_title=self.peer.ae_title,
            calling_ae_title=self.calling_ae_title,
            presentation_contexts=list(contexts),
            max_pdu_length=options.max_pdu_length,
            asynchronous_operations=options.asynchronous_operations,
            role_selections=[
                *options.role_selections,
                *(role for role in roles if role.sop_class_uid not in own_roles),
            ],
            extended_negotiations=[
                *options.extended_negotiations,
                *(item for item in extended if item.sop_class_uid not in own_extended),
            ],
            user_identity=options.user_identity,
        )

    def _spec(
        self,
        contexts: Sequence[PresentationContext],
        roles: Sequence[RoleSelection] = (),
        extended: Sequence[ExtendedNegotiation] = (),
    ) -> AssociateSpec:
        request = self._request(contexts, roles, extended)
        return AssociateSpec.make(self.peer, request, self.options)

    def _subscribed(self) -> list[str]:
        """Name the events that somebody subscribed to: only they reach Python."""
        return [
            key.removeprefix("_hook_")
            for key, hook in vars(self).items()
            if key.startswith("_hook_") and isinstance(hook, Hook) and hook
        ]

    def _log(self) -> Any:  # noqa: ANN401 (a function, or None while nobody listens)
        return message_log(f"{self.calling_ae_title} to {self.peer}")

    def _dispatch(self, event: str, *arguments: Any) -> object:  # noqa: ANN401 (what the core knows of each event)
        """Build the argument object of an event and fire it; called by the core."""
        answer: object = getattr(self, f"_on_{event}")(*arguments)
        return answer

    def _on_before_connect(self) -> None:
        self.before_connect.fire(BeforeConnect(self.peer))

    def _on_after_connect(self, error: str | None) -> None:
        failure = (
            None if error is None else ConnectError(error, peer=str(self.peer), phase="connect")
        )
        self.after_connect.fire(AfterConnect(self.peer, failure))

    def _on_before_associate_request(
        self,
        contexts: list[tuple[int, str, list[str]]],
        roles: Sequence[RoleSelection] = (),
        extended: Sequence[ExtendedNegotiation] = (),
    ) -> RequestSpec:
        proposed = [PresentationContext(*context) for context in contexts]
        request = self._request(proposed, roles, extended)
        self.before_associate_request.fire(BeforeAssociateRequest(self.peer, request))
        return RequestSpec.from_request(request)

    def _on_after_associate_request(self, accepted: bool, *rest: Any) -> None:  # noqa: ANN401
        event = AfterAssociateRequest(self.peer, accepted)
        if accepted:
            contexts, maximum, window, class_uid, version_name, roles, extended = rest
            event.contexts = [PresentationContext(*context) for context in contexts]
            event.peer_max_pdu_length = maximum
            event.asynchronous_operations = window
            event.peer_implementation_class_uid = class_uid
            event.peer_implementation_version_name = version_name
            # A UID that is none would be refused by our own classes, which check their fields.
            event.role_selections = [
                RoleSelection(*role) for role in roles if is_valid_uid(role[0])
            ]
            event.extended_negotiations = [
                ExtendedNegotiation(*item) for item in extended if is_valid_uid(item[0])
            ]
        elif rest:
            event.result, event.source, event.reason = rest[0]
        self.after_associate_request.fire(event)

    def _on_before_release_request(self) -> None:
        self.before_release_request.fire(BeforeReleaseRequest(self.peer))

    def _on_after_release_request(self) -> None:
        self.after_release_request.fire(AfterReleaseRequest(self.peer))

    def _on_before_close(self) -> None:
        self.before_close.fire(BeforeClose(self.peer))

    def _on_after_close(self) -> None:
        self.after_close.fire(AfterClose(self.peer))

    def _on_aborted(self, by: str, source: int, reason: int, message: str) -> None:
        self.aborted.fire(Aborted(self.peer, by, source, reason, message))


class _Exclusive:
    """A lock that refuses instead of waiting: two calls on one object would share a socket."""

    __slots__ = ("_lock", "_what")

    def __init__(self, lock: threading.Lock, what: str) -> None:
        self._lock = lock
        self._what = what

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise StateError(
                f"{self._what}: another call on this object is running; make one object per thread"
            )

    def __exit__(self, *_: object) -> None:
        self._lock.release()
