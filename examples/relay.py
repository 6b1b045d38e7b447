"""Receive and pass on, without a disk: ``python relay.py 11112 ORTHANC@127.0.0.1:4242 100``.

The sender is told what the archive said, so nothing is confirmed that the archive does not have.
"""

from __future__ import annotations

import sys
import threading

import dicomwire as dw
from dicomwire.events import InstanceReceived

OUT_OF_RESOURCES = 0xA700


class Relay:
    """Forwards instances over one association, one at a time."""

    def __init__(self, archive: dw.StoreScu, count: int) -> None:
        self._archive = archive
        self._turn = threading.Lock()
        self._left = count
        self.done = threading.Event()

    def forward(self, event: InstanceReceived) -> int:
        """Send an instance on and return the archive's status."""
        with self._turn:
            try:
                (result,) = self._archive.store_iter(event.dataset)
            except dw.DicomWireError as error:
                print(f"not forwarded: {error}", flush=True)
                return OUT_OF_RESOURCES
            self._left -= 1
            if self._left <= 0:
                self.done.set()
        print(f"{result.outcome}: {result.sop_instance_uid}", flush=True)
        return OUT_OF_RESOURCES if result.status is None else result.status


def main(port: str, peer: str, count: str) -> int:
    """Relay so many instances."""
    with dw.DicomEngine(), dw.StoreScu(peer) as archive:
        relay = Relay(archive, int(count))
        with dw.StorageReceiver("RELAY", port=int(port), sink=relay.forward) as receiver:
            print(f"listening on port {receiver.port}", flush=True)
            relay.done.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
