"""The storage service as provider: receive composite instances (PS3.4 annex B)."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dicomwire.config import check_ae_title
from dicomwire.errors import ConfigError
from dicomwire.events import InstanceReceived
from dicomwire.hooks import Hook
from dicomwire.logs import LOGGER_NAME
from dicomwire.sinks import Duplicates, SinkSpec
from dicomwire.status import Status

from .received import PROCESSING_FAILURE, SUCCESS, Fates, ask_sink, received_event
from .serving import ReceiverSpec, Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from dicomwire._core import Receiver
    from dicomwire.config import Limits, Timeouts

__all__ = ["StorageReceiver"]

_logger = logging.getLogger(LOGGER_NAME)

_Handler = TypeVar("_Handler", bound="Callable[..., object]")


class _ReceivedHook(Hook[InstanceReceived]):
    """Tells the receiver of the first handler: until then the core need not enter Python."""

    __slots__ = ("_listen",)

    def __init__(self, listen: Callable[[], None]) -> None:
        super().__init__("instance_received")
        self._listen = listen

    def connect(self, handler: _Handler) -> _Handler:
        """Subscribe a handler, also while instances are arriving."""
        connected = super().connect(handler)
        self._listen()
        return connected


class StorageReceiver(Serving):
    """Receive instances: a storage service class provider in this process.

    It accepts every storage SOP class in every known transfer syntax, and verification. Each
    association is served by a thread of its own in Rust. Into a directory, an instance is
    written to a temporary name and renamed to ``<SOP Instance UID>.dcm`` when it is whole, so
    a half-received one never looks whole.

    Parameters
    ----------
    ae_title : str
        Our application entity title.
    port : int
        The port to listen on; 0 takes a free one, see `port`.
    host : str
        The address to listen on. Only this machine can connect by default; ``"0.0.0.0"`` lets
        others in.
    sink : path or callable or None
        A directory; or a function that gets an `InstanceReceived` whose `dataset` is decoded
        from memory, and returns None or a status to answer; or None to discard.
    duplicates : {"replace", "keep", "refuse"}
        What to do when an instance comes again: the newer takes the older one's place; the
        older stays and the sender is told success; the sender is told 0x0111.
    require_called_ae_title : bool
        Whether associations that call another title are rejected.
    calling_ae_titles : collection of str, optional
        The only titles that may call.
    transfer_syntaxes : collection of str, optional
        The only transfer syntaxes to accept.
    max_pdu_length : int
        The maximum length to announce for P-DATA-TF PDUs.
    max_associations : int
        How many to serve at once; more are rejected with "local limit exceeded".
    max_instance : int
        Bytes of the largest instance for a callable sink, which gets it in memory.
    event_sop_classes : collection of str
        SOP classes whose event reports are taken as well, so that one port serves instances and,
        for instance, the results of storage commitment; see `EventListener`.
    timeouts : Timeouts, optional
        How long to wait for a peer.
    limits : Limits, optional
        How much to accept from a peer.

    Raises
    ------
    ConfigError
        If one of them cannot be.

    Attributes
    ----------
    instance_received : Hook of InstanceReceived
        An instance is stored and its sender not yet told. A handler that raises makes the
        answer 0x0110 (processing failure).
    event_report : Hook of EventReport
        A peer reports an event of one of `event_sop_classes` and waits for the answer. A handler
        that raises makes it 0x0110.

    Examples
    --------
    >>> import dicomwire as dw
    >>> with dw.DicomEngine(), dw.StorageReceiver("RX") as receiver:
    ...     receiver.port > 0
    True
    """

    def __init__(
        self,
        ae_title: str,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        sink: str | os.PathLike[str] | Callable[[InstanceReceived], int | None] | None = None,
        duplicates: Duplicates = "replace",
        require_called_ae_title: bool = False,
        calling_ae_titles: Collection[str] | None = None,
        transfer_syntaxes: Collection[str] | None = None,
        max_pdu_length: int = 262144,
        max_associations: int = 64,
        max_instance: int = 2 << 30,
        event_sop_classes: Collection[str] = (),
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
    ) -> None:
        title = check_ae_title("ae_title", ae_title)
        if duplicates not in {"replace", "keep", "refuse"}:
            raise ConfigError(f'duplicates={duplicates!r}: must be "replace", "keep" or "refuse"')
        self._callable: Callable[[InstanceReceived], int | None] | None = None
        if sink is None:
            sink_spec = SinkSpec("discard")
        elif isinstance(sink, (str, os.PathLike)):
            sink_spec = SinkSpec("directory", Path(sink), duplicates)
        elif callable(sink):
            sink_spec = SinkSpec("memory", max_instance=max_instance)
            self._callable = sink
        else:
            raise ConfigError(f"sink={sink!r}: must be a directory, a callable, or None to discard")
        spec = ReceiverSpec.checked(
            title,
            host=host,
            port=port,
            require_called_ae_title=require_called_ae_title,
            calling_ae_titles=calling_ae_titles,
            transfer_syntaxes=transfer_syntaxes,
            event_sop_classes=event_sop_classes,
            max_pdu_length=max_pdu_length,
            max_associations=max_associations,
            timeouts=timeouts,
            limits=limits,
            sink=sink_spec,
        )
        super().__init__(title, spec)
        self.instance_received = _ReceivedHook(self._listen)
        # For whoever asked for the instances: a C-MOVE of ours.
        self.fates = Fates()
        self._tally = (0, 0, 0)

    def _prepare(self) -> None:
        if (directory := self._spec.sink.directory) is not None:
            try:
                directory.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigError(
                    f"sink={str(directory)!r}: cannot be made a directory: {error}"
                ) from error

    def _started(self) -> None:
        if self._callable is not None or self.instance_received:
            self._listen()

    def _stopped(self, core: Receiver) -> None:
        self._tally = core.tally()

    @property
    def received(self) -> int:
        """Instances received and confirmed."""
        return self._counts()[0]

    @property
    def bytes(self) -> int:
        """Bytes of the data sets received and confirmed."""
        return self._counts()[1]

    @property
    def failed(self) -> int:
        """Instances that were begun and refused."""
        return self._counts()[2]

    def listen(self) -> None:
        """Have the core tell of each instance from now on."""
        self._listen()

    def _listen(self) -> None:
        if self._core is not None:
            self._core.listen()

    def _counts(self) -> tuple[int, int, int]:
        return self._tally if self._core is None else self._core.tally()

    def _received(self, *arrived: Any) -> int:  # noqa: ANN401 (what the core tells)
        """Tell handlers and the sink; called by the core, whose sender waits for the status."""
        event = received_event(*arrived)
        code = self._answer(event)
        self.fates.tell(event, Status(code, service="store"))
        return code

    def _answer(self, event: InstanceReceived) -> int:
        code = SUCCESS if self._callable is None else ask_sink(self._callable, event)
        if Status(code, service="store").is_failure:
            return code
        try:
            self.instance_received.fire(event)
        except Exception:
            _logger.exception(
                "a handler failed on instance %s from %s",
                event.sop_instance_uid,
                event.calling_ae_title,
            )
            return PROCESSING_FAILURE
        return code

    def _refused(
        self,
        sop_class: str,
        instance: str,
        calling: str,
        status: int,
        comment: str,
        move_originator: str | None,
        move_originator_message_id: int | None,
    ) -> None:
        _logger.warning(
            "refused instance %s from %s with 0x%04X: %s", instance, calling, status, comment
        )
        event = received_event(
            *(None, sop_class, instance, "", calling, 0, None),
            move_originator,
            move_originator_message_id,
        )
        self.fates.tell(event, Status(status, service="store", comment=comment))
