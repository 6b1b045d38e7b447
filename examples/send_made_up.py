"""Send data sets that were never files: ``python send_made_up.py ORTHANC@127.0.0.1:4242 10``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from pydicom import Dataset
from pydicom.uid import SecondaryCaptureImageStorage

import dicomwire as dw


def gradients(count: int) -> Iterator[Dataset]:
    """Make small grey images one after the other; each is sent before the next but few is made."""
    study, series = dw.generate_uid(), dw.generate_uid()
    for number in range(1, count + 1):
        dataset = Dataset()
        dataset.SOPClassUID = SecondaryCaptureImageStorage
        dataset.SOPInstanceUID = dw.generate_uid()
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, series
        dataset.PatientName, dataset.PatientID = "Test^Gradient", "GRADIENT"
        dataset.Modality, dataset.InstanceNumber = "OT", number
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.Rows, dataset.Columns = 64, 256
        dataset.BitsAllocated = dataset.BitsStored = 8
        dataset.HighBit, dataset.PixelRepresentation = 7, 0
        dataset.PixelData = bytes((column * number) % 256 for column in range(256)) * 64
        yield dataset


def main(peer: str, count: str) -> int:
    """Send so many of them."""
    with dw.DicomEngine():
        report = dw.StoreScu(peer).store(gradients(int(count)))
    print(f"{report.sent} sent")
    report.raise_for_failures()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
