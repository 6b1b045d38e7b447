"""The options and arguments of ``dicomwire scan``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Limit", "ScanPaths", "Tags", "Workers"]


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
        help="How many threads read \\[default: one per processor].",
        show_default=False,
    ),
]
