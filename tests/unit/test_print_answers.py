"""What is made of the answers of printers, also of those that are not as they should be."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from pydicom import Dataset

from dicomwire import (
    FilmBoxResult,
    FilmResult,
    NResult,
    PrinterConfiguration,
    PrinterReport,
    PrintError,
    PrinterStatus,
    PrintJob,
    PrintJobReport,
    PrintReport,
    PrintResult,
    PrintStep,
    Status,
)
from dicomwire.normalized_events import EventReport

FAILURE = 0x0110


def data_set(**values: Any) -> Dataset:
    """Make a data set of keywords and values."""
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def result(dataset: Dataset | None = None, status: int = 0) -> NResult:
    """Make an answer."""
    return NResult(Status(status, service="print"), dataset, "1.2", "1.2.3")


def reported(event_type: int, dataset: Dataset | None = None) -> EventReport:
    """Make an event report."""
    return EventReport("P@host:1", "P", "1.2", "1.2.3", event_type, dataset, on_listener=False)


@pytest.mark.parametrize(
    ("date", "time", "moment"),
    [
        ("20260102", "030405", "2026-01-02T03:04:05"),
        ("20260102", "030405.678", "2026-01-02T03:04:05"),
        ("20260102", "0304", "2026-01-02T03:04:00"),
        ("20260102", "03", "2026-01-02T03:00:00"),
        ("20260102", "", "2026-01-02T00:00:00"),
        ("20260102", None, "2026-01-02T00:00:00"),
        (["20250101", "20260102"], ["01", "02"], "2026-01-02T02:00:00"),
        ("20260102", "030", None),
        ("20261302", "03", None),
        ("", "030405", None),
    ],
)
def test_the_last_calibration(date: Any, time: Any, moment: str | None) -> None:
    dataset = data_set(DateOfLastCalibration=date)
    if time is not None:
        dataset.TimeOfLastCalibration = time
    printer = PrinterStatus.from_result(result(dataset))
    assert printer.to_dict()["calibrated"] == moment


def test_a_printer_without_an_answer() -> None:
    printer = PrinterStatus.from_result(result(status=FAILURE))
    assert [printer.is_normal, printer.is_warning, printer.is_failure] == [False] * 3
    assert str(printer) == "unknown, the printer answered 0x0110 (Processing failure)"
    assert printer.to_dict()["status"] == "0x0110"


def test_a_printer_with_an_empty_answer() -> None:
    printer = PrinterStatus.from_result(result(Dataset()))
    assert printer.printer_status is None
    assert printer.software_versions == ()
    assert PrinterConfiguration.from_result(result(Dataset())).printers == ()
    assert PrinterConfiguration.from_result(result(status=FAILURE)).to_dict()["printers"] == []


def test_a_configuration_with_nothing_in_it() -> None:
    made = data_set(PrinterConfigurationSequence=[Dataset()])
    (printer,) = PrinterConfiguration.from_result(result(made)).printers
    assert printer.printing_bit_depth is None
    assert (printer.media, printer.formats, printer.magnification_types) == ((), (), ())


def test_a_configuration_that_is_not_as_it_should_be() -> None:
    item = Dataset()
    layout = data_set(ImageDisplayFormat="SLIDE")
    layout.add_new("PrinterPixelSpacing", "LO", "abc")
    item.SupportedImageDisplayFormatsSequence = [layout]
    item.add_new("MediaInstalledSequence", "LO", "none")
    made = data_set(PrinterConfigurationSequence=[item])
    (printer,) = PrinterConfiguration.from_result(result(made)).printers
    assert printer.media == ()
    (form,) = printer.formats
    assert (form.image_display_format, form.printer_pixel_spacing) == ("SLIDE", ())


def test_references_that_are_none() -> None:
    made = Dataset()
    made.add_new("ReferencedImageBoxSequence", "LO", "none")
    assert FilmBoxResult.of(result(made)).image_box_uids == []


@pytest.mark.parametrize(
    ("state", "info", "text"),
    [
        ("NORMAL", "NORMAL", "NORMAL"),
        ("WARNING", "SUPPLY LOW", "WARNING (SUPPLY LOW)"),
        ("FAILURE", "", "FAILURE"),
    ],
)
def test_states_with_their_reason(state: str, info: str, text: str) -> None:
    made = data_set(PrinterStatus=state, PrinterStatusInfo=info)
    assert str(PrinterStatus.from_result(result(made))) == text
    job = data_set(ExecutionStatus=state, ExecutionStatusInfo=info)
    assert str(PrintJob.from_result("1.2.3", result(job))) == text


def test_jobs() -> None:
    job = PrintJob.from_result("1.2.3", result(status=0x0112))
    assert job.is_unknown
    assert not job.is_finished
    assert str(job) == "unknown, the printer answered 0x0112 (No such SOP instance)"
    assert str(PrintJob("1.2.3")) == "unknown"
    assert PrintJob("1.2.3").to_dict()["status"] is None
    assert PrintJob("1.2.3", "DONE").is_finished
    assert PrintJob("1.2.3", "FAILURE").is_finished
    assert not PrintJob("1.2.3", "PRINTING").is_finished


def test_reports_of_no_known_type() -> None:
    assert str(PrinterReport.from_report(reported(9))) == "event type 9"
    job = PrintJobReport.from_report(reported(9))
    assert job.execution_status is None
    assert PrintJob.from_report(job).execution_status is None


def test_reports() -> None:
    event = data_set(PrinterStatusInfo="NO SUPPLY", FilmDestination="BIN_1", PrinterName="P")
    report = PrinterReport.from_report(reported(3, event))
    assert (report.printer_status, report.film_destination) == ("FAILURE", "BIN_1")
    assert str(report) == "FAILURE (NO SUPPLY)"
    event = data_set(ExecutionStatusInfo="NORMAL", PrintJobID="7", FilmSessionLabel="x")
    job = PrintJobReport.from_report(reported(2, event))
    assert (job.execution_status, job.print_job_id, job.film_session_label) == (
        "PRINTING",
        "7",
        "x",
    )


def test_references_in_answers() -> None:
    items = [data_set(ReferencedSOPInstanceUID=f"1.2.{number}") for number in (1, 2)]
    boxes = data_set(ReferencedImageBoxSequence=items)
    answer = FilmBoxResult.of(result(boxes))
    assert answer.image_box_uids == ["1.2.1", "1.2.2"]
    assert answer.annotation_box_uids == []
    # What failed has created nothing, whatever the printer says.
    assert FilmBoxResult.of(result(boxes, FAILURE)).image_box_uids == []
    jobs = data_set(ReferencedPrintJobSequence=items[:1])
    assert PrintResult.of(result(jobs)).print_job_uid == "1.2.1"
    assert PrintResult.of(result()).print_job_uid is None
    assert PrintResult.of(result(data_set(ReferencedPrintJobSequence=[]))).print_job_uid is None
    # An item that refers to nothing.
    empty = data_set(ReferencedPrintJobSequence=[Dataset()])
    assert PrintResult.of(result(empty)).print_job_uid is None


def test_a_report_names_the_first_failures() -> None:
    films = [FilmResult(number, (), "failed", error="no") for number in range(1, 6)]
    report = PrintReport([*films, FilmResult(6, (), "printed")])
    assert (report.printed, report.failed) == (1, 5)
    with pytest.raises(PrintError) as caught:
        report.raise_for_failures()
    assert str(caught.value) == (
        "5 of 6 films were not printed: film 1: no; film 2: no; film 3: no (and 2 more)"
    )


def test_the_error_crosses_processes() -> None:
    error = PrintError("x", report=3)
    assert pickle.loads(pickle.dumps(error)).report == 3


def test_a_step_names_attributes() -> None:
    step = PrintStep("film box", Status(0x0107, service="print"), (0x20100050, 0x00091001))
    assert str(step) == "film box: 0x0107 (Attribute list error), about FilmSizeID, (0009,1001)"
    assert step.to_dict()["attributes"] == ["20100050", "00091001"]
