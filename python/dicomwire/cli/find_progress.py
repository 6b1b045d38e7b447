"""The progress line of a query: matches and rate."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from .terminal_progress import TerminalProgress

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["FindProgress"]

# Matches come by the thousand; whoever looks at the line cannot.
_INTERVAL = 0.1


class FindProgress(TerminalProgress):
    """Show how a query goes on, on standard error and only if that is a terminal.

    Parameters
    ----------
    quiet : bool
        Show nothing, only take the time.
    console : Console, optional
        Where to show it.
    """

    def __init__(self, *, quiet: bool, console: Console | None = None) -> None:
        self._shown = 0.0
        self._started = time.perf_counter()
        super().__init__(
            SpinnerColumn(),
            TextColumn("{task.fields[matches]}"),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            quiet=quiet,
            console=console,
            matches="0 matches",
            rate="",
        )

    @property
    def seconds(self) -> float:
        """The time since the beginning."""
        return time.perf_counter() - self._started

    def update(self, matches: int) -> None:
        """Show the newest figures now and then."""
        if self.seconds < self._shown + _INTERVAL:
            return
        self._shown = self.seconds
        self._show(
            matches=f"{matches} matches",
            rate=f"{matches / max(self.seconds, 1e-9):.0f} matches/s",
        )
