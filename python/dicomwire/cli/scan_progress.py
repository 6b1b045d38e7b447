"""The progress line of a scan: files, errors and rate."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from .terminal_progress import TerminalProgress

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["ScanProgress"]


# Rows come by the thousand; whoever looks at the line cannot.
_INTERVAL = 0.1


class ScanProgress(TerminalProgress):
    """Show how a scan goes on, on standard error and only if that is a terminal.

    Parameters
    ----------
    quiet : bool
        Show nothing, only count.
    console : Console, optional
        Where to show it.
    """

    def __init__(self, *, quiet: bool, console: Console | None = None) -> None:
        self.files = 0
        self.errors = 0
        self._shown = 0.0
        self._started = time.perf_counter()
        super().__init__(
            SpinnerColumn(),
            TextColumn("{task.fields[files]}"),
            TextColumn("{task.fields[rate]}"),
            TextColumn("[red]{task.fields[errors]}"),
            TimeElapsedColumn(),
            quiet=quiet,
            console=console,
            files="0 files",
            rate="",
            errors="",
        )

    @property
    def seconds(self) -> float:
        """The time since the beginning."""
        return time.perf_counter() - self._started

    def add(self, files: int, errors: int) -> None:
        """Count rows that were written, and show the newest figures now and then."""
        self.files += files
        self.errors += errors
        if self.seconds < self._shown + _INTERVAL:
            return
        self._shown = self.seconds
        self._show(
            files=f"{self.files} files",
            rate=f"{self.files / max(self.seconds, 1e-9):.0f} files/s",
            errors=f"{self.errors} with errors" if self.errors else "",
        )
