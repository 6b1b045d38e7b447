"""``dicomwire scan``: every format, what goes where, and exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from generated import element, file_meta, write_series
from rich.console import Console

from dicomwire.cli.main import main
from dicomwire.cli.scan_progress import ScanProgress

if TYPE_CHECKING:
    from pathlib import Path

TAGS = ["-t", "PatientName", "-t", "0028,0010", "-t", "ImageType", "-t", "StudyDate"]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    write_series(folder, 3)
    return folder


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Give an instance with several values, a date, a bad number and something for terminals."""
    data_set = b"".join(
        [
            element(8, 8, "CS", "ORIGINAL\\AXIAL"),
            element(8, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.2"),
            element(8, 0x20, "DA", "20240131"),
            element(0x10, 0x10, "PN", b"Evil\x07^Bell"),
            element(0x10, 0x4000, "LT", "long " * 30),
            element(0x18, 0x50, "DS", "thick"),
            element(0x42, 0x11, "OB", b"\0\1\2\3"),
        ]
    )
    path = tmp_path / "odd.dcm"
    path.write_bytes(file_meta("1.2.840.10008.5.1.4.1.1.2", "2.25.7") + data_set)
    return path


ODD_TAGS = ["ImageType", "StudyDate", "PatientComments", "SliceThickness", "EncapsulatedDocument"]


def odd_arguments(path: Path) -> list[str]:
    return ["scan", str(path), *(word for tag in ODD_TAGS for word in ("-t", tag))]


def test_a_table_by_default(study, capsys):
    assert main(["scan", str(study), *TAGS]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].split() == ["path", "PatientName", "Rows", "ImageType", "StudyDate", "error"]
    assert lines[1].split() == [str(study / "00000.dcm"), "Phantom^Water", "8"]
    assert len(lines) == 4
    assert captured.err.startswith("scanned 3 files, 0 with errors, in ")


def test_a_table_is_safe_and_narrow(odd, capsys):
    assert main(["scan", str(odd), "-t", "PatientName", "-t", "PatientComments"]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert "Evil\\x07^Bell" in line
    assert "long long" in line
    assert "…" in line


@pytest.mark.parametrize("form", ["--json", "--format=json", "--format=jsonl"])
def test_json(odd, capsys, form):
    assert main([*odd_arguments(odd), form, "--quiet"]) == 1
    captured = capsys.readouterr()
    assert captured.err == ""
    if form.endswith("jsonl"):
        (row,) = (json.loads(line) for line in captured.out.splitlines())
    else:
        (row,) = json.loads(captured.out)
    assert row == {
        "path": str(odd),
        "ImageType": ["ORIGINAL", "AXIAL"],
        "StudyDate": "2024-01-31",
        "PatientComments": ("long " * 30).strip(),
        "SliceThickness": None,
        "EncapsulatedDocument": "AAECAw==",
        "error": 'SliceThickness: "thick" is not a number',
    }


def test_csv(odd, capsys):
    assert main([*odd_arguments(odd), "--format", "csv", "-q"]) == 1
    header, row = csv.reader(io.StringIO(capsys.readouterr().out))
    assert header == ["path", *ODD_TAGS, "error"]
    assert row[1:3] == ["ORIGINAL\\AXIAL", "2024-01-31"]
    assert row[4:6] == ["", "AAECAw=="]


def test_no_rows_are_no_files(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["scan", str(tmp_path / "empty"), "-t", "PatientID", "--json"]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out) == []
    assert "no files in" in captured.err


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("x.parquet", pa.parquet.read_table),
        ("x.arrow", pa.feather.read_table),
        ("x.feather", pa.feather.read_table),
    ],
)
def test_arrow_and_parquet(study, tmp_path, capsys, name, read):
    output = tmp_path / name
    assert main(["scan", str(study), *TAGS, "-o", str(output), "--limit", "2"]) == 0
    table = read(output)
    assert table.column("Rows").to_pylist() == [8, 8]
    assert table.schema.field("StudyDate").type == pa.date32()
    captured = capsys.readouterr()
    assert captured.out.startswith("scanned 2 files, 0 with errors, in ")
    assert captured.out.endswith(f": {output}\n")
    assert captured.err == ""


@pytest.mark.parametrize("name", ["x.txt", "x.json", "x.jsonl", "x.ndjson", "x.csv"])
def test_text_into_a_file(study, tmp_path, capsys, name):
    output = tmp_path / name
    arguments = ["scan", str(study), *TAGS, "-o", str(output), "--json", "--limit", "1"]
    assert main(arguments) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["files"], summary["errors"], summary["output"]) == (1, 0, str(output))
    text = output.read_text()
    assert "Phantom^Water" in text
    assert "00001.dcm" not in text


