"""The options of ``dicomwire media``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dicomwire.uids import is_valid_uid

if TYPE_CHECKING:
    from dicomwire.media_creation import MediaOptions

__all__ = [
    "AllowLossy",
    "AllowSplitting",
    "Barcode",
    "Copies",
    "Disposition",
    "FileSetId",
    "IncludeNonDicom",
    "Interval",
    "Label",
    "LabelFromInstances",
    "LabelStyle",
    "MaxWait",
    "NoCheck",
    "NoInitiate",
    "Paths",
    "Priority",
    "Profile",
    "RequestUid",
    "SkipOthers",
    "Viewer",
    "Wait",
    "check_wait",
    "media_options",
]


def parse_uid(text: str) -> str:
    """Read a UID; typer shows the error as a usage error.

    Raises
    ------
    typer.BadParameter
        If it is none.
    """
    if not is_valid_uid(text):
        raise typer.BadParameter(f"{text!r} is no UID")
    return text


Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH...",
        help="What is to go on the media: files, and directories with all that is in them. PEER "
        "has to have these instances already; only their UIDs are sent.",
        show_default=False,
    ),
]
RequestUid = Annotated[
    str,
    typer.Argument(
        metavar="UID",
        parser=parse_uid,
        help="The request, by the UID that `create` printed.",
        show_default=False,
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="The media application profile, such as STD-GEN-CD \\[default: PEER chooses].",
        show_default=False,
    ),
]
FileSetId = Annotated[
    str | None,
    typer.Option(
        "--file-set-id",
        metavar="ID",
        help="The name of the volume: up to 16 of A-Z, 0-9 and _.",
        show_default=False,
    ),
]
Label = Annotated[
    str | None,
    typer.Option("--label", metavar="TEXT", help="Text for the label.", show_default=False),
]
LabelStyle = Annotated[
    str | None,
    typer.Option(
        "--label-style", metavar="CODE", help="A label style of PEER's own.", show_default=False
    ),
]
LabelFromInstances = Annotated[
    bool | None,
    typer.Option(
        "--label-from-instances/--no-label-from-instances",
        help="Let the label show patient and study, or not.",
        show_default=False,
    ),
]
Disposition = Annotated[
    str | None,
    typer.Option(
        "--disposition", metavar="TEXT", help="Where the media are to go.", show_default=False
    ),
]
Barcode = Annotated[
    str | None,
    typer.Option(
        "--barcode",
        metavar="[SYMBOLOGY:]VALUE",
        help="A barcode for the label, such as CODE39:DW12345.",
        show_default=False,
    ),
]
AllowSplitting = Annotated[
    bool | None,
    typer.Option(
        "--split/--no-split", help="Allow several discs per copy, or not.", show_default=False
    ),
]
AllowLossy = Annotated[
    bool | None,
    typer.Option(
        "--lossy/--no-lossy", help="Allow compression with loss, or not.", show_default=False
    ),
]
IncludeNonDicom = Annotated[
    str | None,
    typer.Option(
        "--non-dicom",
        metavar="FOR",
        help="Web pages and the like: no, for_physician, for_patient, for_teaching, unrestricted.",
        show_default=False,
    ),
]
Viewer = Annotated[
    bool | None,
    typer.Option("--viewer/--no-viewer", help="Put a viewer on the media.", show_default=False),
]
SkipOthers = Annotated[
    bool,
    typer.Option("--skip-others", help="Leave out files of directories that are not DICOM."),
]
NoCheck = Annotated[
    bool, typer.Option("--no-check", help="Send a profile name that PS3.11 does not have.")
]
NoInitiate = Annotated[
    bool, typer.Option("--no-initiate", help="Do not have PEER begin; `initiate` does it later.")
]
Copies = Annotated[
    int | None,
    typer.Option("--copies", metavar="N", min=1, help="How many copies.", show_default=False),
]
Priority = Annotated[
    Literal["high", "medium", "low"] | None,
    typer.Option("--priority", help="How urgent it is.", show_default=False),
]
Wait = Annotated[
    bool, typer.Option("--wait", help="Wait until the media are done; Ctrl-C ends the wait only.")
]
MaxWait = Annotated[
    float | None,
    typer.Option(
        "--max-wait", metavar="SECONDS", help="With --wait: how long at most.", show_default=False
    ),
]

Interval = Annotated[
    float,
    typer.Option(
        "--interval", metavar="SECONDS", help="With --wait: until the second question, at first."
    ),
]


def media_options(
    *,
    file_set_id: str | None,
    label: str | None,
    label_style: str | None,
    label_from_instances: bool | None,
    disposition: str | None,
    barcode: str | None,
    split: bool | None,
    lossy: bool | None,
    non_dicom: str | None,
    viewer: bool | None,
) -> MediaOptions:
    """Make options of the service from those of the command line."""
    symbology, divided, value = (barcode or "").partition(":")
    given = {
        "file_set_id": file_set_id,
        "label_text": label,
        "label_style": label_style,
        "label_from_instances": label_from_instances,
        "disposition": disposition,
        "barcode": value if divided else barcode,
        "barcode_symbology": symbology if divided else None,
        "allow_splitting": split,
        "allow_lossy_compression": lossy,
        "include_non_dicom": non_dicom,
        "include_display_application": viewer,
    }
    wanted: MediaOptions = {key: value for key, value in given.items() if value is not None}  # type: ignore[assignment] # the keys above are its keys
    return wanted


def check_wait(max_wait: float | None, interval: float) -> None:
    """Check the seconds of a wait, before there is anything to wait for.

    Raises
    ------
    typer.BadParameter
        If one of them cannot be.
    """
    for name, seconds in (("--max-wait", max_wait), ("--interval", interval)):
        if seconds is not None and not 0 < seconds < math.inf:
            raise typer.BadParameter(
                f"{seconds:g}: must be a number of seconds above 0", param_hint=f"'{name}'"
            )
