"""Report an examination to a RIS, from its worklist to its images.

``python procedure_step.py WORKLIST@127.0.0.1:104 RIS@127.0.0.1:105 ACCESSION-NUMBER DIRECTORY``

What is scheduled under the number is started; the images in the directory stand for those that
a modality would make meanwhile. If there are none, the step is discontinued.
"""

from __future__ import annotations

import sys
from pathlib import Path

import dicomwire as dw


def main(worklist: str, ris: str, accession: str, directory: str) -> int:
    """Start what is scheduled, and end it; return 1 if that is refused."""
    try:
        with dw.DicomEngine():
            query = dw.QueryRetrieveScu(worklist)
            items = list(query.find(AccessionNumber=accession, model="MODALITY_WORKLIST"))
            if len(items) != 1:
                print(f"{len(items)} worklist items for {accession}, not one", file=sys.stderr)
                return 1
            scu = dw.PerformedProcedureStepScu(ris)
            scu.after_n_create += lambda event: print("started:", event.status)
            scu.after_n_set += lambda event: print("ended:", event.status)
            started = scu.start_from_worklist(items[0])
            uid = started.raise_for_status().sop_instance_uid or ""
            images = sorted(Path(directory).glob("*.dcm"))
            if images:
                scu.complete(uid, instances=images, protocol_name="ROUTINE").raise_for_status()
            else:
                scu.discontinue(uid, reason="PatientDidNotArrive").raise_for_status()
            print(uid, scu.state(uid))
    except dw.DicomWireError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
