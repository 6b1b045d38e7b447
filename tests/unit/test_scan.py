"""`scan`: what it takes, what it gives, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import pyarrow as pa
import pydicom
import pytest
from generated import write_series
from pydicom.tag import Tag

import dicomwire as dw
from dicomwire import ConfigError, StateError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Give a directory of four instances and a note."""
    folder = tmp_path / "study"
    write_series(folder, 4)
    (folder / "notes.txt").write_text("no image, just words")
    return folder


def test_rows_are_files_in_order(study):
    result = dw.scan(study, ["SOPInstanceUID", "Rows"])
    assert result.columns == ["path", "SOPInstanceUID", "Rows", "error"]
    rows = list(result)
    assert [Path(row["path"]).name for row in rows] == sorted(path.name for path in study.iterdir())
    assert [row["SOPInstanceUID"] for row in rows[:4]] == [f"2.25.{1000 + n}" for n in range(4)]
    assert [row["Rows"] for row in rows] == [8, 8, 8, 8, None]
    assert [row["error"] is None for row in rows] == [True] * 4 + [False]
    assert rows[4]["error"].startswith("not a DICOM file")
    assert (result.rows, result.errors) == (5, 1)


@pytest.mark.parametrize(
    "tag",
    [
        "PatientID",
        "0010,0020",
        "(0010,0020)",
        "00100020",
        "0x00100020",
        0x00100020,
        (0x10, 0x20),
        ("0010", "0020"),
        Tag("PatientID"),
    ],
    ids=repr,
)
def test_a_tag_may_be_written_in_any_way(study, tag):
    row = next(iter(dw.scan(study / "00000.dcm", [tag])))
    assert row == {"path": str(study / "00000.dcm"), "PatientID": "P1", "error": None}


def test_a_single_tag_needs_no_list(study):
    for tag in ("PatientID", 0x00100020, Tag("PatientID"), (0x0010, 0x0020)):
        assert dw.scan(study, tag).columns == ["path", "PatientID", "error"]


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        (["PatientNam"], "'PatientNam' is no keyword.*did you mean PatientName or"),
        (["patientid"], "did you mean PatientID\\?"),
        (["Foo", "PatientID", "Baar"], "'Foo' is no keyword.*'Baar' is no keyword"),
        (["ReferencedImageSequence[0].SOPInstanceUIDD"], "did you mean SOPInstanceUID"),
        (["PatientName[0].PatientID"], "is no sequence"),
        (["PixelData"], "pixel data, which is never read"),
        (["PatientID", "0010,0020"], "PatientID is asked for twice"),
        ([1.5], "1.5 is no tag"),
        ([True], "True is no tag"),
        ([-1], "-1 is no tag"),
        ([(1, 2, 3)], "is no tag"),
        ([(0x10000, 0)], "is no tag"),
        ([None], "None is no tag"),
    ],
)
def test_what_is_no_tag_is_refused_before_anything_is_read(tags, says):
    with pytest.raises(ConfigError, match=says):
        dw.scan("/nowhere", tags)


@pytest.mark.parametrize(
    "options",
    [{"workers": 0}, {"workers": 65}, {"max_value_length": 0}, {"max_value_length": 2**70}],
    ids=repr,
)
def test_options_out_of_range(options):
    with pytest.raises(ConfigError, match=next(iter(options))):
        dw.scan("/nowhere", ["PatientID"], **options)


def test_paths_may_be_one_or_many(study):
    one = study / "00001.dcm"
    for paths in (one, str(one), [one], iter([str(one)])):
        assert [row["PatientID"] for row in dw.scan(paths, ["PatientID"])] == ["P1"]
    both = dw.scan([study / "00002.dcm", study], ["Modality"])
    assert [Path(row["path"]).name for row in both][:2] == ["00002.dcm", "00000.dcm"]
    with pytest.raises(ConfigError, match="paths=int"):
        dw.scan(3, ["PatientID"])


