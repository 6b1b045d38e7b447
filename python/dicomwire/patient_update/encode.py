"""Updates as action information, the data set of the N-ACTION request, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError, DecodeError

from .actions import PatientUpdateAction
from .updates import UPDATES, PatientUpdate, elements_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

__all__ = ["decode_update", "encode_update"]

_UNICODE = "ISO_IR 192"


def encode_update(update: PatientUpdate) -> Dataset:
    """Write an update as action information.

    Parameters
    ----------
    update : PatientUpdate
        The update; what it does not say of who, where, when and why is filled in.

    Returns
    -------
    pydicom.Dataset
        The data set, in Unicode (``ISO_IR 192``) if it has more than ASCII.
    """
    from pydicom.dataset import Dataset

    whole = update.with_audit()
    dataset = Dataset()
    for field, element in elements_of(type(whole)).items():
        value = getattr(whole, field)
        if value is not None:
            element.put(dataset, value)
    if not all(text.isascii() for text in _texts(dataset)):
        dataset.SpecificCharacterSet = _UNICODE
    return dataset


def _texts(dataset: Dataset) -> Iterator[str]:
    """Go over all values, those in items too."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _texts(item)
        else:
            several = element.value if element.VM > 1 else [element.value]
            yield from (str(value) for value in several)


def decode_update(action: PatientUpdateAction | str | int, dataset: Dataset) -> PatientUpdate:
    """Read an update from action information.

    Parameters
    ----------
    action : PatientUpdateAction, str or int
        What it is, by name or by the usual Action Type ID.
    dataset : pydicom.Dataset
        The action information.

    Returns
    -------
    PatientUpdate
        One of the twelve.

    Raises
    ------
    ConfigError
        If there is no such action.
    DecodeError
        If an element is missing or has a value that cannot be; the message names the field.
    """
    kind = UPDATES[PatientUpdateAction.coerce(action)]
    values: dict[str, Any] = {}
    try:
        for field, element in elements_of(kind).items():
            value = element.take(dataset)
            if value is None and element.required:
                raise DecodeError(f"{kind.__name__}.{field}: {element.keyword} is missing or empty")
            if value is not None:
                values[field] = value
        return kind(**values)
    except ConfigError as error:
        raise DecodeError(f"the data set is no {kind.action.title}: {error}") from None