@pytest.mark.parametrize("name", ["heads.csv", "heads.jsonl", "heads.parquet", "heads.arrow"])
def test_the_output_is_no_input(study, capsys, name):
    output = study / name
    other = study / "more" / name
    other.parent.mkdir()
    other.write_text("no image")
    assert main(["scan", str(study), "-t", "Rows", "-o", str(output), "--json"]) == 1
    summary = json.loads(capsys.readouterr().out)
    assert (summary["files"], summary["errors"]) == (4, 1)


def test_many_batches_become_one_row_group(study, tmp_path, capsys):
    output = tmp_path / "many.parquet"
    paths = [str(study)] * 400
    assert main(["scan", *paths, "-t", "Rows", "-o", str(output)]) == 0
    written = pa.parquet.ParquetFile(output)
    assert (written.metadata.num_rows, written.num_row_groups) == (1200, 1)


def test_a_pipe_gets_parquet_too(study, spawn):
    process = spawn("scan", study, "-t", "Rows", "--format", "jsonl", "--quiet")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert [json.loads(line)["Rows"] for line in out.splitlines()] == [8, 8, 8]


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
def test_a_terminal_that_lacks_the_characters_of_a_name(tmp_path, spawn, monkeypatch, form):
    data_set = element(8, 5, "CS", "ISO_IR 192") + element(0x10, 0x10, "PN", "Æneas^山".encode())
    path = tmp_path / "name.dcm"
    path.write_bytes(file_meta("1.2.840.10008.5.1.4.1.1.2", "2.25.7") + data_set)
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    process = spawn("scan", path, "-t", "PatientName", "--format", form, "--quiet")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    if form.startswith("json"):
        rows = json.loads(f"[{out}]" if form == "jsonl" else out)
        assert rows[0]["PatientName"] == "Æneas^山"
    else:
        assert "\\xc6neas^\\u5c71" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-t", "PatientNam"], "did you mean PatientName"),
        (["-t", "PixelData"], "never read"),
        ([], "--tag"),
        (["-t", "Rows", "-o", "x.xlsx"], "end it with .arrow"),
        (["-t", "Rows", "--format", "xlsx"], "parquet"),
        (["-t", "Rows", "--limit", "0"], "--limit"),
        (["-t", "Rows", "--workers", "65"], "--workers"),
        (["-t", "Rows", "-o", "/no/such/directory/x.csv"], "/no/such/directory/x.csv"),
    ],
    ids=" ".join,
)
def test_usage_errors(study, capsys, arguments, says):
    assert main(["scan", str(study), *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert says in captured.err


def test_pyarrow_is_asked_for_before_anything_is_read(study, capsys, monkeypatch):
    monkeypatch.setattr("dicomwire.cli.row_output.find_spec", lambda name: None)
    assert main(["scan", str(study), "-t", "Rows", "-o", "x.parquet"]) == 2
    assert "pip install 'dicomwire[arrow]'" in capsys.readouterr().err


def test_a_terminal_gets_no_parquet(study, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["scan", str(study), "-t", "Rows", "--format", "parquet"]) == 2
    assert "give -o FILE" in capsys.readouterr().err


def test_the_progress_line():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with ScanProgress(quiet=False, console=console) as progress:
        progress._shown = -1.0
        progress.add(1000, 2)
        progress._progress.refresh()
    assert "1000 files" in console.file.getvalue()
    assert "2 with errors" in console.file.getvalue()


class Interrupted:
    """A scan during which Ctrl-C is pressed after the first row."""

    columns = ("path", "error")

    def __enter__(self):
        return self

    def __exit__(self, *exc: object):
        return None

    def __iter__(self):
        yield {"path": "first", "error": None}
        os.kill(os.getpid(), signal.SIGINT)
        yield {"path": "second", "error": None}
        pytest.fail("nobody asked for more")


def test_ctrl_c_ends_after_a_whole_row(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("dicomwire.scan", lambda *arguments, **options: Interrupted())
    output = tmp_path / "x.csv"
    assert main(["scan", str(tmp_path), "-t", "Rows", "-o", str(output)]) == 130
    assert output.read_text() == "path,error\nfirst,\nsecond,\n"
    captured = capsys.readouterr()
    assert captured.out.startswith("scanned 2 files")
    assert "interrupted: the rest was not read" in captured.err
