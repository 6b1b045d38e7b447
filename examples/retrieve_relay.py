"""Have studies of one archive in another.

``python retrieve_relay.py SOURCE@127.0.0.1:104 TARGET@127.0.0.1:4242 STUDY-INSTANCE-UID…``

Instances come by C-GET and go on by C-STORE as they come. They never touch the disk, and none is
held in memory as a whole; a slow target slows the source. Neither archive has to know of the other.
"""

from __future__ import annotations

import sys

import dicomwire as dw


def main(source: str, target: str, *study_uids: str) -> int:
    """Relay study by study; print what became of each."""
    failed = 0
    with dw.DicomEngine(), dw.QueryRetrieveScu(source) as scu:
        for uid in study_uids:
            try:
                report = scu.get(dw.StoreScu(target), StudyInstanceUID=uid)
            except dw.DicomWireError as error:
                print(f"{uid}: {error}", file=sys.stderr)
                return 1
            print(f"{uid}: {report.received} instances, {report.bytes} bytes, {report.status}")
            for instance in report.instances:
                if not instance.is_stored:
                    print(f"{instance.sop_instance_uid}: {instance.error}", file=sys.stderr)
            failed += report.failed or not report.received
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
