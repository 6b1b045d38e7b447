"""The storage commitment service: who has taken charge of which instances (PS3.4 annex J)."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from dicomwire.commitment import (
    CommitmentResult,
    CommitmentTransaction,
    action_information,
    divide,
)
from dicomwire.commitment_events import CommitmentReported
from dicomwire.engine import DicomEngine
from dicomwire.errors import (
    AssociationError,
    ConfigError,
    DicomTimeout,
    NoAcceptedContext,
    ProtocolError,
    TransportError,
)
from dicomwire.hooks import HookAttribute
from dicomwire.logs import LOGGER_NAME
from dicomwire.uids import generate_uid, is_valid_uid

from .commitment_ledger import LEDGER, SOP_CLASS, SOP_INSTANCE
from .commitment_options import CommitmentOptions, hear
from .commitment_sources import asked_for
from .normalized_operations import Acting, Reported

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dicomwire.commitment import CommitmentInstance
    from dicomwire.config import AssociationOptions, Peer
    from dicomwire.normalized_events import EventReport
    from dicomwire.status import Service

    from .commitment_options import ListenerLike
    from .commitment_sources import Asked

__all__ = ["StorageCommitmentScu"]

# PS3.4 Table J.3-1: the only action type.
_REQUEST = 1
# Seconds between looks at other threads while waiting.
_TICK = 0.1

# Whoever waits for any result is woken by each; there are few.
_CHANGED = threading.Condition()

_logger = logging.getLogger(LOGGER_NAME)


class StorageCommitmentScu(Acting, Reported):
    """Ask a peer to take charge of instances, and hear for which ones it does.

    The peer reports on the association of the request, on one that it opens to a listener of
    ours, or on the next one we open: all ways are attended to, and the first report counts. Only
    what the peer names as committed is taken as committed.

    Parameters
    ----------
    peer : Peer or str
        The application entity to ask, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title; by it the peer finds where to call back.
    options : AssociationOptions, optional
        What to negotiate and how long to wait.

    Attributes
    ----------
    before_n_action, after_n_action : Hook of BeforeNAction, AfterNAction
        Around a request; there is one for each transaction.
    commitment_result : Hook of CommitmentReported
        A transaction is complete, on whichever way its report came. Fired once for each.
    event_report : Hook of EventReport
        A report came on an association of ours; its status is set and may be changed. Those that
        come to a listener fire the event of the listener.
    last_result : CommitmentResult or None
        The result of the latest request, also when it ended by an exception.

    Examples
    --------
    >>> import dicomwire as dw
    >>> with dw.DicomEngine(), dw.EventListener("DICOMWIRE", port=11113) as listener:
    ...     scu = dw.StorageCommitmentScu("PACS@pacs.example:104")
    ...     result = scu.request("studies/", listener=listener)  # doctest: +SKIP
    """

    commitment_result = HookAttribute[CommitmentReported]()

    _service: ClassVar[Service | None] = "commitment"

    def __init__(
        self,
        peer: Peer | str,
        *,
        calling_ae_title: str = "DICOMWIRE",
        options: AssociationOptions | None = None,
    ) -> None:
        super().__init__(peer, calling_ae_title=calling_ae_title, options=options)
        self.last_result: CommitmentResult | None = None
        self._is_cancelled = threading.Event()

    def request(
        self,
        instances: object,
        *,
        wait: float | None = 30.0,
        listener: ListenerLike | None = None,
        listen: int | tuple[int, str] | None = None,
        transaction_uid: str | None = None,
        max_instances: int | None = None,
    ) -> CommitmentResult:
        """Ask for the commitment of instances and wait for the report.

        Parameters
        ----------
        instances : path, Dataset, pair, StoreReport, StoreResult, or an iterable of these
            Files, directories (recursive), DICOMDIRs, pydicom Datasets, tuples of SOP Class UID
            and SOP Instance UID, what `StoreScu` stored, or anything with these two UIDs.
        wait : float or None
            Seconds to wait for the report. None returns after the answer to the request; see
            `CommitmentResult.wait`.
        listener : EventListener or StorageReceiver, optional
            A running listener of ours, to which the peer may call back. The result completes
            there also after the call. A `StorageReceiver` needs ``event_sop_classes``.
        listen : int or (int, str), optional
            Port, or port and address, on which to listen during the call.
        transaction_uid : str, optional
            Transaction UID (0008,1195); a new one by default. With it `expect` goes on after a
            restart.
        max_instances : int, optional
            How many instances to ask for in one transaction; more are divided, since some peers
            take no more. One result has them all.

        Returns
        -------
        CommitmentResult
            What is known. A refusal and a report that did not come are data here; see
            `CommitmentResult.raise_for_failures`.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        ConfigError
            If an argument cannot be, or there is nothing to ask for.
        StateError
            If the listener does not run, or another call on this object is running.
        NoAcceptedContext
            If the peer does not offer storage commitment.
        TransportError, DicomTimeout, AssociationError, ProtocolError
            If the request cannot be brought to the peer, or is not answered; `last_result` is
            then pending, since the peer may have it.
        """
        DicomEngine.require_running("StorageCommitmentScu.request()")
        options = CommitmentOptions(
            wait=wait, listener=listener, listen=listen, max_instances=max_instances
        )
        asked = asked_for(instances)
        parts = divide(asked.instances, max_instances)
        if self._in_conversation() is None:
            # A call that is refused leaves alone what belongs to the one that runs.
            with self._exclusively("request"):
                self._is_cancelled.clear()
        # A listener that ends with the call hears nothing later.
        result = self.last_result = self._result(parts, asked, transaction_uid, listener)
        asking = iter(result.transactions)
        try:
            with (
                options.listening(self) as heard,
                self._conversation("request", SOP_CLASS),
            ):
                for transaction in asking:
                    self._ask(transaction, result)
                    if self._is_cancelled.is_set():
                        break
                if wait is not None:
                    self._await(result, wait, is_heard=heard is not None)
        finally:
            for transaction in asking:
                transaction.abandoned()
        return result

    def expect(
        self,
        transaction_uid: str,
        instances: object,
        *,
        listener: ListenerLike | None = None,
    ) -> CommitmentResult:
        """Expect the report of a request that was sent before, for instance before a restart.

        Parameters
        ----------
        transaction_uid : str
            The Transaction UID of the request.
        instances : path, Dataset, pair, StoreReport, StoreResult, or an iterable of these
            What was asked for in it.
        listener : EventListener or StorageReceiver, optional
            A running listener of ours, to which the peer may call back.

        Returns
        -------
        CommitmentResult
            Pending; see `CommitmentResult.wait`.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        ConfigError
            If an argument cannot be, or the transaction is awaited already.
        StateError
            If the listener does not run.
        """
        DicomEngine.require_running("StorageCommitmentScu.expect()")
        if listener is not None:
            hear(listener)
        asked = asked_for(instances)
        result = self._result([asked.instances], asked, transaction_uid, listener)
        (transaction,) = result.transactions
        self._expect(transaction, result)
        transaction.answered(None)
        return result

    def cancel(self) -> None:
        """Ask for no more, and end a wait for the report early; from any thread.

        A request itself cannot be taken back, and a report that comes later still counts.
        """
        self._is_cancelled.set()
        super().cancel()

    def _abstract_syntaxes(self) -> Sequence[str]:
        return (SOP_CLASS,)

    def _take_report(self, report: EventReport) -> None:
        LEDGER.take(report)

    def _result(
        self,
        parts: Sequence[Sequence[CommitmentInstance]],
        asked: Asked,
        uid: str | None,
        listener: ListenerLike | None,
    ) -> CommitmentResult:
        if uid is not None:
            if not is_valid_uid(str(uid)):
                raise ConfigError(f"transaction_uid={uid!r}: is no UID")
            if len(parts) > 1:
                raise ConfigError(
                    f"transaction_uid={uid!r}: max_instances divides the request into "
                    f"{len(parts)} transactions, and each needs a UID of its own"
                )
        return CommitmentResult(
            [CommitmentTransaction(uid or generate_uid(), part) for part in parts],
            asked.unreadable,
            _Waiting(partial(self._wait, listener)),
        )

    def _expect(self, transaction: CommitmentTransaction, result: CommitmentResult) -> None:
        LEDGER.expect(transaction)
        transaction.begin(partial(self._completed, result))

    def _ask(self, transaction: CommitmentTransaction, result: CommitmentResult) -> None:
        """Send one request; its report may come before the answer does."""
        self._expect(transaction, result)
        try:
            answer = self._n_action(
                SOP_INSTANCE,
                _REQUEST,
                action_information(transaction.uid, transaction.asked),
                sop_class_uid=SOP_CLASS,
            )
        except BaseException:
            if self._latest is not None and self._latest.is_asked:
                # The peer may have it, and report.
                transaction.answered(None)
            else:
                LEDGER.forget(transaction)
                transaction.abandoned()
            raise
        transaction.answered(answer.status)

    def _completed(self, result: CommitmentResult, transaction: CommitmentTransaction) -> None:
        """Tell that a transaction is complete, on the thread that found it so."""
        LEDGER.completed(transaction)
        with _CHANGED:
            _CHANGED.notify_all()
        self.commitment_result.fire(CommitmentReported(self.peer, transaction, result))

    def _wait(
        self, listener: ListenerLike | None, result: CommitmentResult, seconds: float
    ) -> None:
        """Wait for the report of a request that was sent before."""
        DicomEngine.require_running("CommitmentResult.wait()")
        if not self._busy.locked():
            # Otherwise a `cancel` may be on its way to the call that runs.
            self._is_cancelled.clear()
        is_heard = listener is not None and listener.is_running
        if self._busy.locked() or (is_heard and not self._keeping):
            # Whoever uses the association attends to reports as well.
            self._watch(result, seconds)
            return
        with self._conversation("wait", SOP_CLASS):
            self._await(result, seconds, is_heard=is_heard)

    def _await(self, result: CommitmentResult, seconds: float, *, is_heard: bool) -> None:
        """Attend to the association, and to the listener if there is one, until all is reported."""
        deadline = time.monotonic() + seconds
        while not self._is_over(result):
            left = deadline - time.monotonic()
            if left <= 0:
                return
            try:
                self._wait_for_report(min(left, _TICK) if is_heard else left, SOP_CLASS)
            except NoAcceptedContext:
                raise
            except (TransportError, DicomTimeout, AssociationError, ProtocolError) as error:
                # The request was received: what is lost is one way on which the report may come.
                _logger.info("the association ended before the report came: %s", error)
                if is_heard:
                    self._watch(result, deadline - time.monotonic())
                return

    def _is_over(self, result: CommitmentResult) -> bool:
        """Whether to wait no more: it is complete or forgotten, by the engine's end as well."""
        return (
            result.is_complete
            or self._is_cancelled.is_set()
            or any(LEDGER.has_lost(transaction) for transaction in result.transactions)
        )

    def _watch(self, result: CommitmentResult, seconds: float) -> None:
        """Wait for what other threads hear, as long as anything could still be heard."""
        deadline = time.monotonic() + seconds
        while not self._is_over(result) and (left := deadline - time.monotonic()) > 0:
            with _CHANGED:
                if _CHANGED.wait_for(lambda: result.is_complete, min(left, _TICK)):
                    return


class _Waiting:
    """How a result waits, and is forgotten."""

    def __init__(self, wait: Callable[[CommitmentResult, float], None]) -> None:
        self.wait = wait

    @staticmethod
    def forget(result: CommitmentResult) -> None:
        """Expect none of its reports any more."""
        for transaction in result.transactions:
            LEDGER.forget(transaction)
