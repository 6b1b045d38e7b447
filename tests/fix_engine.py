"""Fixtures: a running engine, our own receiver, a Python process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from leaving import check_nothing_more, open_files, threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dicomwire import StorageReceiver


@pytest.fixture
def engine() -> Iterator[None]:
    """Run the engine during the test, and insist that nothing is left running after it."""
    from dicomwire import DicomEngine

    with DicomEngine():
        yield
    assert not DicomEngine.is_running()


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Insist that the test leaves no thread, socket or file; its peers run elsewhere."""
    files, tasks = open_files(), threads()
    yield
    check_nothing_more(files, tasks)


@pytest.fixture
def receiver(engine: None, tmp_path: Path) -> Iterator[StorageReceiver]:
    """Return a receiver of our own that writes into ``tmp_path / "received"``."""
    from dicomwire import StorageReceiver

    directory = tmp_path / "received"
    directory.mkdir()
    with StorageReceiver("RECEIVER", sink=directory) as receiver:
        yield receiver


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command `dicomwire`, as installed; it is killed at the end of the test."""
    command = Path(sys.executable).parent / "dicomwire"
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str | Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [command, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "COLUMNS": "200"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@dataclass(frozen=True)
class Finished:
    """A command that ran to its end."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def cli(spawn: Callable[..., subprocess.Popen[str]]) -> Callable[..., Finished]:
    """Run the command `dicomwire` to its end."""

    def run(*arguments: str | Path) -> Finished:
        process = spawn(*arguments)
        stdout, stderr = process.communicate(timeout=50)
        return Finished(process.returncode, stdout, stderr)

    return run


@pytest.fixture
def python() -> Callable[..., Finished]:
    """Run a script in an interpreter of its own, to its end."""

    def run(script: str, *arguments: str | Path) -> Finished:
        done = subprocess.run(
            [sys.executable, "-c", script, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return run
