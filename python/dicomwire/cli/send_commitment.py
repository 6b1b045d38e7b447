"""``dicomwire send --commit``: storage commitment of what was sent (PS3.4 annex J)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .commit_report import (
    commitment_code,
    commitment_lines,
    commitment_summary,
    name_uncommitted,
)
from .exit_codes import ALL_WELL, SOME_FAILED
from .output import complain, print_result

if TYPE_CHECKING:
    from dicomwire import EventListener, StoreReport, StoreScu
    from dicomwire.config import Peer

    from .send_report import SendReport

__all__ = ["commit_sent", "sent_code", "tell_commitment"]

_WAIT = 30.0


def commit_sent(
    scu: StoreScu,
    outcome: StoreReport,
    wait: float | None,
    listener: EventListener | None,
    lines: SendReport,
) -> bool:
    """Ask for the commitment of what was confirmed; return whether a signal ended it."""
    from dicomwire import CommitmentOptions, StoreInterrupted
    from dicomwire.scu.store_commitment import commit_stored

    options = CommitmentOptions(wait=_WAIT if wait is None else wait, listener=listener)
    try:
        commit_stored(scu, outcome, options)
    except StoreInterrupted:
        return True
    finally:
        if outcome.commitment is not None:
            for line in commitment_lines(outcome.commitment):
                lines.write_line(line)
    return False


def tell_commitment(outcome: StoreReport) -> None:
    """Print what is committed and what is not, if it was asked for."""
    if outcome.commitment is not None:
        name_uncommitted(outcome.commitment)
        print_result(commitment_summary(outcome.commitment))


def sent_code(outcome: StoreReport, peer: Peer, *, is_listening: bool) -> int:
    """Return the exit code, and say in one line why not all is committed."""
    code = ALL_WELL
    if outcome.commitment_error is not None:
        complain(outcome.commitment_error)
        code = SOME_FAILED
    elif outcome.commitment is not None:
        code = commitment_code(outcome.commitment, peer, is_listening=is_listening)
    return SOME_FAILED if outcome.failed else code
