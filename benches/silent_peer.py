"""A peer that accepts an association, reads whatever comes and never answers it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["SilentPeer"]

_ASSOCIATE_RQ, _ASSOCIATE_AC, _P_DATA_TF = 0x01, 0x02, 0x04
_PRESENTATION_CONTEXT_RQ, _PRESENTATION_CONTEXT_AC = 0x20, 0x21
_APPLICATION_CONTEXT, _TRANSFER_SYNTAX, _USER_INFORMATION = 0x10, 0x40, 0x50
_MAXIMUM_LENGTH, _IMPLEMENTATION_CLASS_UID = 0x51, 0x52
_FIXED_FIELDS = 68  # of A-ASSOCIATE-RQ and -AC after the PDU header, PS3.8 Table 9-11


class SilentPeer:
    """A thread that serves one connection on a loopback port.

    Attributes
    ----------
    port : int
        Where it listens.
    data_arrived : threading.Event
        Set once the first P-DATA-TF PDU has arrived.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.data_arrived = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Wakes the thread if nobody has connected.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            with connection, connection.makefile("rb") as stream:
                while header := stream.read(6):
                    kind, length = struct.unpack(">BxL", header)
                    body = stream.read(length)
                    if kind == _ASSOCIATE_RQ:
                        connection.sendall(_accept(body))
                    elif kind == _P_DATA_TF:
                        self.data_arrived.set()


def _accept(request: bytes) -> bytes:
    """Encode an A-ASSOCIATE-AC that accepts every presentation context (PS3.8 §9.3.3)."""
    items = [_item(_APPLICATION_CONTEXT, b"1.2.840.10008.3.1.1.1")]
    for kind, body in _items(request[_FIXED_FIELDS:]):
        if kind == _PRESENTATION_CONTEXT_RQ:
            syntax = next(value for tag, value in _items(body[4:]) if tag == _TRANSFER_SYNTAX)
            answer = body[:1] + bytes(3) + _item(_TRANSFER_SYNTAX, syntax)
            items.append(_item(_PRESENTATION_CONTEXT_AC, answer))
    user = _item(_MAXIMUM_LENGTH, struct.pack(">L", 131072))
    user += _item(_IMPLEMENTATION_CLASS_UID, b"2.25.302817403391")
    items.append(_item(_USER_INFORMATION, user))
    accept = request[:_FIXED_FIELDS] + b"".join(items)
    return struct.pack(">BxL", _ASSOCIATE_AC, len(accept)) + accept


def _item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(body)) + body


def _items(data: bytes) -> list[tuple[int, bytes]]:
    items = []
    while data:
        kind, length = struct.unpack_from(">BxH", data)
        items.append((kind, data[4 : 4 + length]))
        data = data[4 + length :]
    return items