def test_what_cannot_be_opened_is_a_row(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    missing, pipe = dw.scan([tmp_path / "missing", tmp_path / "pipe"], ["PatientID"])
    assert missing["error"] == "cannot be read: No such file or directory"
    assert pipe["error"] == "cannot be read: not a regular file"


def test_sequences_are_the_json_that_pydicom_knows(tmp_path):
    source = pydicom.data.get_testdata_file("rtplan.dcm")
    (row,) = dw.scan(source, ["BeamSequence", "DoseReferenceSequence[1].DoseReferenceUID"])
    assert row["error"] is None
    plan = pydicom.dcmread(source)
    import json

    read = [pydicom.Dataset.from_json(item) for item in json.loads(row["BeamSequence"])]
    assert read == list(plan.BeamSequence)


def test_nested_values(tmp_path):
    source = pydicom.data.get_testdata_file("rtplan.dcm")
    path = "BeamSequence[0].ControlPointSequence[1].BeamLimitingDevicePositionSequence[0]"
    tag = f"{path}.LeafJawPositions"
    (row,) = dw.scan(source, [tag, "BeamSequence[7].BeamName", "BeamSequence.BeamName"])
    beam = pydicom.dcmread(source).BeamSequence[0]
    device = beam.ControlPointSequence[1].get("BeamLimitingDevicePositionSequence", [None])[0]
    wanted = None if device is None else [float(number) for number in device.LeafJawPositions]
    assert row[tag] == wanted
    assert row["BeamSequence[7].BeamName"] is None
    assert row["BeamSequence[0].BeamName"] == beam.BeamName


def test_values_that_are_too_long_are_named(study):
    (row,) = dw.scan(study / "00000.dcm", ["PatientName"], max_value_length=4)
    assert row["PatientName"] is None
    assert row["error"] == "PatientName: 14 bytes are more than is read for a table"


@pytest.mark.parametrize("syntax", ["ImplicitVRLittleEndian", "ExplicitVRBigEndian", "Deflated"])
def test_other_encodings(tmp_path, syntax):
    names = {
        "ImplicitVRLittleEndian": "MR_small_implicit.dcm",
        "ExplicitVRBigEndian": "MR_small_bigendian.dcm",
        "Deflated": "image_dfl.dcm",
    }
    source = pydicom.data.get_testdata_file(names[syntax])
    (row,) = dw.scan(source, ["Rows", "SOPInstanceUID"])
    dataset = pydicom.dcmread(source)
    assert row["error"] is None
    assert (row["Rows"], row["SOPInstanceUID"]) == (dataset.Rows, dataset.SOPInstanceUID)


# Arrow


def test_pyarrow_takes_the_stream(study):
    result = dw.scan(study, ["StudyDate", "Rows", "ImageType"])
    table = pa.table(result)
    assert table.schema == pa.schema(
        [
            pa.field("path", pa.string(), nullable=False),
            pa.field("StudyDate", pa.date32()),
            pa.field("Rows", pa.int64()),
            pa.field("ImageType", pa.list_(pa.string())),
            pa.field("error", pa.string()),
        ]
    )
    assert table.column("Rows").to_pylist() == [8, 8, 8, 8, None]
    assert result.errors == 1


def test_every_way_gives_the_same_rows():
    source = Path(pydicom.data.get_testdata_file("CT_small.dcm")).parent / "dicomdirtests"
    tags = ["StudyDate", "PixelSpacing", "ImageType", "InstanceNumber", "PatientName"]
    rows = list(dw.scan(source, tags))
    assert len(rows) > 50
    assert {type(row["StudyDate"]) for row in rows} <= {date, type(None)}
    assert dw.scan(source, tags).to_arrow().to_pylist() == rows
    assert dw.scan(source, tags, workers=1).to_arrow().to_pylist() == rows
    assert dw.scan(source, tags).to_reader().read_all().to_pylist() == rows
    assert dw.scan(source, tags).to_polars().to_dicts() == rows
    assert pl.DataFrame(dw.scan(source, tags)).to_dicts() == rows


def test_pandas_keeps_whole_numbers(study):
    frame = dw.scan(study, ["Rows"]).to_pandas()
    assert frame["Rows"].dtype == pd.ArrowDtype(pa.int64())
    assert frame["Rows"].tolist()[:4] == [8, 8, 8, 8]


def test_rows_can_be_taken_once(study):
    result = dw.scan(study, ["PatientID"])
    assert result.to_arrow().num_rows == 5
    with pytest.raises(StateError, match="taken already"):
        result.to_arrow()
    with pytest.raises(StateError, match="taken already"):
        list(result)


def test_a_loop_that_was_left_loses_no_rows(study):
    result = dw.scan(study, ["PatientID"])
    first = next(iter(result))
    with pytest.raises(StateError, match="by iterating"):
        result.to_arrow()
    rest = list(result)
    assert [first, *rest] == list(dw.scan(study, ["PatientID"]))
    closed = dw.scan(study, ["PatientID"])
    next(iter(closed))
    closed.close()
    assert list(closed) == []


@pytest.mark.parametrize(
    ("method", "missing", "says"),
    [
        ("to_reader", "pyarrow", r"pip install 'dicomwire\[arrow\]'"),
        ("to_arrow", "pyarrow", r"pip install 'dicomwire\[arrow\]'"),
        ("to_polars", "polars", r"pip install 'dicomwire\[arrow\]'"),
        ("to_pandas", "pandas", "pip install 'pandas'"),
    ],
)
def test_a_missing_library_is_named(study, monkeypatch, method, missing, says):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigError, match=f"{missing} is not installed; {says}"):
        getattr(dw.scan(study, ["PatientID"]), method)()


# The end


def threads() -> Iterator[str]:
    for task in Path("/proc/self/task").iterdir():
        name = (task / "comm").read_text().strip()
        if name.startswith("dicomwire-scan"):
            yield name


def test_no_thread_runs_before_and_after(study):
    result = dw.scan(study, ["PatientID"])
    assert not list(threads())
    rows = iter(result)
    next(rows)
    result.close()
    assert not list(threads())
    with dw.scan([study] * 500, ["PatientID"]) as long:
        next(iter(long))
    assert not list(threads())
    assert "PatientID" in repr(long)


def test_a_scan_can_be_taken_by_another_thread(study):
    tables = []
    result = dw.scan(study, ["PatientID"])
    thread = threading.Thread(target=lambda: tables.append(result.to_arrow()))
    thread.start()
    thread.join()
    assert tables[0].num_rows == 5


@pytest.mark.parametrize(
    "take",
    ["list(result)", "list(result.to_reader())", "result.to_arrow()", "result.to_polars()"],
)
def test_ctrl_c(study, take):
    script = f"""
import itertools, signal, sys
import polars, pyarrow
import dicomwire as dw
result = dw.scan(itertools.repeat({str(study)!r}, 60_000), ["PatientID"], workers=1)
try:
    print("ready", flush=True)
    {take}
except KeyboardInterrupt:
    print("interrupted", result.rows < 300_000)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=50)[0] == "interrupted True\n"
