"""What a printer can do: the Printer Configuration Retrieval SOP class (PS3.4 H.4.11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dicomwire.print_events import items_of, text_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import Dataset

    from dicomwire.normalized_result import NResult
    from dicomwire.status import Status

__all__ = ["PrinterAbilities", "PrinterConfiguration", "PrinterFormat", "PrinterMedium"]


@dataclass(frozen=True, slots=True)
class PrinterMedium:
    """A medium the printer has, or may be given.

    Attributes
    ----------
    medium_type, film_size_id : str or None
        (2000,0030) and (2010,0050).
    min_density, max_density : int or None
        In hundredths of optical density, (2010,0120) and (2010,0130).
    is_installed : bool
        Whether it is in the printer now.
    """

    medium_type: str | None
    film_size_id: str | None
    min_density: int | None
    max_density: int | None
    is_installed: bool


@dataclass(frozen=True, slots=True)
class PrinterFormat:
    """A display format the printer supports.

    Attributes
    ----------
    image_display_format, film_orientation, film_size_id : str or None
        (2010,0010), (2010,0040) and (2010,0050).
    rows, columns : int or None
        Printable pixels of an image box, if all of them have the same, (0028,0010) and
        (0028,0011).
    printer_resolution_id : str or None
        (2010,0052).
    printer_pixel_spacing : tuple of float
        Between rows and between columns, in millimetres, (2010,0376).
    requested_image_size : bool
        Whether Requested Image Size (2020,0030) is supported, (2020,00A0).
    """

    image_display_format: str | None
    film_orientation: str | None
    film_size_id: str | None
    rows: int | None
    columns: int | None
    printer_resolution_id: str | None
    printer_pixel_spacing: tuple[float, ...]
    requested_image_size: bool


@dataclass(frozen=True, slots=True)
class PrinterAbilities:
    """What one printer behind the AE title can do: an item of (2000,001E).

    Attributes
    ----------
    printer_name, manufacturer, manufacturer_model_name : str or None
        (2110,0030), (0008,0070) and (0008,1090).
    sop_classes_supported : tuple of str
        (0008,115A).
    memory_bit_depth, printing_bit_depth : int or None
        (2000,00A0) and (2000,00A1).
    maximum_memory_allocation : int or None
        In kilobytes, (2000,0061).
    maximum_collated_films : int or None
        The most films of a session that is printed as a whole, (2010,0154).
    decimate_crop_result : str or None
        What it does with images that are too large, (2020,00A2).
    magnification_types, smoothing_types : tuple of str
        The default first.
    media : tuple of PrinterMedium
        What is installed, then what may be.
    formats : tuple of PrinterFormat
        The display formats.
    """

    printer_name: str | None
    manufacturer: str | None
    manufacturer_model_name: str | None
    sop_classes_supported: tuple[str, ...]
    memory_bit_depth: int | None
    printing_bit_depth: int | None
    maximum_memory_allocation: int | None
    maximum_collated_films: int | None
    decimate_crop_result: str | None
    magnification_types: tuple[str, ...]
    smoothing_types: tuple[str, ...]
    media: tuple[PrinterMedium, ...]
    formats: tuple[PrinterFormat, ...]

    @classmethod
    def from_item(cls, item: Dataset) -> PrinterAbilities:
        """Read an item of Printer Configuration Sequence."""
        return cls(
            text_of(item, "PrinterName"),
            text_of(item, "Manufacturer"),
            text_of(item, "ManufacturerModelName"),
            tuple(texts_of(item, "SOPClassesSupported")),
            _number(item, "MemoryBitDepth"),
            _number(item, "PrintingBitDepth"),
            _number(item, "MaximumMemoryAllocation"),
            _number(item, "MaximumCollatedFilms"),
            text_of(item, "DecimateCropResult"),
            _default_first(item, "DefaultMagnificationType", "OtherMagnificationTypesAvailable"),
            _default_first(item, "DefaultSmoothingType", "OtherSmoothingTypesAvailable"),
            tuple(_media(item)),
            tuple(_formats(item)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class PrinterConfiguration:
    """The answer of a printer that was asked for its configuration (PS3.4 Table H.4-26).

    Attributes
    ----------
    result : NResult
        The answer; its data set has all of it.
    printers : tuple of PrinterAbilities
        Each printer behind the AE title; empty if the answer failed.
    """

    result: NResult
    printers: tuple[PrinterAbilities, ...] = ()

    @classmethod
    def from_result(cls, result: NResult) -> PrinterConfiguration:
        """Read the answer to an N-GET."""
        items = items_of(result.dataset, "PrinterConfigurationSequence")
        return cls(result, tuple(PrinterAbilities.from_item(item) for item in items))

    @property
    def status(self) -> Status:
        """The status of the answer."""
        return self.result.status

    def to_dict(self) -> dict[str, Any]:
        """Return what ``dicomwire print --status --json`` prints."""
        from dataclasses import asdict

        return {
            "status": f"0x{self.status:04X}",
            "printers": [asdict(printer) for printer in self.printers],
        }


def _media(item: Dataset) -> Iterator[PrinterMedium]:
    for keyword in ("MediaInstalledSequence", "OtherMediaAvailableSequence"):
        for medium in items_of(item, keyword):
            yield PrinterMedium(
                text_of(medium, "MediumType"),
                text_of(medium, "FilmSizeID"),
                _number(medium, "MinDensity"),
                _number(medium, "MaxDensity"),
                is_installed=keyword == "MediaInstalledSequence",
            )


def _formats(item: Dataset) -> Iterator[PrinterFormat]:
    for layout in items_of(item, "SupportedImageDisplayFormatsSequence"):
        yield PrinterFormat(
            text_of(layout, "ImageDisplayFormat"),
            text_of(layout, "FilmOrientation"),
            text_of(layout, "FilmSizeID"),
            _number(layout, "Rows"),
            _number(layout, "Columns"),
            text_of(layout, "PrinterResolutionID"),
            _numbers(layout, "PrinterPixelSpacing"),
            requested_image_size=text_of(layout, "RequestedImageSizeFlag") == "YES",
        )


def _numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    try:
        return tuple(float(text) for text in texts_of(dataset, keyword))
    except ValueError:
        return ()


def _number(dataset: Dataset, keyword: str) -> int | None:
    text = text_of(dataset, keyword)
    return int(text) if text is not None and text.isdecimal() else None


def _default_first(item: Dataset, default: str, others: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*texts_of(item, default), *texts_of(item, others)]))
