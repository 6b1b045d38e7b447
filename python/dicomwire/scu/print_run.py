"""Printing films: the requests for each, in order, and the account of them (PS3.4 section H.4)."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from typing import TYPE_CHECKING, Literal

from dicomwire.errors import DicomWireError, NoAcceptedContext

from .print_report import FilmResult, PrintProgress, PrintReport, PrintStep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dicomwire.film import FilmPlan, FilmSession, PreparedImage, PresentationLut
    from dicomwire.normalized_result import NResult

    from .print_results import PrintResult
    from .print_scu import PrintScu

__all__ = ["By", "OnFailure", "PrintRun"]

By = Literal["film", "session"]
OnFailure = Literal["continue", "stop"]


class _Failed(Exception):
    """The film cannot be printed; the association is fine."""


class PrintRun:
    """One call of `PrintScu.print`, on one association.

    Parameters
    ----------
    scu : PrintScu
        Whose methods do the work.
    plans : sequence of FilmPlan
        The films.
    session : FilmSession, optional
        The film session to create.
    color : bool
        Whether it is one of color images.
    by : str
        Whether each film is printed by itself, or the film session at the end.
    on_failure : str
        Whether the other films are printed after one has failed.
    progress : callable, optional
        Is told of each step.
    """

    def __init__(
        self,
        scu: PrintScu,
        plans: Sequence[FilmPlan],
        *,
        session: FilmSession | None,
        color: bool,
        by: By,
        on_failure: OnFailure,
        progress: Callable[[PrintProgress], object] | None,
    ) -> None:
        self._scu = scu
        self._plans = plans
        self._session = session
        self._color = color
        # The presentation LUTs of the films, by what they say.
        self._luts: dict[PresentationLut | None, str | None] = {None: None}
        self._by = by
        self._on_failure = on_failure
        self._progress = progress
        self._images_sent = 0
        self._film = 1
        # Whether the film that is worked on has a film box in the printer.
        self._has_box = False
        # Whether the session has a film box that must not be printed and could not be deleted.
        self._is_spoiled = False
        self.report = PrintReport(_results_of(plans))

    def run(self, *, check_printer: bool, wait: float | None) -> None:
        """Print the films and fill the report; what went wrong is in it.

        Parameters
        ----------
        check_printer : bool
            Whether to ask for the state of the printer first, and print nothing in FAILURE.
        wait : float, optional
            Seconds to wait for the print jobs.
        """
        reports = self.report.printer_reports
        self._scu.printer_report.connect(reports.append)
        try:
            if check_printer and not self._is_printer_ready():
                return
            if self._create_session():
                self._print_films()
                self._end_session(wait)
        except DicomWireError as error:
            self._give_up(str(error))
            self.report.error = str(error)
            # If only an answer was unreadable the association goes on, for others to use.
            with contextlib.suppress(DicomWireError):
                self._scu.delete_film_session()
        finally:
            self._scu.printer_report.disconnect(reports.append)

    def _is_printer_ready(self) -> bool:
        printer = self._scu.printer()
        self.report.printer = printer
        if printer.is_failure:
            self._give_up(f"the printer reports {printer}: nothing was sent")
        return not printer.is_failure

    def _create_session(self) -> bool:
        """Create what all films share; say whether films can be printed."""
        result = self._scu.create_film_session(self._session, color=self._color)
        if not self._did("film session", result):
            self._give_up(f"the printer refused the film session: {result.status}")
            return False
        for plan in self._plans:
            lut = plan.presentation_lut
            if lut is None or lut in self._luts:
                continue
            result = self._scu.create_presentation_lut(lut)
            self._luts[lut] = result.sop_instance_uid
            if not self._did("presentation LUT", result):
                self._give_up(f"the printer refused the presentation LUT: {result.status}")
                self._did("deletion of the film session", self._scu.delete_film_session())
                return False
        return True

    def _did(self, name: str, result: NResult) -> bool:
        """Book a step that is for no single film; say whether it was done."""
        self.report.steps.append(PrintStep(name, result.status, _tags(result)))
        return not result.is_failure

    def _print_films(self) -> None:
        for plan, film in zip(self._plans, self.report.films, strict=True):
            self._film = film.number
            try:
                self._print_film(plan, film)
            except _Failed as failure:
                film.outcome, film.error = "failed", str(failure)
                self._discard_film_box(film)
            except DicomWireError as error:
                if film.outcome != "unconfirmed":
                    film.outcome = "failed"
                film.error = str(error)
                raise
            if film.outcome == "failed" and self._on_failure == "stop":
                self._give_up(f"film {film.number} failed, and no more were to be printed then")
                return

    def _print_film(self, plan: FilmPlan, film: FilmResult) -> None:
        """Create a film box, fill it and, if films are printed one by one, print it."""
        scu = self._scu
        self._has_box = False
        lut = self._luts[plan.presentation_lut]
        box = scu.create_film_box(plan.film, presentation_lut_uid=lut)
        self._step(film, "film box", box)
        self._has_box = True
        texts = {place: text for place, text in enumerate(plan.annotations, 1) if text}
        _check_boxes("image", [placed.position for placed in plan.images], box.image_box_uids)
        _check_boxes("annotation", list(texts), box.annotation_box_uids)
        for position, text in texts.items():
            self._step(film, f"annotation {position}", scu.set_annotation_box(position, text))
        for placed in plan.images:
            result = scu.set_image_box(placed.position, placed.image, placed.box)
            self._images_sent += 1
            self._step(film, f"image {placed.position}", result)
        if self._by == "film":
            # Until it is answered nobody knows.
            film.outcome = "unconfirmed"
            if not self._take_print([film], scu.print_film_box()):
                self._discard_film_box(film)

    def _step(self, film: FilmResult, name: str, result: NResult) -> None:
        """Book a request for a film.

        Raises
        ------
        _Failed
            If the printer refused it.
        """
        step = PrintStep(name, result.status, _tags(result))
        film.steps.append(step)
        self._tell(name)
        if result.is_failure:
            raise _Failed(f"the printer refused {step}")
        if result.is_warning:
            film.warnings.append(str(step))

    def _take_print(self, films: Sequence[FilmResult], result: PrintResult) -> bool:
        """Book the answer to the request to print a film box, or all of a film session."""
        for film in films:
            try:
                self._step(film, "print", result)
            except _Failed as failure:
                film.outcome, film.error = "failed", str(failure)
                continue
            film.outcome = "warning" if film.warnings else "printed"
            film.print_job_uid = result.print_job_uid
        return not result.is_failure

    def _discard_film_box(self, film: FilmResult) -> None:
        """Delete a film box that is not to be printed.

        A printer that prints each film by itself would refuse the next one (0xC616), and one that
        prints the session would print this one too.
        """
        if not self._has_box:
            return
        result = self._scu.delete_film_box()
        film.steps.append(PrintStep("deletion of the film box", result.status, _tags(result)))
        self._is_spoiled = self._is_spoiled or result.is_failure

    def _end_session(self, wait: float | None) -> None:
        """Print the film session if that is how, wait for the print jobs, delete it."""
        films = [film for film in self.report.films if film.outcome == "not sent"]
        if self._by == "session" and self._is_spoiled:
            self._give_up("an incomplete film could not be deleted, it would be printed as well")
        elif self._by == "session" and films and all(film.error is None for film in films):
            for film in films:
                film.outcome = "unconfirmed"
            self._take_print(films, self._scu.print_film_session())
        if wait is not None:
            self._follow_jobs(wait)
        self._did("deletion of the film session", self._scu.delete_film_session())

    def _follow_jobs(self, wait: float) -> None:
        """Wait for the print jobs; all of them together have so many seconds."""
        deadline = time.monotonic() + wait
        jobs = dict.fromkeys(film.print_job_uid for film in self.report.films if film.is_printed)
        for uid in jobs:
            films = [film for film in self.report.films if film.print_job_uid == uid]
            if uid is None:
                self._warn(films, "the printer names no print job: nothing to wait for")
                continue
            try:
                left = max(0.0, deadline - time.monotonic())
                job = self._scu.wait_for_print_job(uid, left)
            except NoAcceptedContext as error:
                self._warn(films, f"the print job cannot be followed: {error}")
                continue
            except DicomWireError as error:
                # Of this job and those after it nobody knows whether they came to paper.
                left_over = [film for film in self.report.films if film.job is None]
                self._warn(left_over, f"the print job was not followed to its end: {error}")
                raise
            for film in films:
                film.job = job
                if job.is_failure:
                    film.outcome, film.error = "failed", f"the print job ended with {job}"
            if not job.is_finished:
                self._warn(films, f"the print job is {job} after {wait:g} s")

    def _warn(self, films: Sequence[FilmResult], text: str) -> None:
        for film in films:
            if film.is_printed:
                film.warnings.append(text)
                film.outcome = "warning"

    def _give_up(self, reason: str) -> None:
        """Say of each film whose turn did not come why."""
        for film in self.report.films:
            if film.outcome in {"not sent", "unconfirmed"} and film.error is None:
                film.error = reason

    def _tell(self, step: str) -> None:
        if self._progress is not None:
            images = sum(len(film.images) for film in self.report.films)
            films = len(self.report.films)
            self._progress(PrintProgress(self._film, films, self._images_sent, images, step))


def _results_of(plans: Sequence[FilmPlan]) -> list[FilmResult]:
    """Make the fates of the films, whose turn has not come yet."""
    names = Counter(placed.image.name for plan in plans for placed in plan.images)

    def name_of(image: PreparedImage) -> str:
        return image.name if names[image.name] == 1 else f"{image.name}, frame {image.frame}"

    return [
        FilmResult(
            number,
            tuple(name_of(placed.image) for placed in plan.images),
            warnings=list(plan.notes),
        )
        for number, plan in enumerate(plans, 1)
    ]


def _tags(result: NResult) -> tuple[int, ...]:
    """Return the attributes an answer complains of, wherever the printer put them."""
    return tuple(dict.fromkeys((*result.attribute_identifiers, *result.status.offending_elements)))


def _check_boxes(kind: str, positions: Sequence[int], made: Sequence[str]) -> None:
    wanted = max(positions, default=0)
    if len(made) < wanted:
        raise _Failed(f"the printer made {len(made)} {kind} boxes, and {wanted} are needed")
