"""Values of images as strangers write them: absent, empty, or of the wrong kind."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["items_of", "number_of"]


def number_of(dataset: Dataset, keyword: str) -> float | None:
    """Return the value of an element that has one number.

    Parameters
    ----------
    dataset : pydicom.Dataset
        Where it may be.
    keyword : str
        Its keyword (PS3.6).

    Returns
    -------
    float or None
        None if it is absent or empty.

    Raises
    ------
    ConfigError
        If it is no finite number: which element, and its value.
    """
    try:
        value = dataset.get(keyword)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{keyword} cannot be read: {error}") from error
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ConfigError(f"{keyword} is {value!r}, which is no number")
    return number


def items_of(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence.

    Parameters
    ----------
    dataset : pydicom.Dataset
        Where it may be.
    keyword : str
        Its keyword (PS3.6).

    Returns
    -------
    list of pydicom.Dataset
        Without any if it is absent or empty.

    Raises
    ------
    ConfigError
        If the element is no sequence.
    """
    if keyword not in dataset:
        return []
    element = dataset[keyword]
    if element.VR != "SQ":
        raise ConfigError(f"{keyword} is no sequence, its VR is {element.VR}")
    return list(element.value or ())
