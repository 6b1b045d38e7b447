"""Color frames: PALETTE COLOR and YBR into RGB of 8 bits, and color into gray (PS3.3 C.7.6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

from .lookup_table import LookupTable
from .modality import bits_stored

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from .decoding import Frame

__all__ = ["is_color", "luminance_of", "rgb_of"]

_MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
_RGB = ("RGB", "YBR_RCT", "YBR_ICT")
_YBR_FULL = ("YBR_FULL", "YBR_FULL_422")
_SAMPLES = 3
_BYTE = 8


def is_color(frame: Frame) -> bool:
    """Whether a frame has color, by its photometric interpretation."""
    return frame.photometric_interpretation not in _MONOCHROME


def rgb_of(frame: Frame) -> NDArray[np.uint8]:
    """Turn the samples of a color frame into RGB.

    Parameters
    ----------
    frame : Frame
        As pydicom decodes it.

    Returns
    -------
    numpy.ndarray
        Of (rows, columns, 3) and 8 bits.

    Raises
    ------
    ConfigError
        If the photometric interpretation is none that can be turned into RGB.
    """
    photometric = frame.photometric_interpretation
    if photometric == "PALETTE COLOR":
        return _palette(frame)
    if frame.samples.ndim != 3 or frame.samples.shape[2] != _SAMPLES:  # noqa: PLR2004
        shape = frame.samples.shape
        raise ConfigError(f"{photometric} with samples of {shape} cannot be printed")
    samples = frame.samples
    if photometric in _YBR_FULL:
        from pydicom.pixels.processing import convert_color_space

        samples = convert_color_space(_bytes(samples, frame), photometric, "RGB")
    elif photometric not in _RGB:
        raise ConfigError(f"Photometric Interpretation {photometric} cannot be turned into RGB")
    return _bytes(samples, frame)


def luminance_of(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn RGB into gray from 0 to 1, by the weights of YBR_FULL (PS3.3 section C.7.6.3.1.2)."""
    import numpy as np

    weights = np.array([0.2990, 0.5870, 0.1140], dtype=np.float32)
    gray: NDArray[np.float32] = rgb.astype(np.float32) @ weights / np.float32(255)
    return np.clip(gray, 0, 1)


def _palette(frame: Frame) -> NDArray[np.uint8]:
    import numpy as np

    dataset = frame.dataset
    assert dataset is not None  # noqa: S101 (arrays are RGB or monochrome)
    try:
        if "RedPaletteColorLookupTableData" not in dataset:
            colors = _segmented_palette(frame)
        else:
            channels = [_channel(frame, dataset, color) for color in ("Red", "Green", "Blue")]
            colors = np.stack(channels, axis=-1)
    except ConfigError as error:
        raise ConfigError(f"the palette cannot be used: {error}") from None
    return colors


def _channel(frame: Frame, dataset: Dataset, color: str) -> NDArray[np.uint8]:
    """Look the samples up in the palette of one color."""
    import numpy as np

    table = LookupTable.from_values(
        dataset.get(f"{color}PaletteColorLookupTableDescriptor"),
        dataset.get(f"{color}PaletteColorLookupTableData"),
        signed=frame.samples.dtype.kind == "i",
        little_endian=dataset.original_encoding[1] is not False,
    )
    # Some write palettes of 8 bits as if they had 16.
    bits = table.bits if int(table.entries.max()) > 0xFF else _BYTE  # noqa: PLR2004
    return (table.apply(frame.samples) >> (bits - _BYTE)).astype(np.uint8)


def _segmented_palette(frame: Frame) -> NDArray[np.uint8]:
    import numpy as np
    from pydicom.pixels.processing import apply_color_lut

    try:
        # int32, for first values beyond the range of the samples.
        colors = apply_color_lut(frame.samples.astype(np.int32), frame.dataset)
    except Exception as error:
        raise ConfigError(" ".join(str(error).split()) or type(error).__name__) from error
    shift = _BYTE if colors.dtype.itemsize > 1 else 0
    return (colors[..., :_SAMPLES] >> shift).astype(np.uint8)


def _bytes(samples: NDArray[Any], frame: Frame) -> NDArray[np.uint8]:
    """Bring samples to 8 bits."""
    import numpy as np

    if samples.dtype == np.uint8:
        return samples
    if samples.dtype.kind == "f":
        # As Matplotlib and scikit-image have it: colors in floats are from 0 to 1.
        floats = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=1.0, neginf=0.0)
        return np.rint(np.clip(floats, 0, 1) * 255).astype(np.uint8)
    bits = bits_stored(frame)
    scaled = np.clip(samples.astype(np.float64), 0, None) * 255 / ((1 << bits) - 1)
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
