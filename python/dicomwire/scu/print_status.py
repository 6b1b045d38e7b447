"""What a printer tells of itself and of its print jobs (PS3.4 sections H.4.5, H.4.6 and H.4.11)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dicomwire.print_events import text_of, texts_of, with_reason

if TYPE_CHECKING:
    from pydicom import Dataset

    from dicomwire.normalized_result import NResult
    from dicomwire.print_events import PrintJobReport
    from dicomwire.status import Status

__all__ = ["PrintJob", "PrinterStatus"]

_DATE_LENGTH = 8
# The forms of a time by their length (PS3.5 section 6.2, VR TM).
_CLOCKS = {0: "", 2: "%H", 4: "%H%M", 6: "%H%M%S"}
# PS3.7 section C.5.15.
_NO_SUCH_INSTANCE = 0x0112


@dataclass(frozen=True, slots=True, eq=False)
class PrinterStatus:
    """The state of a printer and what it is (PS3.4 Table H.4-17).

    Attributes
    ----------
    result : NResult
        The answer; if it failed, all else is None.
    printer_status : str or None
        NORMAL, WARNING or FAILURE, (2110,0010).
    printer_status_info : str or None
        The reason, for instance SUPPLY LOW, (2110,0020); PS3.3 section C.13.9.1 has the terms.
    printer_name : str or None
        (2110,0030).
    manufacturer, manufacturer_model_name, device_serial_number : str or None
        (0008,0070), (0008,1090) and (0018,1000).
    software_versions : tuple of str
        (0018,1020).
    calibrated : datetime or None
        Date and Time of Last Calibration, (0018,1200) and (0018,1201).
    """

    result: NResult
    printer_status: str | None = None
    printer_status_info: str | None = None
    printer_name: str | None = None
    manufacturer: str | None = None
    manufacturer_model_name: str | None = None
    device_serial_number: str | None = None
    software_versions: tuple[str, ...] = ()
    calibrated: dt.datetime | None = None

    @classmethod
    def from_result(cls, result: NResult) -> PrinterStatus:
        """Read the answer to an N-GET."""
        dataset = result.dataset
        if dataset is None:
            return cls(result)
        return cls(
            result,
            text_of(dataset, "PrinterStatus"),
            text_of(dataset, "PrinterStatusInfo"),
            text_of(dataset, "PrinterName"),
            text_of(dataset, "Manufacturer"),
            text_of(dataset, "ManufacturerModelName"),
            text_of(dataset, "DeviceSerialNumber"),
            tuple(texts_of(dataset, "SoftwareVersions")),
            _moment(dataset, "DateOfLastCalibration", "TimeOfLastCalibration"),
        )

    @property
    def status(self) -> Status:
        """The status of the answer, not of the printer."""
        return self.result.status

    @property
    def is_normal(self) -> bool:
        """Whether the printer says that it is ready."""
        return self.printer_status == "NORMAL"

    @property
    def is_warning(self) -> bool:
        """Whether it prints, and something is to be seen to."""
        return self.printer_status == "WARNING"

    @property
    def is_failure(self) -> bool:
        """Whether it says that it cannot print."""
        return self.printer_status == "FAILURE"

    def to_dict(self) -> dict[str, Any]:
        """Return what ``dicomwire print --status --json`` prints."""
        return {
            "status": f"0x{self.status:04X}",
            "printer_status": self.printer_status,
            "printer_status_info": self.printer_status_info,
            "printer_name": self.printer_name,
            "manufacturer": self.manufacturer,
            "manufacturer_model_name": self.manufacturer_model_name,
            "device_serial_number": self.device_serial_number,
            "software_versions": list(self.software_versions),
            "calibrated": None if self.calibrated is None else self.calibrated.isoformat(),
        }

    def __str__(self) -> str:
        """Return for instance ``WARNING (SUPPLY LOW)``."""
        if self.printer_status is None:
            return f"unknown, the printer answered {self.status}"
        return with_reason(self.printer_status, self.printer_status_info)


@dataclass(frozen=True, slots=True, eq=False)
class PrintJob:
    """How far a print job has come (PS3.4 Table H.4-15).

    Attributes
    ----------
    sop_instance_uid : str
        The job.
    execution_status : str or None
        PENDING, PRINTING, DONE or FAILURE, (2100,0020); None if the printer does not say.
    execution_status_info : str or None
        The reason, for instance SUPPLY EMPTY, (2100,0030); PS3.3 section C.13.9.1 has the terms.
    print_priority : str or None
        HIGH, MED or LOW, (2000,0020).
    created : datetime or None
        (2100,0040) and (2100,0050).
    printer_name, originator : str or None
        (2110,0030) and (2100,0070).
    result : NResult or None
        The answer to the last N-GET; None if the printer reported the state by itself.
    """

    sop_instance_uid: str
    execution_status: str | None = None
    execution_status_info: str | None = None
    print_priority: str | None = None
    created: dt.datetime | None = None
    printer_name: str | None = None
    originator: str | None = None
    result: NResult | None = None

    @classmethod
    def from_result(cls, sop_instance_uid: str, result: NResult) -> PrintJob:
        """Read the answer to an N-GET."""
        dataset = result.dataset
        if dataset is None:
            return cls(sop_instance_uid, result=result)
        return cls(
            sop_instance_uid,
            text_of(dataset, "ExecutionStatus"),
            text_of(dataset, "ExecutionStatusInfo"),
            text_of(dataset, "PrintPriority"),
            _moment(dataset, "CreationDate", "CreationTime"),
            text_of(dataset, "PrinterName"),
            text_of(dataset, "Originator"),
            result,
        )

    @classmethod
    def from_report(cls, report: PrintJobReport) -> PrintJob:
        """Take what the printer reported by itself."""
        return cls(
            report.sop_instance_uid,
            report.execution_status,
            report.execution_status_info,
            printer_name=report.printer_name,
        )

    @property
    def status(self) -> Status | None:
        """The status of the answer, not of the job; None if the printer reported by itself."""
        return None if self.result is None else self.result.status

    @property
    def is_done(self) -> bool:
        """Whether the films were printed."""
        return self.execution_status == "DONE"

    @property
    def is_failure(self) -> bool:
        """Whether the films could not be printed."""
        return self.execution_status == "FAILURE"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will become of it."""
        return self.is_done or self.is_failure

    @property
    def is_unknown(self) -> bool:
        """Whether the printer says that it does not have the job, or not any more."""
        return self.status == _NO_SUCH_INSTANCE

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "sop_instance_uid": self.sop_instance_uid,
            "status": None if self.status is None else f"0x{self.status:04X}",
            "execution_status": self.execution_status,
            "execution_status_info": self.execution_status_info,
            "print_priority": self.print_priority,
            "created": None if self.created is None else self.created.isoformat(),
            "printer_name": self.printer_name,
            "originator": self.originator,
        }

    def __str__(self) -> str:
        """Return for instance ``FAILURE (SUPPLY EMPTY)``."""
        if self.execution_status is None:
            answered = "" if self.status is None else f", the printer answered {self.status}"
            return f"unknown{answered}"
        return with_reason(self.execution_status, self.execution_status_info)


def _moment(dataset: Dataset, date: str, time: str) -> dt.datetime | None:
    """Put a date and a time together; None if they are missing or cannot be read."""
    # Of several calibrations the last stands last (PS3.3 section C.13.9).
    dates, times = texts_of(dataset, date), texts_of(dataset, time)
    if not dates or len(dates[-1]) != _DATE_LENGTH:
        return None
    clock = times[-1].partition(".")[0] if times else ""
    try:
        form = f"%Y%m%d{_CLOCKS[len(clock)]}"
        return dt.datetime.strptime(dates[-1] + clock, form)  # noqa: DTZ007 (its own time)
    except (ValueError, KeyError):
        return None
