"""Receive with pynetdicom until terminated: ``PORT VARIANT DIRECTORY``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pynetdicom import AE, AllStoragePresentationContexts, evt

from benches.children import pynetdicom_options
from benches.scenario import AE_TITLE


def main(port: str, variant: str, directory: str) -> None:
    """Write every instance as it came, without decoding it: the fast way of a handler."""
    pynetdicom_options.apply(variant)
    folder = Path(directory)

    def store(event: evt.Event) -> int:
        # Typed as any of the eleven services; this handler sees one.
        request: Any = event.request
        name = str(request.AffectedSOPInstanceUID)
        (folder / name).write_bytes(event.encoded_dataset())
        return 0x0000

    entity = AE(ae_title=AE_TITLE)
    entity.maximum_pdu_size = 131072
    entity.supported_contexts = AllStoragePresentationContexts
    entity.start_server(("127.0.0.1", int(port)), evt_handlers=[(evt.EVT_C_STORE, store)])


if __name__ == "__main__":
    main(*sys.argv[1:])
