"""VOI LUTs and windows: which values of an image are black and white (PS3.3 section C.11.2).

Gray is from 0, black, to 1, white.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

from .modality import has_negative_values, table_of
from .values import items_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from .decoding import Frame, Window
    from .lookup_table import LookupTable

__all__ = ["View", "checked_window", "voi_views", "windowed"]

_FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
_INFINITY = float("inf")


@dataclass(frozen=True)
class View:
    """A VOI LUT or a window of an image, one of the ways to look at it.

    Parameters
    ----------
    explanation : str
        LUT Explanation (0028,3003) or Window Center & Width Explanation (0028,1055).
    table : LookupTable, optional
        The VOI LUT.
    window : tuple of float
        Window Center and Window Width, if there is no table.
    function : str
        VOI LUT Function (0028,1056) of the window.
    """

    explanation: str = ""
    table: LookupTable | None = None
    window: Window = (0.5, 1.0)
    function: str = "LINEAR"

    @classmethod
    def of_range(cls, low: float, high: float) -> View:
        """Show `low` black and `high` white; if they are the same, all is black."""
        width = high - low
        window = ((low + high) / 2, width) if width > 0 else (high, 0.0)
        return cls(window=window, function="LINEAR_EXACT")

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Turn values into gray."""
        if self.table is not None:
            return self.table.apply(values) / float((1 << self.table.bits) - 1)
        return windowed(values, *self.window, self.function)


def windowed(
    values: NDArray[Any], center: float, width: float, function: str = "LINEAR"
) -> NDArray[Any]:
    """Apply a window (PS3.3 sections C.11.2.1.2 and C.11.2.1.3).

    Parameters
    ----------
    values : numpy.ndarray
        What the modality LUT made.
    center, width : float
        The window.
    function : str
        LINEAR, LINEAR_EXACT or SIGMOID.

    Returns
    -------
    numpy.ndarray
        From 0 to 1.
    """
    import numpy as np

    values = np.asarray(values, dtype=np.float64)
    if function == "SIGMOID":
        # Beyond 700 the exponential function overflows; the result is 0 or 1 long before.
        exponents = np.clip(-4.0 * (values - center) / width, -700.0, 700.0)
        return 1.0 / (1.0 + np.exp(exponents))
    if function == "LINEAR":
        center, width = center - 0.5, width - 1.0
    if width <= 0:
        # A threshold: what is at or below the centre is black.
        return (values > center).astype(np.float64)
    return np.clip((values - center) / width + 0.5, 0.0, 1.0)


def checked_window(window: object) -> Window:
    """Refuse what is no pair of numbers with a width that LINEAR can have.

    Raises
    ------
    ConfigError
        If it is none.
    """
    try:
        center, width = (float(number) for number in window)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        rule = "must be a pair of numbers, centre and width"
        raise ConfigError(f"window={window!r}: {rule}") from None
    if not (1 <= width < _INFINITY and abs(center) < _INFINITY):
        rule = "the centre is a number, the width is at least 1 (PS3.3 C.11.2.1.2)"
        raise ConfigError(f"window={window!r}: {rule}")
    return center, width


def voi_views(frame: Frame, notes: list[str]) -> list[View]:
    """List the ways to look at an image: its VOI LUTs, then its windows.

    Parameters
    ----------
    frame : Frame
        A frame of a data set.
    notes : list of str
        Where to say what cannot be used.

    Returns
    -------
    list of View
        Maybe none.
    """
    group = frame.attributes("FrameVOILUTSequence")
    if group is None:
        return []
    views = []
    for item in items_of(group, "VOILUTSequence"):
        try:
            table = table_of(item, frame, signed=has_negative_values(frame))
        except ConfigError as error:
            notes.append(f"a VOI LUT cannot be used: {error}")
        else:
            views.append(View(str(item.get("LUTExplanation") or ""), table))
    return views + _windows(group, notes)


def _windows(group: Dataset, notes: list[str]) -> list[View]:
    """List the windows that can be used."""
    function = str(group.get("VOILUTFunction") or "LINEAR")
    if function not in _FUNCTIONS:
        notes.append(f"VOI LUT Function {function} is not known, LINEAR is used")
        function = "LINEAR"
    centers, widths = _values(group, "WindowCenter"), _values(group, "WindowWidth")
    explanations = _values(group, "WindowCenterWidthExplanation")
    views = []
    for number, pair in enumerate(zip(centers, widths, strict=False)):
        explanation = str(explanations[number]) if number < len(explanations) else ""
        view = _window(explanation, pair, function)
        if view is None:
            notes.append(f"the window {pair[0]}, {pair[1]} cannot be used")
        else:
            views.append(view)
    return views


def _window(explanation: str, pair: tuple[Any, Any], function: str) -> View | None:
    try:
        center, width = float(pair[0]), float(pair[1])
    except (TypeError, ValueError):
        return None
    if not 0 < width < _INFINITY or not abs(center) < _INFINITY:
        return None
    if function == "LINEAR" and width < 1:
        # Not allowed, yet found with values that are no integers: LINEAR_EXACT was meant.
        function = "LINEAR_EXACT"
    return View(explanation, window=(center, width), function=function)


def _values(dataset: Dataset, keyword: str) -> list[Any]:
    """Return the values of an element as a list, whatever its multiplicity."""
    value = dataset.get(keyword)
    if value is None or value == "":
        return []
    return [value] if isinstance(value, (str, float, int)) else list(value)
