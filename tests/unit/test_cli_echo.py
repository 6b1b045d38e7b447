"""``dicomwire echo``, over a service that is a stand-in."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

import dicomwire
from dicomwire.cli.main import main
from dicomwire.engine import DicomEngine
from dicomwire.status import Status


class StandIn:
    status: ClassVar[Status] = Status(0)

    def __init__(self, peer: object, **_options: Any) -> None:
        assert str(peer) == "PACS@host:104"

    def echo(self) -> Status:
        assert DicomEngine.is_running()
        return self.status


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicomwire, "VerificationScu", StandIn)


def test_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", "PACS@host:104"]) == 0
    assert capsys.readouterr().out.startswith("PACS@host:104 answered 0x0000 (Success) in ")
    assert not DicomEngine.is_running()


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", "PACS@host:104", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"peer", "status", "seconds"}
    assert (answer["peer"], answer["status"]) == ("PACS@host:104", "0x0000")


def test_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", "PACS@host:104", "-q"]) == 0
    assert capsys.readouterr().out == ""


def test_a_refusal_is_a_failure_and_shown_even_if_quiet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StandIn, "status", Status(0x0122))
    assert main(["echo", "PACS@host:104", "-q"]) == 1
    assert "0x0122 (SOP class not supported)" in capsys.readouterr().out
