"""Retrieve all studies of a patient into a directory for each, and get what failed once more.

``python retrieve_verified.py ARCHIVE@127.0.0.1:104 PATIENT-ID /data/incoming``

What an archive says it sent is compared with what came, and with what it lists by C-FIND.
"""

from __future__ import annotations

import sys
from pathlib import Path

import dicomwire as dw


def show(progress: dw.RetrieveProgress) -> None:
    """Keep a line on the terminal up to date."""
    print(f"\r{progress.completed} instances ", end="", file=sys.stderr, flush=True)


def retrieve(scu: dw.QueryRetrieveScu, study_uid: str, directory: Path) -> list[str]:
    """Get a study, twice if need be; return the instances that still are missing."""
    report = scu.get(directory, verify=True, progress=show, StudyInstanceUID=study_uid)
    if report.missing:
        report = scu.get(directory, verify=True, progress=show, StudyInstanceUID=study_uid)
    print(file=sys.stderr)
    print(f"{study_uid}: {report.received} of {report.expected} instances, {report.status}")
    return report.missing


def main(peer: str, patient_id: str, target: str) -> int:
    """Retrieve study by study; the next one is asked for when the last one is there."""
    missing: list[str] = []
    with dw.DicomEngine(), dw.QueryRetrieveScu(peer) as scu:
        for study in scu.find(PatientID=patient_id, return_keys=["StudyInstanceUID"]):
            uid = study.StudyInstanceUID
            missing += retrieve(scu, uid, Path(target) / uid)
    for instance in missing:
        print(f"missing: {instance}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
