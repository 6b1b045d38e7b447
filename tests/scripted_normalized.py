"""A provider of normalized services that does exactly what a test says, put together from steps.

``normalized_scp(answer(0), reset)`` answers the first request with success and resets the
connection at the second one. The last step serves all further requests.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dimse
import wire
from generated import element
from scripted import PeerLeft

if TYPE_CHECKING:
    from scripted import Conversation, Message, Script

PROCEDURE_STEP = "1.2.840.10008.5.1.4.34.6.1"
"""Unified Procedure Step - Push, as good as any."""
ATTRIBUTES = element(0x10, 0x20, "LO", "P1")
"""A data set in Explicit VR Little Endian."""


@dataclass
class Asked:
    """A request in the hands of a step."""

    talk: Conversation
    message: Message
    reports: list[Message]
    """The answers to event reports so far."""

    def respond(self, status: int, data_set: bytes | None = None, **changes: int | str) -> None:
        """Send the response."""
        command = dimse.response_to(self.message.command, status, **changes)
        self.talk.send_message(self.message.context_id, command, data_set)

    def report(
        self, number: int = 1, data_set: bytes | None = ATTRIBUTES, **changes: int | str
    ) -> None:
        """Send an event report, whose message ID is its number."""
        command: dimse.Command = {
            "affected_sop_class_uid": PROCEDURE_STEP,
            "command_field": dimse.N_EVENT_REPORT_RQ,
            "message_id": number,
            "affected_sop_instance_uid": f"2.25.{number}",
            "event_type_id": number,
            **changes,
        }
        self.talk.send_message(self.message.context_id, command, data_set)

    def take_answer(self) -> Message:
        """Read the answer to an event report."""
        message = self.talk.read_message()
        assert message.command["command_field"] == dimse.N_EVENT_REPORT_RSP, message
        self.reports.append(message)
        return message


Step = Callable[[Asked], None]


def normalized_scp(
    *steps: Step, syntax: str = wire.EXPLICIT_LE, reports: list[Message] | None = None
) -> Script:
    """Serve each request by the next step, and the release.

    What comes besides requests, such as late answers to event reports, goes to ``reports``.
    """
    answers: list[Message] = [] if reports is None else reports

    def play(talk: Conversation) -> None:
        request = talk.read_associate_rq()
        talk.send(wire.associate_ac(request.accept_in(syntax)))
        count = 0
        while (message := talk.next_message()) is not None:
            if message.command["command_field"] == dimse.N_EVENT_REPORT_RSP:
                answers.append(message)
                continue
            step = steps[min(count, len(steps) - 1)]
            count += 1
            step(Asked(talk, message, answers))

    return play


def answer(status: int = 0, data_set: bytes | None = None, **changes: int | str) -> Step:
    """Respond."""
    return lambda asked: asked.respond(status, data_set, **changes)


def reports_first(*numbers: int, read: bool = True) -> Step:
    """Report events, take the answers if told so, and respond with success only then."""

    def step(asked: Asked) -> None:
        for number in numbers:
            asked.report(number)
            if read:
                asked.take_answer()
        asked.respond(0)

    return step


def reports_after(*numbers: int) -> Step:
    """Respond with success and report events at once after it."""

    def step(asked: Asked) -> None:
        asked.respond(0)
        for number in numbers:
            asked.report(number)

    return step


def silence(asked: Asked) -> None:
    """Read on and answer nothing."""
    asked.talk.read_and_stay_silent()


def stop_reading(asked: Asked) -> None:
    """Answer nothing and read nothing."""
    asked.talk.stay_silent()


def reset(asked: Asked) -> None:
    """Reset the connection."""
    asked.talk.reset()
    raise PeerLeft


def close(asked: Asked) -> None:
    """Close the connection."""
    raise PeerLeft


def abort(asked: Asked) -> None:
    """Abort the association."""
    asked.talk.send(wire.abort(source=0, reason=0))
    asked.talk.read_and_stay_silent()


def release_instead(asked: Asked) -> None:
    """Ask for the release instead of answering."""
    asked.talk.send(struct.pack(">BxLL", 5, 4, 0))
    asked.talk.read_and_stay_silent()


def garbage(asked: Asked) -> None:
    """Send what is no PDU."""
    asked.talk.send(b"\xff" * 64)
    asked.talk.read_and_stay_silent()


def cut_short(asked: Asked) -> None:
    """Announce a data set, send half of it and close."""
    command = dimse.response_to(asked.message.command, 0, data_set_type=dimse.DATA_SET)
    encoded = dimse.encode(command)
    number = asked.message.context_id
    asked.talk.send(wire.p_data(number, encoded, command=True, last=True))
    asked.talk.send(wire.p_data(number, ATTRIBUTES[:5], command=False, last=False))
    raise PeerLeft


def wrong_message_id(asked: Asked) -> None:
    """Answer a request that nobody made."""
    asked.respond(0, message_id_being_responded_to=int(asked.message.command["message_id"]) + 7)
    asked.talk.read_and_stay_silent()


def answer_of(command_field: int) -> Step:
    """Answer with the response of another service."""

    def step(asked: Asked) -> None:
        asked.respond(0, command_field=command_field)
        asked.talk.read_and_stay_silent()

    return step


def wrong_context(asked: Asked) -> None:
    """Answer on a presentation context that was never agreed upon."""
    command = dimse.response_to(asked.message.command, 0)
    asked.talk.send_message(99, command)
    asked.talk.read_and_stay_silent()


def request_first(command_field: int, statuses: list[int | str]) -> Step:
    """Make a request of ones own, note the status of its answer, and respond with success."""

    def step(asked: Asked) -> None:
        command: dimse.Command = {
            "affected_sop_class_uid": PROCEDURE_STEP,
            "command_field": command_field,
            "message_id": 1,
            "affected_sop_instance_uid": "2.25.1",
        }
        asked.talk.send_message(asked.message.context_id, command)
        message = asked.talk.read_message()
        assert message.command["command_field"] == command_field | 0x8000
        statuses.append(message.command["status"])
        asked.respond(0)

    return step


def flood(asked: Asked) -> None:
    """Report events for ever and read no answer."""
    number = 0
    while not asked.talk.has_left and not asked.talk.closing.is_set():
        number += 1
        asked.report(number % 60000 + 1)
    raise PeerLeft
