"""Samples that are no image: Pixel Padding Value (PS3.3 section C.7.5.1.1.2) and what is NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        value = None if dataset is None else dataset.get(value_keyword)
        if value is None or value == "":
            continue
        limit = dataset.get(limit_keyword, value)  # type: ignore[union-attr]
        first, last = sorted((_sample(value, frame), _sample(limit, frame)))
        padding |= (samples >= first) & (samples <= last)
    return padding


def _sample(value: float | str, frame: Frame) -> float:
    """Read a padding value with the sign that samples have, whatever VR the file gave it."""
    number = float(value)
    if frame.samples.dtype.kind == "i" and number > 0x7FFF:  # noqa: PLR2004
        return number - 0x10000
    return number
