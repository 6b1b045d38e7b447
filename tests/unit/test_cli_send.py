"""``dicomwire send``: summary, JSON, report and exit codes, over a service that is a stand-in."""

from __future__ import annotations

import io
import json
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from rich.console import Console

import dicomwire
from dicomwire import StoreProgress
from dicomwire.cli.main import main
from dicomwire.cli.send_progress import SendProgress
from dicomwire.config import Peer
from dicomwire.errors import AssociationAborted, ConnectError
from dicomwire.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Result:
    path: Path | None
    outcome: str
    status: Status | None = None
    error: str | None = None
    sop_class_uid: str = "1.2.840.10008.5.1.4.1.1.2"
    sop_instance_uid: str = "1.2.3"
    bytes: int = 1000
    seconds: float = 0.5


@dataclass
class Report:
    sent: int = 0
    warnings: int = 0
    failed: int = 0
    skipped: int = 0
    bytes: int = 0
    seconds: float = 2.0
    failures: list[Result] = field(default_factory=list)
    commitment: None = None
    commitment_error: str | None = None


SENT = Result(Path("a.dcm"), "sent", Status(0))
WARNED = Result(Path("b.dcm"), "warning", Status(0xB000), sop_instance_uid="1.2.4")
REFUSED = Result(Path("c.dcm"), "failed", Status(0xA700, service="store"), sop_instance_uid="1.2.5")
NO_DICOM = Result(Path("d.txt"), "failed", None, "not DICOM: no DICM prefix", "", "")
IN_FLIGHT = Result(Path("e.dcm"), "unconfirmed", None, "interrupted", sop_instance_uid="1.2.6")
SKIPPED = Result(Path("f.dcm"), "skipped", sop_instance_uid="1.2.7")


class StandIn:
    """A StoreScu that gives prepared results."""

    results: list[Result] = []  # noqa: RUF012 - set anew by the fixture
    interrupted_by: ClassVar[BaseException | None] = None
    signal_after_results: ClassVar[signal.Signals | None] = None
    made: ClassVar[list[StandIn]] = []

    def __init__(self, peer: Peer, *, calling_ae_title: str, options: Any) -> None:
        self.peer = peer
        self.calling_ae_title = calling_ae_title
        self.options = options
        self.last_report = Report()
        self.made.append(self)

    def abort(self) -> None:
        self.results = [*self.results, IN_FLIGHT]

    def store_iter(self, source: list[Path], *, progress: Any, **settings: Any) -> Iterator[Result]:
        self.source = source
        self.settings = settings
        assert callable(progress)
        yield from self.account()
        if self.signal_after_results is not None:
            self.results = []
            os.kill(os.getpid(), self.signal_after_results)
            yield from self.account()
        if self.interrupted_by is not None:
            raise self.interrupted_by

    def account(self) -> Iterator[Result]:
        for result in self.results:
            counter = {"sent": "sent", "warning": "warnings", "skipped": "skipped"}
            name = counter.get(result.outcome, "failed")
            setattr(self.last_report, name, getattr(self.last_report, name) + 1)
            self.last_report.bytes += result.bytes
            if name == "failed":
                self.last_report.failures.append(result)
            yield result


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> type[StandIn]:
    monkeypatch.setattr(dicomwire, "StoreScu", StandIn)
    monkeypatch.setattr(StandIn, "results", [])
    monkeypatch.setattr(StandIn, "interrupted_by", None)
    monkeypatch.setattr(StandIn, "signal_after_results", None)
    monkeypatch.setattr(StandIn, "made", [])
    return StandIn


def lines_of(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text().splitlines()]


