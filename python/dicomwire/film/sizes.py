"""Sizes of film in millimetres (Film Size ID, PS3.3 section C.13.3)."""

from __future__ import annotations

import re

from .checking import refuse

__all__ = ["DEFAULT_FILM_SIZE", "FILM_SIZES", "film_size"]

_MILLIMETRES = {"IN": 25.4, "CM": 10.0}

FILM_SIZES: dict[str, tuple[float, float]] = {
    "8INX10IN": (203.2, 254.0),
    "8_5INX11IN": (215.9, 279.4),
    "10INX12IN": (254.0, 304.8),
    # The standard notes that 10INX14IN stands for 25.7 cm by 36.4 cm.
    "10INX14IN": (257.0, 364.0),
    "11INX14IN": (279.4, 355.6),
    "11INX17IN": (279.4, 431.8),
    "14INX14IN": (355.6, 355.6),
    "14INX17IN": (355.6, 431.8),
    "24CMX24CM": (240.0, 240.0),
    "24CMX30CM": (240.0, 300.0),
    "A4": (210.0, 297.0),
    "A3": (297.0, 420.0),
}
"""The defined terms and what they are in millimetres: width and height in portrait orientation."""

DEFAULT_FILM_SIZE = "14INX17IN"
"""What previews take for a film whose size is left to the printer."""

_SIDE = r"(\d+(?:_\d+)?)(IN|CM)"
_PATTERN = re.compile(f"{_SIDE}X{_SIDE}")


def film_size(film_size_id: str | None, *, landscape: bool = False) -> tuple[float, float]:
    """Return the width and height of a film in millimetres.

    Parameters
    ----------
    film_size_id : str, optional
        A defined term, or a term of the printer's that is made like them, such as ``13INX18IN``;
        None stands for the default of previews.
    landscape : bool
        Whether the longer side lies.

    Returns
    -------
    tuple of float
        Width and height.

    Raises
    ------
    ConfigError
        If the size cannot be told from its name.

    Examples
    --------
    >>> from dicomwire.film import film_size
    >>> film_size("24CMX30CM", landscape=True)
    (300.0, 240.0)
    """
    name = DEFAULT_FILM_SIZE if film_size_id is None else film_size_id
    size = FILM_SIZES.get(name)
    if size is None:
        match = _PATTERN.fullmatch(name)
        if match is None:
            rule = f"its measures are not known; known are {', '.join(FILM_SIZES)}"
            raise refuse("film_size_id", name, rule)
        width, width_unit, height, height_unit = match.groups()
        size = (
            float(width.replace("_", ".")) * _MILLIMETRES[width_unit],
            float(height.replace("_", ".")) * _MILLIMETRES[height_unit],
        )
    if min(size) <= 0:
        raise refuse("film_size_id", name, "a film has a width and a height")
    short, long = sorted(size)
    return (long, short) if landscape else (short, long)
