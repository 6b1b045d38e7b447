"""How the matches of a query are written, format by format, while they come."""

from __future__ import annotations

import io
import sys
from typing import IO, TYPE_CHECKING, Any

from dicomwire.errors import DicomWireError

from .find_table import write_table
from .formats import BINARY_FORMATS, Format
from .output_files import open_binary, open_text
from .row_output import require_pyarrow, write_batches, write_json, write_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from dicomwire import FindResult

__all__ = ["FindOutput"]

_JSON = frozenset({Format.JSON, Format.JSONL})


class FindOutput:
    """Where matches go, and what could not be written of them.

    Parameters
    ----------
    form : Format
        How to write.
    output : Path or None
        The file; None stands for standard output.

    Attributes
    ----------
    failures : list of str
        Matches that have no JSON, with the reason.

    Raises
    ------
    ConfigError
        If the format needs a library that is not installed.
    """

    def __init__(self, form: Format, output: Path | None) -> None:
        self.failures: list[str] = []
        self._form = form
        self._output = output
        if form in BINARY_FORMATS:
            require_pyarrow(form)

    @property
    def failed(self) -> int:
        """How many matches could not be written."""
        return len(self.failures)

    @property
    def is_for_terminal(self) -> bool:
        """Whether somebody watches the matches come."""
        return self._output is None and sys.stdout.isatty()

    def write(
        self, result: FindResult, shown: Sequence[str], progress: Callable[[int], object]
    ) -> None:
        """Write all matches.

        Parameters
        ----------
        result : FindResult
            The matches.
        shown : sequence of str
            What a table shows of them.
        progress : callable
            Gets the number of matches so far, now and then.
        """
        if self._form in BINARY_FORMATS:
            with open_binary(self._output, self._form) as binary:
                reader = result.to_reader()
                batches = self._batches(reader, progress)
                write_batches(batches, reader.schema, self._form, binary)
            return
        with open_text(self._output) as file:
            if file is sys.stdout and isinstance(sys.stdout, io.TextIOWrapper):
                # Whoever reads sees a match when it came, not when there are many.
                sys.stdout.reconfigure(line_buffering=True)
            if self._form in _JSON:
                write_json(self._texts(result, progress), self._form, file)
            else:
                self._write_rows(result, shown, progress, file)

    def _write_rows(
        self,
        result: FindResult,
        shown: Sequence[str],
        progress: Callable[[int], object],
        file: IO[str],
    ) -> None:
        rows = _counted(result.dicts(), progress)
        if self._form is Format.TABLE:
            write_table(rows, result.columns, shown, file)
        else:
            write_rows(rows, result.columns, self._form, file)

    def _texts(self, datasets: FindResult, progress: Callable[[int], object]) -> Iterator[str]:
        """Write each match in the DICOM JSON model (PS3.18 annex F)."""
        from dicomwire.dataset.json_model import to_json

        for number, dataset in enumerate(datasets):
            try:
                text = to_json(dataset)
            except (DicomWireError, ValueError, TypeError, NotImplementedError) as error:
                self.failures.append(f"match {number}: {error}")
            else:
                yield text
            progress(number + 1)

    @staticmethod
    def _batches(
        reader: pa.RecordBatchReader, progress: Callable[[int], object]
    ) -> Iterator[pa.RecordBatch]:
        rows = 0
        for batch in reader:
            yield batch
            rows += len(batch)
            progress(rows)


def _counted(
    rows: Iterator[dict[str, Any]], progress: Callable[[int], object]
) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows, start=1):
        yield row
        progress(number)
