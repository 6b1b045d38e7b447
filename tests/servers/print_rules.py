"""What a print SCP allows: the objects of one association and their rules (PS3.4 annex H).

Nothing here knows of pynetdicom or the network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.uid import generate_uid

FILM_SESSION = "1.2.840.10008.5.1.1.1"
FILM_BOX = "1.2.840.10008.5.1.1.2"
GRAYSCALE_IMAGE_BOX = "1.2.840.10008.5.1.1.4"
COLOR_IMAGE_BOX = "1.2.840.10008.5.1.1.4.1"
GRAYSCALE_META = "1.2.840.10008.5.1.1.9"
COLOR_META = "1.2.840.10008.5.1.1.18"
PRINT_JOB = "1.2.840.10008.5.1.1.14"
ANNOTATION_BOX = "1.2.840.10008.5.1.1.15"
PRINTER = "1.2.840.10008.5.1.1.16"
PRINTER_CONFIGURATION = "1.2.840.10008.5.1.1.16.376"
PRESENTATION_LUT = "1.2.840.10008.5.1.1.23"

NO_SUCH_INSTANCE = 0x0112
_INVALID_VALUE = 0x0106
_DUPLICATE = 0x0111
_INVALID_INSTANCE = 0x0117
_MISSING = 0x0120
_PROCESSING_FAILURE = 0x0110
_NO_SUCH_ARGUMENT = 0x0114
_NO_SUCH_CLASS = 0x0118
_UNPRINTED_FILM_BOX = 0xC616
_NO_FILM_BOX = 0xC600
_EMPTY_SESSION = 0xB602
_EMPTY_FILM = 0xB603

_SESSION_VALUES = {
    "PrintPriority": {"HIGH", "MED", "LOW"},
    "MediumType": {"PAPER", "CLEAR FILM", "BLUE FILM", "MAMMO CLEAR FILM", "MAMMO BLUE FILM"},
    "FilmDestination": {"MAGAZINE", "PROCESSOR", "BIN_1", "BIN_2"},
}
_FILM_VALUES = {
    "FilmOrientation": {"PORTRAIT", "LANDSCAPE"},
    "FilmSizeID": {"8INX10IN", "10INX12IN", "11INX14IN", "14INX17IN", "A3", "A4"},
    "MagnificationType": {"REPLICATE", "BILINEAR", "CUBIC", "NONE"},
    "Trim": {"YES", "NO"},
}
_IMAGE_VALUES = {
    "Polarity": {"NORMAL", "REVERSE"},
    "MagnificationType": {"REPLICATE", "BILINEAR", "CUBIC", "NONE"},
    "RequestedDecimateCropBehavior": {"DECIMATE", "CROP", "FAIL"},
}
_ANNOTATION_FORMATS = {"LABEL": 1, "BOTTOM": 2}
"""How many annotation boxes the film boxes of an Annotation Display Format ID have."""


class Refused(Exception):
    """An operation is not performed."""

    def __init__(self, status: int, comment: str, *keywords: str) -> None:
        super().__init__(comment)
        self.status = status
        self.comment = comment[:64]
        self.tags = [tag_for_keyword(keyword) for keyword in keywords]


@dataclass
class FilmBox:
    """A film box and what belongs to it."""

    uid: str
    attributes: Dataset
    image_class: str
    image_boxes: dict[str, Dataset] = field(default_factory=dict)
    annotation_boxes: dict[str, Dataset] = field(default_factory=dict)
    is_printed: bool = False

    def images(self) -> list[Dataset]:
        """Return the image boxes that have an image."""
        keyword = _image_keyword(self.image_class)
        return [box for box in self.image_boxes.values() if box.get(keyword)]


@dataclass
class Printed:
    """A film as it comes out of the printer."""

    session: Dataset
    film_box: FilmBox
    presentation_luts: dict[str, Dataset]


class Films:
    """The objects of one association; all of them end with it."""

    def __init__(self, *, session_printing: bool, services: set[str]) -> None:
        self._session_printing = session_printing
        self._services = services
        self._session: tuple[str, Dataset] | None = None
        self._film_boxes: list[FilmBox] = []
        self._luts: dict[str, Dataset] = {}

    def create_session(self, uid: str, given: Dataset) -> Dataset:
        """N-CREATE of a film session (section H.4.1.2.1)."""
        if self._session is not None:
            raise Refused(_DUPLICATE, "one film session per association")
        _check_values(given, _SESSION_VALUES)
        self._session = (uid, given)
        return given

    def set_session(self, uid: str, given: Dataset) -> Dataset:
        """N-SET of a film session (section H.4.1.2.2)."""
        _, attributes = self._need_session(uid)
        _check_values(given, _SESSION_VALUES)
        attributes.update(given)
        return attributes

    def delete_session(self, uid: str) -> None:
        """N-DELETE of a film session and all that hangs on it (section H.4.1.2.3)."""
        self._need_session(uid)
        self._session = None
        self._film_boxes.clear()

    def create_film_box(self, uid: str, given: Dataset, meta: str) -> Dataset:
        """N-CREATE of a film box, which makes its image boxes (section H.4.2.2.1)."""
        _check_present(given, "ImageDisplayFormat", "ReferencedFilmSessionSequence")
        (session,) = given.ReferencedFilmSessionSequence
        if session.ReferencedSOPClassUID != FILM_SESSION:
            raise Refused(_INVALID_VALUE, "no film session", "ReferencedFilmSessionSequence")
        self._need_session(session.ReferencedSOPInstanceUID, _INVALID_INSTANCE)
        _check_values(given, _FILM_VALUES)
        self._check_luts(given)
        if self._film_boxes and not self._film_boxes[-1].is_printed and not self._session_printing:
            raise Refused(_UNPRINTED_FILM_BOX, "print the film box before")
        image_class = GRAYSCALE_IMAGE_BOX if meta == GRAYSCALE_META else COLOR_IMAGE_BOX
        box = FilmBox(uid, given, image_class)
        for _ in range(_image_boxes_of(given.ImageDisplayFormat)):
            box.image_boxes[generate_uid()] = Dataset()
        if ANNOTATION_BOX in self._services:
            wanted = given.get("AnnotationDisplayFormatID", "")
            if wanted and wanted not in _ANNOTATION_FORMATS:
                raise Refused(_INVALID_VALUE, "unknown format", "AnnotationDisplayFormatID")
            for _ in range(_ANNOTATION_FORMATS.get(wanted, 0)):
                box.annotation_boxes[generate_uid()] = Dataset()
        self._film_boxes.append(box)
        answer = Dataset()
        answer.update(given)
        answer.ReferencedImageBoxSequence = _references(image_class, box.image_boxes)
        if ANNOTATION_BOX in self._services:
            references = _references(ANNOTATION_BOX, box.annotation_boxes)
            answer.ReferencedBasicAnnotationBoxSequence = references
        return answer

    def set_film_box(self, uid: str, given: Dataset) -> Dataset:
        """N-SET of the last film box (section H.4.2.2.2)."""
        box = self._last_film_box(uid)
        fixed = ("ImageDisplayFormat", "FilmOrientation", "FilmSizeID", "AnnotationDisplayFormatID")
        for keyword in fixed:
            if keyword in given:
                raise Refused(0x0105, "cannot be changed", keyword)
        _check_values(given, _FILM_VALUES)
        self._check_luts(given)
        box.attributes.update(given)
        return box.attributes

    def delete_film_box(self, uid: str) -> None:
        """N-DELETE of the last film box (section H.4.2.2.3)."""
        self._film_boxes.remove(self._last_film_box(uid))

    def set_image_box(self, uid: str, given: Dataset, sop_class: str) -> Dataset | None:
        """N-SET of an image box of the last film box (section H.4.3)."""
        box = self._film_boxes[-1] if self._film_boxes else None
        if box is None or uid not in box.image_boxes:
            raise Refused(NO_SUCH_INSTANCE, "no image box of the last film box")
        if sop_class != box.image_class:
            raise Refused(0x0119, "an image box of the other kind")
        keyword = _image_keyword(sop_class)
        if "ImageBoxPosition" not in given or keyword not in given:
            raise Refused(_MISSING, "position or image is missing", "ImageBoxPosition", keyword)
        if given.ImageBoxPosition != list(box.image_boxes).index(uid) + 1:
            raise Refused(_INVALID_VALUE, "another position", "ImageBoxPosition")
        _check_values(given, _IMAGE_VALUES)
        self._check_luts(given)
        for image in given[keyword].value:
            _check_image(image, is_color=sop_class == COLOR_IMAGE_BOX)
        box.image_boxes[uid] = given
        return None

    def set_annotation_box(self, uid: str, given: Dataset) -> Dataset | None:
        """N-SET of an annotation box of the last film box (section H.4.4.2.1)."""
        boxes = self._film_boxes[-1].annotation_boxes if self._film_boxes else {}
        if uid not in boxes:
            raise Refused(NO_SUCH_INSTANCE, "no annotation box of the last film box")
        _check_present(given, "AnnotationPosition")
        if given.AnnotationPosition != list(boxes).index(uid) + 1:
            raise Refused(_INVALID_VALUE, "another position", "AnnotationPosition")
        boxes[uid] = given
        return None

    def create_lut(self, uid: str, given: Dataset) -> Dataset:
        """N-CREATE of a presentation LUT (section H.4.9.2.1)."""
        if ("PresentationLUTSequence" in given) == ("PresentationLUTShape" in given):
            raise Refused(_MISSING, "either table or shape", "PresentationLUTSequence")
        if given.get("PresentationLUTShape", "IDENTITY") not in {"IDENTITY", "LIN OD"}:
            raise Refused(_INVALID_VALUE, "unknown shape", "PresentationLUTShape")
        for item in given.get("PresentationLUTSequence", []):
            entries, first, bits = item.LUTDescriptor
            if entries not in {256, 4096} or first != 0 or bits not in range(10, 17):
                raise Refused(_INVALID_VALUE, "bad descriptor", "PresentationLUTSequence")
        self._luts[uid] = given
        return given

    def delete_lut(self, uid: str) -> None:
        """N-DELETE of a presentation LUT that nobody refers to (section H.4.9.2.2)."""
        if uid not in self._luts:
            raise Refused(NO_SUCH_INSTANCE, "no such presentation LUT")
        for box in self._film_boxes:
            for attributes in (box.attributes, *box.image_boxes.values()):
                if uid in _lut_references(attributes):
                    raise Refused(_PROCESSING_FAILURE, "still referred to")
        del self._luts[uid]

    def print_film_box(self, uid: str) -> tuple[int, list[Printed]]:
        """N-ACTION of the last film box (section H.4.2.2.4)."""
        box = self._last_film_box(uid)
        if not box.images():
            return _EMPTY_FILM, []
        return 0, [self._printed(box)]

    def print_session(self, uid: str) -> tuple[int, list[Printed]]:
        """N-ACTION of the film session (section H.4.1.2.4)."""
        self._need_session(uid)
        if not self._film_boxes:
            raise Refused(_NO_FILM_BOX, "no film box")
        films = [self._printed(box) for box in self._film_boxes if box.images()]
        return (0 if films else _EMPTY_SESSION), films

    def _printed(self, box: FilmBox) -> Printed:
        assert self._session is not None
        box.is_printed = True
        return Printed(self._session[1], box, self._luts)

    def _need_session(self, uid: str, status: int = NO_SUCH_INSTANCE) -> tuple[str, Dataset]:
        if self._session is None or self._session[0] != uid:
            raise Refused(status, "no such film session")
        return self._session

    def _last_film_box(self, uid: str) -> FilmBox:
        if not self._film_boxes or self._film_boxes[-1].uid != uid:
            raise Refused(NO_SUCH_INSTANCE, "not the last film box")
        return self._film_boxes[-1]

    def _check_luts(self, given: Dataset) -> None:
        for uid in _lut_references(given):
            if PRESENTATION_LUT not in self._services:
                raise Refused(0x0105, "not negotiated", "ReferencedPresentationLUTSequence")
            if uid not in self._luts:
                raise Refused(_INVALID_VALUE, "unknown LUT", "ReferencedPresentationLUTSequence")


def _image_keyword(sop_class: str) -> str:
    is_color = sop_class == COLOR_IMAGE_BOX
    return "BasicColorImageSequence" if is_color else "BasicGrayscaleImageSequence"


def _references(sop_class: str, uids: dict[str, Dataset]) -> list[Dataset]:
    items = []
    for uid in uids:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, uid
        items.append(item)
    return items


def _lut_references(given: Dataset) -> list[str]:
    items = given.get("ReferencedPresentationLUTSequence") or []
    return [item.ReferencedSOPInstanceUID for item in items]


def _check_present(given: Dataset, *keywords: str) -> None:
    missing = [keyword for keyword in keywords if not given.get(keyword)]
    if missing:
        raise Refused(_MISSING, f"{missing[0]} is missing", *missing)


def _check_values(given: Dataset, allowed: dict[str, set[str]]) -> None:
    for keyword, values in allowed.items():
        if given.get(keyword) and given[keyword].value not in values:
            raise Refused(_INVALID_VALUE, f"{keyword} cannot be this", keyword)


def _image_boxes_of(display_format: str) -> int:
    """Count the image boxes of an Image Display Format (PS3.3 section C.13.3)."""
    # pydicom splits the value at the backslash.
    text = "\\".join(display_format) if not isinstance(display_format, str) else display_format
    found = re.fullmatch(r"(STANDARD|ROW|COL)\\(\d+(?:,\d+)*)|SLIDE|SUPERSLIDE", text)
    if found is None:
        raise Refused(_INVALID_VALUE, "unknown format", "ImageDisplayFormat")
    if found[1] is None:
        return 1
    numbers = [int(number) for number in found[2].split(",")]
    if found[1] == "STANDARD":
        return numbers[0] * numbers[1]
    return sum(numbers)


def _check_image(image: Dataset, *, is_color: bool) -> None:
    """Check the one item of an image sequence (Tables H.4-10 and H.4-11)."""
    _check_present(image, "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns")
    _check_present(image, "BitsAllocated", "BitsStored", "HighBit", "PixelData")
    if "PixelRepresentation" not in image or (is_color and "PlanarConfiguration" not in image):
        raise Refused(_MISSING, "an attribute of the image is missing", "PixelRepresentation")
    samples = 3 if is_color else 1
    bits = (image.BitsAllocated, image.BitsStored, image.HighBit)
    allowed = {(8, 8, 7)} if is_color else {(8, 8, 7), (16, 12, 11)}
    kinds = {"RGB"} if is_color else {"MONOCHROME1", "MONOCHROME2"}
    wrong = image.SamplesPerPixel != samples or bits not in allowed
    wrong = wrong or image.PhotometricInterpretation not in kinds or image.PixelRepresentation != 0
    wrong = wrong or (is_color and image.PlanarConfiguration != 1)
    if wrong:
        raise Refused(_INVALID_VALUE, "not an image that can be printed", "BitsStored")
    size = image.Rows * image.Columns * samples * image.BitsAllocated // 8
    if len(image.PixelData) != size + size % 2:
        raise Refused(_INVALID_VALUE, "Pixel Data has another length", "PixelData")
