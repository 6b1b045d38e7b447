"""Store a study at a media creation device and have it written on a disc.

``python media_creation.py BURNER@127.0.0.1:104 /data/study DOE_JOHN``

Only instances that the device confirmed are asked for, so the request does not fail for one it has
not got.
"""

from __future__ import annotations

import sys

import dicomwire as dw


def store(burner: str, directory: str) -> list[dw.StoreResult]:
    """Store all there is and return what the device has."""
    results = list(dw.StoreScu(burner).store_iter(directory))
    for result in results:
        if not result.is_confirmed:
            print(f"left out: {result.path}: {result.error}", file=sys.stderr)
    return [result for result in results if result.is_confirmed]


def show(status: dw.MediaCreationStatus) -> None:
    """Tell how far the device is."""
    print(status, file=sys.stderr)


def main(burner: str, directory: str, name: str, interval: str = "2") -> int:
    """Store, request, wait."""
    with dw.DicomEngine():
        stored = store(burner, directory)
        scu = dw.MediaCreationManagementScu(burner)
        try:
            request = scu.create_media(stored, file_set_id=name, label_text=name)
            request.raise_for_status()
        except (dw.ConfigError, dw.StatusError) as error:
            print(error, file=sys.stderr)
            return 1
        print(f"request {request.sop_instance_uid} for {len(request.instances)} instances")
        try:
            status = scu.wait(request, timeout=3600, interval=float(interval), progress=show)
        except dw.MediaCreationTimeout as error:
            print(error, file=sys.stderr)
            return 1
    for media in status.produced:
        print(f"made {media.file_set_id}")
    for instance in status.failed:
        print(f"{instance.sop_instance_uid}: {instance.reason_text}", file=sys.stderr)
    return 0 if status.is_done else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
