"""Show how far it is, and write a report: ``python progress_and_report.py PEER /data report.csv``.

Ctrl-C ends it, with the report of what was confirmed until then.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import dicomwire as dw


def show(now: dw.StoreProgress) -> None:
    """Print a line that is written over; called at most every 50 ms."""
    total = "?" if now.total is None else now.total
    rate = now.bytes / 1e6 / now.seconds if now.seconds else 0.0
    print(f"\r{now.done} of {total}, {rate:.0f} MB/s", end="", file=sys.stderr, flush=True)


def main(peer: str, directory: str, report: str) -> int:
    """Send, and write a row for each instance as its fate is known."""
    scu = dw.StoreScu(peer)
    with Path(report).open("w", newline="", encoding="utf-8") as file, dw.DicomEngine():
        rows = csv.writer(file)
        rows.writerow(["path", "SOP Instance UID", "outcome", "status", "error"])

        def write(result: dw.StoreResult) -> None:
            code = "" if result.status is None else f"0x{result.status:04X}"
            row = [result.path, result.sop_instance_uid, result.outcome, code, result.error]
            rows.writerow(row)

        try:
            for result in scu.store_iter(directory, progress=show):
                write(result)
        except dw.StoreInterrupted as stop:
            print(f"\n{stop}", file=sys.stderr)
        outcome = scu.last_report or dw.StoreReport()
        for result in outcome.unread:
            write(result)
    print(f"\n{outcome.sent} sent, {outcome.failed} failed, {outcome.skipped} skipped")
    return 1 if outcome.failed or outcome.skipped else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
