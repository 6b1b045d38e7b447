"""Send to a peer that never answers, until interrupted: ``PORT DIRECTORY``."""

from __future__ import annotations

import json
import signal
import sys

from benches.scenario import AE_TITLE
from dicomwire import DicomEngine, StoreScu


def main(port: str, directory: str) -> None:
    """Print what the report in the interrupt accounts for."""
    # A run in the background inherits that SIGINT is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with DicomEngine():
        scu = StoreScu(f"{AE_TITLE}@127.0.0.1:{port}")
        try:
            scu.store(directory)
        except KeyboardInterrupt as interrupt:
            report = getattr(interrupt, "report", None)
            if report is not None:
                counts = (report.sent, report.warnings, report.failed, report.skipped)
                json.dump({"accounted": sum(counts), "sent": report.sent}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
