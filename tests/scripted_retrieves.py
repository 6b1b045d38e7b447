"""Steps of a script that answers C-MOVE and C-GET: sub-operations that go right, or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dimse
import wire
from generated import dataset, element
from raw_client import RawClient
from scripted_queries import PENDING, Asked, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4"


def counters(
    remaining: int = 0, completed: int = 0, failed: int = 0, warning: int = 0
) -> dict[str, int | str]:
    """Make the four elements that count sub-operations."""
    return {
        "remaining": remaining,
        "completed": completed,
        "failed": failed,
        "warning": warning,
    }


def progress(remaining: int, completed: int, failed: int = 0, warning: int = 0) -> Step:
    """Send a pending response with counters."""

    def step(asked: Asked) -> None:
        asked.respond(PENDING, **counters(remaining, completed, failed, warning))

    return step


def failed_list(uids: Sequence[str]) -> bytes:
    """Make the identifier with the Failed SOP Instance UID List (PS3.4 section C.4.2.1.4.2)."""
    return element(0x0008, 0x0058, "UI", "\\".join(uids))


def move_stores(port: int, uids: Iterable[str]) -> Step:
    """Store CT images at a destination, over an association of their own, as a C-MOVE does."""

    def step(asked: Asked) -> None:
        originator: dict[str, int | str] = {
            "move_originator_ae_title": asked.request.calling,
            "move_originator_message_id": int(asked.message.command["message_id"]),
        }
        with RawClient(port) as client:
            for uid in uids:
                asked.sent += 1
                data = dataset(wire.CT_IMAGE_STORAGE, uid)
                asked.answers.append(client.store(uid, data, asked.sent, **originator))
            client.release()

    return step


def get_stores(uids: Iterable[str], *, rows: int = 8) -> Step:
    """Store CT images over the association of a C-GET; their responses are awaited."""

    def step(asked: Asked) -> None:
        context = asked.request.context_of(wire.CT_IMAGE_STORAGE)
        for uid in uids:
            begin_store(asked, context, uid, dataset(wire.CT_IMAGE_STORAGE, uid, rows=rows))
            read_store_response(asked)

    return step


def begin_store(
    asked: Asked,
    context_id: int,
    uid: str,
    data: bytes,
    *,
    sop_class_uid: str = wire.CT_IMAGE_STORAGE,
) -> None:
    """Send a C-STORE-RQ with its data set."""
    asked.sent += 1
    asked.talk.send_message(context_id, dimse.c_store_rq(sop_class_uid, uid, asked.sent), data)


def read_store_response(asked: Asked) -> None:
    """Read the response to the latest sub-operation; a C-CANCEL-RQ may come before it."""
    while True:
        message = asked.talk.next_message()
        assert message is not None, "the response to a C-STORE-RQ was expected"
        if message.command["command_field"] == dimse.C_CANCEL_RQ:
            continue
        assert message.command["command_field"] == dimse.C_STORE_RSP, message.command
        assert message.command["message_id_being_responded_to"] == asked.sent
        asked.answers.append(message.command)
        return


def get_store_of_another_class(uid: str) -> Step:
    """Store an MR image in the context that was accepted for CT images."""

    def step(asked: Asked) -> None:
        context = asked.request.context_of(wire.CT_IMAGE_STORAGE)
        data = dataset(MR_IMAGE_STORAGE, uid)
        begin_store(asked, context, uid, data, sop_class_uid=MR_IMAGE_STORAGE)
        read_store_response(asked)

    return step


def get_store_without_context(uid: str) -> Step:
    """Store an image in a presentation context that was never proposed."""

    def step(asked: Asked) -> None:
        context = max(asked.request.contexts) + 2
        begin_store(asked, context, uid, dataset(wire.CT_IMAGE_STORAGE, uid))
        asked.talk.read_and_stay_silent()

    return step


def get_store_half(uid: str) -> Step:
    """Send a C-STORE-RQ and half of its data set, for a step to follow that ends all."""

    def step(asked: Asked) -> None:
        context = asked.request.context_of(wire.CT_IMAGE_STORAGE)
        command = dimse.encode(dimse.c_store_rq(wire.CT_IMAGE_STORAGE, uid))
        data = dataset(wire.CT_IMAGE_STORAGE, uid)
        asked.talk.send(wire.p_data(context, command, command=True, last=True))
        half = data[: len(data) // 2]
        asked.talk.send(wire.p_data(context, half, command=False, last=False))

    return step


def listing(uids: Sequence[str], *steps: Step) -> Step:
    """Answer queries with one series of these instances, and other requests by these steps."""

    def step(asked: Asked) -> None:
        if asked.message.command["command_field"] != dimse.C_FIND_RQ:
            for one in steps:
                one(asked)
            return
        if b"IMAGE" in asked.message.data_set:
            for uid in uids:
                asked.respond(PENDING, _instance_identifier(uid))
        else:
            asked.respond(PENDING, _series_identifier())
        asked.respond(0)

    return step


_STUDY = element(0x0020, 0x000D, "UI", "2.25.101")
_SERIES = element(0x0020, 0x000E, "UI", "2.25.102")


def _series_identifier() -> bytes:
    return element(0x0008, 0x0052, "CS", "SERIES") + _STUDY + _SERIES


def _instance_identifier(uid: str) -> bytes:
    return b"".join(
        [
            element(0x0008, 0x0016, "UI", wire.CT_IMAGE_STORAGE),
            element(0x0008, 0x0018, "UI", uid),
            element(0x0008, 0x0052, "CS", "IMAGE"),
            _STUDY,
            _SERIES,
        ]
    )
