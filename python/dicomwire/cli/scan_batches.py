"""The rows of a scan as Arrow batches: those that are wanted, and no more of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

__all__ = ["wanted_batches"]


def wanted_batches(
    batches: Iterable[pa.RecordBatch],
    limit: int | None,
    go_on: Callable[[int, int], bool],
    is_input: Callable[[str], bool],
) -> Iterator[pa.RecordBatch]:
    """Leave out rows, and end when there are enough.

    `go_on` gets the rows of each batch and how many of them have errors; `is_input` says of a path
    whether its row is wanted.

    Yields
    ------
    pyarrow.RecordBatch
        What is left of each batch.
    """
    left = limit
    for batch in batches:
        part = _only(batch, is_input)
        if left is not None:
            part = part.slice(0, left)
            left -= len(part)
        yield part
        errors = len(part) - part.column("error").null_count
        if not go_on(len(part), errors) or left == 0:
            return


def _only(batch: pa.RecordBatch, is_input: Callable[[str], bool]) -> pa.RecordBatch:
    """Leave out rows that are not wanted."""
    wanted = [is_input(path) for path in batch.column("path").to_pylist()]
    return batch if all(wanted) else batch.filter(wanted)
