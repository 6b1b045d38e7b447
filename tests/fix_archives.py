"""Fixtures: three archives that answer queries and send instances, each loaded once a session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING

import pytest
from comparing import read
from processes import Program, find_program, free_port, running
from studies import corpus_for_archives, write_studies

if TYPE_CHECKING:
    from collections.abc import Iterator

DESTINATIONS = ("DICOMWIRE", "RECEIVER", "RELAY", "UNREACHABLE")
"""The move destinations every archive knows; nobody listens for the last one."""


@dataclass(frozen=True)
class Archive:
    """A running archive, where it sends to, and what it was loaded with."""

    title: str
    port: int
    program: Program
    destinations: dict[str, int]
    sources: dict[str, Path] = field(repr=False)

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it."""
        return f"{self.title}@127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
def destinations() -> dict[str, int]:
    """Return the ports of the move destinations, by AE title."""
    return {title: free_port() for title in DESTINATIONS}


@pytest.fixture(scope="session")
def archived(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the files that the archives are loaded with, by SOP Instance UID."""
    made = write_studies(tmp_path_factory.mktemp("studies"))
    return _by_uid([*made, *corpus_for_archives(compressed=False)])


def _by_uid(paths: list[Path]) -> dict[str, Path]:
    return {read(path).SOPInstanceUID: path for path in paths}


def _load(port: int, title: str, paths: list[Path]) -> None:
    """Send files with DCMTK; each one must be stored."""
    command = [find_program("dcmsend"), "--call", title, "--decompress-never", "--no-halt"]
    command += ["--max-send-pdu", "131072", "127.0.0.1", str(port), *map(str, paths)]
    done = subprocess.run(
        command,
        env={**os.environ, "TCP_NODELAY": "1"},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, f"{title} was not loaded: {done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def dcmtk_archive(
    tmp_path_factory: pytest.TempPathFactory,
    destinations: dict[str, int],
    archived: dict[str, Path],
) -> Iterator[Archive]:
    """Run DCMTK's dcmqrscp, loaded."""
    home = tmp_path_factory.mktemp("dcmqrscp")
    directory = home / "archive"
    directory.mkdir()
    port = free_port()
    configuration = home / "dcmqrscp.cfg"
    hosts = [f"{name} = ({name}, localhost, {at})" for name, at in destinations.items()]
    lines = [f"NetworkTCPPort = {port}", "MaxPDUSize = 131072", "MaxAssociations = 16"]
    lines += ["HostTable BEGIN", *hosts, "HostTable END"]
    lines += ["VendorTable BEGIN", "VendorTable END"]
    lines += ["AETable BEGIN", f"ARCHIVE {directory} RW (1000, 1024mb) ANY", "AETable END", ""]
    configuration.write_text("\n".join(lines))
    command = ["dcmqrscp", "--verbose", "--disable-host-lookup", "-c", str(configuration)]
    with running(command, log=home / "log", environment={"TCP_NODELAY": "1"}) as program:
        program.wait_until_listening(port)
        _load(port, "ARCHIVE", list(archived.values()))
        yield Archive("ARCHIVE", port, program, destinations, archived)


@pytest.fixture(scope="session")
def orthanc_archive(
    tmp_path_factory: pytest.TempPathFactory,
    destinations: dict[str, int],
    archived: dict[str, Path],
) -> Iterator[Archive]:
    """Run a second Orthanc, which is not emptied between tests, loaded."""
    home = tmp_path_factory.mktemp("orthanc-archive")
    port, http_port = free_port(), free_port()
    settings = {
        "Name": "dicomwire archive",
        # The character set of its answers.
        "DefaultEncoding": "Utf8",
        "StorageDirectory": str(home / "storage"),
        "IndexDirectory": str(home / "index"),
        "Plugins": [],
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAet": "ORTHANC",
        "DicomPort": port,
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "DicomModalities": {name: [name, "127.0.0.1", at] for name, at in destinations.items()},
        "SynchronousCMove": True,
        "UnknownSopClassAccepted": True,
        "StoreMD5ForAttachments": False,
        "SyncStorageArea": False,
        "StorageCompression": False,
    }
    configuration = home / "orthanc.json"
    configuration.write_text(json.dumps(settings, indent=2))
    command = ["Orthanc", "--verbose", str(configuration)]
    nodelay = {"TCP_NODELAY": "1"}
    with running(command, log=home / "log", environment=nodelay, end=SIGKILL) as program:
        program.wait_until_listening(port, http_port)
        # It takes what is compressed, too.
        sources = _by_uid(corpus_for_archives(compressed=True)) | archived
        _load(port, "ORTHANC", list(sources.values()))
        yield Archive("ORTHANC", port, program, destinations, sources)


@pytest.fixture(scope="session")
def pynetdicom_archive(
    tmp_path_factory: pytest.TempPathFactory,
    destinations: dict[str, int],
    archived: dict[str, Path],
) -> Iterator[Archive]:
    """Run pynetdicom's application qrscp, loaded."""
    home = tmp_path_factory.mktemp("qrscp")
    port = free_port()
    lines = ["[DEFAULT]", "ae_title: QRSCP", f"port: {port}", "max_pdu: 131072"]
    lines += ["acse_timeout: 30", "dimse_timeout: 30", "network_timeout: 60"]
    lines += ["bind_address: 127.0.0.1", f"instance_location: {home / 'instances'}"]
    lines += [f"database_location: {home / 'instances.sqlite'}", "log_identifier: True"]
    for name, at in destinations.items():
        lines += [f"[{name}]", "address: 127.0.0.1", f"port: {at}"]
    configuration = home / "qrscp.ini"
    configuration.write_text("\n".join(lines))
    tests = Path(__file__).parent
    server = tests / "servers" / "pynetdicom_qrscp.py"
    command = [sys.executable, str(server), "-v", "-c", str(configuration)]
    with running(command, log=home / "log", environment={"PYTHONPATH": str(tests)}) as program:
        program.wait_until_listening(port)
        # It takes its time for each match, so it gets fewer.
        some = dict(list(archived.items())[: len(archived) // 3])
        _load(port, "QRSCP", list(some.values()))
        yield Archive("QRSCP", port, program, destinations, some)


ARCHIVES = ("dcmtk_archive", "orthanc_archive", "pynetdicom_archive")


@pytest.fixture(params=ARCHIVES)
def archive(request: pytest.FixtureRequest) -> Archive:
    """Return each of the archives in turn."""
    found: Archive = request.getfixturevalue(request.param)
    return found
