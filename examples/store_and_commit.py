"""Store a directory and delete the files that the archive takes charge of.

``python store_and_commit.py VNA@127.0.0.1:104 /data/outgoing 11113``

The archive calls back on the port; it has to know it as that of DICOMWIRE.
"""

from __future__ import annotations

import sys
from pathlib import Path

import dicomwire as dw


def main(peer: str, directory: str, port: str) -> int:
    """Send, ask for commitment, delete what is committed, name what is not."""
    host = dw.Peer.parse(peer).host
    # Whoever is on another machine has to reach us.
    ours = "127.0.0.1" if host in {"127.0.0.1", "localhost"} else "0.0.0.0"  # noqa: S104
    with dw.DicomEngine(), dw.EventListener("DICOMWIRE", port=int(port), host=ours) as listener:
        options = dw.CommitmentOptions(listener=listener, wait=60)
        report = dw.StoreScu(peer).store(directory, commit=options)
    kept = 0
    for result in report.results:
        if result.committed and result.path is not None:
            Path(result.path).unlink()
        else:
            kept += 1
            print(f"kept: {result.path}: {result.error or reason(report, result)}")
    print(f"{len(report.results) - kept} of {len(report.results)} are safe and deleted here")
    return 1 if kept else 0


def reason(report: dw.StoreReport, result: dw.StoreResult) -> str:
    """Say why an instance that was stored is not committed."""
    if report.commitment_error is not None or report.commitment is None:
        return report.commitment_error or "commitment was not asked for"
    if result.committed is None:
        return "the archive has not reported yet"
    for instance in report.commitment.failed:
        if instance.sop_instance_uid == result.sop_instance_uid:
            return str(instance.failure_reason)
    return "not in the archive's report"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
