"""From an Arrow stream to the data frames of other libraries, which are imported when asked for."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["ArrowStreamed"]


class ArrowStreamed:
    """What has an Arrow stream, read as a table by the libraries that know such streams."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Take the rows as an Arrow stream (the Arrow PyCapsule interface)."""
        raise NotImplementedError

    def _take_raised(self) -> BaseException | None:
        """Return what ended the stream, if an exception did."""
        raise NotImplementedError

    def _settle(self) -> None:
        """Look at how it went after the last row."""

    def to_reader(self) -> pa.RecordBatchReader:
        """Take the rows as a pyarrow reader: batch by batch, so that memory is bounded.

        What ends the rows early is raised by the reader as what it is.

        Raises
        ------
        ConfigError
            If pyarrow is not installed.
        StateError
            If the rows were taken already.
        """
        readers = _library("pyarrow").RecordBatchReader
        stream = readers.from_stream(self)
        reader: pa.RecordBatchReader = readers.from_batches(stream.schema, self._batches(stream))
        return reader

    def to_arrow(self) -> pa.Table:
        """Take the rows as a pyarrow table.

        Raises
        ------
        ConfigError
            If pyarrow is not installed.
        StateError
            If the rows were taken already.
        """
        pyarrow = _library("pyarrow")
        with self._interruptible():
            table: pa.Table = pyarrow.RecordBatchReader.from_stream(self).read_all()
        self._settle()
        return table

    def to_polars(self) -> pl.DataFrame:
        """Take the rows as a polars data frame.

        Raises
        ------
        ConfigError
            If polars is not installed.
        StateError
            If the rows were taken already.
        """
        polars = _library("polars")
        with self._interruptible():
            frame: pl.DataFrame = polars.DataFrame(self)
        self._settle()
        return frame

    def to_pandas(self) -> pd.DataFrame:
        """Take the rows as a pandas data frame with Arrow types, so that numbers may be absent.

        Raises
        ------
        ConfigError
            If pandas or pyarrow is not installed.
        StateError
            If the rows were taken already.
        """
        pandas = _library("pandas")
        frame: pd.DataFrame = self.to_arrow().to_pandas(types_mapper=pandas.ArrowDtype)
        return frame

    def _batches(self, stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        with self._interruptible():
            yield from stream
        self._settle()

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Raise what the producer raised, of which Arrow could only tell that it happened."""
        try:
            yield
        except Exception:
            raised = self._take_raised()
            if raised is None:
                raise
            raise raised from None


def _library(name: str) -> Any:  # noqa: ANN401 (a module; its types are those of the optional library)
    """Import a library that dicomwire can do without."""
    try:
        return importlib.import_module(name)
    except ImportError:
        extra = name if name == "pandas" else "dicomwire[arrow]"
        raise ConfigError(f"{name} is not installed; pip install '{extra}'") from None
