"""C-FIND with dicomwire: ``PORT table|batches|datasets|dicts [ages]``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pydicom  # noqa: F401 (its import is not what is measured)

from benches.children.ages import Ages
from benches.children.report import emit, stopwatch
from benches.find_keys import FIND_KEYS
from benches.scenario import AE_TITLE
from dicomwire import DicomEngine, QueryRetrieveScu

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomwire import FindResult


def main(port: str, form: str, look: str = "") -> None:
    """Take every answer in one of the forms, look at its age if that is wanted, and drop it."""
    ages = Ages()
    with DicomEngine():
        scu = QueryRetrieveScu(f"{AE_TITLE}@127.0.0.1:{port}")
        with stopwatch() as watch:
            result = scu.find(dict.fromkeys(FIND_KEYS, ""), return_keys=())
            if look:
                for study_id in _study_ids(result, form):
                    ages.see(study_id)
                done = ages.count
            else:
                done = _count(result, form)
        if result.status != 0x0000 or result.undecodable:
            done = 0
    emit(watch, done, **ages.summary())


def _count(result: FindResult, form: str) -> int:
    if form == "table":
        return int(result.to_arrow().num_rows)
    if form == "batches":
        return sum(batch.num_rows for batch in pa.RecordBatchReader.from_stream(result))
    return sum(1 for _ in (result if form == "datasets" else result.dicts()))


def _study_ids(result: FindResult, form: str) -> Iterator[str]:
    if form == "batches":
        batches = pa.RecordBatchReader.from_stream(result)
        return (text for batch in batches for text in batch.column("StudyID").to_pylist())
    if form == "dicts":
        return (each["StudyID"] for each in result.dicts())
    return (str(each.StudyID) for each in result)


if __name__ == "__main__":
    main(*sys.argv[1:])
