"""Send a directory with pynetdicom: ``PORT DIRECTORY VARIANT``."""

from __future__ import annotations

import sys
from pathlib import Path

from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE

from benches.children import pynetdicom_options
from benches.children.report import emit, stopwatch
from benches.scenario import AE_TITLE


def main(port: str, directory: str, variant: str) -> None:
    """Send and report."""
    pynetdicom_options.apply(variant)
    paths = sorted(Path(directory).iterdir())
    head = dcmread(paths[0], stop_before_pixels=True)
    entity = AE()
    entity.maximum_pdu_size = 131072
    entity.dimse_timeout = pynetdicom_options.RESPONSE_SECONDS
    entity.add_requested_context(head.SOPClassUID, ExplicitVRLittleEndian)
    done = 0
    with stopwatch() as watch:
        association = entity.associate("127.0.0.1", int(port), ae_title=AE_TITLE)
        for path in paths:
            if not association.is_established:
                break
            # An empty response means that none came.
            if association.send_c_store(path).get("Status") == 0:
                done += 1
        association.release()
    emit(watch, done)


if __name__ == "__main__":
    main(*sys.argv[1:])
