"""The account of a retrieval: when it is a failure, and how it says so."""

from __future__ import annotations

import json
import pickle

import pytest

from dicomwire import RetrieveError, RetrieveReport, Status, StatusError

SUCCESS = Status(0, service="move")


@pytest.mark.parametrize(
    "report",
    [
        RetrieveReport(status=SUCCESS),
        RetrieveReport(status=SUCCESS, completed=2, received=2, expected=2),
        RetrieveReport(status=Status(0xB000, service="move"), completed=1, warning=1, expected=2),
    ],
)
def test_all_well(report):
    assert report.raise_for_failures() is report


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (RetrieveReport(), "without a final response"),
        (RetrieveReport(status=Status(0xA801, service="move"), destination="WS"), "to WS: .*A801"),
        (RetrieveReport(status=Status(0xFE00, service="move")), "FE00"),
        (
            RetrieveReport(status=SUCCESS, failed=1, failed_sop_instance_uids=["1.2"]),
            r"1 failed \(1.2\)",
        ),
        (RetrieveReport(status=SUCCESS, missing=list("12345")), r"5 are missing \(1, 2, 3 and 2"),
        (RetrieveReport(status=SUCCESS, completed=3, received=1, expected=3), "2 of 3 are missing"),
        (RetrieveReport(status=SUCCESS, completed=1, remaining=4), "4 were not done"),
        (RetrieveReport(status=Status(0xB000, service="move")), "does not say what failed"),
        (RetrieveReport(status=SUCCESS, completed=1, expected=3), "2 of 3 are missing"),
    ],
)
def test_not_all_well(report, words):
    with pytest.raises(StatusError, match=words) as caught:
        report.raise_for_failures()
    assert isinstance(caught.value, RetrieveError)
    assert caught.value.status == report.status
    assert caught.value.response is report
    assert pickle.loads(pickle.dumps(caught.value)).response == report


def test_as_json():
    report = RetrieveReport(status=Status(0xB000, service="get"), completed=1, received=1)
    told = json.loads(json.dumps(report.to_dict()))
    assert told["status"] == "0xB000"
    assert told["completed"] == 1
    assert told["expected"] is None
