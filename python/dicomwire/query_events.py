"""The argument objects of the events of query and retrieval (PS3.4 annex C).

As those in `dicomwire.events`, they are plain mutable objects: editing a ``Before...`` object
changes what is sent next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pydicom import Dataset

    from .config import Peer
    from .status import Status

__all__ = [
    "AfterCFind",
    "AfterCGet",
    "AfterCMove",
    "BeforeCFind",
    "BeforeCGet",
    "BeforeCMove",
    "HostReady",
    "MatchFound",
    "ReceivingHost",
]


@dataclass(slots=True, eq=False)
class BeforeCFind:
    """A C-FIND request is about to be sent (PS3.7 section 9.1.2).

    Attributes
    ----------
    peer : Peer
        The peer.
    dataset : Dataset
        The identifier; it may be edited or replaced.
    level : str or None
        The query level, or None for a model without levels. What is sent is the level in
        `dataset`.
    sop_class_uid : str
        The query model. It may be set to another one that a `before_associate_request` handler
        proposed a presentation context for and the peer accepted.
    priority : int
        0 medium, 1 high, 2 low; may be set.
    relational : bool
        Whether the peer granted relational queries (PS3.4 section C.5.1).
    presentation_context_id : int or None
        The presentation context of the query model, if it was accepted.
    """

    peer: Peer
    dataset: Dataset
    level: str | None
    sop_class_uid: str
    priority: int
    relational: bool
    presentation_context_id: int | None


@dataclass(slots=True, eq=False)
class AfterCFind:
    """The final response to a C-FIND request came.

    Attributes
    ----------
    peer : Peer
        The peer.
    status : Status
        The answer (PS3.4 Table C.4-1).
    matches : int
        How many matches came.
    seconds : float
        From the request to the final response.
    """

    peer: Peer
    status: Status
    matches: int
    seconds: float


@dataclass(slots=True, eq=False)
class MatchFound:
    """A match of a query came, and is about to be handed out.

    Attributes
    ----------
    number : int
        Its number in this query, from 0; matches that cannot be decoded are not counted.
    level : str or None
        The query level, or None for a model without levels.
    dataset : Dataset
        The identifier of the response.
    """

    number: int
    level: str | None
    dataset: Dataset

    @property
    def retrieve_ae_titles(self) -> list[str]:
        """Retrieve AE Title (0008,0054): where it can be retrieved from."""
        value: Any = self.dataset.get("RetrieveAETitle")
        if not value:
            return []
        return [value] if isinstance(value, str) else [str(title) for title in value]

    @property
    def availability(self) -> str | None:
        """Instance Availability (0008,0056): ``ONLINE``, ``NEARLINE``, ``OFFLINE`` or so."""
        value = self.dataset.get("InstanceAvailability")
        return str(value) if value else None


@dataclass(slots=True, eq=False)
class BeforeCMove:
    """A C-MOVE request is about to be sent (PS3.7 section 9.1.4).

    Attributes
    ----------
    peer : Peer
        The peer.
    dataset : Dataset
        The identifier; it may be edited or replaced.
    level : str or None
        The query level; what is sent is the level in `dataset`.
    sop_class_uid : str
        The model, as in `BeforeCFind`.
    priority : int
        0 medium, 1 high, 2 low; may be set.
    relational : bool
        Whether the peer granted relational retrieval (PS3.4 section C.5.2).
    presentation_context_id : int or None
        The presentation context of the model, if it was accepted.
    destination : str
        The AE title to send the instances to; may be set.
    """

    peer: Peer
    dataset: Dataset
    level: str | None
    sop_class_uid: str
    priority: int
    relational: bool
    presentation_context_id: int | None
    destination: str


@dataclass(slots=True, eq=False)
class BeforeCGet:
    """A C-GET request is about to be sent (PS3.7 section 9.1.3).

    Attributes
    ----------
    peer : Peer
        The peer.
    dataset : Dataset
        The identifier; it may be edited or replaced.
    level : str or None
        The query level; what is sent is the level in `dataset`.
    sop_class_uid : str
        The model, as in `BeforeCFind`.
    priority : int
        0 medium, 1 high, 2 low; may be set.
    relational : bool
        Whether the peer granted relational retrieval (PS3.4 section C.5.3).
    presentation_context_id : int or None
        The presentation context of the model, if it was accepted.
    """

    peer: Peer
    dataset: Dataset
    level: str | None
    sop_class_uid: str
    priority: int
    relational: bool
    presentation_context_id: int | None


@dataclass(slots=True, eq=False)
class _AfterRetrieval:
    """A response to a retrieval came: one of several while it is pending, or the final one.

    Attributes
    ----------
    peer : Peer
        The peer.
    status : Status
        The answer (PS3.4 Tables C.4-2 and C.4-3); ``status.is_pending`` until the final one.
    remaining, completed, failed, warning : int or None
        The sub-operations, as far as the response tells.
    failed_sop_instance_uids : list of str
        Failed SOP Instance UID List (0008,0058) of the final response.
    """

    peer: Peer
    status: Status
    remaining: int | None = None
    completed: int | None = None
    failed: int | None = None
    warning: int | None = None
    failed_sop_instance_uids: list[str] = field(default_factory=list)


class AfterCMove(_AfterRetrieval):
    """A response to a C-MOVE request came: one of several while it is pending, or the final one.

    Attributes
    ----------
    peer : Peer
        The peer.
    status : Status
        The answer (PS3.4 Table C.4-2); ``status.is_pending`` until the final one.
    remaining, completed, failed, warning : int or None
        The sub-operations, as far as the response tells.
    failed_sop_instance_uids : list of str
        Failed SOP Instance UID List (0008,0058) of the final response.
    """

    __slots__ = ()


class AfterCGet(_AfterRetrieval):
    """A response to a C-GET request came: one of several while it is pending, or the final one.

    Attributes
    ----------
    peer : Peer
        The peer.
    status : Status
        The answer (PS3.4 Table C.4-3); ``status.is_pending`` until the final one.
    remaining, completed, failed, warning : int or None
        The sub-operations, as far as the response tells.
    failed_sop_instance_uids : list of str
        Failed SOP Instance UID List (0008,0058) of the final response.
    """

    __slots__ = ()


class ReceivingHost(Protocol):
    """What a `HostReady` tells of the receiver; a `dicomwire.StorageReceiver`."""

    ae_title: str
    host: str

    @property
    def port(self) -> int:
        """The port it listens on."""


@dataclass(slots=True, eq=False)
class HostReady:
    """Our own receiver listens, and the C-MOVE request is about to be sent.

    Attributes
    ----------
    peer : Peer
        The peer that will be told to send.
    receiver : ReceivingHost
        The `dicomwire.StorageReceiver` that takes the instances.
    """

    peer: Peer
    receiver: ReceivingHost
