"""Scan a directory with a loop over pydicom: ``DIRECTORY``."""

from __future__ import annotations

import sys
from pathlib import Path

from pydicom import dcmread

from benches.children.report import emit, stopwatch
from benches.scan_tags import SCAN_TAGS


def main(directory: str) -> None:
    """Make a list of dictionaries and report how many are whole."""
    tags = list(SCAN_TAGS)
    with stopwatch() as watch:
        rows = []
        for path in sorted(Path(directory).iterdir()):
            dataset = dcmread(path, stop_before_pixels=True, specific_tags=tags)
            rows.append({tag: dataset.get(tag) for tag in tags})
    emit(watch, sum(None not in row.values() for row in rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
