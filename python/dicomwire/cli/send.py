"""``dicomwire send``: send files and directories to a peer (C-STORE, PS3.4 annex B)."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import StoreInterrupted
from .exit_codes import ALL_WELL, INTERRUPTED, SOME_FAILED, USAGE
from .options import (
    AsJson,
    CallingAeTitle,
    PeerArgument,
    Quiet,
    Timeout,
    Verbose,
    association_options,
    show_messages,
)
from .output import complain, megabytes, note, print_json, print_result, speed
from .send_progress import SendProgress
from .send_report import SendReport

if TYPE_CHECKING:
    from .. import StoreReport, StoreResult, StoreScu

__all__ = ["send"]

# What "auto" means until a pool that measures takes over.
_AUTO_ASSOCIATIONS = 4
_MAX_ASSOCIATIONS = 64
# So many failures are named on the terminal; --report has them all.
_FAILURES_SHOWN = 20


class Transcode(StrEnum):
    """The choices of ``--transcode``."""

    UNCOMPRESSED = "uncompressed"
    NEVER = "never"
    ANY = "any"


class OnFailure(StrEnum):
    """The choices of ``--on-failure``."""

    CONTINUE = "continue"
    STOP = "stop"


def _parse_associations(text: str) -> int:
    """Read the value of ``--associations``."""
    if text == "auto":
        return _AUTO_ASSOCIATIONS
    if text.isascii() and text.isdigit() and 1 <= int(text) <= _MAX_ASSOCIATIONS:
        return int(text)
    raise typer.BadParameter(f"{text!r}: must be a number from 1 to {_MAX_ASSOCIATIONS}, or auto")


def send(
    peer: PeerArgument,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            exists=True,
            readable=False,
            help="Files, directories (with all below them) or DICOMDIRs.",
            show_default=False,
        ),
    ],
    associations: Annotated[
        int,
        typer.Option(
            "--associations",
            metavar="N|auto",
            parser=_parse_associations,
            help=f"How many associations to send over; auto is {_AUTO_ASSOCIATIONS} for now.",
        ),
    ] = 1,
    max_pdu: Annotated[
        int | None,
        typer.Option(
            "--max-pdu",
            metavar="BYTES",
            help="The maximum PDU length to announce, 0 for none. [default: 131072]",
            show_default=False,
        ),
    ] = None,
    transcode: Annotated[
        Transcode,
        typer.Option(
            "--transcode",
            help="What to convert if the peer does not accept a file's transfer syntax.",
        ),
    ] = Transcode.UNCOMPRESSED,
    on_failure: Annotated[
        OnFailure, typer.Option("--on-failure", help="What to do after an instance has failed.")
    ] = OnFailure.CONTINUE,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE.jsonl",
            dir_okay=False,
            help="Write a JSON line for each instance as its result is known.",
            show_default=False,
        ),
    ] = None,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Send all instances in the PATHs to PEER (C-STORE)."""
    from .. import DicomEngine, StoreScu

    options = association_options(timeout, max_pdu)
    show_messages(verbose)
    with ExitStack() as stack:
        lines = stack.enter_context(SendReport(report))
        stack.enter_context(DicomEngine())
        scu = StoreScu(peer, calling_ae_title=calling_ae_title, options=options)
        settings = {
            "associations": associations,
            "transcode": transcode.value,
            "on_failure": on_failure.value,
        }
        outcome, interrupted = _send_all(scu, paths, settings, lines, quiet=quiet)
    if as_json:
        print_json(_as_json(outcome))
    elif not quiet:
        print_result(_summary(outcome))
    if interrupted:
        complain("interrupted: instances not named in the report or the summary were not sent")
        raise typer.Exit(INTERRUPTED)
    if not (outcome.sent or outcome.warnings or outcome.failed or outcome.skipped):
        complain(f"nothing to send in {', '.join(str(path) for path in paths)}")
        raise typer.Exit(USAGE)
    raise typer.Exit(SOME_FAILED if outcome.failed else ALL_WELL)


def _send_all(
    scu: StoreScu,
    paths: list[Path],
    settings: dict[str, Any],
    lines: SendReport,
    *,
    quiet: bool,
) -> tuple[StoreReport, bool]:
    """Send, writing each result down at once; return the account and whether Ctrl-C ended it."""
    failures: list[StoreResult] = []
    interrupted = False
    with SendProgress(quiet=quiet) as progress:
        try:
            results = scu.store_iter(paths, progress=progress.update, **settings)
            for result in results:
                lines.write(result)
                if result.outcome in ("failed", "unconfirmed"):
                    failures.append(result)
            outcome = scu.last_report
        except StoreInterrupted as interruption:
            outcome = interruption.report
            interrupted = True
            # What was in flight has a result too, but no loop to hand it to any more.
            for result in lines.missing(outcome.failures):
                lines.write(result)
                failures.append(result)
    if not quiet:
        for result in failures[:_FAILURES_SHOWN]:
            note(f"failed: {result.path or result.sop_instance_uid}: {_reason(result)}")
        if len(failures) > _FAILURES_SHOWN:
            note(f"failed: {len(failures) - _FAILURES_SHOWN} more, --report FILE names all of them")
    return outcome, interrupted


def _reason(result: StoreResult) -> str:
    """Say why an instance failed."""
    return result.error or f"the peer answered {result.status}"


def _as_json(outcome: StoreReport) -> dict[str, Any]:
    """Make the object that ``--json`` prints."""
    return {
        "sent": outcome.sent,
        "warnings": outcome.warnings,
        "failed": outcome.failed,
        "skipped": outcome.skipped,
        "bytes": outcome.bytes,
        "seconds": round(outcome.seconds, 6),
    }


def _summary(outcome: StoreReport) -> str:
    """Make the line that is printed at the end."""
    return (
        f"sent {outcome.sent}, warnings {outcome.warnings}, failed {outcome.failed}, "
        f"skipped {outcome.skipped}: {megabytes(outcome.bytes)} in {outcome.seconds:.2f} s "
        f"({speed(outcome.bytes, outcome.seconds)})"
    )
