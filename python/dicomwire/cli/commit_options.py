"""The options of the verbs that ask for storage commitment, and what they stand for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from dicomwire.scp.listening import listening_address

from .options import parse_ae_title
from .output import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomwire import EventListener
    from dicomwire.config import Peer

__all__ = ["AeTitle", "Commit", "CommitWait", "Host", "Listen", "MaxInstances", "Wait", "listening"]

Wait = Annotated[
    float,
    typer.Option("--wait", metavar="SECONDS", min=0.0, help="How long to wait for PEER's report."),
]
Commit = Annotated[
    bool,
    typer.Option(
        "--commit", help="Ask PEER afterwards to commit itself to keep what it confirmed."
    ),
]
CommitWait = Annotated[
    float | None,
    typer.Option(
        "--wait",
        metavar="SECONDS",
        min=0.0,
        help="With --commit: how long to wait for PEER's report \\[default: 30].",
        show_default=False,
    ),
]
Listen = Annotated[
    int | None,
    typer.Option(
        "--listen",
        metavar="PORT",
        min=0,
        max=65535,
        help="Listen on PORT for a peer that calls back, as most do.",
        show_default=False,
    ),
]
AeTitle = Annotated[
    str | None,
    typer.Option(
        "--ae-title",
        metavar="AET",
        parser=parse_ae_title,
        help="With --listen: take calls for this AE title only.",
        show_default=False,
    ),
]
Host = Annotated[
    str | None,
    typer.Option(
        "--host",
        help="With --listen: the address to listen on \\[default: all of this machine, or "
        "127.0.0.1 if PEER is on it].",
        show_default=False,
    ),
]
MaxInstances = Annotated[
    int | None,
    typer.Option(
        "--max-instances",
        metavar="N",
        min=1,
        help="Ask for at most N instances in one transaction \\[default: all].",
        show_default=False,
    ),
]


@contextmanager
def listening(
    peer: Peer,
    calling_ae_title: str,
    port: int | None,
    host: str | None = None,
    ae_title: str | None = None,
    *,
    quiet: bool,
) -> Iterator[EventListener | None]:
    """Listen for the report during the block, if that is wanted, and say where.

    Raises
    ------
    typer.BadParameter
        If there is an address or a title to listen under, and no port.
    """
    if port is None:
        if host is not None or ae_title is not None:
            raise typer.BadParameter("--host and --ae-title are for --listen PORT")
        yield None
        return
    from dicomwire import EventListener

    listener = EventListener(
        ae_title or calling_ae_title,
        port=port,
        host=host or listening_address(peer),
        require_called_ae_title=ae_title is not None,
    )
    with listener:
        if not quiet:
            note(f"listening as {listener.ae_title} on {listener.host} port {listener.port}")
        yield listener
