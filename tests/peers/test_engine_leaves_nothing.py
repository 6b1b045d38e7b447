"""After the last shutdown no thread, socket or file of ours remains."""

from __future__ import annotations

import threading

import pytest
from generated import write_series
from leaving import check_nothing_more, open_files, threads
from scripted import accept_and_never_answer, accept_everything
from storing import SHORT

from dicomwire import (
    DicomEngine,
    EngineNotStartedError,
    StorageReceiver,
    StoreScu,
    VerificationScu,
)


def test_after_a_store(storescp, tmp_path, nothing_left):
    write_series(tmp_path, 20)
    with DicomEngine():
        assert StoreScu(storescp.peer).store(tmp_path).sent == 20


def test_after_a_store_over_several_associations_to_our_receiver(tmp_path, nothing_left):
    write_series(tmp_path / "sent", 20)
    with DicomEngine(), StorageReceiver("RX", sink=tmp_path / "received") as receiver:
        scu = StoreScu(f"RX@127.0.0.1:{receiver.port}")
        assert scu.store(tmp_path / "sent", associations=4).sent == 20


def test_shutdown_releases_an_association_that_was_kept_open(scripted_peer):
    released = threading.Event()

    def watch(talk):
        accept_everything(talk)
        released.set()

    peer = scripted_peer(watch)
    files, tasks = open_files(), threads()
    DicomEngine.startup()
    scu = VerificationScu(peer.peer)
    scu.__enter__()
    assert scu.echo() == 0
    DicomEngine.shutdown()
    assert released.wait(5)
    del scu
    check_nothing_more(files, tasks)


def test_shutdown_ends_a_receiver_with_an_association_on_it(tmp_path, nothing_left):
    from raw_client import RawClient

    DicomEngine.startup()
    receiver = StorageReceiver("RX", sink=tmp_path).start()
    with RawClient(receiver.port) as client:
        DicomEngine.shutdown(timeout=0.2)
        with pytest.raises((EOFError, ConnectionError)):
            while True:
                client.read_exactly(1)
    assert not DicomEngine.is_running()


def test_after_a_failed_store(scripted_peer, tmp_path):
    write_series(tmp_path, 3)
    peer = scripted_peer(accept_and_never_answer)
    files, tasks = open_files(), threads()
    with DicomEngine():
        assert StoreScu(peer.peer, options=SHORT).store(tmp_path, attempts=1).failed == 3
    # The peer runs in this process too: its side ends when it sees the end of ours.
    check_nothing_more(files, tasks)


def test_calls_nest():
    with DicomEngine():
        with DicomEngine():
            assert DicomEngine.is_running()
        assert DicomEngine.is_running()
    assert not DicomEngine.is_running()


@pytest.mark.parametrize(
    "use",
    [
        lambda: VerificationScu("A@127.0.0.1:104").echo(),
        lambda: StoreScu("A@127.0.0.1:104").store([]),
        lambda: list(StoreScu("A@127.0.0.1:104").store_iter([])),
        lambda: StorageReceiver("A").start(),
        lambda: StorageReceiver("A").__enter__(),
        lambda: StoreScu("A@127.0.0.1:104").__enter__(),
    ],
)
def test_use_without_the_engine_names_the_call_to_make(use):
    with pytest.raises(EngineNotStartedError, match=r"DicomEngine\.startup\(\)"):
        use()


LEAVE_WITHOUT_SHUTDOWN = """
import sys
from dicomwire import DicomEngine, StorageReceiver, VerificationScu
DicomEngine.startup()
receiver = StorageReceiver("RX", sink=sys.argv[1]).start()
scu = VerificationScu(f"RX@127.0.0.1:{receiver.port}")
scu.__enter__()
print(scu.echo())
"""


def test_an_interpreter_that_exits_without_shutdown_exits_cleanly(python, tmp_path):
    done = python(LEAVE_WITHOUT_SHUTDOWN, tmp_path)
    assert (done.code, done.stdout, done.stderr) == (0, "0x0000 (Success)\n", "")
