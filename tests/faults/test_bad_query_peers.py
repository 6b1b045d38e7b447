"""Archives that break off, fall silent, answer nonsense or do not stop while they are queried."""

from __future__ import annotations

import collections
import contextlib
import threading
import time

import pytest
import scripted_queries as bad
from generated import element
from scripted_queries import (
    CANCELLED,
    PENDING,
    PENDING_WITH_WARNING,
    Asked,
    end,
    identifier,
    match,
    matches,
    query_scp,
    uid_of,
    wait_for_cancel,
)
from storing import SHORT

from dicomwire import (
    AssociationAborted,
    AssociationOptions,
    ConnectionLost,
    DicomTimeout,
    FindResult,
    QueryRetrieveScu,
    RemoteProtocolError,
    StatusError,
    Timeouts,
)

pytestmark = pytest.mark.usefixtures("engine")

BREAKS = {
    "abort": (bad.abort, AssociationAborted),
    "abort in the middle of a match": (bad.abort_within_a_match, AssociationAborted),
    "reset": (bad.reset, ConnectionLost),
    "close": (bad.close, ConnectionLost),
    "silence": (bad.silence, DicomTimeout),
    "garbage": (bad.garbage, RemoteProtocolError),
    "a response to another request": (bad.wrong_message_id, RemoteProtocolError),
}


@pytest.fixture
def find(scripted_peer):
    """Ask a peer that answers by these steps."""

    def ask(*steps, **how):
        peer = scripted_peer(query_scp(*steps))
        return QueryRetrieveScu(peer.peer, options=SHORT).find(PatientID="*", **how)

    return ask


def each_uid(datasets):
    for dataset in datasets:
        yield dataset.StudyInstanceUID


def uids(datasets):
    return list(each_uid(datasets))


@pytest.mark.parametrize("name", BREAKS)
def test_what_came_before_the_break_is_delivered(find, name):
    step, error = BREAKS[name]
    found = []
    with pytest.raises(error):
        found.extend(each_uid(find(matches(3), step)))
    # extend() keeps what it was given before the exception.
    assert found == [uid_of(number) for number in range(3)]


@pytest.mark.parametrize("name", BREAKS)
def test_a_table_never_looks_whole_after_a_break(find, name):
    step, error = BREAKS[name]
    with pytest.raises(error):
        find(matches(3), step).to_polars()


def test_silence_names_its_phase(find):
    with pytest.raises(DicomTimeout) as caught:
        list(find(bad.silence))
    assert caught.value.phase == "dimse"


def test_the_next_query_gets_a_new_association(scripted_peer):
    peer = scripted_peer(query_scp(matches(1), bad.reset), query_scp(matches(2), end()))
    with QueryRetrieveScu(peer.peer, options=SHORT) as scu:
        with pytest.raises(ConnectionLost):
            list(scu.find(PatientID="*"))
        assert len(list(scu.find(PatientID="*"))) == 2
    assert len(peer.conversations) == 2


FAILURES = [0xA700, 0xA900, 0xC001, 0x0122]


@pytest.mark.parametrize("status", FAILURES)
def test_a_failure_is_raised_after_the_matches(find, status):
    comment = end(status, error_comment="no room", offending_element=0x0010_0010)
    result = find(matches(2), comment)
    found = []
    with pytest.raises(StatusError, match="no room") as caught:
        found.extend(each_uid(result))
    assert found == [uid_of(0), uid_of(1)]
    assert caught.value.status == status == result.status
    assert caught.value.comment == "no room"
    assert result.status.is_failure
    assert result.status.comment == "no room"
    assert [int(tag) for tag in result.status.offending_elements] == [0x0010_0010]


@pytest.mark.parametrize("status", FAILURES)
def test_a_failure_can_be_had_as_a_status(find, status):
    result = find(matches(2), end(status), strict=False)
    assert len(list(result)) == 2
    assert result.status == status


@pytest.mark.parametrize("take", ["dicts", "to_polars", "to_arrow"])
def test_a_failure_never_looks_like_a_short_answer(find, take):
    with pytest.raises(StatusError):
        taken = getattr(find(matches(2), end(0xA700)), take)()
        list(taken)


