"""Storage commitment without its network: what counts as committed, and how results merge."""

from __future__ import annotations

import pickle
import struct
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset

from dicomwire import CommitmentError, ConfigError, Status, decode, encode
from dicomwire.commitment import (
    CommitmentInstance,
    CommitmentReport,
    CommitmentResult,
    CommitmentTransaction,
    ReportError,
    Unreadable,
    action_information,
    divide,
    read_report,
)
from dicomwire.commitment.request import distinct

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
UIDS = [f"2.25.{number}" for number in range(8)]


def instances(*uids, sop_class=CT):
    return [CommitmentInstance(sop_class, uid) for uid in uids]


def failed(uid, reason=0x0112):
    return CommitmentInstance(CT, uid, failure_reason=Status(reason, service="commitment"))


def report(committed=(), not_committed=(), **more):
    return CommitmentReport("2.25.100", 2, tuple(committed), tuple(not_committed), **more)


def complete(asked, said, status=0):
    transaction = CommitmentTransaction("2.25.100", asked)
    transaction.answered(Status(status, service="commitment"))
    transaction.reported(said, "association")
    return transaction


def uids(found):
    return [one.sop_instance_uid for one in found]


def test_what_is_in_no_list_is_missing_and_not_committed():
    transaction = complete(instances(*UIDS[:4]), report(instances(UIDS[0]), [failed(UIDS[1])]))
    assert uids(transaction.committed) == UIDS[:1]
    assert uids(transaction.failed) == UIDS[1:2]
    assert uids(transaction.missing) == UIDS[2:4]
    assert [transaction.is_committed(uid) for uid in UIDS[:5]] == [True, False, False, False, None]


def test_what_is_in_both_lists_failed():
    transaction = complete(instances(UIDS[0]), report(instances(UIDS[0]), [failed(UIDS[0])]))
    assert (uids(transaction.committed), uids(transaction.failed)) == ([], UIDS[:1])


def test_another_sop_class_is_not_what_was_asked_for():
    said = report(instances(UIDS[0], sop_class=MR))
    transaction = complete(instances(UIDS[0]), said)
    assert uids(transaction.missing) == UIDS[:1]
    assert uids(transaction.unexpected) == UIDS[:1]
    conflict = CommitmentInstance(MR, UIDS[0], failure_reason=Status(0x0119))
    assert uids(complete(instances(UIDS[0]), report([], [conflict])).failed) == UIDS[:1]


def test_a_refused_request_commits_to_nothing_whatever_was_reported_before():
    transaction = CommitmentTransaction("2.25.100", instances(*UIDS[:2]))
    transaction.reported(report(instances(*UIDS[:2])), "association")
    assert not transaction.is_complete
    transaction.answered(Status(0x0110))
    assert transaction.is_complete
    assert transaction.committed == ()
    assert uids(transaction.missing) == UIDS[:2]
    assert transaction.pattern is None


def test_a_report_may_overtake_the_answer():
    told = []
    transaction = CommitmentTransaction("2.25.100", instances(UIDS[0]))
    transaction.begin(told.append)
    transaction.reported(report(instances(UIDS[0])), "listener")
    assert told == []
    transaction.answered(Status(0))
    assert told == [transaction]
    assert uids(transaction.committed) == UIDS[:1]


def test_only_the_first_report_counts_and_is_told_once():
    told = []
    transaction = CommitmentTransaction("2.25.100", instances(UIDS[0]))
    transaction.begin(told.append)
    transaction.answered(None)
    transaction.reported(report(instances(UIDS[0])), "listener")
    transaction.reported(report([], [failed(UIDS[0])]), "association")
    assert uids(transaction.committed) == UIDS[:1]
    assert (transaction.pattern, len(told)) == ("listener", 1)


def test_reports_from_many_threads_are_one():
    told = []
    transaction = CommitmentTransaction("2.25.100", instances(*UIDS))
    transaction.begin(told.append)
    go = threading.Barrier(9)

    def say(number):
        go.wait()
        transaction.reported(report(instances(UIDS[number])), "listener")

    def answer():
        go.wait()
        transaction.answered(Status(0))

    threads = [threading.Thread(target=say, args=(number,)) for number in range(8)]
    threads.append(threading.Thread(target=answer))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert len(transaction.committed) == 1
    assert len(transaction.missing) == 7


