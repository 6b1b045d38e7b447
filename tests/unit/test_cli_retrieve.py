"""``dicomwire move`` and ``get``: what is asked, where it goes, and how the outcome is told."""

from __future__ import annotations

import io
import json
import os
import signal
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from rich.console import Console

import dicomwire
from dicomwire import Peer, RetrieveReport, Status, StorageReceiver, StoreScu
from dicomwire.cli.main import main
from dicomwire.cli.retrieve_options import listening_address
from dicomwire.cli.retrieve_progress import RetrieveProgress
from dicomwire.hooks import Hook
from dicomwire.query import PATIENT_ROOT, STUDY_ROOT, build

PEER = "PACS@127.0.0.1:11112"
STUDY = ["-k", "StudyInstanceUID=1.2"]
CT = "1.2.840.10008.5.1.4.1.1.2"


def report(status: int = 0, **figures: Any) -> RetrieveReport:
    known = {"completed": 3, "received": 3, "seconds": 0.5, **figures}
    return RetrieveReport(status=Status(status, service="move"), **known)


class Scu:
    """The service: keeps what it was asked."""

    asked: ClassVar[dict[str, Any]]
    report: ClassVar[Any]
    cancelled: ClassVar[int]
    before: ClassVar[Any] = None
    last_report = None

    def __init__(self, peer: object, *, calling_ae_title: str, options: object) -> None:
        type(self).asked = {"peer": str(peer), "calling": calling_ae_title, "options": options}
        type(self).cancelled = 0
        self.before_c_move = Hook("before_c_move")
        self.before_c_get = Hook("before_c_get")

    def cancel(self) -> None:
        type(self).cancelled += 1

    def move(self, destination: str | None, **options: Any) -> Any:
        return self._retrieve("move", destination=destination, **options)

    def get(self, sink: object, **options: Any) -> Any:
        return self._retrieve("get", sink=sink, **options)

    def _retrieve(self, service: Any, **options: Any) -> Any:
        self.asked.update(options, service=service)
        if (receiver := options.get("receiver")) is not None:
            self.asked["port"] = receiver.port
        build(
            options["query"],
            level=options["level"],
            model=options["model"],
            relational=self.asked["options"].relational,
            check=options["check"],
            service=service,
        )
        if self.before is not None:
            self.before()
        getattr(self, f"before_c_{service}").fire(object())
        return self.report() if callable(self.report) else self.report


@pytest.fixture
def scu(monkeypatch: pytest.MonkeyPatch) -> type[Scu]:
    monkeypatch.setattr(dicomwire, "QueryRetrieveScu", Scu, raising=False)
    monkeypatch.setattr(Scu, "report", report(), raising=False)
    return Scu


def test_a_move_to_somebody_else(scu, capsys):
    assert main(["move", PEER, "--dest", "ARCHIVE", *STUDY, "--verify"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "retrieved 3, warnings 0, failed 0: 0.50 s\n"
    assert captured.err == ""
    assert scu.asked["destination"] == "ARCHIVE"
    assert scu.asked["query"] == {"StudyInstanceUID": "1.2"}
    assert (scu.asked["level"], scu.asked["model"]) == ("STUDY", STUDY_ROOT)
    assert scu.asked["verify"]
    assert "receiver" not in scu.asked


def test_a_move_to_us(scu, tmp_path, capsys):
    folder = tmp_path / "new" / "folder"
    arguments = ["move", PEER, "-o", str(folder), "--port", "0", *STUDY]
    assert main([*arguments, "--calling-ae-title", "ME"]) == 0
    receiver = scu.asked["receiver"]
    assert isinstance(receiver, StorageReceiver)
    assert (receiver.ae_title, receiver.host) == ("ME", "127.0.0.1")
    assert scu.asked["port"] > 0
    assert folder.is_dir()
    assert scu.asked["destination"] is None
    assert capsys.readouterr().err.startswith("listening as ME on 127.0.0.1 port ")
    assert main([*arguments, "--ae-title", "OTHER", "--quiet"]) == 0
    assert scu.asked["receiver"].ae_title == "OTHER"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("::1", "127.0.0.1"),
        ("10.0.0.1", "0.0.0.0"),
        ("pacs.example", "0.0.0.0"),
    ],
)
def test_a_peer_on_another_machine_can_reach_us(host, address):
    assert listening_address(Peer("PACS", host, 104)) == address