def test_a_cancellation_nobody_asked_for_is_a_failure(find):
    with pytest.raises(StatusError):
        list(find(matches(2), end(CANCELLED)))


def test_keys_that_are_not_supported_are_counted(find):
    steps = (matches(2), matches(3, PENDING_WITH_WARNING), matches(1), end())
    result = find(*steps)
    assert len(list(result)) == 6
    assert result.optional_keys_unsupported == 3
    assert result.status == 0


DAMAGE = {
    "a length beyond the end": identifier(9)[:-4],
    "no elements at all": b"\x01\x02\x03\x04\x05",
    "a group length of 4 GiB": b"\x08\x00\x05\x00UN\0\0\xff\xff\xff\xfe" + bytes(16),
    "the end of a sequence nobody began": b"\xfe\xff\xdd\xe0\0\0\0\0",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_an_undecodable_match_is_reported_and_the_rest_goes_on(find, name):
    result = find(matches(2), match(DAMAGE[name]), matches(2), end())
    assert uids(result) == [uid_of(0), uid_of(1), uid_of(3), uid_of(4)]
    (undecodable,) = result.undecodable
    assert undecodable.number == 2
    assert undecodable.data == DAMAGE[name]
    assert undecodable.error
    assert result.matches == 5
    assert result.status == 0


@pytest.mark.parametrize("name", DAMAGE)
def test_an_undecodable_match_is_a_row_with_its_error(find, name):
    steps = (matches(2), match(DAMAGE[name]), matches(2), end())
    rows = list(find(*steps).dicts())
    assert [bool(row["error"]) for row in rows] == [False, False, True, False, False]
    assert [row["StudyInstanceUID"] for row in rows if not row["error"]] == [
        uid_of(0),
        uid_of(1),
        uid_of(3),
        uid_of(4),
    ]
    assert find(*steps).to_polars().to_dicts() == rows


def test_pending_without_an_identifier(find):
    result = find(matches(1), match(None), matches(1), end())
    assert uids(result) == [uid_of(0), uid_of(2)]
    (undecodable,) = result.undecodable
    assert (undecodable.number, undecodable.data) == (1, b"")


def test_an_empty_identifier_is_a_match_without_elements(find):
    result = find(match(b""), matches(1), end())
    first, second = result
    assert len(first) == 0
    assert second.StudyInstanceUID == uid_of(1)


def test_a_value_that_is_none_of_its_kind(find):
    wrong = identifier(0).replace(b"20240102", b"TOMORROW")
    (row,) = find(match(wrong), end()).dicts()
    assert row["StudyDate"] is None
    assert "StudyDate" in row["error"]
    assert row["PatientID"] == "P0"


@pytest.mark.parametrize("take", ["__iter__", "dicts"])
def test_an_enormous_identifier_costs_a_match_and_not_the_memory(find, take):
    comments = element(0x10, 0x4000, "UT", "x" * (20 << 20))
    huge = identifier(0)[:-22] + comments
    steps = (matches(1), match(huge), matches(1), end())
    result = find(*steps)
    found = list(getattr(result, take)())
    assert result.matches == 3
    assert len(found) + len(result.undecodable) >= 3
    assert result.status == 0


def test_leaving_early_from_a_peer_that_does_not_heed_the_cancel(scripted_peer):
    # It goes on until we leave: the association is aborted after a while.
    flooded = query_scp(bad.endless_matches)
    peer = scripted_peer(flooded, query_scp(matches(1), end()))
    with QueryRetrieveScu(peer.peer, options=SHORT) as scu:
        for _ in scu.find(PatientID="*"):
            break
        assert len(list(scu.find(PatientID="*"))) == 1
    assert len(peer.conversations) == 2


def test_leaving_early_from_a_peer_that_is_silent_about_the_cancel(scripted_peer):
    silent = query_scp(matches(5), wait_for_cancel, bad.silence)
    peer = scripted_peer(silent, query_scp(matches(1), end()))
    with QueryRetrieveScu(peer.peer, options=SHORT) as scu:
        for _ in scu.find(PatientID="*"):
            break
        assert len(list(scu.find(PatientID="*"))) == 1
    assert len(peer.conversations) == 2


def test_a_few_more_matches_after_the_cancel_are_thrown_away(scripted_peer):
    script = query_scp(matches(5), wait_for_cancel, matches(1000), end(CANCELLED))
    peer = scripted_peer(script)
    with QueryRetrieveScu(peer.peer, options=SHORT) as scu:
        for _ in range(3):
            for dataset in scu.find(PatientID="*"):
                assert dataset.StudyInstanceUID == uid_of(0)
                break
    assert len(peer.conversations) == 1


def test_success_instead_of_a_heeded_cancel(scripted_peer):
    script = query_scp(matches(5), wait_for_cancel, matches(5), end())
    peer = scripted_peer(script)
    with QueryRetrieveScu(peer.peer, options=SHORT) as scu:
        for _ in range(2):
            next(iter(scu.find(PatientID="*", limit=2)))
    assert len(peer.conversations) == 1


def test_a_consumer_that_stops_stops_the_peer(scripted_peer):
    served: list[Asked] = []
    peer = scripted_peer(query_scp(bad.endless_matches, served=served))
    result = QueryRetrieveScu(peer.peer, options=SHORT).find(PatientID="*")
    matches_ = iter(result)
    next(matches_)
    sent = _settled(served[0])
    # Sockets hold a few megabytes, and these matches have about 100 bytes.
    assert sent < 200_000
    for _ in range(sent + 1):
        next(matches_)
    assert served[0].sent > sent
    result.close()


def _settled(asked: Asked) -> int:
    """Wait until the peer cannot send any more, and return how many matches it sent."""
    deadline = time.monotonic() + 20
    sent = -1
    while sent != asked.sent:
        assert time.monotonic() < deadline, "the peer is never stopped"
        sent = asked.sent
        time.sleep(0.3)
    return sent


def test_an_abort_from_another_thread(scripted_peer):
    import threading

    peer = scripted_peer(query_scp(matches(1), bad.silence))
    scu = QueryRetrieveScu(peer.peer)
    with scu, pytest.raises(AssociationAborted):
        for _ in scu.find(PatientID="*"):
            threading.Timer(0.1, scu.abort).start()


def test_a_status_that_is_none_of_a_query(find):
    # Neither pending nor in any range: told as it is.
    with contextlib.suppress(StatusError):
        result = find(matches(1), end(0x1234))
        assert len(list(result)) == 1
    assert result.status == 0x1234
    assert result.status != PENDING


FORMS = {"data sets": iter, "dictionaries": FindResult.dicts, "a table": FindResult.to_polars}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("many", [False, True], ids=["one query", "many queries"])
def test_what_was_aborted_from_outside_never_looks_whole(scripted_peer, form, many):
    scu = QueryRetrieveScu(scripted_peer(query_scp(bad.endless_matches)).peer, options=SHORT)
    if many:
        result = scu.find_many([{"PatientID": "*"}], level="STUDY", associations=1)
    else:
        result = scu.find(PatientID="*")

    def abort():
        while result.matches < 100:
            time.sleep(0.01)
        scu.abort()

    aborting = threading.Thread(target=abort)
    aborting.start()
    with pytest.raises(AssociationAborted, match="abort"):
        collections.deque(FORMS[form](result), maxlen=0)
    aborting.join()
    assert result.status is None or not result.status.is_success


def test_undecodable_matches_are_kept_within_bounds(find):
    result = find(*[match(b"\1\2\3")] * 1100, end())
    kept = [len(result.undecodable) for _ in result.dicts()]
    assert kept[-1] == len(result.undecodable) == 1000
    result = find(*[match(bytes([1] * 8_000_000))] * 12, end())
    assert len(list(result)) == 0
    assert result.matches == 12
    assert len(result.undecodable) == 8


def test_many_queries_are_closed_although_the_peer_says_nothing(scripted_peer):
    # Nothing but the time for the end of a query limits this: there is no time-out for answers.
    timeouts = Timeouts(dimse=None, release=0.2)
    scu = QueryRetrieveScu(
        scripted_peer(query_scp(matches(1), bad.silence)).peer,
        options=AssociationOptions(timeouts=timeouts),
    )
    with scu.find_many([{"PatientID": "*"}], level="STUDY", associations=1) as result:
        assert next(iter(result)).PatientID == "P0"