@settings(deadline=None)
@given(
    asked=st.lists(st.sampled_from(UIDS), unique=True, min_size=1),
    committed=st.lists(st.tuples(st.sampled_from([CT, MR]), st.sampled_from(UIDS))),
    not_committed=st.lists(st.sampled_from(UIDS)),
    is_early=st.booleans(),
    status=st.sampled_from([0x0000, 0x0107, 0x0110]),
)
def test_every_instance_has_one_fate(asked, committed, not_committed, is_early, status):
    said = report(
        [CommitmentInstance(sop_class, uid) for sop_class, uid in committed],
        [failed(uid) for uid in not_committed],
    )
    transaction = CommitmentTransaction("2.25.100", instances(*asked))
    if is_early:
        transaction.reported(said, "association")
    transaction.answered(Status(status))
    if not is_early:
        transaction.reported(said, "association")
    fates = [*transaction.committed, *transaction.failed, *transaction.missing]
    assert sorted(uids(fates)) == sorted(asked)
    for instance in transaction.committed:
        # Nothing is committed that the peer did not say so of, without a contradiction.
        assert (CT, instance.sop_instance_uid) in committed
        assert instance.sop_instance_uid not in not_committed
        assert status != 0x0110
    assert not {*uids(transaction.unexpected)} & {*uids(transaction.committed)} - {
        uid for sop_class, uid in committed if sop_class == MR
    }


@settings(deadline=None)
@given(
    count=st.integers(1, 8),
    most=st.one_of(st.none(), st.integers(1, 9)),
    reported=st.sets(st.sampled_from(UIDS)),
    order=st.randoms(),
)
def test_divided_requests_merge_into_one_result(count, most, reported, order):
    asked = instances(*UIDS[:count])
    parts = divide(asked, most)
    assert [one for part in parts for one in part] == asked
    assert most is None or all(len(part) <= most for part in parts)
    transactions = [
        CommitmentTransaction(f"2.25.{200 + number}", part) for number, part in enumerate(parts)
    ]
    result = CommitmentResult(transactions)
    assert result.transaction_uids == [one.uid for one in transactions]
    late = list(transactions)
    order.shuffle(late)
    for transaction in late:
        assert not result.is_complete
        assert {*uids(result.pending)} >= {*uids(transaction.asked)}
        assert result.is_committed(transaction.asked[0].sop_instance_uid) is None
        transaction.answered(Status(0))
        there = [one for one in transaction.asked if one.sop_instance_uid in reported]
        transaction.reported(report(there), "listener")
    assert result.is_complete
    assert result.pending == []
    assert uids(result.committed) == [uid for uid in UIDS[:count] if uid in reported]
    assert uids(result.missing) == [uid for uid in UIDS[:count] if uid not in reported]
    assert result.all_committed == (not result.missing)
    assert result.is_committed("2.25.999") is None


def test_raising_for_failures_says_what_and_why():
    asked = [CommitmentInstance(CT, uid) for uid in UIDS[:7]]
    not_committed = [failed(uid) for uid in UIDS[1:5]]
    not_committed += [CommitmentInstance(CT, UIDS[5])]
    result = CommitmentResult(
        [complete(asked, report(instances(UIDS[0]), not_committed))],
        [Unreadable(None, "no DICOM")],
    )
    with pytest.raises(CommitmentError) as raised:
        result.raise_for_failures()
    text = str(raised.value)
    assert text.startswith("1 of 8 instances are committed: ")
    assert "2.25.1: 0x0112 (No such SOP instance)" in text
    assert "2 more failed" in text
    assert "1 are not in the report, the first is 2.25.6" in text
    assert "1 cannot be read, None: no DICOM" in text
    assert raised.value.response is result
    assert raised.value.status == 0
    copy = pickle.loads(pickle.dumps(raised.value)).response
    assert copy.to_dict() == {**result.to_dict(), "seconds": copy.to_dict()["seconds"]}
    assert copy.wait(5) is True


def test_a_reason_that_is_not_given_is_said_to_be_none():
    result = CommitmentResult([complete(instances("2.25.1"), report([], instances("2.25.1")))])
    assert "2.25.1: no reason given" in result.summary


def test_a_pending_result_says_that_it_is():
    transaction = CommitmentTransaction("2.25.100", instances(UIDS[0]))
    transaction.answered(Status(0))
    result = CommitmentResult([transaction])
    with pytest.raises(CommitmentError, match=r"not reported on 1 yet \(transaction 2\.25\.100"):
        result.raise_for_failures()
    # A copy in another process will never hear of it, and does not wait.
    assert pickle.loads(pickle.dumps(result)).wait(1e6) is False


