"""Write the corpora the fuzz targets start from: real data sets, and PDUs made by hand.

Run it as ``.venv/bin/python rust/fuzz/seed.py DIRECTORY``; each target gets a directory in there.
The files come from pydicom's and pydicom-data's wheels and are not committed.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import corpora  # noqa: E402
import dimse  # noqa: E402
import mutants  # noqa: E402
import wire  # noqa: E402
from pydicom.multival import MultiValue  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

# Longer inputs cost more than they find.
LONGEST = 8192

# The first byte of the targets `data_set` and `transcode`.
SYNTAXES = {wire.IMPLICIT_LE: 0, wire.EXPLICIT_LE: 1, wire.EXPLICIT_BE: 2, wire.DEFLATED_LE: 3}
# The first byte of the target `text`; the VRs with a header of twelve bytes are left out.
TEXT_VRS = [b"LO", b"LT", b"PN", b"SH", b"ST"]
ACCEPTOR, REQUESTOR, ESTABLISHED_ACCEPTOR, ESTABLISHED_REQUESTOR = range(4)
# Instructions of the target `association` that take bytes or no arguments.
TAKE, WRITE, RESPOND_RELEASE, ACCEPT, CLOSE, RESPOND = 0, 1, 5, 7, 10, 12
# The presentation contexts of the association in rust/properties/src/stream.rs.
ECHO, STORE = 1, 3


def data_sets(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give a file's data set without its long values, in each transfer syntax that takes it."""
    for syntax in SYNTAXES:
        plain = wire.EXPLICIT_LE if syntax == wire.DEFLATED_LE else syntax
        encoded = b"".join(mutants.encoded_elements(path, plain))
        if 0 < len(encoded) <= LONGEST:
            yield syntax, mutants.deflate(encoded) if syntax == wire.DEFLATED_LE else encoded


def texts(path: Path) -> Iterator[bytes]:
    """Give inputs of the target `text`: the character set of a file and its values."""
    data_set = mutants.short_data_set(path)
    if data_set is None:
        return
    terms = data_set.get("SpecificCharacterSet", "")
    named = ("\\".join(terms) if isinstance(terms, list | MultiValue) else str(terms)).encode()
    for element in mutants.encoded_elements(path, wire.EXPLICIT_LE):
        vr, value = element[4:6], element[8:]
        if vr in TEXT_VRS:
            number = bytes([TEXT_VRS.index(vr)])
            yield number + struct.pack("<H", len(named)) + named + value


def raw_data_set(content: bytes) -> tuple[int, bytes] | None:
    """Give the beginning of a file's data set as it stands, and the number of its syntax."""
    group_length = b"\2\0\0\0UL\4\0"
    if content[128:132] != b"DICM" or not content[132:].startswith(group_length):
        return None
    (length,) = struct.unpack_from("<L", content, 140)
    start = 144 + length
    meta = content[144:start]
    # What has a syntax of its own for pixel data is explicit VR little endian otherwise.
    number = SYNTAXES[wire.EXPLICIT_LE]
    for uid, candidate in SYNTAXES.items():
        padded = len(uid) + len(uid) % 2
        if b"UI" + struct.pack("<H", padded) + uid.encode().ljust(padded, b"\0") in meta:
            number = candidate
    return number, content[start : start + LONGEST]


def script(role: int, *instructions: bytes) -> bytes:
    """Make an input of the target `association`."""
    return bytes([role]) + b"".join(instructions)


def take(*pdus: bytes) -> bytes:
    """Make the instruction to take bytes of the peer."""
    stream = b"".join(pdus)
    return bytes([TAKE]) + struct.pack("<H", len(stream)) + stream


def command_sets() -> list[bytes]:
    """Give command sets of requests and responses."""
    store = dimse.c_store_rq(wire.CT_IMAGE_STORAGE, "1.2.3.4")
    echo: dimse.Command = {
        "affected_sop_class_uid": wire.VERIFICATION,
        "command_field": dimse.C_ECHO_RQ,
        "message_id": 7,
        "data_set_type": dimse.NO_DATA_SET,
    }
    find: dimse.Command = {**echo, "command_field": 0x0020, "priority": 0, "data_set_type": 1}
    cancel: dimse.Command = {
        "command_field": 0x0FFF,
        "message_id_being_responded_to": 7,
        "data_set_type": dimse.NO_DATA_SET,
    }
    failed = dimse.response_to(store, 0xA700, error_comment="out of space")
    commands = [store, echo, find, cancel, failed, dimse.response_to(echo)]
    return [dimse.encode(command) for command in commands]


def user_information() -> list[bytes]:
    """Give sub-items of the user information (PS3.7 Annex D.3.3)."""
    uid = wire.CT_IMAGE_STORAGE.encode()
    counted = struct.pack(">H", len(uid)) + uid
    role = wire.item(0x54, counted + b"\1\1")
    extended = wire.item(0x56, counted + b"\1\0\1")
    common = wire.item(0x57, counted + counted + struct.pack(">H", len(counted)) + counted)
    window = wire.item(0x53, struct.pack(">HH", 8, 8))
    user = wire.item(0x58, b"\2\1\0\4name\0\6secret")
    response = wire.item(0x59, b"\0\4good")
    unknown = wire.item(0x70, b"anything")
    plain = wire.user_information()[4:]
    items = [role, extended, common, window, user, response, unknown]
    return [plain, *(plain + item for item in items), plain + b"".join(items)]


