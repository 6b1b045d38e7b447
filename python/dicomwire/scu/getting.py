"""C-GET: retrieve instances on the association that asks for them (PS3.4 section C.4.3)."""

from __future__ import annotations

import contextlib
import logging
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from dicomwire.errors import (
    AssociationRejected,
    ConfigError,
    ConnectError,
    DicomTimeout,
    DicomWireError,
    TlsError,
)
from dicomwire.hooks import HookAttribute
from dicomwire.logs import LOGGER_NAME
from dicomwire.query_events import AfterCGet, BeforeCGet
from dicomwire.scp.received import SUCCESS, ask_sink, received_event
from dicomwire.sinks import SinkSpec
from dicomwire.status import Status
from dicomwire.uids import is_valid_uid

from .arrivals import OnAssociation
from .associations import accepted_contexts
from .get_contexts import common_classes, plan, provider_roles
from .moving import MovingScu, account, told
from .retrieve_report import RetrieveReport
from .retrieve_run import RetrieveRun
from .store import StoreScu

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dicomwire._core import Association
    from dicomwire.events import InstanceReceived, PresentationContext
    from dicomwire.query import Query

    from .query_base import Request
    from .retrieve_report import RetrievedInstance, RetrieveProgress
    from .retrieve_run import Response

__all__ = ["GettingScu", "SinkLike"]

SinkLike: TypeAlias = (
    "str | os.PathLike[str] | Callable[[InstanceReceived], int | None] | StoreScu | None"
)

_logger = logging.getLogger(LOGGER_NAME)


@dataclass(slots=True)
class _Sink:
    """Where the instances go."""

    spec: SinkSpec
    function: Callable[[InstanceReceived], int | None] | None = None
    relay: StoreScu | None = None


class GettingScu(MovingScu):
    """The part of `QueryRetrieveScu` that retrieves by C-GET."""

    before_c_get = HookAttribute[BeforeCGet]()
    after_c_get = HookAttribute[AfterCGet]()

    def _get(
        self,
        query: Query,
        sink: SinkLike,
        *,
        sop_classes: Iterable[str] | Literal["query", "common"] | None,
        transfer_syntaxes: Iterable[str] | None,
        verify: bool,
        progress: Callable[[RetrieveProgress], object] | None,
        priority: int,
        check: bool,
    ) -> RetrieveReport:
        chosen = _sink_of(sink)
        syntaxes = (
            None if transfer_syntaxes is None else _uids("transfer_syntaxes", transfer_syntaxes)
        )
        report = self.last_report = RetrieveReport()
        arrivals = OnAssociation(chosen.spec.directory)
        run = RetrieveRun(
            "get", report, arrivals, progress, self._after_get, lambda: bool(self.after_c_get)
        )
        responses: list[Response] = []
        with self._registered(run):
            try:
                expected = self._instances(query) if verify else None
                classes = self._classes_of(query, sop_classes, expected)
                run.check()
                parts = plan(query.model.sop_class_uid("get"), classes, syntaxes)
                for contexts in parts:
                    request = self._prepare_get(query, contexts, priority, check)
                    responses.append(self._request_get(request, run, chosen))
                    if run.is_cancelled or _is_complete(responses[-1]):
                        break
            finally:
                account(report, run, arrivals)
            _conclude(report, responses)
            counted = [one.announced for one in responses if one.announced is not None]
            self._name_missing(report, query, sum(counted) if counted else None, expected)
            run.tell(is_final=True)
        return report

    def _classes_of(
        self, query: Query, wanted: Iterable[str] | str | None, expected: dict[str, str] | None
    ) -> list[str]:
        """Choose the storage classes to propose, the most frequent first."""
        if wanted == "common":
            return common_classes()
        if wanted is not None and wanted != "query":
            return _uids("sop_classes", wanted)
        try:
            classes = self._classes(query) if expected is None else set(expected.values())
        except (DicomWireError, ConfigError) as error:
            if wanted == "query" or _is_no_peer(error):
                raise
            _logger.info("%s cannot be asked for SOP classes: %s", self.peer, error)
            return common_classes()
        if not classes or not all(map(is_valid_uid, classes)):
            if wanted == "query" and classes != set():
                raise ConfigError(
                    f'sop_classes="query": {self.peer} does not tell the SOP classes of its '
                    'instances; name them, or propose all with "common"'
                )
            return common_classes()
        ranks = {uid: rank for rank, uid in enumerate(common_classes())}
        return sorted(classes, key=lambda uid: (ranks.get(uid, len(ranks)), uid))

    def _prepare_get(
        self,
        query: Query,
        contexts: Sequence[PresentationContext],
        priority: int,
        check: bool,
    ) -> Request:
        uid = query.model.sop_class_uid("get")
        known = Counter(one.abstract_syntax for one in contexts)

        def is_of_another_kind(association: Association) -> bool:
            there = Counter(answer[1] for answer in association.contexts())
            return uid in there and not known <= there

        # Peers serve few associations at once: those for other classes are not hoarded.
        self._idle.release_where(is_of_another_kind)
        request, _ = self._prepare(
            "get",
            query,
            self.before_c_get,
            BeforeCGet,
            priority=priority,
            check=check,
            contexts=contexts,
            roles=provider_roles(contexts),
        )
        if not any(scp for _, _, scp in request.association.roles()):
            # Many archives send all the same.
            _logger.info("%s answered no role selection (PS3.7 section D.3.3.4)", self.peer)
        return request

    def _request_get(self, request: Request, run: RetrieveRun, sink: _Sink) -> Response:
        """Send a request and read its responses."""
        association = request.association
        try:
            with self._relay(request, sink.relay) as relay:
                core = association.get(
                    request.context_id,
                    request.sop_class_uid,
                    request.priority,
                    request.identifier,
                    # Where no storage class was accepted, nothing comes to be relayed.
                    SinkSpec("discard") if sink.relay is not None and relay is None else sink.spec,
                    self._receipt(sink),
                    relay,
                )
                response = run.follow(core, request.transfer_syntax)
        except BaseException:
            self._drop(association)
            raise
        self._leave_quietly(association)
        return response

    def _receipt(self, sink: _Sink) -> Callable[..., int] | None:
        """Return what is told of each instance, on this thread; None if nobody wants to know."""
        if sink.function is None and not self.moved:
            return None

        def received(*arrived: Any) -> int:  # noqa: ANN401 (what the core tells)
            event = received_event(*arrived)
            status = SUCCESS if sink.function is None else ask_sink(sink.function, event)
            if not Status(status, service="store").is_failure:
                self.moved.fire(event)
            return status

        return received

    @contextlib.contextmanager
    def _relay(
        self, request: Request, destination: StoreScu | None
    ) -> Iterator[Association | None]:
        """Open an association with the destination for what the source may send."""
        stored = [
            (sop_class, syntax)
            for _, sop_class, syntax in accepted_contexts(request.association)
            if sop_class != request.sop_class_uid
        ]
        if destination is None or not stored:
            yield None
            return
        with destination._relaying(stored) as relay:  # noqa: SLF001 (of one house)
            yield relay

    def _after_get(self, response: Response) -> None:
        if self.after_c_get:
            self.after_c_get.fire(AfterCGet(self.peer, *told(response)))


