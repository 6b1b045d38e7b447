"""The options and arguments that several verbs share."""

from __future__ import annotations

from typing import Annotated

import typer

from dicomwire.config import AssociationOptions, Peer, Timeouts, check_ae_title
from dicomwire.errors import ConfigError
from dicomwire.logs import debug_logger

__all__ = [
    "AsJson",
    "CallingAeTitle",
    "PeerArgument",
    "Quiet",
    "Timeout",
    "Verbose",
    "association_options",
    "parse_ae_title",
    "parse_peer",
    "show_messages",
]


def parse_peer(text: str | Peer) -> Peer:
    """Read PEER; typer shows the error as a usage error.

    Raises
    ------
    typer.BadParameter
        If it has another form than ``AET@host:port``.
    """
    try:
        return Peer.coerce(text)
    except ConfigError as error:
        raise typer.BadParameter(str(error)) from None


def parse_ae_title(text: str) -> str:
    """Read an AE title; typer shows the error as a usage error.

    Raises
    ------
    typer.BadParameter
        If it is none.
    """
    try:
        return check_ae_title("AE title", text)
    except ConfigError as error:
        raise typer.BadParameter(str(error)) from None


PeerArgument = Annotated[
    Peer,
    typer.Argument(
        metavar="PEER",
        parser=parse_peer,
        help="Whom to call: AET@host:port, an IPv6 address in brackets.",
        show_default=False,
    ),
]
CallingAeTitle = Annotated[
    str,
    typer.Option(
        "--calling-ae-title",
        metavar="AET",
        parser=parse_ae_title,
        help="Our own AE title.",
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        help="How long to wait for a connection, an answer, or progress of a message "
        "\\[default: 10, 30 and 60].",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Show associations and messages on standard error."),
]


def association_options(
    timeout: float | None, max_pdu_length: int | None = None, *, relational: bool = False
) -> AssociationOptions:
    """Make the options of an association from those of the command line.

    Raises
    ------
    typer.BadParameter
        If a value cannot be.
    """
    try:
        timeouts = Timeouts() if timeout is None else Timeouts.uniform(timeout)
    except ConfigError:
        raise typer.BadParameter(
            f"{timeout:g}: must be a number of seconds above 0", param_hint="'--timeout'"
        ) from None
    if max_pdu_length is None:
        return AssociationOptions(timeouts=timeouts, relational=relational)
    try:
        return AssociationOptions(
            timeouts=timeouts, relational=relational, max_pdu_length=max_pdu_length
        )
    except ConfigError as error:
        raise typer.BadParameter(str(error), param_hint="'--max-pdu'") from None


def show_messages(wanted: bool) -> None:
    """Send the message log to standard error if it is wanted."""
    if wanted:
        debug_logger()
