"""A query/retrieve SCP that does exactly what a test says: a script put together from steps.

``query_scp(matches(3), reset)`` answers each request with three matches and a TCP reset. A step is
a plain function that gets the request; what it does not do, does not happen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import dimse
import wire
from generated import element
from scripted import PeerLeft

if TYPE_CHECKING:
    from scripted import Conversation, Message, Script

PENDING, PENDING_WITH_WARNING, CANCELLED = 0xFF00, 0xFF01, 0xFE00
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
STUDY_INSTANCE_UID = 0x0020_000D


@dataclass
class Asked:
    """A request in the hands of a script."""

    talk: Conversation
    message: Message
    sent: int = 0
    """How many matches were sent, or sub-operations done."""
    answers: list[dimse.Command] = field(default_factory=list)
    """What came back to the sub-operations of a C-GET."""

    @property
    def request(self) -> wire.AssociateRequest:
        """What the association was asked for with."""
        assert self.talk.request is not None
        return self.talk.request

    def respond(self, status: int, data_set: bytes | None = None, **changes: int | str) -> None:
        """Send a response."""
        command = dimse.response_to(self.message.command, status, **changes)
        self.talk.send_message(self.message.context_id, command, data_set)


Step = Callable[[Asked], None]


def query_scp(
    *steps: Step,
    roles: bool = True,
    extended: bytes | None = None,
    served: list[Asked] | None = None,
) -> Script:
    """Answer every request by these steps, and the release.

    With ``roles`` the roles proposed are accepted, otherwise the answer says nothing about them.
    With ``extended`` every extended negotiation is answered so. ``served`` collects the requests.
    """

    def play(talk: Conversation) -> None:
        _accept(talk, roles=roles, extended=extended)
        while (message := talk.next_message()) is not None:
            if message.command["command_field"] == dimse.C_CANCEL_RQ:
                continue  # It came after the last response, which is no fault.
            asked = Asked(talk, message)
            if served is not None:
                served.append(asked)
            for step in steps:
                step(asked)

    return play


def _accept(talk: Conversation, *, roles: bool, extended: bytes | None) -> None:
    request = talk.read_associate_rq()
    items = []
    if roles:
        items += [
            wire.role_selection(uid, scu=scu, scp=scp) for uid, (scu, scp) in request.roles.items()
        ]
    if extended is not None:
        items += [wire.extended_negotiation(uid, extended) for uid in request.extended]
    contexts = request.accept_in(wire.EXPLICIT_LE)
    talk.send(wire.associate_ac(contexts, user_items=items))


def identifier(number: int, *, name: str | None = None) -> bytes:
    """Make the identifier of a match at level STUDY, in Explicit VR Little Endian."""
    return b"".join(
        [
            element(0x08, 0x20, "DA", "20240102"),
            element(0x08, 0x52, "CS", "STUDY"),
            element(0x10, 0x10, "PN", name or f"PATIENT^{number}"),
            element(0x10, 0x20, "LO", f"P{number}"),
            element(0x20, 0x0D, "UI", f"2.25.{number}"),
        ]
    )


def uid_of(number: int) -> str:
    """Return the Study Instance UID in the identifier of a match."""
    return f"2.25.{number}"


def matches(count: int, status: int = PENDING) -> Step:
    """Send so many matches, numbered on."""

    def step(asked: Asked) -> None:
        for _ in range(count):
            asked.respond(status, identifier(asked.sent))
            asked.sent += 1

    return step


def match(data_set: bytes | None, status: int = PENDING, **changes: int | str) -> Step:
    """Send one pending response with this identifier, or with none."""

    def step(asked: Asked) -> None:
        asked.respond(status, data_set, **changes)
        asked.sent += 1

    return step


def end(status: int = 0, data_set: bytes | None = None, **changes: int | str) -> Step:
    """Send a final response."""

    def step(asked: Asked) -> None:
        asked.respond(status, data_set, **changes)

    return step


def wrong_message_id(asked: Asked) -> None:
    """Send a match as the response to another request."""
    other = int(asked.message.command["message_id"]) + 100
    asked.respond(PENDING, identifier(asked.sent), message_id_being_responded_to=other)


def wait_for_cancel(asked: Asked) -> None:
    """Read the C-CANCEL-RQ, which must be for this request."""
    cancel = asked.talk.next_message()
    assert cancel is not None, "a C-CANCEL-RQ was expected, not the end of the association"
    assert cancel.command["command_field"] == dimse.C_CANCEL_RQ, cancel.command
    wanted = asked.message.command["message_id"]
    assert cancel.command["message_id_being_responded_to"] == wanted
    assert cancel.context_id == asked.message.context_id


def abort(asked: Asked) -> None:
    """Abort the association and wait until the other side has closed."""
    asked.talk.send(wire.abort())
    asked.talk.read_and_stay_silent()


def abort_within_a_match(asked: Asked) -> None:
    """Send a command and half an identifier, then abort."""
    command = dimse.response_to(asked.message.command, PENDING, data_set_type=dimse.DATA_SET)
    context = asked.message.context_id
    asked.talk.send(wire.p_data(context, dimse.encode(command), command=True, last=True))
    half = identifier(asked.sent)[:30]
    asked.talk.send(wire.p_data(context, half, command=False, last=False))
    abort(asked)


def reset(asked: Asked) -> None:
    """Reset the connection."""
    asked.talk.reset()
    raise PeerLeft


def close(asked: Asked) -> None:
    """Close the connection without a word."""
    asked.talk.connection.close()
    raise PeerLeft


def silence(asked: Asked) -> None:
    """Read everything, answer nothing, until the other side leaves."""
    asked.talk.read_and_stay_silent()


def garbage(asked: Asked) -> None:
    """Send what is no PDU."""
    asked.talk.send(b"\xff" * 64)
    asked.talk.read_and_stay_silent()


def endless_matches(asked: Asked) -> None:
    """Send matches until the other side leaves, whatever it says."""
    while not asked.talk.has_left:
        matches(20)(asked)
