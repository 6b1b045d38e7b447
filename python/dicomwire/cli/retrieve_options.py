"""The options of the verbs that retrieve, and what they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dicomwire.scp.listening import listening_address
from dicomwire.uids import is_valid_uid

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Directory", "SopClasses", "Verify", "listening_address", "parse_sop_classes"]

Directory = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output-directory",
        metavar="DIR",
        file_okay=False,
        help="Write the instances to DIR; made if it does not exist.",
        show_default=False,
    ),
]
Verify = Annotated[
    bool,
    typer.Option(
        "--verify",
        help="Ask first which instances there are (C-FIND), and name those that did not arrive.",
    ),
]
SopClasses = Annotated[
    list[str] | None,
    typer.Option(
        "--sop-class",
        metavar="CLASS",
        help="A storage SOP class to accept, as UID or keyword such as CTImageStorage; may be "
        "repeated \\[default: those PEER says it has, or else all].",
        show_default=False,
    ),
]


def parse_sop_classes(texts: Sequence[str] | None) -> list[str] | None:
    """Read UIDs and keywords of SOP classes.

    Raises
    ------
    typer.BadParameter
        If one is neither; it names keywords that are spelled alike.
    """
    from dicomwire import sop

    uids = []
    for text in texts or ():
        if is_valid_uid(text):
            uids.append(text)
            continue
        try:
            uids.append(sop.uid_of(text))
        except KeyError:
            raise typer.BadParameter(
                f"{text}: neither a UID nor a keyword{_alike(text)}", param_hint="'--sop-class'"
            ) from None
    return uids or None


def _alike(text: str) -> str:
    from difflib import get_close_matches

    from dicomwire import sop

    known = [word for uid in sop.storage_classes() if (word := sop.keyword(uid))]
    near = get_close_matches(text, known, 3)
    return f"; did you mean {' or '.join(near)}?" if near else ""
