"""Elements of an identifier: how keys and values become pydicom's elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

from .keys import find_path, path_name, vrs_of_key
from .values import choose_vr, split_vr, to_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataset import Dataset

    from .keys import Path, TagLike

__all__ = ["is_empty_sequence", "put", "set_values"]


def put(dataset: Dataset, path: Path, value: object, name: str) -> None:
    """Set an element, in the one item of each sequence on the way to it.

    A return key leaves what is there as it is.

    Raises
    ------
    ConfigError
        If the value cannot be one of this element, or the element has another one already.
    """
    for sequence in path[:-1]:
        dataset = _item(dataset, sequence)
    tag = path[-1]
    vrs = vrs_of_key(tag)
    given = None
    if vrs is None:
        given, value = split_vr(value)
        if given is None and value is not None:
            raise ConfigError(
                f"{name}: the dictionary has no such element; say its VR, as in ('LO', {value!r})"
            )
        vrs = given or "UN"
    if vrs == "SQ":
        _put_items(dataset, tag, value, name)
        return
    values = to_values(vrs, value, name)
    if tag in dataset and not dataset[tag].is_empty:
        there = dataset[tag].value
        if values and values != to_values(vrs, there, name):
            raise ConfigError(f"{name}={value!r}: is there already as {there!r}")
        return
    set_values(dataset, tag, choose_vr(vrs, values), values, name)


def set_values(dataset: Dataset, tag: int, vr: str, values: list[Any], name: str) -> None:
    """Set an element, whatever it was before.

    Raises
    ------
    ConfigError
        If pydicom cannot hold such a value.
    """
    from pydicom import config
    from pydicom.dataelem import DataElement

    value = values[0] if len(values) == 1 else values or None
    try:
        # Ranges and wild cards are no values of their VR, which pydicom would warn about.
        dataset.add(DataElement(tag, vr, value, validation_mode=config.IGNORE))
    except (ValueError, TypeError, OverflowError) as error:
        raise ConfigError(f"{name}={value!r}: cannot be a value of {vr} ({error})") from error


def _item(dataset: Dataset, tag: int) -> Dataset:
    """Return the one item of a sequence, made if it is not there."""
    from pydicom.dataset import Dataset

    if tag not in dataset or not dataset[tag].value:
        _set_items(dataset, tag, [Dataset()])
    item: Dataset = dataset[tag].value[0]
    return item


def _set_items(dataset: Dataset, tag: int, items: list[Dataset]) -> None:
    from pydicom.dataelem import DataElement
    from pydicom.sequence import Sequence

    dataset.add(DataElement(tag, "SQ", Sequence(items)))


def _put_items(dataset: Dataset, tag: int, value: object, name: str) -> None:
    """Set a sequence: from a mapping, a data set, a list of these, or None for all there is."""
    from pydicom.dataset import Dataset

    items = [value] if isinstance(value, (Mapping, Dataset)) else value
    if items is None or (isinstance(items, str) and not items):
        items = []
    if isinstance(items, (str, bytes)) or not hasattr(items, "__iter__"):
        raise ConfigError(f"{name}={value!r}: a sequence is a mapping or a Dataset, or None")
    several = list(items)
    if not several:
        if tag not in dataset:
            _set_items(dataset, tag, [])
        return
    if len(several) > 1:
        raise ConfigError(f"{name}: a sequence of a query has one item (PS3.4 section C.2.2.2.6)")
    inner = _item(dataset, tag)
    for key, inner_value in _entries(several[0], name):
        path = find_path(key)
        put(inner, path, inner_value, f"{name}.{path_name(path)}")


def _entries(item: object, name: str) -> Iterable[tuple[TagLike, object]]:
    from pydicom.dataset import Dataset

    if isinstance(item, Dataset):
        return [
            (int(element.tag), element.value)
            if vrs_of_key(element.tag) is not None
            else (int(element.tag), (element.VR, element.value))
            for element in item
        ]
    if isinstance(item, Mapping):
        return item.items()
    raise ConfigError(f"{name}: an item is a mapping or a Dataset, not a {type(item).__name__}")


def is_empty_sequence(dataset: Dataset, tag: int) -> bool:
    """Say whether an element is there that is a sequence without items."""
    return vrs_of_key(tag) == "SQ" and tag in dataset and not dataset[tag].value
