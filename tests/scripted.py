"""A peer that does exactly what a test says, down to the byte.

Real peers do not abort in the middle of a file on request, or announce a PDU of 4 GiB. A script is
a plain function that gets a `Conversation` for each connection. What a script asserts is raised in
the test when the peer is closed, so a wrong request cannot pass unseen.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import dimse
import wire

Script = Callable[["Conversation"], None]


class PeerLeft(Exception):
    """The other side closed or reset the connection while a script was reading from it."""


@dataclass
class Message:
    """A DIMSE message as it came in."""

    context_id: int
    command: dimse.Command
    data_set: bytes


@dataclass
class Conversation:
    """One connection, with the verbs a script needs."""

    connection: socket.socket
    number: int
    closing: threading.Event
    received: list[Message] = field(default_factory=list)
    request: wire.AssociateRequest | None = None
    has_left: bool = False
    """Whether sending showed that the other side has left."""
    _fragments: list[wire.Fragment] = field(default_factory=list)

    def read_some(self, limit: int) -> bytes:
        """Read what comes next, at most so many bytes; PeerLeft if nothing does."""
        while True:
            try:
                data = self.connection.recv(limit)
            except TimeoutError:
                # Only now: what is already here is read to its end even if the test is over.
                if self.closing.is_set():
                    raise PeerLeft from None
                continue
            except ConnectionError as error:
                raise PeerLeft from error
            if not data:
                raise PeerLeft
            return data

    def read_exactly(self, count: int) -> bytes:
        """Read so many bytes; PeerLeft if they do not come."""
        data = bytearray()
        while len(data) < count:
            data += self.read_some(count - len(data))
        return bytes(data)

    def read_pdu(self) -> tuple[int, bytes]:
        """Read a PDU: its type and its body."""
        kind, length = struct.unpack(">BxL", self.read_exactly(6))
        return kind, self.read_exactly(length)

    def read_associate_rq(self) -> wire.AssociateRequest:
        """Read an A-ASSOCIATE-RQ."""
        kind, body = self.read_pdu()
        assert kind == wire.ASSOCIATE_RQ, f"A-ASSOCIATE-RQ expected, not PDU type {kind}"
        self.request = wire.parse_associate_rq(body)
        return self.request

    def accept(self, *, max_length: int = 16384) -> wire.AssociateRequest:
        """Read the request and accept all of it."""
        request = self.read_associate_rq()
        self.send(wire.associate_ac(request.accept_first(), max_length=max_length))
        return request

    def read_fragment(self) -> wire.Fragment:
        """Read the next presentation data value."""
        while not self._fragments:
            kind, body = self.read_pdu()
            if kind in (wire.RELEASE_RQ, wire.ABORT):
                raise PeerLeft
            assert kind == wire.P_DATA_TF, f"P-DATA-TF expected, not PDU type {kind}"
            self._fragments = wire.fragments(body)
        return self._fragments.pop(0)

    def read_command(self) -> tuple[int, dimse.Command]:
        """Read a whole command set: its context and its elements."""
        data = b""
        while True:
            fragment = self.read_fragment()
            assert fragment.is_command, "command fragment expected, this one is of a data set"
            data += fragment.data
            if fragment.is_last:
                return fragment.context_id, dimse.decode(data)

    def read_message(self) -> Message:
        """Read a command set and the data set that follows it, if one does."""
        context_id, command = self.read_command()
        data = bytearray()
        complete = command["data_set_type"] == dimse.NO_DATA_SET
        while not complete:
            fragment = self.read_fragment()
            assert not fragment.is_command, "data set fragment expected"
            assert fragment.context_id == context_id, "a message stays in its context"
            data += fragment.data
            complete = fragment.is_last
        message = Message(context_id, command, bytes(data))
        self.received.append(message)
        return message

    def send(self, data: bytes) -> None:
        """Send bytes, whatever they are; nothing happens if the other side has left."""
        rest = memoryview(data)
        while rest and not self.has_left:
            try:
                rest = rest[self.connection.send(rest) :]
            except TimeoutError:
                # The other side does not read at the moment.
                if self.closing.is_set():
                    raise PeerLeft from None
            except ConnectionError:
                self.has_left = True

    def respond(self, message: Message, status: int = 0, **changes: int | str) -> None:
        """Respond to a message."""
        command = dimse.encode(dimse.response_to(message.command, status, **changes))
        self.send(wire.p_data(message.context_id, command, command=True, last=True))

    def send_message(
        self, context_id: int, command: dimse.Command, data_set: bytes | None = None
    ) -> None:
        """Send a command set, and a data set in fragments that fit the maximum length."""
        kind = dimse.NO_DATA_SET if data_set is None else dimse.DATA_SET
        encoded = dimse.encode({**command, "data_set_type": kind})
        pdus = [wire.p_data(context_id, encoded, command=True, last=True)]
        if data_set is not None:
            most = self.max_fragment
            for at in range(0, max(len(data_set), 1), most):
                last = at + most >= len(data_set)
                fragment = data_set[at : at + most]
                pdus.append(wire.p_data(context_id, fragment, command=False, last=last))
        self.send(b"".join(pdus))

    @property
    def max_fragment(self) -> int:
        """How much of a message fits into a PDU that the other side wants."""
        announced = self.request.max_length if self.request else 0
        return min(announced or 16384, 1 << 20) - 6

    def next_message(self) -> Message | None:
        """Read the next message; None when the association is over: the release is answered."""
        if not self._fragments:
            kind, body = self.read_pdu()
            if kind == wire.RELEASE_RQ:
                self.send(wire.release_rp())
                return None
            if kind == wire.ABORT:
                return None
            assert kind == wire.P_DATA_TF, f"P-DATA-TF expected, not PDU type {kind}"
            self._fragments = wire.fragments(body)
        return self.read_message()

    def serve(self, messages: int | None = None, status: int = 0) -> None:
        """Respond to messages; without a number, until the release, which is answered."""
        count = 0
        while messages is None or count < messages:
            message = self.next_message()
            if message is None:
                return
            self.respond(message, status)
            count += 1

    def reset(self) -> None:
        """Close with a TCP reset, after what was sent: a reset throws away what Nagle keeps."""
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def stay_silent(self) -> None:
        """Do nothing, read nothing, until the test is over."""
        self.closing.wait()

    def read_and_stay_silent(self) -> None:
        """Read everything and answer nothing, until the other side leaves."""
        while True:
            self.read_some(1 << 20)


class ScriptedPeer:
    """Listens on loopback and plays one script per connection, the last one again and again."""

    def __init__(self, scripts: list[Script], *, receive_buffer: int | None = None) -> None:
        self.scripts = scripts
        self.conversations: list[Conversation] = []
        self.errors: list[BaseException] = []
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket()
        if receive_buffer is not None:
            # Before listen(), or the connections do not inherit it.
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self._listener.settimeout(0.05)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it."""
        return f"PEER@127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[Message]:
        """Every message that came in whole, over all connections."""
        return [message for talk in self.conversations for message in talk.received]

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._closing.set()
        self._acceptor.join()
        for thread in self._threads:
            thread.join()
        self._listener.close()
        if self.errors and exception[0] is None:
            raise self.errors[0]

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(0.05)
            # What a script sent before it resets the connection must be on its way.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            talk = Conversation(connection, len(self.conversations) + 1, self._closing)
            script = self.scripts[min(talk.number, len(self.scripts)) - 1]
            self.conversations.append(talk)
            thread = threading.Thread(target=self._play, args=(script, talk), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, script: Script, talk: Conversation) -> None:
        try:
            script(talk)
        except PeerLeft:
            pass
        except BaseException as error:  # noqa: BLE001 - raised in the test by __exit__
            self.errors.append(error)
        finally:
            talk.connection.close()


def accept_everything(talk: Conversation) -> None:
    """Be a good peer: accept all contexts, say success to every message, answer the release."""
    talk.accept()
    talk.serve()


def refuse_all_contexts(talk: Conversation) -> None:
    """Accept the association and none of its contexts."""
    request = talk.read_associate_rq()
    talk.send(wire.associate_ac(request.refuse_all()))
    talk.serve()


def accept_and_never_answer(talk: Conversation) -> None:
    """Accept the association, read everything, answer nothing more."""
    talk.accept()
    talk.read_and_stay_silent()


def accept_and_stop_reading(talk: Conversation) -> None:
    """Accept the association and never read again."""
    talk.accept()
    talk.stay_silent()


def abort_mid_file(talk: Conversation) -> None:
    """Read a command and one fragment of its data set, then abort."""
    talk.accept()
    talk.read_command()
    talk.read_fragment()
    talk.send(wire.abort(source=0, reason=0))
    with contextlib.suppress(OSError):
        talk.read_and_stay_silent()


def reset_mid_file(talk: Conversation) -> None:
    """Read a command and one fragment of its data set, then reset the connection."""
    talk.accept()
    talk.read_command()
    talk.read_fragment()
    talk.reset()
