"""How the outcome of a retrieval is told: one line or one object, and an exit code."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from dicomwire.errors import DicomWireError

from .exit_codes import ALL_WELL, INTERRUPTED, SOME_FAILED
from .output import complain, megabytes, note, print_json, print_result, speed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dicomwire import QueryRetrieveScu, RetrieveReport
    from dicomwire.config import Peer

__all__ = ["tell", "telling_what_came"]

# So many instances are named on the terminal; --json has them all.
_INSTANCES_SHOWN = 20


def tell(
    report: RetrieveReport,
    peer: Peer,
    *,
    came_here: bool,
    is_interrupted: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Print the outcome and return the exit code.

    Parameters
    ----------
    report : RetrieveReport
        The outcome.
    peer : Peer
        Who was asked.
    came_here : bool
        Whether we would have seen the instances.
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
    try:
        report.raise_for_failures()
    except DicomWireError as error:
        complain(f"{peer}: {error}")
        return SOME_FAILED
    has_nothing = report.expected == 0 or (came_here and not report.received)
    if has_nothing:
        # A success of the peer all the same; whoever asked for a study wants to know.
        complain(f"{peer} sent nothing: it has no instances of what the keys say")
        return SOME_FAILED
    return ALL_WELL


@contextmanager
def telling_what_came(scu: QueryRetrieveScu, *, as_json: bool, quiet: bool) -> Iterator[None]:
    """Print what came before a retrieval broke; the error goes on to the caller.

    Parameters
    ----------
    scu : QueryRetrieveScu
        What retrieves.
    as_json : bool
        Whether to print one object in place of a line.
    quiet : bool
        Whether to print errors only.
    """
    try:
        yield
    except DicomWireError:
        report = scu.last_report
        if report is not None and report.received:
            if as_json:
                print_json(report.to_dict())
            elif not quiet:
                # There was no final response, so the peer has counted nothing.
                print_result(f"received {report.received}{_amount(report)}")
        raise


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
    return f"{text}{_amount(report)}"


def _amount(report: RetrieveReport) -> str:
    """Tell bytes and time; of what went to somebody else we did not see the bytes."""
    if not report.bytes:
        return f": {report.seconds:.2f} s"
    return (
        f": {megabytes(report.bytes)} in {report.seconds:.2f} s "
        f"({speed(report.bytes, report.seconds)})"
    )
