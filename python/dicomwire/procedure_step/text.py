"""The character set of what is created and set (PS3.4 Table F.7.2-1, PS3.5 section 6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError
from dicomwire.query import set_character_set

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from .step import Step

__all__ = ["choose_character_set"]


def choose_character_set(dataset: Dataset, step: Step | None = None) -> None:
    """Declare the character set of a data set if its text needs one and it declares none.

    That is the one the step was created with, if it has the characters, and else ISO_IR 192;
    changes the data set.

    Raises
    ------
    ConfigError
        If the data set declares one that lacks a character of its text.
    """
    created = None
    if step is not None and step.dataset is not None and "SpecificCharacterSet" not in dataset:
        created = step.dataset.get("SpecificCharacterSet")
    set_character_set(dataset, None)
    if not created or "SpecificCharacterSet" not in dataset:
        return
    unicode = dataset.SpecificCharacterSet
    try:
        del dataset.SpecificCharacterSet
        set_character_set(dataset, created if isinstance(created, str) else list(created))
    except ConfigError:
        dataset.SpecificCharacterSet = unicode
