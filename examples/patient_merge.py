"""Merge patients in an archive by a table, and say what became of each line.

The table is a CSV file with the columns ``remains`` and ``merged``. A line that names a patient who
is not there is reported and not tried again; anything else that fails ends the run.

    python patient_merge.py PACS@pacs.example:104 duplicates.csv "duplicates found by the MPI"
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import dicomwire as dw


def read_table(path: Path) -> list[dw.MergePatient]:
    """Make an update of each line; a value that cannot be ends this before anything is sent."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            dw.MergePatient(patient_id=row["remains"], patients_to_merge=row["merged"])
            for row in csv.DictReader(file)
        ]


def main(peer: str, table: str, reason: str) -> int:
    """Send the updates over one association."""
    merges = read_table(Path(table))
    missing = 0
    with dw.DicomEngine(), dw.PatientUpdaterScu(peer, reason=reason) as scu:
        for merge in merges:
            result = scu.merge_patient(merge)
            names = f"{', '.join(merge.patients_to_merge)} into {merge.patient_id}"
            if result.not_found:
                missing += 1
                print(f"{names}: not there")
                continue
            result.raise_for_status()
            print(f"{names}: {result.status}")
    print(f"{len(merges) - missing} merged, {missing} not there")
    return 1 if missing else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:4]))
    except dw.DicomWireError as error:
        sys.exit(f"patient_merge: {error}")
