"""A listener for the event reports of peers that call back (PS3.7 section 10.1.1)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from dicomwire.config import check_ae_title
from dicomwire.errors import ConfigError

from .serving import ReceiverSpec, Serving

if TYPE_CHECKING:
    from dicomwire.config import Limits, Timeouts

__all__ = ["REPORTING_SOP_CLASSES", "EventListener"]

REPORTING_SOP_CLASSES = (
    "1.2.840.10008.1.20.1",  # Storage Commitment Push Model
    "1.2.840.10008.3.1.2.3.5",  # Modality Performed Procedure Step Notification
    "1.2.840.10008.5.1.1.14",  # Print Job
    "1.2.840.10008.5.1.1.16",  # Printer
    "1.2.840.10008.5.1.4.34.6.1",  # Unified Procedure Step - Push
    "1.2.840.10008.5.1.4.34.6.2",  # Unified Procedure Step - Watch
    "1.2.840.10008.5.1.4.34.6.4",  # Unified Procedure Step - Event
)
"""The SOP classes of the standard with event reports on associations of the provider."""


class EventListener(Serving):
    """Take event reports of peers that call back, such as the results of storage commitment.

    The peer opens the association and takes the role of the service class provider on it
    (PS3.7 section D.3.3.4). Verification is answered as well.

    Parameters
    ----------
    ae_title : str
        Our application entity title, under which the peer knows where to call.
    port : int
        The port to listen on; 0 takes a free one, see `port`.
    host : str
        The address to listen on. Only this machine can connect by default; ``"0.0.0.0"`` lets
        others in.
    sop_classes : collection of str
        The SOP classes whose reports are taken.
    require_called_ae_title : bool
        Whether associations that call another title are rejected.
    calling_ae_titles : collection of str, optional
        The only titles that may call.
    max_associations : int
        How many to serve at once; more are rejected with "local limit exceeded".
    timeouts : Timeouts, optional
        How long to wait for a peer.
    limits : Limits, optional
        How much to accept from a peer; `Limits.max_identifier` bounds the event information.

    Raises
    ------
    ConfigError
        If one of them cannot be.

    Attributes
    ----------
    event_report : Hook of EventReport
        A peer reports an event and waits for the answer, which is success unless a handler sets
        another. A handler that raises makes it 0x0110 (processing failure).

    Examples
    --------
    >>> import dicomwire as dw
    >>> with dw.DicomEngine(), dw.EventListener("WATCHER") as listener:
    ...     listener.port > 0
    True
    """

    def __init__(
        self,
        ae_title: str,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        sop_classes: Collection[str] = REPORTING_SOP_CLASSES,
        require_called_ae_title: bool = False,
        calling_ae_titles: Collection[str] | None = None,
        max_associations: int = 16,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
    ) -> None:
        title = check_ae_title("ae_title", ae_title)
        # An iterator would be used up by the checks, and the listener take nothing.
        given: object = sop_classes
        is_list = isinstance(given, Collection) and not isinstance(given, str | bytes)
        if not is_list or not sop_classes:
            raise ConfigError(f"sop_classes={sop_classes!r}: must be a list of one UID or more")
        spec = ReceiverSpec.checked(
            title,
            host=host,
            port=port,
            require_called_ae_title=require_called_ae_title,
            calling_ae_titles=calling_ae_titles,
            transfer_syntaxes=None,
            event_sop_classes=sop_classes,
            max_pdu_length=131072,
            max_associations=max_associations,
            timeouts=timeouts,
            limits=limits,
            sink=None,
        )
        super().__init__(title, spec)
