"""C-ECHO with pynetdicom: ``PORT echo|associate COUNT VARIANT``."""

from __future__ import annotations

import sys

from pynetdicom import AE
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from benches.children import pynetdicom_options
from benches.children.report import emit, stopwatch
from benches.scenario import AE_TITLE


def main(port: str, work: str, count: str, variant: str) -> None:
    """Echo on one association, or on an association each."""
    pynetdicom_options.apply(variant)
    entity = AE()
    entity.dimse_timeout = pynetdicom_options.RESPONSE_SECONDS
    entity.add_requested_context(Verification)
    per_association = int(count) if work == "echo" else 1
    done = 0
    with stopwatch() as watch:
        for _ in range(int(count) // per_association):
            association = entity.associate("127.0.0.1", int(port), ae_title=AE_TITLE)
            for _ in range(per_association):
                if association.is_established and association.send_c_echo().get("Status") == 0:
                    done += 1
            association.release()
    emit(watch, done)


if __name__ == "__main__":
    main(*sys.argv[1:])
