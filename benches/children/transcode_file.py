"""Write a file in another transfer syntax: ``WRITER SOURCE TARGET SYNTAX``."""

from __future__ import annotations

import sys

from benches.children.report import emit, stopwatch


def main(writer: str, source: str, target: str, syntax: str) -> None:
    """Convert once."""
    if writer == "pydicom":
        _pydicom(source, target, syntax)
    else:
        _dicomwire(source, target, syntax)


def _dicomwire(source: str, target: str, syntax: str) -> None:
    import pydicom.filewriter  # noqa: F401 (its import is not what is measured)

    import dicomwire as dw
    from dicomwire.dataset import lazy  # noqa: F401 (nor is this)

    with stopwatch() as watch:
        dw.transcode_file(source, target, syntax)
    emit(watch, 1)


def _pydicom(source: str, target: str, syntax: str) -> None:
    import pydicom

    with stopwatch() as watch:
        data_set = pydicom.dcmread(source)
        data_set.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
        data_set.save_as(target)
    emit(watch, 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
