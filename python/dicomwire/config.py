"""Settings as values: who the peer is, how long to wait, what to negotiate.

All classes here are frozen and check themselves when made, so a wrong setting is a
`ConfigError` at the line that wrote it and never a puzzle on the wire.
"""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass, field, fields

from .errors import ConfigError
from .identity import UserIdentity
from .uids import is_valid_uid

__all__ = [
    "AssociationOptions",
    "ExtendedNegotiation",
    "Limits",
    "Peer",
    "RoleSelection",
    "Timeouts",
    "UserIdentity",
    "check_ae_title",
]

_MAX_AE_TITLE = 16
_MAX_PORT = 0xFFFF
_MAX_U16 = 0xFFFF
_MAX_U32 = 0xFFFF_FFFF
_MIN_PDU_LENGTH = 4096


def _refuse(name: str, value: object, rule: str) -> ConfigError:
    """Make the error that names a field, its value and the rule it breaks."""
    return ConfigError(f"{name}={value!r}: {rule}")


def _check_integer(name: str, value: object, low: int, high: int) -> None:
    """Refuse what is no integer between `low` and `high`; bool is no integer here."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _refuse(name, value, f"must be an integer from {low} to {high}")


def check_ae_title(name: str, value: object) -> str:
    """Check an application entity title and strip the spaces that do not count.

    The value representation AE allows 1 to 16 characters of the default repertoire without
    backslash and control characters; leading and trailing spaces are not significant, and a
    title of spaces only is not allowed (PS3.5 section 6.2).

    Parameters
    ----------
    name : str
        The field to name in the error.
    value : object
        The title.

    Returns
    -------
    str
        The title without surrounding spaces.

    Raises
    ------
    ConfigError
        If the value is no AE title.
    """
    if not isinstance(value, str):
        raise _refuse(name, value, "an AE title is a string")
    title = value.strip(" ")
    if not title:
        raise _refuse(name, value, "an AE title needs at least one character that is no space")
    if len(title) > _MAX_AE_TITLE:
        rule = f"an AE title has at most {_MAX_AE_TITLE} characters, this one has {len(title)}"
        raise _refuse(name, value, rule)
    if any(not " " <= character <= "~" or character == "\\" for character in title):
        raise _refuse(
            name, value, "an AE title is printable ASCII without backslash (PS3.5, VR AE)"
        )
    return title


def _check_host(value: object) -> str:
    """Check a host name or address and take the brackets off an IPv6 address."""
    if not isinstance(value, str):
        raise _refuse("host", value, "must be a host name or an address")
    host = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    if not host or any(character.isspace() or character in "[]/@" for character in host):
        raise _refuse("host", value, "must be a host name or an address without spaces")
    if ":" in host:
        # Only an IPv6 address has a colon in it. Imported here since few need it.
        from ipaddress import IPv6Address

        try:
            IPv6Address(host)
        except ValueError as error:
            raise _refuse("host", value, f"is no IPv6 address ({error})") from None
    return host


@dataclass(frozen=True)
class Peer:
    """Say which application entity to talk to and where it listens.

    Parameters
    ----------
    ae_title : str
        Its application entity title, the "called AE title" of an association.
    host : str
        A host name, an IPv4 address or an IPv6 address.
    port : int
        1 to 65535; 104 and 11112 are the registered ones.

    Raises
    ------
    ConfigError
        If one of them cannot be.

    Examples
    --------
    >>> from dicomwire.config import Peer
    >>> Peer.parse("ORTHANC@pacs.example:4242")
    Peer(ae_title='ORTHANC', host='pacs.example', port=4242)
    >>> str(Peer("PACS", "::1", 104))
    'PACS@[::1]:104'
    """

    ae_title: str
    host: str
    port: int

    def __post_init__(self) -> None:
        """Check every field."""
        object.__setattr__(self, "ae_title", check_ae_title("ae_title", self.ae_title))
        object.__setattr__(self, "host", _check_host(self.host))
        _check_integer("port", self.port, 1, _MAX_PORT)

    @classmethod
    def parse(cls, text: str) -> Peer:
        """Read ``AET@host:port``; an IPv6 address stands in brackets.

        Parameters
        ----------
        text : str
            For instance ``"ORTHANC@pacs.example:4242"`` or ``"PACS@[::1]:104"``.

        Raises
        ------
        ConfigError
            If the text has another form.
        """
        # An AE title may contain "@", a host may not: the last one divides.
        title, at, address = text.rpartition("@")
        host, colon, port = address.rpartition(":")
        if not at or not colon or not host or not port:
            rule = "write it as AET@host:port, for instance ORTHANC@pacs.example:4242"
            raise _refuse("peer", text, rule)
        if ":" in host and not host.startswith("["):
            raise _refuse("peer", text, "an IPv6 address stands in brackets, as in PACS@[::1]:104")
        if not (port.isascii() and port.isdigit()):
            raise _refuse("peer", text, f"the port {port!r} is not a number")
        try:
            return cls(title, host, int(port))
        except ConfigError as error:
            raise _refuse("peer", text, str(error)) from None

    @classmethod
    def coerce(cls, peer: Peer | str) -> Peer:
        """Take a peer as it is, or read it from a string.

        Raises
        ------
        ConfigError
            If it is neither, or the string has another form than ``AET@host:port``.
        """
        if isinstance(peer, Peer):
            return peer
        if isinstance(peer, str):
            return cls.parse(peer)
        raise _refuse("peer", peer, "must be a Peer or a string AET@host:port")

    @property
    def address(self) -> str:
        """``host:port``, with brackets around an IPv6 address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        """Return ``AET@host:port``, which `Peer.parse` reads."""
        return f"{self.ae_title}@{self.address}"


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Say how long to wait, in seconds; None waits without end.

    Parameters
    ----------
    connect : float or None
        For the TCP connection.
    acse : float or None
        For the answer to an association request.
    dimse : float or None
        For progress on a message: bytes of a response, or room to send a request.
    idle : float or None
        For the next request on an open association before it is aborted.
    release : float or None
        For the answer to a release request; the connection is closed afterwards anyway.
    """

    connect: float | None = 10.0
    acse: float | None = 30.0
    dimse: float | None = 60.0
    idle: float | None = None
    release: float | None = 10.0

    def __post_init__(self) -> None:
        """Check every field."""
        for item in fields(self):
            value = getattr(self, item.name)
            if value is None:
                continue
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or value <= 0:
                rule = "must be a number of seconds above 0, or None to wait without end"
                raise _refuse(f"timeouts.{item.name}", value, rule)

    @classmethod
    def uniform(cls, seconds: float | None) -> Timeouts:
        """Use one figure for every wait for the peer; `idle` stays unlimited.

        Raises
        ------
        ConfigError
            If it is not above 0.
        """
        return cls(connect=seconds, acse=seconds, dimse=seconds, release=seconds)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Say how much to accept from a peer or a file before giving up on it.

    Parameters
    ----------
    max_control_pdu : int
        Bytes of any PDU but P-DATA-TF.
    max_data_pdu : int
        Bytes of a P-DATA-TF PDU. Data is streamed, so this costs no memory; it is far above
        the announced maximum because real peers overstep that.
    max_command_set : int
        Bytes of a DIMSE command set.
    max_depth : int
        Levels of nested sequences in a data set.
    max_identifier : int
        Bytes of the identifier of one response to a query or retrieval, of which a longer one is
        told of and not kept; and of the data set of a response of the normalized services or an
        event report, of which a longer one ends the association.
    """

    max_control_pdu: int = 1 << 20
    max_data_pdu: int = 64 << 20
    max_command_set: int = 1 << 20
    max_depth: int = 64
    max_identifier: int = 16 << 20

    def __post_init__(self) -> None:
        """Check every field."""
        _check_integer("limits.max_control_pdu", self.max_control_pdu, 1024, _MAX_U32)
        _check_integer("limits.max_data_pdu", self.max_data_pdu, _MIN_PDU_LENGTH, _MAX_U32)
        _check_integer("limits.max_command_set", self.max_command_set, 1024, _MAX_U32)
        _check_integer("limits.max_depth", self.max_depth, 1, _MAX_U16)
        _check_integer("limits.max_identifier", self.max_identifier, 1024, _MAX_U32)


