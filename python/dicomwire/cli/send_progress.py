"""The progress line of a send: instances, bytes, rate, time left and failures."""

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

    from dicomwire import StoreProgress

__all__ = ["SendProgress"]


class SendProgress(TerminalProgress):
    """Show how a send goes on, on standard error and only if that is a terminal.

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

    def update(self, now: StoreProgress) -> None:
        """Show the newest figures; may be called from any thread."""
        done = now.sent + now.warnings + now.failed + now.skipped
        of_total = "" if now.total is None else f" of {now.total}"
        self._show(
            completed=done,
            total=now.total,
            instances=f"{done}{of_total} instances",
            amount=megabytes(now.bytes),
            rate=speed(now.bytes, now.seconds),
            failures=f"{now.failed} failed" if now.failed else "",
        )
