"""The entry point: puts the verbs together and turns errors into exit codes."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from dicomwire._version import __version__
from dicomwire.errors import DicomWireError

from . import (
    commit,
    demo,
    echo,
    find,
    get,
    media,
    move,
    mpps,
    patient,
    print_films,
    receive,
    scan,
    send,
    transcode,
    update_files,
)
from .advice import in_options
from .exit_codes import USAGE
from .output import complain

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "main"]

app = typer.Typer(
    name="dicomwire",
    help="Find, send, receive and check DICOM instances. PEER is AET@host:port.",
    epilog="Exit codes: 0 all well, 1 some instance or match failed, 2 usage, connection or "
    "association error, 130 interrupted.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(echo.echo)
app.command()(send.send)
app.command()(commit.commit)
app.command()(find.find)
app.command()(move.move)
app.command()(get.get)
app.command()(receive.receive)
app.command()(transcode.transcode)
app.command()(scan.scan)
app.command()(demo.demo)
app.add_typer(mpps.mpps)
app.command("print")(print_films.print_films)
app.add_typer(media.media)
app.add_typer(patient.patient)
app.command()(update_files.update_files)


def _show_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"dicomwire {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Find, send, receive and check DICOM instances. PEER is AET@host:port."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The arguments without the program's name; those of the process by default.

    Returns
    -------
    int
        The exit code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names and file names hold any character, and not every terminal's encoding does.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        # Not standalone: typer would frame an error in a box of five lines.
        code = app(given, prog_name="dicomwire", standalone_mode=False)
    except typer.TyperException as error:
        complain(f"{error.format_message().rstrip('.')} ({_help_for(given)})")
        return USAGE
    except DicomWireError as error:
        complain(in_options(str(error)))
        return USAGE
    except SystemExit:
        # So typer ends when whoever read our output has left, as `head` does; its exit code is the
        # one of instances that failed. Nothing more may be written to that pipe, not even by the
        # interpreter when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE
    except OSError as error:
        complain(str(error))
        return USAGE
    return code if isinstance(code, int) else 0


def _help_for(arguments: list[str]) -> str:
    """Say where the help on the verb is that was called."""
    verbs = [
        command.name or command.callback.__name__.replace("_", "-")
        for command in app.registered_commands
        if command.callback
    ]
    verbs += [
        str(group.typer_instance.info.name)
        for group in app.registered_groups
        if group.typer_instance
    ]
    verb = arguments[0] if arguments and arguments[0] in verbs else None
    return f"see dicomwire {verb} --help" if verb else "see dicomwire --help"
