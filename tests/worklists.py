"""Worklist items made up for worklist servers, and their files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

if TYPE_CHECKING:
    from pathlib import Path

_ROOT = "1.2.826.0.1.3680043.8.498.5"
_WORKLIST_FILE = "1.2.276.0.7230010.3.1.0.1"


@dataclass(frozen=True)
class Step:
    """A scheduled procedure step."""

    id: str
    modality: str
    station: str
    date: str
    time: str = "0900"
    physician: str = ""
    description: str = ""


@dataclass(frozen=True)
class Item:
    """A worklist item: a patient and what is scheduled."""

    number: int
    patient_name: str
    steps: tuple[Step, ...]
    character_sets: tuple[str, ...] = ()

    @property
    def patient_id(self) -> str:
        """The patient's identifier."""
        return f"WL-{self.number}"


ITEMS = (
    Item(1, "DOE^JANE", (Step("S1", "CT", "CT1", "20240102", physician="HOUSE^GREGORY"),)),
    Item(
        2,
        "Grün^Ülo",
        (Step("S2", "MR", "MR1", "20240102", "1030", "Weiß^Jörg", "Schädel"),),
        ("ISO_IR 100",),
    ),
    Item(3, "Ωμέγα^Άλφα", (Step("S3", "CT", "CT2", "20240103"),), ("ISO_IR 192",)),
    Item(
        4,
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
        (Step("S4", "CT", "CT1", "20240104", description="胸部"),),
        ("", "ISO 2022 IR 87"),
    ),
    Item(
        5,
        "TWO^STEPS",
        (Step("S5", "CT", "CT1", "20240105"), Step("S6", "CT", "CT1", "20240105", "1100")),
    ),
)


def write_worklist(directory: Path) -> None:
    """Write a worklist file for each item, and the lock file that wlmscpfs wants."""
    directory.mkdir(parents=True)
    (directory / "lockfile").touch()
    for item in ITEMS:
        dataset = dataset_of(item)
        dataset.save_as(directory / f"item{item.number}.wl", enforce_file_format=True)


def dataset_of(item: Item) -> Dataset:
    """Make the data set of an item."""
    dataset = Dataset()
    if item.character_sets:
        dataset.SpecificCharacterSet = list(item.character_sets)
    dataset.AccessionNumber = f"W{item.number}"
    dataset.ReferringPhysicianName = "REFERRING^PHYSICIAN"
    dataset.PatientName = item.patient_name
    dataset.PatientID = item.patient_id
    dataset.PatientBirthDate = "19700401"
    dataset.PatientSex = "O"
    dataset.MedicalAlerts = "allergic"
    dataset.StudyInstanceUID = f"{_ROOT}.{item.number}"
    dataset.RequestingPhysician = "REQUESTING^PHYSICIAN"
    dataset.RequestedProcedureID = f"R{item.number}"
    dataset.RequestedProcedureDescription = f"procedure {item.number}"
    dataset.RequestedProcedurePriority = "HIGH"
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "C1", "99DW", "a procedure"
    dataset.RequestedProcedureCodeSequence = [code]
    dataset.ScheduledProcedureStepSequence = [_step(step) for step in item.steps]
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = _WORKLIST_FILE
    dataset.file_meta.MediaStorageSOPInstanceUID = f"{_ROOT}.9.{item.number}"
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


def _step(step: Step) -> Dataset:
    dataset = Dataset()
    dataset.Modality = step.modality
    dataset.ScheduledStationAETitle = step.station
    dataset.ScheduledProcedureStepStartDate = step.date
    dataset.ScheduledProcedureStepStartTime = step.time
    dataset.ScheduledPerformingPhysicianName = step.physician
    dataset.ScheduledProcedureStepDescription = step.description or "a step"
    dataset.ScheduledProcedureStepID = step.id
    dataset.ScheduledStationName = f"{step.station}-NAME"
    dataset.ScheduledProcedureStepLocation = "BASEMENT"
    return dataset
