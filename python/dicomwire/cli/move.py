"""``dicomwire move``: have a peer send instances to somebody, or to us (C-MOVE, PS3.4 C.4.2)."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dicomwire.query import STUDY_ROOT

from .options import (
    AsJson,
    CallingAeTitle,
    PeerArgument,
    Quiet,
    Timeout,
    Verbose,
    association_options,
    parse_ae_title,
    show_messages,
)
from .output import note
from .output_files import make_directory
from .query_options import (
    Keys,
    LevelOption,
    ModelOption,
    NoCheck,
    Relational,
    choose_level,
    parse_keys,
)
from .retrieve_ending import cancelling_on_signals
from .retrieve_options import Directory, Verify, listening_address
from .retrieve_progress import RetrieveProgress
from .retrieve_report import tell, telling_what_came

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["move"]

_DICOM_PORT = 11112
"""The registered port of DICOM (PS3.8 section 9.1.1) that needs no privileges."""

Destination = Annotated[
    str | None,
    typer.Option(
        "--dest",
        metavar="AET",
        parser=parse_ae_title,
        help="Whom PEER is to send the instances to; PEER has to know where that is.",
        show_default=False,
    ),
]
AeTitle = Annotated[
    str | None,
    typer.Option(
        "--ae-title",
        metavar="AET",
        parser=parse_ae_title,
        help="With -o: the AE title under which PEER knows us \\[default: our calling AE title].",
        show_default=False,
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        min=0,
        max=65535,
        help=f"With -o: the port on which PEER expects us \\[default: {_DICOM_PORT}].",
        show_default=False,
    ),
]
Host = Annotated[
    str | None,
    typer.Option(
        "--host",
        help="With -o: the address to listen on \\[default: all of this machine, or 127.0.0.1 if "
        "PEER is on it].",
        show_default=False,
    ),
]


def move(
    *,
    peer: PeerArgument,
    destination: Destination = None,
    directory: Directory = None,
    ae_title: AeTitle = None,
    port: Port = None,
    host: Host = None,
    keys: Keys = None,
    level: LevelOption = None,
    model: ModelOption = STUDY_ROOT.name,  # type: ignore[assignment] # typer parses it
    verify: Verify = False,
    relational: Relational = False,
    no_check: NoCheck = False,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Have PEER send instances to --dest AET, or to us with -o DIR (C-MOVE)."""
    from dicomwire import DicomEngine, QueryRetrieveScu, StorageReceiver

    options = association_options(timeout, relational=relational)
    query = parse_keys(keys)
    at_level = choose_level(level, model, query)
    own = _check_target(destination, directory, (ae_title, port, host))
    show_messages(verbose)
    settings: dict[str, Any] = {}
    with ExitStack() as stack:
        stack.enter_context(DicomEngine())
        if own is not None:
            receiver = StorageReceiver(
                ae_title or calling_ae_title,
                port=_DICOM_PORT if port is None else port,
                host=host or listening_address(peer),
                sink=own,
            )
            settings["receiver"] = stack.enter_context(receiver)
            if not quiet:
                note(f"listening as {receiver.ae_title} on {receiver.host} port {receiver.port}")
        scu = QueryRetrieveScu(peer, calling_ae_title=calling_ae_title, options=options)
        progress = stack.enter_context(RetrieveProgress(quiet=quiet))
        interruption = stack.enter_context(cancelling_on_signals(scu, scu.before_c_move))
        stack.enter_context(telling_what_came(scu, as_json=as_json, quiet=quiet))
        report = scu.move(
            destination,
            query=query,
            level=at_level or "STUDY",
            model=model,
            verify=verify,
            progress=progress.update,
            check=not no_check,
            **settings,
        )
    code = tell(
        report,
        peer,
        came_here=own is not None,
        is_interrupted=interruption.happened,
        as_json=as_json,
        quiet=quiet,
    )
    raise typer.Exit(code)


def _check_target(
    destination: str | None, directory: Path | None, own: tuple[object, ...]
) -> Path | None:
    """Make sure that one target is named; return the directory if it is ours."""
    if (destination is None) == (directory is None):
        raise typer.BadParameter("say where to: --dest AET, or -o DIR to receive them here")
    if directory is not None:
        return make_directory(directory)
    if any(option is not None for option in own):
        raise typer.BadParameter("--ae-title, --port and --host are for -o DIR")
    return None
