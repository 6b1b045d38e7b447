"""Command sets of PS3.7 made and taken apart by hand, with nothing of dicomwire in it."""

from __future__ import annotations

import struct

C_STORE_RQ, C_STORE_RSP = 0x0001, 0x8001
C_GET_RQ, C_GET_RSP = 0x0010, 0x8010
C_FIND_RQ, C_FIND_RSP = 0x0020, 0x8020
C_MOVE_RQ, C_MOVE_RSP = 0x0021, 0x8021
C_ECHO_RQ, C_ECHO_RSP = 0x0030, 0x8030
C_CANCEL_RQ = 0x0FFF
N_EVENT_REPORT_RQ, N_EVENT_REPORT_RSP = 0x0100, 0x8100
N_GET_RQ, N_GET_RSP = 0x0110, 0x8110
N_SET_RQ, N_SET_RSP = 0x0120, 0x8120
N_ACTION_RQ, N_ACTION_RSP = 0x0130, 0x8130
N_CREATE_RQ, N_CREATE_RSP = 0x0140, 0x8140
N_DELETE_RQ, N_DELETE_RSP = 0x0150, 0x8150
DATA_SET = 0x0000
NO_DATA_SET = 0x0101

# The command elements tests use, by name: element number in group 0000 and kind of value.
_ELEMENTS = {
    "affected_sop_class_uid": (0x0002, "UI"),
    "requested_sop_class_uid": (0x0003, "UI"),
    "command_field": (0x0100, "US"),
    "message_id": (0x0110, "US"),
    "message_id_being_responded_to": (0x0120, "US"),
    "move_destination": (0x0600, "AE"),
    "priority": (0x0700, "US"),
    "data_set_type": (0x0800, "US"),
    "status": (0x0900, "US"),
    "offending_element": (0x0901, "AT"),
    "error_comment": (0x0902, "LO"),
    "error_id": (0x0903, "US"),
    "affected_sop_instance_uid": (0x1000, "UI"),
    "requested_sop_instance_uid": (0x1001, "UI"),
    "event_type_id": (0x1002, "US"),
    "attribute_identifier_list": (0x1005, "AT"),
    "action_type_id": (0x1008, "US"),
    "remaining": (0x1020, "US"),
    "completed": (0x1021, "US"),
    "failed": (0x1022, "US"),
    "warning": (0x1023, "US"),
    "move_originator_ae_title": (0x1030, "AE"),
    "move_originator_message_id": (0x1031, "US"),
}
_NAMES = {element: name for name, (element, _) in _ELEMENTS.items()}

Command = dict[str, int | str]
"""Element names and values. Tags are a number, or several in a text: ``"00100010 00100020"``."""


def encode(command: Command) -> bytes:
    """Encode a command set: Implicit VR Little Endian with its group length (PS3.7 section 6.3)."""
    body = b""
    for name, value in sorted(command.items(), key=lambda pair: _ELEMENTS[pair[0]][0]):
        element, kind = _ELEMENTS[name]
        if kind == "AT":
            tags = [value] if isinstance(value, int) else [int(tag, 16) for tag in value.split()]
            data = b"".join(struct.pack("<HH", tag >> 16, tag & 0xFFFF) for tag in tags)
        elif isinstance(value, int):
            data = struct.pack("<H", value)
        else:
            padding = b"\0" if kind == "UI" else b" "
            data = value.encode() + padding * (len(value) % 2)
        body += struct.pack("<HHL", 0, element, len(data)) + data
    return struct.pack("<HHLL", 0, 0, 4, len(body)) + body


def decode(data: bytes) -> Command:
    """Decode a command set and check its group length."""
    command: Command = {}
    group_length = None
    offset = 0
    while offset < len(data):
        group, element, length = struct.unpack_from("<HHL", data, offset)
        value = data[offset + 8 : offset + 8 + length]
        offset += 8 + length
        assert group == 0, "group in a command set"
        assert len(value) == length, "value in a command set"
        if element == 0:
            group_length = int.from_bytes(value, "little")
            assert group_length == len(data) - offset, "group length of the command set"
        elif element in _NAMES:
            name = _NAMES[element]
            command[name] = _value(_ELEMENTS[name][1], value)
    assert group_length is not None, "a command set has a group length"
    return command


def _value(kind: str, value: bytes) -> int | str:
    """Decode a value by its kind."""
    if kind == "US":
        return int.from_bytes(value, "little")
    if kind == "AT":
        halves = struct.unpack(f"<{len(value) // 2}H", value)
        pairs = zip(halves[::2], halves[1::2], strict=True)
        return " ".join(f"{group:04X}{element:04X}" for group, element in pairs)
    return value.decode().rstrip("\0 ")


def response_to(request: Command, status: int = 0, **changes: int | str) -> Command:
    """Make the response to a request."""
    response: Command = {
        "command_field": int(request["command_field"]) | 0x8000,
        "message_id_being_responded_to": request["message_id"],
        "data_set_type": NO_DATA_SET,
        "status": status,
    }
    for name in ("sop_class_uid", "sop_instance_uid"):
        # What was requested is affected when it was done (PS3.7 section 10.3).
        for which in ("affected", "requested"):
            if f"{which}_{name}" in request:
                response[f"affected_{name}"] = request[f"{which}_{name}"]
    for name in ("event_type_id", "action_type_id"):
        if name in request:
            response[name] = request[name]
    return {**response, **changes}


def c_store_rq(
    sop_class_uid: str, sop_instance_uid: str, message_id: int = 1, **more: int | str
) -> Command:
    """Make a C-STORE-RQ (PS3.7 section 9.3.1.1)."""
    return {
        "affected_sop_class_uid": sop_class_uid,
        "command_field": C_STORE_RQ,
        "message_id": message_id,
        "priority": 0,
        "data_set_type": 0,
        "affected_sop_instance_uid": sop_instance_uid,
        **more,
    }
