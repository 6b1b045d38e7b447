"""pydicom data sets whose elements stay encoded until somebody looks.

A data set that was read holds its bytes and an index (`dicomwire._core.Elements`). The first look
at any element makes pydicom's raw elements of all of them; a look at a value makes an element with
a Python value. Everything else is pydicom's own code, which finds its own objects.
"""

from __future__ import annotations

import copy
import copyreg
import functools
import logging
import warnings
from typing import TYPE_CHECKING, Any

import pydicom.dataset
import pydicom.sequence
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag
from pydicom.valuerep import PersonName

from dicomwire.logs import LOGGER_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableSequence

    from dicomwire._core import Elements

__all__ = ["FileDataset", "FileMetaDataset", "Item", "Sequence"]

_logger = logging.getLogger(LOGGER_NAME)


def warn(message: str) -> None:
    """Tell of something wrong in a file that could be read all the same, as pydicom does."""
    _logger.warning(message)
    warnings.warn(message, UserWarning, stacklevel=4)


def person_name_constructor(
    encodings: str | MutableSequence[str],
) -> Callable[[str], PersonName]:
    """Return what makes further values of a multi-valued PN element."""
    names = [encodings] if isinstance(encodings, str) else encodings
    return functools.partial(PersonName, encodings=names)


class _OnDemand:
    """An attribute that is fetched at the first look, and then is an ordinary one.

    Parameters
    ----------
    name : str
        The name of the attribute.
    method : str
        The method of the instance's ``_source`` that returns it.
    """

    def __init__(self, name: str, method: str) -> None:
        self._name = name
        self._method = method

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        state = instance.__dict__
        source = state.get("_source")
        if source is None:
            raise AttributeError(self._name)
        # Two threads may come here at once; both must go on with the same objects.
        return state.setdefault(self._name, getattr(source, self._method)())


class _Lazy:
    """What the data set classes here have in common."""

    _source: Elements
    _dict = _OnDemand("_dict", "elements")

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, BaseTag):
            elements = self._dict
            element = elements[key]
            if type(element) is not RawDataElement:
                return element
            source = self.__dict__.get("_source")
            if source is not None:
                encodings = self.__dict__["_read_charset"]
                converted = source.convert(elements, element, encodings)
                if converted is not None:
                    return converted
        return super().__getitem__(key)  # type: ignore[misc]

    def __iter__(self) -> Iterator[DataElement]:
        elements = self._dict
        source = self.__dict__.get("_source")
        if source is None:
            yield from super().__iter__()  # type: ignore[misc]
            return
        for tag in source.convert_all(elements, self.__dict__["_read_charset"]):
            element = elements[tag]
            yield element if type(element) is DataElement else self[tag]

    def __eq__(self, other: object) -> bool:
        # pydicom compares with objects of the class itself and of those derived from it. Here that
        # is the class that pydicom knows: an item or a decoded data set is equal to one of a file.
        if other is self:
            return True
        if not isinstance(other, _plain_class(self)):
            return NotImplemented
        theirs: Any = other
        tags = self._dict.keys()
        return tags == theirs.keys() and all(self[tag] == theirs[tag] for tag in tags)

    __hash__ = None  # type: ignore[assignment]

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        self._dict  # noqa: B018 - a copy must not depend on the file any more
        copied = _restore(type(self), {})
        memo[id(self)] = copied
        for name, value in self.__dict__.items():
            copied.__dict__[name] = value if name == "buffer" else copy.deepcopy(value, memo)
        return copied

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Become an object of pydicom's own class, which needs nothing of dicomwire's."""
        return _restored_as(_plain_class(self), _plain_state(self, "_dict"))


def _plain_class(instance: Any) -> type:
    """Return the class of pydicom's that a data set is of."""
    return next(c for c in type(instance).__mro__ if c.__module__.startswith("pydicom."))


def _plain_state(instance: Any, attribute: str) -> dict[str, Any]:
    getattr(instance, attribute)
    state: dict[str, Any] = instance.__dict__.copy()
    state.pop("_source", None)
    return state


def _restored_as(plain: type, state: dict[str, Any]) -> tuple[Any, ...]:
    """Return what pickles an object of another class by means of the standard library alone."""
    restore = copyreg._reconstructor  # type: ignore[attr-defined]  # noqa: SLF001
    return restore, (plain, object, None), state


def _restore(plain: type, state: dict[str, Any]) -> Any:
    instance: Any = object.__new__(plain)
    instance.__dict__.update(state)
    return instance


class FileDataset(_Lazy, pydicom.dataset.FileDataset):
    """A `pydicom.FileDataset` that was read by dicomwire."""


class FileMetaDataset(_Lazy, pydicom.dataset.FileMetaDataset):
    """The file meta information of a `FileDataset`."""


class Item(_Lazy, pydicom.dataset.Dataset):
    """A data set without a file: decoded, or an item of a sequence."""


class Sequence(pydicom.sequence.Sequence):
    """A `pydicom.Sequence` whose items are indexed at the first look."""

    _list = _OnDemand("_list", "items")

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _restored_as(pydicom.sequence.Sequence, _plain_state(self, "_list"))


def dataset_state(
    source: Elements, encodings: str | MutableSequence[str], *, implicit: bool, little: bool
) -> dict[str, Any]:
    """Return the attributes of a data set as pydicom's constructor would set them."""
    return {
        "_parent_encoding": "iso8859",
        "is_decompressed": False,
        "_read_little": little,
        "_read_implicit": implicit,
        "_read_charset": encodings,
        "_is_little_endian": little,
        "_is_implicit_VR": implicit,
        "is_undefined_length_sequence_item": False,
        "_private_blocks": {},
        "_pixel_array": None,
        "_pixel_array_opts": {"use_pdh": False},
        "_pixel_id": {},
        "_source": source,
    }


def new(cls: type, state: dict[str, Any]) -> Any:
    """Return a data set with the given attributes, without running its constructor."""
    return _restore(cls, state)
