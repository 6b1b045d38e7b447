"""The options of ``dicomwire mpps``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from dicomwire.config import Peer
from dicomwire.uids import is_valid_uid

from .options import parse_peer

__all__ = [
    "Attributes",
    "AttributesFile",
    "Description",
    "End",
    "Instances",
    "Keywords",
    "NoCheck",
    "PerformedModality",
    "ProtocolName",
    "Reason",
    "RetrieveAet",
    "ScheduledStepId",
    "Start",
    "Station",
    "StepId",
    "StepUid",
    "StudyUid",
    "Uid",
    "WorklistItem",
    "WorklistPeer",
    "check_source",
]

_MOMENTS = ["%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"]


def _parse_uid(text: str) -> str:
    """Read a UID; typer shows the error as a usage error."""
    if not is_valid_uid(text):
        raise typer.BadParameter(f"{text!r} is no UID")
    return text


StepUid = Annotated[
    str,
    typer.Argument(
        metavar="UID",
        parser=_parse_uid,
        help="The step, by the UID that `start` or `create` printed.",
        show_default=False,
    ),
]
Instances = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH...",
        help="The instances that were made: files, and directories with all that is in them.",
        show_default=False,
    ),
]
Keywords = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEYWORD...",
        help="What to ask for, as keywords or tags \\[default: all].",
        show_default=False,
    ),
]
Uid = Annotated[
    str | None,
    typer.Option(
        "--uid",
        metavar="UID",
        parser=_parse_uid,
        help="The UID of the step \\[default: a new one].",
        show_default=False,
    ),
]
AttributesFile = Annotated[
    Path,
    typer.Option(
        "-f",
        "--file",
        metavar="FILE",
        help="The attributes in the DICOM JSON model (PS3.18 annex F); - is standard input.",
        show_default=False,
    ),
]
Attributes = Annotated[
    Path | None,
    typer.Option(
        "-f",
        "--file",
        metavar="FILE",
        help="More attributes, in the DICOM JSON model (PS3.18 annex F); - is standard input.",
        show_default=False,
    ),
]
WorklistItem = Annotated[
    Path | None,
    typer.Option(
        "-f",
        "--file",
        metavar="FILE",
        help="The worklist item, as `dicomwire find -m MODALITY_WORKLIST --format json` writes "
        "it; - is standard input.",
        show_default=False,
    ),
]
WorklistPeer = Annotated[
    Peer | None,
    typer.Option(
        "--worklist",
        metavar="PEER",
        parser=parse_peer,
        help="Ask this worklist server for the item, with the keys of -k.",
        show_default=False,
    ),
]
ScheduledStepId = Annotated[
    str | None,
    typer.Option(
        "--step-id",
        metavar="ID",
        help="Which scheduled step is performed, by Scheduled Procedure Step ID.",
        show_default=False,
    ),
]
StepId = Annotated[
    str | None,
    typer.Option(
        "--id",
        metavar="ID",
        help="Performed Procedure Step ID \\[default: made of the time].",
        show_default=False,
    ),
]
Station = Annotated[
    str | None,
    typer.Option(
        "--station-aet",
        metavar="AET",
        help="Where it is performed \\[default: where it is scheduled].",
        show_default=False,
    ),
]
PerformedModality = Annotated[
    str | None,
    typer.Option(
        "--modality",
        metavar="MODALITY",
        help="The modality \\[default: the one that is scheduled].",
        show_default=False,
    ),
]
StudyUid = Annotated[
    str | None,
    typer.Option(
        "--study-uid",
        metavar="UID",
        parser=_parse_uid,
        help="The study of the step \\[default: the one that is scheduled].",
        show_default=False,
    ),
]
Description = Annotated[
    str | None,
    typer.Option(
        "--description",
        metavar="TEXT",
        help="What is performed \\[default: what is scheduled].",
        show_default=False,
    ),
]
Start = Annotated[
    dt.datetime | None,
    typer.Option(
        "--start",
        formats=_MOMENTS,
        metavar="MOMENT",
        help="When it began, as YYYYMMDDhhmmss or YYYY-MM-DDThh:mm:ss \\[default: now].",
        show_default=False,
    ),
]
End = Annotated[
    dt.datetime | None,
    typer.Option(
        "--end",
        formats=_MOMENTS,
        metavar="MOMENT",
        help="When it ended, as YYYYMMDDhhmmss or YYYY-MM-DDThh:mm:ss \\[default: now].",
        show_default=False,
    ),
]
ProtocolName = Annotated[
    str | None,
    typer.Option(
        "--protocol",
        metavar="NAME",
        help="Protocol Name of series whose instances name none.",
        show_default=False,
    ),
]
RetrieveAet = Annotated[
    str | None,
    typer.Option(
        "--retrieve-aet",
        metavar="AET",
        help="Where the instances can be had.",
        show_default=False,
    ),
]
Reason = Annotated[
    str | None,
    typer.Option(
        "--reason",
        metavar="CODE",
        help="Why: a value or keyword of CID 9300 such as 110501 or EquipmentFailure, or "
        "VALUE^SCHEME^MEANING.",
        show_default=False,
    ),
]
NoCheck = Annotated[
    bool, typer.Option("--no-check", help="Leave it to PEER whether the attributes make sense.")
]


def check_source(item: Path | None, worklist: Peer | None, keys: list[str] | None) -> None:
    """Make sure that what is performed comes from one place.

    Raises
    ------
    typer.BadParameter
        If it does not.
    """
    if (item is None) == (worklist is None):
        raise typer.BadParameter("say what is performed: -f FILE, or --worklist PEER with -k")
    if worklist is None and keys:
        raise typer.BadParameter("-k is for --worklist PEER", param_hint="'-k'")
