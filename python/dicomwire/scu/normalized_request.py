"""One request of a normalized service and its response (PS3.7 section 10.3)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from dicomwire.dataset.writing import encode
from dicomwire.errors import ConfigError
from dicomwire.normalized_result import NResult
from dicomwire.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydicom import Dataset

    from dicomwire._core import Association
    from dicomwire.config import Peer
    from dicomwire.hooks import Hook
    from dicomwire.status import Service

__all__ = ["N_ACTION_RQ", "N_CREATE_RQ", "N_DELETE_RQ", "N_GET_RQ", "N_SET_RQ", "Operation"]

# PS3.7 Table E.1-1, Command Field (0000,0100).
N_GET_RQ = 0x0110
N_SET_RQ = 0x0120
N_ACTION_RQ = 0x0130
N_CREATE_RQ = 0x0140
N_DELETE_RQ = 0x0150

_HIGHEST_TYPE = 0xFFFF

Event = TypeVar("Event")


class Operation:
    """One request and its response.

    Attributes
    ----------
    context_id : int
        The presentation context.
    message_id : int
        The message ID of the request.
    seconds : float
        From the request to the response, when it came.
    is_asked : bool
        Whether the request was handed over, so that the peer may have it whatever came then.
    """

    __slots__ = (
        "_association",
        "_peer",
        "_reported",
        "_service",
        "_sop_class_uid",
        "_syntax",
        "context_id",
        "is_asked",
        "message_id",
        "seconds",
    )

    def __init__(
        self,
        peer: Peer,
        association: Association,
        context: tuple[int, str],
        sop_class_uid: str,
        service: Service | None,
        reported: Callable[..., tuple[int, bytes | None]],
    ) -> None:
        self._peer = peer
        self._association = association
        self.context_id, self._syntax = context
        self._sop_class_uid = sop_class_uid
        self._service = service
        self._reported = reported
        self.message_id = association.next_message_id()
        self.seconds = 0.0
        self.is_asked = False

    def before(
        self,
        hook: Hook[Event],
        kind: Callable[..., Event],
        sop_instance_uid: str | None,
        *rest: object,
    ) -> Event:
        """Fire the event before the request; return it as the handlers left it."""
        about = (self._peer, self.context_id, self.message_id, self._sop_class_uid)
        return hook.fire(kind(*about, sop_instance_uid, *rest))

    def after(
        self,
        hook: Hook[Event],
        kind: Callable[..., Event],
        sop_instance_uid: str | None,
        result: NResult,
        *rest: object,
    ) -> NResult:
        """Fire the event after the response; return the result."""
        about = (self._peer, self.context_id, self.message_id, self._sop_class_uid)
        hook.fire(kind(*about, sop_instance_uid, result, self.seconds, *rest))
        return result

    def request(
        self,
        command_field: int,
        sop_instance_uid: str | None,
        *,
        type_id: int | None = None,
        attributes: Sequence[int] = (),
        dataset: Dataset | None = None,
    ) -> NResult:
        """Send the request and wait for its response.

        Raises
        ------
        ConfigError
            If something is missing that the request has to have; nothing was sent.
        EncodeError
            If the data set cannot be written; nothing was sent.
        DecodeError
            If that of the response cannot be read; the message has the status.
        DicomWireError
            If the association ends before the response.
        """
        _check_request(command_field, sop_instance_uid, type_id, dataset)
        encoded = None if dataset is None else encode(dataset, self._syntax)
        started = time.perf_counter()
        self.is_asked = True
        (
            code,
            class_uid,
            instance_uid,
            action,
            identifiers,
            offending,
            comment,
            error_id,
            data_set,
        ) = self._association.request(
            self.context_id,
            command_field,
            self.message_id,
            self._sop_class_uid,
            sop_instance_uid,
            type_id,
            attributes,
            encoded,
            self._reported,
        )
        self.seconds = time.perf_counter() - started
        status = Status(
            code,
            service=self._service,
            comment=comment,
            offending_elements=offending,
        )
        return NResult(
            status=status,
            dataset=None if data_set is None else self._decode(data_set, status),
            sop_class_uid=class_uid or self._sop_class_uid,
            sop_instance_uid=instance_uid or sop_instance_uid,
            action_type_id=type_id if action is None else action,
            attribute_identifiers=tuple(identifiers),
            error_id=error_id,
        )

    def _decode(self, data_set: bytes, status: Status) -> Dataset:
        from dicomwire.dataset import decode
        from dicomwire.errors import DecodeError

        try:
            return decode(data_set, self._syntax)
        except DecodeError as error:
            raise DecodeError(
                f"{self._peer} answered {status} with a data set that cannot be read: {error}",
                path=error.path,
                offset=error.offset,
            ) from error


def _check_request(
    command_field: int, sop_instance_uid: object, type_id: object, dataset: Dataset | None
) -> None:
    """Look for what PS3.7 section 10.3 demands of a request.

    Raises
    ------
    ConfigError
        If it is missing or cannot be.
    """
    may_lack_instance = command_field == N_CREATE_RQ and sop_instance_uid is None
    if not may_lack_instance and not (isinstance(sop_instance_uid, str) and sop_instance_uid):
        raise ConfigError(f"sop_instance_uid={sop_instance_uid!r}: must be the UID of an instance")
    if command_field == N_SET_RQ and dataset is None:
        raise ConfigError("dataset=None: must be a data set with the changes")
    if command_field == N_ACTION_RQ and not (
        isinstance(type_id, int) and 0 <= type_id <= _HIGHEST_TYPE
    ):
        raise ConfigError(f"action_type_id={type_id!r}: must be an integer from 0 to 65535")
