"""What became of the instances of a storage commitment request (PS3.4 annex J)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

from dicomwire.errors import CommitmentError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dicomwire.status import Status

    from .instance import CommitmentInstance
    from .transaction import CommitmentTransaction, Pattern

__all__ = ["CommitmentResult", "Unreadable", "Waiting", "check_seconds"]

# So many instances are named in the message of an error.
_NAMED = 3


@dataclass(slots=True, frozen=True)
class Unreadable:
    """A file that was to be committed and does not say which instance it is.

    Attributes
    ----------
    path : Path or None
        The file.
    error : str
        What is wrong with it.
    """

    path: Path | None
    error: str


class Waiting(Protocol):
    """How to wait for the reports of a result: whoever made the request knows."""

    def wait(self, result: CommitmentResult, seconds: float) -> None:
        """Return when it is complete, or when the time is over."""

    def forget(self, result: CommitmentResult) -> None:
        """Expect none of its reports any more."""


class CommitmentResult:
    """The outcome of `StorageCommitmentScu.request`, as far as it is known.

    A result is pending until the peer has reported; it completes by itself when the report comes
    to a listener, and while `wait` waits. Only what the peer names as committed is `committed`.

    Parameters
    ----------
    transactions : sequence of CommitmentTransaction
        One, or several if the request was divided.
    unreadable : sequence of Unreadable
        Files that could not be asked for.
    waiting : Waiting, optional
        How to wait for the reports; without it nobody hears them.

    Attributes
    ----------
    transactions : tuple of CommitmentTransaction
        One, or several if the request was divided (``max_instances=``).
    unreadable : tuple of Unreadable
        Files that could not be asked for, since they do not say which instance they are.
    """

    def __init__(
        self,
        transactions: Sequence[CommitmentTransaction],
        unreadable: Sequence[Unreadable] = (),
        waiting: Waiting | None = None,
    ) -> None:
        self.transactions = tuple(transactions)
        self.unreadable = tuple(unreadable)
        self._waiting = waiting

    @property
    def transaction_uid(self) -> str:
        """Transaction UID (0008,1195), the first one if the request was divided."""
        return self.transactions[0].uid

    @property
    def transaction_uids(self) -> list[str]:
        """All of them; with these `StorageCommitmentScu.expect` goes on after a restart."""
        return [transaction.uid for transaction in self.transactions]

    @property
    def status(self) -> Status | None:
        """The answer to the N-ACTION request; the first failure if there were several.

        None if there is none: it was lost, or another process sent the request.
        """
        statuses = [one.status for one in self.transactions if one.status is not None]
        failures = (status for status in statuses if status.is_failure)
        return next(failures, statuses[0] if statuses else None)

    @property
    def asked(self) -> list[CommitmentInstance]:
        """What was asked for."""
        return [one for transaction in self.transactions for one in transaction.asked]

    @property
    def committed(self) -> list[CommitmentInstance]:
        """What the peer committed itself to."""
        return [one for transaction in self.transactions for one in transaction.committed]

    @property
    def failed(self) -> list[CommitmentInstance]:
        """What it did not, with the reasons; an instance in both lists of a report is here."""
        return [one for transaction in self.transactions for one in transaction.failed]

    @property
    def missing(self) -> list[CommitmentInstance]:
        """What was asked for and is in neither list of the report, or was refused altogether."""
        return [one for transaction in self.transactions for one in transaction.missing]

    @property
    def pending(self) -> list[CommitmentInstance]:
        """What was asked for and not reported yet."""
        waiting = (transaction for transaction in self.transactions if not transaction.is_complete)
        return [one for transaction in waiting for one in transaction.asked]

    @property
    def unexpected(self) -> list[CommitmentInstance]:
        """What was reported and not asked for, or with another SOP class."""
        return [one for transaction in self.transactions for one in transaction.unexpected]

    @property
    def retrieve_ae_title(self) -> str | None:
        """Retrieve AE Title (0008,0054) of the report; instances may have their own."""
        return self._reported("retrieve_ae_title")

    @property
    def storage_media_file_set_id(self) -> str | None:
        """Storage Media File-Set ID (0088,0130) of the report."""
        return self._reported("storage_media_file_set_id")

    @property
    def storage_media_file_set_uid(self) -> str | None:
        """Storage Media File-Set UID (0088,0140) of the report."""
        return self._reported("storage_media_file_set_uid")

    @property
    def pattern(self) -> Pattern | None:
        """How the report came: on our ``"association"`` or to a ``"listener"``; None: it did not.

        The last one, if the request was divided.
        """
        patterns = [one.pattern for one in self.transactions if one.pattern is not None]
        return patterns[-1] if patterns else None

    @property
    def seconds(self) -> float:
        """Seconds from the request to the last report, or until now."""
        return max(transaction.seconds for transaction in self.transactions)

    @property
    def is_complete(self) -> bool:
        """Whether nothing more is to come."""
        return all(transaction.is_complete for transaction in self.transactions)

    @property
    def all_committed(self) -> bool:
        """Whether the peer committed itself to everything."""
        return not self.unreadable and all(
            one.is_complete and not one.failed and not one.missing for one in self.transactions
        )

    def is_committed(self, sop_instance_uid: str) -> bool | None:
        """Say whether an instance is committed; None: it was not asked for, or is pending."""
        answers = (one.is_committed(sop_instance_uid) for one in self.transactions)
        return next((answer for answer in answers if answer is not None), None)

    def wait(self, seconds: float) -> bool:
        """Wait until it is complete.

        A listener hears the report in any case. Without one the association that the
        `StorageCommitmentScu` keeps is attended to, or else one is opened: some peers report on
        the next association of whoever asked.

        Parameters
        ----------
        seconds : float
            How long at most.

        Returns
        -------
        bool
            Whether it is complete.

        Raises
        ------
        ConfigError
            If `seconds` cannot be.
        DicomWireError
            If an association is needed and cannot be had.
        """
        check_seconds("seconds", seconds)
        if not self.is_complete and self._waiting is not None:
            self._waiting.wait(self, seconds)
        return self.is_complete

    def forget(self) -> None:
        """Expect no report any more; one that comes is answered as of an unknown transaction."""
        if self._waiting is not None:
            self._waiting.forget(self)

    def raise_for_failures(self) -> Self:
        """Return the result itself, or raise unless everything is committed.

        Raises
        ------
        CommitmentError
            With the first instances and reasons; its `response` is this result.
        """
        if self.all_committed:
            return self
        status = self.status
        raise CommitmentError(
            self.summary,
            status=status,
            category=None if status is None else status.category,
            comment=None if status is None else status.comment,
            response=self,
        )

    @property
    def summary(self) -> str:
        """How many instances are committed, and why others are not, in one line."""
        return ": ".join([self._count(), *filter(None, ["; ".join(self._reasons())])])

    def _count(self) -> str:
        everything = len(self.asked) + len(self.unreadable)
        return f"{len(self.committed)} of {everything} instances are committed"

    def _reasons(self) -> list[str]:
        """Say in words why not all are committed."""
        reasons = []
        refused = [one for one in self.transactions if one.is_refused]
        if refused:
            count = sum(len(one.asked) for one in refused)
            reasons.append(f"the peer answered {refused[0].status} to the request for {count}")
        unsent = sum(len(one.asked) for one in self.transactions if one.is_unsent)
        if unsent:
            reasons.append(f"the request for {unsent} could not be sent")
        if self.pending:
            reasons.append(
                f"the peer has not reported on {len(self.pending)} yet "
                f"(transaction {self.transaction_uid}, {self.seconds:.0f} s)"
            )
        for instance in self.failed[:_NAMED]:
            reason = instance.failure_reason
            reasons.append(f"{instance.name}: {'no reason given' if reason is None else reason}")
        if len(self.failed) > _NAMED:
            reasons.append(f"{len(self.failed) - _NAMED} more failed")
        silent = [one for one in self.transactions if one.report is not None]
        unnamed = [one for each in silent for one in each.missing]
        if unnamed:
            reasons.append(f"{len(unnamed)} are not in the report, the first is {unnamed[0].name}")
        if self.unreadable:
            first = self.unreadable[0]
            reasons.append(f"{len(self.unreadable)} cannot be read, {first.path}: {first.error}")
        return reasons

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        status = self.status
        lists = ("committed", "failed", "missing", "pending", "unexpected")
        return {
            "transaction_uids": self.transaction_uids,
            "status": None if status is None else f"0x{status:04X}",
            "is_complete": self.is_complete,
            "all_committed": self.all_committed,
            "pattern": self.pattern,
            "retrieve_ae_title": self.retrieve_ae_title,
            "storage_media_file_set_id": self.storage_media_file_set_id,
            "storage_media_file_set_uid": self.storage_media_file_set_uid,
            **{name: [one.to_dict() for one in getattr(self, name)] for name in lists},
            "unreadable": [
                {"path": None if one.path is None else str(one.path), "error": one.error}
                for one in self.unreadable
            ],
            "seconds": round(self.seconds, 6),
        }

    def _reported(self, name: str) -> str | None:
        """Return the first value in the reports; instances of one item may have it alone."""
        for transaction in self.transactions:
            if transaction.is_complete and (value := getattr(transaction.report, name, None)):
                return str(value)
        return None

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process: there, nobody hears the report."""
        return {"transactions": self.transactions, "unreadable": self.unreadable}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the state another process had."""
        vars(self).update(state, _waiting=None)

    def __repr__(self) -> str:
        how = "complete" if self.is_complete else "pending"
        return f"<CommitmentResult {self.transaction_uid}: {self._count()}, {how}>"


def check_seconds(name: str, seconds: object) -> float:
    """Check a time to wait.

    Raises
    ------
    ConfigError
        If it is no number of seconds, or below 0.
    """
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if not is_number or not 0 <= seconds < float("inf"):  # type: ignore[operator]
        raise ConfigError(f"{name}={seconds!r}: must be a number of seconds, 0 or more")
    return float(seconds)  # type: ignore[arg-type]
