"""``dicomwire echo``: ask a peer whether it is there (C-ECHO, PS3.4 annex A)."""

from __future__ import annotations

import time

import typer

from .exit_codes import ALL_WELL, SOME_FAILED
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
from .output import print_json, print_result

__all__ = ["echo"]


def echo(
    *,
    peer: PeerArgument,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Verify that PEER accepts associations and answers (C-ECHO)."""
    from dicomwire import DicomEngine, VerificationScu

    options = association_options(timeout)
    show_messages(verbose)
    started = time.perf_counter()
    with DicomEngine():
        status = VerificationScu(peer, calling_ae_title=calling_ae_title, options=options).echo()
    seconds = time.perf_counter() - started
    if as_json:
        print_json({"peer": str(peer), "status": f"0x{status:04X}", "seconds": round(seconds, 6)})
    elif not quiet or not status.is_success:
        print_result(f"{peer} answered {status} in {seconds * 1000:.1f} ms")
    raise typer.Exit(ALL_WELL if status.is_success else SOME_FAILED)
