"""Events: how callers watch, and change, what a service does.

A service declares its events as class attributes and fires them by name::

    class EchoingScu:
        before_connect = HookAttribute[BeforeConnect]()

    scu = EchoingScu()

    @scu.before_connect.connect
    def show(event: BeforeConnect) -> None:
        print("calling", event.peer)

    scu.before_connect += print      # the same, as an operator

A handler gets one argument object. ``before_*`` events carry what is about to be sent, to be
edited in place; the classes are in `dicomwire.events`, `dicomwire.query_events` and
`dicomwire.normalized_events` and are named here too. What a handler raises passes through
`Hook.fire` to whoever caused the event.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, Self, TypeVar, overload

from .events import (
    Aborted,
    AfterAssociateRequest,
    AfterClose,
    AfterConnect,
    AfterCStore,
    AfterReleaseRequest,
    AfterSecureLinkReady,
    AssociateRequest,
    BeforeAssociateRequest,
    BeforeClose,
    BeforeConnect,
    BeforeCStore,
    BeforeReleaseRequest,
    InstanceReceived,
    PresentationContext,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .commitment_events import CommitmentReported
    from .normalized_events import (
        AfterNAction,
        AfterNCreate,
        AfterNDelete,
        AfterNGet,
        AfterNSet,
        BeforeNAction,
        BeforeNCreate,
        BeforeNDelete,
        BeforeNGet,
        BeforeNSet,
        EventReport,
    )
    from .print_events import PrinterReport, PrintJobReport
    from .query_events import (
        AfterCFind,
        AfterCGet,
        AfterCMove,
        BeforeCFind,
        BeforeCGet,
        BeforeCMove,
        HostReady,
        MatchFound,
    )

__all__ = [
    "Aborted",
    "AfterAssociateRequest",
    "AfterCFind",
    "AfterCGet",
    "AfterCMove",
    "AfterCStore",
    "AfterClose",
    "AfterConnect",
    "AfterNAction",
    "AfterNCreate",
    "AfterNDelete",
    "AfterNGet",
    "AfterNSet",
    "AfterReleaseRequest",
    "AfterSecureLinkReady",
    "AssociateRequest",
    "BeforeAssociateRequest",
    "BeforeCFind",
    "BeforeCGet",
    "BeforeCMove",
    "BeforeCStore",
    "BeforeClose",
    "BeforeConnect",
    "BeforeNAction",
    "BeforeNCreate",
    "BeforeNDelete",
    "BeforeNGet",
    "BeforeNSet",
    "BeforeReleaseRequest",
    "CommitmentReported",
    "EventReport",
    "Hook",
    "HookAttribute",
    "HostReady",
    "InstanceReceived",
    "MatchFound",
    "PresentationContext",
    "PrintJobReport",
    "PrinterReport",
]

# Named here and loaded at the first look: scripts that send or receive do not pay for them.
_LATER = {
    "AfterNAction": "normalized_events",
    "AfterNCreate": "normalized_events",
    "AfterNDelete": "normalized_events",
    "AfterNGet": "normalized_events",
    "AfterNSet": "normalized_events",
    "BeforeNAction": "normalized_events",
    "BeforeNCreate": "normalized_events",
    "BeforeNDelete": "normalized_events",
    "BeforeNGet": "normalized_events",
    "BeforeNSet": "normalized_events",
    "CommitmentReported": "commitment_events",
    "EventReport": "normalized_events",
    "PrintJobReport": "print_events",
    "PrinterReport": "print_events",
    "AfterCFind": "query_events",
    "AfterCGet": "query_events",
    "AfterCMove": "query_events",
    "BeforeCFind": "query_events",
    "BeforeCGet": "query_events",
    "BeforeCMove": "query_events",
    "HostReady": "query_events",
    "MatchFound": "query_events",
}


def __getattr__(name: str) -> object:
    """Load the argument class of an event that is loaded late."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    loaded: object = getattr(importlib.import_module(f"dicomwire.{_LATER[name]}"), name)
    globals()[name] = loaded
    return loaded