def test_a_get_into_a_directory(scu, tmp_path, capsys):
    scu.report = report(bytes=3_000_000)
    arguments = ["--sop-class", "CTImageStorage", "--sop-class", CT + ".1", "--model=patient_root"]
    keys = ["-k", "PatientID=4711", "--level", "patient"]
    assert main(["get", PEER, "-o", str(tmp_path / "in"), *arguments, *keys]) == 0
    assert capsys.readouterr().out == (
        "retrieved 3, warnings 0, failed 0: 3.0 MB in 0.50 s (6.0 MB/s)\n"
    )
    assert scu.asked["sink"] == tmp_path / "in"
    assert scu.asked["sop_classes"] == [CT, CT + ".1"]
    assert (scu.asked["level"], scu.asked["model"]) == ("PATIENT", PATIENT_ROOT)


def test_a_relay(scu):
    arguments = ["--to", "ARCHIVE@127.0.0.1:104", "--calling-ae-title", "ME", "--timeout", "5"]
    assert main(["get", PEER, *arguments, *STUDY]) == 0
    sink = scu.asked["sink"]
    assert isinstance(sink, StoreScu)
    assert str(sink.peer) == "ARCHIVE@127.0.0.1:104"
    assert sink.calling_ae_title == "ME"
    assert sink.options.timeouts.dimse == 5
    assert scu.asked["sop_classes"] is None


