"""From samples to gray: modality LUT, VOI LUT or window, polarity (PS3.4 section N.2).

Gray is from 0, black, to 1, white.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

from .modality import modality_values, range_of_samples
from .padding import padding_of
from .voi import View, checked_window, voi_views

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from .decoding import Frame, Voi, Window

__all__ = ["gray_of"]

_AUTO = "auto"
_FULL = "full"
_MAX_TABLE = 1 << 16


def gray_of(
    frame: Frame, *, window: Window | None, voi: Voi, notes: list[str]
) -> NDArray[np.float32]:
    """Turn the samples of a monochrome frame into gray.

    Parameters
    ----------
    frame : Frame
        With samples of (rows, columns).
    window : tuple of float, optional
        Window centre and width to use instead of the image's own.
    voi : int or str, optional
        Which of its own to use, as in `prepare`.
    notes : list of str
        Where to say what was not as expected.

    Returns
    -------
    numpy.ndarray
        Of (rows, columns), from 0, black, to 1, white. Padding is black.

    Raises
    ------
    ConfigError
        If a table or window cannot be, or is not there.
    """
    import numpy as np

    samples = frame.samples
    padding = padding_of(frame)
    view = _view(frame, padding, window, voi, notes)
    inverted = _is_inverted(frame)

    def tone(values: NDArray[Any]) -> NDArray[np.float32]:
        gray = view.apply(modality_values(frame, values))
        return (1.0 - gray if inverted else gray).astype(np.float32)

    if samples.dtype.kind == "f":
        gray = tone(np.where(padding, samples.dtype.type(0), samples))
    else:
        gray = _by_table(samples, tone)
    gray[padding] = 0.0
    return gray


def _by_table(
    samples: NDArray[Any], tone: Callable[[NDArray[Any]], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Apply a function to integers, to each value once if there are few."""
    import numpy as np

    low, high = int(samples.min()), int(samples.max())
    if high - low >= min(_MAX_TABLE, samples.size):
        return tone(samples)
    table = tone(np.arange(low, high + 1, dtype=np.int64))
    return table[samples.astype(np.int64) - low]


def _is_inverted(frame: Frame) -> bool:
    """Whether low values are white (PS3.3 sections C.7.6.3.1.2 and C.11.6)."""
    if frame.photometric_interpretation == "MONOCHROME1":
        return True
    return frame.dataset is not None and frame.dataset.get("PresentationLUTShape") == "INVERSE"


def _view(
    frame: Frame,
    padding: NDArray[np.bool_],
    window: Window | None,
    voi: Voi,
    notes: list[str],
) -> View:
    """Choose how an image is looked at."""
    if window is not None:
        return View(window=checked_window(window))
    views = [] if frame.dataset is None else voi_views(frame, notes)
    if voi is None and views:
        return views[0]
    samples = frame.samples
    # Bytes without a description are looked at as they are.
    is_plain = frame.dataset is None and samples.dtype.kind == "u" and samples.itemsize == 1
    if voi == _FULL or (voi is None and is_plain):
        return _range_of_type(frame, padding)
    if voi in (_AUTO, None):
        return _range_of_values(frame, padding)
    if isinstance(voi, int) and not isinstance(voi, bool) and 0 <= voi < len(views):
        return views[voi]
    for view in views:
        if isinstance(voi, str) and view.explanation.casefold() == voi.casefold():
            return view
    names = [f"{number} {view.explanation}".strip() for number, view in enumerate(views)]
    have = f"it has {', '.join(names)}" if names else "it has no VOI LUT and no window"
    raise ConfigError(f"voi={voi!r}: {have}; auto and full always work")


def _range_of_values(frame: Frame, padding: NDArray[np.bool_]) -> View:
    """Show the lowest value there is black and the highest white; padding does not count."""
    import numpy as np

    counted = frame.samples[~padding]
    if not counted.size:
        return View.of_range(0.0, 0.0)
    if counted.dtype.kind != "f":
        # A Modality LUT need not rise, so the ends of the samples are not those of the values.
        low = int(counted.min())
        if int(counted.max()) - low < _MAX_TABLE:
            counted = np.flatnonzero(np.bincount(counted.astype(np.int64) - low)) + low
    values = modality_values(frame, counted)
    return View.of_range(float(values.min()), float(values.max()))


def _range_of_type(frame: Frame, padding: NDArray[np.bool_]) -> View:
    """Show the range of what samples could be; floats have none."""
    import numpy as np

    if frame.samples.dtype.kind == "f":
        return _range_of_values(frame, padding)
    low, high = range_of_samples(frame)
    # All of them if they are few: a Modality LUT need not rise.
    samples = np.arange(low, high + 1) if high - low < _MAX_TABLE else np.array([low, high])
    values = modality_values(frame, samples)
    return View.of_range(float(values.min()), float(values.max()))
