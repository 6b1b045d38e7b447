"""``dicomwire commit``: ask a peer to take charge of instances (PS3.4 annex J)."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import typer

from dicomwire.errors import DicomWireError

from .commit_options import AeTitle, Host, Listen, MaxInstances, Wait, listening
from .commit_report import (
    commitment_code,
    commitment_lines,
    commitment_summary,
    name_uncommitted,
)
from .exit_codes import INTERRUPTED
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
from .output import complain, print_json, print_result
from .send_options import Paths, ReportPath
from .send_report import SendReport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dicomwire import CommitmentResult, EventListener, StorageCommitmentScu

__all__ = ["commit"]


def commit(
    *,
    peer: PeerArgument,
    paths: Paths,
    wait: Wait = 30.0,
    listen: Listen = None,
    host: Host = None,
    ae_title: AeTitle = None,
    max_instances: MaxInstances = None,
    report: ReportPath = None,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Ask PEER to commit itself to keep the instances in the PATHs (storage commitment)."""
    from dicomwire import DicomEngine, StorageCommitmentScu

    options = association_options(timeout)
    show_messages(verbose)
    with ExitStack() as stack:
        lines = stack.enter_context(SendReport(report))
        stack.enter_context(DicomEngine())
        listener = stack.enter_context(
            listening(peer, calling_ae_title, listen, host, ae_title, quiet=quiet)
        )
        scu = StorageCommitmentScu(peer, calling_ae_title=calling_ae_title, options=options)
        result, is_interrupted = _ask(
            scu, paths, wait=wait, listener=listener, max_instances=max_instances
        )
        for line in commitment_lines(result):
            lines.write_line(line)
    if not quiet:
        name_uncommitted(result)
    if as_json:
        print_json(result.to_dict())
    elif not quiet:
        print_result(commitment_summary(result))
    if is_interrupted:
        complain("interrupted: the report was not waited for")
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(commitment_code(result, peer, is_listening=listener is not None))


def _ask(
    scu: StorageCommitmentScu,
    paths: Sequence[Path],
    *,
    wait: float,
    listener: EventListener | None,
    max_instances: int | None,
) -> tuple[CommitmentResult, bool]:
    """Ask for the commitment; return the result and whether a signal ended it."""
    is_asked = is_unanswered = False

    def end() -> None:
        if not is_asked:
            # Before the request there is nothing to account for.
            raise KeyboardInterrupt
        if is_unanswered:
            # A request cannot be cancelled, and its answer may not come before the time-out.
            scu.abort()
        else:
            scu.cancel()

    @scu.before_n_action.connect
    def ask(_event: object) -> None:
        nonlocal is_asked, is_unanswered
        is_asked = is_unanswered = True

    @scu.after_n_action.connect
    def answered(_event: object) -> None:
        nonlocal is_unanswered
        is_unanswered = False

    with ending_on_signals(end) as interruption:
        try:
            result = scu.request(paths, wait=wait, listener=listener, max_instances=max_instances)
        except DicomWireError:
            if not interruption.happened or scu.last_result is None:
                raise
            # The peer may have it all the same.
            result = scu.last_result
    return result, interruption.happened
