"""Queries against DCMTK's archive: each form of a result once, and how a query can end."""

from __future__ import annotations

import pytest
from generated import write_series
from storing import send

import dicomwire as dw

pytestmark = pytest.mark.usefixtures("engine")

STUDY = "2.25.101"
SERIES = "2.25.102"
IMAGES = [f"2.25.{1000 + number}" for number in range(10)]


@pytest.fixture
def archive(engine, dcmqrscp, tmp_path):
    """Return an archive with one series of ten images."""
    write_series(tmp_path / "stored", 10)
    # One association: the children of dcmqrscp lose entries of a new index to each other.
    assert send(dcmqrscp.peer, tmp_path / "stored").report.sent == 10
    return dcmqrscp.peer


def images(scu, **how):
    return scu.find(level="IMAGE", StudyInstanceUID=STUDY, SeriesInstanceUID=SERIES, **how)


def test_a_query_in_each_form(archive):
    scu = dw.QueryRetrieveScu(archive)
    result = images(scu)
    found = sorted(dataset.SOPInstanceUID for dataset in result)
    assert found == IMAGES
    assert result.status == 0
    assert result.matches == 10
    assert not result.undecodable
    rows = list(images(scu).dicts())
    assert sorted(row["SOPInstanceUID"] for row in rows) == IMAGES
    assert {row["error"] for row in rows} == {None}
    assert list(rows[0]) == images(scu).columns
    for read in (
        lambda result: result.to_arrow()["SOPInstanceUID"].to_pylist(),
        lambda result: result.to_polars()["SOPInstanceUID"].to_list(),
        lambda result: result.to_pandas()["SOPInstanceUID"].to_list(),
    ):
        result = images(scu)
        assert sorted(read(result)) == IMAGES
        assert result.status == 0


def test_a_stream_given_away_ends_its_query(archive):
    import pyarrow as pa

    scu = dw.QueryRetrieveScu(archive)
    released = []
    scu.after_release_request += released.append
    table = pa.RecordBatchReader.from_stream(images(scu).arrow()).read_all()
    assert table.num_rows == 10
    assert len(released) == 1


def test_leaving_the_loop_ends_the_query(archive):
    scu = dw.QueryRetrieveScu(archive)
    released = []
    scu.after_release_request += released.append
    result = images(scu)
    for _ in result:
        break
    assert len(released) == 1
    assert result.status is not None
    with pytest.raises(dw.StateError, match="taken"):
        list(result)


def test_a_result_nobody_reads_leaves_nothing(archive):
    scu = dw.QueryRetrieveScu(archive)
    closed = []
    scu.after_close += closed.append
    result = images(scu)
    assert not closed
    del result
    assert len(closed) == 1


def test_a_limit(archive):
    result = images(dw.QueryRetrieveScu(archive), limit=3)
    assert len(list(result)) == 3
    assert result.matches == 3


def test_nested_queries_have_associations_of_their_own(archive):
    scu = dw.QueryRetrieveScu(archive)
    opened = []
    scu.after_connect += opened.append
    with scu:
        for study in scu.find(StudyInstanceUID=STUDY):
            uid = study.StudyInstanceUID
            for series in scu.find(level="SERIES", StudyInstanceUID=uid):
                assert series.SeriesInstanceUID == SERIES
        assert len(opened) == 2
        assert len(list(images(scu))) == 10
        assert len(opened) == 2


def test_events_of_a_query(archive):
    scu = dw.QueryRetrieveScu(archive)
    seen = []

    @scu.before_c_find.connect
    def before(event):
        seen.append("before")
        assert event.level == "IMAGE"
        event.dataset.SOPInstanceUID = IMAGES[:2]

    scu.match_instance += lambda event: seen.append(event.dataset.SOPInstanceUID)
    scu.match_study += lambda event: seen.append("study")
    scu.after_c_find += lambda event: seen.append((int(event.status), event.matches))
    expected = ["before", *IMAGES[:2], (0, 2)]
    for read in (list, lambda result: list(result.dicts()), lambda result: result.to_arrow()):
        seen.clear()
        read(images(scu))
        assert sorted(seen, key=str) == sorted(expected, key=str)
        assert seen[0] == "before"
        assert seen[-1] == (0, 2)


def test_what_a_handler_raises_reaches_the_caller(archive):
    scu = dw.QueryRetrieveScu(archive)
    aborted = []
    scu.aborted += aborted.append

    @scu.match_instance.connect
    def fail(event):
        raise KeyError("mine")

    for read in (list, lambda result: list(result.dicts()), lambda result: result.to_arrow()):
        aborted.clear()
        with pytest.raises(KeyError, match="mine"):
            read(images(scu))
        assert len(aborted) == 1


def test_the_engine_ends_open_queries(archive):
    scu = dw.QueryRetrieveScu(archive)
    ended = []
    scu.after_release_request += ended.append
    result = images(scu)
    dw.DicomEngine.shutdown()
    try:
        assert len(ended) == 1
        assert result.status is not None
    finally:
        dw.DicomEngine.startup()


def test_many_queries_are_one_table_in_order(archive):
    scu = dw.QueryRetrieveScu(archive)
    queries = [
        {"StudyInstanceUID": STUDY, "SeriesInstanceUID": SERIES, "SOPInstanceUID": uid}
        for uid in [*IMAGES, "2.25.9"]
    ]
    for source in (queries, iter(queries)):
        result = scu.find_many(source, level="IMAGE", associations=3, return_keys=())
        frame = result.to_polars()
        assert frame.columns[0] == "query"
        assert frame["query"].to_list() == list(range(10))
        assert frame["SOPInstanceUID"].to_list() == IMAGES
        assert result.status == 0
        assert result.failures == []
    found = [dataset.SOPInstanceUID for dataset in scu.find_many(queries, level="IMAGE")]
    assert found == IMAGES
    assert scu.find_many([], level="SERIES").to_polars().is_empty()


def test_what_the_source_of_many_queries_raises_reaches_the_caller(archive):
    def queries():
        yield {"StudyInstanceUID": STUDY}
        raise KeyError("mine")

    scu = dw.QueryRetrieveScu(archive)
    for read in (list, lambda result: list(result.dicts()), lambda result: result.to_polars()):
        with pytest.raises(KeyError, match="mine"):
            read(scu.find_many(queries(), level="SERIES"))
