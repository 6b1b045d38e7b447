"""Where a receiver of ours is to listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicomwire.config import Peer

__all__ = ["listening_address"]


def listening_address(peer: Peer) -> str:
    """Choose the address to listen on: a peer on another machine has to reach us."""
    import ipaddress

    try:
        is_local = ipaddress.ip_address(peer.host).is_loopback
    except ValueError:
        is_local = peer.host.lower() == "localhost"
    return "127.0.0.1" if is_local else "0.0.0.0"  # noqa: S104 (the peer connects to us)
