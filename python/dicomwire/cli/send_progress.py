"""The progress line of a send: instances, bytes, rate, time left and failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from .output import megabytes, speed

if TYPE_CHECKING:
    from types import TracebackType

    from dicomwire import StoreProgress

__all__ = ["SendProgress"]


class SendProgress:
    """Show how a send goes on, on standard error and only if that is a terminal.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    console : Console, optional
        Where to show it.
    """

    def __init__(self, *, quiet: bool, console: Console | None = None) -> None:
        console = Console(stderr=True) if console is None else console
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[instances]}"),
            TextColumn("{task.fields[amount]}"),
            TextColumn("{task.fields[rate]}"),
            TextColumn("[red]{task.fields[failures]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._task = self._progress.add_task(
            "send", total=None, instances="0 instances", amount="", rate="", failures=""
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

    def update(self, now: StoreProgress) -> None:
        """Show the newest figures; may be called from any thread."""
        done = now.sent + now.warnings + now.failed + now.skipped
        of_total = "" if now.total is None else f" of {now.total}"
        self._progress.update(
            self._task,
            completed=done,
            total=now.total,
            instances=f"{done}{of_total} instances",
            amount=megabytes(now.bytes),
            rate=speed(now.bytes, now.seconds),
            failures=f"{now.failed} failed" if now.failed else "",
        )
