"""How a query ends: by itself, by a limit, early, and with another one inside of it."""

from __future__ import annotations

import os
import threading

import pytest
from asking import keys
from scripted_queries import CANCELLED, Asked, end, matches, query_scp, wait_for_cancel
from studies import MANY

from dicomwire import AssociationOptions, QueryRetrieveScu

pytestmark = pytest.mark.usefixtures("engine")

FORTY = {"level": "SERIES", "StudyInstanceUID": MANY.studies[0].uid}


@pytest.mark.parametrize("limit", [1, 7, 40, 1000])
def test_a_limit(archive, limit):
    with QueryRetrieveScu(archive.peer) as scu:
        result = scu.find(**FORTY, limit=limit)
        assert len(list(result)) == min(limit, 40) == result.matches
        assert len(list(scu.find(**FORTY))) == 40


def test_a_limit_for_tables(archive):
    scu = QueryRetrieveScu(archive.peer)
    assert scu.find(**FORTY, limit=5).to_polars().height == 5


@pytest.mark.parametrize("keep", [True, False])
def test_leaving_the_loop_ends_the_query(archive, keep):
    scu = QueryRetrieveScu(archive.peer)
    if keep:
        scu.__enter__()
    opened = []
    scu.after_associate_request += opened.append
    for number, _ in enumerate(scu.find(**FORTY)):
        if number == 3:
            break
    assert len(list(scu.find(**FORTY))) == 40
    assert len(opened) == (1 if keep else 2)
    if keep:
        scu.__exit__(None, None, None)


def test_a_cancel_from_within_the_loop(scripted_peer):
    served: list[Asked] = []
    script = query_scp(matches(3), wait_for_cancel, matches(2), end(CANCELLED), served=served)
    with QueryRetrieveScu(scripted_peer(script).peer) as scu:
        result = scu.find(PatientID="*")
        found = []
        for match in result:
            if not found:
                result.cancel()
            found.append(match)
    assert len(found) == 5
    assert result.status == CANCELLED
    assert result.status.is_cancel


def test_a_stream_that_is_given_up_leaves_the_interpreter_to_others(scripted_peer):
    # The peer runs in this process: it cannot confirm while somebody holds the interpreter.
    script = query_scp(matches(3), wait_for_cancel, end(CANCELLED))
    result = QueryRetrieveScu(scripted_peer(script).peer).find(PatientID="*")
    stream = result.__arrow_c_stream__()
    del stream
    assert result.status == CANCELLED


def test_a_limit_cancels_what_would_never_end(scripted_peer):
    script = query_scp(matches(10), wait_for_cancel, matches(3), end(CANCELLED))
    peer = scripted_peer(script)
    with QueryRetrieveScu(peer.peer) as scu:
        for _ in range(2):
            result = scu.find(PatientID="*", limit=4)
            assert [match.StudyInstanceUID for match in result] == [
                "2.25.0",
                "2.25.1",
                "2.25.2",
                "2.25.3",
            ]
            assert result.status == CANCELLED
    assert len(peer.conversations) == 1


def test_a_limited_query_does_not_wait_for_the_peer_to_stop(scripted_peer):
    has_match = threading.Event()

    def stop_late(_):
        assert has_match.wait(20), "the match is held back"

    script = query_scp(matches(1), wait_for_cancel, stop_late, end(CANCELLED))
    result = QueryRetrieveScu(scripted_peer(script).peer).find(PatientID="*", limit=1)
    for _ in result:
        has_match.set()
    assert result.matches == 1
    assert result.status == CANCELLED


def test_a_query_within_the_loop_over_a_query(archive):
    with QueryRetrieveScu(archive.peer) as scu:
        studies = list(scu.find(PatientID="DW-1", return_keys=[]))
        series = []
        for study in scu.find(PatientID="DW-1", return_keys=[]):
            uid = study.StudyInstanceUID
            series += [
                (uid, match.SeriesInstanceUID)
                for match in scu.find(level="SERIES", StudyInstanceUID=uid)
            ]
        one_after_the_other = [
            (study.StudyInstanceUID, match.SeriesInstanceUID)
            for study in studies
            for match in scu.find(level="SERIES", StudyInstanceUID=study.StudyInstanceUID)
        ]
    assert series == one_after_the_other
    assert series


def test_a_result_can_be_closed(archive):
    with QueryRetrieveScu(archive.peer) as scu:
        with scu.find(**FORTY) as result:
            next(iter(result))
        assert len(list(scu.find(**FORTY))) == 40


def test_a_result_nobody_reads_is_no_leak(archive):
    scu = QueryRetrieveScu(archive.peer)
    scu.find(**FORTY)
    assert len(list(scu.find(**FORTY))) == 40


@pytest.mark.parametrize("granted", [b"\x01", b"\x00", None])
def test_relational_queries_are_asked_for_and_the_answer_is_told(scripted_peer, granted):
    peer = scripted_peer(query_scp(matches(1), end(), extended=granted))
    options = AssociationOptions(relational=True)
    result = QueryRetrieveScu(peer.peer, options=options).find(
        keys(PatientID="1", StudyInstanceUID="")
    )
    list(result)
    (conversation,) = peer.conversations
    assert {uid: info[:1] for uid, info in conversation.request.extended.items()} == {
        "1.2.840.10008.5.1.4.1.2.2.1": b"\x01"
    }
    assert result.relational == (granted == b"\x01")


def test_a_relational_query_needs_no_key_of_the_level_above(scripted_peer):
    peer = scripted_peer(query_scp(matches(1), end(), extended=b"\x01"))
    options = AssociationOptions(relational=True)
    result = QueryRetrieveScu(peer.peer, options=options).find(level="SERIES", Modality="CT")
    assert len(list(result)) == 1
    assert result.relational


def test_real_archives_answer_nothing_about_it(archive):
    options = AssociationOptions(relational=True)
    result = QueryRetrieveScu(archive.peer, options=options).find(**FORTY)
    assert len(list(result)) == 40
    assert not result.relational


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_does_not_end_the_query_of_its_parent(scripted_peer):
    served: list[Asked] = []
    script = query_scp(matches(3), wait_for_cancel, end(CANCELLED), served=served)
    result = QueryRetrieveScu(scripted_peer(script).peer).find(PatientID="*", limit=3)
    child = os.fork()
    if child == 0:
        # What a process does that ends in order: nobody holds the result any more.
        del result
        os._exit(0)
    os.waitpid(child, 0)
    assert len(list(result)) == 3
    assert result.status == CANCELLED
