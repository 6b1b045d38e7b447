"""A progress line on standard error, shown only if that is a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["TerminalProgress"]


class TerminalProgress:
    """Show a line of columns while a verb works, and take it off the terminal at the end.

    Parameters
    ----------
    *columns : ProgressColumn
        What the line is made of.
    quiet : bool
        Show nothing.
    console : Console, optional
        Where to show it.
    **fields : str
        What the columns show at first.
    """

    def __init__(
        self,
        *columns: ProgressColumn,
        quiet: bool,
        console: Console | None,
        **fields: Any,  # noqa: ANN401 - as rich has it
    ) -> None:
        console = Console(stderr=True) if console is None else console
        self._progress = Progress(
            *columns,
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=None, **fields)

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

    def _show(self, **figures: Any) -> None:  # noqa: ANN401 - as rich has it
        self._progress.update(self._task, **figures)
