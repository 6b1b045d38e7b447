"""The options of the verbs that query and retrieve, and the keys that they stand for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dicomwire.errors import ConfigError
from dicomwire.query import MODALITY_WORKLIST, Model, find_path, model_of, vrs_of_key
from dicomwire.query.values import split_vr

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CharacterSet",
    "Date",
    "Keys",
    "LevelOption",
    "Modality",
    "ModelOption",
    "NoCheck",
    "Relational",
    "ReturnKeys",
    "StationAet",
    "choose_level",
    "join_keys",
    "parse_keys",
    "shorthand_keys",
]

_STEP = "ScheduledProcedureStepSequence"


def _parse_model(text: str | Model) -> Model:
    """Read the name of a model; typer shows the error as a usage error."""
    try:
        return model_of(text)
    except ConfigError as error:
        raise typer.BadParameter(str(error)) from None


LevelOption = Annotated[
    str | None,
    typer.Option(
        "--level",
        "-l",
        metavar="LEVEL",
        help="PATIENT, STUDY, SERIES or IMAGE \\[default: STUDY].",
        show_default=False,
    ),
]
ModelOption = Annotated[
    Model,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        parser=_parse_model,
        help="STUDY_ROOT, PATIENT_ROOT, PATIENT_STUDY_ONLY, MODALITY_WORKLIST, or the UID of a "
        "SOP class.",
    ),
]
Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        "-k",
        metavar="KEYWORD[=VALUE]",
        help="A key to match, as keyword, gggg,eeee or Sequence.Keyword; without a value, what to "
        "return. May be repeated, also for several UIDs of one key. Of a private element the VR is "
        "said, too: (0009,1001):LO=x.",
        show_default=False,
    ),
]
ReturnKeys = Annotated[
    list[str] | None,
    typer.Option(
        "--return",
        metavar="KEYWORD",
        help="What to return in place of the usual keys of the level; may be repeated.",
        show_default=False,
    ),
]
Date = Annotated[
    str | None,
    typer.Option(
        "--date",
        metavar="DATE",
        help="The study date, or for a worklist the date a step is scheduled for: today, "
        "yesterday, tomorrow, YYYYMMDD, or a range such as 20240101-today.",
        show_default=False,
    ),
]
Modality = Annotated[
    str | None,
    typer.Option(
        "--modality",
        metavar="MODALITY",
        help="The modality of the series, of any series of the study, or of a scheduled step.",
        show_default=False,
    ),
]
StationAet = Annotated[
    str | None,
    typer.Option(
        "--station-aet",
        metavar="AET",
        help="For a worklist: the AE title of the station a step is scheduled for.",
        show_default=False,
    ),
]
Relational = Annotated[
    bool,
    typer.Option(
        "--relational", help="Ask the server to take keys of any level (PS3.4 section C.5)."
    ),
]
NoCheck = Annotated[
    bool,
    typer.Option("--no-check", help="Leave it to the server whether the keys make sense."),
]
CharacterSet = Annotated[
    str | None,
    typer.Option(
        "--character-set",
        metavar="NAME",
        help="The character set of the query \\[default: ISO_IR 192 if it needs one].",
        show_default=False,
    ),
]


def parse_keys(keys: Sequence[str] | None) -> dict[str, Any]:
    """Read the keys: a value, several values of a key that is repeated, or None without any."""
    parsed: dict[str, Any] = {}
    for key in keys or ():
        name, _, value = key.partition("=")
        name = name.strip()
        if not name:
            raise typer.BadParameter(f"{key!r}: write KEYWORD=VALUE", param_hint="'-k'")
        name, vr, value = _with_vr(name, value)
        before = parsed.get(name)
        if vr is not None:
            parsed[name] = (vr, value)
        elif not value:
            parsed.setdefault(name, None)
        elif before is None:
            parsed[name] = value
        else:
            parsed[name] = [*(before if isinstance(before, list) else [before]), value]
    return parsed


def _with_vr(name: str, value: str) -> tuple[str, str | None, str]:
    """Take the VR off the name of an element nobody knows: ``(0009,1001):LO``."""
    element, colon, vr = name.rpartition(":")
    if not colon:
        return name, None, value
    known = vrs_of_key(find_path(element)[-1])
    if known is None:
        if split_vr((vr, value))[0] is None:
            raise typer.BadParameter(
                f"{name}: {vr!r} is no VR; say its VR, as in {element}:LO=x", param_hint="'-k'"
            )
        return element, vr, value
    if vr not in known.split(" or "):
        raise typer.BadParameter(f"{name}: its VR is {known}", param_hint="'-k'")
    return element, None, value


def choose_level(level: str | None, model: Model, keys: dict[str, Any]) -> str | None:
    """Tell the level: the one asked for, the one among the keys, or STUDY."""
    among_keys = keys.pop("QueryRetrieveLevel", None) if model.levels else None
    if level and among_keys and level.upper() != str(among_keys).upper():
        raise typer.BadParameter(
            f"{level}: -k says QueryRetrieveLevel={among_keys}", param_hint="'--level'"
        )
    wanted = level or among_keys
    if not model.levels:
        if wanted:
            raise typer.BadParameter(
                f"{wanted}: {model.name} has no levels", param_hint="'--level'"
            )
        return None
    return str(wanted or "STUDY").upper()


def shorthand_keys(
    model: Model,
    level: str | None,
    *,
    date: str | None,
    modality: str | None,
    station_aet: str | None,
) -> dict[str, str]:
    """Return the keys that ``--date``, ``--modality`` and ``--station-aet`` stand for."""
    is_worklist = model == MODALITY_WORKLIST
    keys: dict[str, str] = {}
    if date is not None:
        name = f"{_STEP}.ScheduledProcedureStepStartDate" if is_worklist else "StudyDate"
        keys[name] = _date_range(date, dt.date.today())  # noqa: DTZ011 (where we are)
    if modality is not None:
        is_study = level in {"PATIENT", "STUDY"}
        name = f"{_STEP}.Modality" if is_worklist else "Modality"
        keys["ModalitiesInStudy" if is_study else name] = modality
    if station_aet is not None:
        if not is_worklist:
            raise typer.BadParameter(
                "is for --model MODALITY_WORKLIST", param_hint="'--station-aet'"
            )
        keys[f"{_STEP}.ScheduledStationAETitle"] = station_aet
    return keys


def join_keys(keys: dict[str, Any], shorthand: dict[str, str]) -> dict[str, Any]:
    """Put the keys together; what would be asked for twice is an error, not a guess."""
    for name, value in shorthand.items():
        if keys.get(name) not in (None, value):
            raise typer.BadParameter(
                f"{name} is {keys[name]!r} there, and {value!r} by --date, --modality or "
                "--station-aet",
                param_hint="'-k'",
            )
    return keys | shorthand


def _date_range(text: str, today: dt.date) -> str:
    """Put the dates in for the words that stand for days."""
    day = dt.timedelta(days=1)
    words = {"yesterday": today - day, "today": today, "tomorrow": today + day}
    parts = [part.strip() for part in text.split("-")]
    dates = [
        words[part.lower()].strftime("%Y%m%d") if part.lower() in words else part for part in parts
    ]
    most = 2
    if len(parts) > most or not any(parts) or not all(not part or _is_date(part) for part in dates):
        raise typer.BadParameter(
            f"{text}: write today, yesterday, tomorrow, YYYYMMDD, or two of these with - between",
            param_hint="'--date'",
        )
    return "-".join(dates)


def _is_date(text: str) -> bool:
    return len(text) == len("YYYYMMDD") and text.isascii() and text.isdigit()
