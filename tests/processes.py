"""Peers as programs: found or complained about, started, waited for and ended."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PACKAGES = {"Orthanc": "orthanc"}
_START_BUDGET = 20.0
_STOP_BUDGET = 5.0
_LISTEN = "0A"


def find_program(name: str) -> str:
    """Return the path of a peer's executable; without it a test fails and says what to install."""
    # pynetdicom puts a storescp, storescu and echoscu of its own into the virtual environment.
    ours = Path(sys.executable).parent
    places = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin"]
    path = shutil.which(name, path=os.pathsep.join(p for p in places if Path(p) != ours))
    if path is None:
        package = _PACKAGES.get(name, "dcmtk")
        message = f"{name} is missing: apt-get install {package} (make setup does it)"
        raise FileNotFoundError(message)
    return path


def free_port() -> int:
    """Find a free loopback port.

    It is taken from below the range that the system gives to outgoing connections, since one of
    those could get the port between now and the start of the program that is to listen on it.
    """
    for _ in range(1000):
        port = random.randrange(11200, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    message = "no free port on 127.0.0.1"
    raise RuntimeError(message)


def is_listening(port: int) -> bool:
    """Say whether somebody listens on a port, without bothering them by a connection."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == _LISTEN and local.endswith(wanted):
                return True
    return False


class Program:
    """A running peer and the log it writes."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    @property
    def output(self) -> str:
        """What it wrote to standard output and standard error."""
        return self.log.read_text(errors="replace")

    def wait_until_listening(self, *ports: int) -> None:
        """Wait for the ports, not for a time; fail with the log if they do not come."""
        deadline = time.monotonic() + _START_BUDGET
        while not all(is_listening(port) for port in ports):
            if self.process.poll() is not None or time.monotonic() > deadline:
                message = f"{self.process.args!r} does not listen on {ports}:\n{self.output}"
                raise RuntimeError(message)
            time.sleep(0.005)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the whole process group: politely unless told otherwise, then not."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
            try:
                self.process.wait(_STOP_BUDGET)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


@contextmanager
def running(
    arguments: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    end: signal.Signals = signal.SIGTERM,
) -> Iterator[Program]:
    """Run a program in its own process group and end it at the end of the block.

    One that takes its time to save what nobody wants is better ended by SIGKILL.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            [find_program(arguments[0]), *arguments[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    program = Program(process, log)
    try:
        yield program
    finally:
        program.stop(end)
