"""Send one modality only: ``python send_selection.py ORTHANC@127.0.0.1:4242 /data/study CT``.

The header of an instance is decoded only because the handler looks at it.
"""

from __future__ import annotations

import sys
from functools import partial

import dicomwire as dw
from dicomwire.events import BeforeCStore


def leave_out_others(modality: str, event: BeforeCStore) -> None:
    """Skip what is of another modality."""
    dataset = event.dataset
    event.skip = dataset is None or dataset.get("Modality") != modality


def main(peer: str, directory: str, modality: str) -> int:
    """Send what is wanted and name it as its answer comes."""
    scu = dw.StoreScu(peer)
    scu.before_c_store.connect(partial(leave_out_others, modality))
    with dw.DicomEngine():
        for result in scu.store_iter(directory):
            print(f"{result.outcome}: {result.path}")
    return 0 if scu.last_report and not scu.last_report.failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