def _check_class(name: str, value: object) -> None:
    """Refuse what is no UID of a SOP class."""
    if not isinstance(value, str) or not is_valid_uid(value):
        raise _refuse(name, value, "must be the UID of a SOP class (PS3.5 section 9)")


@dataclass(frozen=True)
class RoleSelection:
    """Propose the roles for a SOP class (PS3.7 section D.3.3.4).

    Parameters
    ----------
    sop_class_uid : str
        The SOP class.
    scu, scp : bool
        Whether we offer to be its user, its provider.
    """

    sop_class_uid: str
    scu: bool = True
    scp: bool = False

    def __post_init__(self) -> None:
        """Check every field."""
        _check_class("role_selection.sop_class_uid", self.sop_class_uid)


@dataclass(frozen=True)
class ExtendedNegotiation:
    r"""Propose service-class information for a SOP class (PS3.7 section D.3.3.5).

    Parameters
    ----------
    sop_class_uid : str
        The SOP class.
    information : bytes
        What its service class defines, for instance ``b"\x01"`` for relational queries
        (PS3.4 section C.5).
    """

    sop_class_uid: str
    information: bytes

    def __post_init__(self) -> None:
        """Check every field."""
        _check_class("extended_negotiation.sop_class_uid", self.sop_class_uid)
        room = _MAX_U16 - 2 - len(self.sop_class_uid)
        information: object = self.information
        if not isinstance(information, bytes) or len(information) > room:
            rule = f"must be at most {room} bytes"
            raise _refuse("extended_negotiation.information", information, rule)


