"""Sizes of images: pixel aspect ratio, decimation and cropping (PS3.3 C.7.6.3.1.7, C.13.5)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

from .checking import enumerated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from PIL.Image import Resampling

    from .decoding import Frame

__all__ = ["SQUARE", "fit", "pixel_aspect_ratio", "resized", "square_pixels"]

SQUARE = (1, 1)
"""The Pixel Aspect Ratio that need not be sent."""

_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
_GRAY = 2
# Ratios closer to 1 than this come from rounded spacings, and nobody would see them.
_TOLERANCE = 0.001
_MAX_TERM = 1000


def pixel_aspect_ratio(frame: Frame) -> tuple[int, int]:
    """Return the height and width of a pixel as a ratio of integers.

    Parameters
    ----------
    frame : Frame
        Of an array, pixels are square.

    Returns
    -------
    tuple of int
        As in Pixel Aspect Ratio (0028,0034): vertical, horizontal. It is taken from there, or
        else from the first spacing there is.
    """
    if frame.dataset is None:
        return SQUARE
    pairs = [frame.dataset.get("PixelAspectRatio")]
    measures = frame.attributes("PixelMeasuresSequence")
    if measures is not None:
        pairs.append(measures.get("PixelSpacing"))
    pairs += [frame.dataset.get(keyword) for keyword in _SPACINGS]
    for pair in pairs:
        ratio = _ratio(pair)
        if ratio is not None:
            return ratio
    return SQUARE


def _ratio(pair: Iterable[float] | None) -> tuple[int, int] | None:
    try:
        vertical, horizontal = (float(value) for value in pair or ())
        quotient = vertical / horizontal
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not 0 < quotient < float("inf"):
        return None
    if abs(quotient - 1) < _TOLERANCE:
        return SQUARE
    fraction = Fraction(quotient).limit_denominator(_MAX_TERM)
    if fraction.numerator == 0:
        return None
    return fraction.numerator, fraction.denominator


def resized(
    array: NDArray[Any], rows: int, columns: int, magnification_type: str | None = None
) -> NDArray[Any]:
    """Scale an image.

    Parameters
    ----------
    array : numpy.ndarray
        Of (rows, columns), or (rows, columns, 3) and 8 bits.
    rows, columns : int
        The size it is to have.
    magnification_type : str, optional
        REPLICATE, BILINEAR or CUBIC, as of Magnification Type (2010,0060); None is BILINEAR.

    Returns
    -------
    numpy.ndarray
        Of the same type.
    """
    import numpy as np
    from PIL import Image

    if array.shape[:2] == (rows, columns):
        return array
    method = _resampling(magnification_type)
    if array.ndim != _GRAY:
        return np.asarray(Image.fromarray(array).resize((columns, rows), method))
    # Floats, since Pillow does not scale images of 16 bits.
    image = Image.fromarray(array.astype(np.float32)).resize((columns, rows), method)
    floats = np.asarray(image)
    if array.dtype.kind == "f":
        return floats.astype(array.dtype)
    # CUBIC swings over the ends of the range.
    low, high = float(array.min()), float(array.max())
    rounded: NDArray[Any] = np.rint(np.clip(floats, low, high)).astype(array.dtype)
    return rounded


def _resampling(magnification_type: str | None) -> Resampling:
    from PIL.Image import Resampling

    methods = {"REPLICATE": Resampling.NEAREST, "CUBIC": Resampling.BICUBIC}
    return methods.get(magnification_type or "", Resampling.BILINEAR)


def square_pixels(array: NDArray[Any], ratio: tuple[int, int]) -> NDArray[Any]:
    """Scale an image so that its pixels are square; no row or column is lost.

    Parameters
    ----------
    array : numpy.ndarray
        The image.
    ratio : tuple of int
        The height and width of its pixels.

    Returns
    -------
    numpy.ndarray
        With more rows if pixels were high, with more columns if they were wide.
    """
    vertical, horizontal = ratio
    rows, columns = array.shape[:2]
    if vertical > horizontal:
        rows = round(rows * vertical / horizontal)
    else:
        columns = round(columns * horizontal / vertical)
    return resized(array, rows, columns)


def fit(
    array: NDArray[Any],
    rows: int,
    columns: int,
    behavior: str = "DECIMATE",
    *,
    magnification_type: str | None = None,
) -> NDArray[Any]:
    """Bring an image into at most so many rows and columns.

    What a printer does with an image that has more pixels than the image box (Requested
    Decimate/Crop Behavior (2020,0040), PS3.3 section C.13.5), done before sending.

    Parameters
    ----------
    array : numpy.ndarray
        Of (rows, columns), or (rows, columns, 3) and 8 bits.
    rows, columns : int
        The most it may have.
    behavior : str
        DECIMATE scales it down, CROP takes its middle, FAIL raises.
    magnification_type : str, optional
        How to scale: REPLICATE, BILINEAR or CUBIC.

    Returns
    -------
    numpy.ndarray
        The image itself if it has no more; never a larger one.

    Raises
    ------
    ConfigError
        If it has more and must not, or a parameter cannot be.
    """
    enumerated("DECIMATE", "CROP", "FAIL")("behavior", behavior)
    if rows < 1 or columns < 1:
        raise ConfigError(f"rows={rows}, columns={columns}: an image has at least one of each")
    height, width = array.shape[:2]
    if height <= rows and width <= columns:
        return array
    if behavior == "FAIL":
        rule = f"has {height} rows and {width} columns, and {rows} and {columns} are allowed"
        raise ConfigError(f"the image {rule}: DECIMATE or CROP would make it fit")
    if behavior == "CROP":
        top, left = max(0, height - rows) // 2, max(0, width - columns) // 2
        return array[top : top + rows, left : left + columns]
    factor = min(rows / height, columns / width)
    new_rows = min(rows, max(1, round(height * factor)))
    new_columns = min(columns, max(1, round(width * factor)))
    return resized(array, new_rows, new_columns, magnification_type)
