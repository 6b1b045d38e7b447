"""What the scan bench reads of each file: twenty elements, in the order of their tags."""

from __future__ import annotations

__all__ = ["SCAN_TAGS"]

SCAN_TAGS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "Modality",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "SliceThickness",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "InstanceNumber",
    "ImagePositionPatient",
    "Rows",
    "Columns",
    "PixelSpacing",
    "RescaleSlope",
)
