"""C-FIND with pynetdicom: ``PORT VARIANT [ages]``."""

from __future__ import annotations

import sys

from pydicom import Dataset
from pynetdicom import AE
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind as StudyRootFind,
)

from benches.children import pynetdicom_options
from benches.children.ages import Ages
from benches.children.report import emit, stopwatch
from benches.find_keys import FIND_KEYS
from benches.scenario import AE_TITLE


def main(port: str, variant: str, look: str = "") -> None:
    """Take every answer, look at its age if that is wanted, and drop it."""
    pynetdicom_options.apply(variant)
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    for keyword in FIND_KEYS:
        setattr(query, keyword, "")
    entity = AE()
    entity.dimse_timeout = pynetdicom_options.RESPONSE_SECONDS
    entity.add_requested_context(StudyRootFind)
    ages = Ages()
    done, is_complete = 0, False
    with stopwatch() as watch:
        association = entity.associate("127.0.0.1", int(port), ae_title=AE_TITLE)
        for status, identifier in association.send_c_find(query, StudyRootFind):
            done += identifier is not None
            if look and identifier is not None:
                ages.see(str(identifier.StudyID))
            is_complete = status.get("Status") == 0
        association.release()
    emit(watch, done if is_complete else 0, **ages.summary())


if __name__ == "__main__":
    main(*sys.argv[1:])
