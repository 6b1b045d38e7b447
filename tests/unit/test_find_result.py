"""`FindResult` over a query that is none: forms, ends, and what becomes of one nobody holds."""

from __future__ import annotations

import gc

import pytest
from pydicom import Dataset

from dicomwire import FindResult, StateError, Status, StatusError


class Source:
    """A query whose matches are known."""

    relational = False

    def __init__(self, batches, *, status=0):
        self.batches = list(batches)
        self.calls = []
        self.code = status
        self.is_over = False

    def columns(self):
        return ["PatientID", "error"]

    def _next(self):
        if self.batches:
            return self.batches.pop(0)
        self.is_over = True
        return None

    def datasets(self):
        return self._next()

    def rows(self):
        batch = self._next()
        return None if batch is None else [{"PatientID": one.PatientID} for one in batch]

    def stream(self, _requested_schema):
        return "a capsule"

    def is_watched(self):
        return True

    def tell(self, dataset):
        self.calls.append(("tell", dataset.PatientID))

    def status(self):
        return Status(self.code, service="find") if self.is_over else None

    def counters(self):
        return 3, 1

    def undecodable(self):
        return [(1, b"\x00", "too short")]

    def failures(self):
        return []

    def take_raised(self):
        return None

    def settle(self):
        if self.code:
            raise StatusError("failed", status=self.code)

    def cancel(self):
        self.calls.append("cancel")

    def close(self):
        self.calls.append("close")

    def abandon(self):
        self.calls.append("abandon")


def patient(number):
    dataset = Dataset()
    dataset.PatientID = str(number)
    return dataset


@pytest.fixture
def source():
    return Source([[patient(1), patient(2)], [], [patient(3)]])


def test_data_sets_are_told_one_by_one(source):
    seen = [(dataset.PatientID, len(source.calls)) for dataset in FindResult(source)]
    assert seen == [("1", 1), ("2", 2), ("3", 3)]
    assert "close" not in source.calls


def test_dictionaries(source):
    result = FindResult(source)
    assert [row["PatientID"] for row in result.dicts()] == ["1", "2", "3"]
    assert result.status == 0


def test_figures(source):
    result = FindResult(source)
    assert (result.matches, result.optional_keys_unsupported) == (3, 1)
    assert result.status is None
    (undecodable,) = result.undecodable
    assert (undecodable.number, undecodable.data) == (1, b"\x00")
    assert "3 matches, under way" in repr(result)


def test_leaving_a_loop_ends_the_query(source):
    result = FindResult(source)
    for _ in result:
        break
    gc.collect()
    assert source.calls[-1] == "close"
    with pytest.raises(StateError, match="as data sets"):
        iter(result)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (list, list),
        (list, lambda result: result.dicts()),
        (lambda result: next(result.dicts()), list),
        (list, lambda result: result.__arrow_c_stream__()),
        (lambda result: result.__arrow_c_stream__(), list),
        (lambda result: result.__arrow_c_stream__(), lambda result: result.__arrow_c_stream__()),
    ],
)
def test_matches_are_taken_once(source, first, second):
    result = FindResult(source)
    first(result)
    with pytest.raises(StateError, match="were taken"):
        second(result)


def test_another_loop_goes_on_while_the_first_is_held(source):
    result = FindResult(source)
    first, second = iter(result), iter(result)
    assert [next(first).PatientID, next(second).PatientID, next(first).PatientID] == [
        "1",
        "2",
        "3",
    ]


def test_a_failure_comes_after_the_matches():
    result = FindResult(Source([[patient(1)]], status=0xA700))
    matches = iter(result)
    assert next(matches).PatientID == "1"
    with pytest.raises(StatusError):
        next(matches)


def test_a_block_closes(source):
    with FindResult(source) as result:
        pass
    assert source.calls == ["close"]
    with pytest.raises(StateError, match="closed"):
        iter(result)


def test_a_result_nobody_holds_is_given_up(source):
    FindResult(source)
    gc.collect()
    assert source.calls == ["abandon"]
