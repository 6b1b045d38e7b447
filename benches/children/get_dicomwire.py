"""C-GET with dicomwire: ``PORT DIRECTORY STUDY_UID``, or to nowhere if the directory is ``-``."""

from __future__ import annotations

import sys

import pydicom  # noqa: F401 (its import is not what is measured)

from benches.children.report import emit, stopwatch
from benches.scenario import AE_TITLE
from dicomwire import AssociationOptions, DicomEngine, QueryRetrieveScu


def main(port: str, directory: str, study_uid: str) -> None:
    """Retrieve a study and report."""
    with DicomEngine():
        scu = QueryRetrieveScu(
            f"{AE_TITLE}@127.0.0.1:{port}", options=AssociationOptions(max_pdu_length=131072)
        )
        with stopwatch() as watch:
            report = scu.get(None if directory == "-" else directory, StudyInstanceUID=study_uid)
    emit(watch, report.completed)


if __name__ == "__main__":
    main(*sys.argv[1:])
