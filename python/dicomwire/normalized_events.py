"""The argument objects of the events of the normalized services (PS3.7 chapter 10).

As those in `dicomwire.events`, they are plain mutable objects: editing a ``Before...`` object
changes what is sent next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset

    from .config import Peer
    from .normalized_result import NResult
    from .status import Status

__all__ = [
    "AfterNAction",
    "AfterNCreate",
    "AfterNDelete",
    "AfterNGet",
    "AfterNSet",
    "BeforeNAction",
    "BeforeNCreate",
    "BeforeNDelete",
    "BeforeNGet",
    "BeforeNSet",
    "EventReport",
]


@dataclass(slots=True, eq=False)
class _BeforeRequest:
    """A request of a normalized service is about to be sent.

    Attributes
    ----------
    peer : Peer
        The peer.
    presentation_context_id : int
        The presentation context the request goes out on.
    message_id : int
        Message ID (0000,0110) of the request.
    sop_class_uid : str
        The SOP class named in the request.
    sop_instance_uid : str
        The SOP instance named in it.
    """

    peer: Peer
    presentation_context_id: int
    message_id: int
    sop_class_uid: str
    sop_instance_uid: str


@dataclass(slots=True, eq=False)
class BeforeNCreate:
    """An N-CREATE request is about to be sent (PS3.7 section 10.1.5).

    Attributes
    ----------
    peer : Peer
        The peer.
    presentation_context_id : int
        The presentation context the request goes out on.
    message_id : int
        Message ID (0000,0110) of the request.
    sop_class_uid : str
        The SOP class of the instance to be created.
    sop_instance_uid : str or None
        Its UID; may be set. None lets the peer choose.
    dataset : Dataset or None
        The attribute list; it may be edited or replaced.
    """

    peer: Peer
    presentation_context_id: int
    message_id: int
    sop_class_uid: str
    sop_instance_uid: str | None
    dataset: Dataset | None


@dataclass(slots=True, eq=False)
class BeforeNSet(_BeforeRequest):
    """An N-SET request is about to be sent (PS3.7 section 10.1.3).

    Attributes
    ----------
    peer, presentation_context_id, message_id, sop_class_uid, sop_instance_uid
        As in `BeforeNCreate`; the instance is the one to be changed.
    dataset : Dataset
        The modification list; it may be edited or replaced.
    """

    dataset: Dataset


@dataclass(slots=True, eq=False)
class BeforeNGet(_BeforeRequest):
    """An N-GET request is about to be sent (PS3.7 section 10.1.2).

    Attributes
    ----------
    peer, presentation_context_id, message_id, sop_class_uid, sop_instance_uid
        As in `BeforeNCreate`; the instance is the one asked about.
    attributes : list of int
        The tags asked for; may be edited. Empty asks for all.
    """

    attributes: list[int]


@dataclass(slots=True, eq=False)
class BeforeNAction(_BeforeRequest):
    """An N-ACTION request is about to be sent (PS3.7 section 10.1.4).

    Attributes
    ----------
    peer, presentation_context_id, message_id, sop_class_uid, sop_instance_uid
        As in `BeforeNCreate`; the instance is the one to act on.
    action_type_id : int
        Action Type ID (0000,1008).
    dataset : Dataset or None
        The action information; it may be edited or replaced.
    """

    action_type_id: int
    dataset: Dataset | None


@dataclass(slots=True, eq=False)
class BeforeNDelete(_BeforeRequest):
    """An N-DELETE request is about to be sent (PS3.7 section 10.1.6).

    Attributes
    ----------
    peer, presentation_context_id, message_id, sop_class_uid, sop_instance_uid
        As in `BeforeNCreate`; the instance is the one to be deleted.
    """


@dataclass(slots=True, eq=False)
class _AfterResponse:
    """The response to a request of a normalized service came.

    Attributes
    ----------
    peer : Peer
        The peer.
    presentation_context_id : int
        The presentation context of the request.
    message_id : int
        Message ID (0000,0110) of the request.
    sop_class_uid : str
        The SOP class named in the request.
    sop_instance_uid : str or None
        The SOP instance; of an N-CREATE the one the peer chose, if the request named none.
    result : NResult
        The answer.
    seconds : float
        From the request to the response.
    """

    peer: Peer
    presentation_context_id: int
    message_id: int
    sop_class_uid: str
    sop_instance_uid: str | None
    result: NResult
    seconds: float

    @property
    def status(self) -> Status:
        """The status of the answer."""
        return self.result.status


@dataclass(slots=True, eq=False)
class AfterNCreate(_AfterResponse):
    """The response to an N-CREATE request came."""


@dataclass(slots=True, eq=False)
class AfterNSet(_AfterResponse):
    """The response to an N-SET request came."""


@dataclass(slots=True, eq=False)
class AfterNGet(_AfterResponse):
    """The response to an N-GET request came."""


@dataclass(slots=True, eq=False)
class AfterNAction(_AfterResponse):
    """The response to an N-ACTION request came.

    Attributes
    ----------
    action_type_id : int
        Action Type ID (0000,1008) of the request.
    """

    action_type_id: int


@dataclass(slots=True, eq=False)
class AfterNDelete(_AfterResponse):
    """The response to an N-DELETE request came."""


@dataclass(slots=True, eq=False)
class EventReport:
    """The peer reports an event and waits for the answer (N-EVENT-REPORT, PS3.7 section 10.1.1).

    Attributes
    ----------
    peer_name : str
        Whom it came from: the peer we called, or the address that called our listener.
    ae_title : str
        The AE title of the peer.
    sop_class_uid : str
        Affected SOP Class UID (0000,0002).
    sop_instance_uid : str
        Affected SOP Instance UID (0000,1000).
    event_type_id : int
        Event Type ID (0000,1002); what it means depends on the SOP class.
    dataset : Dataset or None
        The event information.
    on_listener : bool
        Whether it came on an association the peer opened to a listener of ours.
    status : int
        The status to answer, 0x0000 (success) if nobody sets it.
    reply : Dataset or None
        The event reply of the answer; may be set.
    """

    peer_name: str
    ae_title: str
    sop_class_uid: str
    sop_instance_uid: str
    event_type_id: int
    dataset: Dataset | None
    on_listener: bool
    status: int = 0x0000
    reply: Dataset | None = None
