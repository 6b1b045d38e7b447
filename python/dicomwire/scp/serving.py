"""What the service class providers have in common: a listener and its life."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from dicomwire.association import message_log
from dicomwire.config import Limits, Timeouts, check_ae_title
from dicomwire.engine import DicomEngine
from dicomwire.errors import ConfigError, StateError
from dicomwire.hooks import Hook
from dicomwire.logs import LOGGER_NAME
from dicomwire.sinks import SinkSpec
from dicomwire.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, is_valid_uid

from .received import PROCESSING_FAILURE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import TracebackType

    from dicomwire._core import Receiver
    from dicomwire.normalized_events import EventReport

__all__ = ["ReceiverSpec", "Serving"]

_logger = logging.getLogger(LOGGER_NAME)


@dataclass(slots=True)
class ReceiverSpec:
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
    accepts_storage: bool
    event_sop_classes: list[str] = field(default_factory=list)
    implementation_class_uid: str = IMPLEMENTATION_CLASS_UID
    implementation_version_name: str = IMPLEMENTATION_VERSION_NAME

    @classmethod
    def checked(
        cls,
        ae_title: str,
        *,
        host: str,
        port: int,
        require_called_ae_title: bool,
        calling_ae_titles: Collection[str] | None,
        transfer_syntaxes: Collection[str] | None,
        event_sop_classes: Collection[str],
        max_pdu_length: int,
        max_associations: int,
        timeouts: Timeouts | None,
        limits: Limits | None,
        sink: SinkSpec | None,
    ) -> Self:
        """Make one of what a caller gave; without a sink storage is not offered.

        Raises
        ------
        ConfigError
            If a value cannot be.
        """
        if not _is_integer(port, 0xFFFF):
            raise ConfigError(f"port={port!r}: must be an integer from 0 to 65535")
        if not _is_integer(max_associations, 0xFFFF) or max_associations == 0:
            raise ConfigError(
                f"max_associations={max_associations!r}: must be an integer from 1 to 65535"
            )
        for name, values in (
            ("calling_ae_titles", calling_ae_titles),
            ("event_sop_classes", event_sop_classes),
        ):
            # Taken letter by letter it would let nobody in.
            if isinstance(values, str):
                raise ConfigError(f"{name}={values!r}: must be a list, also of one")
        event_sop_classes = list(event_sop_classes)
        for uid in event_sop_classes:
            if not is_valid_uid(uid):
                raise ConfigError(f"event_sop_classes: {uid!r} is not a UID")
        return cls(
            address=host,
            port=port,
            ae_title=ae_title if require_called_ae_title else None,
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
            sink=SinkSpec("nowhere") if sink is None else sink,
            accepts_storage=sink is not None,
            event_sop_classes=[str(uid) for uid in event_sop_classes],
        )


class Serving:
    """Listen for associations, each served by a thread of its own in Rust.

    Parameters
    ----------
    ae_title : str
        Our application entity title.
    spec : ReceiverSpec
        How to receive.
    """

    def __init__(self, ae_title: str, spec: ReceiverSpec) -> None:
        self.ae_title = ae_title
        self.host = spec.address
        self.event_report: Hook[EventReport] = Hook("event_report")
        self._spec = spec
        self._core: Receiver | None = None
        self._port = spec.port
        # Never changed in place, only replaced: whoever iterates keeps its own copy.
        self._watchers: tuple[Callable[[EventReport], bool], ...] = ()
        self._watching = threading.Lock()

    def start(self) -> Self:
        """Bind and begin to listen.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        StateError
            If it is running already.
        ConfigError
            If the address is not ours or is in use.
        """
        from dicomwire._core import Receiver

        name = type(self).__name__
        DicomEngine.require_running(f"{name}.start()")
        if self._core is not None:
            raise StateError(f"this {name} is running already")
        self._prepare()
        log = message_log(self.ae_title)
        try:
            self._core = Receiver.start(
                self._spec,
                self._received,
                self._refused,
                self._ended,
                log,
                self._reported if self._spec.event_sop_classes else None,
            )
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"cannot listen on {self.host}:{self._spec.port}: {error}; "
                "use a free port and an address of this machine"
            ) from error
        self._port = self._core.port
        self._started()
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
        self._stopped(core)

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
    def is_running(self) -> bool:
        """Whether it listens."""
        return self._core is not None

    @property
    def associations(self) -> int:
        """Associations being served now."""
        return 0 if self._core is None else self._core.serving()

    @property
    def event_sop_classes(self) -> tuple[str, ...]:
        """The SOP classes whose event reports are taken."""
        return tuple(self._spec.event_sop_classes)

    def watch(self, watcher: Callable[[EventReport], bool]) -> None:
        """Have a function look at each event report before `event_report` is fired.

        It may set the report's status and reply and says whether the report was for it; the ones
        connected later are not asked then.
        """
        with self._watching:
            self._watchers = (*self._watchers, watcher)

    def unwatch(self, watcher: Callable[[EventReport], bool]) -> None:
        """Do not ask it any more."""
        with self._watching:
            self._watchers = tuple(one for one in self._watchers if one != watcher)

    def _prepare(self) -> None:
        """Make what is needed before the first association."""

    def _started(self) -> None:
        """Finish what can only be done when it listens."""

    def _stopped(self, core: Receiver) -> None:
        """Keep what is still wanted of a stopped listener."""

    def _received(self, *_arrived: Any) -> int:  # noqa: ANN401 (what the core tells)
        """Answer for an instance; without storage none comes."""
        return PROCESSING_FAILURE

    def _refused(self, *_arriving: Any) -> None:  # noqa: ANN401
        """Take note of an instance that was refused."""

    def _ended(self, reason: str) -> None:
        _logger.info("%s: %s", self.ae_title, reason)

    def _reported(
        self,
        syntax: str,
        sop_class_uid: str,
        sop_instance_uid: str,
        event_type_id: int,
        data_set: bytes | None,
        ae_title: str,
        peer_name: str,
    ) -> tuple[int, bytes | None]:
        """Answer an event report; called by the core while the peer waits."""
        # Loaded here: most who import the package never see a report.
        from dicomwire.reports import answer_report

        try:
            return answer_report(
                self._tell_report,
                (peer_name, ae_title),
                (sop_class_uid, sop_instance_uid, event_type_id),
                syntax,
                data_set,
                on_listener=True,
            )
        except Exception:
            _logger.exception(
                "a handler failed on event %d of %s from %s",
                event_type_id,
                sop_instance_uid,
                peer_name,
            )
            return PROCESSING_FAILURE, None

    def _tell_report(self, report: EventReport) -> None:
        for watcher in self._watchers:
            if watcher(report):
                break
        self.event_report.fire(report)


def _is_integer(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
