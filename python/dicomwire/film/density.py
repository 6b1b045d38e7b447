"""Optical density as it looks: the Grayscale Standard Display Function (PS3.14).

Presentation values are proportional to the just noticeable differences of that function, and so
is, roughly, what screens show. That is how densities become gray in previews.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .presentation_lut import PresentationLut

__all__ = ["Densities", "jnd_index", "luminance"]

# PS3.14 section 7.1: the logarithm of luminance as a function of the JND index …
_NUMERATOR = (-1.3011877, 8.0242636e-2, 1.3646699e-1, -2.5468404e-2, 1.3635334e-3)
_DENOMINATOR = (1.0, -2.5840191e-2, -1.0320229e-1, 2.8745620e-2, -3.1978977e-3, 1.2992634e-4)
# … and the JND index as a function of the logarithm of luminance.
_INDEX = (
    71.498068,
    94.593053,
    41.912053,
    9.8247004,
    0.28175407,
    -1.1878455,
    -0.18014349,
    0.14710899,
    -0.017046845,
)

_ILLUMINATION = 2000
_REFLECTED_AMBIENT_LIGHT = 10
_MIN_DENSITY = 20
_MAX_DENSITY = 300
_HUNDREDTHS = 100.0


def _polynomial(coefficients: tuple[float, ...], x: float) -> float:
    return sum(coefficient * x**power for power, coefficient in enumerate(coefficients))


def luminance(index: float) -> float:
    """Return the luminance of a JND index from 1 to 1023, in candela per square metre."""
    logarithm = math.log(index)
    exponent = _polynomial(_NUMERATOR, logarithm) / _polynomial(_DENOMINATOR, logarithm)
    return float(10**exponent)


def jnd_index(candela: float) -> float:
    """Return the JND index of a luminance, the inverse of `luminance`."""
    return _polynomial(_INDEX, math.log10(candela))


class Densities:
    """How the densities of a film look on its light box.

    Parameters
    ----------
    min_density, max_density : int, optional
        The range of the images, in hundredths of optical density.
    illumination, reflected_ambient_light : int, optional
        In candela per square metre; what is not known is that of a usual light box and film.
    """

    def __init__(
        self,
        min_density: int | None = None,
        max_density: int | None = None,
        illumination: int | None = None,
        reflected_ambient_light: int | None = None,
    ) -> None:
        self.min_density = _MIN_DENSITY if min_density is None else min_density
        self.max_density = _MAX_DENSITY if max_density is None else max_density
        self._illumination = illumination or _ILLUMINATION
        self._ambient = (
            _REFLECTED_AMBIENT_LIGHT if reflected_ambient_light is None else reflected_ambient_light
        )
        self._black = self._index(max(self.max_density, _MAX_DENSITY))
        self._white = self._index(min(self.min_density, _MIN_DENSITY))

    def _index(self, hundredths: float) -> float:
        """Return the JND index of a density: what comes through the film and off it."""
        through = self._illumination * 10.0 ** (-hundredths / _HUNDREDTHS)
        # The function is defined from 0.05 to about 4000 candela per square metre.
        return jnd_index(min(max(through + self._ambient, 0.05), 3993.0))

    def gray(self, density: str | int | None) -> float:
        """Return how a density looks, from 0, black, to 1, white; None is black."""
        if density is None or density == "BLACK":
            return 0.0
        if density == "WHITE":
            return 1.0
        gray = (self._index(float(density)) - self._black) / (self._white - self._black)
        return min(max(gray, 0.0), 1.0)

    def of_images(self, values: NDArray[Any], lut: PresentationLut | None) -> NDArray[np.float32]:
        """Return how the pixels of an image look.

        Parameters
        ----------
        values : numpy.ndarray
            From 0 to 1.
        lut : PresentationLut, optional
            What the printer makes presentation values with; None for IDENTITY.

        Returns
        -------
        numpy.ndarray
            From 0, black, to 1, white.
        """
        import numpy as np

        low, high = self.gray(self.max_density), self.gray(self.min_density)
        if lut is not None and lut.shape == "LIN OD":
            # 256 steps are what a preview can show.
            span = self.max_density - self.min_density
            steps = [self.gray(round(self.max_density - span * step / 255)) for step in range(256)]
            table = np.array(steps, dtype=np.float32)
            values = table[np.rint(np.clip(values, 0, 1) * 255).astype(np.intp)]
            return values.astype(np.float32)
        if lut is not None and lut.table is not None:
            entries = np.array(lut.table, dtype=np.float32) / np.float32((1 << lut.bits) - 1)
            last = len(entries) - 1
            values = entries[np.rint(np.clip(values, 0, 1) * last).astype(np.intp)]
        return (low + (high - low) * np.asarray(values, dtype=np.float32)).astype(np.float32)
