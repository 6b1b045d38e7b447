"""The options and arguments of ``dicomwire scan``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Format",
    "FormatOption",
    "Limit",
    "OutputPath",
    "ScanPaths",
    "Tags",
    "Workers",
    "choose_format",
]


class Format(StrEnum):
    """The choices of ``--format``."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    ARROW = "arrow"
    PARQUET = "parquet"


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


ScanPaths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH...",
        exists=True,
        help="Files, and directories, which are searched recursively.",
        show_default=False,
    ),
]
Tags = Annotated[
    list[str],
    typer.Option(
        "--tag",
        "-t",
        metavar="TAG",
        help="What to read: Keyword, gggg,eeee, or a path such as "
        "RequestAttributesSequence[0].ScheduledProcedureStepID; may be repeated.",
        show_default=False,
    ),
]
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
        help="How to write [default: table, or what FILE is called].",
        show_default=False,
    ),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="End after N files.", show_default=False),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        max=64,
        help="How many threads read [default: one per processor].",
        show_default=False,
    ),
]