def test_all_well(
    service: type[StandIn], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.results = [SENT, WARNED, SKIPPED]
    assert main(["send", "PACS@host:104", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert captured.out == (
        "sent 1, warnings 1, failed 0, skipped 1: 0.0 MB in 2.00 s (0.0 MB/s)\n"
    )
    assert captured.err == ""


def test_failures_are_named(
    service: type[StandIn], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.results = [SENT, REFUSED, NO_DICOM]
    assert main(["send", "PACS@host:104", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "failed: c.dcm: the peer answered 0xA700 (Out of resources)",
        "failed: d.txt: not DICOM: no DICM prefix",
    ]


def test_many_failures_do_not_flood_the_terminal(
    service: type[StandIn], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.results = [NO_DICOM] * 25
    assert main(["send", "PACS@host:104", str(tmp_path)]) == 1
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) == 21
    assert shown[-1] == "failed: 5 more, --report FILE names all of them"


def test_json_is_one_object_and_nothing_else(
    service: type[StandIn], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.results = [SENT, WARNED, REFUSED, SKIPPED]
    assert main(["send", "PACS@host:104", str(tmp_path), "--json", "--quiet"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "sent": 1,
        "warnings": 1,
        "failed": 1,
        "skipped": 1,
        "bytes": 4000,
        "seconds": 2.0,
    }
    assert captured.err == ""


def test_quiet(service: type[StandIn], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service.results = [SENT, REFUSED]
    assert main(["send", "PACS@host:104", str(tmp_path), "--quiet"]) == 1
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_report_has_a_line_for_each_instance(service: type[StandIn], tmp_path: Path) -> None:
    service.results = [SENT, REFUSED, NO_DICOM]
    report = tmp_path / "report.jsonl"
    assert main(["send", "PACS@host:104", str(tmp_path), "--report", str(report)]) == 1
    assert lines_of(report) == [
        {"path": "a.dcm", "sop_instance_uid": "1.2.3", "status": "0x0000", "error": None},
        {"path": "c.dcm", "sop_instance_uid": "1.2.5", "status": "0xA700", "error": None},
        {
            "path": "d.txt",
            "sop_instance_uid": None,
            "status": None,
            "error": "not DICOM: no DICM prefix",
        },
    ]


def test_report_lines_are_on_disk_before_the_next_result(
    service: type[StandIn], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report.jsonl"
    seen: list[int] = []

    def store_iter(self: StandIn, source: object, **settings: object) -> Iterator[Result]:
        for result in (SENT, WARNED, NO_DICOM):
            seen.append(len(lines_of(report)))
            yield result

    monkeypatch.setattr(StandIn, "store_iter", store_iter)
    main(["send", "PACS@host:104", str(tmp_path), "--report", str(report)])
    assert seen == [0, 1, 2]


def test_odd_file_names_survive_the_report(service: type[StandIn], tmp_path: Path) -> None:
    odd = Path("line\nbreak \udcff.dcm")
    service.results = [Result(odd, "sent", Status(0))]
    report = tmp_path / "report.jsonl"
    assert main(["send", "PACS@host:104", str(tmp_path), "--report", str(report)]) == 0
    assert [Path(line["path"]) for line in lines_of(report)] == [odd]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("error", [None, AssociationAborted("aborted by us", by="local")])
def test_a_signal_leaves_a_complete_report(
    number: signal.Signals,
    error: Exception | None,
    service: type[StandIn],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = signal.getsignal(number)
    service.results = [SENT, REFUSED]
    service.signal_after_results = number
    service.interrupted_by = error
    report = tmp_path / "report.jsonl"
    arguments = ["send", "PACS@host:104", str(tmp_path), "--report", str(report), "--json"]
    assert main(arguments) == 130
    assert [line["path"] for line in lines_of(report)] == ["a.dcm", "c.dcm", "e.dcm"]
    captured = capsys.readouterr()
    assert json.loads(captured.out)["sent"] == 1
    assert json.loads(captured.out)["failed"] == 2
    assert captured.err.endswith("dicomwire: interrupted: the rest was not sent\n")
    assert signal.getsignal(number) is before


def test_no_association_at_all(
    service: type[StandIn], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.interrupted_by = ConnectError("nobody listens on host port 104")
    assert main(["send", "PACS@host:104", str(tmp_path), "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "dicomwire: nobody listens on host port 104\n"


def test_nothing_to_send(
    service: type[StandIn], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", "PACS@host:104", str(tmp_path), "--quiet"]) == 2
    assert f"nothing to send in {tmp_path}" in capsys.readouterr().err


def test_options_reach_the_service(service: type[StandIn], tmp_path: Path) -> None:
    service.results = [SENT]
    options = [
        *("--associations", "auto", "--max-pdu", "16384", "--transcode", "never"),
        *("--on-failure", "stop", "--calling-ae-title", "ME", "--timeout", "7.5"),
    ]
    other = tmp_path / "other"
    other.mkdir()
    assert main(["send", "PACS@[::1]:104", str(tmp_path), str(other), *options]) == 0
    (scu,) = service.made
    assert scu.peer == Peer("PACS", "::1", 104)
    assert scu.source == [tmp_path, other]
    assert scu.calling_ae_title == "ME"
    assert scu.settings == {"associations": 4, "transcode": "never", "on_failure": "stop"}
    assert scu.options.max_pdu_length == 16384
    assert scu.options.timeouts.connect == scu.options.timeouts.dimse == 7.5


def test_defaults_of_the_options(service: type[StandIn], tmp_path: Path) -> None:
    service.results = [SENT]
    assert main(["send", "PACS@host:104", str(tmp_path)]) == 0
    (scu,) = service.made
    assert scu.calling_ae_title == "DICOMWIRE"
    assert scu.settings == {
        "associations": 1,
        "transcode": "uncompressed",
        "on_failure": "continue",
    }


def at(total: int | None) -> StoreProgress:
    return StoreProgress(3, 0, 1, 0, 3_000_000, 1.0, total)


def test_progress_on_a_terminal() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120)
    with SendProgress(quiet=False, console=console) as progress:
        progress.update(at(total=10))
    shown = stream.getvalue()
    assert "4 of 10 instances" in shown
    assert "3.0 MB/s" in shown
    assert "1 failed" in shown


@pytest.mark.parametrize(("quiet", "terminal"), [(True, True), (False, False)])
def test_no_progress_elsewhere(quiet: bool, terminal: bool) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=120)
    with SendProgress(quiet=quiet, console=console) as progress:
        progress.update(at(total=None))
    assert stream.getvalue() == ""


def test_what_may_not_be_read_is_left_to_the_report(service: type[StandIn], tmp_path: Path) -> None:
    """One unreadable file among many is a failed instance and no usage error."""
    locked = tmp_path / "locked.dcm"
    locked.write_bytes(b"")
    locked.chmod(0)
    service.results = [Result(locked, "failed", None, "permission denied")]
    assert main(["send", "PACS@host:104", str(locked)]) == 1
    assert service.made[0].source == [locked]
