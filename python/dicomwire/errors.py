"""Every exception that dicomwire raises on purpose.

The tree, most general first::

    DicomWireError
    ├─ ConfigError (ValueError)               before any byte is sent
    ├─ StateError (RuntimeError)              a call at the wrong moment
    │  └─ EngineNotStartedError
    ├─ TransportError (ConnectionError)       the connection itself
    │  ├─ ConnectError
    │  ├─ TlsError
    │  └─ ConnectionLost
    ├─ DicomTimeout (TimeoutError)            connect | acse | dimse | idle | ...
    │  └─ MediaCreationTimeout                the media were not made in time
    ├─ AssociationError
    │  ├─ AssociationRejected                 A-ASSOCIATE-RJ
    │  ├─ AssociationAborted                  A-ABORT or A-P-ABORT
    │  └─ NoAcceptedContext                   nothing to talk about
    ├─ ProtocolError
    │  ├─ LocalProtocolError                  our side is to blame
    │  └─ RemoteProtocolError                 the peer is to blame
    ├─ DatasetError
    │  ├─ DecodeError
    │  └─ EncodeError
    ├─ StatusError                            from ``raise_for_status()``
    │  ├─ RetrieveError                       from ``raise_for_failures()`` of a retrieval
    │  └─ CommitmentError                     from ``raise_for_failures()`` of a commitment
    ├─ PrintError                             from ``raise_for_failures()`` of a print
    └─ StoreError                             from ``raise_for_failures()``

    KeyboardInterrupt
    └─ StoreInterrupted                       Ctrl-C during a send, with the report so far

All of them take the message first and their attributes as keywords, and survive pickling,
so that they can cross a process boundary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AssociationAborted",
    "AssociationError",
    "AssociationRejected",
    "CommitmentError",
    "ConfigError",
    "ConnectError",
    "ConnectionLost",
    "DatasetError",
    "DecodeError",
    "DicomTimeout",
    "DicomWireError",
    "EncodeError",
    "EngineNotStartedError",
    "LocalProtocolError",
    "MediaCreationTimeout",
    "NoAcceptedContext",
    "PrintError",
    "ProtocolError",
    "RemoteProtocolError",
    "RetrieveError",
    "StateError",
    "StatusError",
    "StoreError",
    "StoreInterrupted",
    "TlsError",
    "TransportError",
]

# PS3.8 Table 9-21, "Associate-RJ PDU fields".
_REJECT_RESULTS = {1: "rejected permanently", 2: "rejected transiently"}
_REJECT_SOURCES = {
    1: "DICOM UL service-user",
    2: "DICOM UL service-provider (ACSE related function)",
    3: "DICOM UL service-provider (presentation related function)",
}
_REJECT_REASONS = {
    (1, 1): "no reason given",
    (1, 2): "application context name not supported",
    (1, 3): "calling AE title not recognized",
    (1, 7): "called AE title not recognized",
    (2, 1): "no reason given",
    (2, 2): "protocol version not supported",
    (3, 1): "temporary congestion",
    (3, 2): "local limit exceeded",
}

# PS3.8 Table 9-26, "A-ABORT PDU fields".
_ABORT_SOURCES = {0: "DICOM UL service-user", 2: "DICOM UL service-provider"}
_ABORT_REASONS = {
    0: "reason not specified",
    1: "unrecognized PDU",
    2: "unexpected PDU",
    4: "unrecognized PDU parameter",
    5: "unexpected PDU parameter",
    6: "invalid PDU parameter value",
}


def _named(names: dict[int, str], code: int | None) -> str:
    """Return the standard's name of `code`, or say that it has none."""
    if code is None:
        return "not given"
    return names.get(code, f"reserved ({code})")


def _rebuild(kind: type[Any], message: str, attributes: dict[str, Any]) -> object:
    """Make an exception again from what ``__reduce__`` took from it."""
    return kind(message, **attributes)


