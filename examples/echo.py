"""Ask a peer for an answer: ``python echo.py ORTHANC@127.0.0.1:4242``."""

from __future__ import annotations

import sys

import dicomwire as dw
from dicomwire.events import AfterAssociateRequest


def show(event: AfterAssociateRequest) -> None:
    """Say what the peer announced."""
    if event.accepted:
        print(f"implementation: {event.peer_implementation_version_name}")
        print(f"maximum PDU length: {event.peer_max_pdu_length}")


def main(peer: str) -> int:
    """Echo once; the exit code says whether it worked."""
    scu = dw.VerificationScu(peer)
    scu.after_associate_request.connect(show)
    try:
        with dw.DicomEngine():
            print(scu.echo())
    except dw.AssociationRejected as error:
        when = "perhaps later" if error.is_transient else "as long as nobody changes its settings"
        print(f"rejected ({error.reason_text}); try again {when}")
    except dw.DicomTimeout as error:
        print(f"no answer in time ({error.phase})")
    except dw.DicomWireError as error:
        print(error)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
