"""Send a directory with dicomwire: ``PORT DIRECTORY ASSOCIATIONS``."""

from __future__ import annotations

import sys

from benches.children.report import emit, stopwatch
from benches.scenario import AE_TITLE
from dicomwire import AssociationOptions, DicomEngine, StoreScu


def main(port: str, directory: str, associations: str) -> None:
    """Send and report."""
    with DicomEngine():
        scu = StoreScu(
            f"{AE_TITLE}@127.0.0.1:{port}",
            calling_ae_title="DICOMWIRE",
            options=AssociationOptions(max_pdu_length=131072),
        )
        with stopwatch() as watch:
            report = scu.store(directory, associations=int(associations))
    emit(watch, report.sent)


if __name__ == "__main__":
    main(*sys.argv[1:])
