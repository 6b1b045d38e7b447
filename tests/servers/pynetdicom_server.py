"""A Storage and Verification SCP made with pynetdicom, run as a program of its own.

It writes the data set of each instance exactly as it came, under a name of its own, since files of
the test corpora share SOP instance UIDs. Usage: pynetdicom_server.py PORT DIRECTORY
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from pynetdicom import AE, AllStoragePresentationContexts, _config, evt
from pynetdicom._globals import ALL_TRANSFER_SYNTAXES
from pynetdicom.sop_class import Verification

_numbers = itertools.count(1)


def _store(event: evt.Event, directory: Path) -> int:
    path = directory / f"{next(_numbers):06}.dcm"
    temporary = path.with_suffix(".part")
    temporary.write_bytes(event.encoded_dataset(include_meta=True))
    temporary.rename(path)
    return 0


def main() -> None:
    """Serve until killed."""
    port, directory = int(sys.argv[1]), Path(sys.argv[2])
    _config.UNRESTRICTED_STORAGE_SERVICE = True
    server = AE("PYNETDICOM")
    server.maximum_pdu_size = 0
    for context in AllStoragePresentationContexts:
        server.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)
    server.add_supported_context(Verification, ALL_TRANSFER_SYNTAXES)
    handlers = [(evt.EVT_C_STORE, _store, [directory])]
    server.start_server(("127.0.0.1", port), block=True, evt_handlers=handlers)


if __name__ == "__main__":
    main()
