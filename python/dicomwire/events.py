"""The argument objects that handlers of events receive, one class for each event.

They are plain mutable objects. Editing a ``Before...`` object changes what is sent next;
editing an ``After...`` object changes nothing. Each is the one event it tells about, so they
compare by identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydicom import Dataset

    from .config import ExtendedNegotiation, Peer, RoleSelection, UserIdentity
    from .status import Status

__all__ = [
    "Aborted",
    "AfterAssociateRequest",
    "AfterCStore",
    "AfterClose",
    "AfterConnect",
    "AfterReleaseRequest",
    "AfterSecureLinkReady",
    "AssociateRequest",
    "BeforeAssociateRequest",
    "BeforeCStore",
    "BeforeClose",
    "BeforeConnect",
    "BeforeReleaseRequest",
    "InstanceReceived",
    "PresentationContext",
]


@dataclass(slots=True)
class PresentationContext:
    """A presentation context: an abstract syntax and the transfer syntaxes for it.

    Attributes
    ----------
    id : int
        Its odd number from 1 to 255 (PS3.8 section 9.3.2.2).
    abstract_syntax : str
        The UID of the SOP class.
    transfer_syntaxes : list of str
        The UIDs proposed.
    result : int or None
        The answer: 0 acceptance, 1 user rejection, 2 no reason, 3 abstract syntax not
        supported, 4 transfer syntaxes not supported (PS3.8 Table 9-18). None before it.
    accepted_transfer_syntax : str or None
        The UID accepted, if the result is 0.
    """

    id: int
    abstract_syntax: str
    transfer_syntaxes: list[str]
    result: int | None = None
    accepted_transfer_syntax: str | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the peer accepted it."""
        return self.result == 0

    @property
    def result_text(self) -> str:
        """The answer in words, as in PS3.8 Table 9-18."""
        if self.result is None:
            return "no answer"
        return _CONTEXT_RESULTS.get(self.result, f"unknown result {self.result}")


_CONTEXT_RESULTS = {
    0: "acceptance",
    1: "user rejection",
    2: "no reason (provider rejection)",
    3: "abstract syntax not supported (provider rejection)",
    4: "transfer syntaxes not supported (provider rejection)",
}


@dataclass(slots=True)
class AssociateRequest:
    """An A-ASSOCIATE-RQ about to be sent (PS3.8 section 9.3.2); every field may be edited.

    Attributes
    ----------
    called_ae_title, calling_ae_title : str
        The two application entities.
    presentation_contexts : list of PresentationContext
        What is proposed; at most 128.
    max_pdu_length : int
        The maximum length announced, 0 for none.
    asynchronous_operations : (int, int) or None
        The window proposed, (invoked, performed).
    role_selections : list of RoleSelection
        Roles proposed.
    extended_negotiations : list of ExtendedNegotiation
        Service-class information proposed.
    user_identity : UserIdentity or None
        Who the user is.
    """

    called_ae_title: str
    calling_ae_title: str
    presentation_contexts: list[PresentationContext] = field(default_factory=list)
    max_pdu_length: int = 131072
    asynchronous_operations: tuple[int, int] | None = None
    role_selections: list[RoleSelection] = field(default_factory=list)
    extended_negotiations: list[ExtendedNegotiation] = field(default_factory=list)
    user_identity: UserIdentity | None = None


@dataclass(slots=True, eq=False)
class BeforeConnect:
    """A connection is about to be opened."""

    peer: Peer


@dataclass(slots=True, eq=False)
class AfterConnect:
    """A connection was opened, or was not: `error` tells why."""

    peer: Peer
    error: Exception | None = None


@dataclass(slots=True, eq=False)
class AfterSecureLinkReady:
    """The TLS handshake is done.

    Attributes
    ----------
    peer : Peer
        The peer.
    version, cipher_suite : str
        What was negotiated.
    """

    peer: Peer
    version: str = ""
    cipher_suite: str = ""


@dataclass(slots=True, eq=False)
class BeforeAssociateRequest:
    """An association is about to be requested; `request` may be edited."""

    peer: Peer
    request: AssociateRequest


