"""Fixtures: DCMTK's storescp in its variants, and its command line tools."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from processes import Program, find_program, free_port, running

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class StoreScp:
    """A running storescp or dcmqrscp."""

    port: int
    directory: Path
    program: Program
    title: str = "STORESCP"

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it."""
        return f"{self.title}@127.0.0.1:{self.port}"

    def files(self) -> list[Path]:
        """Return what was received, in a stable order."""
        return sorted(self.directory.iterdir())


StartStoreScp = Callable[..., StoreScp]


@pytest.fixture
def start_storescp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartStoreScp]:
    """Start storescp with options: everything accepted and written exactly as it came, unless told.

    With ``nagle=False`` it sets TCP_NODELAY on its sockets.
    """
    with ExitStack() as stack:

        def start(*options: str, nagle: bool = True, accept: str = "+xa") -> StoreScp:
            home = tmp_path_factory.mktemp("storescp")
            directory = home / "received"
            directory.mkdir()
            port = free_port()
            command = ["storescp", "--verbose", "--bit-preserving", "--unique-filenames"]
            command += ["--promiscuous", "--disable-host-lookup", "--output-directory"]
            command += [str(directory), accept, *options, str(port)]
            environment = {} if nagle else {"TCP_NODELAY": "1"}
            program = stack.enter_context(
                running(command, log=home / "log", environment=environment)
            )
            program.wait_until_listening(port)
            return StoreScp(port, directory, program)

        yield start


@pytest.fixture
def storescp(start_storescp: StartStoreScp) -> StoreScp:
    """Return a storescp as Debian ships it, Nagle's algorithm on."""
    return start_storescp()


@pytest.fixture
def dcmqrscp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreScp]:
    """Return DCMTK's image archive, which indexes what it stores and answers queries."""
    home = tmp_path_factory.mktemp("dcmqrscp")
    directory = home / "archive"
    directory.mkdir()
    port = free_port()
    configuration = home / "dcmqrscp.cfg"
    # The parser wants each table and every line at the start of its line.
    lines = [f"NetworkTCPPort = {port}", "MaxPDUSize = 131072", "MaxAssociations = 16"]
    lines += ["HostTable BEGIN", "nobody = (NOBODY, localhost, 104)", "HostTable END"]
    lines += ["VendorTable BEGIN", "VendorTable END"]
    lines += ["AETable BEGIN", f"ARCHIVE {directory} RW (200, 1024mb) ANY", "AETable END", ""]
    configuration.write_text("\n".join(lines))
    command = ["dcmqrscp", "--verbose", "--disable-host-lookup", "-c", str(configuration)]
    with running(command, log=home / "log") as program:
        program.wait_until_listening(port)
        yield StoreScp(port, directory, program, title="ARCHIVE")


@pytest.fixture
def dcmtk() -> Callable[..., str]:
    """Run a command line tool of DCMTK to its end and return its output; it must not fail."""

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            [find_program(str(command[0])), *map(str, command[1:])],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    return run
