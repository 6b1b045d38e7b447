"""Samples that are no image: Pixel Padding Value (PS3.3 section C.7.5.1.1.2) and what is NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .values import number_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .decoding import Frame

__all__ = ["padding_of"]

_KEYWORDS = (
    ("PixelPaddingValue", "PixelPaddingRangeLimit"),
    ("FloatPixelPaddingValue", "FloatPixelPaddingRangeLimit"),
    ("DoubleFloatPixelPaddingValue", "DoubleFloatPixelPaddingRangeLimit"),
)


def padding_of(frame: Frame) -> NDArray[np.bool_]:
    """Tell which samples are padding.

    Parameters
    ----------
    frame : Frame
        With samples of (rows, columns).

    Returns
    -------
    numpy.ndarray
        True where a sample is padding or no finite number.
    """
    import numpy as np

    samples = frame.samples
    padding: NDArray[np.bool_]
    if samples.dtype.kind == "f":
        padding = ~np.isfinite(samples)
    else:
        padding = np.zeros(samples.shape, dtype=np.bool_)
    dataset = frame.dataset
    for value_keyword, limit_keyword in _KEYWORDS:
        value = None if dataset is None else number_of(dataset, value_keyword)
        if dataset is None or value is None:
            continue
        limit = number_of(dataset, limit_keyword)
        ends = (value, value if limit is None else limit)
        first, last = sorted(_sample(end, frame) for end in ends)
        padding |= (samples >= first) & (samples <= last)
    return padding


def _sample(value: float, frame: Frame) -> float:
    """Read a padding value with the sign that samples have, whatever VR the file gave it."""
    if frame.samples.dtype.kind == "i" and value > 0x7FFF:  # noqa: PLR2004
        return value - 0x10000
    if frame.samples.dtype.kind == "u" and value < 0:
        return value + 0x10000
    return value
