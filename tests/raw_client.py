"""A Storage SCU that does exactly what a test says, for tests of our own receiver."""

from __future__ import annotations

import socket
import struct
from typing import Self

import dimse
import wire


class RawClient:
    """A connection with an association on it, driven step by step."""

    def __init__(self, port: int, *, associate: bool = True) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.answers: dict[int, tuple[int, str]] = {}
        if associate:
            contexts = [
                (1, wire.VERIFICATION, [wire.IMPLICIT_LE]),
                (3, wire.CT_IMAGE_STORAGE, [wire.EXPLICIT_LE]),
            ]
            self.connection.sendall(wire.associate_rq(contexts))
            kind, body = self.read_pdu()
            assert kind == wire.ASSOCIATE_AC, f"A-ASSOCIATE-AC expected, not PDU type {kind}"
            self.answers = wire.parse_associate_ac(body)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.connection.close()

    def read_exactly(self, count: int) -> bytes:
        """Read so many bytes; EOFError if the other side closes before."""
        data = b""
        while len(data) < count:
            chunk = self.connection.recv(count - len(data))
            if not chunk:
                raise EOFError
            data += chunk
        return data

    def read_pdu(self) -> tuple[int, bytes]:
        """Read a PDU: its type and its body."""
        kind, length = struct.unpack(">BxL", self.read_exactly(6))
        return kind, self.read_exactly(length)

    def read_response(self) -> dimse.Command:
        """Read a P-DATA-TF that holds one whole command set."""
        kind, body = self.read_pdu()
        assert kind == wire.P_DATA_TF, f"P-DATA-TF expected, not PDU type {kind}"
        (fragment,) = wire.fragments(body)
        assert fragment.is_command
        assert fragment.is_last
        return dimse.decode(fragment.data)

    def send_command(self, command: dimse.Command, context_id: int = 3) -> None:
        """Send a command set in one P-DATA-TF."""
        data = dimse.encode(command)
        self.connection.sendall(wire.p_data(context_id, data, command=True, last=True))

    def send_data(self, data: bytes, *, last: bool, context_id: int = 3) -> None:
        """Send a fragment of a data set."""
        self.connection.sendall(wire.p_data(context_id, data, command=False, last=last))

    def store(
        self, sop_instance_uid: str, data: bytes, message_id: int = 1, **more: int | str
    ) -> dimse.Command:
        """Send a whole CT image and return the response."""
        command = dimse.c_store_rq(wire.CT_IMAGE_STORAGE, sop_instance_uid, message_id, **more)
        self.send_command(command)
        chunk = 8192
        for at in range(0, len(data), chunk):
            self.send_data(data[at : at + chunk], last=at + chunk >= len(data))
        return self.read_response()

    def release(self) -> None:
        """Release the association and close."""
        self.connection.sendall(wire.release_rq())
        kind, _ = self.read_pdu()
        assert kind == wire.RELEASE_RP
        self.connection.close()

    def reset(self) -> None:
        """Close with a TCP reset."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
