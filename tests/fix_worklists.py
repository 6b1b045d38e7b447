"""Fixtures: two servers of modality worklists, DCMTK's and Orthanc's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING

import pytest
from processes import free_port, running
from worklists import write_worklist

if TYPE_CHECKING:
    from collections.abc import Iterator

_ORTHANC_PLUGIN = Path("/usr/share/orthanc/plugins/libModalityWorklists.so")


@dataclass(frozen=True)
class WorklistServer:
    """A running worklist server."""

    title: str
    port: int

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it."""
        return f"{self.title}@127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
def dcmtk_worklist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorklistServer]:
    """Run wlmscpfs; its AE title is the name of the directory with the worklist files."""
    home = tmp_path_factory.mktemp("wlmscpfs")
    write_worklist(home / "data" / "WORKLIST")
    port = free_port()
    command = ["wlmscpfs", "--verbose", "--disable-host-lookup", "--keep-char-set"]
    command += ["--data-files-path", str(home / "data"), str(port)]
    with running(command, log=home / "log", environment={"TCP_NODELAY": "1"}) as program:
        program.wait_until_listening(port)
        yield WorklistServer("WORKLIST", port)


@pytest.fixture(scope="session")
def orthanc_worklist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorklistServer]:
    """Run an Orthanc with its worklist plugin, which the Debian package brings."""
    assert _ORTHANC_PLUGIN.exists(), f"{_ORTHANC_PLUGIN} is missing: apt-get install orthanc"
    home = tmp_path_factory.mktemp("orthanc-worklist")
    write_worklist(home / "worklists")
    port = free_port()
    settings = {
        "Name": "dicomwire worklists",
        "StorageDirectory": str(home / "storage"),
        "IndexDirectory": str(home / "index"),
        "Plugins": [str(_ORTHANC_PLUGIN)],
        "Worklists": {"Enable": True, "Database": str(home / "worklists")},
        "DefaultEncoding": "Utf8",
        "HttpServerEnabled": False,
        "DicomAet": "ORTHANC",
        "DicomPort": port,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowFindWorklist": True,
    }
    configuration = home / "orthanc.json"
    configuration.write_text(json.dumps(settings, indent=2))
    command = ["Orthanc", "--verbose", str(configuration)]
    with running(command, log=home / "log", end=SIGKILL) as program:
        program.wait_until_listening(port)
        yield WorklistServer("ORTHANC", port)
