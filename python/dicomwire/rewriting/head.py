"""What a function of `Rewrite` sees of an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .keys import find_tag

if TYPE_CHECKING:
    from pathlib import Path

    from dicomwire._core import HeadElements
    from dicomwire.dataset.tags import TagLike


__all__ = ["InstanceHead"]


class InstanceHead:
    """The elements of an instance before its pixel data, decoded when they are asked for.

    ``head["PatientID"]`` is the value: text, a number (also for DS and IS), bytes (of OW and the
    like the least significant first), or for a sequence a list of such views. Several values are
    a list. Keys are keywords or tags. Values longer than 1 MiB are not there.

    Made by the core; nobody else needs to make one.

    Parameters
    ----------
    elements : HeadElements
        What the core read.

    Attributes
    ----------
    path : Path or None
        The file, or the name a Dataset came with.
    sop_class_uid, sop_instance_uid, transfer_syntax_uid : str
        What it is and how it is stored.
    """

    __slots__ = ("_elements", "path", "sop_class_uid", "sop_instance_uid", "transfer_syntax_uid")

    def __init__(
        self,
        elements: HeadElements,
        path: Path | None,
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax_uid: str,
    ) -> None:
        self._elements = elements
        self.path = path
        self.sop_class_uid = sop_class_uid
        self.sop_instance_uid = sop_instance_uid
        self.transfer_syntax_uid = transfer_syntax_uid

    def __contains__(self, key: TagLike) -> bool:
        """Say whether the instance has the element, with or without a value."""
        return find_tag(key) in self._elements

    def __getitem__(self, key: TagLike) -> Any:  # noqa: ANN401 (what the element holds)
        """Return the value of an element, None if it is empty and no text.

        Raises
        ------
        KeyError
            If the instance does not have it.
        ConfigError
            If no element has the keyword.
        DecodeError
            If the value cannot be read.
        """
        tag = find_tag(key)
        if tag not in self._elements:
            raise KeyError(key)
        value = self._elements.value(tag)
        if isinstance(value, list):
            return [self._inside(item) for item in value]
        return value

    def get(self, key: TagLike, default: Any = None) -> Any:  # noqa: ANN401 (what the element holds)
        """Return the value of an element, or `default` if the instance does not have it."""
        return self[key] if key in self else default  # noqa: SIM401 (this is get)

    def _inside(self, item: Any) -> Any:  # noqa: ANN401 (a value, or the elements of an item)
        if type(item) is not type(self._elements):
            return item
        return InstanceHead(
            item, self.path, self.sop_class_uid, self.sop_instance_uid, self.transfer_syntax_uid
        )