def _sink_of(sink: SinkLike) -> _Sink:
    if sink is None:
        return _Sink(SinkSpec("discard"))
    if isinstance(sink, StoreScu):
        return _Sink(SinkSpec("relay"), relay=sink)
    if isinstance(sink, (str, os.PathLike)):
        directory = Path(sink)
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"sink={str(directory)!r}: cannot be made a directory: {error}"
            ) from error
        return _Sink(SinkSpec("directory", directory))
    if callable(sink):
        return _Sink(SinkSpec("memory"), function=sink)
    raise ConfigError(f"sink={sink!r}: must be a directory, a callable, a StoreScu, or None")


def _uids(name: str, uids: Iterable[str]) -> list[str]:
    found = [str(uid) for uid in ([uids] if isinstance(uids, str) else uids)]
    for uid in found:
        if not is_valid_uid(uid):
            raise ConfigError(f"{name}: {uid!r} is no UID")
    if not found:
        raise ConfigError(f"{name}: is empty")
    return found


def _is_complete(response: Response) -> bool:
    """Say whether there is nothing that another association could bring."""
    return response.status.is_success and not response.failed


def _conclude(report: RetrieveReport, responses: Sequence[Response]) -> None:
    """Book the final responses: one, or those of several associations joined."""
    last = responses[-1]
    fates = {one.sop_instance_uid: one for one in report.instances if not one.is_stored}
    fates |= {one.sop_instance_uid: one for one in report.instances if one.is_stored}
    refused = [uid for uid, one in fates.items() if not one.is_stored]
    named = [uid for response in responses for uid in response.failed_sop_instance_uids]
    stored = {uid for uid, one in fates.items() if one.is_stored}
    report.failed_sop_instance_uids = [
        uid for uid in dict.fromkeys([*named, *refused]) if uid not in stored
    ]
    report.status = last.status
    report.remaining = last.remaining or 0
    if len(responses) == 1 and last.completed is not None:
        report.completed = last.completed
        # What we refused failed, whatever the peer makes of our answer.
        report.failed = max(last.failed or 0, len(report.failed_sop_instance_uids))
        report.warning = last.warning or 0
    else:
        _count(report, responses, list(fates.values()))


def _count(
    report: RetrieveReport, responses: Sequence[Response], fates: list[RetrievedInstance]
) -> None:
    """Count instances, for what failed on one association may have come on another."""
    report.completed = sum(one.status.is_success for one in fates)
    report.warning = sum(one.status.is_warning for one in fates)
    # Each request stood for all instances, so the fullest count is that of all.
    totals = [(one.announced or 0) + (one.failed or 0) for one in responses]
    unseen = max(totals) - report.completed - report.warning
    report.failed = max(0, unseen, len(report.failed_sop_instance_uids))
    if not report.failed and not any(_is_bad(one.status) for one in responses):
        report.status = Status(0, service="get")


def _is_bad(status: Status) -> bool:
    return status.is_failure or status.is_cancel


def _is_no_peer(error: Exception) -> bool:
    """Say whether there was no association at all, so that another one would not help."""
    if isinstance(error, DicomTimeout):
        return error.phase in {"connect", "acse"}
    return isinstance(error, (AssociationRejected, ConnectError, TlsError))
