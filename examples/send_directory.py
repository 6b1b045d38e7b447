"""Send a directory: ``python send_directory.py ORTHANC@127.0.0.1:4242 /data/study``."""

from __future__ import annotations

import sys

import dicomwire as dw


def main(peer: str, directory: str) -> int:
    """Send everything under the directory over four associations."""
    with dw.DicomEngine():
        report = dw.StoreScu(peer).store(directory, associations=4)
    speed = report.bytes / 1e6 / report.seconds
    print(f"{report.sent} sent, {report.failed} failed, {speed:.0f} MB/s")
    for failure in report.failures:
        print(f"{failure.path}: {failure.error}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
