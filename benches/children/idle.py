"""Hold an association without using it: ``PORT dicomwire|pynetdicom SECONDS``."""

from __future__ import annotations

import sys
import time

from benches.children.report import emit, stopwatch
from benches.scenario import AE_TITLE


def main(port: str, package: str, seconds: str) -> None:
    """Report the CPU an idle association takes."""
    if package == "dicomwire":
        from dicomwire import DicomEngine, VerificationScu

        with DicomEngine(), VerificationScu(f"{AE_TITLE}@127.0.0.1:{port}") as scu:
            scu.echo()
            with stopwatch() as watch:
                time.sleep(float(seconds))
    else:
        from pynetdicom import AE
        from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

        entity = AE()
        entity.add_requested_context(Verification)
        association = entity.associate("127.0.0.1", int(port), ae_title=AE_TITLE)
        association.send_c_echo()
        with stopwatch() as watch:
            time.sleep(float(seconds))
        association.release()
    emit(watch, 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
