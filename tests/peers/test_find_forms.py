"""The four forms of a result hold the same: data sets, dictionaries, Arrow, frames."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pyarrow as pa
import pytest
from studies import ALPHA, JURGEN, MANY

from dicomwire import QueryRetrieveScu, StateError

pytestmark = pytest.mark.usefixtures("engine")

KEYS = ["StudyDate", "PatientName", "OtherPatientNames", "NameOfPhysiciansReadingStudy"]


@pytest.fixture
def find(dcmtk_archive):
    scu = QueryRetrieveScu(dcmtk_archive.peer)
    return lambda: scu.find(PatientID="*", return_keys=KEYS)


def test_dictionaries_hold_what_the_data_sets_do(find):
    datasets = list(find())
    rows = list(find().dicts())
    assert len(datasets) == len(rows) > 30
    for dataset, row in zip(datasets, rows, strict=True):
        assert row["PatientID"] == dataset.PatientID
        assert row["StudyInstanceUID"] == dataset.StudyInstanceUID
        assert row["PatientName"] == (str(dataset.PatientName) or None)
        assert row["error"] is None


def test_several_values_are_lists(find):
    rows = {row["PatientID"]: row for row in find().dicts()}
    assert rows[JURGEN.id]["OtherPatientNames"] == list(JURGEN.other_names)
    readers = rows[ALPHA.id]["NameOfPhysiciansReadingStudy"]
    assert readers == list(ALPHA.studies[0].readers)


def test_dates_are_dates_and_missing_ones_nothing(find):
    rows = {row["PatientID"]: row for row in find().dicts()}
    assert rows[MANY.id]["StudyDate"] == dt.date(2020, 1, 1)
    assert rows[JURGEN.id]["StudyDate"] is None


def test_every_table_holds_what_the_dictionaries_do(find):
    rows = list(find().dicts())
    columns = find().columns
    assert list(rows[0]) == columns
    assert pa.table(find()).to_pylist() == rows
    assert pl.DataFrame(find().arrow()).to_dicts() == rows
    assert find().to_arrow().to_pylist() == rows
    assert find().to_polars().to_dicts() == rows


def test_pandas(find):
    rows = list(find().dicts())
    frame = find().to_pandas()
    assert list(frame.columns) == find().columns
    assert frame["StudyInstanceUID"].tolist() == [row["StudyInstanceUID"] for row in rows]
    assert frame["PatientName"].tolist() == [row["PatientName"] for row in rows]


def test_an_arrow_stream_tells_how_it_ended(find):
    result = find()
    table = pa.table(result)
    assert result.status == 0
    assert result.matches == table.num_rows


def test_no_match_is_an_empty_table_with_all_columns(dcmtk_archive):
    result = QueryRetrieveScu(dcmtk_archive.peer).find(PatientID="NOBODY", return_keys=KEYS)
    table = result.to_polars()
    assert table.height == 0
    assert table.columns == result.columns


def test_matches_are_taken_once(find):
    result = find()
    list(result)
    with pytest.raises(StateError):
        list(result.dicts())
    with pytest.raises(StateError):
        pa.table(result)
