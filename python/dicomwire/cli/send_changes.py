"""The options of ``dicomwire send`` that change instances on their way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from dicomwire import Rewrite

__all__ = ["RemoveOption", "SetOption", "parse_changes"]

_SET = re.compile(r"(?P<key>.+?)(?::(?P<vr>[A-Z]{2}))?=(?P<value>.*)", re.DOTALL)

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="ELEMENT=VALUE",
        help="Give an element this value in what is sent; may be repeated. "
        "ELEMENT is a keyword, a tag, or Sequence[*].Element; ELEMENT:VR for private ones.",
        show_default=False,
    ),
]
RemoveOption = Annotated[
    list[str] | None,
    typer.Option(
        "--remove",
        metavar="ELEMENT",
        help="Leave an element out of what is sent; may be repeated.",
        show_default=False,
    ),
]


def parse_changes(changed: list[str] | None, removed: list[str] | None) -> Rewrite | None:
    """Make the changes of the command line; None if there are none.

    Raises
    ------
    typer.BadParameter
        If an element or value cannot be.
    """
    if not changed and not removed:
        return None
    from dicomwire import ConfigError, Rewrite
    from dicomwire.rewriting.values import parse_text

    changes: dict[str, Any] = {}
    for text in changed or []:
        match = _SET.fullmatch(text)
        if match is None:
            raise typer.BadParameter(
                f"{text!r} must be ELEMENT=VALUE, for instance PatientID=4711", param_hint="'--set'"
            )
        with _as_usage("--set", ConfigError):
            changes[match["key"]] = parse_text(match["key"], match["vr"], match["value"])
    if both := changes.keys() & set(removed or []):
        raise typer.BadParameter(
            f"{', '.join(sorted(both))}: is to be set and removed", param_hint="'--set, --remove'"
        )
    changes |= dict.fromkeys(removed or [])
    with _as_usage("--set, --remove", ConfigError):
        return Rewrite(changes)


class _as_usage:  # noqa: N801 (reads as what it does)
    """Turn an error of a setting into one of the command line."""

    def __init__(self, option: str, kind: type[Exception]) -> None:
        self._option = option
        self._kind = kind

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Name the option."""
        if isinstance(error, self._kind):
            raise typer.BadParameter(str(error), param_hint=f"'{self._option}'") from None
