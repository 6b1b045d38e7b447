"""``dicomwire send``: send files and directories to a peer (C-STORE, PS3.4 annex B)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from dicomwire.errors import DicomWireError

from .commit_options import Commit, CommitWait, Listen, listening
from .exit_codes import INTERRUPTED, USAGE
from .interruption import ending_on_signals
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
from .send_changes import RemoveOption, SetOption, parse_changes
from .send_commitment import commit_sent, sent_code, tell_commitment
from .send_options import (
    Associations,
    MaxPdu,
    OnFailure,
    OnFailureOption,
    Paths,
    ReportPath,
    Transcode,
    TranscodeOption,
    Window,
    parse_associations,
)
from .send_progress import SendProgress
from .send_report import SendReport

if TYPE_CHECKING:
    from pathlib import Path

    from dicomwire import StoreReport, StoreResult, StoreScu

__all__ = ["send"]

# So many failures are named on the terminal; --report has them all.
_FAILURES_SHOWN = 20


def send(
    *,
    peer: PeerArgument,
    paths: Paths,
    associations: Associations = "1",
    max_pdu: MaxPdu = None,
    window: Window = None,
    transcode: TranscodeOption = Transcode.UNCOMPRESSED,
    on_failure: OnFailureOption = OnFailure.CONTINUE,
    set_values: SetOption = None,
    remove: RemoveOption = None,
    commit: Commit = False,
    wait: CommitWait = None,
    listen: Listen = None,
    report: ReportPath = None,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Send all instances in the PATHs to PEER (C-STORE)."""
    from dicomwire import DicomEngine, StoreReport, StoreScu

    options = association_options(timeout, max_pdu)
    if window is not None:
        options = replace(options, asynchronous_operations=(window, 1))
    settings: dict[str, Any] = {
        "associations": parse_associations(associations),
        "transcode": transcode.value,
        "on_failure": on_failure.value,
    }
    if (rewrite := parse_changes(set_values, remove)) is not None:
        settings["rewrite"] = rewrite
    if not commit and (wait is not None or listen is not None):
        raise typer.BadParameter("--wait and --listen are for --commit")
    show_messages(verbose)
    with ExitStack() as stack:
        lines = stack.enter_context(SendReport(report))
        stack.enter_context(DicomEngine())
        # Before anything is sent: the port may be in use.
        listener = stack.enter_context(listening(peer, calling_ae_title, listen, quiet=quiet))
        scu = StoreScu(peer, calling_ae_title=calling_ae_title, options=options)
        confirmed: list[StoreResult] | None = [] if commit else None
        interrupted = _send_all(scu, paths, settings, lines, confirmed, quiet=quiet)
        outcome = scu.last_report or StoreReport()
        if commit and not interrupted:
            outcome.confirmed = confirmed
            interrupted = commit_sent(scu, outcome, wait, listener, lines)
    if as_json:
        print_json(_as_json(outcome, with_commitment=commit))
    elif not quiet:
        print_result(_summary(outcome))
        tell_commitment(outcome)
    if interrupted:
        complain(f"interrupted: the rest was not {'sent or committed' if commit else 'sent'}")
        raise typer.Exit(INTERRUPTED)
    if not (outcome.sent or outcome.warnings or outcome.failed or outcome.skipped):
        complain(f"nothing to send in {', '.join(str(path) for path in paths)}")
        raise typer.Exit(USAGE)
    raise typer.Exit(sent_code(outcome, peer, is_listening=listener is not None))


def _send_all(
    scu: StoreScu,
    paths: list[Path],
    settings: dict[str, Any],
    lines: SendReport,
    confirmed: list[StoreResult] | None,
    *,
    quiet: bool,
) -> bool:
    """Send, writing each result down at once; return whether a signal ended it."""
    # Not KeyboardInterrupt: it may strike between taking a result and writing it down. An abort
    # ends the loop in order, after the results of what was in flight.
    with SendProgress(quiet=quiet) as progress, ending_on_signals(scu.abort) as interruption:
        try:
            for result in scu.store_iter(paths, progress=progress.update, **settings):
                lines.write(result)
                if confirmed is not None and result.is_confirmed:
                    confirmed.append(result)
        except DicomWireError:
            if not interruption.happened:
                raise
    if not quiet and scu.last_report is not None:
        _name_failures(scu.last_report.failures)
    return interruption.happened


def _name_failures(failures: list[StoreResult]) -> None:
    """Print the first failures with their reasons."""
    for result in failures[:_FAILURES_SHOWN]:
        note(f"failed: {result.path or result.sop_instance_uid}: {_reason(result)}")
    if len(failures) > _FAILURES_SHOWN:
        note(f"failed: {len(failures) - _FAILURES_SHOWN} more, --report FILE names all of them")


def _reason(result: StoreResult) -> str:
    """Say why an instance failed."""
    if result.status is None:
        return result.error or result.outcome
    # Without a comment of the peer, the error only says the status again.
    own = result.error and not result.error.startswith("the peer answered with status")
    comment = f": {result.error}" if own else ""
    return f"the peer answered {result.status}{comment}"


def _as_json(outcome: StoreReport, *, with_commitment: bool) -> dict[str, Any]:
    """Make the object that ``--json`` prints."""
    result: dict[str, Any] = {
        "sent": outcome.sent,
        "warnings": outcome.warnings,
        "failed": outcome.failed,
        "skipped": outcome.skipped,
        "bytes": outcome.bytes,
        "seconds": round(outcome.seconds, 6),
    }
    if with_commitment:
        commitment = outcome.commitment
        result["commitment"] = None if commitment is None else commitment.to_dict()
        result["commitment_error"] = outcome.commitment_error
    return result


def _summary(outcome: StoreReport) -> str:
    """Make the line that is printed at the end."""
    return (
        f"sent {outcome.sent}, warnings {outcome.warnings}, failed {outcome.failed}, "
        f"skipped {outcome.skipped}: {megabytes(outcome.bytes)} in {outcome.seconds:.2f} s "
        f"({speed(outcome.bytes, outcome.seconds)})"
    )
