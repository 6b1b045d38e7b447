"""Child processes with their costs, and servers that are up while a scenario runs (Linux only)."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from benches.scenario import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "Finished",
    "child",
    "environment",
    "free_port",
    "resident_bytes",
    "run",
    "serve",
]

ROOT = Path(__file__).resolve().parent.parent

# Peak memory is read from /proc while the child lives: `ru_maxrss` is no use here, because a
# child starts with the size of the parent that forked it.
_MEMORY_INTERVAL_MS = 10
_SERVER_START_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Finished:
    """A child that has ended, and what it took."""

    status: int
    wall_seconds: float
    cpu_seconds: float
    peak_resident_bytes: int
    stdout: str
    stderr: str


def child(module: str, *arguments: object) -> list[str]:
    """Return the command line of one of the programs in `benches.children`."""
    return [sys.executable, "-m", f"benches.children.{module}", *map(str, arguments)]


def environment(*, no_delay: bool = False) -> dict[str, str]:
    """Return the environment of a child; DCMTK's tools read TCP_NODELAY from it."""
    variables = dict(os.environ)
    variables.pop("TCP_NODELAY", None)
    # Threads that numpy's library starts look busily for work for a while. Nobody has any for them.
    variables["OPENBLAS_NUM_THREADS"] = "1"
    if no_delay:
        variables["TCP_NODELAY"] = "1"
    return variables


def resident_bytes(pid: int | str, field: str = "VmHWM") -> int:
    """Return a process's peak (VmHWM) or present (VmRSS) resident size; 0 once it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    return 0


def run(command: Sequence[str], *, no_delay: bool = False, timeout: float = 120.0) -> Finished:
    """Run a child to its end.

    Raises
    ------
    BenchError
        If it is still running after `timeout` seconds; it is killed then.
    """
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=environment(no_delay=no_delay),
            cwd=ROOT,
        )
        try:
            peak = _watch(process.pid, started + timeout)
        except BaseException:
            process.kill()
            process.wait()
            raise
        if peak is None:
            process.kill()
            process.wait()
            said = _text(stderr)[-300:]
            raise BenchError(f"{command[0]} was still running after {timeout:.0f} s: {said}")
        wall = time.perf_counter() - started
        _, status, usage = os.wait4(process.pid, 0)
        # Popen must learn that somebody else collected the child.
        process.returncode = os.waitstatus_to_exitcode(status)
        return Finished(
            status=process.returncode,
            wall_seconds=wall,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_resident_bytes=peak,
            stdout=_text(stdout),
            stderr=_text(stderr),
        )


def _watch(pid: int, deadline: float) -> int | None:
    """Wait for the end of a child and return the peak of its memory; None at the deadline."""
    peak = 0
    handle = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        while True:
            peak = max(peak, resident_bytes(pid))
            if poll.poll(_MEMORY_INTERVAL_MS):
                return peak
            if time.perf_counter() > deadline:
                return None
    finally:
        os.close(handle)


def _text(file: TextIO) -> str:
    file.seek(0)
    return file.read()


def free_port() -> int:
    """Return a loopback port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(command: Sequence[str], port: int, *, no_delay: bool = False) -> Iterator[int]:
    """Keep a server running that listens on `port`.

    Raises
    ------
    BenchError
        If it ends or does not listen within its time.
    """
    with tempfile.TemporaryFile("w+") as output:
        process = _start_server(command, output, no_delay=no_delay)
        try:
            _await_listener(process, port, output)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start_server(
    command: Sequence[str], output: TextIO, *, no_delay: bool = False
) -> subprocess.Popen[bytes]:
    """Start a server whose messages go to a file."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=environment(no_delay=no_delay),
        cwd=ROOT,
    )


def _await_listener(process: subprocess.Popen[bytes], port: int, output: TextIO) -> None:
    deadline = time.perf_counter() + _SERVER_START_SECONDS
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise BenchError(f"{process.args!r} does not listen on port {port}: {_text(output)[-300:]}")
