"""What to ask a printer for: film sessions, films and image boxes as values that check themselves.

The fields are the attributes of PS3.3 section C.13, by their keywords. None leaves the choice to
the printer. Each printer takes only some of the values; its conformance statement says which.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, ClassVar

from .checking import (
    Attributes,
    Check,
    code,
    density,
    enumerated,
    integer,
    millimetres,
    refuse,
    text,
    yes_or_no,
)
from .layout import parse_format
from .sizes import FILM_SIZES

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["AUTO", "Film", "FilmSession", "ImageBox"]

AUTO = "auto"
"""The image display format that is chosen for the number of images."""

_MAX_IS = 0x7FFF_FFFF
_MAX_IMAGE_BOXES = 0xFFFF

_MAGNIFICATION = ("MagnificationType", code("REPLICATE", "BILINEAR", "CUBIC", "NONE"))
_SMOOTHING = ("SmoothingType", code())
_HUNDREDTHS = integer(0, meaning="hundredths of optical density,")
_MIN_DENSITY = ("MinDensity", _HUNDREDTHS)
_MAX_DENSITY = ("MaxDensity", _HUNDREDTHS)
_CONFIGURATION = ("ConfigurationInformation", text(1024, ascii_only=True, backslash=True))


def _check_densities(options: Film | ImageBox) -> None:
    """Refuse a density range that is upside down."""
    low, high = options.min_density, options.max_density
    if low is not None and high is not None and low > high:
        name = f"{type(options).__name__}.min_density"
        raise refuse(name, low, f"is above max_density={high}")


@dataclass(frozen=True)
class FilmSession(Attributes):
    """What holds for all films of a print session (PS3.3 section C.13.1).

    Parameters
    ----------
    number_of_copies : int, optional
        Copies of each film, (2000,0010).
    print_priority : str, optional
        HIGH, MED or LOW, (2000,0020).
    medium_type : str, optional
        PAPER, CLEAR FILM, BLUE FILM, MAMMO CLEAR FILM, MAMMO BLUE FILM or a term of the
        printer's, (2000,0030).
    film_destination : str, optional
        MAGAZINE, PROCESSOR, BIN_1, BIN_2 and so on, (2000,0040).
    film_session_label : str, optional
        What people know the session by, up to 64 characters, (2000,0050).
    memory_allocation : int, optional
        Memory to reserve in the printer, in kilobytes, (2000,0060).
    owner_id : str, optional
        Who owns the session, up to 16 characters, (2100,0160).

    Raises
    ------
    ConfigError
        If a value cannot be: the field, the value and the rule.

    Examples
    --------
    >>> from dicomwire.film import FilmSession
    >>> FilmSession(number_of_copies=2, medium_type="BLUE FILM").to_dataset().NumberOfCopies
    '2'
    """

    _: KW_ONLY
    number_of_copies: int | None = None
    print_priority: str | None = None
    medium_type: str | None = None
    film_destination: str | None = None
    film_session_label: str | None = None
    memory_allocation: int | None = None
    owner_id: str | None = None

    _ATTRIBUTES: ClassVar[dict[str, tuple[str, Check]]] = {
        "number_of_copies": ("NumberOfCopies", integer(1, _MAX_IS)),
        "print_priority": ("PrintPriority", enumerated("HIGH", "MED", "LOW")),
        "medium_type": ("MediumType", code("PAPER", "CLEAR FILM", "BLUE FILM")),
        "film_destination": ("FilmDestination", code("MAGAZINE", "PROCESSOR", "BIN_1")),
        "film_session_label": ("FilmSessionLabel", text(64)),
        "memory_allocation": ("MemoryAllocation", integer(0, _MAX_IS)),
        "owner_id": ("OwnerID", text(16)),
    }

    def __post_init__(self) -> None:
        """Check every field."""
        self._check_attributes()

    def to_dataset(self) -> Dataset:
        """Return what N-CREATE and N-SET of the film session send.

        Returns
        -------
        pydicom.Dataset
            One element for each field that is not None, and the Specific Character Set if a text
            needs one.
        """
        dataset = super().to_dataset()
        texts = (self.film_session_label, self.owner_id)
        if not all(value is None or value.isascii() for value in texts):
            dataset.SpecificCharacterSet = "ISO_IR 192"
        return dataset


@dataclass(frozen=True)
class Film(Attributes):
    r"""One sheet of film: its size and how images lie on it (PS3.3 section C.13.3).

    Parameters
    ----------
    image_display_format : str
        ``STANDARD\C,R`` (C columns in R rows; the columns come first), ``ROW\R1,R2,…`` (R1 images
        in the first row, …), ``COL\C1,C2,…``, ``SLIDE``, ``SUPERSLIDE``, ``CUSTOM\i``; or
        ``auto``, which chooses a ``STANDARD`` format for the number of images. (2010,0010)
    film_orientation : str, optional
        PORTRAIT or LANDSCAPE, (2010,0040).
    film_size_id : str, optional
        For instance 14INX17IN, 8INX10IN, A4, (2010,0050); see `FILM_SIZES`.
    magnification_type : str, optional
        How the printer scales images: REPLICATE, BILINEAR, CUBIC or NONE, (2010,0060).
    smoothing_type : str, optional
        A term of the printer's that says more about CUBIC, (2010,0080).
    border_density, empty_image_density : str or int, optional
        Density around images, (2010,0100), and of image boxes without image, (2010,0110): BLACK,
        WHITE or hundredths of optical density.
    min_density, max_density : int, optional
        The range of density of images, in hundredths of optical density, (2010,0120) and
        (2010,0130).
    trim : bool, optional
        Whether to print a box around each image, (2010,0140).
    configuration_information : str, optional
        What only this printer knows, up to 1024 characters, (2010,0150).
    annotation_display_format_id : str, optional
        The printer's name of the annotation boxes it is to make, (2010,0030).
    requested_resolution_id : str, optional
        STANDARD or HIGH, (2020,0050).
    illumination, reflected_ambient_light : int, optional
        In candela per square metre, where the film will be looked at, (2010,015E) and
        (2010,0160); what a Presentation LUT is rendered for.
    image_boxes : int, optional
        How many image boxes the printer makes of SLIDE, SUPERSLIDE and CUSTOM, as its conformance
        statement says. Not sent.

    Raises
    ------
    ConfigError
        If a value cannot be: the field, the value and the rule.

    Examples
    --------
    >>> from dicomwire.film import Film
    >>> film = Film("STANDARD\\2,3", film_size_id="14INX17IN")
    >>> film.to_dataset().ImageDisplayFormat
    'STANDARD\\2,3'
    """

    image_display_format: str = AUTO
    _: KW_ONLY
    film_orientation: str | None = None
    film_size_id: str | None = None
    magnification_type: str | None = None
    smoothing_type: str | None = None
    border_density: str | int | None = None
    empty_image_density: str | int | None = None
    min_density: int | None = None
    max_density: int | None = None
    trim: bool | str | None = None
    configuration_information: str | None = None
    annotation_display_format_id: str | None = None
    requested_resolution_id: str | None = None
    illumination: int | None = None
    reflected_ambient_light: int | None = None
    image_boxes: int | None = None

    _ATTRIBUTES: ClassVar[dict[str, tuple[str, Check]]] = {
        "film_orientation": ("FilmOrientation", enumerated("PORTRAIT", "LANDSCAPE")),
        "film_size_id": ("FilmSizeID", code(*FILM_SIZES)),
        "magnification_type": _MAGNIFICATION,
        "smoothing_type": _SMOOTHING,
        "border_density": ("BorderDensity", density),
        "empty_image_density": ("EmptyImageDensity", density),
        "min_density": _MIN_DENSITY,
        "max_density": _MAX_DENSITY,
        "trim": ("Trim", yes_or_no),
        "configuration_information": _CONFIGURATION,
        "annotation_display_format_id": ("AnnotationDisplayFormatID", code()),
        "requested_resolution_id": ("RequestedResolutionID", code("STANDARD", "HIGH")),
        "illumination": ("Illumination", integer(0)),
        "reflected_ambient_light": ("ReflectedAmbientLight", integer(0)),
    }

    def __post_init__(self) -> None:
        """Check every field, alone and together."""
        self._check_attributes()
        _check_densities(self)
        boxes = None
        if self.image_display_format != AUTO:
            boxes = parse_format(self.image_display_format).image_boxes
        if self.image_boxes is not None:
            integer(1, _MAX_IMAGE_BOXES)("Film.image_boxes", self.image_boxes)
            if self.image_display_format == AUTO or boxes not in (None, self.image_boxes):
                rule = f"goes with SLIDE, SUPERSLIDE and CUSTOM, not {self.image_display_format}"
                raise refuse("Film.image_boxes", self.image_boxes, rule)

    @property
    def is_landscape(self) -> bool:
        """Whether the longer side of the film lies; PORTRAIT is what printers default to."""
        return self.film_orientation == "LANDSCAPE"

    def to_dataset(self) -> Dataset:
        """Return what N-CREATE of the film box sends, but for the references.

        Returns
        -------
        pydicom.Dataset
            Image Display Format, and one element for each other field that is not None.

        Raises
        ------
        ConfigError
            If the format is still ``auto``: `arrange` chooses one.
        """
        if self.image_display_format == AUTO:
            rule = "no printer knows it; dicomwire.film.arrange chooses a format for the images"
            raise refuse("Film.image_display_format", AUTO, rule)
        dataset = super().to_dataset()
        dataset.ImageDisplayFormat = self.image_display_format
        return dataset


@dataclass(frozen=True)
class ImageBox(Attributes):
    """How one image is printed in its box (PS3.3 section C.13.5).

    Parameters
    ----------
    polarity : str, optional
        NORMAL or REVERSE, (2020,0020): whether the printer turns black and white round.
    magnification_type, smoothing_type : str, optional
        As of `Film`, for this image only, (2010,0060) and (2010,0080).
    min_density, max_density : int, optional
        As of `Film`, for this image only, (2010,0120) and (2010,0130).
    configuration_information : str, optional
        As of `Film`, for this image only, (2010,0150).
    requested_image_size : float, optional
        The width of the printed image in millimetres, (2020,0030). None fills the box.
    requested_decimate_crop_behavior : str, optional
        What the printer does with an image that has more pixels than the box: DECIMATE, CROP or
        FAIL, (2020,0040).

    Raises
    ------
    ConfigError
        If a value cannot be: the field, the value and the rule.
    """

    _: KW_ONLY
    polarity: str | None = None
    magnification_type: str | None = None
    smoothing_type: str | None = None
    min_density: int | None = None
    max_density: int | None = None
    configuration_information: str | None = None
    requested_image_size: float | None = None
    requested_decimate_crop_behavior: str | None = None

    _ATTRIBUTES: ClassVar[dict[str, tuple[str, Check]]] = {
        "polarity": ("Polarity", enumerated("NORMAL", "REVERSE")),
        "magnification_type": _MAGNIFICATION,
        "smoothing_type": _SMOOTHING,
        "min_density": _MIN_DENSITY,
        "max_density": _MAX_DENSITY,
        "configuration_information": _CONFIGURATION,
        "requested_image_size": ("RequestedImageSize", millimetres),
        "requested_decimate_crop_behavior": (
            "RequestedDecimateCropBehavior",
            enumerated("DECIMATE", "CROP", "FAIL"),
        ),
    }

    def __post_init__(self) -> None:
        """Check every field, alone and together."""
        self._check_attributes()
        _check_densities(self)
