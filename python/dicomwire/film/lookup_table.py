"""Lookup tables of images: Modality LUT and VOI LUT (PS3.3 sections C.11.1.1 and C.11.2.1.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

__all__ = ["LookupTable"]

_DESCRIPTOR_VALUES = 3
_MAX_SIGNED = 0x7FFF
_MAX_BITS = 16


@dataclass(frozen=True)
class LookupTable:
    """A table from integers to integers.

    Parameters
    ----------
    entries : numpy.ndarray
        The outputs.
    first : int
        The input of the first entry. Inputs below get that entry, those above the last one.
    bits : int
        How many bits the outputs have.
    """

    entries: NDArray[np.uint16]
    first: int
    bits: int

    @classmethod
    def from_item(cls, item: Dataset, *, signed: bool, little_endian: bool = True) -> LookupTable:
        """Read the table of an item of Modality or VOI LUT Sequence.

        Parameters
        ----------
        item : pydicom.Dataset
            With LUT Descriptor (0028,3002) and LUT Data (0028,3006).
        signed : bool
            Whether inputs may be negative, which is what the first input is then read as.
        little_endian : bool
            The byte order of LUT Data with VR OW.

        Returns
        -------
        LookupTable
            The table.

        Raises
        ------
        ConfigError
            If the descriptor or the data cannot be.
        """
        return cls.from_values(
            item.get("LUTDescriptor"),
            item.get("LUTData"),
            signed=signed,
            little_endian=little_endian,
        )

    @classmethod
    def from_values(
        cls,
        descriptor: Sequence[int] | None,
        data: bytes | Sequence[int] | None,
        *,
        signed: bool,
        little_endian: bool = True,
    ) -> LookupTable:
        """Read the table that a descriptor and data make, as `from_item` does.

        Parameters
        ----------
        descriptor : sequence of int
            The number of entries, the first input, the bits of an entry.
        data : bytes or sequence of int
            The entries.
        signed, little_endian : bool
            As of `from_item`.

        Returns
        -------
        LookupTable
            The table.

        Raises
        ------
        ConfigError
            If the descriptor or the data cannot be.
        """
        import numpy as np

        described = _integers("descriptor", descriptor)
        if len(described) != _DESCRIPTOR_VALUES:
            raise ConfigError(f"the LUT descriptor {descriptor!r} has not three values")
        # Whether these were read as US or SS depends on the file. The count has no sign, and the
        # first input has that of the inputs. Zero stands for 65536 entries.
        count, first, bits = (value & 0xFFFF for value in described)
        count = count or 1 << 16
        if signed and first > _MAX_SIGNED:
            first -= 1 << 16
        entries = _entries(data, count, little_endian=little_endian)
        if not 1 <= bits <= _MAX_BITS:
            raise ConfigError(f"the LUT descriptor says that entries have {bits} bits")
        # Common mistake: entries with more bits than the descriptor says.
        highest = int(entries.max()).bit_length()
        return cls(entries.astype(np.uint16), first, max(bits, highest))

    def apply(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        """Look values up."""
        import numpy as np

        last = len(self.entries) - 1
        offsets = np.clip(np.rint(values).astype(np.int64) - self.first, 0, last)
        looked_up: NDArray[np.uint16] = self.entries[offsets]
        return looked_up


def _integers(what: str, values: object) -> list[int]:
    """Return the values of an element, be they one, several or none; strangers wrote them.

    Raises
    ------
    ConfigError
        If one of them is no integer.
    """
    several: Any = () if values is None or values == "" else values
    if isinstance(several, str | bytes) or not isinstance(several, Iterable):
        several = (several,)
    try:
        return [int(value) for value in several]
    except (TypeError, ValueError, OverflowError):
        raise ConfigError(f"the LUT {what} {values!r} has values that are no integers") from None


def _entries(
    data: bytes | Sequence[int] | None, count: int, *, little_endian: bool
) -> NDArray[Any]:
    import numpy as np

    if isinstance(data, (bytes, bytearray)):
        # Entries of 8 bits may be packed two in a word.
        is_packed = len(data) in (count, count + count % 2) and count > 1
        order = "<" if little_endian else ">"
        dtype = np.dtype(np.uint8) if is_packed else np.dtype(f"{order}u2")
        size = len(data) - len(data) % dtype.itemsize
        entries = np.frombuffer(data[:size], dtype=dtype).astype(np.int64)
    else:
        entries = np.array([value & 0xFFFF for value in _integers("data", data)], dtype=np.int64)
    if count > 1 and len(entries) == (count + 1) // 2:
        # The same, read as words.
        entries = entries.astype("<u2").view(np.uint8)
    if len(entries) < count:
        raise ConfigError(f"the LUT data has {len(entries)} of {count} entries")
    return entries[:count]
