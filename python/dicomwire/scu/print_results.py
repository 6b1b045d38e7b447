"""Answers of print management that name what was created (PS3.4 sections H.4.1 and H.4.2)."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Self

from dicomwire.normalized_result import NResult
from dicomwire.print_events import items_of, text_of

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["FilmBoxResult", "PrintResult"]


class _Named(NResult):
    """An answer with references to other instances."""

    __slots__ = ()

    @classmethod
    def of(cls, result: NResult) -> Self:
        """Look at an answer in this way."""
        return cls(**{field.name: getattr(result, field.name) for field in fields(NResult)})

    def _references(self, keyword: str) -> list[str]:
        dataset: Dataset | None = None if self.is_failure else self.dataset
        uids = [text_of(item, "ReferencedSOPInstanceUID") for item in items_of(dataset, keyword)]
        return [uid for uid in uids if uid]


class FilmBoxResult(_Named):
    """The answer to the creation of a film box.

    Attributes
    ----------
    image_box_uids : list of str
        The image boxes the printer made, in the order of their positions.
    annotation_box_uids : list of str
        The annotation boxes it made, likewise.
    """

    __slots__ = ()

    @property
    def image_box_uids(self) -> list[str]:
        """The image boxes the printer made, in the order of their positions."""
        return self._references("ReferencedImageBoxSequence")

    @property
    def annotation_box_uids(self) -> list[str]:
        """The annotation boxes the printer made, in the order of their positions."""
        return self._references("ReferencedBasicAnnotationBoxSequence")


class PrintResult(_Named):
    """The answer to the request to print a film box or a film session.

    Attributes
    ----------
    print_job_uid : str or None
        The print job; None if the printer does not offer the Print Job SOP class.
    """

    __slots__ = ()

    @property
    def print_job_uid(self) -> str | None:
        """The print job; None if the printer does not offer the Print Job SOP class."""
        return next(iter(self._references("ReferencedPrintJobSequence")), None)
