"""Films: layouts, options, pixels and previews of what is printed (PS3.4 annex H).

Nothing here talks to a printer; `dicomwire.PrintScu` does. What works on pixels needs numpy and
Pillow, which ``pip install "dicomwire[print]"`` installs.
"""

from __future__ import annotations

from .layout import DisplayFormat, Rectangle, choose_format, films_needed, parse_format
from .options import AUTO, Film, FilmSession, ImageBox
from .presentation_lut import PresentationLut
from .sizes import FILM_SIZES, film_size

__all__ = [
    "AUTO",
    "FILM_SIZES",
    "DisplayFormat",
    "Film",
    "FilmSession",
    "ImageBox",
    "PresentationLut",
    "Rectangle",
    "choose_format",
    "film_size",
    "films_needed",
    "parse_format",
]
