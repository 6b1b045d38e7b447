"""Show what is scheduled for a scanner: ``python worklist.py RIS@127.0.0.1:104 CT 20240102``.

Without a date it is today's.
"""

from __future__ import annotations

import sys
from datetime import datetime

import dicomwire as dw


def main(peer: str, modality: str, day: str = "") -> int:
    """Print a line for each step, in the order of time."""
    step = {
        "Modality": modality,
        "ScheduledProcedureStepStartDate": day or datetime.now().astimezone().date(),
    }
    lines = []
    with dw.DicomEngine():
        try:
            items = dw.QueryRetrieveScu(peer).find(
                {"ScheduledProcedureStepSequence": [step]}, model="MODALITY_WORKLIST"
            )
            for item in items:
                lines += [
                    f"{scheduled.ScheduledProcedureStepStartTime}  {item.PatientName}"
                    f"  {item.PatientID}  {item.RequestedProcedureDescription}"
                    for scheduled in item.ScheduledProcedureStepSequence
                ]
        except dw.DicomWireError as error:
            print(error, file=sys.stderr)
            return 1
    print("\n".join(sorted(lines)) or "nothing is scheduled")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