class DicomWireError(Exception):
    """Base of every error of this package.

    Parameters
    ----------
    message : str
        What happened, where, and what to do about it.
    """

    _attributes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, message: str) -> None:
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling: exceptions with keywords are not rebuilt from ``args`` alone."""
        attributes = {name: getattr(self, name) for name in self._attributes}
        return (_rebuild, (type(self), str(self), attributes), self.__dict__ or None)


class ConfigError(DicomWireError, ValueError):
    """Report a setting that cannot work; raised before any byte is sent."""


class StateError(DicomWireError, RuntimeError):
    """Report a call at the wrong moment, such as use after release."""


class EngineNotStartedError(StateError):
    """Report the use of a service while `DicomEngine` is not running."""


class TransportError(DicomWireError, ConnectionError):
    """Report a failure of the connection below the association (PS3.8 section 9.1.4).

    Parameters
    ----------
    message : str
        What happened, where, and what to do about it.
    peer : str, optional
        The peer as ``AET@host:port``.
    phase : str, optional
        What was going on, for instance ``"connect"``, ``"associate"`` or ``"transfer"``.
    """

    _attributes = ("peer", "phase")

    def __init__(self, message: str, *, peer: str | None = None, phase: str | None = None) -> None:
        super().__init__(message)
        self.peer = peer
        self.phase = phase


class ConnectError(TransportError):
    """Report that no connection could be opened: nobody listens, no route, unknown host."""


class TlsError(TransportError):
    """Report that the secure connection could not be set up (PS3.15 annex B)."""


class ConnectionLost(TransportError):
    """Report a connection which the peer or the network closed without an A-ABORT."""


class DicomTimeout(DicomWireError, TimeoutError):
    """Report that a deadline passed; the association was aborted (PS3.8 section 9.1.5).

    Parameters
    ----------
    message : str
        What was waited for, how long, and what to do about it.
    phase : str, optional
        ``"connect"``, ``"acse"``, ``"dimse"`` or ``"idle"``, as in `dicomwire.Timeouts`.
    peer : str, optional
        The peer as ``AET@host:port``.
    """

    _attributes: ClassVar[tuple[str, ...]] = ("phase", "peer")

    def __init__(self, message: str, *, phase: str | None = None, peer: str | None = None) -> None:
        super().__init__(message)
        self.phase = phase
        self.peer = peer


class MediaCreationTimeout(DicomTimeout):
    """Report that a device did not finish media in time; it goes on with them all the same.

    Parameters
    ----------
    message : str
        What was waited for, how long, and what to do about it.
    phase : str, optional
        ``"media"``.
    peer : str, optional
        The device as ``AET@host:port``.
    status : object, optional
        The last `dicomwire.MediaCreationStatus` it told.
    """

    _attributes = ("phase", "peer", "status")

    def __init__(
        self,
        message: str,
        *,
        phase: str | None = None,
        peer: str | None = None,
        status: Any = None,  # noqa: ANN401 (a MediaCreationStatus, of a room above)
    ) -> None:
        super().__init__(message, phase=phase, peer=peer)
        self.status = status


class AssociationError(DicomWireError):
    """Base of what can go wrong with an association as a whole (PS3.8 section 7)."""


class AssociationRejected(AssociationError):
    """Report an A-ASSOCIATE-RJ (PS3.8 section 9.3.4).

    Parameters
    ----------
    message : str
        What happened, where, and what to do about it.
    result, source, reason : int, optional
        The fields of the A-ASSOCIATE-RJ PDU as in PS3.8 Table 9-21.
    """

    _attributes = ("result", "source", "reason")

    def __init__(
        self,
        message: str,
        *,
        result: int | None = None,
        source: int | None = None,
        reason: int | None = None,
    ) -> None:
        super().__init__(message)
        self.result = result
        self.source = source
        self.reason = reason

    @property
    def result_text(self) -> str:
        """The result in words, as in PS3.8 Table 9-21."""
        return _named(_REJECT_RESULTS, self.result)

    @property
    def source_text(self) -> str:
        """The source in words, as in PS3.8 Table 9-21."""
        return _named(_REJECT_SOURCES, self.source)

    @property
    def reason_text(self) -> str:
        """The reason in words; its meaning depends on the source (PS3.8 Table 9-21)."""
        if self.source is None or self.reason is None:
            return _named({}, self.reason)
        return _REJECT_REASONS.get((self.source, self.reason), f"reserved ({self.reason})")

    @property
    def is_transient(self) -> bool:
        """Whether the peer says that a later attempt may succeed."""
        return self.result == 2  # noqa: PLR2004 - PS3.8 Table 9-21


class AssociationAborted(AssociationError):
    """Report the abrupt end of an association (PS3.8 sections 7.3 and 7.4).

    Parameters
    ----------
    message : str
        What happened, where, and what to do about it.
    by : str, optional
        Who ended it: ``"peer"``, ``"local"`` or ``"provider"``.
    source, reason : int, optional
        The fields of the A-ABORT PDU as in PS3.8 Table 9-26.
    """

    _attributes = ("by", "source", "reason")

    def __init__(
        self,
        message: str,
        *,
        by: str | None = None,
        source: int | None = None,
        reason: int | None = None,
    ) -> None:
        super().__init__(message)
        self.by = by
        self.source = source
        self.reason = reason

    @property
    def source_text(self) -> str:
        """The source in words, as in PS3.8 Table 9-26."""
        return _named(_ABORT_SOURCES, self.source)

    @property
    def reason_text(self) -> str:
        """The reason in words, as in PS3.8 Table 9-26."""
        return _named(_ABORT_REASONS, self.reason)


class NoAcceptedContext(AssociationError):
    """Report that the peer accepted no presentation context for the work (PS3.8 section 9.3.3.2).

    Parameters
    ----------
    message : str
        What was proposed, to whom, and what to do about it.
    proposed : sequence of tuple, optional
        One ``(abstract_syntax, transfer_syntaxes, result, result_text)`` per proposed context.
    """

    _attributes = ("proposed",)

    def __init__(
        self,
        message: str,
        *,
        proposed: Sequence[tuple[str, list[str], int, str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.proposed = list(proposed) if proposed is not None else []


class ProtocolError(DicomWireError):
    """Base of violations of the upper layer or message exchange protocol (PS3.7, PS3.8).

    Parameters
    ----------
    message : str
        What happened, where, and what to do about it.
    pdu : str, optional
        The PDU or message concerned, for instance ``"A-ASSOCIATE-AC"``.
    offset : int, optional
        The position in the stream of bytes received on this connection.
    expected : str, optional
        What the standard allows there.
    """

    _attributes = ("pdu", "offset", "expected")

    def __init__(
        self,
        message: str,
        *,
        pdu: str | None = None,
        offset: int | None = None,
        expected: str | None = None,
    ) -> None:
        super().__init__(message)
        self.pdu = pdu
        self.offset = offset
        self.expected = expected


class LocalProtocolError(ProtocolError):
    """Report a request of ours that the protocol does not allow; nothing was sent."""


class RemoteProtocolError(ProtocolError):
    """Report something the peer should not have sent; the association was aborted."""


class DatasetError(DicomWireError):
    """Base of errors in the encoding of a data set (PS3.5, PS3.10).

    Parameters
    ----------
    message : str
        What happened, where, and what to do about it.
    path : str, optional
        The element concerned, for instance ``"(0040,A730)[2].(0008,0100)"``.
    offset : int, optional
        The position in the file or in the encoded data set.
    """

    _attributes = ("path", "offset")

    def __init__(self, message: str, *, path: str | None = None, offset: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.offset = offset


class DecodeError(DatasetError):
    """Report bytes which are no data set in the declared transfer syntax."""


class EncodeError(DatasetError):
    """Report a data set which cannot be written in the wanted transfer syntax."""


class StatusError(DicomWireError):
    """Report a DIMSE status that is not a success (PS3.7 annex C).

    A status is data; this is raised only by ``raise_for_status()`` and where a caller asked
    for strictness.

    Parameters
    ----------
    message : str
        The status in words.
    status : int, optional
        The value of Status (0000,0900), usually a `dicomwire.Status`.
    category : str, optional
        ``"Warning"``, ``"Failure"``, ``"Cancel"`` or ``"Pending"``.
    comment : str, optional
        The value of Error Comment (0000,0902) if the peer sent one.
    response : object, optional
        The result or response which carried the status.
    """

    _attributes = ("status", "category", "comment", "response")

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        category: str | None = None,
        comment: str | None = None,
        response: object | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.comment = comment
        self.response = response


class RetrieveError(StatusError):
    """Report a retrieval that did not bring everything, from ``raise_for_failures()``.

    Parameters
    ----------
    message : str
        How it ended, what failed and what is missing.
    status : int, optional
        The final status, usually a `dicomwire.Status`.
    category : str, optional
        Its category.
    comment : str, optional
        The value of Error Comment (0000,0902) if the peer sent one.
    response : RetrieveReport, optional
        The account of the retrieval.
    """


class CommitmentError(StatusError):
    """Report a storage commitment that is not complete, from ``raise_for_failures()``.

    Parameters
    ----------
    message : str
        How many instances are committed, and why others are not.
    status : int, optional
        The answer to the request, usually a `dicomwire.Status`; a success says only that the
        request was received.
    category : str, optional
        Its category.
    comment : str, optional
        The value of Error Comment (0000,0902) if the peer sent one.
    response : CommitmentResult, optional
        What became of each instance.
    """


class StoreError(DicomWireError):
    """Report a send in which some instance failed, from ``raise_for_failures()``.

    Parameters
    ----------
    message : str
        How many failed and the first reasons.
    report : StoreReport, optional
        The account of every instance.
    """

    _attributes = ("report",)

    def __init__(self, message: str, *, report: Any = None) -> None:  # noqa: ANN401
        super().__init__(message)
        self.report = report


class PrintError(DicomWireError):
    """Report a print of which some film failed, from ``raise_for_failures()``.

    Parameters
    ----------
    message : str
        How many failed and the first reasons.
    report : PrintReport, optional
        The account of every film.
    """

    _attributes = ("report",)

    def __init__(self, message: str, *, report: Any = None) -> None:  # noqa: ANN401
        super().__init__(message)
        self.report = report


class StoreInterrupted(KeyboardInterrupt):
    """End a send because of Ctrl-C; the report says what was confirmed.

    It is a `KeyboardInterrupt`, so ``except Exception`` does not hold it up.

    Parameters
    ----------
    message : str
        How far the send had come.
    report : StoreReport, optional
        The account of every instance handled until then.
    """

    def __init__(self, message: str = "", *, report: Any = None) -> None:  # noqa: ANN401
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling with the report."""
        return (_rebuild, (type(self), str(self), {"report": self.report}), self.__dict__ or None)
