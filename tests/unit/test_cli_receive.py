"""``dicomwire receive``: how it starts, stops and counts, over a receiver that is a stand-in."""

from __future__ import annotations

import json
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pytest

import dicomwire
from dicomwire.cli.main import main
from dicomwire.hooks import Hook, InstanceReceived

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class StandIn:
    """A StorageReceiver to which something happens as soon as the command waits."""

    happens: ClassVar[Callable[[StandIn], None]]
    made: ClassVar[list[StandIn]] = []

    def __init__(self, ae_title: str, *, port: int, host: str, sink: Path | None) -> None:
        self.ae_title, self.host, self.sink = ae_title, host, sink
        self.port = port or 11112
        self.received = self.failed = self.bytes = 0
        self.instance_received: Hook[InstanceReceived] = Hook("instance_received")
        self.closed = False
        self.made.append(self)

    def __enter__(self) -> Self:
        self._peer = threading.Thread(target=self.happens)
        self._peer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._peer.join()
        self.closed = True

    def deliver(self, uid: str) -> None:
        path = None if self.sink is None else self.sink / uid
        event = InstanceReceived(path, "1.2", uid, "1.2.840.10008.1.2", "CT1", 500)
        self.received += 1
        self.bytes += 500
        self.instance_received.fire(event)


def interrupt(number: int) -> Callable[[StandIn], None]:
    def happens(receiver: StandIn) -> None:
        receiver.deliver("1.2.3")
        os.kill(os.getpid(), number)

    return happens


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> type[StandIn]:
    monkeypatch.setattr(dicomwire, "StorageReceiver", StandIn)
    monkeypatch.setattr(StandIn, "made", [])
    monkeypatch.setattr(StandIn, "happens", interrupt(signal.SIGINT), raising=False)
    return StandIn


COMMAND = ["receive", "--ae-title", "ARCHIVE", "--port", "0"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_runs_until_a_signal(
    number: signal.Signals,
    receiver: type[StandIn],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = signal.getsignal(number)
    receiver.happens = interrupt(number)
    assert main([*COMMAND, "-o", str(tmp_path / "new" / "directory")]) == 0
    captured = capsys.readouterr()
    assert "listening as ARCHIVE on 127.0.0.1 port 11112" in captured.err
    assert captured.out == "received 1, failed 0: 0.0 MB\n"
    assert (tmp_path / "new" / "directory").is_dir()
    assert receiver.made[0].closed
    assert signal.getsignal(number) is before


def test_max_instances(receiver: type[StandIn], capsys: pytest.CaptureFixture[str]) -> None:
    def happens(self: StandIn) -> None:
        for number in range(3):
            self.deliver(f"1.2.{number}")

    receiver.happens = happens
    assert main([*COMMAND, "--discard", "--max-instances", "3", "--json", "-q"]) == 0
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert set(answer) == {"received", "failed", "bytes", "seconds"}
    assert (answer["received"], answer["failed"], answer["bytes"]) == (3, 0, 1500)
    assert captured.err == ""
    assert receiver.made[0].sink is None


def test_verbose_names_each_instance(
    receiver: type[StandIn],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dicomwire.cli import options

    monkeypatch.setattr(options, "debug_logger", lambda: None)
    assert main([*COMMAND, "-o", str(tmp_path), "--verbose"]) == 0
    assert f"received 1.2.3 from CT1: {tmp_path / '1.2.3'}\n" in capsys.readouterr().err


def test_nobody_subscribes_unless_it_is_needed(receiver: type[StandIn], tmp_path: Path) -> None:
    assert main([*COMMAND, "-o", str(tmp_path)]) == 0
    assert not receiver.made[0].instance_received


def test_failed_instances_make_a_failed_run(receiver: type[StandIn], tmp_path: Path) -> None:
    def happens(self: Any) -> None:
        self.failed = 2
        os.kill(os.getpid(), signal.SIGTERM)

    receiver.happens = happens
    assert main([*COMMAND, "-o", str(tmp_path)]) == 1


def test_a_directory_that_cannot_be_made(
    receiver: type[StandIn], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main([*COMMAND, "-o", str(tmp_path / "file" / "below")]) == 2
    assert "cannot make the directory" in capsys.readouterr().err
    assert receiver.made == []
