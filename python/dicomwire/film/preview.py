"""Pictures of films, without a printer.

A preview shows the plan that is sent: layout, densities, polarity, presentation LUT and sizes. What
printers do not tell is assumed: 5 mm of border, 2 mm between image boxes, annotations on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

from .checking import refuse
from .density import Densities
from .scaling import fit, resized
from .sizes import film_size

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image

    from .arranging import FilmPlan, PlacedImage
    from .layout import Rectangle

__all__ = ["preview", "write_png"]

_BORDER = 5.0
_GAP = 2.0
_ANNOTATION_HEIGHT = 6.0
_INCH = 25.4
_MOST_DOTS = 10_000
_COLOR_DIMENSIONS = 3
_WHITE = 255


@dataclass(frozen=True)
class _Area:
    """A rectangle of pixels: left, top, width, height."""

    left: int
    top: int
    width: int
    height: int


def preview(
    plan: FilmPlan, *, dots_per_inch: float = 72.0, printer_dots_per_inch: float = 300.0
) -> Image:
    """Draw a film as it will look on a light box.

    Parameters
    ----------
    plan : FilmPlan
        Of `arrange`.
    dots_per_inch : float
        The resolution of the picture.
    printer_dots_per_inch : float
        The resolution of the printer, which decides about images that are not magnified or are
        cropped.

    Returns
    -------
    PIL.Image.Image
        Of mode L, or RGB if there is a color image on the film.

    Raises
    ------
    ConfigError
        If the measures of the film are not known, or a resolution cannot be.
    """
    import numpy as np
    from PIL import Image

    _check_resolution("dots_per_inch", dots_per_inch)
    _check_resolution("printer_dots_per_inch", printer_dots_per_inch)
    film = plan.film
    size = film_size(film.film_size_id, landscape=film.is_landscape)
    width, height = (max(1, round(side * dots_per_inch / _INCH)) for side in size)
    densities = Densities()
    border = _level(densities.gray(film.border_density))
    is_color = any(placed.image.is_color for placed in plan.images)
    shape = (height, width, 3) if is_color else (height, width)
    canvas = np.full(shape, border, dtype=np.uint8)
    scale = dots_per_inch / _INCH
    top = _ANNOTATION_HEIGHT if any(plan.annotations) else 0.0
    empty = _level(densities.gray(film.empty_image_density))
    for rectangle in plan.rectangles:
        area = _area(rectangle, size, top, scale)
        canvas[_slices(area)] = empty
    for placed in plan.images:
        area = _area(placed.rectangle, size, top, scale)
        _draw(canvas, area, _printed(plan, placed, area, scale, printer_dots_per_inch))
        if film.trim == "YES":
            _frame(canvas, area, _WHITE - border)
    picture = Image.fromarray(canvas)
    _annotate(picture, plan, scale, _WHITE if border < _WHITE // 2 else 0)
    picture.info["dpi"] = (dots_per_inch, dots_per_inch)
    return picture


def write_png(
    plans: FilmPlan | Sequence[FilmPlan],
    path: str | os.PathLike[str],
    *,
    dots_per_inch: float = 72.0,
) -> list[Path]:
    """Write a picture of each film.

    Parameters
    ----------
    plans : FilmPlan or sequence of FilmPlan
        Of `arrange`.
    path : str or os.PathLike
        A directory, where films become ``film-1.png`` and so on, or the name of a file that ends
        in ``.png``; of several films each gets its number before the ending. Films that were laid
        out in several calls are numbered in their order.
    dots_per_inch : float
        The resolution of the pictures.

    Returns
    -------
    list of Path
        The files, in the order of the films.

    Raises
    ------
    ConfigError
        If the path is no directory and does not end in ``.png``, or the measures of a film are
        not known.
    """
    # A FilmPlan is no sequence; imported here, since it is needed only to tell.
    from .arranging import FilmPlan

    films = [plans] if isinstance(plans, FilmPlan) else list(plans)
    numbers = [film.number for film in films]
    if len(set(numbers)) < len(numbers):
        # Laid out in several calls: one would overwrite the other.
        numbers = list(range(1, len(films) + 1))
    target = Path(path)
    if target.is_dir():
        names = [target / f"film-{number}.png" for number in numbers]
    elif target.suffix.lower() != ".png":
        raise ConfigError(f"{target}: is no directory, and its name does not end in .png")
    elif len(films) == 1:
        names = [target]
    else:
        names = [target.with_stem(f"{target.stem}-{number}") for number in numbers]
    for film, name in zip(films, names, strict=True):
        picture = preview(film, dots_per_inch=dots_per_inch)
        picture.save(name, format="PNG", dpi=picture.info["dpi"])
    return names


def _check_resolution(name: str, value: float) -> None:
    if not 1 <= value <= _MOST_DOTS:
        raise refuse(name, value, f"must be from 1 to {_MOST_DOTS} dots per inch")


def _level(gray: float) -> int:
    return round(gray * _WHITE)


def _area(rectangle: Rectangle, size: tuple[float, float], top: float, scale: float) -> _Area:
    """Return where an image box is, in pixels."""
    width, height = size[0] - 2 * _BORDER, size[1] - 2 * _BORDER - top
    left = (_BORDER + rectangle.left * width + _GAP / 2) * scale
    upper = (_BORDER + top + rectangle.top * height + _GAP / 2) * scale
    right = left + (rectangle.width * width - _GAP) * scale
    lower = upper + (rectangle.height * height - _GAP) * scale
    return _Area(
        round(left),
        round(upper),
        max(1, round(right) - round(left)),
        max(1, round(lower) - round(upper)),
    )


def _slices(area: _Area) -> tuple[slice, slice]:
    return (
        slice(area.top, area.top + area.height),
        slice(area.left, area.left + area.width),
    )


def _printed(
    plan: FilmPlan, placed: PlacedImage, area: _Area, scale: float, printer: float
) -> NDArray[Any]:
    """Return an image as large as it is printed, in levels of the picture."""
    import numpy as np

    film, box, image = plan.film, placed.box, placed.image
    array = image.array
    magnification = box.magnification_type or film.magnification_type
    # The pixels that the printer has for the box, and those it takes of the image.
    dots = printer / _INCH / scale
    if box.requested_decimate_crop_behavior == "CROP":
        array = fit(array, max(1, int(area.height * dots)), max(1, int(area.width * dots)), "CROP")
    vertical, horizontal = image.pixel_aspect_ratio
    aspect = array.shape[1] * horizontal / (array.shape[0] * vertical)
    width = min(float(area.width), area.height * aspect)
    if box.requested_image_size is not None:
        width = min(width, box.requested_image_size * scale)
    elif magnification == "NONE":
        width = min(width, array.shape[1] / dots)
    rows, columns = max(1, round(width / aspect)), max(1, round(width))
    array = resized(array, min(rows, area.height), min(columns, area.width), magnification)
    highest = (1 << image.bits) - 1
    if box.polarity == "REVERSE":
        array = highest - array
    if image.is_color:
        return array
    densities = Densities(
        film.min_density if box.min_density is None else box.min_density,
        film.max_density if box.max_density is None else box.max_density,
        film.illumination,
        film.reflected_ambient_light,
    )
    gray = densities.of_images(array / np.float32(highest), plan.presentation_lut)
    levels: NDArray[Any] = np.rint(gray * _WHITE).astype(np.uint8)
    return levels


def _draw(canvas: NDArray[Any], area: _Area, image: NDArray[Any]) -> None:
    """Put an image into the middle of its box."""
    import numpy as np

    if canvas.ndim == _COLOR_DIMENSIONS and image.ndim != _COLOR_DIMENSIONS:
        image = np.repeat(image[..., np.newaxis], 3, axis=2)
    rows, columns = image.shape[:2]
    top = area.top + (area.height - rows) // 2
    left = area.left + (area.width - columns) // 2
    canvas[top : top + rows, left : left + columns] = image


def _frame(canvas: NDArray[Any], area: _Area, level: int) -> None:
    """Draw a trim box: a line around an image box."""
    rows, columns = _slices(area)
    canvas[rows, [columns.start, columns.stop - 1]] = level
    canvas[[rows.start, rows.stop - 1], columns] = level


def _annotate(picture: Image, plan: FilmPlan, scale: float, level: int) -> None:
    """Write the annotations side by side above the images."""
    from PIL import ImageDraw, ImageFont

    texts = [text for text in plan.annotations if text]
    if not texts:
        return
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(max(6.0, _ANNOTATION_HEIGHT * 0.6 * scale))
    column = (picture.width - 2 * _BORDER * scale) / len(texts)
    fill: int | tuple[int, int, int] = level if picture.mode == "L" else (level, level, level)
    for number, text in enumerate(texts):
        position = (_BORDER * scale + number * column, _BORDER * scale)
        draw.text(position, text, fill=fill, font=font)
