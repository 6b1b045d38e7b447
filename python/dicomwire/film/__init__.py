"""Films: layouts, options, pixels and previews of what is printed (PS3.4 annex H).

Nothing here talks to a printer; `dicomwire.PrintScu` does. What works on pixels needs numpy and
Pillow, which ``pip install "dicomwire[print]"`` installs, and for compressed images the decoders of
``dicomwire[pixels]``.
"""

from __future__ import annotations

from .arranging import FilmPlan, PlacedImage, arrange
from .decoding import FilmImage
from .layout import DisplayFormat, Rectangle, choose_format, films_needed, parse_format
from .options import AUTO, Film, FilmSession, ImageBox
from .pixels import PreparedImage, prepare
from .presentation_lut import PresentationLut
from .preview import preview, write_png
from .scaling import fit
from .sizes import FILM_SIZES, film_size

__all__ = [
    "AUTO",
    "FILM_SIZES",
    "DisplayFormat",
    "Film",
    "FilmImage",
    "FilmPlan",
    "FilmSession",
    "ImageBox",
    "PlacedImage",
    "PreparedImage",
    "PresentationLut",
    "Rectangle",
    "arrange",
    "choose_format",
    "film_size",
    "films_needed",
    "fit",
    "parse_format",
    "prepare",
    "preview",
    "write_png",
]
