"""PDUs of PS3.8 made and taken apart by hand, with nothing of dicomwire in it.

Tests of the protocol need a second opinion: what is right here was written from the standard and
must not change when the implementation does.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

APPLICATION_CONTEXT = b"1.2.840.10008.3.1.1.1"
VERIFICATION = "1.2.840.10008.1.1"
CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
DEFLATED_LE = "1.2.840.10008.1.2.1.99"

# The PDU types of PS3.8 section 9.3.1.
ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA_TF = 1, 2, 3, 4
RELEASE_RQ, RELEASE_RP, ABORT = 5, 6, 7


def pdu(kind: int, body: bytes) -> bytes:
    """Put the six bytes of PDU header before a body."""
    return struct.pack(">BxL", kind, len(body)) + body


def item(kind: int, body: bytes) -> bytes:
    """Put the four bytes of item header before a body."""
    return struct.pack(">BxH", kind, len(body)) + body


def user_information(max_length: int = 16384, *further: bytes) -> bytes:
    """Make a user information item (PS3.8 section 9.3.2.3) with a maximum length and ourselves."""
    items = [
        item(0x51, struct.pack(">L", max_length)),
        item(0x52, b"2.25.1"),
        item(0x55, b"TESTPEER"),
    ]
    return item(0x50, b"".join([*items, *further]))


def role_selection(sop_class_uid: str, *, scu: bool, scp: bool) -> bytes:
    """Make an SCP/SCU role selection item (PS3.7 section D.3.3.4)."""
    uid = sop_class_uid.encode()
    return item(0x54, struct.pack(">H", len(uid)) + uid + bytes([scu, scp]))


def extended_negotiation(sop_class_uid: str, information: bytes) -> bytes:
    """Make a SOP class extended negotiation item (PS3.7 section D.3.3.5)."""
    uid = sop_class_uid.encode()
    return item(0x56, struct.pack(">H", len(uid)) + uid + information)


def associate_ac(
    contexts: list[tuple[int, int, str]],
    *,
    called: str = "PEER",
    calling: str = "DICOMWIRE",
    max_length: int = 16384,
    user_items: Sequence[bytes] = (),
) -> bytes:
    """Make an A-ASSOCIATE-AC; a context is its id, its result and its transfer syntax."""
    answers = b"".join(
        item(0x21, struct.pack("BxBx", identifier, result) + item(0x40, syntax.encode()))
        for identifier, result, syntax in contexts
    )
    return pdu(
        ASSOCIATE_AC,
        struct.pack(">H2x16s16s32x", 1, called.ljust(16).encode(), calling.ljust(16).encode())
        + item(0x10, APPLICATION_CONTEXT)
        + answers
        + user_information(max_length, *user_items),
    )


def associate_rq(
    contexts: list[tuple[int, str, list[str]]],
    *,
    called: str = "PEER",
    calling: str = "TESTPEER",
    max_length: int = 16384,
) -> bytes:
    """Make an A-ASSOCIATE-RQ; a context is its id, abstract syntax and transfer syntaxes."""
    proposals = b"".join(
        item(
            0x20,
            struct.pack("Bxxx", identifier)
            + item(0x30, abstract.encode())
            + b"".join(item(0x40, syntax.encode()) for syntax in syntaxes),
        )
        for identifier, abstract, syntaxes in contexts
    )
    return pdu(
        ASSOCIATE_RQ,
        struct.pack(">H2x16s16s32x", 1, called.ljust(16).encode(), calling.ljust(16).encode())
        + item(0x10, APPLICATION_CONTEXT)
        + proposals
        + user_information(max_length),
    )


def associate_rj(result: int, source: int, reason: int) -> bytes:
    """Make an A-ASSOCIATE-RJ (PS3.8 Table 9-21)."""
    return pdu(ASSOCIATE_RJ, bytes([0, result, source, reason]))


def abort(source: int = 0, reason: int = 0) -> bytes:
    """Make an A-ABORT (PS3.8 Table 9-26)."""
    return pdu(ABORT, bytes([0, 0, source, reason]))


def release_rq() -> bytes:
    """Make an A-RELEASE-RQ."""
    return pdu(RELEASE_RQ, bytes(4))


def release_rp() -> bytes:
    """Make an A-RELEASE-RP."""
    return pdu(RELEASE_RP, bytes(4))


def p_data(context_id: int, fragment: bytes, *, command: bool, last: bool) -> bytes:
    """Make a P-DATA-TF with one presentation data value (PS3.8 section 9.3.5, Annex E.2)."""
    control = (1 if command else 0) | (2 if last else 0)
    return pdu(P_DATA_TF, struct.pack(">LBB", len(fragment) + 2, context_id, control) + fragment)


@dataclass(frozen=True)
class Fragment:
    """One presentation data value."""

    context_id: int
    is_command: bool
    is_last: bool
    data: bytes


def fragments(body: bytes) -> list[Fragment]:
    """Take the presentation data values out of the body of a P-DATA-TF."""
    found = []
    offset = 0
    while offset < len(body):
        length, context_id, control = struct.unpack_from(">LBB", body, offset)
        data = body[offset + 6 : offset + 4 + length]
        assert len(data) == length - 2, f"PDV of {length} bytes at {offset}"
        assert control < 4, f"message control header {control:#04x}"
        found.append(Fragment(context_id, bool(control & 1), bool(control & 2), data))
        offset += 4 + length
    return found


@dataclass
class AssociateRequest:
    """What an A-ASSOCIATE-RQ says."""

    called: str
    calling: str
    contexts: dict[int, tuple[str, list[str]]] = field(default_factory=dict)
    user_items: dict[int, bytes] = field(default_factory=dict)
    roles: dict[str, tuple[bool, bool]] = field(default_factory=dict)
    extended: dict[str, bytes] = field(default_factory=dict)

    @property
    def max_length(self) -> int:
        """The maximum length announced."""
        return int.from_bytes(self.user_items[0x51], "big")

    def accept_first(self) -> list[tuple[int, int, str]]:
        """Accept every context in the first transfer syntax proposed for it."""
        return [(number, 0, syntaxes[0]) for number, (_, syntaxes) in self.contexts.items()]

    def accept_in(self, syntax: str) -> list[tuple[int, int, str]]:
        """Accept every context in a transfer syntax, or the first proposed if that one is not."""
        return [
            (number, 0, syntax if syntax in syntaxes else syntaxes[0])
            for number, (_, syntaxes) in self.contexts.items()
        ]

    def context_of(self, abstract_syntax: str) -> int:
        """Return the id of the first context for an abstract syntax."""
        return next(
            number for number, (abstract, _) in self.contexts.items() if abstract == abstract_syntax
        )

    def refuse_all(self, result: int = 3) -> list[tuple[int, int, str]]:
        """Refuse every context."""
        return [(number, result, syntaxes[0]) for number, (_, syntaxes) in self.contexts.items()]


def _items(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    offset = 0
    while offset < len(data):
        kind, length = struct.unpack_from(">BxH", data, offset)
        found.append((kind, data[offset + 4 : offset + 4 + length]))
        offset += 4 + length
    assert offset == len(data), "items do not fill their parent"
    return found


def parse_associate_rq(body: bytes) -> AssociateRequest:
    """Take apart the body of an A-ASSOCIATE-RQ."""
    version, called, calling = struct.unpack_from(">H2x16s16s", body)
    assert version & 1, "protocol version"
    request = AssociateRequest(called.decode().strip(), calling.decode().strip())
    for kind, data in _items(body[68:]):
        if kind == 0x20:
            parts = _items(data[4:])
            abstract = next(part for number, part in parts if number == 0x30).decode()
            syntaxes = [part.decode() for number, part in parts if number == 0x40]
            assert data[0] % 2 == 1, "presentation context ids are odd"
            assert data[0] not in request.contexts, "presentation context ids are unique"
            request.contexts[data[0]] = (abstract, syntaxes)
        elif kind == 0x50:
            items = _items(data)
            request.user_items = dict(items)
            for number, part in items:
                if number in (0x54, 0x56):
                    uid, rest = _uid_and_rest(part)
                    if number == 0x54:
                        request.roles[uid] = (bool(rest[0]), bool(rest[1]))
                    else:
                        request.extended[uid] = rest
    return request


def _uid_and_rest(data: bytes) -> tuple[str, bytes]:
    length = int.from_bytes(data[:2], "big")
    return data[2 : 2 + length].decode(), data[2 + length :]


def parse_associate_ac(body: bytes) -> dict[int, tuple[int, str]]:
    """Take the answers to the contexts out of the body of an A-ASSOCIATE-AC."""
    answers = {}
    for kind, data in _items(body[68:]):
        if kind == 0x21:
            syntaxes = [part.decode() for number, part in _items(data[4:]) if number == 0x40]
            answers[data[0]] = (data[2], syntaxes[0] if syntaxes else "")
    return answers
