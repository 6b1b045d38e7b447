"""Receive with dicomwire until terminated: ``PORT MAX_PDU_LENGTH [DIRECTORY]``."""

from __future__ import annotations

import signal
import sys

from benches.scenario import AE_TITLE
from dicomwire import DicomEngine, StorageReceiver


def main(port: str, max_pdu_length: str, directory: str | None = None) -> None:
    """Write what comes into the directory, or discard it if there is none."""
    # Blocked before any thread starts, so that none of them is the one to die of it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    with (
        DicomEngine(),
        StorageReceiver(
            AE_TITLE, port=int(port), sink=directory, max_pdu_length=int(max_pdu_length)
        ),
    ):
        signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    main(*sys.argv[1:])
