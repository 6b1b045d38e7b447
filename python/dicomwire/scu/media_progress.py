"""Asking a media creation device until it has finished."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from dicomwire.errors import AssociationAborted, MediaCreationTimeout
from dicomwire.media_creation import ExecutionStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomwire.config import Peer
    from dicomwire.media_creation import MediaCreationStatus

    from .pauses import Pauses

__all__ = ["ask_until_final"]

_SLOWER = 1.5
_LONGEST_INTERVAL = 30.0


def ask_until_final(
    ask: Callable[[], MediaCreationStatus],
    pauses: Pauses,
    what: str,
    peer: Peer,
    *,
    timeout: float | None,
    interval: float,
    progress: Callable[[MediaCreationStatus], object] | None,
) -> MediaCreationStatus:
    """Ask with pauses that become longer, until the answer is final or the pauses are ended.

    Raises
    ------
    MediaCreationTimeout
        If the time is over.
    AssociationAborted
        If the pauses were aborted.
    """
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    while True:
        status = ask()
        if progress is not None:
            progress(status)
        if status.is_final:
            return status
        left = deadline - time.monotonic()
        if left <= 0:
            raise _timed_out(what, peer, timeout, status)
        pauses.wait(min(interval, left))
        if pauses.is_aborted:
            raise AssociationAborted(
                f"the wait for {what} was aborted; {peer} goes on with it", by="local"
            )
        if pauses.is_ended:
            return status
        interval = min(interval * _SLOWER, max(interval, _LONGEST_INTERVAL))


def _timed_out(
    what: str, peer: Peer, timeout: float | None, status: MediaCreationStatus
) -> MediaCreationTimeout:
    is_idle = status.execution_status == ExecutionStatus.IDLE
    advice = "it was not initiated" if is_idle else "it goes on; wait longer, or cancel it"
    return MediaCreationTimeout(
        f"{peer} did not finish {what} within {timeout:g} s, it is {status}: {advice}",
        phase="media",
        peer=str(peer),
        status=status,
    )
