"""C-MOVE with dicomwire to itself: ``PORT DIRECTORY STUDY_UID TITLE PORT_OF_OURS``."""

from __future__ import annotations

import sys

import pydicom  # noqa: F401 (its import is not what is measured)

from benches.children.report import emit, stopwatch
from benches.scenario import AE_TITLE
from dicomwire import DicomEngine, QueryRetrieveScu, StorageReceiver


def main(port: str, directory: str, study_uid: str, title: str, own_port: str) -> None:
    """Have a study moved to a receiver in this process, which writes it into a directory."""
    with (
        DicomEngine(),
        StorageReceiver(
            title, port=int(own_port), sink=directory, max_pdu_length=131072
        ) as receiver,
    ):
        scu = QueryRetrieveScu(f"{AE_TITLE}@127.0.0.1:{port}")
        with stopwatch() as watch:
            report = scu.move(receiver=receiver, StudyInstanceUID=study_uid)
    emit(watch, report.completed)


if __name__ == "__main__":
    main(*sys.argv[1:])