T = TypeVar("T")
F = TypeVar("F", bound="Callable[..., object]")


class Hook(Generic[T]):
    """One event of one object: a list of handlers to call in order.

    Firing costs one truth test while nobody subscribes. Handlers may connect and disconnect
    from any thread, also while the event is being fired; that firing still goes to the
    handlers there were when it began.

    Parameters
    ----------
    name : str
        The name to show in ``repr``.
    """

    __slots__ = ("_handlers", "_lock", "name")

    def __init__(self, name: str = "") -> None:
        self.name = name
        # Never changed in place, only replaced: whoever iterates keeps its own copy.
        self._handlers: tuple[Callable[[T], object], ...] = ()
        self._lock = threading.Lock()

    def connect(self, handler: F) -> F:
        """Subscribe a handler; return it, so that this works as a decorator.

        A handler connected twice is called twice.

        Raises
        ------
        TypeError
            If it cannot be called.
        """
        if not callable(handler):
            raise TypeError(f"a handler of {self.name} must be callable, not {handler!r}")
        with self._lock:
            self._handlers = (*self._handlers, handler)
        return handler

    def disconnect(self, handler: Callable[[T], object]) -> None:
        """Take a handler off again.

        Raises
        ------
        ValueError
            If it is not connected.
        """
        with self._lock:
            handlers = list(self._handlers)
            try:
                handlers.remove(handler)
            except ValueError:
                raise ValueError(f"{handler!r} is not connected to {self.name}") from None
            self._handlers = tuple(handlers)

    def clear(self) -> None:
        """Take all handlers off."""
        with self._lock:
            self._handlers = ()

    def fire(self, event: T) -> T:
        """Call the handlers in the order of their connection.

        Parameters
        ----------
        event : T
            The argument object, handed to each of them.

        Returns
        -------
        T
            The same object, as the handlers left it.

        Raises
        ------
        BaseException
            Whatever a handler raises; the handlers after it are not called.
        """
        for handler in self._handlers:
            handler(event)
        return event

    def __iadd__(self, handler: Callable[[T], object]) -> Self:
        """Subscribe a handler."""
        self.connect(handler)
        return self

    def __isub__(self, handler: Callable[[T], object]) -> Self:
        """Take a handler off."""
        self.disconnect(handler)
        return self

    def __bool__(self) -> bool:
        """Say whether anybody subscribes."""
        return bool(self._handlers)

    def __len__(self) -> int:
        """Count the handlers."""
        return len(self._handlers)

    def __contains__(self, handler: object) -> bool:
        """Say whether a handler is connected."""
        return handler in self._handlers

    def __repr__(self) -> str:
        """Show the name and the number of handlers."""
        return f"<Hook {self.name}, {len(self)} handlers>"


class HookAttribute(Generic[T]):
    """Declare an event in a class body; every instance has a `Hook` of its own.

    It allows ``scu.event += handler``, which Python runs as a read, ``__iadd__`` and a write
    back, and refuses every other assignment.
    """

    __slots__ = ("_key", "_name")

    _creation = threading.Lock()

    def __set_name__(self, owner: type[object], name: str) -> None:
        """Learn the attribute's name."""
        self._name = name
        self._key = f"_hook_{name}"

    @overload
    def __get__(self, instance: None, owner: type[object]) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type[object]) -> Hook[T]: ...

    def __get__(self, instance: object | None, owner: type[object]) -> Self | Hook[T]:
        """Return the instance's hook, made at the first look."""
        if instance is None:
            return self
        attributes = vars(instance)
        hook: Hook[T] | None = attributes.get(self._key)
        if hook is None:
            with self._creation:
                hook = attributes.setdefault(self._key, Hook(self._name))
        return hook

    def __set__(self, instance: object, value: Hook[T]) -> None:
        """Accept the write-back of ``+=`` and ``-=`` and nothing else.

        Raises
        ------
        AttributeError
            For any other assignment.
        """
        if vars(instance).get(self._key) is not value:
            raise AttributeError(f"{self._name} is an event: use {self._name}.connect(handler)")
