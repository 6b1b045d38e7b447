"""C-FIND with dicomwire: ``PORT arrow|datasets|dicts``."""

from __future__ import annotations

import sys

import pyarrow as pa  # noqa: F401 (its import is not what is measured)
import pydicom  # noqa: F401

from benches.children.report import emit, stopwatch
from benches.find_keys import FIND_KEYS
from benches.scenario import AE_TITLE
from dicomwire import DicomEngine, QueryRetrieveScu


def main(port: str, form: str) -> None:
    """Take every answer in one of the forms; data sets and dictionaries are dropped at once."""
    with DicomEngine():
        scu = QueryRetrieveScu(f"{AE_TITLE}@127.0.0.1:{port}")
        done = 0
        with stopwatch() as watch:
            result = scu.find(dict.fromkeys(FIND_KEYS, ""), return_keys=())
            if form == "arrow":
                done = result.to_arrow().num_rows
            else:
                for _ in result if form == "datasets" else result.dicts():
                    done += 1
        if result.status != 0 or result.undecodable:
            done = 0
    emit(watch, done)


if __name__ == "__main__":
    main(*sys.argv[1:])