def requests() -> list[bytes]:
    """Give A-ASSOCIATE-RQ PDUs."""
    both = [
        (1, wire.VERIFICATION, [wire.IMPLICIT_LE]),
        (3, wire.CT_IMAGE_STORAGE, [wire.EXPLICIT_LE, wire.IMPLICIT_LE]),
    ]
    return [
        wire.associate_rq(both),
        wire.associate_rq(both[:1]),
        wire.associate_rq(both, max_length=0),
    ]


def answers() -> list[bytes]:
    """Give PDUs that answer an A-ASSOCIATE-RQ."""
    both = [(ECHO, 0, wire.IMPLICIT_LE), (STORE, 0, wire.IMPLICIT_LE)]
    refused = [(ECHO, 0, wire.IMPLICIT_LE), (STORE, 3, wire.IMPLICIT_LE)]
    return [
        wire.associate_ac(both),
        wire.associate_ac(refused, max_length=64),
        wire.associate_rj(1, 1, 7),
        wire.abort(2, 1),
    ]


def conversations() -> list[list[bytes]]:
    """Give what a peer says on an established association, as rows of PDUs."""
    store, echo, find, cancel, failed, answered = command_sets()
    body = b"\x08\0\x18\0UI\x08\x001.2.3.4\0" * 8

    def message(context: int, command: bytes, *pieces: bytes) -> list[bytes]:
        last = len(pieces) - 1
        return [wire.p_data(context, command, command=True, last=True)] + [
            wire.p_data(context, piece, command=False, last=index == last)
            for index, piece in enumerate(pieces)
        ]

    cut = [
        wire.p_data(ECHO, echo[:20], command=True, last=False),
        wire.p_data(ECHO, echo[20:], command=True, last=True),
    ]
    return [
        [*message(ECHO, echo), wire.release_rq()],
        [*message(STORE, store, body), *message(STORE, store, body[:40], b"", body[40:])],
        [*message(STORE, find, body), *message(STORE, cancel)],
        [*message(STORE, failed), *message(ECHO, answered), wire.abort()],
        [*cut, wire.release_rp()],
    ]


def upper_layer_seeds() -> Iterator[tuple[str, bytes]]:
    """Give the seeds of what PS3.7 and PS3.8 define."""
    for command in command_sets():
        yield "command_set", command
    for kind, pdus in ((0, requests()), (1, answers()[:2])):
        for pdu in pdus:
            yield "association_items", bytes([kind]) + pdu[6:]
    for kind, items in itertools.product((2, 3), user_information()):
        yield "association_items", bytes([kind]) + items
    for step, stream in enumerate([*requests(), *answers()]):
        yield "pdu", bytes([step]) + stream
    for step, pdus in enumerate(conversations()):
        yield "pdu", bytes([step]) + b"".join(pdus)
        yield "pdu", bytes([step + 20]) + requests()[0] + b"".join(pdus)
    send = b"\2\1\x10\0"
    for pdus in conversations():
        row = [take(pdu) + bytes([WRITE]) for pdu in pdus]
        yield "association", script(ESTABLISHED_ACCEPTOR, *row, bytes([RESPOND, WRITE]))
        yield "association", script(ESTABLISHED_REQUESTOR, send, *row, b"\4\1", bytes([CLOSE]))
        opening = take(requests()[0]) + bytes([ACCEPT, WRITE])
        yield "association", script(ACCEPTOR, opening, *row, bytes([RESPOND_RELEASE, WRITE]))
    for answer in answers():
        yield "association", script(REQUESTOR, bytes([WRITE]), take(answer), send, b"\1\x09\xff")


def data_set_seeds() -> Iterator[tuple[str, bytes]]:
    """Give the seeds of what PS3.5 and PS3.10 define."""
    for path in corpora.corpus_files():
        content = path.read_bytes()
        yield "part10", content[:LONGEST]
        for text in texts(path):
            yield "text", text
        yield "load", content[:LONGEST]
        if raw := raw_data_set(content):
            number, body = raw
            yield "data_set", bytes([number]) + body
            yield "matches", bytes([number, len(body) // 2 % 256]) + body
            yield "load", bytes([number]) + body
            yield "rewrite", bytes([number, 7]) + body
            yield "transcode", bytes([number + 4 * ((number + 1) % 4), 7]) + body
        for count, (syntax, body) in enumerate(data_sets(path)):
            number = SYNTAXES[syntax]
            yield "data_set", bytes([number]) + body
            yield "matches", bytes([number, len(body) // 2 % 256]) + body
            if syntax != wire.DEFLATED_LE:
                yield "rewrite", bytes([number, count * 9]) + body
            for other in range(4):
                yield "transcode", bytes([number + 4 * other, count * 9 + other]) + body


def main(directory: Path) -> None:
    """Write every seed, named by its content as libFuzzer names its own."""
    warnings.simplefilter("ignore")
    for target, seed in itertools.chain(upper_layer_seeds(), data_set_seeds()):
        name = hashlib.sha1(seed, usedforsecurity=False).hexdigest()
        place = directory / target
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(seed)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
