"""The modality LUT: from stored samples to values that mean something (PS3.3 section C.11.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .lookup_table import LookupTable
from .values import items_of, number_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from .decoding import Frame

__all__ = [
    "bits_stored",
    "has_negative_values",
    "is_signed",
    "modality_values",
    "range_of_samples",
    "table_of",
]

_BYTE = 8


def modality_values(frame: Frame, samples: NDArray[Any]) -> NDArray[np.float64]:
    """Apply the Modality LUT, or Rescale Slope and Intercept.

    Parameters
    ----------
    frame : Frame
        What describes the samples.
    samples : numpy.ndarray
        Stored samples, of any shape.

    Returns
    -------
    numpy.ndarray
        The values.

    Raises
    ------
    ConfigError
        If the Modality LUT cannot be.
    """
    import numpy as np

    values = samples.astype(np.float64)
    group = frame.attributes("PixelValueTransformationSequence")
    if group is None:
        return values
    if items := items_of(group, "ModalityLUTSequence"):
        table = table_of(items[0], frame, signed=is_signed(frame))
        return table.apply(values).astype(np.float64)
    slope, intercept = number_of(group, "RescaleSlope"), number_of(group, "RescaleIntercept")
    if slope is None or intercept is None:
        return values
    return values * slope + intercept


def table_of(item: Dataset, frame: Frame, *, signed: bool) -> LookupTable:
    """Read the table of an item, in the byte order of its file."""
    dataset = frame.dataset
    is_little = True if dataset is None else dataset.original_encoding[1] is not False
    return LookupTable.from_item(item, signed=signed, little_endian=is_little)


def is_signed(frame: Frame) -> bool:
    """Whether samples may be negative."""
    # Decoders have seen to it that samples have the sign of Pixel Representation.
    return frame.samples.dtype.kind == "i"


def has_negative_values(frame: Frame) -> bool:
    """Whether values may be negative."""
    group = frame.attributes("PixelValueTransformationSequence")
    if group is None or items_of(group, "ModalityLUTSequence"):
        return False
    return is_signed(frame) or (number_of(group, "RescaleIntercept") or 0) < 0


def bits_stored(frame: Frame) -> int:
    """Return how many bits of the samples count, integers that they are."""
    bits = frame.samples.dtype.itemsize * _BYTE
    stored = None if frame.dataset is None else number_of(frame.dataset, "BitsStored")
    return min(bits, int(stored or bits))


def range_of_samples(frame: Frame) -> tuple[int, int]:
    """Return the lowest and highest sample there could be; the samples are integers."""
    bits = bits_stored(frame)
    if is_signed(frame):
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return 0, (1 << bits) - 1