@dataclass(slots=True, eq=False)
class AfterAssociateRequest:
    """The peer answered the association request.

    Attributes
    ----------
    peer : Peer
        The peer.
    accepted : bool
        Whether there is an association now.
    contexts : list of PresentationContext
        The presentation contexts with their answers, if accepted.
    result, source, reason : int or None
        The fields of the A-ASSOCIATE-RJ, if rejected (PS3.8 Table 9-21).
    peer_max_pdu_length : int or None
        The maximum length the peer announced, 0 for none.
    asynchronous_operations : (int, int)
        The window in force; (1, 1) if the peer granted none.
    peer_implementation_class_uid, peer_implementation_version_name : str or None
        What the peer calls its implementation (PS3.7 section D.3.3.2).
    role_selections : list of RoleSelection
        The roles the peer agreed to (PS3.7 section D.3.3.4).
    extended_negotiations : list of ExtendedNegotiation
        What the peer answered to the extended negotiation (PS3.7 section D.3.3.5).
    """

    peer: Peer
    accepted: bool
    contexts: list[PresentationContext] = field(default_factory=list)
    result: int | None = None
    source: int | None = None
    reason: int | None = None
    peer_max_pdu_length: int | None = None
    asynchronous_operations: tuple[int, int] = (1, 1)
    peer_implementation_class_uid: str | None = None
    peer_implementation_version_name: str | None = None
    role_selections: list[RoleSelection] = field(default_factory=list)
    extended_negotiations: list[ExtendedNegotiation] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class BeforeReleaseRequest:
    """The association is about to be released."""

    peer: Peer


@dataclass(slots=True, eq=False)
class AfterReleaseRequest:
    """The peer answered the release request."""

    peer: Peer


@dataclass(slots=True, eq=False)
class BeforeClose:
    """The connection is about to be closed."""

    peer: Peer


@dataclass(slots=True, eq=False)
class AfterClose:
    """The connection is closed."""

    peer: Peer


@dataclass(slots=True, eq=False)
class Aborted:
    """The association ended abruptly.

    Attributes
    ----------
    peer : Peer
        The peer.
    by : str
        ``"peer"``, ``"local"`` or ``"provider"``.
    source, reason : int or None
        The fields of the A-ABORT PDU, if there was one (PS3.8 Table 9-26).
    message : str
        What happened.
    """

    peer: Peer
    by: str
    source: int | None = None
    reason: int | None = None
    message: str = ""


@dataclass(slots=True, eq=False)
class BeforeCStore:
    """An instance is about to be sent with C-STORE (PS3.7 section 9.1.1).

    Attributes
    ----------
    path : Path or None
        The file, or None for an instance in memory.
    sop_class_uid, sop_instance_uid : str
        What it is.
    transfer_syntax : str
        The UID of the transfer syntax it will be sent in.
    presentation_context_id, message_id : int
        The numbers on the wire.
    priority : int
        0 medium, 1 high, 2 low; may be set.
    skip : bool
        Set it to True to leave the instance out.
    loader : callable, optional
        Reads the header when `dataset` is asked for.
    """

    path: Path | None
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    presentation_context_id: int
    message_id: int
    priority: int = 0
    skip: bool = False
    loader: Callable[[], Dataset] | None = field(default=None, repr=False)
    _dataset: Dataset | None = field(default=None, init=False, repr=False)

    @property
    def dataset(self) -> Dataset | None:
        """The instance's header as a pydicom Dataset, read at the first look.

        It is a view: what is sent are the bytes of the source. None if there is nothing to
        read it from.
        """
        if self._dataset is None and self.loader is not None:
            self._dataset = self.loader()
        return self._dataset


@dataclass(slots=True, eq=False)
class AfterCStore:
    """The peer answered a C-STORE request.

    Attributes
    ----------
    path : Path or None
        The file, or None for an instance in memory.
    sop_class_uid, sop_instance_uid : str
        What it is.
    message_id, presentation_context_id : int
        The numbers on the wire.
    status : Status
        The answer.
    bytes : int
        How much data set was sent.
    seconds : float
        From the first byte of the request to the response.
    """

    path: Path | None
    sop_class_uid: str
    sop_instance_uid: str
    message_id: int
    status: Status
    bytes: int
    seconds: float
    presentation_context_id: int


@dataclass(slots=True, eq=False)
class InstanceReceived:
    """A `StorageReceiver` has an instance, whole and in its place.

    Attributes
    ----------
    path : Path or None
        The file written, or None if the sink is no directory.
    sop_class_uid, sop_instance_uid, transfer_syntax : str
        What it is.
    calling_ae_title : str
        Who sent it.
    bytes : int
        The size of the data set.
    loader : callable, optional
        Reads the instance when `dataset` is asked for.
    move_originator_ae_title : str or None
        Who asked by C-MOVE that it be sent, if the sender says so.
    move_originator_message_id : int or None
        The message ID of that C-MOVE request.
    """

    path: Path | None
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    calling_ae_title: str
    bytes: int
    loader: Callable[[], Dataset] | None = field(default=None, repr=False)
    move_originator_ae_title: str | None = None
    move_originator_message_id: int | None = None
    _dataset: Dataset | None = field(default=None, init=False, repr=False)

    @property
    def dataset(self) -> Dataset | None:
        """The instance as a pydicom Dataset, read at the first look; None if discarded."""
        if self._dataset is None and self.loader is not None:
            self._dataset = self.loader()
        return self._dataset
