"""Ctrl-C and SIGTERM during a retrieval: it is cancelled, so that its account is complete."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .interruption import Interruption, ending_on_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomwire import QueryRetrieveScu
    from dicomwire.hooks import Hook

__all__ = ["cancelling_on_signals"]


@contextmanager
def cancelling_on_signals(scu: QueryRetrieveScu, before: Hook[Any]) -> Iterator[Interruption]:
    """Cancel a retrieval on the first signal; before it was asked for, raise `KeyboardInterrupt`.

    Parameters
    ----------
    scu : QueryRetrieveScu
        What retrieves.
    before : Hook
        Its event before each request.

    Yields
    ------
    Interruption
        Tells whether it was cancelled.
    """
    is_asked = False

    def end() -> None:
        if not is_asked:
            raise KeyboardInterrupt
        scu.cancel()

    with ending_on_signals(end) as interruption:

        def ask(_event: object) -> None:
            nonlocal is_asked
            if interruption.happened:
                # There was nothing to cancel between two requests.
                raise KeyboardInterrupt
            is_asked = True

        before.connect(ask)
        yield interruption
