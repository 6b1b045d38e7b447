"""Receive and sort: ``python receive.py 11112 /data/incoming 100`` stops after 100 instances."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import dicomwire as dw
from dicomwire.events import InstanceReceived


def main(port: str, directory: str, count: str) -> int:
    """Put each instance into a directory of its study and series."""
    root = Path(directory)
    done = threading.Event()
    receiver = dw.StorageReceiver("SORTER", port=int(port), sink=root / "arriving")

    @receiver.instance_received.connect
    def sort(event: InstanceReceived) -> None:
        """Move the file; an exception here would be told to the sender as a failure."""
        dataset, path = event.dataset, event.path
        assert dataset is not None  # noqa: S101 - a directory sink always has a file
        assert path is not None  # noqa: S101
        series = root / dataset.StudyInstanceUID / dataset.SeriesInstanceUID
        series.mkdir(parents=True, exist_ok=True)
        path.rename(series / path.name)

    @receiver.instance_received.connect
    def count_down(_: InstanceReceived) -> None:
        """Stop when there are enough; the one being received is counted after its handlers."""
        if receiver.received + 1 >= int(count):
            done.set()

    with dw.DicomEngine(), receiver:
        print(f"listening on port {receiver.port}", flush=True)
        done.wait()
    print(f"{receiver.received} received")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
