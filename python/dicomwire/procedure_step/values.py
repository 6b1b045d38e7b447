"""Values that cannot be: against their VR, its length and how many there may be (PS3.5 6.2)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

__all__ = ["local_time", "unfit_values"]

_MOST_OF_A_NAME = 64
"""Characters of a component group (PS3.5 Table 6.2-1), of which pydicom only warns."""


def local_time(name: str, moment: dt.datetime | None) -> dt.datetime:
    """Return a moment as DA and TM have it, which know no time zone; now if there is none.

    Raises
    ------
    ConfigError
        If it is none; `name` is what it was given for.
    """
    if moment is None:
        return dt.datetime.now()  # noqa: DTZ005 (the clock on the wall)
    if not isinstance(moment, dt.datetime):
        raise ConfigError(f"{name}={moment!r}: must be a datetime")
    return moment.astimezone().replace(tzinfo=None) if moment.tzinfo else moment


def unfit_values(dataset: Dataset, place: str = "") -> Iterator[str]:
    """Say which values their attributes cannot have.

    Parameters
    ----------
    dataset : pydicom.dataset.Dataset
        A data set or an item.
    place : str
        Where the item is.

    Yields
    ------
    str
        The path of an attribute and what is wrong with its value.
    """
    for element in dataset:
        name = place + (element.keyword or str(element.tag))
        if element.VR == "SQ":
            for number, item in enumerate(element.value or (), start=1):
                yield from unfit_values(item, f"{name}[{number}].")
        elif not element.is_empty and (complaint := _complaint(element)) is not None:
            yield f"{name}: {complaint}"


def _complaint(element: DataElement) -> str | None:
    several: list[Any] = list(element.value) if element.VM > 1 else [element.value]
    if len(several) > 1 and _is_single(element):
        return f"{len(several)} values, may have one"
    for value in several:
        if not _is_possible(element.VR, value):
            return f"{_shown(value)} cannot be a value of {element.VR}"
    return None


def _is_single(element: DataElement) -> bool:
    from pydicom.datadict import dictionary_has_tag, dictionary_VM

    return dictionary_has_tag(element.tag) and dictionary_VM(element.tag) == "1"


def _is_possible(vr: str, value: Any) -> bool:  # noqa: ANN401 (whatever a data set holds)
    from pydicom import config
    from pydicom.valuerep import validate_value

    if vr == "PN":
        groups = str(value).split("=")
        return all(len(group) <= _MOST_OF_A_NAME for group in groups)
    if isinstance(value, (dt.date, dt.time)):
        return True
    if vr in ("DS", "IS"):
        # pydicom keeps them as numbers, which it would not check.
        value = str(value)
    try:
        validate_value(vr, value, config.RAISE)
    except (ValueError, TypeError):
        return False
    return True


def _shown(value: object) -> str:
    text = repr(str(value))
    most = 80
    return text if len(text) <= most else text[:most] + "…"
