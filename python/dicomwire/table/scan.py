"""`scan`: chosen elements of many files as one table."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Any, Self

from dicomwire.errors import ConfigError, StateError

from .frames import ArrowStreamed
from .tags import tag_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from dicomwire._core import Scan

    from .tags import TagLike

__all__ = ["ScanResult", "scan"]

_MAX_VALUE_LENGTH = 65536
# A batch of an Arrow column has at most 2 GiB, and JSON of items is longer than they are.
_MOST_VALUE_LENGTH = 2**28
_MOST_WORKERS = 64


def scan(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    tags: Iterable[TagLike] | TagLike,
    *,
    workers: int | None = None,
    max_value_length: int = _MAX_VALUE_LENGTH,
) -> ScanResult:
    """Read chosen elements of many files into one table.

    Only the heads of the files are read, in parallel, and never pixel data: reading ends at the
    last element that is asked for. Nothing is read before rows are asked for.

    Parameters
    ----------
    paths : path, or iterable of paths
        Files, and directories, which are searched recursively in the order of their names.
    tags : iterable of tags
        What to read: a keyword (``"PatientName"``), a tag (``"0010,0010"``, ``"(0010,0010)"``,
        ``"00100010"``, ``0x00100010``, ``(0x0010, 0x0010)``, a pydicom tag), or a path into
        sequences (``"RequestAttributesSequence[0].ScheduledProcedureStepID"``; without a number
        the first item is meant).
    workers : int, optional
        How many threads read; by default one per processor. More of them help where files come
        slowly, as from a network.
    max_value_length : int, optional
        Longer values (in bytes) are not read; the cell is null and ``error`` says so. At most
        256 MiB.

    Returns
    -------
    ScanResult
        The rows, one for each file, to be taken once.

    Raises
    ------
    ConfigError
        If a tag does not exist or is pixel data, or a parameter is out of range.

    Examples
    --------
    >>> import dicomwire as dw
    >>> result = dw.scan("studies/", ["StudyInstanceUID", "Modality", "StudyDate"])
    >>> frame = result.to_polars()  # doctest: +SKIP
    """
    from dicomwire._core import Scan

    if workers is not None and not 1 <= workers <= _MOST_WORKERS:
        raise ConfigError(f"workers={workers}: must be 1 to {_MOST_WORKERS}, or None")
    if not 1 <= max_value_length <= _MOST_VALUE_LENGTH:
        raise ConfigError(f"max_value_length={max_value_length}: must be 1 to {_MOST_VALUE_LENGTH}")
    core = Scan(_path_texts(paths), tag_texts(tags), workers or 0, max_value_length)
    return ScanResult(core)


class ScanResult(ArrowStreamed):
    """The rows of a scan: one for each file, in the order of the files.

    The first column is ``path``, the last one ``error``: null when all is well, and else what is
    wrong with the file or with a value. The columns between are those asked for, under their
    keyword (or ``gggg_eeee``). A value that is absent, empty or unreadable is null.

    Rows are read while they are taken, and can be taken once: by iterating (dictionaries), as an
    Arrow stream (any library that asks once for ``__arrow_c_stream__``, as polars and pyarrow do;
    DuckDB takes what `to_reader` gives), or by one of the ``to_`` methods.

    Parameters
    ----------
    core : dicomwire._core.Scan
        The scan; made by `scan`.
    """

    def __init__(self, core: Scan) -> None:
        self._core = core
        # Rows come by the batch; those of a loop that was left wait for the next one.
        self._ready: deque[dict[str, Any]] = deque()
        self._iterated = False
        self._streamed = False

    def __repr__(self) -> str:
        return f"<ScanResult of {', '.join(self.columns)}: {self.rows} rows read>"

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._core.columns()

    @property
    def rows(self) -> int:
        """How many rows were read so far; they come in batches, so iterating may be behind."""
        return self._core.counters()[0]

    @property
    def errors(self) -> int:
        """How many of the rows read so far have an ``error``."""
        return self._core.counters()[1]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Take the rows as dictionaries, without any other library.

        Another loop goes on where the one before was left.

        Yields
        ------
        dict
            One row: text, numbers, dates, bytes, lists of these, or None.

        Raises
        ------
        StateError
            If the rows were taken as a stream or a table.
        """
        if self._streamed:
            raise StateError("the rows of this scan were taken already; call scan() again")
        self._iterated = True
        return self._rows()

    def _rows(self) -> Iterator[dict[str, Any]]:
        while True:
            try:
                row = self._ready.popleft()
            except IndexError:
                rows = self._core.next_rows()
                if rows is None:
                    return
                self._ready.extend(rows)
            else:
                yield row

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Take the rows as an Arrow stream (the Arrow PyCapsule interface).

        Raises
        ------
        StateError
            If the rows were taken already, or some of them by iterating.
        """
        if self._iterated:
            raise StateError("rows of this scan were taken by iterating; call scan() again")
        stream = self._core.__arrow_c_stream__(requested_schema)
        self._streamed = True
        return stream

    def close(self) -> None:
        """Stop reading. What was not taken by then is not read."""
        self._core.close()
        self._ready.clear()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop reading."""
        self.close()

    def _take_raised(self) -> BaseException | None:
        return self._core.take_raised()


def _path_texts(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> list[str]:
    if isinstance(paths, (str, os.PathLike)):
        return [os.fspath(paths)]
    try:
        return [os.fspath(path) for path in paths]
    except TypeError:
        raise ConfigError(
            f"paths={type(paths).__name__}: must be a path or an iterable of paths"
        ) from None
