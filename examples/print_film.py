"""Print images and say what became of every film.

``python print_film.py PRINTER@127.0.0.1:104 preview.png image.dcm...``

A picture of the films is written first: look at it before you trust a new printer.
"""

from __future__ import annotations

import sys

import dicomwire as dw
from dicomwire.film import Film, FilmSession, arrange, write_png


def main(peer: str, picture: str, *images: str) -> int:
    """Lay out, draw, print, account."""
    plans = arrange(images, film=Film(film_size_id="14INX17IN", trim=True))
    for path in write_png(plans, picture):
        print(f"look at {path}")
    with dw.DicomEngine():
        scu = dw.PrintScu(peer)
        scu.printer_report.connect(lambda event: print(f"the printer reports {event}"))
        report = scu.print(
            plans,
            session=FilmSession(number_of_copies=1, film_session_label="dicomwire"),
            progress=lambda now: print(f"film {now.film} of {now.films}: {now.step}"),
            wait=30,
        )
    for film in report.films:
        print(f"film {film.number} {film.outcome}: {', '.join(film.images)}")
        for warning in film.warnings:
            print(f"  warning: {warning}")
        if film.error is not None:
            print(f"  {film.error}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
