"""Preparing an image for an image box (PS3.3 section C.13.5, PS3.4 section H.4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

from .checking import enumerated, integer, refuse
from .color import is_color, luminance_of, rgb_of
from .decoding import FilmImage, frames_of
from .density import Densities
from .grayscale import gray_of
from .scaling import SQUARE, fit, pixel_aspect_ratio, square_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from .decoding import Frame, ImageSource, Voi, Window
    from .presentation_lut import PresentationLut

__all__ = ["Preparation", "PreparedImage", "prepare", "prepare_frame"]

_COLOR_BITS = 8
_GRAY_BITS = (8, 12)
_MAX_SIDE = 0xFFFF
_GRAY_DIMENSIONS = 2
_OVERLAYS = range(0x6000, 0x6020, 2)


@dataclass(frozen=True, eq=False)
class PreparedImage:
    """An image as an image box takes it.

    Parameters
    ----------
    array : numpy.ndarray
        Of (rows, columns), 8 bits in uint8 or 12 bits in uint16, 0 being black (MONOCHROME2); or
        of (rows, columns, 3), RGB in uint8.
    bits : int
        Bits Stored: 8 or 12.
    pixel_aspect_ratio : tuple of int
        The height and width of a pixel, as in Pixel Aspect Ratio (0028,0034).
    name : str
        What messages call it.
    frame : int
        The frame it was, from 1.
    notes : tuple of str
        What was not as expected, such as a color image that becomes gray.
    """

    array: NDArray[Any]
    bits: int
    pixel_aspect_ratio: tuple[int, int] = SQUARE
    name: str = "image"
    frame: int = 1
    notes: tuple[str, ...] = ()

    @property
    def is_color(self) -> bool:
        """Whether it goes into a Basic Color Image Box."""
        return self.array.ndim > _GRAY_DIMENSIONS

    @property
    def dataset(self) -> Dataset:
        """The item of Basic Grayscale or Basic Color Image Sequence (PS3.3 Table C.13-5)."""
        import numpy as np
        from pydicom.dataset import Dataset

        item = Dataset()
        item.SamplesPerPixel = 3 if self.is_color else 1
        item.PhotometricInterpretation = "RGB" if self.is_color else "MONOCHROME2"
        array = self.array
        if self.is_color:
            # Color by plane: planar configuration 1 (PS3.4 section H.4.3.2.2).
            item.PlanarConfiguration = 1
            array = np.moveaxis(array, 2, 0)
        item.Rows, item.Columns = self.array.shape[:2]
        if self.pixel_aspect_ratio != SQUARE:
            item.PixelAspectRatio = list(self.pixel_aspect_ratio)
        item.BitsAllocated = 8 if self.bits == _COLOR_BITS else 16
        item.BitsStored = self.bits
        item.HighBit = self.bits - 1
        item.PixelRepresentation = 0
        data = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        # OW is right in both transfer syntaxes that print requests travel in (PS3.5 A.1, A.2).
        item.add_new("PixelData", "OW", data + b"\0" * (len(data) % 2))
        return item


@dataclass(frozen=True)
class Preparation:
    """How images are prepared; the parameters are those of `prepare`."""

    bits: int = 8
    color: bool = False
    polarity: str = "NORMAL"
    presentation_lut: PresentationLut | None = None
    resample: bool = False
    maximum: tuple[int, int] | None = None
    behavior: str = "DECIMATE"

    def __post_init__(self) -> None:
        """Check every field, alone and together."""
        if self.bits not in _GRAY_BITS or isinstance(self.bits, bool):
            raise refuse("bits", self.bits, "printers take images of 8 or 12 bits")
        if self.color and self.bits != _COLOR_BITS:
            raise refuse("bits", self.bits, "color images have 8 bits (PS3.4 H.4.3.2)")
        enumerated("NORMAL", "REVERSE")("polarity", self.polarity)
        enumerated("DECIMATE", "CROP", "FAIL")("behavior", self.behavior)
        lut = self.presentation_lut
        if lut is not None and lut.bits_stored not in (None, self.bits):
            rule = f"is for images of {lut.bits_stored} bits, these have {self.bits}"
            raise ConfigError(f"presentation_lut: its table {rule}")
        if self.maximum is not None:
            try:
                rows, columns = self.maximum
            except (TypeError, ValueError):
                raise refuse("maximum", self.maximum, "must be (rows, columns)") from None
            integer(1, meaning="rows")("maximum", rows)
            integer(1, meaning="columns")("maximum", columns)


def prepare(
    image: ImageSource,
    *,
    frame: int = 1,
    bits: int = 8,
    color: bool = False,
    window: Window | None = None,
    voi: Voi = None,
    polarity: str = "NORMAL",
    presentation_lut: PresentationLut | None = None,
    resample: bool = False,
    maximum: tuple[int, int] | None = None,
    behavior: str = "DECIMATE",
) -> PreparedImage:
    """Prepare one image: modality LUT, VOI LUT or window, polarity, bits.

    Parameters
    ----------
    image : numpy.ndarray, pydicom.Dataset, str or os.PathLike
        An array of (rows, columns) or, in RGB, (rows, columns, 3); a data set with pixel data,
        compressed or not; or a file.
    frame : int
        Which frame, from 1.
    bits : int
        8 or 12, the bits of gray images.
    color : bool
        Whether it goes to a color printer. Without, colors become gray, which `notes` says.
    window : tuple of float, optional
        Window centre and width to use instead of the image's own.
    voi : int or str, optional
        Which of the image's VOI LUTs and windows: its number from 0 (LUTs come first), its
        explanation, ``auto`` for the range of the values in the image without padding, or
        ``full`` for the range they could have. None takes the first, or ``auto`` if there is
        none. Arrays of uint8 are taken as they are.
    polarity : str
        REVERSE turns black and white round here, for printers that do not know Polarity
        (2020,0020). `ImageBox` asks the printer for it.
    presentation_lut : PresentationLut, optional
        Applied here, for printers without the Presentation LUT SOP class.
    resample : bool
        Whether pixels are made square here. Without, Pixel Aspect Ratio is sent.
    maximum : tuple of int, optional
        The most rows and columns the printer takes.
    behavior : str
        DECIMATE, CROP or FAIL: what happens with an image that has more, as in `fit`.

    Returns
    -------
    PreparedImage
        What to send, and what was not as expected.

    Raises
    ------
    ConfigError
        If it is no image that can be printed, or cannot be decoded: why, and what to install.
    """
    preparation = Preparation(bits, color, polarity, presentation_lut, resample, maximum, behavior)
    chosen = FilmImage(image, frame=frame, window=window, voi=voi)
    return prepare_frame(next(frames_of(chosen)), chosen, preparation)


def prepare_frame(frame: Frame, image: FilmImage, preparation: Preparation) -> PreparedImage:
    """Prepare a decoded frame.

    Parameters
    ----------
    frame : Frame
        The frame.
    image : FilmImage
        What it is from, for window and VOI.
    preparation : Preparation
        How.

    Returns
    -------
    PreparedImage
        What to send.

    Raises
    ------
    ConfigError
        If it cannot be printed.
    """
    try:
        return _prepared(frame, image, preparation)
    except ConfigError as error:
        raise ConfigError(f"{frame.name}: {error}") from error


def _prepared(frame: Frame, image: FilmImage, preparation: Preparation) -> PreparedImage:
    notes: list[str] = []
    array = _values(frame, image, preparation, notes)
    ratio = pixel_aspect_ratio(frame)
    if preparation.resample:
        array, ratio = square_pixels(array, ratio), SQUARE
    if preparation.maximum is not None:
        size = array.shape[:2]
        array = fit(array, *preparation.maximum, preparation.behavior)
        if array.shape[:2] != size:
            done = "cropped" if preparation.behavior == "CROP" else "decimated"
            notes.append(f"{done} from {size[0]} rows, {size[1]} columns to {array.shape[:2]}")
    if max(array.shape[:2]) > _MAX_SIDE:
        raise ConfigError(f"it has {array.shape[:2]} pixels; maximum= makes it smaller")
    if any(frame.dataset is not None and (group, 0x3000) in frame.dataset for group in _OVERLAYS):
        notes.append("its overlays (60xx,3000) are not printed")
    bits = _COLOR_BITS if array.ndim > _GRAY_DIMENSIONS else preparation.bits
    return PreparedImage(array, bits, ratio, frame.name, frame.number, tuple(notes))


def _values(
    frame: Frame, image: FilmImage, preparation: Preparation, notes: list[str]
) -> NDArray[Any]:
    """Turn a frame into pixel values of the bits to send."""
    import numpy as np

    if is_color(frame):
        rgb = rgb_of(frame)
        if preparation.color:
            return 255 - rgb if preparation.polarity == "REVERSE" else rgb
        notes.append("its colors are printed as gray")
        gray = luminance_of(rgb)
    elif frame.samples.ndim != _GRAY_DIMENSIONS:
        shape, photometric = frame.samples.shape, frame.photometric_interpretation
        raise ConfigError(f"{photometric} with samples of {shape} cannot be printed")
    else:
        gray = gray_of(frame, window=image.window, voi=image.voi, notes=notes)
    if preparation.polarity == "REVERSE":
        gray = 1 - gray
    if preparation.presentation_lut is not None:
        gray = Densities().of_images(gray, preparation.presentation_lut)
    highest = (1 << preparation.bits) - 1
    dtype = np.dtype(np.uint8 if preparation.bits == _COLOR_BITS else np.uint16)
    values: NDArray[Any] = np.floor(gray * np.float32(highest) + np.float32(0.5)).astype(dtype)
    if not preparation.color:
        return values
    return np.repeat(values[..., np.newaxis], 3, axis=2)
