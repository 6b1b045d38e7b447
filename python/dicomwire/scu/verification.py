"""The verification service: is anybody there (PS3.4 annex A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomwire import sop
from dicomwire.events import PresentationContext
from dicomwire.status import Status

from .associations import accepted_context
from .base import Scu

if TYPE_CHECKING:
    from dicomwire._core import Association

__all__ = ["VerificationScu"]

_IMPLICIT = "1.2.840.10008.1.2"
_EXPLICIT = "1.2.840.10008.1.2.1"


class VerificationScu(Scu):
    """Ask a peer for an answer, and nothing else.

    Parameters
    ----------
    peer : Peer or str
        The application entity to ask, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title.
    options : AssociationOptions, optional
        What to negotiate and how long to wait.

    Examples
    --------
    >>> from dicomwire import DicomEngine, StorageReceiver, VerificationScu
    >>> with DicomEngine(), StorageReceiver("RX") as receiver:
    ...     print(VerificationScu(f"RX@127.0.0.1:{receiver.port}").echo())
    0x0000 (Success)
    """

    def echo(self) -> Status:
        """Send a C-ECHO request and return the status of the answer (PS3.7 section 9.1.5).

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        TransportError, DicomTimeout
            If the peer cannot be reached or does not answer.
        AssociationRejected, AssociationAborted
            If it refuses or ends the association.
        NoAcceptedContext
            If it does not offer the verification service.
        ProtocolError
            If it breaks the protocol.
        """
        with self._exclusively("echo"):
            context = PresentationContext(1, sop.VERIFICATION, [_IMPLICIT, _EXPLICIT])
            association = self._associate([context], _offers_verification)
            if not _offers_verification(association):
                raise self._refuse(association, "the verification service")
            try:
                status = Status(association.echo())
            except BaseException:
                self._drop(association)
                raise
            self._leave(association)
            return status


def _offers_verification(association: Association) -> bool:
    return accepted_context(association, sop.VERIFICATION) is not None
