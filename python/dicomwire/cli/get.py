"""``dicomwire get``: retrieve instances on the association that asks (C-GET, PS3.4 C.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dicomwire.config import Peer
from dicomwire.query import STUDY_ROOT

from .options import (
    AsJson,
    CallingAeTitle,
    PeerArgument,
    Quiet,
    Timeout,
    Verbose,
    association_options,
    parse_peer,
    show_messages,
)
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
from .retrieve_options import Directory, SopClasses, Verify, parse_sop_classes
from .retrieve_progress import RetrieveProgress
from .retrieve_report import tell, telling_what_came

if TYPE_CHECKING:
    from pathlib import Path

    from dicomwire import StoreScu
    from dicomwire.config import AssociationOptions

__all__ = ["get"]

Relay = Annotated[
    Peer | None,
    typer.Option(
        "--to",
        metavar="PEER2",
        parser=parse_peer,
        help="Send the instances on to PEER2 as they come, without writing them.",
        show_default=False,
    ),
]


def get(
    *,
    peer: PeerArgument,
    directory: Directory = None,
    relay: Relay = None,
    keys: Keys = None,
    level: LevelOption = None,
    model: ModelOption = STUDY_ROOT.name,  # type: ignore[assignment] # typer parses it
    sop_classes: SopClasses = None,
    verify: Verify = False,
    relational: Relational = False,
    no_check: NoCheck = False,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Retrieve instances from PEER into -o DIR, or on to --to PEER2 (C-GET)."""
    from dicomwire import DicomEngine, QueryRetrieveScu

    options = association_options(timeout, relational=relational)
    query = parse_keys(keys)
    at_level = choose_level(level, model, query)
    classes = parse_sop_classes(sop_classes)
    sink = _sink(directory, relay, calling_ae_title, association_options(timeout))
    show_messages(verbose)
    with DicomEngine():
        scu = QueryRetrieveScu(peer, calling_ae_title=calling_ae_title, options=options)
        with (
            RetrieveProgress(quiet=quiet) as progress,
            cancelling_on_signals(scu, scu.before_c_get) as interruption,
            telling_what_came(scu, as_json=as_json, quiet=quiet),
        ):
            report = scu.get(
                sink,
                query=query,
                level=at_level or "STUDY",
                model=model,
                sop_classes=classes,
                verify=verify,
                progress=progress.update,
                check=not no_check,
            )
    code = tell(
        report,
        peer,
        came_here=True,
        is_interrupted=interruption.happened,
        as_json=as_json,
        quiet=quiet,
    )
    raise typer.Exit(code)


def _sink(
    directory: Path | None,
    relay: Peer | None,
    calling_ae_title: str,
    options: AssociationOptions,
) -> Path | StoreScu:
    """Say where the instances go."""
    from dicomwire import StoreScu

    if relay is not None and directory is None:
        return StoreScu(relay, calling_ae_title=calling_ae_title, options=options)
    if directory is not None and relay is None:
        return make_directory(directory)
    raise typer.BadParameter("say where to: -o DIR, or --to PEER2 to send them on")
