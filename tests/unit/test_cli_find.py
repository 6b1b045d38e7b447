"""``dicomwire find``: what is asked, every format, and exit codes, with a scripted service."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import signal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from pydicom.dataset import Dataset
from rich.cells import cell_len
from rich.console import Console

import dicomwire
from dicomwire import Status
from dicomwire.cli.find_progress import FindProgress
from dicomwire.cli.find_table import shown_keys, write_table
from dicomwire.cli.main import main
from dicomwire.errors import ConnectError
from dicomwire.query import MODALITY_WORKLIST, STUDY_ROOT, build, model_of
from dicomwire.table.frames import ArrowStreamed

if TYPE_CHECKING:
    from collections.abc import Iterator

PEER = "PACS@127.0.0.1:11112"
COLUMNS = ["StudyDate", "ModalitiesInStudy", "PatientName", "StudyInstanceUID", "error"]
ROWS: list[dict[str, Any]] = [
    {
        "StudyDate": dt.date(2024, 1, 31),
        "ModalitiesInStudy": ["CT", "SR"],
        "PatientName": "Müller^Änne",
        "StudyInstanceUID": "1.2.3",
        "error": None,
    },
    {
        "StudyDate": None,
        "ModalitiesInStudy": None,
        "PatientName": "Evil\x07^Bell",
        "StudyInstanceUID": "1.2.4",
        "error": None,
    },
]


class Result(ArrowStreamed):
    """The matches of a query as `dicomwire.FindResult` gives them."""

    columns = COLUMNS
    optional_keys_unsupported = 0
    rows = ROWS

    def __init__(self) -> None:
        self.undecodable: list[object] = []
        self.status: Status | None = None
        self.matches = 0
        self.cancelled = 0
        self.final = Status(0, service="find")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _all(self) -> Iterator[dict[str, Any]]:
        for row in self.rows:
            self.matches += 1
            yield row
        self.status = self.final

    def dicts(self) -> Iterator[dict[str, Any]]:
        return self._all()

    def __iter__(self) -> Iterator[Dataset]:
        for row in self._all():
            dataset = Dataset()
            dataset.SpecificCharacterSet = "ISO_IR 100"
            dataset.PatientName = row["PatientName"]
            dataset.StudyInstanceUID = row["StudyInstanceUID"]
            yield dataset

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.Table.from_pylist(list(self._all())).__arrow_c_stream__(requested_schema)

    def cancel(self) -> None:
        self.cancelled += 1


class Scu:
    """The service: keeps what it was asked."""

    asked: ClassVar[dict[str, Any]]
    result: ClassVar[Result]

    def __init__(self, peer: object, *, calling_ae_title: str, options: object) -> None:
        type(self).asked = {"peer": str(peer), "calling": calling_ae_title, "options": options}

    def find(self, query: object, **options: Any) -> Result:
        self.asked.update(options, query=query)
        # Whatever is asked has to be possible.
        build(
            query,  # type: ignore[arg-type]
            level=options["level"],
            model=options["model"],
            return_keys=options["return_keys"],
            relational=self.asked["options"].relational,
            check=options["check"],
        )
        return self.result


@pytest.fixture
def scu(monkeypatch: pytest.MonkeyPatch) -> type[Scu]:
    monkeypatch.setattr(dicomwire, "QueryRetrieveScu", Scu, raising=False)
    monkeypatch.setattr(Scu, "result", Result(), raising=False)
    return Scu


def test_a_table_by_default(scu, capsys):
    assert main(["find", PEER, "-k", "PatientName=M*", "-k", "PatientComments"]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].split() == ["Date", "Patient", "Modalities", "StudyInstanceUID"]
    assert lines[1].split() == ["2024-01-31", "Müller^Änne", "CT\\SR", "1.2.3"]
    # Safe for a terminal, and nothing for what is not there.
    assert lines[2].split() == ["Evil\\x07^Bell", "1.2.4"]
    assert captured.err.startswith("2 matches in ")
    assert scu.asked["peer"] == PEER
    assert scu.asked["query"] == {"PatientName": "M*", "PatientComments": None}
    assert (scu.asked["level"], scu.asked["model"]) == ("STUDY", STUDY_ROOT)
    assert scu.asked["check"]
    assert not scu.asked["strict"]


@pytest.mark.parametrize(
    ("arguments", "query", "level"),
    [
        (["-k", "StudyInstanceUID=1.2", "-k", "StudyInstanceUID=1.3"], {"u": ["1.2", "1.3"]}, None),
        (["-k", "StudyInstanceUID=1.2", "-k", "StudyInstanceUID"], {"u": "1.2"}, None),
        (["--level", "series", "-k", "StudyInstanceUID=1.2"], {"u": "1.2"}, "SERIES"),
        (["-k", "QueryRetrieveLevel=SERIES", "-k", "StudyInstanceUID=1"], {"u": "1"}, "SERIES"),
        (["-k", "(0020,000D)=1.2"], {"(0020,000D)": "1.2"}, None),
        (["-k", "PatientName=A=B=C"], {"PatientName": "A=B=C"}, None),
        (["-k", "(0009,1001):LO=x"], {"(0009,1001)": ("LO", "x")}, None),
        (["-k", "PatientID:LO=x"], {"PatientID": "x"}, None),
        (["--date", "20240101-20240131"], {"StudyDate": "20240101-20240131"}, None),
        (["--date", "20240101-"], {"StudyDate": "20240101-"}, None),
        (["--modality", "CT"], {"ModalitiesInStudy": "CT"}, None),
        (
            ["--level=SERIES", "-k", "StudyInstanceUID=1", "--modality=CT"],
            {"u": "1", "Modality": "CT"},
            "SERIES",
        ),
        (["--relational", "-k", "Modality=CT"], {"Modality": "CT"}, None),
        (["--no-check", "-k", "Modality=ct"], {"Modality": "ct"}, None),
    ],
)
def test_what_is_asked(scu, arguments, query, level):
    assert main(["find", PEER, "--quiet", *arguments]) == 0
    if "u" in query:
        query["StudyInstanceUID"] = query.pop("u")
    assert scu.asked["query"] == query
    assert scu.asked["level"] == (level or "STUDY")


def test_other_options_are_passed_on(scu):
    arguments = ["--limit", "7", "--return", "StudyDate", "--return", "0010,0010"]
    arguments += ["--character-set", "ISO_IR 100", "--calling-ae-title", "ME", "--timeout", "5"]
    assert main(["find", PEER, "--quiet", *arguments]) == 0
    assert scu.asked["limit"] == 7
    assert scu.asked["return_keys"] == ["StudyDate", "0010,0010"]
    assert scu.asked["character_set"] == "ISO_IR 100"
    assert scu.asked["calling"] == "ME"
    assert scu.asked["options"].timeouts.dimse == 5


def test_a_worklist_in_short(scu):
    arguments = ["--date", "yesterday-tomorrow", "--modality", "CT", "--station-aet", "CT1"]
    assert main(["find", PEER, "--model", "modality_worklist", "--quiet", *arguments]) == 0
    step = "ScheduledProcedureStepSequence"
    day = dt.timedelta(days=1)
    today = dt.date.today()  # noqa: DTZ011
    assert scu.asked["model"] == MODALITY_WORKLIST
    assert scu.asked["query"] == {
        f"{step}.ScheduledProcedureStepStartDate": f"{today - day:%Y%m%d}-{today + day:%Y%m%d}",
        f"{step}.Modality": "CT",
        f"{step}.ScheduledStationAETitle": "CT1",
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--model", "STUDIES"], "must be one of STUDY_ROOT"),
        (["--level", "FOLDER"], "has the levels STUDY, SERIES, IMAGE"),
        (["--level", "STUDY", "-k", "QueryRetrieveLevel=SERIES"], "QueryRetrieveLevel=SERIES"),
        (["--model", "MODALITY_WORKLIST", "--level", "STUDY"], "has no levels"),
        (["-k", "=x"], "KEYWORD=VALUE"),
        (["-k", "PatientID:SH=x"], "its VR is LO"),
        (["-k", "(0009,1001):XX=x"], "'XX' is no VR; say its VR, as in (0009,1001):LO=x"),
        (["-k", "StudyDate=20240101", "--date", "20240102"], "StudyDate is '20240101'"),
        (["-k", "ModalitiesInStudy=CT", "--modality", "MR"], "ModalitiesInStudy is 'CT'"),
        (["-k", "PatientNme=x"], "did you mean PatientName"),
        (["--return", "PatientNme"], "did you mean PatientName"),
        (["--date", "soon"], "today, yesterday, tomorrow"),
        (["--date", "-"], "today, yesterday, tomorrow"),
        (["--date", "20240101-20240102-20240103"], "today, yesterday, tomorrow"),
        (["--date", "20241301"], "YYYYMMDD"),
        (["--station-aet", "CT1"], "--model MODALITY_WORKLIST"),
        (["-k", "Modality=CT"], "use ModalitiesInStudy"),
        (["--level", "SERIES"], "give StudyInstanceUID="),
        (["--format", "xml"], "table"),
        (["-o", "x.xlsx"], "end it with .arrow"),
        (["--limit", "0"], "--limit"),
    ],
    ids=" ".join,
)
def test_usage_errors(scu, arguments, says, capsys):
    assert main(["find", PEER, *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert says in captured.err


@pytest.mark.parametrize("form", ["--json", "--format=json", "--format=jsonl"])
def test_json_is_the_model_of_the_standard(scu, form, capsys):
    assert main(["find", PEER, "--quiet", form]) == 0
    text = capsys.readouterr().out
    objects = [json.loads(line) for line in text.splitlines()] if "jsonl" in form else None
    objects = objects or json.loads(text)
    assert [item["StudyInstanceUID"]["Value"] for item in map(by_keyword, objects)] == [
        ["1.2.3"],
        ["1.2.4"],
    ]
    assert objects[0]["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "Müller^Änne"}]}
    assert "00080005" not in objects[0]


def by_keyword(item: dict[str, Any]) -> dict[str, Any]:
    return {Dataset.from_json({tag: item[tag]}).dir()[0]: item[tag] for tag in item}


def test_no_matches_are_an_empty_array(scu, capsys):
    scu.result.rows = []
    assert main(["find", PEER, "--quiet", "--json"]) == 0
    assert capsys.readouterr().out == "[]\n"


def test_csv(scu, capsys):
    step = {"ScheduledProcedureStepID": "7", "ScheduledProcedureStepStartDate": dt.date(2024, 1, 2)}
    scu.result.columns = ["PatientName", "ModalitiesInStudy", "Steps", "error"]
    row = {"PatientName": "A,B", "ModalitiesInStudy": ["CT", "SR"], "Steps": [step], "error": None}
    scu.result.rows = [row]
    assert main(["find", PEER, "--quiet", "--format", "csv"]) == 0
    header, line = csv.reader(io.StringIO(capsys.readouterr().out))
    assert header == scu.result.columns
    assert line[:2] == ["A,B", "CT\\SR"]
    assert json.loads(line[2]) == [
        {"ScheduledProcedureStepID": "7", "ScheduledProcedureStepStartDate": "2024-01-02"}
    ]


@pytest.mark.parametrize(
    ("name", "read"),
    [("x.arrow", pa.feather.read_table), ("x.parquet", pa.parquet.read_table)],
)
def test_arrow_and_parquet(scu, tmp_path, capsys, name, read):
    path = tmp_path / name
    assert main(["find", PEER, "-o", str(path)]) == 0
    assert read(path).column("StudyInstanceUID").to_pylist() == ["1.2.3", "1.2.4"]
    captured = capsys.readouterr()
    assert captured.out.startswith("2 matches in ")
    assert captured.out.endswith(f": {path}\n")
    assert captured.err == ""


def test_a_file_and_its_summary(scu, tmp_path, capsys):
    path = tmp_path / "studies.jsonl"
    assert main(["find", PEER, "-o", str(path), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary.pop("seconds") >= 0
    assert summary == {
        "matches": 2,
        "undecodable": 0,
        "optional_keys_unsupported": 0,
        "status": "0x0000",
        "output": str(path),
    }
    assert len(path.read_text().splitlines()) == 2


def test_pyarrow_is_asked_for_before_anything_is_sent(scu, capsys, monkeypatch):
    monkeypatch.setattr("dicomwire.cli.row_output.find_spec", lambda name: None)
    monkeypatch.setattr(Scu, "asked", {}, raising=False)
    assert main(["find", PEER, "-o", "x.parquet"]) == 2
    assert "pip install 'dicomwire[arrow]'" in capsys.readouterr().err
    assert scu.asked == {}


def test_undecodable_matches_are_named(scu, capsys):
    scu.result.undecodable = [
        SimpleNamespace(number=number, data=b"", error="no data set") for number in range(22)
    ]
    assert main(["find", PEER]) == 1
    err = capsys.readouterr().err
    assert "2 matches in" in err
    assert "22 of them undecodable" in err
    assert "failed: match 19: no data set\n" in err
    assert "failed: match 20" not in err
    assert "failed: 2 more\n" in err


def test_a_failure_status_comes_after_what_came_before_it(scu, capsys):
    scu.result.final = Status(0xA700, service="find", comment="disk full")
    assert main(["find", PEER, "--format", "jsonl"]) == 1
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 2
    assert "0xA700 (Out of resources: disk full)" in captured.err


def test_ctrl_c_cancels_and_prints_what_came(scu, capsys, monkeypatch):
    class Slow(Result):
        def _all(self) -> Iterator[dict[str, Any]]:
            yield self.rows[0]
            os.kill(os.getpid(), signal.SIGINT)
            # The peer sends another one before it gives in.
            assert self.cancelled == 1
            yield self.rows[1]
            self.matches = 2
            self.status = Status(0xFE00, service="find")

    monkeypatch.setattr(Scu, "result", Slow())
    assert main(["find", PEER, "--format", "jsonl"]) == 130
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 2
    assert "interrupted" in captured.err


def test_an_error_in_the_middle(scu, capsys, monkeypatch):
    class Broken(Result):
        def _all(self) -> Iterator[dict[str, Any]]:
            yield self.rows[0]
            raise ConnectError("the peer is gone")

    monkeypatch.setattr(Scu, "result", Broken())
    assert main(["find", PEER, "--format", "csv"]) == 2
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 2
    assert captured.err == "dicomwire: the peer is gone\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def table_on_terminal(
    rows: list[dict[str, Any]], shown: tuple[str, ...], width: int, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    file = Terminal()
    write_table(rows, list(rows[0]), shown, file)
    return file.getvalue().splitlines()


STUDY = {
    "StudyDate": dt.date(2024, 1, 31),
    "PatientName": "A name that is far too long for the line",
    "PatientID": "4711",
    "ModalitiesInStudy": ["CT", "SR"],
    "StudyDescription": "Head and neck, with contrast",
    "NumberOfStudyRelatedInstances": 1234,
    "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.12345678901234567890123456789012345678",
    "error": None,
}


def test_a_table_fits_into_80_columns(monkeypatch):
    shown = shown_keys(STUDY_ROOT, "STUDY", [], only=False)
    lines = table_on_terminal([STUDY, {**STUDY, "error": "bad"}], shown, 80, monkeypatch)
    headings = "Date Patient Patient ID Modalities Description Instances"
    assert " ".join(lines[0].split()) == headings
    assert lines[1].startswith("2024-01-31  A name")
    assert "…" in lines[1]
    assert lines[1].endswith("1234")
    # What has no room is below, as -k takes it.
    assert lines[2] == f"    StudyInstanceUID={STUDY['StudyInstanceUID']}"
    assert lines[5] == "    error=bad"
    assert all(len(line) <= 80 for line in lines if "UID" not in line)


def test_wide_characters_keep_the_columns(monkeypatch):
    rows = [
        {"PatientName": "Yamada^Tarou=山田^太郎=やまだ^たろう", "PatientID": "4", "error": None}
    ]
    rows.append({**rows[0], "PatientName": "山田^太郎"})
    lines = table_on_terminal(rows, ("PatientName", "PatientID"), 80, monkeypatch)
    assert [cell_len(line) for line in lines[1:]] == [len("x" * 20 + "  4")] * 2


def test_a_wide_terminal_has_everything_on_a_line(monkeypatch):
    shown = shown_keys(STUDY_ROOT, "STUDY", [], only=False)
    lines = table_on_terminal([STUDY], shown, 200, monkeypatch)
    assert len(lines) == 2
    assert lines[1].endswith(str(STUDY["StudyInstanceUID"]))


def test_many_keys_on_a_narrow_terminal(monkeypatch):
    shown = shown_keys(STUDY_ROOT, "STUDY", list(STUDY)[:-1], only=True)
    for width in (1, 20, 40, 60):
        lines = table_on_terminal([STUDY], shown, width, monkeypatch)
        assert all(str(text) in "\n".join(lines) for text in ("2024-01-31", "1.2.826.0.1"))


def test_the_items_of_a_worklist_are_looked_into(monkeypatch):
    steps = [
        {"Modality": "CT", "ScheduledProcedureStepStartDate": dt.date(2024, 1, 2)},
        {"Modality": "MR", "ScheduledProcedureStepStartDate": None},
    ]
    rows = [{"PatientName": "A^B", "ScheduledProcedureStepSequence": steps, "error": None}]
    shown = shown_keys(MODALITY_WORKLIST, None, [], only=False)
    lines = table_on_terminal(rows, shown, 120, monkeypatch)
    assert lines[0].split()[:3] == ["Date", "Time", "Modality"]
    assert lines[1].split() == ["2024-01-02", "CT\\MR", "A^B"]


def test_what_a_table_shows():
    above = shown_keys(STUDY_ROOT, "SERIES", ["StudyInstanceUID"], only=False)
    assert "StudyInstanceUID" not in above
    series = shown_keys(STUDY_ROOT, "SERIES", ["0008,0021", "Modality"], only=False)
    assert series[-2:] == ("SeriesDate", "SeriesInstanceUID")
    assert series.count("Modality") == 1
    assert shown_keys(STUDY_ROOT, "STUDY", ["PatientName"], only=True) == (
        "PatientName",
        "StudyInstanceUID",
    )
    private = shown_keys(STUDY_ROOT, "STUDY", ["(0009,10FF)"], only=True)
    assert private[0] == "0009_10ff"
    # Everything, where nobody knows what is worth showing.
    assert shown_keys(model_of("1.2.3.4"), None, ["PatientName"], only=False) == ()


def test_progress_is_a_line_on_a_terminal():
    terminal = Console(file=io.StringIO(), force_terminal=True, width=80)
    with FindProgress(quiet=False, console=terminal) as progress:
        progress.update(1)
        progress._started -= 1
        progress.update(1000)
    assert "1000 matches" in terminal.file.getvalue()
