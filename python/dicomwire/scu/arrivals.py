"""The instances of a retrieval as they come: on the association of a C-GET, or at a receiver."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from dicomwire.status import Status

from .retrieve_report import RetrievedInstance

if TYPE_CHECKING:
    from pathlib import Path

    from dicomwire._core import Retrieve
    from dicomwire.events import InstanceReceived
    from dicomwire.hooks import Hook

__all__ = ["Arrivals", "AtReceiver", "Elsewhere", "OnAssociation"]


class Arrivals(Protocol):
    """What is seen of the instances."""

    instances: list[RetrievedInstance]

    @property
    def bytes(self) -> int:
        """Bytes of the data sets that came."""

    def look(self, core: Retrieve) -> None:
        """Take note of what came meanwhile, between two looks at the association.

        Raises
        ------
        BaseException
            What a handler raised on another thread.
        """


class Elsewhere:
    """They go to somebody else, so nothing is seen of them."""

    def __init__(self) -> None:
        self.instances: list[RetrievedInstance] = []
        self.bytes = 0

    def look(self, core: Retrieve) -> None:
        """Do nothing."""


class OnAssociation:
    """They come on the association of the C-GET, or on several, one after the other.

    Parameters
    ----------
    directory : Path or None
        Where files are written.
    """

    def __init__(self, directory: Path | None) -> None:
        self.instances: list[RetrievedInstance] = []
        self.bytes = 0
        self._directory = directory

    def look(self, core: Retrieve) -> None:
        """Take note of what came since the last look."""
        for sop_class, instance, code, error, size in core.take_arrived():
            status = Status(code, service="store", comment=error)
            is_stored = not status.is_failure
            path = None
            if is_stored:
                self.bytes += size
                if self._directory is not None:
                    path = self._directory / f"{instance}.dcm"
            self.instances.append(RetrievedInstance(sop_class, instance, status, path, size, error))


class AtReceiver:
    """They come to a receiver in this process, which may receive other instances too.

    An archive sends them with the AE title and message ID of the C-MOVE request (PS3.7 section
    9.1.1.1), if it keeps to the standard. From one that does not, all that comes is taken for ours.

    Parameters
    ----------
    calling_ae_title : str
        Who asks by C-MOVE.
    moved : Hook of InstanceReceived
        Fired for each instance, on the thread that received it.
    """

    def __init__(self, calling_ae_title: str, moved: Hook[InstanceReceived]) -> None:
        self.instances: list[RetrievedInstance] = []
        self.bytes = 0
        self._calling_ae_title = calling_ae_title
        self._moved = moved
        self._message_id: int | None = None
        self._early: list[tuple[InstanceReceived, Status]] = []
        self._uids: set[str] = set()
        self._raised: BaseException | None = None
        self._seen = 0
        self._changed = threading.Condition()

    @property
    def arrived(self) -> int:
        """How many different instances came, also those that were refused."""
        return len(self._uids)

    def note(self, event: InstanceReceived, status: Status) -> None:
        """Take note of an instance; called by the receiver on its threads."""
        with self._changed:
            if self._message_id is None:
                # The number of the request is known in a moment, when it was sent.
                self._early.append((event, status))
                return
        self._take(event, status)

    def bind(self, message_id: int) -> None:
        """Tell the message ID of the request."""
        with self._changed:
            self._message_id = message_id
            early, self._early = self._early, []
        for event, status in early:
            self._take(event, status)

    def look(self, core: Retrieve) -> None:
        """Tell the association that its sub-operations go on.

        Raises
        ------
        BaseException
            What a handler of `moved` raised.
        """
        if self._has_grown():
            core.touch()

    def wait(self, seconds: float) -> bool:
        """Wait for more; say whether something came.

        Raises
        ------
        BaseException
            What a handler of `moved` raised.
        """
        with self._changed:
            self._changed.wait_for(lambda: len(self.instances) != self._seen, seconds)
        return self._has_grown()

    def _has_grown(self) -> bool:
        with self._changed:
            raised, self._raised = self._raised, None
            before, self._seen = self._seen, len(self.instances)
        if raised is not None:
            raise raised
        return before != self._seen

    def _take(self, event: InstanceReceived, status: Status) -> None:
        if not self._is_ours(event):
            return
        is_stored = not status.is_failure
        if is_stored:
            try:
                self._moved.fire(event)
            except BaseException as error:  # noqa: BLE001 (it belongs to whoever asked for the move)
                with self._changed:
                    self._raised = self._raised or error
        with self._changed:
            if is_stored:
                self.bytes += event.bytes
            self._uids.add(event.sop_instance_uid)
            self.instances.append(
                RetrievedInstance(
                    event.sop_class_uid,
                    event.sop_instance_uid,
                    status,
                    event.path if is_stored else None,
                    event.bytes,
                    status.comment,
                )
            )
            self._changed.notify_all()

    def _is_ours(self, event: InstanceReceived) -> bool:
        title, number = event.move_originator_ae_title, event.move_originator_message_id
        if number is not None and number != self._message_id:
            return False
        # Some archives name themselves as the one that asked.
        return title is None or title.strip() in {self._calling_ae_title, event.calling_ae_title}
