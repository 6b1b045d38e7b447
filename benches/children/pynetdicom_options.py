"""The ways pynetdicom is run: as it comes, without Nagle's algorithm, with chunked sending, with
less of a log."""

from __future__ import annotations

import socket
from typing import Any

from pynetdicom import _config, transport

__all__ = ["RESPONSE_SECONDS", "apply"]

# Once it is not held up by Nagle's algorithm, pynetdicom 3.0.4 at times takes a response for an
# unexpected message and waits for it in vain. That must not hold up the whole run.
RESPONSE_SECONDS = 5


def apply(variant: str) -> None:
    """Set up pynetdicom for a variant: ``no-delay``, ``chunked``, ``no-log`` in any combination."""
    if "no-delay" in variant:
        _without_nagle()
    if "chunked" in variant:
        _config.STORE_SEND_CHUNKED_DATASET = True
        _config.STORE_RECV_CHUNKED_DATASET = True
    if "no-log" in variant:
        # Every identifier is formatted for the log, whether somebody keeps one or not.
        _config.LOG_REQUEST_IDENTIFIERS = False
        _config.LOG_RESPONSE_IDENTIFIERS = False


def _without_nagle() -> None:
    """Set TCP_NODELAY on every socket pynetdicom makes; it has no option for that."""
    sockets: Any = transport.AssociationSocket
    server: Any = transport.AssociationServer
    create = sockets._create_socket  # noqa: SLF001 -- there is no public place for it
    accept = server.get_request

    def create_no_delay(self: Any, address: Any) -> socket.socket:
        made: socket.socket = create(self, address)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def accept_no_delay(self: Any) -> tuple[socket.socket, Any]:
        accepted, address = accept(self)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return accepted, address

    sockets._create_socket = create_no_delay  # noqa: SLF001
    server.get_request = accept_no_delay
