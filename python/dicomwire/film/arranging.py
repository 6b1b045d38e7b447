"""Laying images on films: what is sent to a printer, and what a preview shows."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, TypeAlias, Union

from dicomwire.errors import ConfigError

from .checking import text
from .decoding import FilmImage, ImageSource, frames_of, need_numpy
from .layout import Rectangle, choose_format, films_needed, parse_format
from .options import AUTO, Film, ImageBox
from .pixels import Preparation, prepare_frame
from .sizes import film_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydicom.dataset import Dataset

    from .decoding import Voi, Window
    from .pixels import PreparedImage
    from .presentation_lut import PresentationLut

__all__ = ["FilmPlan", "Images", "PlacedImage", "arrange"]

Images: TypeAlias = Union["ImageSource", FilmImage, Iterable[Union["ImageSource", FilmImage, None]]]
"""One image or many; None leaves an image box empty."""


@dataclass(frozen=True, eq=False)
class PlacedImage:
    """An image in its image box.

    Parameters
    ----------
    position : int
        Image Box Position (2020,0010), from 1.
    image : PreparedImage
        What is printed.
    box : ImageBox
        How it is printed.
    rectangle : Rectangle
        Where the image box is on the film.
    """

    position: int
    image: PreparedImage
    box: ImageBox
    rectangle: Rectangle

    def to_dataset(self) -> Dataset:
        """Return what N-SET of the image box sends.

        Returns
        -------
        pydicom.Dataset
            Image Box Position, Basic Grayscale or Basic Color Image Sequence with one item, and
            one element for each field of the box that is set.
        """
        dataset = self.box.to_dataset()
        dataset.ImageBoxPosition = self.position
        keyword = (
            "BasicColorImageSequence" if self.image.is_color else "BasicGrayscaleImageSequence"
        )
        setattr(dataset, keyword, [self.image.dataset])
        return dataset


@dataclass(frozen=True, eq=False)
class FilmPlan:
    """One sheet of film with what is on it.

    Parameters
    ----------
    number, of : int
        Which film it is, from 1, and how many there are.
    film : Film
        What it is; the image display format is chosen.
    images : tuple of PlacedImage
        In the order of their positions; positions without an image are left out.
    annotations : tuple of str
        The text of annotation box 1, 2, …; an empty one is left out.
    presentation_lut : PresentationLut, optional
        What the printer is to turn pixel values into presentation values with.
    """

    number: int
    of: int
    film: Film
    images: tuple[PlacedImage, ...]
    _: KW_ONLY
    annotations: tuple[str, ...] = ()
    presentation_lut: PresentationLut | None = None

    @property
    def rectangles(self) -> list[Rectangle]:
        """Where its image boxes are, that of position 1 first."""
        return parse_format(self.film.image_display_format).rectangles(self.film.image_boxes)

    @property
    def notes(self) -> list[str]:
        """What was not as expected of its images, each with the name of the image."""
        return [
            f"{placed.image.name}: {note}" for placed in self.images for note in placed.image.notes
        ]


def arrange(
    images: Images,
    *,
    film: Film | None = None,
    box: ImageBox | None = None,
    color: bool = False,
    bits: int = 8,
    window: Window | None = None,
    voi: Voi = None,
    presentation_lut: PresentationLut | None = None,
    annotations: Sequence[str] = (),
    resample: bool = False,
    maximum: tuple[int, int] | None = None,
    maximum_behavior: str = "DECIMATE",
) -> list[FilmPlan]:
    r"""Lay images on as many films as they need.

    Parameters
    ----------
    images : numpy.ndarray, pydicom.Dataset, str, os.PathLike, FilmImage or an iterable of these
        All frames of a multi-frame image, unless a `FilmImage` says otherwise. None leaves an
        image box empty.
    film : Film, optional
        Its format, size and so on; None chooses a ``STANDARD`` format for the images.
    box : ImageBox, optional
        How images are printed in their boxes.
    color : bool
        Whether the printer has color; without, colors become gray.
    bits : int
        8 or 12, the bits of gray images.
    window : tuple of float, optional
        Window centre and width for all images.
    voi : int or str, optional
        Which of each image's VOI LUTs and windows, as in `prepare`.
    presentation_lut : PresentationLut, optional
        What the printer is to apply; `prepare` can apply one before sending.
    annotations : sequence of str
        Texts for the annotation boxes of each film, at most 64 characters. ``{film}`` and
        ``{films}`` stand for the number of the film and how many there are.
    resample : bool
        Whether pixels are made square before sending.
    maximum : tuple of int, optional
        The most rows and columns the printer takes for an image.
    maximum_behavior : str
        DECIMATE, CROP or FAIL: what happens with an image that has more.

    Returns
    -------
    list of FilmPlan
        The films in order; none without images.

    Raises
    ------
    ConfigError
        If a parameter cannot be, or one of the images: which one, and why.

    Examples
    --------
    >>> import numpy
    >>> from dicomwire.film import arrange
    >>> plans = arrange([numpy.zeros((4, 4), numpy.uint8)] * 6)
    >>> [(plan.film.image_display_format, len(plan.images)) for plan in plans]
    [('STANDARD\\2,3', 6)]
    """
    need_numpy()
    preparation = Preparation(
        bits=bits,
        color=color,
        presentation_lut=None,
        resample=resample,
        maximum=maximum,
        behavior=maximum_behavior,
    )
    if presentation_lut is not None and presentation_lut.bits_stored not in (None, bits):
        rule = f"is for images of {presentation_lut.bits_stored} bits, these have {bits}"
        raise ConfigError(f"presentation_lut: its table {rule}")
    common = FilmImage("", window=window, voi=voi, box=box or ImageBox())
    prepared = list(_prepared(images, common, preparation))
    if not prepared:
        return []
    chosen = _with_format(film or Film(), prepared)
    display = parse_format(chosen.image_display_format)
    boxes = display.image_boxes or chosen.image_boxes
    count = films_needed(len(prepared), chosen.image_display_format, image_boxes=boxes)
    rectangles = display.rectangles(boxes)
    plans = []
    for number in range(1, count + 1):
        on_film = prepared[(number - 1) * len(rectangles) : number * len(rectangles)]
        placed = [
            PlacedImage(position, entry[0], entry[1], rectangle)
            for position, (entry, rectangle) in enumerate(zip(on_film, rectangles, strict=False), 1)
            if entry is not None
        ]
        plan = FilmPlan(
            number,
            count,
            chosen,
            tuple(placed),
            annotations=_annotations(annotations, number, count),
            presentation_lut=presentation_lut,
        )
        plans.append(plan)
    return plans


def _prepared(
    images: Images, common: FilmImage, preparation: Preparation
) -> Iterator[tuple[PreparedImage, ImageBox] | None]:
    """Prepare one image after the other; None for a box that stays empty."""
    for number, entry in enumerate(_each(images), 1):
        if entry is None:
            yield None
            continue
        image = entry if isinstance(entry, FilmImage) else FilmImage(entry)
        is_own = image.window is not None or image.voi is not None
        image = replace(
            image,
            window=image.window if is_own else common.window,
            voi=image.voi if is_own else common.voi,
            box=image.box or common.box,
        )
        for frame in frames_of(image, f"image {number}"):
            yield prepare_frame(frame, image, preparation), image.box or ImageBox()


def _each(images: Images) -> Iterator[ImageSource | FilmImage | None]:
    """Give each image of one or many."""
    import numpy as np
    from pydicom.dataset import Dataset

    if isinstance(images, (np.ndarray, Dataset, str, os.PathLike, FilmImage)):
        yield images
        return
    # What callers really give may be anything.
    given: object = images
    if not isinstance(given, Iterable):
        rule = "give a numpy array, a pydicom Dataset, the path of a file, or an iterable of these"
        raise ConfigError(f"images={given!r}: {rule}")
    yield from given


def _with_format(film: Film, prepared: list[tuple[PreparedImage, ImageBox] | None]) -> Film:
    """Choose a display format for the images, if that is asked for."""
    if film.image_display_format != AUTO:
        return film
    shapes = [entry[0] for entry in prepared if entry is not None]
    aspects = [
        image.array.shape[1]
        * image.pixel_aspect_ratio[1]
        / (image.array.shape[0] * image.pixel_aspect_ratio[0])
        for image in shapes
    ]
    try:
        size = film_size(film.film_size_id, landscape=film.is_landscape)
    except ConfigError:
        # A size only the printer knows; most films have nearly the same proportions.
        size = film_size(None, landscape=film.is_landscape)
    aspect = median(aspects) if aspects else 1.0
    return replace(
        film, image_display_format=choose_format(len(prepared), size=size, aspect=aspect)
    )


def _annotations(annotations: Sequence[str], number: int, count: int) -> tuple[str, ...]:
    """Fill in the numbers of films, and check what comes out (Text String, VR LO)."""
    if isinstance(annotations, str):
        annotations = (annotations,)
    filled = [
        annotation.replace("{film}", str(number)).replace("{films}", str(count))
        for annotation in annotations
    ]
    check = text(64)
    return tuple(annotation and check("annotations", annotation) for annotation in filled)
