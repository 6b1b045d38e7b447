"""Instances larger than what a relay may hold in memory."""

from __future__ import annotations

import struct

import dimse
import pytest
import wire
from generated import dataset
from scripted_queries import Asked, end, query_scp
from scripted_retrieves import read_store_response
from wire import CT_IMAGE_STORAGE

from dicomwire import StorageReceiver

pytestmark = pytest.mark.usefixtures("engine")

SIZE = 300 << 20
# The header of the last element and its value, for 8 by 8 pixels.
_PIXELS = 12 + 128

RELAY = """
import resource, sys
from dicomwire import DicomEngine, QueryRetrieveScu, StoreScu

def most_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

source, destination, sop_class = sys.argv[1:]
with DicomEngine():
    before = most_memory()
    report = QueryRetrieveScu(source).get(
        StoreScu(destination), sop_classes=[sop_class], StudyInstanceUID="2.25.101"
    )
    print(report.completed, report.bytes, most_memory() - before)
"""


def large_store(asked: Asked) -> None:
    """Store one large image over the association of a C-GET, made up while it is sent."""
    talk, context = asked.talk, asked.request.context_of(CT_IMAGE_STORAGE)
    asked.sent += 1
    command = dimse.encode(dimse.c_store_rq(CT_IMAGE_STORAGE, "2.25.1", asked.sent))
    talk.send(wire.p_data(context, command, command=True, last=True))
    head = dataset(CT_IMAGE_STORAGE, "2.25.1")[:-_PIXELS]
    head += struct.pack("<HH2sxxL", 0x7FE0, 0x0010, b"OW", SIZE)
    talk.send(wire.p_data(context, head, command=False, last=False))
    piece = wire.p_data(context, bytes(65536), command=False, last=False)
    for _ in range(SIZE // 65536):
        talk.send(piece)
    talk.send(wire.p_data(context, b"", command=False, last=True))
    read_store_response(asked)


def test_a_relay_holds_no_whole_instance(scripted_peer, python):
    peer = scripted_peer(query_scp(large_store, end(completed=1)))
    with StorageReceiver("RELAY", sink=None) as receiver:
        destination = f"RELAY@127.0.0.1:{receiver.port}"
        done = python(RELAY, peer.peer, destination, CT_IMAGE_STORAGE)
        assert done.code == 0, done.stderr
        assert receiver.received == 1
        assert receiver.bytes > SIZE
    completed, size, memory = map(int, done.stdout.split())
    assert completed == 1
    assert size > SIZE
    # In kibibytes; a tenth of the instance is far above what a relay needs.
    assert memory < SIZE // 10 // 1024
