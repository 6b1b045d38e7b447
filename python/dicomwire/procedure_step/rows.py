"""Data sets against the rows of a table: what is missing or not allowed, and what is filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydicom.dataset import Dataset

    from .tables import Attribute, Operation

__all__ = ["fill_in", "missing"]


def fill_in(dataset: Dataset, rows: Sequence[Attribute], operation: Operation) -> None:
    """Add what is missing of type 2 without a value, in items too; changes the data set."""
    for row in rows:
        if row.type_in(operation) == "2" and row.keyword not in dataset:
            setattr(dataset, row.keyword, [] if _is_sequence(row) else "")
        for item in _items(dataset, row):
            fill_in(item, row.items, operation)


def missing(
    dataset: Dataset, rows: Sequence[Attribute], operation: Operation, place: str = ""
) -> Iterator[str]:
    """Say what is missing or not allowed.

    Parameters
    ----------
    dataset : pydicom.dataset.Dataset
        A data set or an item.
    rows : sequence of Attribute
        What it should have.
    operation : {"create", "set", "final"}
        Which column applies.
    place : str
        Where the item is: ``"ScheduledStepAttributesSequence[1]."``. Items count from 1.

    Yields
    ------
    str
        The path of an attribute and what is wrong with it.
    """
    for row in rows:
        name = place + row.keyword
        wanted = row.type_in(operation)
        if wanted == "-":
            if row.keyword in dataset:
                yield f"{name}: may not be set"
            continue
        if wanted == "1C" and _is_due(dataset, row):
            wanted = "1"
        if wanted in {"1", "2"} and row.keyword not in dataset:
            yield f"{name}: missing (type {row.type_in(operation)})"
        elif wanted == "1" and not _has_value(dataset, row.keyword):
            yield f"{name}: empty (type {row.type_in(operation)})"
        for number, item in enumerate(_items(dataset, row), start=1):
            yield from missing(item, row.items, operation, f"{name}[{number}].")


def _is_due(dataset: Dataset, row: Attribute) -> bool:
    """Say whether the condition of an attribute of type 1C holds."""
    if row.unless:
        return not any(_has_value(dataset, keyword) for keyword in row.unless)
    return any(_has_value(dataset, keyword) for keyword in row.given)


def _has_value(dataset: Dataset, keyword: str) -> bool:
    return keyword in dataset and not dataset[keyword].is_empty


def _is_sequence(row: Attribute) -> bool:
    return row.keyword.endswith("Sequence")


def _items(dataset: Dataset, row: Attribute) -> Sequence[Dataset]:
    """Return the items of a sequence; none if it is absent, or no sequence at all."""
    if not row.items or row.keyword not in dataset:
        return ()
    element = dataset[row.keyword]
    return element.value or () if element.VR == "SQ" else ()
