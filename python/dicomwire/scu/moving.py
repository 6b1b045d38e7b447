"""C-MOVE: have a peer send instances to somebody, or to us (PS3.4 section C.4.2)."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from dicomwire.config import check_ae_title
from dicomwire.engine import DicomEngine
from dicomwire.errors import ConfigError, DicomWireError, StateError
from dicomwire.events import InstanceReceived
from dicomwire.hooks import HookAttribute
from dicomwire.logs import LOGGER_NAME
from dicomwire.query_events import AfterCMove, BeforeCMove, HostReady
from dicomwire.scp.listening import listening_address
from dicomwire.scp.storage import StorageReceiver

from .arrivals import AtReceiver, Elsewhere
from .fan_out import FanOutScu
from .retrieve_report import RetrieveReport
from .retrieve_run import RetrieveRun

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from dicomwire.config import AssociationOptions, Peer
    from dicomwire.query import Query

    from .arrivals import Arrivals
    from .retrieve_report import RetrieveProgress
    from .retrieve_run import Response

__all__ = ["MoveTarget", "MovingScu", "ReceiverLike", "account", "told"]

ReceiverLike: TypeAlias = (
    "StorageReceiver | str | os.PathLike[str] | Callable[[InstanceReceived], int | None]"
)

_logger = logging.getLogger(LOGGER_NAME)

# Seconds for one instance more, where no time-out is set.
_LONGEST_WAIT = 60.0
# Seconds between looks at signals and at other threads.
_TICK = 0.1


@dataclass(slots=True, frozen=True)
class MoveTarget:
    """Where instances are to go: an AE title, and a receiver if it is ours."""

    destination: str
    receiver: StorageReceiver | None


class MovingScu(FanOutScu):
    """The part of `QueryRetrieveScu` that retrieves by C-MOVE."""

    before_c_move = HookAttribute[BeforeCMove]()
    after_c_move = HookAttribute[AfterCMove]()
    moved = HookAttribute[InstanceReceived]()
    host_ready = HookAttribute[HostReady]()

    def __init__(
        self,
        peer: Peer | str,
        *,
        calling_ae_title: str = "DICOMWIRE",
        options: AssociationOptions | None = None,
    ) -> None:
        super().__init__(peer, calling_ae_title=calling_ae_title, options=options)
        self.last_report: RetrieveReport | None = None

    def _move(
        self,
        query: Query,
        target: MoveTarget,
        *,
        verify: bool,
        progress: Callable[[RetrieveProgress], object] | None,
        priority: int,
        check: bool,
    ) -> RetrieveReport:
        report = self.last_report = RetrieveReport(destination=target.destination)
        receiver = target.receiver
        seen = None if receiver is None else AtReceiver(self.calling_ae_title, self.moved)
        arrivals: Arrivals = Elsewhere() if seen is None else seen
        run = RetrieveRun(
            "move", report, arrivals, progress, self._after_move, lambda: bool(self.after_c_move)
        )
        with self._registered(run):
            try:
                expected = self._instances(query) if verify else None
                if receiver is None or seen is None:
                    response = self._request_move(query, target, run, None, priority, check)
                else:
                    with _listening(receiver, seen):
                        self.host_ready.fire(HostReady(self.peer, receiver))
                        response = self._request_move(query, target, run, seen, priority, check)
                        self._await_stragglers(run, seen, response, expected)
            finally:
                account(report, run, arrivals)
            _conclude(report, response)
            if seen is None:
                report.expected = response.announced if expected is None else len(expected)
            else:
                self._name_missing(report, query, response.announced, expected)
            run.tell(is_final=True)
        return report

    def _request_move(
        self,
        query: Query,
        target: MoveTarget,
        run: RetrieveRun,
        seen: AtReceiver | None,
        priority: int,
        check: bool,
    ) -> Response:
        """Send the request and read its responses."""

        def make(**fields: Any) -> BeforeCMove:  # noqa: ANN401
            return BeforeCMove(destination=target.destination, **fields)

        request, event = self._prepare(
            "move", query, self.before_c_move, make, priority=priority, check=check
        )
        association = request.association
        try:
            core = association.move(
                request.context_id,
                request.sop_class_uid,
                request.priority,
                request.identifier,
                event.destination,
            )
            if seen is not None:
                seen.bind(core.message_id())
            response = run.follow(core, request.transfer_syntax)
        except BaseException:
            self._drop(association)
            raise
        self._leave_quietly(association)
        return response

    def _after_move(self, response: Response) -> None:
        if self.after_c_move:
            self.after_c_move.fire(AfterCMove(self.peer, *told(response)))

    def _await_stragglers(
        self,
        run: RetrieveRun,
        seen: AtReceiver,
        response: Response,
        expected: dict[str, str] | None,
    ) -> None:
        """Wait for what was announced: the final response may overtake the last instances."""
        goal = response.announced
        if goal is None:
            # The peer does not count. What it has to show should come, if it does not fail.
            goal = 0 if expected is None or response.status.is_failure else len(expected)
        patience = self.options.timeouts.dimse or _LONGEST_WAIT
        deadline = time.monotonic() + patience
        was_cancelled = run.is_cancelled
        while seen.arrived < goal and time.monotonic() < deadline:
            run.check()
            if run.is_cancelled and not was_cancelled:
                return
            if seen.wait(_TICK):
                deadline = time.monotonic() + patience
                run.tell()

    def _name_missing(
        self,
        report: RetrieveReport,
        query: Query,
        announced: int | None,
        expected: dict[str, str] | None,
    ) -> None:
        """Find out which instances did not come, by a query if need be."""
        came = {one.sop_instance_uid for one in report.instances if one.is_stored}
        report.expected = announced if expected is None else len(expected)
        sent = announced or 0
        if expected is None and sum(one.is_stored for one in report.instances) < sent:
            try:
                expected = self._instances(query)
            except (DicomWireError, ConfigError) as error:
                _logger.warning(
                    "%s sent %d instances of %d, and does not tell which ones there are: %s",
                    self.peer,
                    report.received,
                    sent,
                    error,
                )
            else:
                # Who announces more than it has to show has lost what it announced.
                report.expected = max(sent, len(expected))
        if expected is not None:
            report.missing = [uid for uid in expected if uid not in came]

    @contextlib.contextmanager
    def _registered(self, run: RetrieveRun) -> Iterator[None]:
        """Let other threads and the engine end it."""
        self._begin(run)
        try:
            yield
        finally:
            run.end()
            self._forget(run)

    @contextlib.contextmanager
    def _target(
        self,
        destination: str | None,
        receiver: ReceiverLike | None,
        port: int,
        host: str | None,
    ) -> Iterator[MoveTarget]:
        """Say where instances go; start a receiver for the call if one is wanted."""
        if destination is not None:
            destination = check_ae_title("destination", destination)
        if receiver is None:
            if destination is None:
                raise ConfigError(
                    "destination=None: give the AE title to send to, or a receiver of ours"
                )
            yield MoveTarget(destination, None)
        elif isinstance(receiver, StorageReceiver):
            if not receiver.is_running:
                raise StateError(
                    "the StorageReceiver is not running: start() it, or use it in a `with` block"
                )
            yield MoveTarget(destination or receiver.ae_title, receiver)
        else:
            own = StorageReceiver(
                destination or self.calling_ae_title,
                port=port,
                host=host or listening_address(self.peer),
                sink=receiver,
                require_called_ae_title=True,
                timeouts=self.options.timeouts,
                limits=self.options.limits,
            )
            with own:
                yield MoveTarget(own.ae_title, own)


@contextlib.contextmanager
def _listening(receiver: StorageReceiver, seen: AtReceiver) -> Iterator[None]:
    DicomEngine.require_running("QueryRetrieveScu.move()")
    receiver.fates.watch(seen.note)
    receiver.listen()
    try:
        yield
    finally:
        receiver.fates.unwatch(seen.note)


def account(report: RetrieveReport, run: RetrieveRun, arrivals: Arrivals) -> None:
    """Book what came, also when it ended by an exception."""
    report.instances = arrivals.instances
    report.bytes = arrivals.bytes
    if not isinstance(arrivals, Elsewhere):
        # What we refused failed, whatever the peer makes of our answer.
        stored = {one.sop_instance_uid for one in report.instances if one.is_stored}
        refused = dict.fromkeys(one.sop_instance_uid for one in report.instances)
        report.failed_sop_instance_uids = [uid for uid in refused if uid not in stored]
        report.received = len({one.sop_instance_uid for one in report.instances if one.is_stored})
    report.seconds = run.seconds()


def _conclude(report: RetrieveReport, response: Response) -> None:
    """Book the final response to a C-MOVE."""
    report.status = response.status
    seen = report.received or 0
    report.completed = seen if response.completed is None else response.completed
    # Some peers name what failed, and do not count it.
    named = dict.fromkeys([*response.failed_sop_instance_uids, *report.failed_sop_instance_uids])
    report.failed = max(response.failed or 0, len(named))
    report.warning = response.warning or 0
    report.remaining = response.remaining or 0
    report.failed_sop_instance_uids = list(named)


def told(response: Response) -> tuple[Any, ...]:
    """Return what an event tells of a response, after the peer."""
    return (
        response.status,
        response.remaining,
        response.completed,
        response.failed,
        response.warning,
        response.failed_sop_instance_uids,
    )
