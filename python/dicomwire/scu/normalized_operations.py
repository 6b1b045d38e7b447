"""The operations of the normalized services, each with its events (PS3.7 section 10.1).

A service class user is made of those its service has; they are not public by themselves.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dicomwire.hooks import HookAttribute
from dicomwire.normalized_events import (
    AfterNAction,
    AfterNCreate,
    AfterNDelete,
    AfterNGet,
    AfterNSet,
    BeforeNAction,
    BeforeNCreate,
    BeforeNDelete,
    BeforeNGet,
    BeforeNSet,
    EventReport,
)

from .normalized_base import NormalizedBase
from .normalized_request import (
    N_ACTION_RQ,
    N_CREATE_RQ,
    N_DELETE_RQ,
    N_GET_RQ,
    N_SET_RQ,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom import Dataset

    from dicomwire.dataset.tags import TagLike
    from dicomwire.normalized_result import NResult

__all__ = ["Acting", "Creating", "Deleting", "Getting", "Reported", "Setting"]


class Creating(NormalizedBase):
    """N-CREATE (PS3.7 section 10.1.5)."""

    before_n_create = HookAttribute[BeforeNCreate]()
    after_n_create = HookAttribute[AfterNCreate]()

    def _n_create(
        self,
        dataset: Dataset | None,
        *,
        sop_class_uid: str,
        sop_instance_uid: str | None = None,
        abstract_syntax: str | None = None,
    ) -> NResult:
        with self._operation("n_create", sop_class_uid, abstract_syntax) as operation:
            event = operation.before(self.before_n_create, BeforeNCreate, sop_instance_uid, dataset)
            result = operation.request(N_CREATE_RQ, event.sop_instance_uid, dataset=event.dataset)
            self._was_sent(event.dataset)
            uid = result.sop_instance_uid
            return operation.after(self.after_n_create, AfterNCreate, uid, result)


class Setting(NormalizedBase):
    """N-SET (PS3.7 section 10.1.3)."""

    before_n_set = HookAttribute[BeforeNSet]()
    after_n_set = HookAttribute[AfterNSet]()

    def _n_set(
        self,
        sop_instance_uid: str,
        dataset: Dataset,
        *,
        sop_class_uid: str,
        abstract_syntax: str | None = None,
    ) -> NResult:
        with self._operation("n_set", sop_class_uid, abstract_syntax) as operation:
            event = operation.before(self.before_n_set, BeforeNSet, sop_instance_uid, dataset)
            result = operation.request(N_SET_RQ, sop_instance_uid, dataset=event.dataset)
            self._was_sent(event.dataset)
            return operation.after(self.after_n_set, AfterNSet, sop_instance_uid, result)


class Getting(NormalizedBase):
    """N-GET (PS3.7 section 10.1.2)."""

    before_n_get = HookAttribute[BeforeNGet]()
    after_n_get = HookAttribute[AfterNGet]()

    def _n_get(
        self,
        sop_instance_uid: str,
        attributes: Iterable[TagLike] = (),
        *,
        sop_class_uid: str,
        abstract_syntax: str | None = None,
    ) -> NResult:
        from dicomwire.dataset.tags import tag_number

        tags = [tag_number(attribute) for attribute in attributes]
        with self._operation("n_get", sop_class_uid, abstract_syntax) as operation:
            event = operation.before(self.before_n_get, BeforeNGet, sop_instance_uid, tags)
            result = operation.request(N_GET_RQ, sop_instance_uid, attributes=event.attributes)
            return operation.after(self.after_n_get, AfterNGet, sop_instance_uid, result)


class Acting(NormalizedBase):
    """N-ACTION (PS3.7 section 10.1.4)."""

    before_n_action = HookAttribute[BeforeNAction]()
    after_n_action = HookAttribute[AfterNAction]()

    def _n_action(
        self,
        sop_instance_uid: str,
        action_type_id: int,
        dataset: Dataset | None = None,
        *,
        sop_class_uid: str,
        abstract_syntax: str | None = None,
    ) -> NResult:
        with self._operation("n_action", sop_class_uid, abstract_syntax) as operation:
            event = operation.before(
                self.before_n_action, BeforeNAction, sop_instance_uid, action_type_id, dataset
            )
            result = operation.request(
                N_ACTION_RQ, sop_instance_uid, type_id=action_type_id, dataset=event.dataset
            )
            return operation.after(
                self.after_n_action, AfterNAction, sop_instance_uid, result, action_type_id
            )


class Deleting(NormalizedBase):
    """N-DELETE (PS3.7 section 10.1.6)."""

    before_n_delete = HookAttribute[BeforeNDelete]()
    after_n_delete = HookAttribute[AfterNDelete]()

    def _n_delete(
        self, sop_instance_uid: str, *, sop_class_uid: str, abstract_syntax: str | None = None
    ) -> NResult:
        with self._operation("n_delete", sop_class_uid, abstract_syntax) as operation:
            operation.before(self.before_n_delete, BeforeNDelete, sop_instance_uid)
            result = operation.request(N_DELETE_RQ, sop_instance_uid)
            return operation.after(self.after_n_delete, AfterNDelete, sop_instance_uid, result)


class Reported(NormalizedBase):
    """N-EVENT-REPORT, which the peer sends and we answer (PS3.7 section 10.1.1)."""

    event_report = HookAttribute[EventReport]()

    def _fire_report(self, report: EventReport) -> None:
        self.event_report.fire(report)

    def wait_for_event_report(self, timeout: float) -> EventReport | None:
        """Wait for the peer to report an event on the association.

        Reports that come while other operations run, or between them, are answered as well and
        fire `event_report`: this is for waiting with nothing else to do. Inside ``with scu:``
        the association that is kept is used; a bare call opens one and releases it.

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
        return self._wait_for_report(timeout, self._abstract_syntaxes()[0])

    def _wait_for_report(self, timeout: float, abstract_syntax: str) -> EventReport | None:
        taken: list[EventReport] = []

        def tell(report: EventReport) -> None:
            taken.append(report)

        with self._borrowed("wait_for_event_report", abstract_syntax) as association:
            self._need(association, abstract_syntax)
            self._watching.append(tell)
            try:
                until = time.monotonic() + timeout
                # One that could not be read was answered, but is none to return.
                while association.next_report(until - time.monotonic(), self._reported):
                    if taken or time.monotonic() >= until:
                        break
            finally:
                self._watching.remove(tell)
        return taken[0] if taken else None
