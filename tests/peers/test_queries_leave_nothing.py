"""Queries and retrievals leave no thread, socket or file, however they end."""

from __future__ import annotations

import threading

import pytest
import scripted_queries as bad
from scripted_queries import matches, query_scp
from scripted_retrieves import get_stores
from storing import SHORT
from studies import MANY
from wire import CT_IMAGE_STORAGE

from dicomwire import (
    DicomEngine,
    DicomWireError,
    EngineNotStartedError,
    QueryRetrieveScu,
    StorageReceiver,
    StoreScu,
)

STUDY = {"StudyInstanceUID": MANY.studies[0].uid}


def test_after_queries(dcmtk_archive, nothing_left):
    with DicomEngine():
        scu = QueryRetrieveScu(dcmtk_archive.peer)
        assert len(list(scu.find(level="SERIES", **STUDY))) == 40
        assert len(list(scu.find(level="SERIES", **STUDY).dicts())) == 40
        with scu:
            assert len(list(scu.find_many([STUDY] * 5, level="SERIES"))) == 200
            for _ in scu.find(level="SERIES", **STUDY):
                break


def test_after_a_get(dcmtk_archive, tmp_path, nothing_left):
    with DicomEngine():
        assert QueryRetrieveScu(dcmtk_archive.peer).get(tmp_path, **STUDY).received == 40


def test_after_a_relay(dcmtk_archive, nothing_left):
    with DicomEngine(), StorageReceiver("RELAY", sink=None) as receiver:
        relay = StoreScu(f"RELAY@127.0.0.1:{receiver.port}")
        assert QueryRetrieveScu(dcmtk_archive.peer).get(relay, **STUDY).completed == 40


def test_after_a_move_to_ourselves(dcmtk_archive, destinations, tmp_path, nothing_left):
    with DicomEngine():
        report = QueryRetrieveScu(dcmtk_archive.peer).move(
            "RECEIVER", receiver=tmp_path, receiver_port=destinations["RECEIVER"], **STUDY
        )
        assert report.received == 40


def test_a_shutdown_ends_a_query_that_is_half_read(dcmtk_archive, nothing_left):
    DicomEngine.startup()
    with QueryRetrieveScu(dcmtk_archive.peer) as scu:
        result = scu.find(level="SERIES", **STUDY)
        next(iter(result))
        DicomEngine.shutdown()
        with pytest.raises(EngineNotStartedError):
            scu.find(level="SERIES", **STUDY)


@pytest.mark.parametrize("what", ["find", "get", "relay"])
def test_a_shutdown_ends_what_waits_for_a_silent_peer(scripted_peer, tmp_path, what):
    reached = threading.Event()

    def silence(asked):
        reached.set()
        bad.silence(asked)

    first = matches(2) if what == "find" else get_stores(["2.25.1"])
    scu = QueryRetrieveScu(scripted_peer(query_scp(first, silence)).peer)
    raised = []

    def wait_for_ever():
        try:
            if what == "find":
                list(scu.find(PatientID="*"))
            else:
                sink = tmp_path if what == "get" else StoreScu(relay)
                scu.get(sink, sop_classes=[CT_IMAGE_STORAGE], StudyInstanceUID="2.25.101")
        except DicomWireError as error:
            raised.append(error)

    DicomEngine.startup()
    receiver = StorageReceiver("RELAY", sink=None).start()
    relay = f"RELAY@127.0.0.1:{receiver.port}"
    thread = threading.Thread(target=wait_for_ever)
    thread.start()
    assert reached.wait(10)
    DicomEngine.shutdown(timeout=0.3)
    thread.join(10)
    assert not thread.is_alive()
    assert len(raised) == 1
    assert not DicomEngine.is_running()


def test_abort_of_a_get_from_another_thread(scripted_peer, tmp_path):
    scu = QueryRetrieveScu(scripted_peer(query_scp(get_stores(["2.25.1"]), bad.silence)).peer)
    scu.moved += lambda _: threading.Timer(0.1, scu.abort).start()
    with DicomEngine(), pytest.raises(DicomWireError):
        scu.get(tmp_path, sop_classes=[CT_IMAGE_STORAGE], StudyInstanceUID="2.25.101")
    assert [path.name for path in tmp_path.iterdir()] == ["2.25.1.dcm"]


def test_the_engine_can_run_again_after_a_query_was_cut_off(scripted_peer):
    scu = QueryRetrieveScu(scripted_peer(query_scp(matches(2), bad.silence)).peer, options=SHORT)
    for _ in range(2):
        with DicomEngine():
            result = scu.find(PatientID="*")
            next(iter(result))


LEAVE_WITHOUT_SHUTDOWN = """
import sys
from dicomwire import DicomEngine, QueryRetrieveScu
DicomEngine.startup()
scu = QueryRetrieveScu(sys.argv[1])
scu.__enter__()
result = scu.find(level="SERIES", StudyInstanceUID=sys.argv[2])
print(next(iter(result)).StudyInstanceUID)
"""


def test_an_interpreter_that_exits_in_a_query_exits_cleanly(python, dcmtk_archive):
    uid = STUDY["StudyInstanceUID"]
    done = python(LEAVE_WITHOUT_SHUTDOWN, dcmtk_archive.peer, uid)
    assert (done.code, done.stdout, done.stderr) == (0, f"{uid}\n", "")


LEAVE_WHILE_A_THREAD_READS = """
import logging
import sys
import threading
from dicomwire import DicomEngine, QueryRetrieveScu
logging.basicConfig(level=logging.DEBUG, filename="/dev/null")
DicomEngine.startup()
result = QueryRetrieveScu(sys.argv[1]).find_many(
    [{"PatientID": "*"}] * 2, level="STUDY", associations=2
)
threading.Thread(target=lambda: list(result), daemon=True).start()
while result.matches < 100:
    pass
"""


def test_an_interpreter_that_exits_does_not_leave_threads_that_log(python, scripted_peer):
    script = query_scp(bad.endless_matches)
    done = python(LEAVE_WHILE_A_THREAD_READS, scripted_peer(script, script).peer)
    assert done.code == 0, done.stderr
