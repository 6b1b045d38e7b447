"""The progress line of a scan: files, errors and rate."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ScanProgress"]


# Rows come by the thousand; whoever looks at the line cannot.
_INTERVAL = 0.1


class ScanProgress:
    """Show how a scan goes on, on standard error and only if that is a terminal.

    Parameters
    ----------
    quiet : bool
        Show nothing, only count.
    console : Console, optional
        Where to show it.
    """

    def __init__(self, *, quiet: bool, console: Console | None = None) -> None:
        console = Console(stderr=True) if console is None else console
        self.files = 0
        self.errors = 0
        self._shown = 0.0
        self._started = time.perf_counter()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[files]}"),
            TextColumn("{task.fields[rate]}"),
            TextColumn("[red]{task.fields[errors]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._task = self._progress.add_task(
            "scan", total=None, files="0 files", rate="", errors=""
        )

    def __enter__(self) -> Self:
        """Start to show it."""
        self._progress.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take it off the terminal."""
        self._progress.stop()

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
        self._progress.update(
            self._task,
            files=f"{self.files} files",
            rate=f"{self.files / max(self.seconds, 1e-9):.0f} files/s",
            errors=f"{self.errors} with errors" if self.errors else "",
        )
