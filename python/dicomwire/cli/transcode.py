"""``dicomwire transcode``: write files in another transfer syntax (PS3.5 section 10)."""

from __future__ import annotations

import time
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from .exit_codes import ALL_WELL
from .options import AsJson, Quiet
from .output import megabytes, print_json, print_result, speed

__all__ = ["transcode"]

_NAMES = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "deflated": "1.2.840.10008.1.2.1.99",
    "big-endian": "1.2.840.10008.1.2.2",
}


def transcode(
    *,
    source: Annotated[Path, typer.Argument(help="The file to read.", metavar="SOURCE")],
    target: Annotated[
        Path, typer.Argument(help="The file to write; may be SOURCE.", metavar="TARGET")
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="SYNTAX",
            help="implicit, explicit, deflated, big-endian, or the UID of a transfer syntax.",
        ),
    ] = "explicit",
    overwrite: Annotated[
        bool, typer.Option("--overwrite/--no-overwrite", help="Replace TARGET if there is one.")
    ] = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write SOURCE as TARGET in another uncompressed or deflated transfer syntax."""
    from dicomwire import transcode_file

    uid = _NAMES.get(to, to)
    started = time.perf_counter()
    transcode_file(source, target, uid, overwrite=overwrite)
    seconds = time.perf_counter() - started
    size = target.stat().st_size
    if as_json:
        print_json(
            {
                "source": str(source),
                "target": str(target),
                "transfer_syntax": uid,
                "bytes": size,
                "seconds": round(seconds, 6),
            }
        )
    elif not quiet:
        print_result(f"{target}: {megabytes(size)} in {uid}, {speed(size, seconds)}")
    raise typer.Exit(ALL_WELL)
