"""The report of a send: one JSON line for each instance, written when its result is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self, TextIO

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from dicomwire import StoreResult

__all__ = ["SendReport", "report_line"]


def report_line(result: StoreResult) -> dict[str, Any]:
    """Make the object that stands on the line of a result."""
    line = {
        "path": None if result.path is None else str(result.path),
        "sop_instance_uid": result.sop_instance_uid or None,
        "status": None if result.status is None else f"0x{result.status:04X}",
        "error": result.error,
    }
    if (original := getattr(result, "original_sop_instance_uid", None)) is not None:
        line["original_sop_instance_uid"] = original
    return line


class SendReport:
    """Write results to a file as they come; without a file, do nothing.

    Parameters
    ----------
    path : Path or None
        The file, which is replaced.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = None

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
        """Add the line of a result."""
        self.write_line(report_line(result))

    def write_line(self, line: dict[str, Any]) -> None:
        """Add a line and hand it to the operating system, so that it survives a crash of ours."""
        if self._file is not None:
            # A path may hold bytes that are no text; they are escaped and not lost.
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
