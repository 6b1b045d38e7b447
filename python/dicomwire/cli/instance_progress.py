"""The progress line of work on instances: how many, bytes, rate, time left and failures."""

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

__all__ = ["InstanceProgress"]


class InstanceProgress(TerminalProgress):
    """Show how instances go by, on standard error and only if that is a terminal.

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

    def _show_instances(
        self, done: int, total: int | None, failed: int, size: int | None, seconds: float
    ) -> None:
        """Show the newest figures; of bytes nothing where they are not known."""
        of_total = "" if total is None else f" of {total}"
        self._show(
            completed=done,
            total=total,
            instances=f"{done}{of_total} instances",
            amount="" if size is None else megabytes(size),
            rate="" if size is None else speed(size, seconds),
            failures=f"{failed} failed" if failed else "",
        )
