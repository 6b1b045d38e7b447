"""The options of ``dicomwire print``, and what becomes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomwire.film import FilmPlan, FilmSession

__all__ = [
    "Annotate",
    "AnnotationFormat",
    "Bits",
    "BorderDensity",
    "Color",
    "Copies",
    "Destination",
    "DryRun",
    "Files",
    "Format",
    "ImageBoxes",
    "Label",
    "Layout",
    "LutShape",
    "Magnification",
    "MaxDensity",
    "Medium",
    "MinDensity",
    "NoCheck",
    "OnFailure",
    "Orientation",
    "Polarity",
    "Preview",
    "Priority",
    "Request",
    "ShowStatus",
    "Size",
    "Trim",
    "Wait",
    "WholeSession",
    "WindowText",
    "display_format",
]

Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE...",
        exists=True,
        help="The images, in this order; all frames of each, all files of a directory by name.",
        show_default=False,
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help=r"Image display format, such as STANDARD\2,3 (columns first) or ROW\1,2 \[default: "
        "STANDARD with the layout that shows the images largest].",
        show_default=False,
    ),
]
Layout = Annotated[
    str | None,
    typer.Option(
        "--layout",
        metavar="COLUMNSxROWS",
        help=r"Instead of --format STANDARD\COLUMNS,ROWS.",
        show_default=False,
    ),
]
ImageBoxes = Annotated[
    int | None,
    typer.Option(
        "--image-boxes",
        metavar="N",
        min=1,
        help=r"With --format SLIDE, SUPERSLIDE or CUSTOM\N: how many image boxes PEER makes of it.",
        show_default=False,
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        "--film-size", metavar="SIZE", help="14INX17IN, 8INX10IN, A4, ...", show_default=False
    ),
]
Orientation = Annotated[
    Literal["portrait", "landscape"] | None,
    typer.Option("--orientation", help="How the film lies.", show_default=False),
]
Magnification = Annotated[
    Literal["replicate", "bilinear", "cubic", "none"] | None,
    typer.Option("--magnification", help="How PEER scales images.", show_default=False),
]
BorderDensity = Annotated[
    str | None,
    typer.Option(
        "--border",
        metavar="DENSITY",
        help="Density around images: BLACK, WHITE, or hundredths of optical density.",
        show_default=False,
    ),
]
MinDensity = Annotated[
    int | None,
    typer.Option("--min-density", help="In hundredths of optical density.", show_default=False),
]
MaxDensity = Annotated[
    int | None,
    typer.Option("--max-density", help="In hundredths of optical density.", show_default=False),
]
Trim = Annotated[
    bool | None,
    typer.Option("--trim/--no-trim", help="Print a line around each image.", show_default=False),
]
Polarity = Annotated[
    Literal["normal", "reverse"] | None,
    typer.Option(
        "--polarity", help="Whether PEER turns black and white round.", show_default=False
    ),
]
Copies = Annotated[
    int | None,
    typer.Option("--copies", min=1, help="How many of each film.", show_default=False),
]
Priority = Annotated[
    Literal["high", "med", "low"] | None,
    typer.Option("--priority", help="Print priority.", show_default=False),
]
Medium = Annotated[
    str | None,
    typer.Option(
        "--medium", metavar="TYPE", help="PAPER, CLEAR FILM, BLUE FILM, ...", show_default=False
    ),
]
Destination = Annotated[
    str | None,
    typer.Option(
        "--destination", metavar="CODE", help="MAGAZINE, PROCESSOR, BIN_1, ...", show_default=False
    ),
]
Label = Annotated[
    str | None,
    typer.Option("--label", metavar="TEXT", help="Film session label.", show_default=False),
]
Color = Annotated[bool, typer.Option("--color", help="Print in color.")]
Bits = Annotated[
    Literal["8", "12"] | None,
    typer.Option("--bits", help="Bits of each gray pixel \\[default: 8].", show_default=False),
]
WindowText = Annotated[
    str | None,
    typer.Option(
        "--window",
        metavar="CENTRE,WIDTH",
        help="Window for all images \\[default: that of each image].",
        show_default=False,
    ),
]
LutShape = Annotated[
    Literal["identity", "lin-od"] | None,
    typer.Option(
        "--presentation-lut", help="Have PEER apply a presentation LUT.", show_default=False
    ),
]
Annotate = Annotated[
    list[str] | None,
    typer.Option(
        "--annotate",
        metavar="TEXT",
        help="Text for the next annotation box of each film; {film} and {films} are its number "
        "and how many there are. May be repeated.",
        show_default=False,
    ),
]
AnnotationFormat = Annotated[
    str | None,
    typer.Option(
        "--annotation-format",
        metavar="ID",
        help="PEER's name for the annotation boxes it is to make.",
        show_default=False,
    ),
]
WholeSession = Annotated[
    bool,
    typer.Option("--session", help="Print all films at the end, copies collated, or none."),
]
OnFailure = Annotated[
    Literal["continue", "stop"],
    typer.Option("--on-failure", help="What becomes of the other films if one fails."),
]
NoCheck = Annotated[
    bool, typer.Option("--no-check", help="Print even if PEER says that it cannot.")
]
Wait = Annotated[
    float | None,
    typer.Option(
        "--wait",
        metavar="SECONDS",
        min=0,
        help="Wait so long for the print jobs to end \\[default: do not wait].",
        show_default=False,
    ),
]
Preview = Annotated[
    Path | None,
    typer.Option(
        "--preview",
        metavar="PATH",
        help="Write a picture of each film: PATH is a directory, or ends in .png.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Lay out the films, print nothing.")]
ShowStatus = Annotated[
    bool, typer.Option("--status", help="Only ask PEER for its state and what it can do.")
]

# What errors of the film room call by the names of its fields.
_NAMES = {
    "Film.image_display_format": "--format",
    "image_display_format": "--format",
    "Film.film_size_id": "--film-size",
    "Film.image_boxes": "--image-boxes",
    "Film.border_density": "--border",
    "Film.min_density": "--min-density",
    "Film.max_density": "--max-density",
    "Film.annotation_display_format_id": "--annotation-format",
    "FilmSession.number_of_copies": "--copies",
    "FilmSession.medium_type": "--medium",
    "FilmSession.film_destination": "--destination",
    "FilmSession.film_session_label": "--label",
    "annotations": "--annotate",
}


@dataclass(frozen=True)
class Request:
    """The films that the command line asks for.

    Attributes
    ----------
    plans : sequence of FilmPlan
        What is on them.
    session : FilmSession
        What holds for all of them.
    """

    plans: Sequence[FilmPlan]
    session: FilmSession

    @classmethod
    def make(
        cls,
        files: Sequence[Path],
        *,
        film: dict[str, str | int | bool | None],
        session: dict[str, str | int | None],
        polarity: str | None,
        window: str | None,
        lut_shape: str | None,
        annotations: Sequence[str],
        bits: str | None,
        color: bool,
    ) -> Request:
        """Lay the files on films.

        Raises
        ------
        typer.BadParameter
            If an option or an image cannot be.
        """
        from dicomwire.film import Film, FilmSession, ImageBox, PresentationLut, arrange

        try:
            chosen = {name: value for name, value in film.items() if value is not None}
            return cls(
                arrange(
                    [image for path in files for image in _images_in(path)],
                    film=Film(**chosen),  # type: ignore[arg-type] # it checks each of them
                    box=ImageBox(polarity=polarity and polarity.upper()),
                    window=_window(window),
                    presentation_lut=(
                        PresentationLut(lut_shape.replace("-", " ").upper()) if lut_shape else None
                    ),
                    annotations=annotations,
                    bits=int(bits or "8"),
                    color=color,
                ),
                FilmSession(**session),  # type: ignore[arg-type] # it checks each of them
            )
        except ConfigError as error:
            raise typer.BadParameter(_in_options(str(error))) from None


def display_format(form: str | None, layout: str | None) -> str | None:
    """Return the image display format that --format or --layout asks for.

    Raises
    ------
    typer.BadParameter
        If both do, or the layout is none.
    """
    if layout is None:
        return form
    if form is not None:
        raise typer.BadParameter("--format and --layout: leave out one")
    grid = re.fullmatch(r"(\d+)x(\d+)", layout)
    if grid is None:
        raise typer.BadParameter(f"{layout!r}: must be COLUMNSxROWS, such as 2x3")
    return rf"STANDARD\{grid[1]},{grid[2]}"


def _window(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        centre, width = map(float, text.split(","))
    except ValueError:
        raise typer.BadParameter(f"--window {text!r}: must be CENTRE,WIDTH") from None
    return centre, width


def _images_in(path: Path) -> Sequence[Path]:
    """Return a file, or the files of a directory by name."""
    if not path.is_dir():
        return [path]
    return sorted(entry for entry in path.rglob("*") if entry.is_file())


def _in_options(message: str) -> str:
    """Return an error that names options where it names fields."""
    name, equals, rest = message.partition("=")
    in_options = f"{_NAMES[name]} {rest}" if equals and name in _NAMES else message
    return in_options.replace("give image_boxes=", "give --image-boxes")
