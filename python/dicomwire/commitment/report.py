"""What an event report of storage commitment says (PS3.4 section J.3.3)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dicomwire.logs import LOGGER_NAME
from dicomwire.status import Status

from .instance import CommitmentInstance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom import Dataset

__all__ = ["CommitmentReport", "ReportError", "read_report"]

# PS3.4 Table J.3-2: event types.
_ALL_COMMITTED = 1
_FAILURES_EXIST = 2

# PS3.7 annex C.
_PROCESSING_FAILURE = 0x0110
_NO_SUCH_EVENT_TYPE = 0x0113
_INVALID_ARGUMENT_VALUE = 0x0115

_HIGHEST = 0xFFFF

_logger = logging.getLogger(LOGGER_NAME)


class ReportError(Exception):
    """An event report says nothing that could be understood; never leaves this package's callers.

    Parameters
    ----------
    message : str
        What is wrong with it.
    status : int
        What to answer.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True, frozen=True)
class CommitmentReport:
    """What the peer reports of one transaction.

    Attributes
    ----------
    transaction_uid : str
        Transaction UID (0008,1195).
    event_type_id : int
        1: all were committed; 2: failures exist. What counts are the two lists.
    committed : tuple of CommitmentInstance
        Referenced SOP Sequence (0008,1199).
    failed : tuple of CommitmentInstance
        Failed SOP Sequence (0008,1198).
    retrieve_ae_title, storage_media_file_set_id, storage_media_file_set_uid : str or None
        Where all of those committed are, if the peer says it for all together.
    """

    transaction_uid: str
    event_type_id: int
    committed: tuple[CommitmentInstance, ...] = ()
    failed: tuple[CommitmentInstance, ...] = ()
    retrieve_ae_title: str | None = None
    storage_media_file_set_id: str | None = None
    storage_media_file_set_uid: str | None = None


def read_report(event_type_id: int, dataset: Dataset | None) -> CommitmentReport:
    """Read the event information of an N-EVENT-REPORT request.

    Parameters
    ----------
    event_type_id : int
        Event Type ID (0000,1002).
    dataset : Dataset or None
        The event information.

    Returns
    -------
    CommitmentReport
        What it says. Items without SOP Class or Instance UID are left out, so that what they
        might have meant counts as missing.

    Raises
    ------
    ReportError
        If the event type is not one of storage commitment, the transaction is not named, or the
        event information cannot be decoded.
    """
    if event_type_id not in {_ALL_COMMITTED, _FAILURES_EXIST}:
        raise ReportError(f"event type {event_type_id} is unknown", _NO_SUCH_EVENT_TYPE)
    if dataset is None:
        raise ReportError("it has no event information", _INVALID_ARGUMENT_VALUE)
    try:
        return CommitmentReport(
            _transaction_uid(dataset),
            event_type_id,
            tuple(_instances(dataset, "ReferencedSOPSequence")),
            tuple(_instances(dataset, "FailedSOPSequence")),
            _text(dataset, "RetrieveAETitle"),
            _text(dataset, "StorageMediaFileSetID"),
            _text(dataset, "StorageMediaFileSetUID"),
        )
    except ReportError:
        raise
    except Exception as error:
        # Elements are decoded only now, and a stranger wrote them.
        raise ReportError(f"it cannot be decoded: {error}", _PROCESSING_FAILURE) from error


def _transaction_uid(dataset: Dataset) -> str:
    uid = _text(dataset, "TransactionUID")
    if uid is None:
        raise ReportError("it has no Transaction UID (0008,1195)", _INVALID_ARGUMENT_VALUE)
    return uid


def _instances(dataset: Dataset, keyword: str) -> Iterable[CommitmentInstance]:
    for item in dataset.get(keyword) or ():
        sop_class = _text(item, "ReferencedSOPClassUID")
        instance = _text(item, "ReferencedSOPInstanceUID")
        if sop_class is None or instance is None:
            _logger.warning("an item of %s names no SOP class or no SOP instance", keyword)
            continue
        yield CommitmentInstance(
            sop_class,
            instance,
            failure_reason=_reason(item.get("FailureReason")),
            retrieve_ae_title=_text(item, "RetrieveAETitle"),
            storage_media_file_set_id=_text(item, "StorageMediaFileSetID"),
            storage_media_file_set_uid=_text(item, "StorageMediaFileSetUID"),
        )


def _text(dataset: Dataset, keyword: str) -> str | None:
    """Return the value, the first if there are several, or None for no value."""
    value: Any = dataset.get(keyword)
    if value is not None and not isinstance(value, str):
        value = next(iter(value), None)
    return (str(value).strip() or None) if value is not None else None


def _reason(value: object) -> Status | None:
    if isinstance(value, int) and 0 <= value <= _HIGHEST:
        return Status(value, service="commitment")
    return None
