"""The modality LUT: from stored samples to values that mean something (PS3.3 section C.11.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .lookup_table import LookupTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from .decoding import Frame

__all__ = ["has_negative_values", "is_signed", "modality_values", "range_of_samples", "table_of"]

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
    if items := group.get("ModalityLUTSequence"):
        table = table_of(items[0], frame, signed=is_signed(frame))
        return table.apply(values).astype(np.float64)
    slope, intercept = group.get("RescaleSlope"), group.get("RescaleIntercept")
    if slope is None or intercept is None:
        return values
    return values * float(slope) + float(intercept)


def table_of(item: Dataset, frame: Frame, *, signed: bool) -> LookupTable:
    """Read the table of an item, in the byte order of its file."""
    dataset = frame.dataset
    is_little = True if dataset is None else dataset.original_encoding[1] is not False
    return LookupTable.from_item(item, signed=signed, little_endian=is_little)


def is_signed(frame: Frame) -> bool:
    """Whether samples may be negative."""
    if frame.dataset is not None and frame.dataset.get("PixelRepresentation") is not None:
        return bool(frame.dataset.PixelRepresentation)
    return frame.samples.dtype.kind == "i"


def has_negative_values(frame: Frame) -> bool:
    """Whether values may be negative."""
    group = frame.attributes("PixelValueTransformationSequence")
    if group is None or group.get("ModalityLUTSequence"):
        return False
    return is_signed(frame) or float(group.get("RescaleIntercept") or 0) < 0


def range_of_samples(frame: Frame) -> tuple[int, int]:
    """Return the lowest and highest sample there could be; the samples are integers."""
    bits = frame.samples.dtype.itemsize * _BYTE
    if frame.dataset is not None:
        bits = min(bits, int(frame.dataset.get("BitsStored") or bits))
    if is_signed(frame):
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return 0, (1 << bits) - 1
