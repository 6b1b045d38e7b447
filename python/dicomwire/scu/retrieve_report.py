"""What became of a retrieval: its final response, and the fate of every instance we saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dicomwire.errors import RetrieveError

if TYPE_CHECKING:
    from pathlib import Path

    from dicomwire.status import Status

__all__ = ["RetrieveProgress", "RetrieveReport", "RetrievedInstance"]

_NAMED = 3


@dataclass(slots=True, frozen=True)
class RetrievedInstance:
    """An instance that came, and what we answered.

    Attributes
    ----------
    sop_class_uid, sop_instance_uid : str
        What it is.
    status : Status
        What we answered to its C-STORE request.
    path : Path or None
        The file, if it was written.
    bytes : int
        Size of the data set.
    error : str or None
        Why it was refused.
    """

    sop_class_uid: str
    sop_instance_uid: str
    status: Status
    path: Path | None = None
    bytes: int = 0
    error: str | None = None

    @property
    def is_stored(self) -> bool:
        """Whether it was taken."""
        return not self.status.is_failure


@dataclass(slots=True, frozen=True)
class RetrieveProgress:
    """How far a retrieval has come.

    Attributes
    ----------
    remaining : int or None
        Sub-operations still to come, if the peer tells.
    completed, failed, warning : int
        Sub-operations done.
    bytes : int
        Bytes of the data sets we received; 0 if they go to somebody else.
    seconds : float
        Since the request.
    """

    remaining: int | None
    completed: int
    failed: int
    warning: int
    bytes: int
    seconds: float


@dataclass(slots=True)
class RetrieveReport:
    """The account of a C-MOVE or C-GET.

    Attributes
    ----------
    status : Status or None
        The final response (PS3.4 Tables C.4-2 and C.4-3); None if none came.
    completed, failed, warning, remaining : int
        The sub-operations as the peer counts them, or as we saw them if it does not count. If a
        C-GET needed several associations: the instances.
    failed_sop_instance_uids : list of str
        What the peer names as failed, and what we refused.
    bytes : int
        Bytes of the data sets we received.
    seconds : float
        From the request to the last instance.
    received : int or None
        Instances we received; None if they went to somebody else.
    expected : int or None
        How many instances there should be, as far as a query or the peer's counters tell.
    missing : list of str
        SOP Instance UIDs of the instances that should have come here and did not, if they could
        be found out; the peer's failures are among them.
    instances : list of RetrievedInstance
        Every instance that came here, also those that were refused.
    destination : str or None
        The AE title the instances were sent to by C-MOVE.
    """

    status: Status | None = None
    completed: int = 0
    failed: int = 0
    warning: int = 0
    remaining: int = 0
    failed_sop_instance_uids: list[str] = field(default_factory=list)
    bytes: int = 0
    seconds: float = 0.0
    received: int | None = None
    expected: int | None = None
    missing: list[str] = field(default_factory=list)
    instances: list[RetrievedInstance] = field(default_factory=list)
    destination: str | None = None

    def raise_for_failures(self) -> RetrieveReport:
        """Return the report itself, or raise unless all instances are where they should be.

        Raises
        ------
        RetrieveError
            If the status is a failure or a cancellation, or instances failed or are missing.
        """
        problems = []
        status = self.status
        if status is None:
            problems.append("ended without a final response")
        elif status.is_failure or status.is_cancel:
            problems.append(f"ended with {status}")
        elif status.is_warning and not (self.failed or self.warning or self.missing):
            # PS3.4 table C.4-2: one or more sub-operations failed, or had warnings.
            problems.append(f"ended with {status}, which does not say what failed")
        if self.remaining and status is not None and status.is_success:
            problems.append(f"{self.remaining} were not done, though it ended with {status}")
        if self.failed:
            problems.append(f"{self.failed} failed{_named(self.failed_sop_instance_uids)}")
        if self.missing:
            problems.append(f"{len(self.missing)} are missing{_named(self.missing)}")
        elif not self.failed and self.expected is not None:
            done = self.completed + self.warning if self.received is None else self.received
            if done < self.expected:
                problems.append(f"{self.expected - done} of {self.expected} are missing")
        if not problems:
            return self
        where = "" if self.destination is None else f" to {self.destination}"
        raise RetrieveError(
            f"the retrieval{where}: {', '.join(problems)}",
            status=status,
            category=None if status is None else status.category,
            comment=None if status is None else status.comment,
            response=self,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the account as plain values, for JSON; of the instances only their number."""
        return {
            "status": None if self.status is None else f"0x{self.status:04X}",
            "completed": self.completed,
            "failed": self.failed,
            "warning": self.warning,
            "remaining": self.remaining,
            "failed_sop_instance_uids": list(self.failed_sop_instance_uids),
            "bytes": self.bytes,
            "seconds": self.seconds,
            "received": self.received,
            "expected": self.expected,
            "missing": list(self.missing),
            "destination": self.destination,
        }


def _named(uids: list[str]) -> str:
    if not uids:
        return ""
    more = f" and {len(uids) - _NAMED} more" if len(uids) > _NAMED else ""
    return f" ({', '.join(uids[:_NAMED])}{more})"
