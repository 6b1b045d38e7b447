r"""Image Display Format (2010,0010): where the image boxes of a film are (PS3.3 section C.13.3).

``STANDARD\C,R`` names the columns first, as the standard has it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from .checking import refuse

__all__ = ["DisplayFormat", "Rectangle", "choose_format", "films_needed", "parse_format"]

_MAX_IMAGE_BOXES = 1000
_MAX_PER_FILM = 30
# Digits are those of ASCII, and no more of them than can be meant.
_GRID = re.compile(r"(STANDARD|ROW|COL)\\([0-9]{1,9}(?:,[0-9]{1,9})*)")
_CUSTOM = re.compile(r"CUSTOM\\([0-9]{1,9})")
_FORMS = r"STANDARD\C,R (columns first), ROW\R1,R2,…, COL\C1,C2,…, SLIDE, SUPERSLIDE, CUSTOM\i"


@dataclass(frozen=True)
class Rectangle:
    """A part of a film, in fractions of its width and height, from the upper left corner.

    Parameters
    ----------
    left, top, width, height : float
        From 0 to 1.
    """

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class DisplayFormat:
    r"""An Image Display Format, taken apart.

    Parameters
    ----------
    kind : str
        STANDARD, ROW, COL, SLIDE, SUPERSLIDE or CUSTOM.
    numbers : tuple of int
        What follows the backslash.

    Attributes
    ----------
    image_boxes : int or None
        How many image boxes a film has; None where that depends on the printer.
    """

    kind: str
    numbers: tuple[int, ...] = ()

    @property
    def image_boxes(self) -> int | None:
        """How many image boxes a film has; None where that depends on the printer."""
        if self.kind == "STANDARD":
            return math.prod(self.numbers)
        if self.kind in ("ROW", "COL"):
            return sum(self.numbers)
        return None

    def rectangles(self, image_boxes: int | None = None) -> list[Rectangle]:
        """Return the image boxes in the order of Image Box Position (PS3.3 section C.13.5.1).

        Parameters
        ----------
        image_boxes : int, optional
            How many there are, where that depends on the printer. They are then laid on a grid,
            which is a guess.

        Returns
        -------
        list of Rectangle
            The first is that of position 1. Rows share the height of the film equally, columns
            its width, and so do the boxes of a row or column.
        """
        if self.kind == "COL":
            # Position 1 is at the top of the first column, position 2 below it.
            turned = _rows_of_boxes(self.numbers)
            return [Rectangle(box.top, box.left, box.height, box.width) for box in turned]
        if self.kind == "ROW":
            return _rows_of_boxes(self.numbers)
        if self.kind == "STANDARD":
            columns, rows = self.numbers
            return _rows_of_boxes((columns,) * rows)
        count = image_boxes or 1
        columns = math.ceil(math.sqrt(count))
        return _rows_of_boxes((columns,) * math.ceil(count / columns))[:count]

    def __str__(self) -> str:
        """Return it as it is sent."""
        return "\\".join([self.kind, *([",".join(map(str, self.numbers))] if self.numbers else [])])


def _rows_of_boxes(counts: tuple[int, ...]) -> list[Rectangle]:
    """Divide a film into rows of as many boxes each as `counts` says."""
    height = 1 / len(counts)
    return [
        Rectangle(column / count, row * height, 1 / count, height)
        for row, count in enumerate(counts)
        for column in range(count)
    ]


def parse_format(text: str) -> DisplayFormat:
    r"""Take an Image Display Format apart.

    Parameters
    ----------
    text : str
        For instance ``STANDARD\2,3``: two columns, three rows.

    Returns
    -------
    DisplayFormat
        What it says.

    Raises
    ------
    ConfigError
        If it is none, or has no or too many image boxes.

    Examples
    --------
    >>> from dicomwire.film import parse_format
    >>> parse_format("ROW\\1,2").image_boxes
    3
    """
    name = "image_display_format"
    if not isinstance(text, str):
        raise refuse(name, text, f"must be a string: {_FORMS}")
    if text in ("SLIDE", "SUPERSLIDE"):
        return DisplayFormat(text)
    if custom := _CUSTOM.fullmatch(text):
        return DisplayFormat("CUSTOM", (int(custom[1]),))
    grid = _GRID.fullmatch(text)
    if grid is None:
        raise refuse(name, text, f"must be one of {_FORMS}")
    numbers = tuple(int(number) for number in grid[2].split(","))
    if grid[1] == "STANDARD" and len(numbers) != 2:  # noqa: PLR2004
        raise refuse(name, text, r"STANDARD has two numbers, as in STANDARD\2,3 for 2 columns")
    display = DisplayFormat(grid[1], numbers)
    if 0 in numbers or not 1 <= (display.image_boxes or 0) <= _MAX_IMAGE_BOXES:
        rule = f"each number is at least 1, and there are at most {_MAX_IMAGE_BOXES} image boxes"
        raise refuse(name, text, rule)
    return display


def films_needed(images: int, image_display_format: str, *, image_boxes: int | None = None) -> int:
    r"""Tell how many films images take.

    Parameters
    ----------
    images : int
        How many images there are.
    image_display_format : str
        For instance ``STANDARD\2,3``.
    image_boxes : int, optional
        How many image boxes the printer makes of SLIDE, SUPERSLIDE and CUSTOM.

    Returns
    -------
    int
        The number of films; 0 without images.

    Raises
    ------
    ConfigError
        If the format is wrong, or the number of its image boxes not known.
    """
    display = parse_format(image_display_format)
    boxes = display.image_boxes or image_boxes
    if boxes is None:
        rule = (
            "the printer decides how many image boxes it has; its conformance statement says so: "
            "give image_boxes="
        )
        raise refuse("image_display_format", image_display_format, rule)
    return math.ceil(images / boxes)


def choose_format(
    images: int,
    *,
    size: tuple[float, float] = (355.6, 431.8),
    aspect: float = 1.0,
    maximum: int = _MAX_PER_FILM,
) -> str:
    r"""Choose the ``STANDARD`` format that shows images largest.

    Parameters
    ----------
    images : int
        How many images there are, at least 1. More than `maximum` take several films.
    size : tuple of float
        Width and height of the film, in any unit.
    aspect : float
        Width of the images over their height.
    maximum : int
        The most images on a film.

    Returns
    -------
    str
        The format, columns first.

    Examples
    --------
    >>> from dicomwire.film import choose_format
    >>> choose_format(6)
    'STANDARD\\2,3'
    """
    count = max(1, min(images, maximum))
    best = (0.0, 0, 1, 1)
    for columns in range(1, count + 1):
        rows = math.ceil(count / columns)
        # The height of an image in a box, whichever side of the box it meets first.
        height = min(size[1] / rows, size[0] / columns / aspect)
        # Of formats with images of the same size, the one with the fewest empty boxes.
        best = max(best, (round(height, 6), -columns * rows, -columns, rows))
    return rf"STANDARD\{-best[2]},{best[3]}"
