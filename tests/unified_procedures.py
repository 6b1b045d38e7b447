"""Unified procedure steps made up for tests, with pydicom alone (PS3.4 annex CC)."""

from __future__ import annotations

from typing import Any

from pydicom import Dataset

PUSH = "1.2.840.10008.5.1.4.34.6.1"
WATCH = "1.2.840.10008.5.1.4.34.6.2"
PULL = "1.2.840.10008.5.1.4.34.6.3"
EVENT = "1.2.840.10008.5.1.4.34.6.4"
AVAILABILITY = "1.2.840.10008.5.1.4.33"
ALL_STEPS = "1.2.840.10008.5.1.4.34.5"
"""The instance that a global subscription is for."""

CHANGE_STATE, REQUEST_CANCEL, SUBSCRIBE, UNSUBSCRIBE, SUSPEND = 1, 2, 3, 4, 5


def made(**attributes: Any) -> Dataset:
    """Make a data set."""
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def work_item(**attributes: Any) -> Dataset:
    """Make what a step cannot be created without."""
    dataset = made(
        ScheduledProcedureStepPriority="MEDIUM",
        ProcedureStepLabel="Report the thorax CT",
        WorklistLabel="",
        ScheduledProcedureStepStartDateTime="20240102091500",
        InputReadinessState="READY",
        ProcedureStepState="SCHEDULED",
        TransactionUID="",
        PatientName="DOE^JOHN",
        PatientID="DW-1",
    )
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def state(wanted: str, transaction: str) -> Dataset:
    """Make the information of Change UPS State."""
    return made(ProcedureStepState=wanted, TransactionUID=transaction)


def subscription(receiver: str, lock: str = "FALSE") -> Dataset:
    """Make the information of Subscribe to Receive UPS Event Reports."""
    return made(ReceivingAE=receiver, DeletionLock=lock)


def progress(transaction: str, percent: str) -> Dataset:
    """Make an update of the progress."""
    return made(
        TransactionUID=transaction,
        ProcedureStepProgressInformationSequence=[made(ProcedureStepProgress=percent)],
    )


def performed(transaction: str) -> Dataset:
    """Make an update with what a completed step must have."""
    return made(
        TransactionUID=transaction,
        UnifiedProcedureStepPerformedProcedureSequence=[
            made(PerformedProcedureStepStartDateTime="20240102091500")
        ],
    )


def notification(**attributes: Any) -> Dataset:
    """Make an instance availability notification (PS3.4 Table R.3.2-1)."""
    instance = made(
        ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2",
        ReferencedSOPInstanceUID="2.25.1000",
        InstanceAvailability="ONLINE",
        RetrieveAETitle="ARCHIVE",
    )
    for keyword, value in attributes.items():
        setattr(instance, keyword, value)
    series = made(SeriesInstanceUID="2.25.102", ReferencedSOPSequence=[instance])
    return made(
        ReferencedPerformedProcedureStepSequence=[],
        StudyInstanceUID="2.25.101",
        ReferencedSeriesSequence=[series],
    )
