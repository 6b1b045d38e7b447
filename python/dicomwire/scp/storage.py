"""The storage service as provider: receive composite instances (PS3.4 annex B)."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from dicomwire.association import message_log
from dicomwire.config import Limits, Timeouts, check_ae_title
from dicomwire.engine import DicomEngine
from dicomwire.errors import ConfigError, StateError
from dicomwire.events import InstanceReceived
from dicomwire.hooks import Hook
from dicomwire.logs import LOGGER_NAME
from dicomwire.sinks import Duplicates, SinkSpec
from dicomwire.status import Status
from dicomwire.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

from .received import PROCESSING_FAILURE, SUCCESS, Fates, ask_sink, received_event

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import TracebackType

    from dicomwire._core import Receiver

__all__ = ["StorageReceiver"]

_logger = logging.getLogger(LOGGER_NAME)

_Handler = TypeVar("_Handler", bound="Callable[..., object]")


@dataclass(slots=True)
class _ReceiverSpec:
    """How to receive; read by the core (``rust/py/src/receiver.rs``)."""

    address: str
    port: int
    ae_title: str | None
    calling_ae_titles: list[str] | None
    transfer_syntaxes: list[str] | None
    max_pdu_length: int
    max_associations: int
    timeouts: Timeouts
    limits: Limits
    sink: SinkSpec
    implementation_class_uid: str = IMPLEMENTATION_CLASS_UID
    implementation_version_name: str = IMPLEMENTATION_VERSION_NAME


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


class StorageReceiver:
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
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.ae_title = check_ae_title("ae_title", ae_title)
        self.host = host
        if duplicates not in {"replace", "keep", "refuse"}:
            raise ConfigError(f'duplicates={duplicates!r}: must be "replace", "keep" or "refuse"')
        if not _is_integer(port, 0xFFFF):
            raise ConfigError(f"port={port!r}: must be an integer from 0 to 65535")
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
        self._spec = _ReceiverSpec(
            address=host,
            port=port,
            ae_title=self.ae_title if require_called_ae_title else None,
            calling_ae_titles=None
            if calling_ae_titles is None
            else [check_ae_title("calling_ae_titles", title) for title in calling_ae_titles],
            transfer_syntaxes=None
            if transfer_syntaxes is None
            else [str(uid) for uid in transfer_syntaxes],
            max_pdu_length=max_pdu_length,
            max_associations=max_associations,
            timeouts=Timeouts() if timeouts is None else timeouts,
            limits=Limits() if limits is None else limits,
            sink=sink_spec,
        )
        self._core: Receiver | None = None
        self.instance_received = _ReceivedHook(self._listen)
        # For whoever asked for the instances: a C-MOVE of ours.
        self.fates = Fates()
        self._tally = (0, 0, 0)
        self._port = port

    def start(self) -> Self:
        """Bind and begin to receive.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        StateError
            If it is running already.
        ConfigError
            If the directory cannot be made, or the address is not ours or is in use.
        """
        from dicomwire._core import Receiver

        DicomEngine.require_running("StorageReceiver.start()")
        if self._core is not None:
            raise StateError("this StorageReceiver is running already")
        if (directory := self._spec.sink.directory) is not None:
            try:
                directory.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigError(
                    f"sink={str(directory)!r}: cannot be made a directory: {error}"
                ) from error
        log = message_log(self.ae_title)
        try:
            self._core = Receiver.start(self._spec, self._received, self._refused, self._ended, log)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"cannot listen on {self.host}:{self._spec.port}: {error}; "
                "use a free port and an address of this machine"
            ) from error
        self._port = self._core.port
        if self._callable is not None or self.instance_received:
            self._core.listen()
        DicomEngine.register(self)
        return self

    def stop(self, timeout: float = 5.0) -> None:
        """Stop accepting, wait for the associations being served, then abort what is left.

        Parameters
        ----------
        timeout : float
            Seconds to wait.
        """
        core, self._core = self._core, None
        if core is None:
            return
        DicomEngine.unregister(self)
        core.stop(timeout)
        self._tally = core.tally()

    def release(self, timeout: float) -> None:
        """Stop in order; the engine calls it at the end."""
        self.stop(timeout)

    def abort(self) -> None:
        """Stop at once and abort the associations being served."""
        self.stop(0.0)

    def close(self, timeout: float) -> None:
        """Stop; the engine calls it at the end."""
        self.stop(timeout)

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop; at once if the block failed."""
        self.stop(5.0 if error is None else 0.0)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

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

    @property
    def is_running(self) -> bool:
        """Whether it listens."""
        return self._core is not None

    @property
    def associations(self) -> int:
        """Associations being served now."""
        return 0 if self._core is None else self._core.serving()

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

    def _ended(self, reason: str) -> None:
        _logger.info("%s: %s", self.ae_title, reason)


def _is_integer(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
