"""Event reports as they arrive, and what is answered to them (PS3.7 section 10.1.1)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .errors import DatasetError
from .logs import LOGGER_NAME
from .normalized_events import EventReport
from .status import Status

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PROCESSING_FAILURE", "answer_report"]

PROCESSING_FAILURE = 0x0110
"""PS3.7 section C.5.21."""

_logger = logging.getLogger(LOGGER_NAME)


def answer_report(
    tell: Callable[[EventReport], None],
    sender: tuple[str, str],
    what: tuple[str, str, int],
    transfer_syntax: str,
    data_set: bytes | None,
    *,
    on_listener: bool,
) -> tuple[int, bytes | None]:
    """Decode an event report, tell of it, and encode the answer.

    A report that cannot be decoded is told to nobody and answered with 0x0110.

    Parameters
    ----------
    tell : callable
        Gets the `EventReport` and may set its status and reply.
    sender : (str, str)
        Name and AE title of the peer.
    what : (str, str, int)
        SOP class, SOP instance and event type.
    transfer_syntax : str
        That of the presentation context.
    data_set : bytes or None
        The event information.
    on_listener : bool
        Whether the peer opened the association.

    Returns
    -------
    (int, bytes or None)
        Status and event reply for the peer.
    """
    from .dataset import decode, encode

    name, ae_title = sender
    sop_class_uid, sop_instance_uid, event_type_id = what
    try:
        dataset = None if data_set is None else decode(data_set, transfer_syntax)
    except DatasetError as error:
        _logger.warning("cannot read the event report that %s sent: %s", name, error)
        return PROCESSING_FAILURE, None
    report = EventReport(
        peer_name=name,
        ae_title=ae_title,
        sop_class_uid=sop_class_uid,
        sop_instance_uid=sop_instance_uid,
        event_type_id=event_type_id,
        dataset=dataset,
        on_listener=on_listener,
    )
    tell(report)
    # What is no status is an error of whoever set it, by name.
    status = Status(int(report.status))
    reply = None if report.reply is None else encode(report.reply, transfer_syntax)
    return int(status), reply
