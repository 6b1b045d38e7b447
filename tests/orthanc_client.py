"""As much of Orthanc's REST interface as tests need."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass


@dataclass(frozen=True)
class OrthancClient:
    """An Orthanc on loopback: where its REST interface is and where its DICOM server."""

    http_port: int
    dicom_port: int

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it."""
        return f"ORTHANC@127.0.0.1:{self.dicom_port}"

    def _request(self, path: str, method: str = "GET") -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            data: bytes = response.read()
        return data

    def instances(self) -> dict[str, str]:
        """Return the identifier that Orthanc gave to each instance, by SOP instance UID."""
        answers = json.loads(self._request("/instances?expand"))
        return {answer["MainDicomTags"]["SOPInstanceUID"]: answer["ID"] for answer in answers}

    def file(self, identifier: str) -> bytes:
        """Return an instance as a Part 10 file."""
        return self._request(f"/instances/{identifier}/file")

    def clear(self) -> None:
        """Delete every patient."""
        for patient in json.loads(self._request("/patients")):
            self._request(f"/patients/{patient}", "DELETE")
