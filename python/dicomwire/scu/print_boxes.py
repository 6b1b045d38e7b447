"""The operations on image boxes and annotation boxes (PS3.4 sections H.4.3 and H.4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

from .print_classes import (
    ANNOTATION_BOX,
    COLOR_IMAGE_BOX,
    GRAYSCALE_IMAGE_BOX,
    PRESENTATION_LUT,
)
from .print_operations import PrintOperations, refer_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom import Dataset

    from dicomwire.film import ImageBox, PreparedImage
    from dicomwire.normalized_result import NResult

__all__ = ["PrintBoxes"]

_TEXT_LENGTH = 64
"""Text String (2030,0020) is of VR LO."""


class PrintBoxes(PrintOperations):
    """Image boxes and annotation boxes of the last film box."""

    def set_image_box(
        self,
        box: str | int,
        image: Any | None,  # noqa: ANN401 (numpy array, Dataset or PreparedImage: numpy is optional)
        options: ImageBox | Dataset | None = None,
        *,
        presentation_lut_uid: str | None = None,
        **preparation: Any,  # noqa: ANN401 (keywords of dicomwire.film.prepare)
    ) -> NResult:
        """Put an image into an image box of the last film box (PS3.4 section H.4.3).

        Parameters
        ----------
        box : str or int
            The image box: its UID, or its position from 1.
        image : numpy.ndarray, Dataset, PreparedImage or None
            The image; None erases the one that is there.
        options : ImageBox or Dataset, optional
            Polarity, magnification and the like.
        presentation_lut_uid : str, optional
            The presentation LUT of this image; that of the film box if it is left out, none if it
            is an empty text.
        **preparation
            For `dicomwire.film.prepare`, unless the image is prepared: ``bits``, ``window``,
            ``frame`` and so on.

        Returns
        -------
        NResult
            The answer: 0xB604, 0xB609 or 0xB60A if the printer made the image fit, 0xC603 if it
            does not take one as large as this.

        Raises
        ------
        StateError
            If there is no film box, or it is gone.
        ConfigError
            If it has no such image box, or the image cannot be prepared.
        DicomWireError
            If the association ends.
        """
        from pydicom import Dataset

        current = self._need_film_box("set_image_box")
        uid, position = _find("set_image_box", "image", box, current.image_boxes)
        dataset = Dataset()
        if options is not None:
            given = options if isinstance(options, Dataset) else options.to_dataset()
            dataset.update(given)
        dataset.ImageBoxPosition = position
        item = None
        if image is not None:
            item = _prepared(image, preparation, color=current.is_color).dataset
        keyword = "BasicColorImageSequence" if current.is_color else "BasicGrayscaleImageSequence"
        setattr(dataset, keyword, [] if item is None else [item])
        if presentation_lut_uid is not None:
            keyword = "ReferencedPresentationLUTSequence"
            refer_to(dataset, keyword, PRESENTATION_LUT, presentation_lut_uid)
        return self._n_set(
            uid,
            dataset,
            sop_class_uid=COLOR_IMAGE_BOX if current.is_color else GRAYSCALE_IMAGE_BOX,
            abstract_syntax=current.meta,
        )

    def set_annotation_box(self, box: str | int, text: str | None) -> NResult:
        """Put a text into an annotation box of the last film box (PS3.4 section H.4.4).

        A printer makes annotation boxes if the film names an annotation display format.

        Parameters
        ----------
        box : str or int
            The annotation box: its UID, or its position from 1.
        text : str or None
            Up to 64 characters; None erases the one that is there.

        Raises
        ------
        StateError
            If there is no film box, or it is gone.
        ConfigError
            If it has no such annotation box, or the text is too long or has a backslash.
        NoAcceptedContext
            If the peer does not offer the Basic Annotation Box SOP class.
        DicomWireError
            If the association ends.
        """
        from pydicom import Dataset

        current = self._need_film_box("set_annotation_box")
        uid, position = _find("set_annotation_box", "annotation", box, current.annotation_boxes)
        _check_annotation(text or "")
        dataset = Dataset()
        if text and not text.isascii():
            dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.AnnotationPosition = position
        dataset.TextString = text
        return self._n_set(uid, dataset, sop_class_uid=ANNOTATION_BOX)


def _check_annotation(text: str) -> None:
    """Refuse a text that does not fit into Text String (2030,0020).

    Raises
    ------
    ConfigError
        If it is too long or has a backslash or a control character.
    """
    if len(text) > _TEXT_LENGTH:
        raise ConfigError(
            f"annotation {text!r}: has {len(text)} characters, at most {_TEXT_LENGTH} are allowed"
        )
    # As the other texts of films: a no-break space, for one, is a character like others.
    if "\\" in text or any(character < " " or character == "\x7f" for character in text):
        raise ConfigError(f"annotation {text!r}: must not have a backslash or control characters")


def _find(what: str, kind: str, box: str | int, boxes: Sequence[str]) -> tuple[str, int]:
    """Return UID and position of a box of the last film box."""
    if isinstance(box, str) and box in boxes:
        return box, boxes.index(box) + 1
    if isinstance(box, int) and not isinstance(box, bool) and 1 <= box <= len(boxes):
        return boxes[box - 1], box
    raise ConfigError(
        f"PrintScu.{what}(): the last film box has no {kind} box {box!r}; it has {len(boxes)}"
    )


def _prepared(
    image: Any,  # noqa: ANN401
    preparation: dict[str, Any],
    *,
    color: bool,
) -> PreparedImage:
    """Return the image as an image box takes it.

    Raises
    ------
    ConfigError
        If it cannot be, or was prepared for the other kind of image box.
    """
    from dicomwire.film.pixels import PreparedImage, prepare

    if not isinstance(image, PreparedImage):
        return prepare(image, **{**preparation, "color": color})
    if image.is_color != color:
        kinds = ("color", "grayscale") if color else ("grayscale", "color")
        raise ConfigError(
            f"PrintScu.set_image_box(): the film session is one of {kinds[0]} images, and this one "
            f"is prepared for {kinds[1]}: prepare it with color={color}"
        )
    return image
