"""Scan a directory with dicomwire: ``DIRECTORY WORKERS``, 0 for as many as there are processors."""

from __future__ import annotations

import sys

import pyarrow as pa  # noqa: F401 (its import is not what is measured)

import dicomwire as dw
from benches.children.report import emit, stopwatch
from benches.scan_tags import SCAN_TAGS


def main(directory: str, workers: str) -> None:
    """Make the table and report how many rows are whole."""
    with stopwatch() as watch:
        result = dw.scan(directory, SCAN_TAGS, workers=int(workers) or None)
        table = result.to_arrow()
    whole = min(len(table) - table.column(tag).null_count for tag in SCAN_TAGS)
    emit(watch, whole - result.errors)


if __name__ == "__main__":
    main(*sys.argv[1:])
