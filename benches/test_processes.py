"""Children are measured, servers are stopped, and the peer that never answers does just that."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from pynetdicom import AE
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from benches.contestants import StartUp, python_sample, start_up, tool_sample
from benches.dcmtk import dcmtk
from benches.processes import Finished, free_port, run, serve
from benches.scenario import BenchError
from benches.silent_peer import SilentPeer

if TYPE_CHECKING:
    from pathlib import Path


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def finished(status: int = 0, stdout: str = "") -> Finished:
    return Finished(status, 2.0, 1.5, 30_000_000, stdout, "why")


def test_a_child_is_measured() -> None:
    done = run(python("import sys; x = bytearray(200_000_000); print(len(x)); sys.exit(3)"))
    assert done.status == 3
    assert done.stdout == "200000000\n"
    assert done.peak_resident_bytes > 200_000_000
    assert 0 < done.cpu_seconds < 60
    assert done.wall_seconds > 0


def test_memory_is_the_childs_own() -> None:
    ballast = bytearray(300_000_000)
    assert run(python("pass")).peak_resident_bytes < len(ballast) / 2


def test_a_child_that_hangs_is_killed() -> None:
    code = "import sys, time; print('waiting', file=sys.stderr, flush=True); time.sleep(99)"
    with pytest.raises(BenchError, match="was still running after 1 s: waiting"):
        run(python(code), timeout=1.0)


def test_the_delay_switch_reaches_only_who_asked() -> None:
    show = python("import os; print(os.environ.get('TCP_NODELAY'))")
    assert run(show, no_delay=True).stdout == "1\n"
    assert run(show).stdout == "None\n"


def test_a_tool_of_the_same_name_is_not_taken_for_dcmtks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impostor = tmp_path / "getscu"
    impostor.write_text("#!/bin/sh\necho getscu v3\n")
    impostor.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    dcmtk.cache_clear()
    assert dcmtk("getscu") != str(impostor)
    monkeypatch.setenv("PATH", str(tmp_path))
    dcmtk.cache_clear()
    with pytest.raises(BenchError, match="DCMTK's getscu is not installed"):
        dcmtk("getscu")


def test_a_server_is_up_and_then_gone() -> None:
    port = free_port()
    with serve([dcmtk("storescp"), "--ignore", str(port)], port):
        socket.create_connection(("127.0.0.1", port), 5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)


def test_a_server_that_ends_at_once_says_why() -> None:
    port = free_port()
    with (
        pytest.raises(BenchError, match="no such thing"),
        serve(python("raise SystemExit('no such thing')"), port),
    ):
        pass


def test_the_start_up_of_a_tool_is_what_is_left_out() -> None:
    before = start_up("echoscu", ("127.0.0.1",))
    assert before.cpu_seconds > 0
    assert 0 < before.wall_seconds < 5
    sample = tool_sample(finished(), StartUp(1.0, 0.5), 10, 5_000_000)
    assert sample.values["rate"] == 10
    assert sample.values["mb_per_s"] == 5
    assert sample.values["cpu_us"] == 100_000


def test_work_shorter_than_the_start_up_has_no_rate() -> None:
    values = tool_sample(finished(), StartUp(2.5, 2.0), 10).values
    assert "rate" not in values
    assert "cpu_us" not in values


def test_half_the_work_is_a_failure() -> None:
    report = '{"seconds": 1, "cpu_seconds": 1, "idle_resident_bytes": 20000000, "done": %d}'
    assert python_sample(finished(stdout=report % 10), 10).values["above_idle_mb"] == 10
    with pytest.raises(BenchError, match="did 9 of 10: why"):
        python_sample(finished(stdout=report % 9), 10)
    with pytest.raises(BenchError, match="exit status 1: why"):
        python_sample(finished(1), 10)
    with pytest.raises(BenchError, match="exit status 1: why"):
        tool_sample(finished(1), StartUp(0, 0), 10)


def test_the_silent_peer_accepts_and_never_answers() -> None:
    entity = AE()
    entity.dimse_timeout = 1
    entity.add_requested_context(Verification)
    with SilentPeer() as peer:
        association = entity.associate("127.0.0.1", peer.port)
        assert association.is_established
        assert not peer.data_arrived.is_set()
        assert "Status" not in association.send_c_echo()
        assert peer.data_arrived.wait(5)
        association.abort()
