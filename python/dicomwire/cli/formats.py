"""The formats in which rows are written, and how one of them is chosen."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["BINARY_FORMATS", "Format", "FormatOption", "OutputPath", "choose_format"]


class Format(StrEnum):
    """The choices of ``--format``."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    ARROW = "arrow"
    PARQUET = "parquet"


BINARY_FORMATS = frozenset({Format.ARROW, Format.PARQUET})

_BY_SUFFIX = {
    ".arrow": Format.ARROW,
    ".csv": Format.CSV,
    ".feather": Format.ARROW,
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".parquet": Format.PARQUET,
    ".txt": Format.TABLE,
}


def choose_format(asked: Format | None, output: Path | None, *, as_json: bool) -> Format:
    """Decide about the format: what is asked for, what the file's name says, or a table.

    Raises
    ------
    typer.BadParameter
        If neither ``--format`` nor the name of the file says which one is meant.
    """
    if asked is not None:
        return asked
    if output is None:
        return Format.JSON if as_json else Format.TABLE
    known = _BY_SUFFIX.get(output.suffix.lower())
    if known is None:
        raise typer.BadParameter(
            f"{output}: its name does not say which format is meant; "
            f"end it with {', '.join(_BY_SUFFIX)}, or give --format",
            param_hint="'--output'",
        )
    return known


OutputPath = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to FILE instead of standard output; its name tells the format.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        help="How to write \\[default: table, or what FILE is called].",
        show_default=False,
    ),
]
