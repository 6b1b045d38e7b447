"""Opening what results are written to."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .formats import Format

__all__ = ["make_directory", "open_binary", "open_text"]


@contextmanager
def open_text(output: Path | None) -> Iterator[IO[str]]:
    """Open a file for text, or standard output if it is None."""
    if output is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def open_binary(output: Path | None, form: Format) -> Iterator[IO[bytes]]:
    """Open a file for bytes, or standard output if it is None and no terminal.

    Raises
    ------
    typer.BadParameter
        If it is a terminal.
    """
    if output is not None:
        with output.open("wb") as file:
            yield file
        return
    if sys.stdout.isatty():
        raise typer.BadParameter(
            f"{form} is nothing for a terminal; give -o FILE", param_hint="'--format'"
        )
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def make_directory(directory: Path) -> Path:
    """Make a directory to write to, unless it is there.

    Raises
    ------
    typer.BadParameter
        If that is not possible.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"cannot make the directory {directory}: {error}") from None
    return directory