def test_relational_and_unchecked(scu, tmp_path):
    keys = ["-k", "SeriesInstanceUID=1.3", "--level", "SERIES"]
    target = ["-o", str(tmp_path)]
    assert main(["get", PEER, *target, *keys]) == 2
    assert main(["get", PEER, *target, *keys, "--relational", "--quiet"]) == 0
    assert main(["get", PEER, *target, *keys, "--no-check", "--quiet"]) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["move", PEER, *STUDY], "--dest AET, or -o DIR"),
        (["move", PEER, *STUDY, "--dest", "X", "-o", "y"], "--dest AET, or -o DIR"),
        (["move", PEER, *STUDY, "--dest", "X", "--port", "104"], "are for -o DIR"),
        (["move", PEER, *STUDY, "--dest", "A" * 17], "at most 16"),
        (["move", PEER, "--dest", "X"], "give StudyInstanceUID="),
        (["move", PEER, "--dest", "X", "-k", "StudyDate=20240101"], "StudyInstanceUID only"),
        (["move", PEER, "--dest", "X", *STUDY, "--model", "MODALITY_WORKLIST"], "no C-MOVE"),
        (["move", PEER, *STUDY, "-o", "/dev/null/x"], "cannot make the directory"),
        (["get", PEER, *STUDY], "-o DIR, or --to PEER2"),
        (["get", PEER, *STUDY, "-o", "x", "--to", "A@b:1"], "-o DIR, or --to PEER2"),
        (["get", PEER, *STUDY, "--to", "ARCHIVE"], "AET@host:port"),
        (["get", PEER, *STUDY, "-o", "x", "--sop-class", "CTImage"], "CTImageStorage"),
    ],
    ids=" ".join,
)
def test_usage_errors(scu, arguments, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert says in captured.err


def test_failed_and_missing_instances_are_named(scu, capsys):
    scu.report = report(
        0xB000,
        failed=22,
        remaining=1,
        failed_sop_instance_uids=[f"1.2.{number}" for number in range(22)],
        missing=["1.3"],
    )
    assert main(["move", PEER, "--dest", "X", *STUDY]) == 1
    captured = capsys.readouterr()
    assert captured.out == ("retrieved 3, warnings 0, failed 22, not done 1, missing 1: 0.50 s\n")
    lines = captured.err.splitlines()
    assert lines[0] == "failed: 1.2.0"
    assert lines[20] == "failed: 2 more, --json names all of them"
    assert lines[21] == "missing: 1.3"
    assert lines[22].startswith(f"dicomwire: {PEER}: the retrieval: 22 failed (1.2.0, ")


def test_nothing_is_not_well(scu, capsys, tmp_path):
    scu.report = report(completed=0, received=0)
    assert main(["get", PEER, "-o", str(tmp_path), *STUDY, "--quiet"]) == 1
    assert "sent nothing" in capsys.readouterr().err
    # Of what goes to somebody else we see nothing, and not every peer counts.
    assert main(["move", PEER, "--dest", "X", *STUDY, "--quiet"]) == 0


def test_what_is_missing_is_a_failure(scu):
    scu.report = report(missing=["1.3"])
    assert main(["move", PEER, "--dest", "X", *STUDY, "--quiet"]) == 1


def test_json(scu, capsys):
    assert main(["move", PEER, "--dest", "X", *STUDY, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["completed"]) == ("0x0000", 3)


def test_a_failure_status(scu, capsys):
    scu.report = report(0xA801, completed=0)
    assert main(["move", PEER, "--dest", "X", *STUDY, "--quiet"]) == 1
    assert "0xA801 (Move destination unknown)" in capsys.readouterr().err


@pytest.mark.parametrize("verb", [["move", PEER, "--dest", "X"], ["get", PEER, "-o"]])
def test_ctrl_c_cancels(scu, capsys, tmp_path, verb):
    def interrupted() -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        assert scu.cancelled == 1
        return report(0xFE00, completed=1, remaining=2)

    scu.report = staticmethod(interrupted)
    target = [str(tmp_path)] if "-o" in verb else []
    assert main([*verb, *target, *STUDY]) == 130
    captured = capsys.readouterr()
    assert captured.out.startswith("retrieved 1, warnings 0, failed 0, not done 2")
    assert captured.err == "dicomwire: interrupted: the rest was not retrieved\n"


def test_ctrl_c_before_the_request_ends_it_at_once(scu, capsys, monkeypatch):
    interrupt = staticmethod(lambda: os.kill(os.getpid(), signal.SIGINT))
    monkeypatch.setattr(Scu, "before", interrupt)
    assert main(["move", PEER, "--dest", "X", *STUDY]) == 130
    assert scu.cancelled == 0
    assert capsys.readouterr().out == ""


def test_ctrl_c_between_two_requests(scu, monkeypatch):
    class Split(Scu):
        def _retrieve(self, *_: object, **__: object) -> Any:
            self.before_c_get.fire(object())
            os.kill(os.getpid(), signal.SIGINT)
            self.before_c_get.fire(object())
            pytest.fail("the second request went out")

    monkeypatch.setattr(dicomwire, "QueryRetrieveScu", Split)
    assert main(["get", PEER, "--to", "A@127.0.0.1:104", *STUDY]) == 130
    assert Split.cancelled == 1


def test_progress_is_a_line_on_a_terminal():
    terminal = Console(file=io.StringIO(), force_terminal=True, width=100)
    with RetrieveProgress(quiet=False, console=terminal) as progress:
        figures = {"completed": 2, "warning": 1, "failed": 1, "bytes": 2_000_000, "seconds": 2.0}
        progress.update(SimpleNamespace(remaining=None, **figures))
        progress.update(SimpleNamespace(remaining=6, **figures))
    shown = terminal.file.getvalue()
    assert "4 of 10 instances" in shown
    assert "1.0 MB/s" in shown
    assert "1 failed" in shown
