"""Archives that get retrievals wrong: counts that lie, instances that are missing, breaks."""

from __future__ import annotations

import threading
import time

import pytest
import scripted_queries as bad
from scripted_queries import CANCELLED, end, query_scp, wait_for_cancel
from scripted_retrieves import (
    counters,
    failed_list,
    get_store_half,
    get_store_of_another_class,
    get_store_without_context,
    get_stores,
    listing,
    move_stores,
    progress,
)
from storing import SHORT
from wire import CT_IMAGE_STORAGE

from dicomwire import (
    AssociationAborted,
    ConnectionLost,
    DicomTimeout,
    QueryRetrieveScu,
    RemoteProtocolError,
    StatusError,
    StorageReceiver,
    StoreScu,
)

pytestmark = pytest.mark.usefixtures("engine")

STUDY = {"StudyInstanceUID": "2.25.101"}
THREE = ["2.25.1", "2.25.2", "2.25.3"]


@pytest.fixture
def get(scripted_peer, tmp_path):
    """Get CT images from a peer that answers by these steps, into tmp_path / "got"."""
    (tmp_path / "got").mkdir()

    def ask(*steps, sink=None, roles=True):
        peer = scripted_peer(query_scp(*steps, roles=roles))
        scu = QueryRetrieveScu(peer.peer, options=SHORT)
        target = tmp_path / "got" if sink is None else sink
        return scu.get(target, sop_classes=[CT_IMAGE_STORAGE], **STUDY)

    return ask


@pytest.fixture
def got(tmp_path):
    """What was got: names of files."""
    return lambda: sorted(path.name for path in (tmp_path / "got").iterdir())


@pytest.fixture
def move(scripted_peer, receiver):
    """Move to our receiver, by a peer that answers by these steps."""

    def ask(*steps, scu_options=SHORT, **how):
        peer = scripted_peer(query_scp(*steps))
        scu = QueryRetrieveScu(peer.peer, options=scu_options)
        return scu.move(receiver=receiver, **STUDY, **how)

    return ask


def files(uids):
    return [f"{uid}.dcm" for uid in uids]


def test_get_without_roles_in_the_answer(get, got):
    report = get(get_stores(THREE), end(completed=3), roles=False)
    assert got() == files(THREE)
    assert report.completed == report.received == 3


def test_get_of_a_class_that_was_not_asked_for(get, got):
    answers = []

    def keep(asked):
        answers.extend(asked.answers)
        end(0xB000, failed_list(["2.25.2"]), **counters(completed=2, failed=1))(asked)

    report = get(
        get_stores(["2.25.1"]), get_store_of_another_class("2.25.2"), get_stores(["2.25.3"]), keep
    )
    assert got() == files(["2.25.1", "2.25.3"])
    assert [answer["status"] for answer in answers] == [0, 0x0122, 0]
    assert (report.completed, report.failed) == (2, 1)
    assert report.failed_sop_instance_uids == ["2.25.2"]
    with pytest.raises(StatusError):
        report.raise_for_failures()


def test_get_in_a_context_that_was_never_proposed(get, got):
    with pytest.raises(RemoteProtocolError):
        get(get_stores(["2.25.1"]), get_store_without_context("2.25.2"))
    assert got() == files(["2.25.1"])


BREAKS = {
    "abort": (bad.abort, AssociationAborted),
    "reset": (bad.reset, ConnectionLost),
    "close": (bad.close, ConnectionLost),
    "silence": (bad.silence, DicomTimeout),
    "garbage": (bad.garbage, RemoteProtocolError),
}


@pytest.mark.parametrize("name", BREAKS)
def test_get_that_breaks_in_the_middle_of_an_instance(get, got, name):
    step, error = BREAKS[name]
    with pytest.raises(error):
        get(get_stores(THREE[:2]), get_store_half(THREE[2]), step)
    assert got() == files(THREE[:2])


@pytest.mark.parametrize("name", BREAKS)
def test_get_that_breaks_between_instances(get, got, name):
    step, error = BREAKS[name]
    with pytest.raises(error):
        get(get_stores(THREE[:2]), progress(1, 2), step)
    assert got() == files(THREE[:2])


