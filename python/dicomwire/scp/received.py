"""An instance that was received: as an event, and handed to a function of the caller."""

from __future__ import annotations

import logging
import threading
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from dicomwire.events import InstanceReceived
from dicomwire.logs import LOGGER_NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dicomwire.status import Status

__all__ = ["PROCESSING_FAILURE", "SUCCESS", "Fates", "ask_sink", "received_event"]

# PS3.4 Table B.2-1, PS3.7 section C.5.
SUCCESS = 0x0000
PROCESSING_FAILURE = 0x0110
_MAX_STATUS = 0xFFFF

_logger = logging.getLogger(LOGGER_NAME)


class Fates:
    """Who wants to know what becomes of each instance, also of those that are refused."""

    def __init__(self) -> None:
        # Never changed in place, only replaced: whoever iterates keeps its own copy.
        self._watchers: tuple[Callable[[InstanceReceived, Status], object], ...] = ()
        self._lock = threading.Lock()

    def watch(self, watcher: Callable[[InstanceReceived, Status], object]) -> None:
        """Tell a function of each instance and the status its sender gets."""
        with self._lock:
            self._watchers = (*self._watchers, watcher)

    def unwatch(self, watcher: Callable[[InstanceReceived, Status], object]) -> None:
        """Do not tell it any more."""
        with self._lock:
            self._watchers = tuple(one for one in self._watchers if one != watcher)

    def tell(self, event: InstanceReceived, status: Status) -> None:
        """Tell all of them."""
        for watcher in self._watchers:
            watcher(event, status)


def received_event(  # noqa: PLR0917 (the order of the core)
    path: Path | None,
    sop_class: str,
    instance: str,
    syntax: str,
    calling: str,
    size: int,
    file: bytes | None,
    move_originator: str | None,
    move_originator_message_id: int | None,
) -> InstanceReceived:
    """Make the event of what the core tells of an instance."""
    event = InstanceReceived(
        path,
        sop_class,
        instance,
        syntax,
        calling,
        size,
        move_originator_ae_title=move_originator,
        move_originator_message_id=move_originator_message_id,
    )
    if path is not None or file is not None:
        event.loader = partial(_read, path, file)
    return event


def ask_sink(sink: Callable[[InstanceReceived], object], event: InstanceReceived) -> int:
    """Hand an instance to a function of the caller and return the status to answer.

    An exception is logged, and answered with 0x0110 (processing failure).
    """
    status: Any
    try:
        status = sink(event)
    except Exception:
        _logger.exception(
            "the sink failed on instance %s from %s",
            event.sop_instance_uid,
            event.calling_ae_title,
        )
        return PROCESSING_FAILURE
    if status is None:
        return SUCCESS
    is_status = isinstance(status, int) and not isinstance(status, bool)
    if not is_status or not 0 <= status <= _MAX_STATUS:
        _logger.error("the sink returned %r, which is no status", status)
        return PROCESSING_FAILURE
    return int(status)


def _read(path: Path | None, file: bytes | None) -> Any:  # noqa: ANN401 (a Dataset)
    from pydicom import dcmread

    return dcmread(BytesIO(file)) if file is not None else dcmread(str(path))
