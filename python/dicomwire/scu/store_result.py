"""What became of the instances of a transfer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from dicomwire.errors import StoreError
from dicomwire.status import Status

if TYPE_CHECKING:
    from pathlib import Path

    from dicomwire.commitment import CommitmentResult

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
    committed : bool or None
        Whether the peer committed itself to keep it (PS3.4 annex J); None if it was not asked
        or has not reported yet. Set in `StoreReport.results`.
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
    committed: bool | None = None

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
    confirmed : list of StoreResult or None
        What the peer confirmed. Kept only for storage commitment (``commit=``), since a transfer
        may have millions; `results` has them with what is known of it.
    commitment : CommitmentResult or None
        What the peer reported on storage commitment, if it was asked for (``commit=``).
    commitment_error : str or None
        Why it could not be asked for.
    """

    sent: int = 0
    warnings: int = 0
    failed: int = 0
    skipped: int = 0
    bytes: int = 0
    seconds: float = 0.0
    failures: list[StoreResult] = field(default_factory=list)
    unread: list[StoreResult] = field(default_factory=list)
    confirmed: list[StoreResult] | None = field(default=None, repr=False)
    commitment: CommitmentResult | None = None
    commitment_error: str | None = None

    @property
    def total(self) -> int:
        """All inputs."""
        return self.sent + self.warnings + self.failed + self.skipped

    @property
    def results(self) -> list[StoreResult]:
        """What was confirmed, with ``committed`` as it is known now, and then the failures.

        Without ``commit=`` only the failures are kept.
        """
        commitment = self.commitment
        confirmed = self.confirmed or []
        if commitment is not None:
            confirmed = [
                replace(result, committed=commitment.is_committed(result.sop_instance_uid or ""))
                for result in confirmed
            ]
        return [*confirmed, *self.failures]

    def raise_for_failures(self) -> StoreReport:
        """Return the report itself, or raise if anything failed or is not committed as asked.

        Raises
        ------
        StoreError
            With the report and the first reasons.
        """
        reasons = [reason for reason in (self._sending(), self._committing()) if reason]
        if reasons:
            raise StoreError("; ".join(reasons), report=self)
        return self

    def _sending(self) -> str | None:
        if not self.failed:
            return None
        first = "; ".join(
            f"{failure.path or failure.sop_instance_uid}: {failure.error}"
            for failure in self.failures[:3]
        )
        more = f" (and {self.failed - 3} more)" if self.failed > 3 else ""  # noqa: PLR2004
        return f"{self.failed} of {self.total} instances failed: {first}{more}"

    def _committing(self) -> str | None:
        if self.commitment_error is not None:
            return self.commitment_error
        if self.commitment is None or self.commitment.all_committed:
            return None
        return self.commitment.summary
