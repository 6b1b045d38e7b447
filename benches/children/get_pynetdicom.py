"""C-GET with pynetdicom: ``PORT DIRECTORY STUDY_UID SOP_CLASS_UID VARIANT``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelGet as StudyRootGet,
)

from benches.children import pynetdicom_options
from benches.children.report import emit, stopwatch
from benches.scenario import AE_TITLE


def main(port: str, directory: str, study_uid: str, sop_class_uid: str, variant: str) -> None:
    """Write every instance as it came, without decoding it: the fast way of a handler."""
    pynetdicom_options.apply(variant)
    folder = Path(directory)

    def store(event: evt.Event) -> int:
        # Typed as any of the eleven services; this handler sees one.
        request: Any = event.request
        name = str(request.AffectedSOPInstanceUID)
        (folder / name).write_bytes(event.encoded_dataset())
        return 0x0000

    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.StudyInstanceUID = study_uid
    entity = AE()
    entity.maximum_pdu_size = 131072
    entity.dimse_timeout = pynetdicom_options.RESPONSE_SECONDS
    entity.add_requested_context(StudyRootGet)
    entity.add_requested_context(sop_class_uid, ExplicitVRLittleEndian)
    done = 0
    with stopwatch() as watch:
        association = entity.associate(
            "127.0.0.1",
            int(port),
            ae_title=AE_TITLE,
            ext_neg=[build_role(sop_class_uid, scp_role=True)],
            evt_handlers=[(evt.EVT_C_STORE, store)],
        )
        for status, _ in association.send_c_get(query, StudyRootGet):
            done = status.get("NumberOfCompletedSuboperations", done)
        association.release()
    emit(watch, done)


if __name__ == "__main__":
    main(*sys.argv[1:])
