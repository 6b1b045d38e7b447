"""What may be asked of the media, by the names that callers use (PS3.4 Table S.3.2.1.1-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

__all__ = ["OPTIONS", "PRIORITIES", "MediaOptions", "Option", "OptionKind"]

OptionKind = Literal["flag", "objects", "code", "text", "file_set_id", "uid"]


class MediaOptions(TypedDict, total=False):
    """What may be asked of the media. All are optional, and the device may ignore most of them.

    Attributes
    ----------
    file_set_id : str
        Storage Media File-Set ID (0088,0130), the volume name: 1 to 16 of ``A-Z 0-9 _``.
    file_set_uid : str
        Storage Media File-Set UID (0088,0140).
    label_from_instances : bool
        Whether the label may show patient and study, as the instances have them (2200,0001).
    label_text : str
        What to print on the label besides (2200,0002); several lines are allowed.
    label_style : str
        A label style that the device knows by this code (2200,0003).
    disposition : str
        Where and to whom the media are to go (2200,0004), for instance a postal address.
    barcode : str
        The value of a barcode on the label (2200,0005).
    barcode_symbology : str
        Its symbology (2200,0006): ``"CODE128"``, ``"CODE39"``, ``"INTER_2_5"``, ``"HIBC"``.
    allow_splitting : bool
        Whether the instances may go on several pieces of media (2200,0007).
    include_non_dicom : bool or str
        Whether renderings such as web pages go on the media, and for whom (2200,0008): ``"NO"``,
        ``"FOR_PHYSICIAN"``, ``"FOR_PATIENT"``, ``"FOR_TEACHING"`` or ``"UNRESTRICTED"``, for
        which True stands.
    include_display_application : bool
        Whether a viewer goes on the media (2200,0009).
    preserve_instances : bool
        Whether the device is to keep the instances afterwards (2200,000A).
    allow_lossy_compression : bool
        Whether the device may compress images with loss (2200,000F).
    """

    file_set_id: str
    file_set_uid: str
    label_from_instances: bool
    label_text: str
    label_style: str
    disposition: str
    barcode: str
    barcode_symbology: str
    allow_splitting: bool
    include_non_dicom: bool | str
    include_display_application: bool
    preserve_instances: bool
    allow_lossy_compression: bool


@dataclass(frozen=True, slots=True)
class Option:
    """How an option is sent.

    Attributes
    ----------
    keyword : str
        The attribute.
    kind : str
        What values it takes.
    longest : int or None
        How many characters there may be (PS3.5 Table 6.2-1).
    """

    keyword: str
    kind: OptionKind
    longest: int | None = None


_SHORT = 16
_LONG_TEXT = 10240

OPTIONS: dict[str, Option] = {
    "file_set_id": Option("StorageMediaFileSetID", "file_set_id", _SHORT),
    "file_set_uid": Option("StorageMediaFileSetUID", "uid"),
    "label_from_instances": Option("LabelUsingInformationExtractedFromInstances", "flag"),
    "label_text": Option("LabelText", "text"),
    "label_style": Option("LabelStyleSelection", "code", _SHORT),
    "disposition": Option("MediaDisposition", "text", _LONG_TEXT),
    "barcode": Option("BarcodeValue", "text", _LONG_TEXT),
    "barcode_symbology": Option("BarcodeSymbology", "code", _SHORT),
    "allow_splitting": Option("AllowMediaSplitting", "flag"),
    "include_non_dicom": Option("IncludeNonDICOMObjects", "objects"),
    "include_display_application": Option("IncludeDisplayApplication", "flag"),
    "preserve_instances": Option("PreserveCompositeInstancesAfterMediaCreation", "flag"),
    "allow_lossy_compression": Option("AllowLossyCompression", "flag"),
}

# PS3.3 section C.22.1: not the words of the other services.
PRIORITIES: dict[str, str] = {"high": "HIGH", "medium": "MED", "low": "LOW"}
"""Request Priority (2200,0020)."""
