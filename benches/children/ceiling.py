"""What plain sockets reach here: ``bulk MEGABYTES`` or ``turns COUNT``.

Two processes over loopback, without any DICOM: nothing that speaks DICOM over TCP can be faster,
so every rate of the run is to be read beside these.
"""

from __future__ import annotations

import os
import socket
import sys

from benches.children.report import emit, stopwatch

_BLOCK = 256 * 1024


def main(work: str, amount: str) -> None:
    """Move bytes one way in blocks of 256 KiB, or one byte to and fro."""
    listener = socket.create_server(("127.0.0.1", 0))
    peer = os.fork()
    if peer == 0:
        with socket.create_connection(listener.getsockname()) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            (_write if work == "bulk" else _answer)(connection, int(amount))
        os._exit(0)
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener, connection, stopwatch() as watch:
        done = (_read if work == "bulk" else _ask)(connection, int(amount))
    os.waitpid(peer, 0)
    emit(watch, done)


def _write(connection: socket.socket, megabytes: int) -> None:
    block = bytes(_BLOCK)
    for _ in range(megabytes * 1_000_000 // _BLOCK):
        connection.sendall(block)


def _read(connection: socket.socket, _megabytes: int) -> int:
    buffer = bytearray(_BLOCK)
    done = 0
    while count := connection.recv_into(buffer):
        done += count
    return done


def _answer(connection: socket.socket, _count: int) -> None:
    while byte := connection.recv(1):
        connection.sendall(byte)


def _ask(connection: socket.socket, count: int) -> int:
    for _ in range(count):
        connection.sendall(b"?")
        connection.recv(1)
    return count


if __name__ == "__main__":
    main(*sys.argv[1:])
