"""Performed procedure steps made up for tests, with pydicom alone."""

from __future__ import annotations

from typing import Any

from pydicom import Dataset
from worklists import ITEMS, dataset_of

SERIES = "PerformedSeriesSequence"
STUDY = "1.2.826.0.1.3680043.8.498.5.1"


def made(**attributes: Any) -> Dataset:
    """Make a data set."""
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def scheduled(number: int = 1) -> Dataset:
    """Return a worklist item, as a server has it."""
    return dataset_of(next(item for item in ITEMS if item.number == number))


def least(**attributes: Any) -> Dataset:
    """Make what a step cannot be created without: its attributes of type 1."""
    dataset = made(
        ScheduledStepAttributesSequence=[made(StudyInstanceUID=STUDY)],
        PerformedProcedureStepID="P1",
        PerformedStationAETitle="CT1",
        PerformedProcedureStepStartDate="20240102",
        PerformedProcedureStepStartTime="091500",
        PerformedProcedureStepStatus="IN PROGRESS",
        Modality="CT",
    )
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def series(uid: str = "1.2.3.1", **attributes: Any) -> Dataset:
    """Make an item of Performed Series Sequence with its attributes of type 1."""
    return made(SeriesInstanceUID=uid, ProtocolName="THORAX", **attributes)


def final(**attributes: Any) -> Dataset:
    """Make what ends a step."""
    dataset = made(
        PerformedProcedureStepStatus="COMPLETED",
        PerformedProcedureStepEndDate="20240102",
        PerformedProcedureStepEndTime="093000",
        PerformedSeriesSequence=[series()],
    )
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset
