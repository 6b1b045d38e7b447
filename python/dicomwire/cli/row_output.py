"""How rows are written, format by format.

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

from .formats import Format
from .output import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

__all__ = ["cell_text", "require_pyarrow", "write_batches", "write_json", "write_rows"]

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
    else:
        to_json = json.JSONEncoder(ensure_ascii=False).encode
        write_json((to_json(_plain(row)) for row in rows), form, file)


def write_json(texts: Iterable[str], form: Format, file: IO[str]) -> None:
    """Write JSON texts as one array, or as JSON lines; in both cases one on each line."""
    encoding = getattr(file, "encoding", None) or "utf-8"
    if encoding.lower() not in {"utf-8", "utf8"}:
        # JSON has its own way to write what the encoding lacks.
        texts = (json.dumps(json.loads(text)) for text in texts)
    if form is Format.JSONL:
        file.writelines(text + "\n" for text in texts)
        return
    separator = "[\n"
    for text in texts:
        file.write(separator + text)
        separator = ",\n"
    file.write("[]\n" if separator == "[\n" else "\n]\n")


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
    writer.writerows([cell_text(cell) for cell in row.values()] for row in rows)


def cell_text(value: Any) -> str:  # noqa: ANN401 (whatever a cell holds)
    """Write a cell; several values with a backslash between them, as DICOM does, items as JSON."""
    if value is None:
        return ""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return json.dumps(_plain(value), ensure_ascii=False)
    if isinstance(value, list):
        return "\\".join(cell_text(item) for item in value)
    return str(_plain(value))


def _write_table(rows: Iterable[dict[str, Any]], columns: list[str], file: IO[str]) -> None:
    lines = [columns, *(_cells(row) for row in rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        file.write("  ".join(cells).rstrip() + "\n")


def _cells(row: dict[str, Any]) -> list[str]:
    texts = {name: one_line(cell_text(cell)) for name, cell in row.items()}
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
    batches: Iterator[pa.RecordBatch], schema: pa.Schema, form: Format, file: IO[bytes]
) -> None:
    """Write the rows as an Arrow (IPC) or Parquet file, batch by batch."""
    if form is Format.ARROW:
        import pyarrow as pa

        with pa.ipc.new_file(file, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return
    import pyarrow.parquet as pq

    with pq.ParquetWriter(file, schema) as writer:
        for table in _row_groups(batches):
            writer.write_table(table)


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
