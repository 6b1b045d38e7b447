"""Move studies to an archive of another hospital, with new identifiers.

``python send_rewritten.py ORTHANC@127.0.0.1:4242 /data/study patients.csv``, where the table has
the columns ``old`` and ``new``. A patient who is not in it is not sent. The files stay as they are.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import dicomwire as dw


def changes(table: Path) -> dw.Rewrite:
    """Decide what becomes of each element."""
    with table.open(newline="") as file:
        new_ids = {row["old"]: row["new"] for row in csv.DictReader(file)}
    new_uid = dw.UidMap(salt=table.name)
    return dw.Rewrite(
        {
            "PatientID": lambda head: new_ids[head["PatientID"]],
            "IssuerOfPatientID": "NEW HOSPITAL",
            "OtherPatientIDs": None,
            "StudyInstanceUID": new_uid,
            "SeriesInstanceUID": new_uid,
            "SOPInstanceUID": new_uid,
            "ReferencedImageSequence[*].ReferencedSOPInstanceUID": new_uid,
        }
    )


def main(peer: str, directory: str, table: str) -> int:
    """Send everything; print which instance became which."""
    scu = dw.StoreScu(peer)
    with dw.DicomEngine():
        try:
            for result in scu.store_iter(directory, rewrite=changes(Path(table))):
                old = result.original_sop_instance_uid
                print(f"{result.outcome}: {old} -> {result.sop_instance_uid}")
        except KeyError as unknown:
            print(f"patient {unknown} is not in {table}", file=sys.stderr)
    return 0 if scu.last_report and not scu.last_report.failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
