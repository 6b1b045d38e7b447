"""The storage service: send composite instances (PS3.4 annex B)."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any, Literal

from dicomwire.errors import ConfigError, DicomWireError
from dicomwire.events import AfterCStore, BeforeCStore, PresentationContext
from dicomwire.hooks import HookAttribute
from dicomwire.logs import LOGGER_NAME
from dicomwire.pixels import decompress
from dicomwire.rewriting.rewrite import Rewrite
from dicomwire.status import Status

from .base import Scu
from .store_result import StoreProgress, StoreReport, StoreResult
from .store_run import StoreRun, StoreSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from dicomwire._core import Association, Transfer
    from dicomwire.config import AssociationOptions, Peer

    from .commitment_options import CommitmentOptions
    from .store_result import ResultTuple

__all__ = ["StoreProgress", "StoreReport", "StoreResult", "StoreScu"]

Transcode = Literal["uncompressed", "never", "any"]
OnFailure = Literal["continue", "stop"]

_MAX_ASSOCIATIONS = 64
_MAX_ATTEMPTS = 1000


def _count(name: str, value: object, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ConfigError(f"{name}={value!r}: must be an integer from 1 to {most}")
    return value


def _spec(
    associations: int,
    transcode: str,
    on_failure: str,
    attempts: int,
    check_structure: bool,
    *,
    rewrite: Rewrite | None,
    keep_all: bool,
) -> StoreSpec:
    """Check the arguments of a call."""
    if transcode not in {"uncompressed", "never", "any"}:
        raise ConfigError(f'transcode={transcode!r}: must be "uncompressed", "never" or "any"')
    if rewrite is not None and not isinstance(rewrite, Rewrite):
        raise ConfigError(f"rewrite={rewrite!r}: must be a Rewrite")
    if on_failure not in {"continue", "stop"}:
        raise ConfigError(f'on_failure={on_failure!r}: must be "continue" or "stop"')
    return StoreSpec(
        associations=_count("associations", associations, _MAX_ASSOCIATIONS),
        transcode=transcode,
        decompress=decompress if transcode == "any" else None,
        rewrite=rewrite,
        verify=check_structure,
        stop_on_failure=on_failure == "stop",
        attempts=_count("attempts", attempts, _MAX_ATTEMPTS),
        keep_all=keep_all,
    )


def _commitment_options(commit: bool | CommitmentOptions) -> CommitmentOptions | None:
    """Check how commitment is wanted; without it nothing is loaded for it."""
    if commit is False:
        return None
    from .store_commitment import check_commit

    return check_commit(commit)


class StoreScu(Scu):
    """Send instances to a storage service class provider.

    Files go from disk to the socket without being decoded when the peer accepts their
    transfer syntax; otherwise they are transcoded on their way among the uncompressed
    syntaxes. Presentation contexts are planned from the heads of the files.

    Parameters
    ----------
    peer : Peer or str
        The application entity to send to, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title.
    options : AssociationOptions, optional
        What to negotiate and how long to wait.

    Attributes
    ----------
    before_c_store : Hook of BeforeCStore
        An instance is about to be sent; it may be skipped and its priority set.
    after_c_store : Hook of AfterCStore
        The peer answered. With several associations, handlers are called from several threads.
    last_report : StoreReport or None
        The account of the latest transfer, also when it ended by an exception.

    Examples
    --------
    >>> import dicomwire as dw
    >>> from pydicom.data import get_testdata_file
    >>> with dw.DicomEngine(), dw.StorageReceiver("RX") as receiver:
    ...     scu = dw.StoreScu(f"RX@127.0.0.1:{receiver.port}")
    ...     report = scu.store(get_testdata_file("CT_small.dcm"))
    ...     print(report.sent, report.failed)
    1 0
    """

    before_c_store = HookAttribute[BeforeCStore]()
    after_c_store = HookAttribute[AfterCStore]()

    def __init__(
        self,
        peer: Peer | str,
        *,
        calling_ae_title: str = "DICOMWIRE",
        options: AssociationOptions | None = None,
    ) -> None:
        super().__init__(peer, calling_ae_title=calling_ae_title, options=options)
        self.last_report: StoreReport | None = None
        self._running: Transfer | None = None

    def store(
        self,
        source: object,
        *,
        associations: int = 1,
        transcode: Transcode = "uncompressed",
        rewrite: Rewrite | None = None,
        on_failure: OnFailure = "continue",
        progress: Callable[[StoreProgress], object] | None = None,
        check_structure: bool = True,
        attempts: int = 3,
        commit: bool | CommitmentOptions = False,
    ) -> StoreReport:
        """Send everything and report every instance's fate.

        Parameters
        ----------
        source : path, bytes, Dataset, or an iterable of these
            A file, a directory (recursive), a DICOMDIR, a whole file in memory, a pydicom
            Dataset. An iterator is read on the calling thread, not far ahead of the wire.
        associations : int
            How many associations to use at once, 1 to 64.
        transcode : {"uncompressed", "never", "any"}
            Whether instances in an uncompressed syntax that the peer does not accept are
            transcoded to one it does. ``"any"`` also decompresses compressed ones, by
            pydicom's decoders and the codecs that are installed (``dicomwire[pixels]``).
        rewrite : Rewrite, optional
            What to change in the instances on their way. Files stay as they are.
        on_failure : {"continue", "stop"}
            Whether the first failure ends the transfer; the rest is then skipped.
        progress : callable, optional
            Called with a `StoreProgress` on the calling thread, at most every 50 ms.
        check_structure : bool
            Whether the element structure of each file is checked before it is sent, so that
            a truncated file is a failure here and not damage over there.
        attempts : int
            How many associations in a row may end without a confirmed instance before the
            rest is given up.
        commit : bool or CommitmentOptions
            Whether the peer is asked, after sending, to commit itself to keep what it confirmed
            (PS3.4 annex J), and how. `StoreReport.commitment` has the outcome.

        Returns
        -------
        StoreReport
            Failures are data here; see `StoreReport.raise_for_failures`. So is a commitment that
            cannot be had: `StoreReport.commitment_error`.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        ConfigError
            If an argument cannot be.
        TransportError, DicomTimeout, AssociationRejected, AssociationAborted, ProtocolError
            If not even the first association came about. Later ones only fail instances.
        StoreInterrupted
            On Ctrl-C, with the report so far.
        BaseException
            Whatever an event handler, a function of `rewrite` or the source raises;
            `last_report` tells what was sent.
        """
        options = _commitment_options(commit)
        spec = _spec(
            associations,
            transcode,
            on_failure,
            attempts,
            check_structure,
            rewrite=rewrite,
            keep_all=options is not None,
        )
        run = StoreRun(source, spec, progress, self._start, self._end)
        with self._exclusively("store"):
            report = self.last_report = run.report
            if options is None:
                for _ in run.results():
                    pass
            else:
                report.confirmed = []
                report.confirmed.extend(one for one in run.results() if one.is_confirmed)
        if options is not None:
            from .store_commitment import commit_stored

            commit_stored(self, report, options)
        return report

    def store_iter(
        self,
        source: object,
        *,
        associations: int = 1,
        transcode: Transcode = "uncompressed",
        rewrite: Rewrite | None = None,
        on_failure: OnFailure = "continue",
        progress: Callable[[StoreProgress], object] | None = None,
        check_structure: bool = True,
        attempts: int = 3,
    ) -> Iterator[StoreResult]:
        """Send everything and yield each instance's result as it completes.

        Leaving the loop early ends the transfer after the instances in hand; `last_report`
        then holds the account. Parameters and exceptions are those of `store`, but for commitment:
        hand the results to `StorageCommitmentScu.request`.

        Yields
        ------
        StoreResult
            In the order of completion.
        """
        spec = _spec(
            associations,
            transcode,
            on_failure,
            attempts,
            check_structure,
            rewrite=rewrite,
            keep_all=True,
        )
        return self._iterate(StoreRun(source, spec, progress, self._start, self._end))

    def _iterate(self, run: StoreRun) -> Iterator[StoreResult]:
        with self._exclusively("store_iter"):
            self.last_report = run.report
            yield from run.results()

    @contextlib.contextmanager
    def _relaying(self, pairs: Sequence[tuple[str, str]]) -> Iterator[Association]:
        """Lend an association that takes instances on; for `QueryRetrieveScu.get`.

        Parameters
        ----------
        pairs : sequence of (str, str)
            SOP class and transfer syntax of what may come, at most 128.
        """
        contexts = [
            PresentationContext(2 * place + 1, sop_class, [syntax])
            for place, (sop_class, syntax) in enumerate(pairs)
        ]
        association = self._open(contexts)
        try:
            yield association
        except BaseException:
            self._drop(association)
            raise
        self._at_work.discard(association)
        self._end([association])

    def _start(self, spec: StoreSpec) -> Transfer:
        """Start the workers of a transfer, on the associations kept open if there are any."""
        from dicomwire._core import Transfer

        kept = self._idle.take_all()
        events = self._subscribed()
        dispatch = self._dispatch if events else None
        self._running = Transfer.start(self._spec([]), spec, dispatch, events, self._log(), kept)
        return self._running

    def _end(self, associations: list[Association]) -> None:
        """Keep the associations a transfer leaves, or release them."""
        self._running = None
        if self._keeping:
            self._idle.put(associations)
            return
        for association in associations:
            try:
                association.release()
            except DicomWireError as error:
                # Every instance was answered: nothing is lost with the release.
                logging.getLogger(LOGGER_NAME).info("the release was not confirmed: %s", error)

    def abort(self) -> None:
        """Abort the associations at once; may be called from another thread.

        The running `store` ends with a report in which what was confirmed is confirmed and
        the instances in hand are unconfirmed.
        """
        if (running := self._running) is not None:
            running.interrupt(True)
        super().abort()

    def cancel(self) -> None:
        """End the running transfer after the instances in hand; from any thread."""
        if (running := self._running) is not None:
            running.interrupt(False)

    def _on_before_c_store(
        self,
        path: Path | None,
        sop_class: str,
        instance: str,
        syntax: str,
        context: int,
        message: int,
    ) -> tuple[bool, int]:
        def load() -> Any:  # noqa: ANN401 (a Dataset)
            from pydicom import dcmread

            if path is None:
                raise ConfigError("the instance came from memory: its Dataset is with the caller")
            return dcmread(path, stop_before_pixels=True, force=True)

        event = BeforeCStore(path, sop_class, instance, syntax, context, message, loader=load)
        self.before_c_store.fire(event)
        return event.skip, event.priority

    def _on_after_c_store(self, values: ResultTuple) -> None:
        path, sop_class, instance, _, status, _, size, seconds, message, context, _ = values
        assert sop_class is not None and instance is not None  # noqa: S101, PT018 (it was sent)
        assert status is not None and message is not None and context is not None  # noqa: S101, PT018
        code = Status(status, service="store")
        self.after_c_store.fire(
            AfterCStore(path, sop_class, instance, message, code, size, seconds, context)
        )
