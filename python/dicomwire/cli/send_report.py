"""The report of a send: one JSON line for each instance, written when its result is known."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Self, TextIO

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from dicomwire import StoreResult

__all__ = ["FAILED_OUTCOMES", "SendReport", "report_line"]

FAILED_OUTCOMES = ("failed", "unconfirmed")
"""The outcomes of an instance that a report counts as failed."""

_Identity = tuple[str | None, str | None]


def report_line(result: StoreResult) -> dict[str, Any]:
    """Make the object that stands on the line of a result."""
    return {
        "path": None if result.path is None else str(result.path),
        "sop_instance_uid": result.sop_instance_uid or None,
        "status": None if result.status is None else f"0x{result.status:04X}",
        "error": result.error,
    }


def _identity(result: StoreResult) -> _Identity:
    """Say which input a result belongs to."""
    return (
        None if result.path is None else str(result.path),
        result.sop_instance_uid or None,
    )


class SendReport:
    """Write results to a file as they come; with no file, only count them.

    Parameters
    ----------
    path : Path or None
        The file, which is replaced.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._written: Counter[_Identity] = Counter()

    def __enter__(self) -> Self:
        """Open the file, before anything is sent.

        Raises
        ------
        ConfigError
            If it cannot be written.
        """
        if self._path is not None:
            try:
                self._file = self._path.open("w", encoding="utf-8")
            except OSError as error:
                raise ConfigError(f"cannot write the report {self._path}: {error}") from error
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def write(self, result: StoreResult) -> None:
        """Add a line and hand it to the operating system, so that it survives a crash of ours."""
        if result.outcome in FAILED_OUTCOMES:
            self._written[_identity(result)] += 1
        if self._file is not None:
            # A path may hold bytes that are no text; they are escaped and not lost.
            line = json.dumps(report_line(result))
            self._file.write(line + "\n")
            self._file.flush()

    def missing(self, failures: Iterable[StoreResult]) -> Iterator[StoreResult]:
        """Return the failures that were not written yet.

        Parameters
        ----------
        failures : iterable of StoreResult
            All failures of the send.

        Yields
        ------
        StoreResult
            Those without a line.
        """
        seen: Counter[_Identity] = Counter()
        for result in failures:
            identity = _identity(result)
            seen[identity] += 1
            if seen[identity] > self._written[identity]:
                yield result