def test_the_report_of_a_broken_get_can_be_had(scripted_peer, tmp_path):
    peer = scripted_peer(query_scp(get_stores(THREE[:2]), bad.abort))
    scu = QueryRetrieveScu(peer.peer, options=SHORT)
    with pytest.raises(AssociationAborted):
        scu.get(tmp_path, sop_classes=[CT_IMAGE_STORAGE], **STUDY)
    assert scu.last_report is not None
    assert scu.last_report.received == 2


def test_get_of_more_than_was_announced(get, got):
    report = get(get_stores(["2.25.1"]), progress(0, 1), get_stores(THREE[1:]), end(completed=1))
    assert got() == files(THREE)
    assert report.received == 3


def test_get_without_any_counters(get, got):
    report = get(get_stores(THREE), end())
    assert got() == files(THREE)
    assert report.received == 3
    assert report.status == 0


def test_get_that_says_success_and_sends_nothing(get, got):
    report = get(end(completed=3))
    assert got() == []
    assert report.received == 0
    with pytest.raises(StatusError):
        report.raise_for_failures()


@pytest.mark.parametrize("name", BREAKS)
def test_a_relay_never_stores_half_an_instance(get, tmp_path, name):
    step, error = BREAKS[name]
    target = tmp_path / "target"
    target.mkdir()
    with StorageReceiver("RELAY", sink=target) as receiver:
        relay = StoreScu(f"RELAY@127.0.0.1:{receiver.port}")
        with pytest.raises(error):
            get(get_stores(THREE[:2]), get_store_half(THREE[2]), step, sink=relay)
    assert sorted(path.name for path in target.iterdir()) == files(THREE[:2])


def test_a_relay_whose_destination_breaks_has_a_fate_for_every_instance(get, scripted_peer):
    answers = []

    def keep(asked):
        answers.extend(asked.answers)
        end(0xA702, **counters(failed=3))(asked)

    def abort_at_once(talk):
        talk.accept()
        talk.read_command()
        talk.send(b"\x07\0\0\0\0\4\0\0\0\0")
        talk.read_and_stay_silent()

    relay = StoreScu(scripted_peer(abort_at_once).peer)
    report = get(get_stores(THREE, rows=128), keep, sink=relay)
    assert [answer["status"] >> 8 for answer in answers] == [0xA7] * 3
    assert report.failed == 3
    assert report.completed == 0


def test_cancel_of_a_get(scripted_peer, tmp_path):
    script = query_scp(
        get_stores(THREE[:1]),
        progress(2, 1),
        wait_for_cancel,
        end(CANCELLED, **counters(remaining=2, completed=1)),
    )
    scu = QueryRetrieveScu(scripted_peer(script).peer, options=SHORT)
    scu.moved += lambda _: scu.cancel()
    report = scu.get(tmp_path, sop_classes=[CT_IMAGE_STORAGE], **STUDY)
    assert report.status.is_cancel
    assert (report.completed, report.remaining) == (1, 2)


def test_move_with_success_before_the_instances_arrive(move, receiver):
    def later(asked):
        end(**counters(completed=3))(asked)
        time.sleep(0.3)
        move_stores(receiver.port, THREE)(asked)

    report = move(later)
    assert report.received == 3
    assert report.missing == []
    report.raise_for_failures()


def test_move_with_success_and_an_instance_that_never_arrives(move, receiver):
    report = move(move_stores(receiver.port, THREE[:2]), end(**counters(completed=3)))
    assert report.received == 2
    with pytest.raises(StatusError, match="1"):
        report.raise_for_failures()


def test_the_missing_are_named_by_a_query(move, receiver):
    steps = (move_stores(receiver.port, THREE[:2]), end(**counters(completed=3)))
    report = move(listing(THREE, *steps))
    assert (report.expected, report.received) == (3, 2)
    assert report.missing == THREE[2:]
    with pytest.raises(StatusError, match=THREE[2]):
        report.raise_for_failures()


def test_a_verified_move_believes_the_query_and_not_the_count(move, receiver):
    steps = (move_stores(receiver.port, THREE[:2]), end(**counters(completed=2)))
    report = move(listing(THREE, *steps), verify=True)
    assert (report.expected, report.received) == (3, 2)
    assert report.missing == THREE[2:]
    with pytest.raises(StatusError, match=THREE[2]):
        report.raise_for_failures()


