"""What became of the instances of a transfer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from dicomwire.errors import StoreError
from dicomwire.status import Status

if TYPE_CHECKING:
    from pathlib import Path


__all__ = ["Outcome", "ResultTuple", "StoreProgress", "StoreReport", "StoreResult"]

Outcome = Literal["sent", "warning", "failed", "unconfirmed", "skipped"]

ResultTuple: TypeAlias = (
    "tuple[Path | None, str | None, str | None, Outcome, int | None, str | None, int, float, "
    "int | None, int | None, str | None]"
)
"""What the core counts out for an instance: path, SOP class, SOP instance, outcome, status, error,
bytes, seconds, message ID, presentation context ID, original SOP instance."""


@dataclass(slots=True, frozen=True)
class StoreResult:
    """One instance's fate.

    Attributes
    ----------
    path : Path or None
        The file, or the name a Dataset came with.
    sop_class_uid, sop_instance_uid : str or None
        What it is, as far as its head could be read; if it was rewritten, what was sent.
    outcome : str
        ``"sent"``: confirmed. ``"warning"``: confirmed with a warning status. ``"failed"``:
        not sent, or refused by the peer. ``"unconfirmed"``: sent in part or whole and never
        answered, so the peer may have it or not. ``"skipped"``: left out on purpose.
    status : Status or None
        The peer's answer (PS3.4 Table B.2-1), if there was one.
    error : str or None
        What went wrong, where, and what to do; or the peer's error comment.
    bytes : int
        Size of the data set sent.
    seconds : float
        From the request to the answer.
    original_sop_instance_uid : str or None
        The SOP Instance UID it is stored with here, if `Rewrite` gave it another one.
    """

    path: Path | None
    sop_class_uid: str | None
    sop_instance_uid: str | None
    outcome: Outcome
    status: Status | None = None
    error: str | None = None
    bytes: int = 0
    seconds: float = 0.0
    original_sop_instance_uid: str | None = None

    @property
    def is_confirmed(self) -> bool:
        """Whether the peer confirmed that it has the instance."""
        return self.outcome in {"sent", "warning"}

    @classmethod
    def from_core(cls, values: ResultTuple) -> StoreResult:
        """Make a result of what the core counts out."""
        path, sop_class, instance, outcome, status, error, size, seconds, _, _, original = values
        code = None if status is None else Status(status, service="store")
        return cls(path, sop_class, instance, outcome, code, error, size, seconds, original)


@dataclass(slots=True, frozen=True)
class StoreProgress:
    """How far a transfer has come.

    Attributes
    ----------
    sent, warnings, failed, skipped : int
        Instances so far.
    bytes : int
        Bytes of confirmed data sets so far.
    seconds : float
        Since the transfer began.
    total : int or None
        All inputs, once they are all known.
    """

    sent: int
    warnings: int
    failed: int
    skipped: int
    bytes: int
    seconds: float
    total: int | None = None

    @property
    def done(self) -> int:
        """Instances with a fate."""
        return self.sent + self.warnings + self.failed + self.skipped


@dataclass(slots=True)
class StoreReport:
    """The account of a transfer: every input is counted exactly once.

    Attributes
    ----------
    sent : int
        Instances confirmed with success.
    warnings : int
        Instances confirmed with a warning.
    failed : int
        Instances not sent, refused, or never answered; each is in `failures`.
    skipped : int
        Instances left out on purpose.
    bytes : int
        Bytes of the confirmed data sets.
    seconds : float
        From the call to the last answer.
    failures : list of StoreResult
        What failed, and why.
    unread : list of StoreResult
        Results that could not be handed out any more: the loop over `StoreScu.store_iter` was
        left, or the transfer interrupted, before their turn. Each is in the counts too.
    """

    sent: int = 0
    warnings: int = 0
    failed: int = 0
    skipped: int = 0
    bytes: int = 0
    seconds: float = 0.0
    failures: list[StoreResult] = field(default_factory=list)
    unread: list[StoreResult] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All inputs."""
        return self.sent + self.warnings + self.failed + self.skipped

    def raise_for_failures(self) -> StoreReport:
        """Return the report itself, or raise if anything failed.

        Raises
        ------
        StoreError
            With the report and the first reasons.
        """
        if not self.failed:
            return self
        first = "; ".join(
            f"{failure.path or failure.sop_instance_uid}: {failure.error}"
            for failure in self.failures[:3]
        )
        more = f" (and {self.failed - 3} more)" if self.failed > 3 else ""  # noqa: PLR2004
        raise StoreError(
            f"{self.failed} of {self.total} instances failed: {first}{more}", report=self
        )