def _check_window(value: object) -> None:
    """Refuse what is no pair (invoked, performed) of 16-bit numbers."""
    if value is None:
        return
    if not isinstance(value, tuple) or len(value) != 2:  # noqa: PLR2004
        rule = "must be a pair (invoked, performed), 0 meaning unlimited, or None"
        raise _refuse("asynchronous_operations", value, rule)
    for number in value:
        _check_integer("asynchronous_operations", number, 0, _MAX_U16)


@dataclass(frozen=True)
class AssociationOptions:
    """Say what to negotiate and what to put up with.

    Parameters
    ----------
    max_pdu_length : int
        The maximum length to announce for P-DATA-TF PDUs sent to us (PS3.8 annex D.1); 0
        announces no limit.
    timeouts : Timeouts
        How long to wait.
    user_identity : UserIdentity, optional
        Who the user is.
    asynchronous_operations : (int, int), optional
        The window to propose, (invoked, performed), 0 meaning unlimited (PS3.7 section
        D.3.3.3); None proposes none, which means one operation at a time. As many C-STORE
        requests as the peer grants, and no more than 200, go out without waiting for an answer;
        other operations go one at a time.
    relational : bool
        Whether to ask for relational queries and retrievals (PS3.4 section C.5).
    limits : Limits
        How much to accept.
    role_selections : sequence of RoleSelection
        Roles to propose beside those the services propose themselves.
    extended_negotiations : sequence of ExtendedNegotiation
        Extended negotiation to propose beside that of the services.

    Raises
    ------
    ConfigError
        If a value cannot be.

    Examples
    --------
    >>> from dicomwire.config import AssociationOptions, Timeouts
    >>> options = AssociationOptions(timeouts=Timeouts(dimse=600))
    >>> options.timeouts.acse
    30.0
    """

    _: KW_ONLY
    max_pdu_length: int = 131072
    timeouts: Timeouts = field(default_factory=Timeouts)
    user_identity: UserIdentity | None = None
    asynchronous_operations: tuple[int, int] | None = None
    relational: bool = False
    limits: Limits = field(default_factory=Limits)
    role_selections: tuple[RoleSelection, ...] = ()
    extended_negotiations: tuple[ExtendedNegotiation, ...] = ()

    def __post_init__(self) -> None:
        """Check every field, alone and together."""
        self._check_kind("timeouts", Timeouts)
        self._check_kind("limits", Limits)
        if self.user_identity is not None:
            self._check_kind("user_identity", UserIdentity)
        if self.max_pdu_length != 0:
            _check_integer("max_pdu_length", self.max_pdu_length, _MIN_PDU_LENGTH, _MAX_U32)
        if self.max_pdu_length > self.limits.max_data_pdu:
            rule = f"is above limits.max_data_pdu={self.limits.max_data_pdu}, raise that too"
            raise _refuse("max_pdu_length", self.max_pdu_length, rule)
        _check_window(self.asynchronous_operations)
        self._check_items("role_selections", RoleSelection)
        self._check_items("extended_negotiations", ExtendedNegotiation)

    def _check_kind(self, name: str, kind: type[object]) -> None:
        value = getattr(self, name)
        if not isinstance(value, kind):
            raise _refuse(name, value, f"must be a {kind.__name__}")

    def _check_items(self, name: str, kind: type[object]) -> None:
        items = tuple(getattr(self, name))
        for item in items:
            if not isinstance(item, kind):
                raise _refuse(name, item, f"must be a {kind.__name__}")
        object.__setattr__(self, name, items)
