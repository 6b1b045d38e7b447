"""Waiting between two questions to a peer, so that it can be ended from outside."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from dicomwire.engine import DicomEngine

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Pauses"]


class Pauses:
    """Pauses of one loop of questions; a resource of the engine, whose shutdown ends them.

    Attributes
    ----------
    is_ended : bool
        Whether somebody asked for the end.
    is_aborted : bool
        Whether they did not ask gently.
    """

    def __init__(self) -> None:
        # Reentrant: a signal handler may end a pause that this very thread is beginning.
        self._change = threading.Condition(threading.RLock())
        self.is_ended = False
        self.is_aborted = False

    def __enter__(self) -> Self:
        """Have the engine end the pauses when it shuts down."""
        DicomEngine.register(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Forget the engine."""
        DicomEngine.unregister(self)

    def wait(self, seconds: float) -> None:
        """Wait so long, or until the end is asked for."""
        with self._change:
            self._change.wait_for(lambda: self.is_ended, seconds)

    def end(self) -> None:
        """Ask for the end; any thread and signal handler may."""
        with self._change:
            self.is_ended = True
            self._change.notify_all()

    def abort(self) -> None:
        """Ask for the end, and that it be an error."""
        self.is_aborted = True
        self.end()

    def release(self, timeout: float) -> None:  # noqa: ARG002 (nothing to wait for)
        """End the pauses for good: the engine shuts down."""
        self.abort()

    def close(self, timeout: float) -> None:  # noqa: ARG002 (nothing to free)
        """End the pauses for good."""
        self.abort()
