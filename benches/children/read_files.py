"""Read files: ``READER unseen|one|all DIRECTORY COUNT``."""

from __future__ import annotations

import sys
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches.children.report import emit, stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydicom import Dataset


def main(reader: str, state: str, directory: str, count: str) -> None:
    """Read so many files within the measured time, after each was read once."""
    read = _READERS[reader]()
    look = _LOOKS[state] if reader != "gdcm" else _unseen
    names = [str(path) for path in sorted(Path(directory).iterdir())]
    for name in names:
        look(read(name))
    done = 0
    with stopwatch() as watch:
        for name in islice(cycle(names), int(count)):
            look(read(name))
            done += 1
    emit(watch, done)


def _unseen(data_set: Any) -> None:
    del data_set


def _one(data_set: Dataset) -> None:
    data_set.get("PatientID")


def _all(data_set: Dataset) -> None:
    for element in data_set:
        value = element.value
        if element.VR == "SQ":
            for item in value:
                _all(item)


def _dicomwire() -> Callable[[str], Any]:
    from dicomwire import read_file

    return read_file


def _pydicom() -> Callable[[str], Any]:
    from pydicom import dcmread

    return dcmread


def _gdcm() -> Callable[[str], Any]:
    import gdcm

    def read(name: str) -> Any:
        reader = gdcm.Reader()
        reader.SetFileName(name)
        if not reader.Read():
            raise SystemExit(f"gdcm cannot read {name}")
        return reader

    return read


_READERS = {"dicomwire": _dicomwire, "pydicom": _pydicom, "gdcm": _gdcm}
_LOOKS = {"unseen": _unseen, "one": _one, "all": _all}


if __name__ == "__main__":
    main(*sys.argv[1:])
