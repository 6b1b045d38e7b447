"""Send to a peer that never answers, until interrupted: ``PORT DIRECTORY``."""

from __future__ import annotations

import json
import sys

from dicomwire import DicomEngine, StoreScu

from benches.scenario import AE_TITLE


def main(port: str, directory: str) -> None:
    """Print what the report in the interrupt accounts for."""
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
