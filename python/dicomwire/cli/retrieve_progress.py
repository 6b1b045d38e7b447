"""The progress line of a retrieval: instances, bytes, rate, time left and failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from .output import megabytes, speed
from .terminal_progress import TerminalProgress

if TYPE_CHECKING:
    from rich.console import Console

    from dicomwire import RetrieveProgress as Figures

__all__ = ["RetrieveProgress"]


class RetrieveProgress(TerminalProgress):
    """Show how a retrieval goes on, on standard error and only if that is a terminal.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    console : Console, optional
        Where to show it.
    """

    def __init__(self, *, quiet: bool, console: Console | None = None) -> None:
        super().__init__(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[instances]}"),
            TextColumn("{task.fields[amount]}"),
            TextColumn("{task.fields[rate]}"),
            TextColumn("[red]{task.fields[failures]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            quiet=quiet,
            console=console,
            instances="0 instances",
            amount="",
            rate="",
            failures="",
        )

    def update(self, now: Figures) -> None:
        """Show the newest figures; may be called from any thread."""
        done = now.completed + now.warning + now.failed
        total = None if now.remaining is None else done + now.remaining
        of_total = "" if total is None else f" of {total}"
        self._show(
            completed=done,
            total=total,
            instances=f"{done}{of_total} instances",
            # Of what goes to somebody else we do not see the bytes.
            amount=megabytes(now.bytes) if now.bytes else "",
            rate=speed(now.bytes, now.seconds) if now.bytes else "",
            failures=f"{now.failed} failed" if now.failed else "",
        )
