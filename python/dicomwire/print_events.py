"""The argument objects of the events of print management (PS3.4 sections H.4.5 and H.4.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom import Dataset

    from .normalized_events import EventReport

__all__ = ["PrintJobReport", "PrinterReport"]

# PS3.4 Table H.4-16: the events of a printer.
_PRINTER_STATES = {1: "NORMAL", 2: "WARNING", 3: "FAILURE"}
# PS3.4 Table H.4-14: the events of a print job.
_JOB_STATES = {1: "PENDING", 2: "PRINTING", 3: "DONE", 4: "FAILURE"}


@dataclass(frozen=True, slots=True, eq=False)
class PrinterReport:
    """The printer reported a change of its state (PS3.4 Table H.4-16).

    Attributes
    ----------
    printer_status : str or None
        NORMAL, WARNING or FAILURE; None for an event type that is none of the standard's.
    printer_status_info, film_destination, printer_name : str or None
        (2110,0020), (2000,0040) and (2110,0030).
    report : EventReport
        The report as it came; its status and reply may still be set.
    """

    printer_status: str | None
    printer_status_info: str | None
    film_destination: str | None
    printer_name: str | None
    report: EventReport

    @classmethod
    def from_report(cls, report: EventReport) -> PrinterReport:
        """Read an event report of the Printer SOP class."""
        dataset = report.dataset
        return cls(
            _PRINTER_STATES.get(report.event_type_id),
            text_of(dataset, "PrinterStatusInfo"),
            text_of(dataset, "FilmDestination"),
            text_of(dataset, "PrinterName"),
            report,
        )

    def __str__(self) -> str:
        """Return for instance ``WARNING (SUPPLY LOW)``."""
        unknown = f"event type {self.report.event_type_id}"
        return with_reason(self.printer_status or unknown, self.printer_status_info)


@dataclass(frozen=True, slots=True, eq=False)
class PrintJobReport:
    """The printer reported how far a print job has come (PS3.4 Table H.4-14).

    Attributes
    ----------
    sop_instance_uid : str
        The job.
    execution_status : str or None
        PENDING, PRINTING, DONE or FAILURE; None for an event type that is none of the standard's.
    execution_status_info, print_job_id, film_session_label, printer_name : str or None
        (2100,0030), (2100,0010), (2000,0050) and (2110,0030).
    report : EventReport
        The report as it came; its status and reply may still be set.
    """

    sop_instance_uid: str
    execution_status: str | None
    execution_status_info: str | None
    print_job_id: str | None
    film_session_label: str | None
    printer_name: str | None
    report: EventReport

    @classmethod
    def from_report(cls, report: EventReport) -> PrintJobReport:
        """Read an event report of the Print Job SOP class."""
        dataset = report.dataset
        return cls(
            report.sop_instance_uid,
            _JOB_STATES.get(report.event_type_id),
            text_of(dataset, "ExecutionStatusInfo"),
            text_of(dataset, "PrintJobID"),
            text_of(dataset, "FilmSessionLabel"),
            text_of(dataset, "PrinterName"),
            report,
        )


def text_of(dataset: Dataset | None, keyword: str) -> str | None:
    """Return the text of an element, its values joined; None if it has none."""
    return "\\".join(texts_of(dataset, keyword)) or None


def texts_of(dataset: Dataset | None, keyword: str) -> Sequence[str]:
    """Return the values of an element as texts, whatever the printer put into it."""
    try:
        value = None if dataset is None else dataset.get(keyword)
    except (ValueError, TypeError, OverflowError):
        # Not of its value representation: nothing that could be told to people.
        return ()
    if value is None or value == "":
        return ()
    several = not isinstance(value, str) and hasattr(value, "__iter__")
    return [str(part).strip() for part in (value if several else [value])]


def items_of(dataset: Dataset | None, keyword: str) -> Sequence[Dataset]:
    """Return the items of a sequence; none if the printer put something else into it."""
    from pydicom.sequence import Sequence as Items

    try:
        value = None if dataset is None else dataset.get(keyword)
    except (ValueError, TypeError, OverflowError):
        return ()
    return list(value) if isinstance(value, Items) else ()


def with_reason(state: str, reason: str | None) -> str:
    """Write a state with its reason, if there is one to speak of."""
    return state if reason in {None, "NORMAL", state} else f"{state} ({reason})"
