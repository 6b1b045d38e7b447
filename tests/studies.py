"""Studies made up for archives that are to be queried: what they hold is known beforehand.

Each patient is there for something that queries get wrong: names in other scripts, several values,
dates that are missing, a study of many series. The images are small, and have what a data set may
have: a sequence, private elements, values of odd length.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from comparing import read
from corpora import corpus_files
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    EnhancedSRStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MRImageStorage,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ROOT = "1.2.826.0.1.3680043.8.498.4"
_STORAGE_CLASSES = {"CT": CTImageStorage, "MR": MRImageStorage, "SR": EnhancedSRStorage}
_MOST_BYTES = 600_000
# Pixels with the VR UN, which Orthanc does not take.
_LEFT_OUT = {"DICOMDIR", "explicit_VR-UN.dcm"}


@dataclass(frozen=True)
class Study:
    """A study to make: its attributes, and for each of its series the modality and the size."""

    number: int
    series: tuple[tuple[str, int], ...]
    date: str = "20240102"
    time: str = "101500"
    description: str = ""
    accession: str = ""
    readers: tuple[str, ...] = ()

    @property
    def uid(self) -> str:
        """Its Study Instance UID."""
        return f"{_ROOT}.{self.number}"

    def series_uid(self, series: int) -> str:
        """Return the Series Instance UID of a series, counted from 1."""
        return f"{self.uid}.{series}"

    def instance_uid(self, series: int, instance: int) -> str:
        """Return the SOP Instance UID of an instance, counted from 1."""
        return f"{self.uid}.{series}.{instance}"

    def instance_uids(self) -> list[str]:
        """Return the SOP Instance UIDs of all its instances."""
        return [
            self.instance_uid(series, instance)
            for series, (_, count) in enumerate(self.series, 1)
            for instance in range(1, count + 1)
        ]


@dataclass(frozen=True)
class Patient:
    """A patient to make, with the studies."""

    id: str
    name: str
    studies: tuple[Study, ...]
    character_sets: tuple[str, ...] = ()
    birth_date: str = "19700401"
    other_names: tuple[str, ...] = ()
    comments: str = field(default="", repr=False)


JOHN = Patient(
    "DW-1",
    "DOE^JOHN",
    (
        Study(1, (("CT", 3), ("CT", 2), ("SR", 1)), description="THORAX", accession="A1"),
        Study(2, (("MR", 2),), date="20240315", description="KNEE", accession="A2"),
    ),
)
JURGEN = Patient(
    "DW-2",
    "Müller^Jürgen^^Dr.",
    (Study(3, (("CT", 2),), date="", time="", description="Schädel nativ", accession="A3"),),
    character_sets=("ISO_IR 100",),
    other_names=("Mueller^Juergen", "Möller^J"),
)
ALPHA = Patient(
    "DW-3",
    "Ωμέγα^Άλφα",
    (
        Study(
            4,
            (("MR", 2), ("CT", 1)),
            date="20231231",
            description="Κεφαλή",
            readers=("Ένας^Ένα", "Δύο^Δύο", "Wáng^小东"),
        ),
    ),
    character_sets=("ISO_IR 192",),
    birth_date="",
)
TARO = Patient(
    "DW-4",
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
    (Study(5, (("CT", 2),), date="20240102", time="235959.123", accession="A5"),),
    character_sets=("", "ISO 2022 IR 87"),
    comments="胸部",
)
MANY = Patient(
    "DW-5",
    "MANY^SERIES",
    (Study(6, (("CT", 1),) * 40, date="20200101", description="FORTY SERIES", accession="A6"),),
)
PATIENTS = (JOHN, JURGEN, ALPHA, TARO, MANY)


def write_studies(directory: Path) -> list[Path]:
    """Write the instances of all patients, the MR ones in implicit VR, and return their files."""
    paths = []
    for patient in PATIENTS:
        for study in patient.studies:
            for dataset in _instances(patient, study):
                path = directory / f"{dataset.SOPInstanceUID}.dcm"
                dataset.save_as(path, enforce_file_format=True)
                paths.append(path)
    return paths


def _instances(patient: Patient, study: Study) -> Iterator[Dataset]:
    for series, (modality, count) in enumerate(study.series, 1):
        for instance in range(1, count + 1):
            dataset = Dataset()
            if patient.character_sets:
                dataset.SpecificCharacterSet = list(patient.character_sets)
            _describe_patient(dataset, patient)
            _describe_study(dataset, study)
            dataset.Modality = modality
            dataset.SeriesInstanceUID = study.series_uid(series)
            dataset.SeriesNumber = series
            dataset.SOPClassUID = _STORAGE_CLASSES[modality]
            dataset.SOPInstanceUID = study.instance_uid(series, instance)
            dataset.InstanceNumber = instance
            _add_content(dataset, series * 100 + instance)
            dataset.file_meta = FileMetaDataset()
            implicit = modality == "MR"
            dataset.file_meta.TransferSyntaxUID = (
                ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
            )
            yield dataset


def _describe_patient(dataset: Dataset, patient: Patient) -> None:
    dataset.PatientName = patient.name
    dataset.PatientID = patient.id
    dataset.PatientBirthDate = patient.birth_date
    dataset.PatientSex = "O"
    if patient.other_names:
        dataset.OtherPatientNames = list(patient.other_names)
    if patient.comments:
        dataset.PatientComments = patient.comments


def _describe_study(dataset: Dataset, study: Study) -> None:
    dataset.StudyInstanceUID = study.uid
    dataset.StudyID = str(study.number)
    dataset.StudyDate = study.date
    dataset.StudyTime = study.time
    dataset.StudyDescription = study.description
    dataset.AccessionNumber = study.accession
    dataset.ReferringPhysicianName = "HOUSE^GREGORY"
    if study.readers:
        dataset.NameOfPhysiciansReadingStudy = list(study.readers)


def _add_content(dataset: Dataset, seed: int) -> None:
    """Add what must survive a retrieval: sequences, private elements, pixels."""
    code = Dataset()
    code.CodeValue = f"T-{seed}"
    code.CodingSchemeDesignator = "SRT"
    code.CodeMeaning = "somewhere"
    dataset.AnatomicRegionSequence = [code, Dataset()]
    private = dataset.private_block(0x0011, "DICOMWIRE TESTS", create=True)
    private.add_new(0x01, "LO", f"private {seed}")
    private.add_new(0x02, "FD", [seed / 7, -1.0])
    if dataset.Modality == "SR":
        dataset.ContentDate, dataset.ContentTime = "20240102", "1015"
        dataset.ValueType, dataset.ContinuityOfContent = "CONTAINER", "SEPARATE"
        return
    dataset.Rows = dataset.Columns = 16
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.PixelSpacing = ["0.5", "0.25"]
    pixels = (np.arange(256, dtype="<u2") * seed) & 0xFFF
    dataset.PixelData = pixels.tobytes()


def corpus_for_archives(*, compressed: bool) -> list[Path]:
    """Return the files of the corpora that archives can index: each instance once, none huge.

    Those in little endian that are not compressed, or those that are.
    """
    found: dict[str, Path] = {}
    for path in corpus_files():
        if path.stat().st_size > _MOST_BYTES or path.name in _LEFT_OUT:
            continue
        dataset = _head(path)
        if dataset is None or dataset.SOPInstanceUID in found:
            continue
        syntax = dataset.file_meta.TransferSyntaxUID
        is_plain = syntax in (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
        if syntax.is_encapsulated if compressed else is_plain:
            found[dataset.SOPInstanceUID] = path
    return list(found.values())


def _head(path: Path) -> Dataset | None:
    """Read a file if an archive can index it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.read_bytes()[128:132] != b"DICM":
            return None
        try:
            dataset = read(path)
            needed = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
            complete = all(dataset.get(keyword) for keyword in (*needed, "PatientID"))
            complete = complete and dataset.SOPInstanceUID.is_valid
            known = dataset.file_meta.TransferSyntaxUID.is_transfer_syntax
        except (AttributeError, ValueError, NotImplementedError):
            return None
    return dataset if complete and known else None
