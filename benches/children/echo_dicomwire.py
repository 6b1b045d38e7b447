"""C-ECHO with dicomwire: ``PORT echo|associate COUNT``."""

from __future__ import annotations

import sys

from benches.children.report import emit, stopwatch
from benches.scenario import AE_TITLE
from dicomwire import DicomEngine, VerificationScu


def main(port: str, work: str, count: str) -> None:
    """Echo on one association, or on an association each."""
    with DicomEngine():
        scu = VerificationScu(f"{AE_TITLE}@127.0.0.1:{port}")
        with stopwatch() as watch:
            if work == "echo":
                with scu:
                    for _ in range(int(count)):
                        scu.echo()
            else:
                for _ in range(int(count)):
                    scu.echo()
    emit(watch, int(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
