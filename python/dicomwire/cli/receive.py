"""``dicomwire receive``: be a storage provider until told to stop (PS3.4 annex B)."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .exit_codes import ALL_WELL, SOME_FAILED
from .interruption import ending_on_signals
from .options import (
    AsJson,
    Quiet,
    Verbose,
    parse_ae_title,
    show_messages,
)
from .output import megabytes, note, print_json, print_result
from .output_files import make_directory

if TYPE_CHECKING:
    from dicomwire.hooks import InstanceReceived

__all__ = ["receive"]


AeTitle = Annotated[
    str,
    typer.Option(
        "--ae-title",
        metavar="AET",
        parser=parse_ae_title,
        help="Our AE title, which peers call.",
        show_default=False,
    ),
]
Port = Annotated[
    int,
    typer.Option(
        "--port",
        min=0,
        max=65535,
        help="The port to listen on, 0 for any free one.",
        show_default=False,
    ),
]
Directory = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output-directory",
        metavar="DIR",
        file_okay=False,
        help="Where to write the instances; made if it does not exist.",
        show_default=False,
    ),
]
Host = Annotated[
    str,
    typer.Option("--host", help="The address to listen on; 0.0.0.0 lets other machines connect."),
]
Discard = Annotated[bool, typer.Option("--discard", help="Accept instances and throw them away.")]
MaxInstances = Annotated[
    int | None,
    typer.Option(
        "--max-instances", metavar="N", min=1, help="Stop after N instances.", show_default=False
    ),
]


def receive(
    *,
    ae_title: AeTitle,
    port: Port,
    directory: Directory = None,
    host: Host = "127.0.0.1",
    discard: Discard = False,
    max_instances: MaxInstances = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Receive instances (C-STORE) until Ctrl-C, SIGTERM or --max-instances."""
    from dicomwire import DicomEngine, StorageReceiver

    sink = _sink(directory, discard=discard)
    show_messages(verbose)
    started = time.perf_counter()
    stop = threading.Event()
    with ending_on_signals(stop.set), DicomEngine():
        receiver = StorageReceiver(ae_title, port=port, host=host, sink=sink)
        # Before it listens, or the first instance could slip through uncounted.
        _watch(receiver, stop, max_instances, verbose=verbose)
        with receiver:
            if not quiet:
                where = "throwing everything away" if sink is None else f"writing to {sink}"
                note(f"listening as {ae_title} on {host} port {receiver.port}, {where}")
            stop.wait()
    seconds = time.perf_counter() - started
    if as_json:
        print_json(
            {
                "received": receiver.received,
                "failed": receiver.failed,
                "bytes": receiver.bytes,
                "seconds": round(seconds, 6),
            }
        )
    elif not quiet:
        print_result(
            f"received {receiver.received}, failed {receiver.failed}: {megabytes(receiver.bytes)}"
        )
    raise typer.Exit(SOME_FAILED if receiver.failed else ALL_WELL)


def _sink(directory: Path | None, *, discard: bool) -> Path | None:
    """Say where instances go; None throws them away."""
    if discard:
        if directory is not None:
            raise typer.BadParameter("--discard writes no files: leave out one of them")
        return None
    if directory is None:
        raise typer.BadParameter("say where to write with -o DIR, or --discard")
    return make_directory(directory)


def _watch(
    receiver: Any,  # noqa: ANN401 - a StorageReceiver, which is imported late
    stop: threading.Event,
    max_instances: int | None,
    *,
    verbose: bool,
) -> None:
    """Follow what comes in, but only if somebody wants to know."""
    if verbose:

        @receiver.instance_received.connect  # type: ignore[untyped-decorator]
        def show(event: InstanceReceived) -> None:
            place = event.path or "(no file)"
            note(f"received {event.sop_instance_uid} from {event.calling_ae_title}: {place}")

    if max_instances is not None:
        left = max_instances
        lock = threading.Lock()

        @receiver.instance_received.connect  # type: ignore[untyped-decorator]
        def count(_event: InstanceReceived) -> None:
            nonlocal left
            with lock:
                left -= 1
                if left <= 0:
                    stop.set()
