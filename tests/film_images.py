"""Images of a few pixels for the tests of films, with whatever attributes a test wants."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset

__all__ = ["image_of", "lut_item"]


def image_of(samples: Any, **attributes: Any) -> Dataset:
    """Make a data set of samples: (rows, columns), with frames or colors before or after them."""
    array = np.asarray(samples)
    is_color = attributes.get("SamplesPerPixel") == 3
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    shape = array.shape[:-1] if is_color else array.shape
    dataset.Rows, dataset.Columns = shape[-2:]
    if len(shape) > 2:
        dataset.NumberOfFrames = shape[0]
    dataset.BitsAllocated = array.dtype.itemsize * 8
    dataset.BitsStored = attributes.get("BitsStored", dataset.BitsAllocated)
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(array.dtype.kind == "i")
    if is_color:
        dataset.PlanarConfiguration = 0
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    if array.dtype.kind == "f":
        dataset.FloatPixelData = data
    else:
        vr = "OB" if array.dtype.itemsize == 1 else "OW"
        dataset.add_new("PixelData", vr, data + b"\0" * (len(data) % 2))
    return dataset


def lut_item(first: int, bits: int, entries: list[int], explanation: str = "") -> Dataset:
    """Make an item of Modality or VOI LUT Sequence."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first & 0xFFFF, bits])
    item.LUTExplanation = explanation
    item.add_new("LUTData", "US", entries)
    return item
