"""Print management (PS3.4 annex H)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, get_args

from dicomwire.errors import ConfigError, StateError

from .print_boxes import PrintBoxes, check_annotation
from .print_classes import ANNOTATION_BOX, COLOR_META, GRAYSCALE_META, PRESENTATION_LUT
from .print_inquiries import PrintInquiries
from .print_run import By, OnFailure, PrintRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dicomwire.film import Film, FilmImage, FilmSession, ImageSource, PresentationLut

    from .print_report import PrintProgress, PrintReport

__all__ = ["PrintScu"]


class PrintScu(PrintBoxes, PrintInquiries):
    r"""Print images on films, or on whatever a printer has (PS3.4 annex H).

    `print` does all of it. Everything below it is a method as well, for whoever wants to do it step
    by step; these need ``with scu:``, because what a printer creates ends with its association.

    Parameters
    ----------
    peer : Peer or str
        The printer, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title.
    options : AssociationOptions, optional
        What to negotiate and how long to wait.

    Attributes
    ----------
    before_n_create, before_n_set, before_n_get, before_n_action, before_n_delete : Hook
        A request is about to be sent; it may be edited.
    after_n_create, after_n_set, after_n_get, after_n_action, after_n_delete : Hook
        Its response came.
    event_report : Hook of EventReport
        The printer reports an event and waits for the answer.
    printer_report : Hook of PrinterReport
        The same, if it is about the printer.
    print_job_report : Hook of PrintJobReport
        The same, if it is about a print job.

    Examples
    --------
    >>> from dicomwire import DicomEngine, PrintScu
    >>> from dicomwire.film import Film
    >>> with DicomEngine():  # doctest: +SKIP
    ...     report = PrintScu("PRINTER@printer.example:104").print(
    ...         ["1.dcm", "2.dcm"], film=Film("STANDARD\\1,2", film_size_id="14INX17IN")
    ...     )
    ...     report.raise_for_failures()
    """

    def print(
        self,
        images: Iterable[ImageSource | FilmImage] | ImageSource | FilmImage,
        *,
        film: Film | None = None,
        session: FilmSession | None = None,
        color: bool = False,
        presentation_lut: PresentationLut | None = None,
        annotations: Sequence[str] | None = None,
        bits: int | None = None,
        by: By = "film",
        on_failure: OnFailure = "continue",
        check_printer: bool = True,
        wait: float | None = None,
        progress: Callable[[PrintProgress], object] | None = None,
    ) -> PrintReport:
        """Lay images on as many films as they need and print these.

        One association is used, and one film session. A film with an image that the printer
        refuses is not printed, rather than printed without it.

        Parameters
        ----------
        images : iterable
            numpy arrays, data sets, files, or `FilmImage` objects, which name frames and windows.
        film : Film, optional
            Format, size and the like; by default the format is chosen for the number of images.
        session : FilmSession, optional
            Copies, medium, destination and the like.
        color : bool
            Whether to print in colour.
        presentation_lut : PresentationLut, optional
            What the printer is to apply to all images.
        annotations : sequence of str, optional
            A text for each annotation box, in the order of their positions, the same on each film;
            `Film.annotation_display_format_id` names the printer's boxes.
        bits : int, optional
            8 or 12 bits for each pixel; 12 for a presentation LUT of 4096 entries, else 8.
        by : str
            ``"film"`` prints each film by itself, which every printer can. ``"session"`` prints
            all of them at the end: copies are collated, and all or none are printed.
        on_failure : str
            ``"continue"`` with the next film after one has failed, or ``"stop"``.
        check_printer : bool
            Whether to ask the printer first: nothing is sent to one in FAILURE.
        wait : float, optional
            Seconds to wait until the print jobs are done, where the printer tells.
        progress : callable, optional
            Gets a `PrintProgress` after each step.

        Returns
        -------
        PrintReport
            The fate of each film; what a printer refuses, and an association that ends, is in it
            and not raised.

        Raises
        ------
        ConfigError
            Before anything is sent: if an option or an image cannot be.
        StateError
            If a film session is open.
        NoAcceptedContext
            If the peer does not offer what is needed: printing in grayscale or colour,
            presentation LUTs, annotation boxes. The message names it.
        DicomWireError
            If the association cannot be had.
        """
        from dicomwire.film import Film, arrange

        _check(by, on_failure, annotations, film)
        started = time.monotonic()
        if bits is None:
            has_table = presentation_lut is not None and presentation_lut.bits_stored is not None
            bits = presentation_lut.bits_stored if has_table else 8
        plans = arrange(
            images, film=film or Film(), bits=bits, color=color, annotations=annotations or ()
        )
        run = PrintRun(
            self,
            plans,
            session=session,
            color=color,
            presentation_lut=presentation_lut,
            by=by,
            on_failure=on_failure,
            progress=progress,
        )
        needed = [COLOR_META if color else GRAYSCALE_META]
        if presentation_lut is not None:
            needed.append(PRESENTATION_LUT)
        if annotations:
            needed.append(ANNOTATION_BOX)
        with self._conversation("print", needed[0]):
            self._check_ready(needed)
            run.run(check_printer=check_printer, wait=wait)
        run.report.seconds = time.monotonic() - started
        return run.report

    def _check_ready(self, needed: Sequence[str]) -> None:
        """Refuse to begin what the peer would not let us end."""
        if self._session is not None and not self._is_gone(self._session):
            raise StateError(
                "PrintScu.print(): a film session is open, and an association has one at a time; "
                "call delete_film_session() first"
            )
        association = self._associated
        assert association is not None  # noqa: S101 (the conversation has it)
        for service in needed:
            self._need(association, service)


def _check(by: str, on_failure: str, annotations: Sequence[str] | None, film: Film | None) -> None:
    """Refuse options that cannot be."""
    if by not in get_args(By):
        raise ConfigError(f"by={by!r}: must be 'film' or 'session'")
    if on_failure not in get_args(OnFailure):
        raise ConfigError(f"on_failure={on_failure!r}: must be 'continue' or 'stop'")
    if annotations and (film is None or film.annotation_display_format_id is None):
        raise ConfigError(
            "annotations need Film(annotation_display_format_id=...): a printer makes annotation "
            "boxes for a format it knows, see its conformance statement"
        )
    for text in annotations or ():
        check_annotation(text)
