"""How a storage commitment is asked for: how long to wait, and where to hear the report."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dicomwire.commitment.result import check_seconds
from dicomwire.errors import ConfigError, StateError
from dicomwire.scp.listening import listening_address
from dicomwire.scp.serving import Serving

from .commitment_ledger import LEDGER, SOP_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomwire.scp.event_listener import EventListener
    from dicomwire.scp.storage import StorageReceiver

    from .base import Scu
    from .storage_commitment import StorageCommitmentScu

__all__ = ["CommitmentOptions", "ListenerLike"]

ListenerLike: TypeAlias = "EventListener | StorageReceiver"

_MOST_PORT = 0xFFFF


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitmentOptions:
    """How to ask for storage commitment, for ``StoreScu.store(..., commit=)``.

    Parameters
    ----------
    wait : float or None
        Seconds to wait for the report; None does not wait.
    listener : EventListener or StorageReceiver, optional
        A running listener of ours, to which the peer may call back. A `StorageReceiver` needs
        ``event_sop_classes``.
    listen : int or (int, str), optional
        Port, or port and address, on which to listen during the call.
    max_instances : int, optional
        How many instances to ask for in one transaction; more are divided.
    scu : StorageCommitmentScu, optional
        Whom to ask, if it is not the peer that stores, or to hear its events.

    Raises
    ------
    ConfigError
        If one of them cannot be.
    """

    wait: float | None = 30.0
    listener: ListenerLike | None = None
    listen: int | tuple[int, str] | None = None
    max_instances: int | None = None
    scu: StorageCommitmentScu | None = None

    def __post_init__(self) -> None:
        """Check every field."""
        if self.wait is not None:
            check_seconds("wait", self.wait)
        most: object = self.max_instances
        is_count = isinstance(most, int) and not isinstance(most, bool) and most >= 1
        if most is not None and not is_count:
            raise ConfigError(f"max_instances={most!r}: must be 1 or more, or None")
        if self.listener is not None:
            _check_listener(self.listener)
        if self.listen is not None:
            self._check_listen()

    def _check_listen(self) -> None:
        if self.listener is not None:
            raise ConfigError("listener and listen: give one of them")
        if self.wait is None:
            raise ConfigError(
                "listen= listens as long as the call waits, and wait=None does not wait: "
                "use an EventListener as listener="
            )
        if not _is_port(self._address()[0]) or not isinstance(self._address()[1], str | None):
            raise ConfigError(f"listen={self.listen!r}: must be a port, or (port, address)")

    def _address(self) -> tuple[int, str | None]:
        if isinstance(self.listen, tuple) and len(self.listen) == 2:  # noqa: PLR2004 (port, address)
            return self.listen
        return self.listen, None  # type: ignore[return-value] # checked by whoever made it

    @contextlib.contextmanager
    def listening(self, scu: Scu) -> Iterator[ListenerLike | None]:
        """Hear the reports that come to the listener, or to one that is started for the block.

        Raises
        ------
        StateError
            If the listener does not run.
        ConfigError
            If the port cannot be listened on.
        """
        if self.listen is None:
            if self.listener is not None:
                hear(self.listener)
            yield self.listener
            return
        from dicomwire.scp.event_listener import EventListener

        port, host = self._address()
        own = EventListener(
            scu.calling_ae_title,
            port=port,
            host=host or listening_address(scu.peer),
            sop_classes=[SOP_CLASS],
            timeouts=scu.options.timeouts,
            limits=scu.options.limits,
        )
        with own:
            hear(own)
            yield own


def hear(listener: ListenerLike) -> None:
    """Bring what comes to a listener to the transactions that wait for it.

    Raises
    ------
    StateError
        If it does not run.
    """
    _check_listener(listener)
    if not listener.is_running:
        raise StateError(
            f"the {type(listener).__name__} is not running: start() it, or use it in a `with` block"
        )
    LEDGER.attend(listener)


def _is_port(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_PORT


def _check_listener(listener: object) -> None:
    if not isinstance(listener, Serving):
        raise ConfigError(
            f"listener={listener!r}: must be an EventListener or a StorageReceiver; "
            "listen=PORT starts one for the call"
        )
    if SOP_CLASS not in listener.event_sop_classes:
        raise ConfigError(
            f"the {type(listener).__name__} takes no event reports of storage commitment: "
            f'add "{SOP_CLASS}" to the SOP classes whose reports it takes'
        )
