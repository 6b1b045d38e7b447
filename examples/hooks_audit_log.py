"""Write down what crosses the wire: ``python hooks_audit_log.py PEER /data audit.jsonl``.

One JSON line for each association and each instance, without patient data.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import dicomwire as dw
from dicomwire.events import AfterAssociateRequest, AfterCStore


class Audit:
    """A file of JSON lines."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, event: str, **details: object) -> None:
        """Add a line and hand it to the operating system."""
        line = {"time": datetime.now(UTC).isoformat(), "event": event, **details}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def associated(self, event: AfterAssociateRequest) -> None:
        """Note whether an association was accepted."""
        self.write("association", peer=str(event.peer), accepted=event.accepted)

    def stored(self, event: AfterCStore) -> None:
        """Note what the peer said to an instance."""
        status = f"0x{event.status:04X}"
        self.write("instance", uid=event.sop_instance_uid, status=status, bytes=event.bytes)


def main(peer: str, directory: str, log: str) -> int:
    """Send with a witness."""
    scu = dw.StoreScu(peer)
    with Path(log).open("a", encoding="utf-8") as file, dw.DicomEngine():
        audit = Audit(file)
        scu.after_associate_request.connect(audit.associated)
        scu.after_c_store.connect(audit.stored)
        report = scu.store(directory)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
