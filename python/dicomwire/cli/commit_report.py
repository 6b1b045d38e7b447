"""How the outcome of storage commitment is told: lines, one object, and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .exit_codes import ALL_WELL, SOME_FAILED
from .output import complain, note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomwire import CommitmentInstance, CommitmentResult
    from dicomwire.config import Peer

__all__ = ["commitment_code", "commitment_lines", "commitment_summary", "name_uncommitted"]

# So many instances are named on the terminal; --report and --json have all.
_INSTANCES_SHOWN = 20

_PATTERNS = {"association": "reported on the association", "listener": "reported by calling back"}


def commitment_lines(result: CommitmentResult) -> Iterator[dict[str, Any]]:
    """Make the objects of a report file, one for each instance.

    Parameters
    ----------
    result : CommitmentResult
        The outcome.

    Yields
    ------
    dict
        ``committed`` is true, false, or null while the peer has not reported.
    """
    for instance in result.committed:
        yield _line(instance, True, None)
    for instance in result.failed:
        yield _line(instance, False, _reason(instance))
    for instance in result.missing:
        yield _line(instance, False, _absence(result))
    for instance in result.pending:
        yield _line(instance, None, "not reported yet")
    for file in result.unreadable:
        path = None if file.path is None else str(file.path)
        yield {
            "path": path,
            "sop_instance_uid": None,
            "committed": False,
            "failure_reason": None,
            "error": file.error,
        }


def name_uncommitted(result: CommitmentResult) -> None:
    """Print the first instances that are not committed, with the reasons."""
    lines = [line for line in commitment_lines(result) if not line["committed"]]
    for line in lines[:_INSTANCES_SHOWN]:
        what = "pending" if line["committed"] is None else "not committed"
        note(f"{what}: {line['path'] or line['sop_instance_uid']}: {line['error']}")
    if len(lines) > _INSTANCES_SHOWN:
        note(f"not committed: {len(lines) - _INSTANCES_SHOWN} more, --report FILE names all")


def commitment_summary(result: CommitmentResult) -> str:
    """Make the line that is printed at the end."""
    counts = {
        "committed": len(result.committed),
        "failed": len(result.failed),
        "missing": len(result.missing) + len(result.unreadable),
    }
    text = ", ".join(f"{name} {count}" for name, count in counts.items())
    if result.pending:
        text += f", pending {len(result.pending)}"
    if result.unexpected:
        text += f", unexpected {len(result.unexpected)}"
    how = "" if result.pattern is None else f", {_PATTERNS[result.pattern]}"
    return f"{text}: {result.seconds:.2f} s{how}"


def commitment_code(result: CommitmentResult, peer: Peer, *, is_listening: bool) -> int:
    """Say in one line why not all is committed, and return the exit code."""
    if result.all_committed:
        return ALL_WELL
    hint = ""
    if result.pending and not is_listening:
        hint = "; use --listen PORT if it calls back"
    complain(f"{peer}: {result.summary}{hint}")
    return SOME_FAILED


def _line(
    instance: CommitmentInstance, committed: bool | None, error: str | None
) -> dict[str, Any]:
    reason = instance.failure_reason
    return {
        "path": None if instance.path is None else str(instance.path),
        "sop_instance_uid": instance.sop_instance_uid,
        "committed": committed,
        "failure_reason": None if reason is None else f"0x{reason:04X}",
        "error": error,
    }


def _reason(instance: CommitmentInstance) -> str:
    reason = instance.failure_reason
    return "the peer gives no reason" if reason is None else str(reason)


def _absence(result: CommitmentResult) -> str:
    if result.status is not None and result.status.is_failure:
        return f"the peer answered {result.status}"
    return "not in the peer's report"
