"""How the rows of a scan are written, format by format.

Tables, JSON and CSV are written from dictionaries and need no other library; Arrow and Parquet
are written by pyarrow.
"""

from __future__ import annotations

import base64
import csv
import json
import math
from datetime import date
from importlib.util import find_spec
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

from .output import one_line
from .scan_options import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

    from dicomwire import ScanResult

__all__ = ["BINARY_FORMATS", "require_pyarrow", "write_batches", "write_rows"]

BINARY_FORMATS = frozenset({Format.ARROW, Format.PARQUET})

# A cell of a table that is longer is cut, or one long comment would make every line long.
_WIDEST_CELL = 48
# Parquet keeps statistics for each row group and compresses it alone; small ones cost both.
_ROW_GROUP = 65536


def write_rows(
    rows: Iterable[dict[str, Any]], columns: list[str], form: Format, file: IO[str]
) -> None:
    """Write rows as a table, as JSON, JSON lines or CSV."""
    if form is Format.TABLE:
        _write_table(rows, columns, file)
    elif form is Format.CSV:
        _write_csv(rows, columns, file)
    elif form is Format.JSONL:
        to_json = _json_encoder(file)
        file.writelines(to_json(_plain(row)) + "\n" for row in rows)
    else:
        to_json = _json_encoder(file)
        separator = "[\n"
        for row in rows:
            file.write(separator + to_json(_plain(row)))
            separator = ",\n"
        file.write("[]\n" if separator == "[\n" else "\n]\n")


def _json_encoder(file: IO[str]) -> Callable[[object], str]:
    """Make what writes JSON; it has its own way to write what the file's encoding lacks."""
    encoding = getattr(file, "encoding", None) or "utf-8"
    return json.JSONEncoder(ensure_ascii=encoding.lower() not in {"utf-8", "utf8"}).encode


def _plain(value: Any) -> Any:  # noqa: ANN401 (whatever a cell holds)
    """Make what JSON can hold: dates as text, bytes as base64."""
    if isinstance(value, dict):
        return {name: _plain(cell) for name, cell in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _write_csv(rows: Iterable[dict[str, Any]], columns: list[str], file: IO[str]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_text(cell) for cell in row.values()] for row in rows)


def _text(value: Any) -> str:  # noqa: ANN401 (whatever a cell holds)
    """Write a cell; several values with a backslash between them, as DICOM does."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\\".join(_text(item) for item in value)
    return str(_plain(value))


def _write_table(rows: Iterable[dict[str, Any]], columns: list[str], file: IO[str]) -> None:
    lines = [columns, *(_cells(row) for row in rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        file.write("  ".join(cells).rstrip() + "\n")


def _cells(row: dict[str, Any]) -> list[str]:
    texts = {name: one_line(_text(cell)) for name, cell in row.items()}
    return [
        text if len(text) <= _WIDEST_CELL or name in ("path", "error") else _cut(text)
        for name, text in texts.items()
    ]


def _cut(text: str) -> str:
    return text[: _WIDEST_CELL - 1] + "…"


def require_pyarrow(form: Format) -> None:
    """Make sure that a format can be written before anything is read.

    Raises
    ------
    ConfigError
        If pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise ConfigError(f"--format {form} needs pyarrow; pip install 'dicomwire[arrow]'")


def write_batches(
    result: ScanResult,
    form: Format,
    file: IO[bytes],
    limit: int | None,
    go_on: Callable[[int, int], bool],
    is_input: Callable[[str], bool],
) -> None:
    """Write the rows as an Arrow (IPC) or Parquet file, batch by batch.

    `go_on` gets the rows of each batch and how many of them have errors; `is_input` says of a path
    whether its row is wanted.
    """
    import pyarrow as pa

    reader = pa.RecordBatchReader.from_stream(result)
    batches = _limited((_only(batch, is_input) for batch in reader), limit, go_on)
    if form is Format.ARROW:
        with pa.ipc.new_file(file, reader.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return
    import pyarrow.parquet as pq

    with pq.ParquetWriter(file, reader.schema) as writer:
        for table in _row_groups(batches):
            writer.write_table(table)


def _only(batch: pa.RecordBatch, is_input: Callable[[str], bool]) -> pa.RecordBatch:
    """Leave out rows that are not wanted."""
    wanted = [is_input(path) for path in batch.column("path").to_pylist()]
    return batch if all(wanted) else batch.filter(wanted)


def _limited(
    reader: Iterable[pa.RecordBatch], limit: int | None, go_on: Callable[[int, int], bool]
) -> Iterator[pa.RecordBatch]:
    left = limit
    for batch in reader:
        part = batch if left is None else batch.slice(0, left)
        yield part
        left = None if left is None else left - len(part)
        errors = len(part) - part.column("error").null_count
        if not go_on(len(part), errors) or left == 0:
            return


def _row_groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Put batches together to tables of a size that Parquet likes."""
    import pyarrow as pa

    for first in batches:
        group, rows = [first], len(first)
        for batch in islice(batches, _ROW_GROUP):
            group.append(batch)
            rows += len(batch)
            if rows >= _ROW_GROUP:
                break
        yield pa.Table.from_batches(group)