def test_a_verified_get_names_what_is_missing(scripted_peer, tmp_path):
    script = query_scp(listing(THREE, get_stores(THREE[:2]), end(**counters(completed=2))))
    scu = QueryRetrieveScu(scripted_peer(script).peer, options=SHORT)
    report = scu.get(tmp_path, verify=True, **STUDY)
    assert (report.expected, report.received) == (3, 2)
    assert report.missing == THREE[2:]


def test_move_without_any_counters(move, receiver):
    report = move(move_stores(receiver.port, THREE), end())
    assert report.received == 3
    assert report.status == 0


def test_a_slow_move_is_kept_alive_by_what_arrives(move, receiver):
    # Together they take longer than the time-out of SHORT, one second.
    def slowly(asked):
        for uid in THREE:
            time.sleep(0.6)
            move_stores(receiver.port, [uid])(asked)
        end(**counters(completed=3))(asked)

    assert move(slowly).received == 3


def test_a_move_where_nothing_happens_times_out(move, receiver):
    with pytest.raises(DicomTimeout):
        move(move_stores(receiver.port, THREE[:1]), bad.silence)


def test_a_list_of_failed_instances(move, receiver):
    report = move(
        move_stores(receiver.port, THREE[:1]),
        end(0xB000, failed_list(THREE[1:]), **counters(completed=1, failed=2)),
    )
    assert report.status == 0xB000
    assert (report.completed, report.failed, report.received) == (1, 2, 1)
    assert report.failed_sop_instance_uids == THREE[1:]
    with pytest.raises(StatusError):
        report.raise_for_failures()


@pytest.mark.parametrize("status", [0xA701, 0xA702, 0xA801, 0xA900, 0xC000])
def test_a_move_that_is_refused(move, status):
    report = move(end(status, error_comment="not today"))
    assert report.status == status
    assert report.received == 0
    with pytest.raises(StatusError, match="not today"):
        report.raise_for_failures()


@pytest.mark.parametrize("name", BREAKS)
def test_a_move_that_breaks(move, receiver, name):
    step, error = BREAKS[name]
    with pytest.raises(error):
        move(move_stores(receiver.port, THREE[:1]), progress(2, 1), step)
    assert receiver.received == 1


def test_cancel_of_a_move(scripted_peer, receiver):
    script = query_scp(
        move_stores(receiver.port, THREE[:1]),
        progress(2, 1),
        wait_for_cancel,
        end(CANCELLED, **counters(remaining=2, completed=1)),
    )
    scu = QueryRetrieveScu(scripted_peer(script).peer, options=SHORT)
    scu.moved += lambda _: scu.cancel()
    report = scu.move(receiver=receiver, **STUDY)
    assert report.status.is_cancel
    assert (report.completed, report.remaining, report.received) == (1, 2, 1)


def test_two_overlapping_moves_are_told_apart(scripted_peer, receiver):
    both_run = threading.Barrier(2, timeout=10)
    reports = {}

    def run(name, uids):
        def steps(asked):
            both_run.wait()
            move_stores(receiver.port, uids)(asked)
            both_run.wait()
            end(**counters(completed=len(uids)))(asked)

        scu = QueryRetrieveScu(
            scripted_peer(query_scp(steps)).peer, calling_ae_title=name, options=SHORT
        )
        reports[name] = scu.move(receiver=receiver, **STUDY)

    threads = [
        threading.Thread(target=run, args=("ONE", THREE)),
        threading.Thread(target=run, args=("OTHER", ["2.25.11", "2.25.12"])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: report.received for name, report in reports.items()} == {"ONE": 3, "OTHER": 2}


def test_success_without_counters_is_held_to_what_was_announced(move, receiver):
    report = move(progress(3, 0), move_stores(receiver.port, THREE[:1]), end())
    assert (report.received, report.expected) == (1, 3)
    with pytest.raises(StatusError, match="2 of 3 are missing"):
        report.raise_for_failures()


def test_failures_that_are_named_and_not_counted(move):
    report = move(end(0xB000, failed_list(THREE)))
    assert report.failed == len(THREE)
    with pytest.raises(StatusError, match="3 failed"):
        report.raise_for_failures()
