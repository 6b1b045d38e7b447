"""Fixture: an Orthanc of our own on free loopback ports."""

from __future__ import annotations

import json
from signal import SIGKILL
from typing import TYPE_CHECKING

import pytest
from orthanc_client import OrthancClient
from processes import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def orthanc_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrthancClient]:
    """Run Orthanc for the session: any SOP class and transfer syntax, no plugins, verbose log."""
    home = tmp_path_factory.mktemp("orthanc")
    client = OrthancClient(http_port=free_port(), dicom_port=free_port())
    configuration = home / "orthanc.json"
    settings = {
        "Name": "dicomwire tests",
        "StorageDirectory": str(home / "storage"),
        "IndexDirectory": str(home / "index"),
        "Plugins": [],
        "HttpPort": client.http_port,
        "HttpServerEnabled": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomServerEnabled": True,
        "DicomAet": "ORTHANC",
        "DicomPort": client.dicom_port,
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
        "UnknownSopClassAccepted": True,
        "AcceptedTransferSyntaxes": ["1.2.840.10008.1.*"],
        "OverwriteInstances": True,
        "StoreMD5ForAttachments": False,
        "SyncStorageArea": False,
        "StorageCompression": False,
    }
    configuration.write_text(json.dumps(settings, indent=2))
    command = ["Orthanc", "--verbose", str(configuration)]
    with running(command, log=home / "log", end=SIGKILL) as program:
        program.wait_until_listening(client.http_port, client.dicom_port)
        yield client


@pytest.fixture
def orthanc(orthanc_server: OrthancClient) -> OrthancClient:
    """Return the session's Orthanc, emptied."""
    orthanc_server.clear()
    return orthanc_server