def test_a_refusal_is_named_once():
    transaction = CommitmentTransaction("2.25.100", instances(*UIDS))
    transaction.answered(Status(0x0122, comment="we archive nothing"))
    result = CommitmentResult([transaction])
    assert result.summary == (
        "0 of 8 instances are committed: the peer answered "
        "0x0122 (SOP class not supported: we archive nothing) to the request for 8"
    )


def test_all_committed_raises_nothing_and_returns_itself():
    said = report(instances(*UIDS), retrieve_ae_title="ARCHIVE", storage_media_file_set_id="D1")
    result = CommitmentResult([complete(instances(*UIDS), said)])
    assert result.raise_for_failures() is result
    assert (result.retrieve_ae_title, result.storage_media_file_set_id) == ("ARCHIVE", "D1")
    assert result.storage_media_file_set_uid is None


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "3", None, True])
def test_a_time_to_wait_is_a_number_of_seconds(seconds):
    result = CommitmentResult([CommitmentTransaction("2.25.1", instances(UIDS[0]))])
    with pytest.raises(ConfigError, match="seconds="):
        result.wait(seconds)


# Reports as they come over the wire.


def on_the_wire(dataset):
    return decode(encode(dataset, "1.2.840.10008.1.2"), "1.2.840.10008.1.2")


def event_information(uid="2.25.100"):
    return action_information(uid, instances(*UIDS[:2]))


def test_a_report_is_read():
    dataset = event_information()
    dataset.RetrieveAETitle = "ARCHIVE"
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT, UIDS[2]
    item.FailureReason = 0x0131
    dataset.FailedSOPSequence = [item]
    said = read_report(2, on_the_wire(dataset))
    assert said.transaction_uid == "2.25.100"
    assert uids(said.committed) == UIDS[:2]
    assert str(said.failed[0].failure_reason) == "0x0131 (Duplicate transaction UID)"
    assert said.retrieve_ae_title == "ARCHIVE"


def test_items_without_uids_are_left_out(caplog):
    dataset = event_information()
    del dataset.ReferencedSOPSequence[0].ReferencedSOPClassUID
    assert uids(read_report(1, on_the_wire(dataset)).committed) == UIDS[1:2]
    assert "names no SOP class or no SOP instance" in caplog.text


@pytest.mark.parametrize("event_type", [0, 3, 0xFFFF])
def test_other_event_types_are_refused(event_type):
    with pytest.raises(ReportError) as raised:
        read_report(event_type, event_information())
    assert raised.value.status == 0x0113


def test_a_report_of_no_transaction_is_refused():
    for dataset in (None, Dataset(), event_information("")):
        with pytest.raises(ReportError) as raised:
            read_report(1, dataset)
        assert raised.value.status == 0x0115


def implicit(group, number, value):
    return struct.pack("<HHL", group, number, len(value)) + value


def test_a_report_that_cannot_be_decoded_is_refused():
    # A Failure Reason of three bytes, which is no US.
    item = implicit(8, 0x1150, b"1.2.3\0") + implicit(8, 0x1155, b"1.2.4\0")
    item += implicit(8, 0x1197, b"abc")
    data = implicit(8, 0x1195, b"2.25.100") + implicit(8, 0x1198, implicit(0xFFFE, 0xE000, item))
    with pytest.raises(ReportError, match="cannot be decoded") as raised:
        read_report(1, decode(data, "1.2.840.10008.1.2"))
    assert raised.value.status == 0x0110


def test_instances_are_asked_for_once():
    assert uids(distinct([*instances(*UIDS), *instances(*UIDS)])) == UIDS


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([(CT, "2.25.01")], "'2.25.01' is no UID of a SOP instance"),
        ([("CT", "2.25.1")], "'CT' is no UID of a SOP class"),
        ([(CT, "2.25.1"), (MR, "2.25.1")], "two SOP classes"),
    ],
)
def test_what_cannot_be_asked_for(pairs, says):
    with pytest.raises(ConfigError, match=says):
        distinct(CommitmentInstance(*pair) for pair in pairs)


def test_the_action_information_is_that_of_the_standard():
    dataset = event_information()
    assert {element.keyword for element in dataset} == {"TransactionUID", "ReferencedSOPSequence"}
    assert [item.ReferencedSOPInstanceUID for item in dataset.ReferencedSOPSequence] == UIDS[:2]
