"""The argument object of the event of storage commitment (PS3.4 annex J)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .commitment import CommitmentResult, CommitmentTransaction
    from .config import Peer

__all__ = ["CommitmentReported"]


@dataclass(slots=True, eq=False)
class CommitmentReported:
    """A transaction of storage commitment is complete: reported, or refused by the peer.

    Handlers are called once for each transaction, on the thread that took the report: that of a
    listener, or the one that waits.

    Attributes
    ----------
    peer : Peer
        Whom the commitment was asked of.
    transaction : CommitmentTransaction
        Its ``committed``, ``failed``, ``missing`` and ``unexpected`` instances, its ``uid`` and
        ``pattern``.
    result : CommitmentResult
        The result of the request, of which it may be a part.
    """

    peer: Peer
    transaction: CommitmentTransaction
    result: CommitmentResult
