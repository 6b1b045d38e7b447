"""The transactions of storage commitment that wait for their report (PS3.4 section J.3.3).

A Transaction UID is unique in the world, and its report may come on any way: on the association of
the request, on a later one, or to a listener. So there is one ledger for the whole process.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING

from dicomwire.commitment import ReportError, read_report
from dicomwire.engine import DicomEngine
from dicomwire.errors import ConfigError
from dicomwire.logs import LOGGER_NAME

if TYPE_CHECKING:
    from dicomwire.commitment import CommitmentTransaction
    from dicomwire.normalized_events import EventReport
    from dicomwire.scp.serving import Serving

__all__ = ["LEDGER", "SOP_CLASS", "SOP_INSTANCE", "CommitmentLedger"]

SOP_CLASS = "1.2.840.10008.1.20.1"
"""Storage Commitment Push Model SOP class (PS3.4 section J.3.5)."""
SOP_INSTANCE = "1.2.840.10008.1.20.1.1"
"""Its only instance, which exists without being created."""

# PS3.7 annex C.
_SUCCESS = 0x0000
_INVALID_ARGUMENT_VALUE = 0x0115

# So many transactions are remembered after their report, for peers that send it again.
_REMEMBERED = 10_000

_logger = logging.getLogger(LOGGER_NAME)


class CommitmentLedger:
    """Bring event reports and transactions together; any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[str, CommitmentTransaction] = {}
        self._done: OrderedDict[str, None] = OrderedDict()
        self._listeners: weakref.WeakSet[Serving] = weakref.WeakSet()

    def __len__(self) -> int:
        """Count the transactions that wait."""
        return len(self._pending)

    def attend(self, listener: Serving) -> None:
        """Hear the reports that come to a listener, from now on."""
        with self._lock:
            if listener in self._listeners:
                return
            self._listeners.add(listener)
        listener.watch(self.take)

    def expect(self, transaction: CommitmentTransaction) -> None:
        """Expect the report of a transaction.

        Raises
        ------
        ConfigError
            If one with this UID is expected already.
        """
        # The last shutdown of the engine ends the wait.
        DicomEngine.register(self)
        with self._lock:
            if transaction.uid in self._pending:
                raise ConfigError(
                    f"transaction_uid={transaction.uid!r}: a report for it is awaited already; "
                    "a Transaction UID is used once (PS3.4 section J.3.2.1.2)"
                )
            self._pending[transaction.uid] = transaction

    def has_lost(self, transaction: CommitmentTransaction) -> bool:
        """Whether a transaction waits for a report that nobody would take to it any more."""
        with self._lock:
            is_expected = self._pending.get(transaction.uid) is transaction
        return transaction.is_awaited and not is_expected

    def forget(self, transaction: CommitmentTransaction) -> None:
        """Do not expect it any more."""
        with self._lock:
            if self._pending.get(transaction.uid) is transaction:
                del self._pending[transaction.uid]

    def completed(self, transaction: CommitmentTransaction) -> None:
        """Remember it for a while, in case that its report comes again."""
        with self._lock:
            self._pending.pop(transaction.uid, None)
            if transaction.report is not None:
                self._done[transaction.uid] = None
                while len(self._done) > _REMEMBERED:
                    self._done.popitem(last=False)

    def take(self, report: EventReport) -> bool:
        """Take an event report to the transaction it is for, and set the status to answer.

        Returns
        -------
        bool
            Whether it was for one of ours, reported again included.
        """
        if report.sop_class_uid != SOP_CLASS:
            return False
        try:
            said = read_report(report.event_type_id, report.dataset)
        except ReportError as error:
            _logger.warning(
                "refused a storage commitment report of %s: %s", report.peer_name, error
            )
            report.status = error.status
            return False
        with self._lock:
            transaction = self._pending.get(said.transaction_uid)
            is_again = said.transaction_uid in self._done
        if transaction is not None:
            report.status = _SUCCESS
            transaction.reported(said, "listener" if report.on_listener else "association")
            return True
        if is_again:
            _logger.debug("%s reports transaction %s again", report.peer_name, said.transaction_uid)
            report.status = _SUCCESS
            return True
        _logger.warning(
            "%s reports storage commitment of transaction %s, which nobody here waits for "
            "(%d committed, %d failed)",
            report.peer_name,
            said.transaction_uid,
            len(said.committed),
            len(said.failed),
        )
        report.status = _INVALID_ARGUMENT_VALUE
        return False

    def release(self, timeout: float) -> None:  # noqa: ARG002 (there is nothing to wait for)
        """Expect nothing any more; the engine calls it at the end."""
        with self._lock:
            self._pending.clear()

    def abort(self) -> None:
        """Expect nothing any more."""
        self.release(0.0)

    def close(self, timeout: float) -> None:
        """Expect nothing any more."""
        self.release(timeout)


LEDGER = CommitmentLedger()
"""The ledger of this process."""
