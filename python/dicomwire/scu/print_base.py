"""What all of print management stands on: contexts, the one film session, event reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from dicomwire.errors import StateError
from dicomwire.hooks import HookAttribute
from dicomwire.print_events import PrinterReport, PrintJobReport

from .associations import accepted_context
from .normalized_operations import Acting, Creating, Deleting, Getting, Reported, Setting
from .print_classes import (
    ANNOTATION_BOX,
    COLOR_META,
    GRAYSCALE_META,
    PRINT_JOB,
    PRINTER,
    PRINTER_CONFIGURATION,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomwire._core import Association
    from dicomwire.config import AssociationOptions, Peer
    from dicomwire.normalized_events import EventReport
    from dicomwire.status import Service

__all__ = ["PrintBase", "PrintSession", "is_proposed"]

# Presentation LUTs are proposed when one is created: where that SOP class was negotiated, DCMTK's
# printer refuses images without one, although negotiation should change nothing (PS3.4 section
# H.3.3.2).
_PROPOSED = (
    GRAYSCALE_META,
    COLOR_META,
    ANNOTATION_BOX,
    PRINT_JOB,
    PRINTER_CONFIGURATION,
    # Part of the meta SOP classes, and by itself for peers that only tell of a printer.
    PRINTER,
)


@dataclass(slots=True, eq=False)
class PrintSession:
    """The film session that is open, and its last film box.

    Attributes
    ----------
    uid : str
        The film session.
    meta : str
        The meta SOP class it was created in, whose presentation context its requests take.
    association : Association
        The association it lives in and ends with (PS3.4 section H.4.1.2.1.3).
    film_box : str or None
        The last film box; only that can be changed, printed or deleted.
    image_boxes, annotation_boxes : list of str
        What belongs to it, in the order of the positions.
    """

    uid: str
    meta: str
    association: Association
    film_box: str | None = None
    image_boxes: list[str] = field(default_factory=list)
    annotation_boxes: list[str] = field(default_factory=list)

    @property
    def is_color(self) -> bool:
        """Whether its image boxes take color images."""
        return self.meta == COLOR_META


class PrintBase(Creating, Setting, Getting, Acting, Deleting, Reported):
    """Base of `dicomwire.PrintScu`."""

    _service: ClassVar[Service | None] = "print"

    printer_report = HookAttribute[PrinterReport]()
    print_job_report = HookAttribute[PrintJobReport]()

    def __init__(
        self,
        peer: Peer | str,
        *,
        calling_ae_title: str = "DICOMWIRE",
        options: AssociationOptions | None = None,
    ) -> None:
        super().__init__(peer, calling_ae_title=calling_ae_title, options=options)
        self._session: PrintSession | None = None
        # The last word on each print job, for whoever waits for one.
        self._job_reports: dict[str, PrintJobReport] = {}

    @property
    def film_session_uid(self) -> str | None:
        """The film session that is open."""
        return None if self._session is None else self._session.uid

    @property
    def film_box_uid(self) -> str | None:
        """The last film box: the one that is worked on."""
        return None if self._session is None else self._session.film_box

    @property
    def image_box_uids(self) -> list[str]:
        """The image boxes of the last film box, in the order of their positions."""
        return [] if self._session is None else list(self._session.image_boxes)

    @property
    def annotation_box_uids(self) -> list[str]:
        """The annotation boxes of the last film box, in the order of their positions."""
        return [] if self._session is None else list(self._session.annotation_boxes)

    def _abstract_syntaxes(self) -> Sequence[str]:
        return _PROPOSED

    def _associate_for(self, abstract_syntax: str) -> Association:
        # A printer may serve one association at a time, and would not answer a second one.
        self._idle.release_where(lambda association: not is_proposed(association, abstract_syntax))
        return super()._associate_for(abstract_syntax)

    def _offered(self, *abstract_syntaxes: str) -> str:
        """Return the first SOP class the peer accepted; the first of all if there is none.

        The answer is for the association that is being used: call it in a conversation.
        """
        association = self._associated
        if association is not None:
            for uid in abstract_syntaxes:
                if accepted_context(association, uid) is not None:
                    return uid
        return abstract_syntaxes[0]

    def wait_for_event_report(self, timeout: float) -> EventReport | None:
        """Wait for the printer to report an event on the association.

        Reports that come while other operations run, or between them, are answered as well and
        fire `event_report`, and `printer_report` or `print_job_report`.

        Parameters
        ----------
        timeout : float
            Seconds to wait.

        Returns
        -------
        EventReport or None
            The report, after it was answered; None if none came, or the wait was cancelled.

        Raises
        ------
        DicomWireError
            If the association cannot be had or ends.
        """
        with self._conversation("wait_for_event_report"):
            service = self._offered(GRAYSCALE_META, COLOR_META, PRINTER, PRINT_JOB)
            return self._wait_for_report(timeout, service)

    def _take_report(self, report: EventReport) -> None:
        if report.sop_class_uid == PRINTER:
            self.printer_report.fire(PrinterReport.from_report(report))
        elif report.sop_class_uid == PRINT_JOB:
            job = PrintJobReport.from_report(report)
            self._job_reports[job.sop_instance_uid] = job
            self.print_job_report.fire(job)

    def _need_association(self, what: str) -> None:
        """Check that what is created now will still be there at the next call.

        Raises
        ------
        StateError
            Outside of ``with scu:``.
        """
        if not self._keeping and self._in_conversation() is None:
            raise StateError(
                f"PrintScu.{what}() needs an association that stays open, for what a printer "
                "creates ends with its association: call it inside `with scu:`"
            )

    def _need_session(self, what: str) -> PrintSession:
        """Return the film session that is open.

        Raises
        ------
        StateError
            If there is none, or its association has ended and it with it.
        """
        self._need_association(what)
        session = self._session
        if session is None:
            raise StateError(
                f"PrintScu.{what}(): there is no film session; call create_film_session() first"
            )
        if self._is_gone(session):
            self._session = None
            raise StateError(
                f"PrintScu.{what}(): the film session is gone, its association with {self.peer} "
                "has ended (PS3.4 section H.4.1.2.1.3); create a new one"
            )
        return session

    def _is_gone(self, session: PrintSession) -> bool:
        return session.association is not self._associated or not session.association.is_alive()

    def _need_film_box(self, what: str) -> PrintSession:
        """Return the film session, whose last film box exists.

        Raises
        ------
        StateError
            If there is none.
        """
        session = self._need_session(what)
        if session.film_box is None:
            raise StateError(
                f"PrintScu.{what}(): there is no film box; call create_film_box() first"
            )
        return session

    def release(self, timeout: float | None = None) -> None:
        """Release the association that is kept open; the film session ends with it."""
        self._session = None
        self._job_reports.clear()
        super().release(timeout)


def is_proposed(association: Association, abstract_syntax: str) -> bool:
    """Whether a SOP class was proposed on an association."""
    return any(answer[1] == abstract_syntax for answer in association.contexts())
