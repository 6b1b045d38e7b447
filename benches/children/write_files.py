"""Write data sets that were read before: ``WRITER read|touched DIRECTORY TARGET COUNT``."""

from __future__ import annotations

import os
import sys
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches.children.report import emit, stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydicom import Dataset

# What is written again and again must not make a difference by being in few places of memory.
_MOST_FILES = 50


def main(writer: str, state: str, directory: str, target: str, count: str) -> None:
    """Read, then write so many files within the measured time."""
    paths = sorted(Path(directory).iterdir())[:_MOST_FILES]
    writes = _WRITERS[writer](paths, state == "touched")
    names = [str(Path(target) / f"{number}.dcm") for number in range(len(writes))]
    for write, name in zip(writes, names, strict=True):
        write(name)
    with stopwatch() as watch:
        for write, name in islice(cycle(zip(writes, names, strict=True)), int(count)):
            write(name)
    emit(watch, sum(os.path.getsize(name) > 0 for name in names) and int(count))  # noqa: PTH202


def _read(paths: Sequence[Path], touched: bool) -> list[Dataset]:
    from pydicom import dcmread

    data_sets = [dcmread(path) for path in paths]
    if touched:
        for data_set in data_sets:
            _touch(data_set)
    return data_sets


def _touch(data_set: Dataset) -> None:
    for element in data_set:
        if element.VR == "SQ":
            for item in element.value:
                _touch(item)


def _dicomwire(paths: Sequence[Path], touched: bool) -> list[Callable[[str], Any]]:
    from dicomwire import write_file

    def writing(data_set: Dataset) -> Callable[[str], Any]:
        return lambda name: write_file(name, data_set)

    return [writing(data_set) for data_set in _read(paths, touched)]


def _pydicom(paths: Sequence[Path], touched: bool) -> list[Callable[[str], Any]]:
    from pydicom import dcmwrite

    def writing(data_set: Dataset) -> Callable[[str], Any]:
        return lambda name: dcmwrite(name, data_set, enforce_file_format=True)

    return [writing(data_set) for data_set in _read(paths, touched)]


def _gdcm(paths: Sequence[Path], touched: bool) -> list[Callable[[str], Any]]:
    del touched  # its values stay bytes
    import gdcm

    def writing(path: Path) -> Callable[[str], Any]:
        reader = gdcm.Reader()
        reader.SetFileName(str(path))
        if not reader.Read():
            raise SystemExit(f"gdcm cannot read {path}")
        writer = gdcm.Writer()
        writer.SetFile(reader.GetFile())

        def write(name: str) -> None:
            writer.SetFileName(name)
            if not writer.Write():
                raise SystemExit(f"gdcm cannot write {path}")

        # The file belongs to its reader.
        write.reader = reader  # type: ignore[attr-defined]
        return write

    return [writing(path) for path in paths]


_WRITERS = {"dicomwire": _dicomwire, "pydicom": _pydicom, "gdcm": _gdcm}


if __name__ == "__main__":
    main(*sys.argv[1:])
