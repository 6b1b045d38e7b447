"""Many queries over a few associations, into one result, in order."""

from __future__ import annotations

import logging
import time

import pytest
from asking import unlike_matches
from comparing import read
from scripted_queries import CANCELLED, end, matches, query_scp, reset, wait_for_cancel
from studies import PATIENTS

from dicomwire import AssociationError, QueryRetrieveScu

pytestmark = pytest.mark.usefixtures("engine")

STUDIES = [study for patient in PATIENTS for study in patient.studies]
QUERIES = [{"StudyInstanceUID": study.uid} for study in STUDIES]


@pytest.mark.parametrize("associations", [1, 3])
def test_the_series_of_all_studies_in_order(archive, associations):
    scu = QueryRetrieveScu(archive.peer)
    table = scu.find_many(QUERIES, level="SERIES", associations=associations).to_polars()
    expected = [
        {"query": number, **row}
        for number, query in enumerate(QUERIES)
        for row in scu.find(level="SERIES", **query).dicts()
    ]
    assert table.to_dicts() == expected


def test_as_data_sets(archive):
    scu = QueryRetrieveScu(archive.peer)
    found = list(scu.find_many(QUERIES, level="SERIES", associations=2))
    expected = [match for query in QUERIES for match in scu.find(level="SERIES", **query)]
    assert unlike_matches(found, expected) == []


def test_every_series_of_the_archive(dcmtk_archive, orthanc_archive):
    for archive in (dcmtk_archive, orthanc_archive):
        scu = QueryRetrieveScu(archive.peer)
        studies = scu.find(return_keys=["StudyInstanceUID"])
        queries = ({"StudyInstanceUID": study.StudyInstanceUID} for study in studies)
        result = scu.find_many(list(queries), level="SERIES", associations=3)
        found = {match.SeriesInstanceUID for match in result}
        assert found == {read(path).SeriesInstanceUID for path in archive.sources.values()}


def test_a_query_without_matches_has_no_rows(archive):
    scu = QueryRetrieveScu(archive.peer)
    queries = [QUERIES[0], {"StudyInstanceUID": "1.2.3.4"}, QUERIES[1]]
    rows = list(scu.find_many(queries, level="SERIES").dicts())
    assert {row["query"] for row in rows} == {0, 2}


def test_no_query_at_all(archive):
    result = QueryRetrieveScu(archive.peer).find_many([], level="SERIES")
    assert list(result) == []


def test_a_failed_query_is_told_and_the_others_go_on(scripted_peer):
    served = []

    def second_fails(asked):
        if b"2.25.2" in asked.message.data_set:
            end(0xA700)(asked)
        else:
            matches(2)(asked)
            end()(asked)

    peer = scripted_peer(query_scp(second_fails, served=served))
    queries = [{"StudyInstanceUID": f"2.25.{number}"} for number in (1, 2, 3)]
    result = QueryRetrieveScu(peer.peer).find_many(queries, level="SERIES", associations=2)
    rows = list(result.dicts())
    assert [row["query"] for row in rows] == [0, 0, 2, 2]
    (failure,) = result.failures
    assert failure.number == 1
    assert failure.status == 0xA700
    assert failure.error
    assert len(served) == 3
    assert 1 <= len(peer.conversations) <= 2


def test_an_association_that_breaks_costs_its_query_only(scripted_peer):
    def break_once(asked):
        if b"2.25.2" in asked.message.data_set:
            reset(asked)
        else:
            matches(1)(asked)
            end()(asked)

    peer = scripted_peer(query_scp(break_once))
    queries = [{"StudyInstanceUID": f"2.25.{number}"} for number in (1, 2, 3, 4)]
    result = QueryRetrieveScu(peer.peer).find_many(queries, level="SERIES", associations=2)
    rows = list(result.dicts())
    assert [row["query"] for row in rows] == [0, 2, 3]
    (failure,) = result.failures
    assert (failure.number, failure.status) == (1, None)


def test_a_stream_that_is_given_up_does_not_wait_for_the_log(scripted_peer, caplog):
    # Each association has a thread, which needs the interpreter to log.
    caplog.set_level(logging.DEBUG, logger="dicomwire")
    script = query_scp(matches(3), wait_for_cancel, end(CANCELLED))
    scu = QueryRetrieveScu(scripted_peer(script, script).peer)
    result = scu.find_many([{"PatientID": "*"}] * 2, level="STUDY", associations=2)
    stream = result.__arrow_c_stream__()
    del stream
    assert result.status is not None


def test_queries_after_the_last_association_broke_fail_by_number(scripted_peer):
    def slowly():
        for number in range(6):
            time.sleep(0.05 * number)
            yield {"StudyInstanceUID": f"1.2.{number}"}

    scu = QueryRetrieveScu(scripted_peer(query_scp(reset)).peer)
    result = scu.find_many(slowly(), level="SERIES", associations=1)
    with pytest.raises(AssociationError, match="all 6 queries failed"):
        list(result)
    assert [failure.number for failure in result.failures] == list(range(6))


def test_a_limit_of_each_query_is_no_failure(scripted_peer):
    script = query_scp(matches(3), wait_for_cancel, end(CANCELLED))
    scu = QueryRetrieveScu(scripted_peer(script).peer)
    queries = [{"PatientID": "*"}] * 4
    result = scu.find_many(queries, level="STUDY", associations=1, limit=2)
    assert len(list(result)) == 8
    assert result.failures == []
    assert result.status == 0
