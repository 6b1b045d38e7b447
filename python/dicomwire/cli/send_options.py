"""The options and arguments of ``dicomwire send``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Associations",
    "MaxPdu",
    "OnFailure",
    "OnFailureOption",
    "Paths",
    "ReportPath",
    "Transcode",
    "TranscodeOption",
    "Window",
    "parse_associations",
]

# What "auto" means until a pool that measures takes over.
_AUTO_ASSOCIATIONS = 4
_MAX_ASSOCIATIONS = 64


class Transcode(StrEnum):
    """The choices of ``--transcode``."""

    UNCOMPRESSED = "uncompressed"
    NEVER = "never"
    ANY = "any"


class OnFailure(StrEnum):
    """The choices of ``--on-failure``."""

    CONTINUE = "continue"
    STOP = "stop"


def parse_associations(text: str) -> int:
    """Read the value of ``--associations``.

    Raises
    ------
    typer.BadParameter
        If it is neither a number in range nor ``auto``.
    """
    if text == "auto":
        return _AUTO_ASSOCIATIONS
    if text.isascii() and text.isdigit() and 1 <= int(text) <= _MAX_ASSOCIATIONS:
        return int(text)
    raise typer.BadParameter(
        f"{text!r} must be a number from 1 to {_MAX_ASSOCIATIONS}, or auto",
        param_hint="'--associations'",
    )


Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH",
        exists=True,
        # What cannot be read is a failed instance in the report, like what is no DICOM.
        readable=False,
        help="Files, directories (with all below them) or DICOMDIRs.",
        show_default=False,
    ),
]
Associations = Annotated[
    str,
    typer.Option(
        "--associations",
        metavar="N|auto",
        help=f"How many associations to send over; auto is {_AUTO_ASSOCIATIONS} for now.",
    ),
]
MaxPdu = Annotated[
    int | None,
    typer.Option(
        "--max-pdu",
        metavar="BYTES",
        help="The maximum PDU length to announce, 0 for none; 131072 if not given.",
        show_default=False,
    ),
]
Window = Annotated[
    int | None,
    typer.Option(
        "--window",
        metavar="N",
        min=0,
        max=65535,
        help="Ask to have N instances unanswered at once on an association, 0 for any number.",
        show_default=False,
    ),
]
TranscodeOption = Annotated[
    Transcode,
    typer.Option(
        "--transcode",
        help="What to convert if the peer does not accept a file's transfer syntax.",
    ),
]
OnFailureOption = Annotated[
    OnFailure, typer.Option("--on-failure", help="What to do after an instance has failed.")
]
ReportPath = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.jsonl",
        dir_okay=False,
        help="Write a JSON line for each instance as its result is known.",
        show_default=False,
    ),
]
