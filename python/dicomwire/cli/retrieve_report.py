"""How the outcome of a retrieval is told: one line or one object, and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exit_codes import ALL_WELL, INTERRUPTED, SOME_FAILED
from .output import complain, megabytes, note, print_json, print_result, speed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomwire import RetrieveReport
    from dicomwire.config import Peer

__all__ = ["tell"]

# So many instances are named on the terminal; --json has them all.
_INSTANCES_SHOWN = 20


def tell(
    report: RetrieveReport, peer: Peer, *, is_interrupted: bool, as_json: bool, quiet: bool
) -> int:
    """Print the outcome and return the exit code.

    Parameters
    ----------
    report : RetrieveReport
        The outcome.
    peer : Peer
        Who was asked.
    is_interrupted : bool
        Whether a signal ended it.
    as_json : bool
        Whether to print one object in place of a line.
    quiet : bool
        Whether to print errors only.
    """
    if not quiet:
        _name("failed", report.failed_sop_instance_uids)
        _name("missing", report.missing)
    if as_json:
        print_json(report.to_dict())
    elif not quiet:
        print_result(_summary(report))
    if is_interrupted:
        complain("interrupted: the rest was not retrieved")
        return INTERRUPTED
    status = report.status
    if status is not None and not (status.is_success or status.is_warning):
        complain(f"{peer} ended the retrieval with {status}")
        return SOME_FAILED
    return SOME_FAILED if report.failed or report.missing else ALL_WELL


def _name(what: str, uids: Sequence[str]) -> None:
    for uid in uids[:_INSTANCES_SHOWN]:
        note(f"{what}: {uid}")
    if len(uids) > _INSTANCES_SHOWN:
        note(f"{what}: {len(uids) - _INSTANCES_SHOWN} more, --json names all of them")


def _summary(report: RetrieveReport) -> str:
    """Make the line that is printed at the end."""
    text = f"retrieved {report.completed}, warnings {report.warning}, failed {report.failed}"
    if report.remaining:
        text += f", not done {report.remaining}"
    if report.missing:
        text += f", missing {len(report.missing)}"
    if not report.bytes:
        return f"{text}: {report.seconds:.2f} s"
    return (
        f"{text}: {megabytes(report.bytes)} in {report.seconds:.2f} s "
        f"({speed(report.bytes, report.seconds)})"
    )
