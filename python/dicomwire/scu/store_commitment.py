"""Storage commitment of what was just stored (PS3.4 annexes B and J)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError, DicomWireError, StateError, StoreInterrupted

from .commitment_options import CommitmentOptions, hear
from .storage_commitment import StorageCommitmentScu

if TYPE_CHECKING:
    from dicomwire.commitment import CommitmentResult

    from .base import Scu
    from .store_result import StoreReport

__all__ = ["check_commit", "commit_stored"]


def check_commit(commit: object) -> CommitmentOptions | None:
    """Check the argument of `StoreScu.store`; None: commitment is not wanted.

    Raises
    ------
    ConfigError
        If it is neither a bool nor `CommitmentOptions`.
    StateError
        If its listener does not run.
    """
    if isinstance(commit, bool):
        return CommitmentOptions() if commit else None
    if not isinstance(commit, CommitmentOptions):
        raise ConfigError(f"commit={commit!r}: must be True, False or CommitmentOptions")
    if commit.listener is not None:
        # Now, and not when everything is sent.
        hear(commit.listener)
    return commit


def commit_stored(store: Scu, report: StoreReport, options: CommitmentOptions) -> None:
    """Ask for the commitment of what was confirmed; whatever goes wrong is told in the report.

    Parameters
    ----------
    store : Scu
        Who stored it.
    report : StoreReport
        Its account, with the results in ``confirmed``; the outcome is booked there.
    options : CommitmentOptions
        Whom to ask, and how.

    Raises
    ------
    StoreInterrupted
        On Ctrl-C, with the report so far.
    BaseException
        Whatever an event handler raises.
    """
    if not report.confirmed:
        return
    scu = options.scu
    if scu is None:
        scu = StorageCommitmentScu(
            store.peer, calling_ae_title=store.calling_ae_title, options=store.options
        )
    scu.last_result = None
    try:
        report.commitment = scu.request(
            report,
            wait=options.wait,
            listener=options.listener,
            listen=options.listen,
            max_instances=options.max_instances,
        )
    except StateError as error:
        # If another thread is using it, its last result is that of the other thread.
        report.commitment_error = f"storage commitment was not requested of {scu.peer}: {error}"
    except DicomWireError as error:
        report.commitment = scu.last_result
        is_sent = _is_sent(scu.last_result)
        what = "was requested and may not have reached" if is_sent else "was not requested of"
        report.commitment_error = f"storage commitment {what} {scu.peer}: {error}"
    except KeyboardInterrupt as error:
        report.commitment = scu.last_result
        raise StoreInterrupted(
            f"interrupted while waiting for storage commitment: {len(report.confirmed)} "
            "instances were confirmed",
            report=report,
        ) from error
    except BaseException:
        report.commitment = scu.last_result
        raise


def _is_sent(result: CommitmentResult | None) -> bool:
    return result is not None and not all(one.is_unsent for one in result.transactions)
