"""Presentation LUT: from pixel values to presentation values (PS3.3 C.11.4, PS3.4 H.4.9)."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from operator import index
from typing import TYPE_CHECKING

from .checking import refuse, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydicom.dataset import Dataset

__all__ = ["PresentationLut"]

_SHAPES = ("IDENTITY", "LIN OD")
# 8-bit images have tables of 256 entries, 12-bit images of 4096 (PS3.3 section C.11.4).
_ENTRIES = {8: 256, 12: 4096}
_BITS = range(10, 17)


def _check_bits(bits: int) -> None:
    """Refuse what is no number of bits of an entry."""
    if isinstance(bits, bool) or bits not in _BITS:
        raise refuse("PresentationLut.bits", bits, "must be 10 to 16")


@dataclass(frozen=True)
class PresentationLut:
    """How a printer turns pixel values into presentation values, one shape or one table.

    Parameters
    ----------
    shape : str, optional
        IDENTITY (pixel values are presentation values) or LIN OD (they are linear in optical
        density), (2050,0020).
    table : tuple of int, optional
        The output for each pixel value from 0: 256 entries for 8-bit images, 4096 for 12-bit
        images, (0028,3006).
    bits : int
        How many bits an entry has, 10 to 16: the third value of LUT Descriptor (0028,3002).
    explanation : str, optional
        What the table is for, up to 64 characters, (0028,3003).

    Raises
    ------
    ConfigError
        If there is not exactly one of shape and table, or the table cannot be.

    Examples
    --------
    >>> from dicomwire.film import PresentationLut
    >>> PresentationLut("LIN OD").to_dataset().PresentationLUTShape
    'LIN OD'
    >>> gamma = PresentationLut.from_function(lambda value: value**0.8, bits=12)
    >>> gamma.table[0], gamma.table[255]
    (0, 4095)
    """

    shape: str | None = None
    _: KW_ONLY
    table: tuple[int, ...] | None = None
    bits: int = 16
    explanation: str | None = None

    def __post_init__(self) -> None:
        """Check every field, alone and together."""
        if (self.shape is None) == (self.table is None):
            rule = "give a shape (IDENTITY or LIN OD) or a table, and not both"
            raise refuse("PresentationLut.shape", self.shape, rule)
        if self.shape is not None and self.shape not in _SHAPES:
            raise refuse("PresentationLut.shape", self.shape, f"must be {' or '.join(_SHAPES)}")
        if self.explanation is not None:
            text(64)("PresentationLut.explanation", self.explanation)
            if self.table is None:
                rule = "explains a table, and there is none"
                raise refuse("PresentationLut.explanation", self.explanation, rule)
        _check_bits(self.bits)
        if self.table is not None:
            self._check_table(self.table)

    def _check_table(self, table: Iterable[int]) -> None:
        name = "PresentationLut.table"
        try:
            entries = tuple(index(entry) for entry in table)
        except TypeError as error:
            raise refuse(name, table, f"must be integers ({error})") from None
        object.__setattr__(self, "table", entries)
        if len(entries) not in _ENTRIES.values():
            rule = "has 256 entries for 8-bit images or 4096 for 12-bit images"
            raise refuse(name, f"{len(entries)} entries", rule)
        for entry in entries:
            if not 0 <= entry < 1 << self.bits:
                rule = f"entries of {self.bits} bits are from 0 to {(1 << self.bits) - 1}"
                raise refuse(name, entry, rule)

    @classmethod
    def from_function(
        cls,
        function: Callable[[float], float],
        *,
        bits_stored: int = 8,
        bits: int = 16,
        explanation: str | None = None,
    ) -> PresentationLut:
        """Make a table of a function.

        Parameters
        ----------
        function : callable
            From 0…1, the pixel value, to 0…1, the presentation value; black is 0.
        bits_stored : int
            The bits of the images: 8 or 12.
        bits : int
            The bits of an entry, 10 to 16.
        explanation : str, optional
            What the table is for.

        Returns
        -------
        PresentationLut
            With 256 or 4096 entries.

        Raises
        ------
        ConfigError
            If the images have other bits, or the function gives what is not from 0 to 1.
        """
        if bits_stored not in _ENTRIES:
            raise refuse("bits_stored", bits_stored, "images to print have 8 or 12 bits")
        _check_bits(bits)
        last = _ENTRIES[bits_stored] - 1
        values = [float(function(pixel / last)) for pixel in range(last + 1)]
        for pixel, value in enumerate(values):
            if not 0 <= value <= 1:
                rule = f"must be from 0 to 1, and it is what the function gives for {pixel / last}"
                raise refuse("function", value, rule)
        highest = (1 << bits) - 1
        entries = tuple(round(value * highest) for value in values)
        return cls(table=entries, bits=bits, explanation=explanation)

    @property
    def bits_stored(self) -> int | None:
        """The bits of the images that a table is for: 8 or 12; None for a shape."""
        if self.table is None:
            return None
        return 8 if len(self.table) == _ENTRIES[8] else 12

    def to_dataset(self) -> Dataset:
        """Return what N-CREATE of the Presentation LUT sends.

        Returns
        -------
        pydicom.Dataset
            Presentation LUT Shape, or Presentation LUT Sequence with one item.
        """
        from pydicom.dataset import Dataset

        dataset = Dataset()
        if self.table is None:
            dataset.PresentationLUTShape = self.shape
            return dataset
        item = Dataset()
        item.add_new("LUTDescriptor", "US", [len(self.table), 0, self.bits])
        if self.explanation is not None:
            item.LUTExplanation = self.explanation
            if not self.explanation.isascii():
                dataset.SpecificCharacterSet = "ISO_IR 192"
        # OW, since 4096 values of two bytes fit into US but 65536 would not (PS3.3 C.11.1.1.1).
        data = b"".join(entry.to_bytes(2, "little") for entry in self.table)
        item.add_new("LUTData", "OW", data)
        dataset.PresentationLUTSequence = [item]
        return dataset
