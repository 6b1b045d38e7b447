"""What became of the films that were to be printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from dicomwire.errors import PrintError

if TYPE_CHECKING:
    from dicomwire.print_events import PrinterReport
    from dicomwire.status import Status

    from .print_status import PrinterStatus, PrintJob

__all__ = ["FilmOutcome", "FilmResult", "PrintProgress", "PrintReport", "PrintStep"]

FilmOutcome = Literal["printed", "warning", "failed", "unconfirmed", "not sent"]
_NAMED = 3


@dataclass(slots=True, frozen=True)
class PrintStep:
    """One request for a film, and its answer.

    Attributes
    ----------
    name : str
        What was asked: ``"film box"``, ``"image 2"``, ``"annotation 1"``, ``"print"``.
    status : Status
        The answer.
    tags : tuple of int
        The attributes the printer complains of, if it names them.
    """

    name: str
    status: Status
    tags: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Return for instance ``image 2: 0xB604 (…)``, with the attributes in question."""
        named = ", ".join(_keyword(tag) for tag in self.tags)
        return f"{self.name}: {self.status}{f', about {named}' if named else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "step": self.name,
            "status": f"0x{self.status:04X}",
            "meaning": self.status.meaning,
            "comment": self.status.comment,
            "attributes": [f"{tag:08X}" for tag in self.tags],
        }


@dataclass(slots=True)
class FilmResult:
    """One film's fate.

    Attributes
    ----------
    number : int
        From 1, in the order of the images.
    images : tuple of str
        The names of the images on it: files, SOP Instance UIDs, or their numbers.
    outcome : str
        ``"printed"``: the printer took the film. ``"warning"``: it did, with a reservation.
        ``"failed"``: it was not printed. ``"unconfirmed"``: the request to print it was sent and
        never answered, so it may be printed or not. ``"not sent"``: its turn did not come.
    steps : list of PrintStep
        Each request for it and its answer.
    warnings : list of str
        What was not as asked or expected, of the printer and in preparing the images.
    print_job_uid : str or None
        The print job, if the printer offers the Print Job SOP class. Films of a session that is
        printed as a whole share one.
    job : PrintJob or None
        How far the job had come, if it was waited for.
    error : str or None
        Why it was not printed.
    """

    number: int
    images: tuple[str, ...]
    outcome: FilmOutcome = "not sent"
    steps: list[PrintStep] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    print_job_uid: str | None = None
    job: PrintJob | None = None
    error: str | None = None

    @property
    def is_printed(self) -> bool:
        """Whether the printer took the film, and did not report a failure since."""
        return self.outcome in {"printed", "warning"}

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "number": self.number,
            "images": list(self.images),
            "outcome": self.outcome,
            "steps": [step.to_dict() for step in self.steps],
            "warnings": self.warnings,
            "print_job_uid": self.print_job_uid,
            "job": None if self.job is None else self.job.to_dict(),
            "error": self.error,
        }


@dataclass(slots=True, frozen=True)
class PrintProgress:
    """How far printing has come.

    Attributes
    ----------
    film, films : int
        The film that is worked on, from 1, and how many there are.
    images_sent, images : int
        Images the printer has taken or refused, and how many there are.
    step : str
        What was done last, as in `PrintStep.name`.
    """

    film: int
    films: int
    images_sent: int
    images: int
    step: str


@dataclass(slots=True)
class PrintReport:
    """The account of a print: every film has its fate.

    Attributes
    ----------
    films : list of FilmResult
        All of them, in order.
    printer : PrinterStatus or None
        What the printer said of itself before; None if it was not asked.
    printer_reports : list of PrinterReport
        What it reported meanwhile.
    steps : list of PrintStep
        The requests that were for no single film, and their answers: presentation LUT, film
        session, printing of the film session.
    error : str or None
        Why the association ended before it should have.
    seconds : float
        From the call to the end.
    """

    films: list[FilmResult] = field(default_factory=list)
    printer: PrinterStatus | None = None
    printer_reports: list[PrinterReport] = field(default_factory=list)
    steps: list[PrintStep] = field(default_factory=list)
    error: str | None = None
    seconds: float = 0.0

    @property
    def printed(self) -> int:
        """Films the printer took, with warnings or without."""
        return sum(film.is_printed for film in self.films)

    @property
    def failures(self) -> list[FilmResult]:
        """The films that were not printed or may not have been, whatever the reason."""
        return [film for film in self.films if not film.is_printed]

    @property
    def failed(self) -> int:
        """How many films those are."""
        return len(self.failures)

    @property
    def warnings(self) -> list[str]:
        """Everything that was not as asked, with the film it is about."""
        told = [f"film {film.number}: {text}" for film in self.films for text in film.warnings]
        printer = self.printer
        if printer is not None and (printer.is_warning or printer.is_failure):
            told.insert(0, f"printer: {printer}")
        told += [f"printer: {report}" for report in self.printer_reports]
        return [*told, *(str(step) for step in self.steps if step.status.is_warning)]

    def raise_for_failures(self) -> PrintReport:
        """Return the report itself, or raise if a film was not printed.

        Raises
        ------
        PrintError
            With the report and the first reasons.
        """
        failures = self.failures
        if not failures:
            return self
        first = "; ".join(f"film {film.number}: {film.error}" for film in failures[:_NAMED])
        more = f" (and {len(failures) - _NAMED} more)" if len(failures) > _NAMED else ""
        raise PrintError(
            f"{len(failures)} of {len(self.films)} films were not printed: {first}{more}",
            report=self,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "printed": self.printed,
            "failed": self.failed,
            "films": [film.to_dict() for film in self.films],
            "printer": None if self.printer is None else self.printer.to_dict(),
            "warnings": self.warnings,
            "steps": [step.to_dict() for step in self.steps],
            "error": self.error,
            "seconds": round(self.seconds, 3),
        }


def _keyword(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(tag) or f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
