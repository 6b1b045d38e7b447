"""Ctrl-C and SIGTERM as a request to end, so that whatever ends can still account for itself."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Interruption", "ending_on_signals"]


class Interruption:
    """Whether somebody asked for the end."""

    def __init__(self) -> None:
        self.happened = False


@contextmanager
def ending_on_signals(end: Callable[[], object]) -> Iterator[Interruption]:
    """Call a function on SIGINT or SIGTERM instead of raising `KeyboardInterrupt` anywhere.

    Only the first signal is gentle. The second one does what it did before, in case the first
    was not enough.

    Parameters
    ----------
    end : callable
        Ends what is going on; called in the main thread, between two of its steps.

    Yields
    ------
    Interruption
        Tells whether it was called.
    """
    interruption = Interruption()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(_number: int, _frame: object) -> None:
        interruption.happened = True
        restore()
        end()

    for number in before:
        signal.signal(number, handle)
    try:
        yield interruption
    finally:
        restore()
