"""Printing to a strict print SCP: every operation, every event, and what a report tells."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dicomwire import ConfigError, PrintError, PrintJob, PrintProgress, PrintScu, StateError
from dicomwire.film import Film, FilmSession, ImageBox, PresentationLut, arrange, prepare

if TYPE_CHECKING:
    from fix_printers import StrictPrinter

pytestmark = pytest.mark.usefixtures("engine")

GRAY = "1.2.840.10008.5.1.1.9"
COLOR = "1.2.840.10008.5.1.1.18"
LABELLED = Film("STANDARD\\1,1", annotation_display_format_id="BOTTOM")


def gray(number: int = 0) -> np.ndarray:
    """Make an image that differs from others."""
    return np.full((10, 12), number, np.uint8)


def colored() -> np.ndarray:
    """Make an image whose planes differ."""
    image = np.zeros((4, 5, 3), np.uint8)
    image[..., 0], image[..., 1], image[..., 2] = 10, 20, 30
    return image


def test_the_printer_tells_what_it_is(strict_printer: StrictPrinter) -> None:
    printer = PrintScu(strict_printer.peer).printer()
    assert (printer.printer_status, printer.printer_status_info) == ("NORMAL", "NORMAL")
    assert (printer.printer_name, printer.manufacturer) == ("STRICT", "NOBODY")
    assert (printer.manufacturer_model_name, printer.device_serial_number) == ("MODEL 1", "0815")
    assert printer.software_versions == ("1.0", "2.0")
    assert printer.calibrated == dt.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 (its own time)
    assert printer.to_dict()["calibrated"] == "2026-01-02T03:04:05"
    assert printer.is_normal


def test_the_printer_tells_what_it_can(strict_printer: StrictPrinter) -> None:
    configuration = PrintScu(strict_printer.peer).printer_configuration()
    (printer,) = configuration.printers
    assert printer.sop_classes_supported == (GRAY, COLOR)
    assert (printer.memory_bit_depth, printer.printing_bit_depth) == (12, 12)
    assert printer.magnification_types == ("CUBIC", "REPLICATE", "BILINEAR", "NONE")
    assert printer.smoothing_types == ("MEDIUM",)
    assert printer.maximum_collated_films == 8
    (medium,) = printer.media
    assert (medium.medium_type, medium.min_density, medium.is_installed) == ("BLUE FILM", 20, True)
    (layout,) = printer.formats
    assert (layout.image_display_format, layout.rows) == ("STANDARD\\1,1", 4096)
    assert layout.printer_pixel_spacing == (0.08, 0.08)
    assert configuration.to_dict()["printers"][0]["printer_name"] == "STRICT"


def test_color_images_go_into_color_boxes(strict_printer: StrictPrinter) -> None:
    report = PrintScu(strict_printer.peer).print(colored(), color=True).raise_for_failures()
    assert report.films[0].outcome == "printed"
    (film,) = strict_printer.films()
    (image,) = film.images[0].BasicColorImageSequence
    assert (image.PhotometricInterpretation, image.PlanarConfiguration) == ("RGB", 1)
    assert image.PixelData == b"\x0a" * 20 + b"\x14" * 20 + b"\x1e" * 20
    asked = [line for line in strict_printer.journal() if "context" in line]
    assert {line["context"] for line in asked if line["operation"] != "N-GET printer"} == {COLOR}


def test_requests_of_members_take_the_context_of_the_meta_class(
    strict_printer: StrictPrinter,
) -> None:
    PrintScu(strict_printer.peer).print(gray()).raise_for_failures()
    lines = [line for line in strict_printer.journal() if "context" in line]
    assert [line["operation"] for line in lines] == [
        "N-GET printer",
        "N-CREATE film session",
        "N-CREATE film box",
        "N-SET image box",
        "N-ACTION film box",
        "N-DELETE film session",
    ]
    assert {line["context"] for line in lines} == {GRAY}
    assert len({line["association"] for line in lines}) == 1
    assert strict_printer.journal()[-1]["operation"] == "released"


def test_annotations(strict_printer: StrictPrinter) -> None:
    scu = PrintScu(strict_printer.peer)
    texts = ["Müller 10\u00a0mm", "{film} of {films}"]
    scu.print([gray(), gray()], film=LABELLED, annotations=texts).raise_for_failures()
    printed = [[str(t.TextString) for t in film.annotations] for film in strict_printer.films()]
    assert printed == [["Müller 10\u00a0mm", "1 of 2"], ["Müller 10\u00a0mm", "2 of 2"]]


def test_too_few_annotation_boxes_fail_the_film(strict_printer: StrictPrinter) -> None:
    film = Film("STANDARD\\1,1", annotation_display_format_id="LABEL")
    report = PrintScu(strict_printer.peer).print(gray(), film=film, annotations=["a", "b"])
    assert report.films[0].error == "the printer made 1 annotation boxes, and 2 are needed"
    assert strict_printer.films() == []


def test_presentation_luts_are_referred_to(strict_printer: StrictPrinter) -> None:
    plans = [
        *arrange(gray(), presentation_lut=PresentationLut("LIN OD")),
        *arrange(gray(), presentation_lut=PresentationLut("IDENTITY")),
        *arrange(gray(), presentation_lut=PresentationLut("LIN OD")),
    ]
    PrintScu(strict_printer.peer).print(plans).raise_for_failures()
    shapes = []
    for film in strict_printer.films():
        (reference,) = film.film_box.ReferencedPresentationLUTSequence
        shapes.append(
            film.presentation_luts[reference.ReferencedSOPInstanceUID].PresentationLUTShape
        )
    assert shapes == ["LIN OD", "IDENTITY", "LIN OD"]
    assert strict_printer.operations().count("N-CREATE presentation LUT") == 2


def test_every_operation_by_itself(strict_printer: StrictPrinter) -> None:
    with PrintScu(strict_printer.peer) as scu:
        lut = scu.create_presentation_lut(PresentationLut("LIN OD")).raise_for_status()
        uid = str(lut.sop_instance_uid)
        session = scu.create_film_session(FilmSession(number_of_copies=2)).raise_for_status()
        assert scu.film_session_uid == session.sop_instance_uid
        assert scu.set_film_session(FilmSession(medium_type="PAPER")).is_success
        box = scu.create_film_box(LABELLED, presentation_lut_uid=uid).raise_for_status()
        assert len(box.image_box_uids) == 1
        assert box.annotation_box_uids == scu.annotation_box_uids
        assert scu.set_film_box(Film("STANDARD\\1,1", trim=True)).is_success
        assert scu.set_annotation_box(1, "text").is_success
        assert scu.set_annotation_box(box.annotation_box_uids[1], None).is_success
        options = ImageBox(polarity="REVERSE")
        assert scu.set_image_box(1, gray(), options, presentation_lut_uid=uid, bits=12).is_success
        assert scu.delete_presentation_lut(uid).status == 0x0110
        printed = scu.print_film_box().raise_for_status()
        assert printed.print_job_uid is not None
        assert scu.print_job(printed.print_job_uid).execution_status == "PENDING"
        assert scu.set_image_box(1, None).is_success
        assert scu.print_film_box().status == 0xB603
        assert scu.print_film_session().status == 0xB602
        assert scu.delete_film_box().is_success
        assert scu.print_film_session().status == 0xC600
        assert scu.delete_presentation_lut(uid).is_success
        assert scu.delete_film_session().is_success
    (film,) = strict_printer.films()
    assert (film.session.NumberOfCopies, film.session.MediumType) == (2, "PAPER")
    assert film.film_box.Trim == "YES"
    assert film.images[0].Polarity == "REVERSE"
    assert film.images[0].BasicGrayscaleImageSequence[0].BitsStored == 12


def test_what_a_method_needs_is_said(strict_printer: StrictPrinter) -> None:
    scu = PrintScu(strict_printer.peer)
    with pytest.raises(StateError, match="inside `with scu:`"):
        scu.create_film_session()
    with pytest.raises(StateError, match="inside `with scu:`"):
        scu.create_presentation_lut(PresentationLut("IDENTITY"))
    with scu:
        with pytest.raises(StateError, match=r"call create_film_session\(\) first"):
            scu.create_film_box(Film("STANDARD\\1,1"))
        scu.create_film_session()
        with pytest.raises(StateError, match=r"call create_film_box\(\) first"):
            scu.set_image_box(1, gray())
        with pytest.raises(StateError, match=r"call delete_film_session\(\) first"):
            scu.create_film_session()
        with pytest.raises(StateError, match="a film session is open"):
            scu.print(gray())
        with pytest.raises(StateError, match="create the presentation LUT before it"):
            scu.create_presentation_lut(PresentationLut("IDENTITY"))
        with pytest.raises(ConfigError, match="auto"):
            scu.create_film_box(Film())
        scu.create_film_box(LABELLED)
        with pytest.raises(ConfigError, match="has no image box 2; it has 1"):
            scu.set_image_box(2, gray())
        with pytest.raises(ConfigError, match=r"has no annotation box '1.2.3'; it has 2"):
            scu.set_annotation_box("1.2.3", "text")
        with pytest.raises(ConfigError, match="at most 64"):
            scu.set_annotation_box(1, "x" * 65)
        with pytest.raises(ConfigError, match="backslash"):
            scu.set_annotation_box(1, "a\\b")
        with pytest.raises(ConfigError, match="cannot be read"):
            scu.set_image_box(1, __file__)
        # All of it was harmless.
        assert scu.set_image_box(1, gray()).is_success


def test_a_film_session_ends_with_its_association(strict_printer: StrictPrinter) -> None:
    scu = PrintScu(strict_printer.peer)
    with scu:
        scu.create_film_session()
        scu.abort()
        with pytest.raises(StateError, match="the film session is gone"):
            scu.create_film_box(Film("STANDARD\\1,1"))
        assert scu.create_film_session().is_success
    with scu, pytest.raises(StateError, match="there is no film session"):
        scu.print_film_session()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"by": "box"}, "by='box'"),
        ({"on_failure": "cry"}, "on_failure='cry'"),
        ({"annotations": ["text"]}, "annotation_display_format_id"),
        ({"bits": 9}, "bits=9"),
        ({"bits": 8, "presentation_lut": "12 bits"}, "presentation_lut"),
        ({"wait": "5"}, "wait='5'"),
        ({"wait": -1}, "wait=-1"),
    ],
    ids=["by", "on_failure", "annotations", "bits", "presentation_lut", "wait", "negative wait"],
)
def test_options_that_cannot_be(
    strict_printer: StrictPrinter, options: dict[str, Any], says: str
) -> None:
    if "presentation_lut" in options:
        lut = PresentationLut.from_function(lambda value: value, bits_stored=12)
        options = {**options, "presentation_lut": lut}
    with pytest.raises(ConfigError, match=says):
        PrintScu(strict_printer.peer).print(gray(), **options)
    assert strict_printer.journal() == []


def test_options_of_films_that_are_laid_out(strict_printer: StrictPrinter) -> None:
    with pytest.raises(ConfigError, match=r"bits: is for dicomwire.film.arrange"):
        PrintScu(strict_printer.peer).print(arrange(gray()), bits=12)


def test_color_and_gray_do_not_go_together(strict_printer: StrictPrinter) -> None:
    scu = PrintScu(strict_printer.peer)
    with pytest.raises(ConfigError, match="some images are prepared for color and some for gray"):
        scu.print([*arrange(gray()), *arrange(colored(), color=True)])
    assert strict_printer.journal() == []
    with scu:
        scu.create_film_session()
        scu.create_film_box(Film("STANDARD\\1,1"))
        with pytest.raises(ConfigError, match=r"session is one of grayscale images.*color=False"):
            scu.set_image_box(1, prepare(colored(), color=True))
        assert scu.delete_film_session().is_success
        scu.create_film_session(color=True)
        scu.create_film_box(Film("STANDARD\\1,1"))
        with pytest.raises(ConfigError, match=r"session is one of color images.*color=True"):
            scu.set_image_box(1, prepare(gray()))


def test_a_presentation_lut_does_not_cost_the_film_session(strict_printer: StrictPrinter) -> None:
    with PrintScu(strict_printer.peer) as scu:
        scu.create_film_session()
        with pytest.raises(StateError, match=r"create_presentation_lut.*were not proposed"):
            scu.create_presentation_lut(PresentationLut("LIN OD"))
        with pytest.raises(StateError, match=r"delete_presentation_lut.*were not proposed"):
            scu.delete_presentation_lut("1.2.3")
        assert scu.create_film_box(Film("STANDARD\\1,1")).is_success


@pytest.mark.parametrize(("color", "context"), [(False, GRAY), (True, COLOR)])
def test_films_without_images(strict_printer: StrictPrinter, color: bool, context: str) -> None:
    report = PrintScu(strict_printer.peer).print([None], color=color)
    assert report.films[0].warnings == [f"print: {report.films[0].steps[-1].status}"]
    asked = [line for line in strict_printer.journal() if "context" in line]
    assert asked[-1]["context"] == context


def test_nothing_to_print(strict_printer: StrictPrinter) -> None:
    report = PrintScu(strict_printer.peer).print([])
    assert (report.films, report.printed) == ([], 0)
    assert strict_printer.journal() == []


def test_progress(strict_printer: StrictPrinter) -> None:
    steps: list[PrintProgress] = []
    images = [gray(number) for number in range(3)]
    PrintScu(strict_printer.peer).print(images, film=Film("STANDARD\\2,1"), progress=steps.append)
    assert [(step.film, step.images_sent, step.step) for step in steps] == [
        (1, 0, "film box"),
        (1, 1, "image 1"),
        (1, 2, "image 2"),
        (1, 2, "print"),
        (2, 2, "film box"),
        (2, 3, "image 1"),
        (2, 3, "print"),
    ]
    assert {(step.films, step.images) for step in steps} == {(2, 3)}


def test_a_printed_session_is_one_job(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(jobs=["DONE"])
    report = PrintScu(strict_printer.peer).print(
        [gray(1), gray(2)], film=Film("STANDARD\\1,1"), by="session", wait=0.05
    )
    assert report.printed == 2
    first, second = report.films
    assert first.print_job_uid is not None
    assert first.print_job_uid == second.print_job_uid
    assert first.job is not None
    assert first.job.is_done
    assert len(strict_printer.films()) == 2


def test_jobs_are_waited_for_by_asking(strict_printer: StrictPrinter) -> None:
    scu = PrintScu(strict_printer.peer)
    with scu:
        report = scu.print(gray())
        uid = str(report.films[0].print_job_uid)
        job = scu.wait_for_print_job(uid, 5, interval=0.01)
    assert job.is_done
    assert (job.printer_name, job.originator) == ("STRICT", "DICOMWIRE")
    assert job.created == dt.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 (its own time)
    assert job.to_dict()["execution_status"] == "DONE"
    # The job is still there when its association has ended.
    assert scu.print_job(uid).is_done


def test_jobs_are_waited_for_by_reports(strict_printer: StrictPrinter) -> None:
    """The printer reports each state and forgets the job with the last: asking is no use."""
    strict_printer.behave(report_jobs=True)
    scu = PrintScu(strict_printer.peer)
    told: list[str | None] = []
    events: list[int] = []
    scu.print_job_report.connect(lambda report: told.append(report.execution_status))
    scu.event_report.connect(lambda report: events.append(report.event_type_id))
    report = scu.print(gray(), wait=20)
    (film,) = report.films
    assert film.outcome == "printed"
    assert film.job is not None
    assert film.job.is_done
    assert film.job.result is None
    assert told == ["PENDING", "PRINTING", "DONE"]
    assert events == [1, 2, 3]
    confirmed = [line for line in strict_printer.journal() if "confirmed" in line["operation"]]
    assert [(line["operation"], line["status"]) for line in confirmed[:2]] == [
        ("confirmed PENDING", 0),
        ("confirmed PRINTING", 0),
    ]


def test_a_job_that_fails_fails_its_film(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(jobs=["PENDING", "FAILURE"], report_jobs=True)
    report = PrintScu(strict_printer.peer).print(gray(), wait=20)
    (film,) = report.films
    assert film.outcome == "failed"
    assert film.error == "the print job ended with FAILURE (SUPPLY EMPTY)"
    with pytest.raises(PrintError, match="SUPPLY EMPTY") as caught:
        report.raise_for_failures()
    assert caught.value.report is report


def test_a_job_that_takes_longer(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(jobs=["PENDING"])
    report = PrintScu(strict_printer.peer).print(gray(), wait=0.05)
    (film,) = report.films
    assert film.outcome == "warning"
    assert film.warnings == ["the print job is PENDING after 0.05 s"]


def test_waiting_for_a_printer_without_jobs(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(services=[GRAY])
    report = PrintScu(strict_printer.peer).print(gray(), wait=5)
    assert report.films[0].warnings == ["the printer names no print job: nothing to wait for"]
    assert report.printed == 1


def test_waiting_for_a_job_nobody_knows(strict_printer: StrictPrinter) -> None:
    job = PrintScu(strict_printer.peer).wait_for_print_job("1.2.3", 5, interval=0.01)
    assert isinstance(job, PrintJob)
    assert job.is_unknown
    assert not job.is_finished


def test_a_wait_is_cancelled_from_another_thread(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(jobs=["PENDING"])
    with PrintScu(strict_printer.peer) as scu:
        uid = str(scu.print(gray()).films[0].print_job_uid)
        asked = threading.Event()
        scu.after_n_get.connect(lambda _: asked.set())

        def cancel() -> None:
            asked.wait(20)
            scu.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        job = scu.wait_for_print_job(uid, 600, interval=0.01)
        thread.join()
    assert job.execution_status == "PENDING"


def test_events_of_the_printer(strict_printer: StrictPrinter) -> None:
    info = {"PrinterStatusInfo": "SUPPLY LOW", "PrinterName": "STRICT"}
    strict_printer.behave(
        reports=[
            {"on": "N-SET image box", "type": 2, "dataset": info},
            {"on": "N-ACTION film box", "type": 1},
        ]
    )
    scu = PrintScu(strict_printer.peer)
    typed: list[str] = []
    scu.printer_report.connect(lambda report: typed.append(str(report)))
    report = scu.print(gray()).raise_for_failures()
    assert typed == ["WARNING (SUPPLY LOW)", "NORMAL"]
    assert [event.printer_status for event in report.printer_reports] == ["WARNING", "NORMAL"]
    assert "printer: WARNING (SUPPLY LOW)" in report.warnings


def test_what_a_handler_answers_to_a_report(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(reports=[{"on": "N-CREATE film session", "type": 3}])
    scu = PrintScu(strict_printer.peer)

    @scu.printer_report.connect
    def refuse(event: Any) -> None:
        event.report.status = 0x0110

    with scu:
        scu.create_film_session()
    confirmed = [line for line in strict_printer.journal() if "confirmed" in line["operation"]]
    assert [line["status"] for line in confirmed] == [0x0110]


def test_waiting_for_an_event(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(report_jobs="told", jobs=["DONE"])
    with PrintScu(strict_printer.peer) as scu:
        scu.print(gray())
        strict_printer.report_now()
        report = scu.wait_for_event_report(20)
        assert report is not None
        assert report.event_type_id == 3
        assert scu.wait_for_event_report(0.01) is None


def test_events_of_the_requests(strict_printer: StrictPrinter) -> None:
    scu = PrintScu(strict_printer.peer)
    seen: list[str] = []
    names = ["n_create", "n_set", "n_get", "n_action", "n_delete"]
    for name in names:
        getattr(scu, f"before_{name}").connect(lambda _, name=name: seen.append(f"before {name}"))
        getattr(scu, f"after_{name}").connect(lambda event: seen.append(f"{event.status:04X}"))

    @scu.before_n_create.connect
    def edit(event: Any) -> None:
        if "ImageDisplayFormat" in event.dataset:
            event.dataset.Trim = "YES"

    scu.print(gray()).raise_for_failures()
    requests = ["n_get", "n_create", "n_create", "n_set", "n_action", "n_delete"]
    assert seen == [text for name in requests for text in (f"before {name}", "0000")]
    assert strict_printer.films()[0].film_box.Trim == "YES"


def test_two_prints_on_one_association(strict_printer: StrictPrinter) -> None:
    with PrintScu(strict_printer.peer) as scu:
        scu.print(gray(1)).raise_for_failures()
        scu.print(gray(2)).raise_for_failures()
    numbers = {line["association"] for line in strict_printer.journal() if "association" in line}
    assert len(numbers) == 1
    assert len(strict_printer.films()) == 2


def test_a_report_as_json(strict_printer: StrictPrinter) -> None:
    report = PrintScu(strict_printer.peer).print(colored())
    made = report.to_dict()
    assert (made["printed"], made["failed"]) == (1, 0)
    assert made["printer"]["printer_status"] == "NORMAL"
    (film,) = made["films"]
    assert film["outcome"] == "warning"
    assert film["warnings"] == ["image 1: its colors are printed as gray"]
    assert [step["status"] for step in film["steps"]] == ["0x0000"] * 3
