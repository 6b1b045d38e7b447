"""The verification service: is anybody there (PS3.4 annex A)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from dicomwire import sop
from dicomwire.errors import DicomWireError, NoAcceptedContext
from dicomwire.events import PresentationContext
from dicomwire.status import Status

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

    _current: Association | None = None

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
            association = self._take() or self._open()
            self._current = association
            try:
                status = Status(association.echo())
            except BaseException:
                association.abort()
                raise
            finally:
                self._current = None
            if self._keeping:
                self._kept.append(association)
            else:
                association.release()
            return status

    def abort(self) -> None:
        """Abort the association (PS3.8 section 7.3); may be called from another thread.

        A running `echo` ends with `AssociationAborted`.
        """
        if (current := self._current) is not None:
            current.abort()
        super().abort()

    def _take(self) -> Association | None:
        """Return the association kept open, unless the peer has ended it meanwhile."""
        while self._kept:
            association = self._kept.pop()
            if association.is_alive():
                return association
        return None

    def _open(self) -> Association:
        from dicomwire._core import Association

        context = PresentationContext(1, sop.VERIFICATION, [_IMPLICIT, _EXPLICIT])
        events = self._subscribed()
        dispatch = self._dispatch if events else None
        association = Association(dispatch, events, self._log())
        self._current = association
        try:
            association.connect(self._spec([context]))
        finally:
            self._current = None
        answers = association.contexts()
        if not any(result == 0 for _, _, _, result, _ in answers):
            # Nothing can be done on it, and whether the peer answers the release changes nothing.
            with contextlib.suppress(DicomWireError):
                association.release()
            raise NoAcceptedContext(
                f"{self.peer} accepts associations but not the verification service",
                proposed=[
                    (
                        syntax,
                        proposed,
                        result,
                        PresentationContext(identifier, syntax, proposed, result).result_text,
                    )
                    for identifier, syntax, proposed, result, _ in answers
                ],
            )
        return association
