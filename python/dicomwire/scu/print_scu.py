"""Print management (PS3.4 annex H)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

from dicomwire.commitment.result import check_seconds
from dicomwire.errors import ConfigError, StateError

from .print_base import is_proposed
from .print_boxes import PrintBoxes
from .print_classes import ANNOTATION_BOX, COLOR_META, GRAYSCALE_META, PRESENTATION_LUT
from .print_inquiries import PrintInquiries
from .print_report import PrintReport
from .print_run import By, OnFailure, PrintRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomwire.film import Film, FilmPlan, FilmSession, ImageBox, PresentationLut
    from dicomwire.film.arranging import Images
    from dicomwire.film.decoding import Voi, Window

    from .print_report import PrintProgress

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
        images: Images | FilmPlan | Sequence[FilmPlan],
        *,
        film: Film | None = None,
        box: ImageBox | None = None,
        session: FilmSession | None = None,
        color: bool = False,
        window: Window | None = None,
        voi: Voi = None,
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
        images : numpy.ndarray, Dataset, str, os.PathLike, FilmImage, or an iterable of these
            The images; a `FilmImage` chooses frames and windows, None leaves a box empty. Or the
            films that `dicomwire.film.arrange` made, whose preview was looked at; then the
            parameters that `arrange` has too are not given here.
        film : Film, optional
            Format, size and the like; by default the format is chosen for the number of images.
        box : ImageBox, optional
            How images are printed in their boxes.
        session : FilmSession, optional
            Copies, medium, destination and the like.
        color : bool
            Whether to print in color.
        window : tuple of float, optional
            Window centre and width for all images.
        voi : int or str, optional
            Which of each image's VOI LUTs and windows, as in `dicomwire.film.prepare`.
        presentation_lut : PresentationLut, optional
            What the printer is to apply to all images.
        annotations : sequence of str, optional
            A text for each annotation box, in the order of their positions; ``{film}`` and
            ``{films}`` stand for the number of the film and how many there are.
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
            If the peer does not offer what is needed: printing in grayscale or color,
            presentation LUTs, annotation boxes. The message names it.
        DicomWireError
            If the association cannot be had.
        """
        _check_modes(by, on_failure)
        if wait is not None:
            check_seconds("wait", wait)
        started = time.monotonic()
        plans = _planned(
            images,
            film=film,
            box=box,
            color=color,
            window=window,
            voi=voi,
            presentation_lut=presentation_lut,
            annotations=annotations or (),
            bits=bits,
        )
        if not plans:
            return PrintReport()
        color = _is_color(plans, default=color)
        run = PrintRun(
            self,
            plans,
            session=session,
            color=color,
            by=by,
            on_failure=on_failure,
            progress=progress,
        )
        needed = [COLOR_META if color else GRAYSCALE_META]
        has_lut = any(plan.presentation_lut is not None for plan in plans)
        if has_lut:
            needed.append(PRESENTATION_LUT)
        if any(any(plan.annotations) for plan in plans):
            needed.append(ANNOTATION_BOX)
        self._make_way(has_lut)
        with self._conversation("print", PRESENTATION_LUT if has_lut else needed[0]):
            association = self._associated
            assert association is not None  # noqa: S101 (the conversation has it)
            for service in needed:
                self._need(association, service)
            run.run(check_printer=check_printer, wait=wait)
        if self.film_session_uid is not None:
            # The printer did not delete it, and has one at a time.
            self.release()
        run.report.seconds = time.monotonic() - started
        return run.report

    def _make_way(self, has_lut: bool) -> None:
        """Leave no association behind on which these films cannot be printed."""
        if self._session is not None and not self._is_gone(self._session):
            raise StateError(
                "PrintScu.print(): a film session is open, and an association has one at a time; "
                "call delete_film_session() first"
            )
        self._idle.release_where(
            lambda association: is_proposed(association, PRESENTATION_LUT) != has_lut
        )


def _is_color(plans: Sequence[FilmPlan], *, default: bool) -> bool:
    """Tell whether the images are color images; of films without images nobody knows.

    Raises
    ------
    ConfigError
        If only some are: a film session has one meta SOP class.
    """
    kinds = {placed.image.is_color for plan in plans for placed in plan.images}
    if len(kinds) > 1:
        raise ConfigError(
            "some images are prepared for color and some for grayscale, and a film session prints "
            "one of them: give dicomwire.film.arrange the same color= for all, or print them in "
            "two calls"
        )
    return kinds.pop() if kinds else default


def _check_modes(by: str, on_failure: str) -> None:
    """Refuse options that cannot be."""
    if by not in get_args(By):
        raise ConfigError(f"by={by!r}: must be 'film' or 'session'")
    if on_failure not in get_args(OnFailure):
        raise ConfigError(f"on_failure={on_failure!r}: must be 'continue' or 'stop'")


def _planned(
    images: Images | FilmPlan | Sequence[FilmPlan],
    *,
    presentation_lut: PresentationLut | None,
    bits: int | None,
    **options: Any,  # noqa: ANN401 (those of `arrange`)
) -> Sequence[FilmPlan]:
    """Lay images on films, unless that is done.

    Raises
    ------
    ConfigError
        If an option or an image cannot be.
    """
    from dicomwire.film import FilmPlan, arrange

    given: Any = [images] if isinstance(images, FilmPlan) else images
    if isinstance(given, Sequence) and given and all(isinstance(one, FilmPlan) for one in given):
        options |= {"presentation_lut": presentation_lut, "bits": bits}
        for name, value in options.items():
            if value:
                raise ConfigError(f"{name}: is for dicomwire.film.arrange, which made these films")
        plans: Sequence[FilmPlan] = given
    else:
        if bits is None:
            bits = (presentation_lut.bits_stored if presentation_lut else None) or 8
        plans = arrange(given, bits=bits, presentation_lut=presentation_lut, **options)
    for plan in plans:
        if any(plan.annotations) and plan.film.annotation_display_format_id is None:
            raise ConfigError(
                "annotations need Film(annotation_display_format_id=...): a printer makes "
                "annotation boxes for a format it knows, see its conformance statement"
            )
    return plans
