"""One transaction of storage commitment: asked for, answered, reported (PS3.4 annex J)."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dicomwire.status import Status

    from .instance import CommitmentInstance
    from .report import CommitmentReport

__all__ = ["CommitmentTransaction", "Pattern"]

Pattern = Literal["association", "listener"]


class CommitmentTransaction:
    """The instances that share a Transaction UID, and what became of them.

    It is complete when the request was refused, or when its event report is there; a report that
    overtakes the answer to the request counts when the answer has come.

    Parameters
    ----------
    uid : str
        Transaction UID (0008,1195).
    asked : sequence of CommitmentInstance
        What is asked for, each instance once.

    Attributes
    ----------
    uid : str
        Transaction UID (0008,1195).
    asked : tuple of CommitmentInstance
        What was asked for.
    status : Status or None
        The answer to the N-ACTION request; None before it, or if it was lost, or if another
        process sent the request.
    committed : tuple of CommitmentInstance
        What was asked for and the peer committed itself to.
    failed : tuple of CommitmentInstance
        What it did not, with the reasons. An instance in both lists of a report is here.
    missing : tuple of CommitmentInstance
        What was asked for and is in neither list, or all if the request was refused or could
        not be sent: nobody committed himself to these.
    unexpected : tuple of CommitmentInstance
        What was reported and not asked for, or with another SOP class.
    report : CommitmentReport or None
        What the peer reported.
    pattern : {"association", "listener"} or None
        Whether the report came on an association of ours or to a listener.
    seconds : float
        From the request to the report, or until now.
    """

    def __init__(self, uid: str, asked: Sequence[CommitmentInstance]) -> None:
        self.uid = uid
        self.asked = tuple(asked)
        self.status: Status | None = None
        self.committed: tuple[CommitmentInstance, ...] = ()
        self.failed: tuple[CommitmentInstance, ...] = ()
        self.missing: tuple[CommitmentInstance, ...] = ()
        self.unexpected: tuple[CommitmentInstance, ...] = ()
        self.report: CommitmentReport | None = None
        self.pattern: Pattern | None = None
        self._is_answered = False
        self._is_complete = False
        self._began = time.monotonic()
        self._took: float | None = None
        self._lock = threading.Lock()
        self._on_complete: Callable[[CommitmentTransaction], None] | None = None
        self._asked_uids = frozenset(instance.sop_instance_uid for instance in self.asked)
        self._committed_uids: frozenset[str] = frozenset()

    @property
    def is_complete(self) -> bool:
        """Whether nothing more is to come."""
        return self._is_complete

    @property
    def is_awaited(self) -> bool:
        """Whether the request was answered, or its answer lost, and the report is to come."""
        return self._is_answered and not self._is_complete

    @property
    def is_refused(self) -> bool:
        """Whether the peer refused the request."""
        return self.status is not None and self.status.is_failure

    @property
    def is_unsent(self) -> bool:
        """Whether the request could not be sent."""
        return self._is_complete and self.status is None and self.report is None

    @property
    def seconds(self) -> float:
        """Seconds from the request to the report, or until now."""
        return time.monotonic() - self._began if self._took is None else self._took

    def is_committed(self, sop_instance_uid: str) -> bool | None:
        """Say whether an instance is committed; None: it was not asked for, or is pending."""
        if not self._is_complete or sop_instance_uid not in self._asked_uids:
            return None
        return sop_instance_uid in self._committed_uids

    def begin(self, on_complete: Callable[[CommitmentTransaction], None]) -> None:
        """Start the clock, and say whom to call when it is complete, on whichever thread."""
        self._began = time.monotonic()
        self._on_complete = on_complete

    def answered(self, status: Status | None) -> None:
        """Take note of the answer to the N-ACTION request.

        Parameters
        ----------
        status : Status or None
            The answer. None: we have none, and the peer may have the request all the same.
        """
        with self._lock:
            self.status = status
            self._is_answered = True
            if self.is_refused:
                # A report that came before would contradict this, and nothing is committed then.
                self.report, self.pattern = None, None
                self.missing = self.asked
        self._conclude()

    def abandoned(self) -> None:
        """Take note that the request was not sent: nobody will report on it, and none is told."""
        with self._lock:
            self.missing = self.asked
            self._took = 0.0
            self._is_complete = True

    def reported(self, report: CommitmentReport, pattern: Pattern) -> None:
        """Take note of the event report; only the first one counts."""
        with self._lock:
            if self.report is not None or self._is_complete:
                return
            self.report, self.pattern = report, pattern
        self._conclude()

    def _conclude(self) -> None:
        """Complete it if answer and report are there; tell whoever wants to know, once."""
        with self._lock:
            is_over = self._is_answered and (self.is_refused or self.report is not None)
            if self._is_complete or not is_over:
                return
            if self.report is not None:
                self._compare(self.report)
            self._took = time.monotonic() - self._began
            self._is_complete = True
        if self._on_complete is not None:
            self._on_complete(self)

    def _compare(self, report: CommitmentReport) -> None:
        """Hold the report against what was asked for."""
        asked = {instance.sop_instance_uid: instance for instance in self.asked}
        failed: dict[str, CommitmentInstance] = {}
        committed: dict[str, CommitmentInstance] = {}
        unexpected: list[CommitmentInstance] = []
        for instance in report.failed:
            ours = asked.get(instance.sop_instance_uid)
            if ours is None:
                unexpected.append(instance)
            else:
                # With 0x0119 the peer may name the SOP class it has.
                failed.setdefault(instance.sop_instance_uid, instance.known_by(ours.path))
        for instance in report.committed:
            ours = asked.get(instance.sop_instance_uid)
            if ours is None or ours.sop_class_uid != instance.sop_class_uid:
                unexpected.append(instance)
            elif instance.sop_instance_uid not in failed:
                committed.setdefault(instance.sop_instance_uid, instance.known_by(ours.path))
        self.committed = tuple(committed.values())
        self._committed_uids = frozenset(committed)
        self.failed = tuple(failed.values())
        self.unexpected = tuple(unexpected)
        self.missing = tuple(
            instance
            for uid, instance in asked.items()
            if uid not in committed and uid not in failed
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        seconds = self.seconds
        state = {name: value for name, value in vars(self).items() if name != "_lock"}
        return {**state, "_on_complete": None, "_took": seconds}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the state another process had."""
        vars(self).update(state, _lock=threading.Lock())

    def __repr__(self) -> str:
        how = "complete" if self.is_complete else "pending"
        return f"<CommitmentTransaction {self.uid}: {len(self.asked)} instances, {how}>"
