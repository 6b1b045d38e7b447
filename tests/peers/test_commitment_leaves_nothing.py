"""Storage commitment leaves no thread, socket or file, however it ends."""

from __future__ import annotations

import threading

import pytest
from committing import PAIRS

from dicomwire import (
    DicomEngine,
    DicomWireError,
    EngineNotStartedError,
    EventListener,
    StorageCommitmentScu,
)
from dicomwire.scu.commitment_ledger import LEDGER


@pytest.fixture
def free():
    """Return a port to listen on, found by listening."""
    with DicomEngine(), EventListener("X") as listener:
        return listener.port


@pytest.mark.parametrize("way", ["SAME", "NEVER"])
def test_after_a_request(commitment_scp, way, nothing_left):
    with DicomEngine():
        StorageCommitmentScu(commitment_scp.peer(f"ALL-{way}")).request(PAIRS, wait=0.1)
    assert len(LEDGER) == 0


@pytest.mark.parametrize("way", ["BACK", "BACKTWICE", "BACKABORT", "NEVER"])
def test_after_a_call_back(commitment_scp, free, way, nothing_left):
    with DicomEngine():
        scu = StorageCommitmentScu(commitment_scp.peer(f"ALL-{way}"), calling_ae_title=f"CB{free}")
        result = scu.request(PAIRS, wait=0.3, listen=free)
        assert result.is_complete == (way in ("BACK", "BACKTWICE"))


def test_a_shutdown_ends_a_wait(commitment_scp, nothing_left):
    scu = StorageCommitmentScu(commitment_scp.peer("ALL-NEVER"))
    asked = threading.Event()
    scu.after_n_action += lambda event: asked.set()
    ended = []

    def wait_for_ever():
        try:
            ended.append(scu.request(PAIRS, wait=3600))
        except DicomWireError as error:
            ended.append(error)

    DicomEngine.startup()
    thread = threading.Thread(target=wait_for_ever)
    thread.start()
    assert asked.wait(10)
    DicomEngine.shutdown(timeout=0.2)
    thread.join(10)
    assert not thread.is_alive()
    assert len(ended) == 1
    assert not scu.last_result.is_complete


@pytest.mark.parametrize("end", ["shutdown", "forget"])
def test_a_wait_ends_when_nobody_expects_the_report(commitment_scp, end, nothing_left):
    scu = StorageCommitmentScu(commitment_scp.peer("ALL-NEVER"))
    DicomEngine.startup()
    listener = EventListener("X").start()
    result = scu.request(PAIRS, wait=None, listener=listener)
    begun = threading.Event()
    ended = []

    def wait_for_ever():
        begun.set()
        try:
            ended.append(result.wait(3600))
        except EngineNotStartedError:
            # The shutdown came first.
            ended.append(False)

    thread = threading.Thread(target=wait_for_ever)
    thread.start()
    assert begun.wait(10)
    if end == "forget":
        result.forget()
        thread.join(10)
    DicomEngine.shutdown(timeout=0.2)
    thread.join(10)
    assert ended == [False]


def test_an_interpreter_that_exits_with_a_pending_result_exits_cleanly(commitment_scp, python):
    script = """
import sys
from dicomwire import DicomEngine, EventListener, StorageCommitmentScu
DicomEngine.startup()
listener = EventListener("X").start()
scu = StorageCommitmentScu(sys.argv[1])
scu.__enter__()
result = scu.request(("1.2.840.10008.5.1.4.1.1.2", "2.25.1"), wait=None, listener=listener)
print(result.is_complete)
"""
    done = python(script, commitment_scp.peer("ALL-NEVER"))
    assert (done.code, done.stdout, done.stderr) == (0, "False\n", "")
