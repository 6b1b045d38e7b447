"""Printers that fail, warn, refuse or vanish: the report names each film and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dicomwire import (
    AssociationOptions,
    ConnectError,
    NoAcceptedContext,
    PrintError,
    PrintScu,
    StatusError,
    Timeouts,
)
from dicomwire.film import Film, PresentationLut

if TYPE_CHECKING:
    from fix_printers import StrictPrinter

pytestmark = pytest.mark.usefixtures("engine")

GRAYSCALE = "1.2.840.10008.5.1.1.9"
COLOR = "1.2.840.10008.5.1.1.18"
PRINTER = "1.2.840.10008.5.1.1.16"
ONE = Film("STANDARD\\1,1")
TWO = Film("STANDARD\\2,1")


def images(count: int) -> list[np.ndarray]:
    """Make images that differ."""
    return [np.full((8, 8), number, np.uint8) for number in range(count)]


def outcomes(report: Any) -> list[str]:
    """Return the outcome of each film."""
    return [film.outcome for film in report.films]


def test_a_printer_in_failure_gets_nothing(strict_printer: StrictPrinter) -> None:
    state = {"PrinterStatus": "FAILURE", "PrinterStatusInfo": "SUPPLY EMPTY"}
    strict_printer.behave(printer=state)
    report = PrintScu(strict_printer.peer).print(images(3), film=ONE)
    assert outcomes(report) == ["not sent"] * 3
    error = "the printer reports FAILURE (SUPPLY EMPTY): nothing was sent"
    assert [film.error for film in report.films] == [error] * 3
    assert report.printer is not None
    assert report.printer.is_failure
    assert strict_printer.operations() == ["N-GET printer"]
    with pytest.raises(PrintError, match="3 of 3 films were not printed: film 1: the printer"):
        report.raise_for_failures()


def test_a_printer_in_failure_may_be_tried_anyway(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(printer={"PrinterStatus": "FAILURE"})
    report = PrintScu(strict_printer.peer).print(images(1), check_printer=False)
    assert outcomes(report) == ["printed"]
    assert report.printer is None


def test_a_printer_with_a_warning_prints(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(printer={"PrinterStatus": "WARNING", "PrinterStatusInfo": "SUPPLY LOW"})
    report = PrintScu(strict_printer.peer).print(images(1)).raise_for_failures()
    assert report.warnings == ["printer: WARNING (SUPPLY LOW)"]


def test_a_printer_that_does_not_tell_prints(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(rules=[{"on": "N-GET printer", "status": 0x0110}])
    scu = PrintScu(strict_printer.peer)
    printer = scu.printer()
    assert (printer.printer_status, printer.status) == (None, 0x0110)
    with pytest.raises(StatusError, match="Processing failure"):
        printer.result.raise_for_status()
    assert outcomes(scu.print(images(1))) == ["printed"]


@pytest.mark.parametrize(
    ("on", "steps"),
    [
        ("N-CREATE film box", ["film box"]),
        ("N-SET image box", ["film box", "image 1", "deletion of the film box"]),
        ("N-ACTION film box", ["film box", "image 1", "print", "deletion of the film box"]),
    ],
)
@pytest.mark.parametrize("by", ["film", "session"])
def test_the_other_films_are_printed(
    strict_printer: StrictPrinter, on: str, steps: list[str], by: Any
) -> None:
    """A printer that holds a film back would refuse the next one: the film box is deleted."""
    if by == "session" and on == "N-ACTION film box":
        on, steps = "N-SET image box", ["film box", "image 1", "deletion of the film box"]
    rule = {"on": on, "number": 2, "status": 0x0213, "comment": "memory"}
    strict_printer.behave(rules=[rule], session_printing=by == "session")
    report = PrintScu(strict_printer.peer).print(images(3), film=ONE, by=by)
    assert outcomes(report) == ["printed", "failed", "printed"]
    failed = report.films[1]
    assert [step.name for step in failed.steps] == steps
    assert failed.error is not None
    assert "0x0213 (Resource limitation: memory)" in failed.error
    assert len(strict_printer.films()) == 2
    assert [failure.number for failure in report.failures] == [2]


@pytest.mark.parametrize("by", ["film", "session"])
def test_stopping_at_the_first_failure(strict_printer: StrictPrinter, by: Any) -> None:
    strict_printer.behave(rules=[{"on": "N-SET image box", "number": 2, "status": 0xC605}])
    scu = PrintScu(strict_printer.peer)
    report = scu.print(images(3), film=ONE, by=by, on_failure="stop")
    assert report.films[1].outcome == "failed"
    assert report.films[2].outcome == "not sent"
    assert report.films[2].error == "film 2 failed, and no more were to be printed then"
    # A session is printed as a whole or not at all.
    assert report.films[0].outcome == ("printed" if by == "film" else "not sent")
    assert len(strict_printer.films()) == (1 if by == "film" else 0)


def test_an_incomplete_film_is_not_printed_with_its_session(strict_printer: StrictPrinter) -> None:
    rules = [
        {"on": "N-SET image box", "number": 2, "status": 0xC603},
        {"on": "N-DELETE film box", "status": 0x0110},
    ]
    strict_printer.behave(rules=rules)
    report = PrintScu(strict_printer.peer).print(images(2), film=ONE, by="session")
    assert outcomes(report) == ["not sent", "failed"]
    assert "incomplete film could not be deleted" in str(report.films[0].error)
    assert strict_printer.films() == []


def test_a_printer_without_printing_of_sessions(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(session_printing=False)
    report = PrintScu(strict_printer.peer).print(images(2), film=ONE, by="session")
    assert outcomes(report) == ["failed"] * 2
    assert "0xC616" in str(report.films[1].error)
    assert "refused print: 0x0211" in str(report.films[0].error)
    assert strict_printer.films() == []


@pytest.mark.parametrize(
    ("on", "status", "words"),
    [
        ("N-CREATE film session", 0xB600, "Memory allocation not supported"),
        ("N-CREATE film box", 0xB605, "Requested density is outside"),
        ("N-CREATE film box", 0x0116, "Attribute value out of range"),
        ("N-CREATE film box", 0x0107, "Attribute list error"),
        ("N-SET image box", 0xB604, "demagnified"),
        ("N-SET image box", 0xB609, "cropped"),
        ("N-SET image box", 0xB60A, "decimated"),
        ("N-ACTION film box", 0xB603, "empty page"),
    ],
)
def test_warnings_are_kept(strict_printer: StrictPrinter, on: str, status: int, words: str) -> None:
    strict_printer.behave(rules=[{"on": on, "status": status}])
    report = PrintScu(strict_printer.peer).print(images(1)).raise_for_failures()
    (warning,) = report.warnings
    assert f"0x{status:04X} ({words}" in warning or words in warning
    assert report.films[0].outcome == ("printed" if "session" in on else "warning")


@pytest.mark.parametrize(
    ("on", "status", "words"),
    [
        ("N-CREATE film box", 0xC616, "A film box exists that was not printed"),
        ("N-SET image box", 0xC603, "Image size is larger than the image box"),
        ("N-SET image box", 0xC605, "Insufficient memory in the printer"),
        ("N-SET image box", 0xC613, "Combined print image size is larger"),
        ("N-ACTION film box", 0xC602, "Print queue is full"),
        ("N-ACTION film session", 0xC600, "contains no film box"),
        ("N-ACTION film session", 0xC601, "Print queue is full"),
    ],
)
def test_failures_have_the_words_of_the_service(
    strict_printer: StrictPrinter, on: str, status: int, words: str
) -> None:
    strict_printer.behave(rules=[{"on": on, "status": status}])
    by: Any = "session" if on == "N-ACTION film session" else "film"
    report = PrintScu(strict_printer.peer).print(images(1), by=by)
    (film,) = report.films
    assert film.outcome == "failed"
    assert words in str(film.error)
    assert film.to_dict()["error"] == film.error


def test_what_the_printer_complains_of_is_named(strict_printer: StrictPrinter) -> None:
    rule = {"on": "N-SET image box", "status": 0x0106, "attributes": ["Polarity", "BitsStored"]}
    strict_printer.behave(rules=[rule])
    report = PrintScu(strict_printer.peer).print(images(1))
    assert report.films[0].error == (
        "the printer refused image 1: 0x0106 (Invalid attribute value), about Polarity, BitsStored"
    )
    assert report.films[0].to_dict()["steps"][1]["attributes"] == ["20200020", "00280101"]


def test_a_film_size_the_printer_does_not_have(strict_printer: StrictPrinter) -> None:
    report = PrintScu(strict_printer.peer).print(images(1), film=Film(film_size_id="24CMX24CM"))
    assert report.films[0].error == (
        "the printer refused film box: 0x0106 (Invalid attribute value: FilmSizeID cannot be this)"
    )


def test_a_refused_film_session(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(rules=[{"on": "N-CREATE film session", "status": 0x0213}])
    report = PrintScu(strict_printer.peer).print(images(2), film=ONE)
    assert outcomes(report) == ["not sent"] * 2
    assert "refused the film session: 0x0213" in str(report.films[0].error)


def test_a_refused_presentation_lut(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(rules=[{"on": "N-CREATE presentation LUT", "status": 0x0106}])
    report = PrintScu(strict_printer.peer).print(
        images(1), presentation_lut=PresentationLut("LIN OD")
    )
    assert outcomes(report) == ["not sent"]
    assert "refused the presentation LUT: 0x0106" in str(report.films[0].error)
    assert strict_printer.operations()[-1] == "N-DELETE film session"


@pytest.mark.parametrize("how", ["abort", "disconnect"])
@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("N-SET image box", ["printed", "failed", "not sent"]),
        ("N-ACTION film box", ["printed", "unconfirmed", "not sent"]),
        ("N-CREATE film box", ["printed", "failed", "not sent"]),
    ],
)
def test_an_association_that_ends_in_the_middle(
    strict_printer: StrictPrinter, how: str, on: str, expected: list[str]
) -> None:
    strict_printer.behave(rules=[{"on": on, "number": 2, "do": how}])
    report = PrintScu(strict_printer.peer).print(images(3), film=ONE)
    assert outcomes(report) == expected
    assert report.error is not None
    assert [film.error for film in report.films] == [None, report.error, report.error]
    assert report.to_dict()["failed"] == 2
    assert len(strict_printer.films()) == 1


def test_an_association_that_ends_between_films_of_a_session(
    strict_printer: StrictPrinter,
) -> None:
    strict_printer.behave(rules=[{"on": "N-ACTION film session", "do": "abort"}])
    report = PrintScu(strict_printer.peer).print(images(2), film=ONE, by="session")
    assert outcomes(report) == ["unconfirmed"] * 2
    assert report.films[0].error == report.error


def test_an_association_that_ends_while_jobs_are_followed(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(
        rules=[{"on": "N-GET print job", "number": 2, "do": "abort"}], jobs=["DONE"]
    )
    report = PrintScu(strict_printer.peer).print(images(3), film=ONE, wait=0.05)
    assert outcomes(report) == ["printed", "warning", "warning"]
    says = f"the print job was not followed to its end: {report.error}"
    assert [film.warnings for film in report.films] == [[], [says], [says]]
    assert report.films[2].job is None


def test_an_association_that_ends_before_anything(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(rules=[{"on": "N-CREATE film session", "do": "abort"}])
    report = PrintScu(strict_printer.peer).print(images(2), film=ONE)
    assert outcomes(report) == ["not sent"] * 2
    assert report.films[1].error == report.error


def test_the_next_print_takes_a_new_association(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(rules=[{"on": "N-SET image box", "do": "abort"}])
    with PrintScu(strict_printer.peer) as scu:
        assert outcomes(scu.print(images(1))) == ["failed"]
        strict_printer.behave()
        assert outcomes(scu.print(images(1))) == ["printed"]


def test_a_session_that_cannot_be_deleted(strict_printer: StrictPrinter) -> None:
    """It would be in the way of the next: the association ends, and the session with it."""
    strict_printer.behave(rules=[{"on": "N-DELETE film session", "status": 0x0110}])
    with PrintScu(strict_printer.peer) as scu:
        assert outcomes(scu.print(images(1))) == ["printed"]
        report = scu.print(images(1))
    assert outcomes(report) == ["printed"]
    assert [str(step) for step in report.steps][-1] == (
        "deletion of the film session: 0x0110 (Processing failure)"
    )


def test_a_printer_that_says_nothing(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(rules=[{"on": "N-ACTION film box", "number": 1, "do": "silence"}])
    options = AssociationOptions(timeouts=Timeouts(dimse=0.3))
    report = PrintScu(strict_printer.peer, options=options).print(images(2), film=ONE)
    assert outcomes(report) == ["unconfirmed", "not sent"]
    assert "did not answer in time" in str(report.error)


@pytest.mark.parametrize(
    ("options", "lacking"),
    [
        ({}, "Basic Grayscale Print Management Meta SOP Class"),
        ({"color": True}, "Basic Color Print Management Meta SOP Class"),
        ({"presentation_lut": PresentationLut("LIN OD")}, "Presentation LUT SOP Class"),
        (
            {"annotations": ["x"], "film": Film(annotation_display_format_id="LABEL")},
            "Basic Annotation Box SOP Class",
        ),
    ],
    ids=["grayscale", "color", "presentation LUT", "annotation"],
)
def test_services_the_peer_lacks(
    strict_printer: StrictPrinter, options: dict[str, Any], lacking: str
) -> None:
    offered = {"Basic Grayscale Print Management Meta SOP Class": [COLOR]}.get(lacking, [GRAYSCALE])
    strict_printer.behave(services=offered)
    with pytest.raises(NoAcceptedContext, match=f"but not {lacking}"):
        PrintScu(strict_printer.peer).print(images(1), **options)
    assert strict_printer.operations() == []


def test_a_peer_that_only_tells_of_its_printer(strict_printer: StrictPrinter) -> None:
    strict_printer.behave(services=[PRINTER])
    assert PrintScu(strict_printer.peer).printer().is_normal
    strict_printer.behave(services=[COLOR])
    assert PrintScu(strict_printer.peer).printer().is_normal


def test_nobody_there() -> None:
    with pytest.raises(ConnectError):
        PrintScu("PRINTER@127.0.0.1:1").print(images(1))


def test_a_handler_that_fails_ends_the_print(strict_printer: StrictPrinter) -> None:
    scu = PrintScu(strict_printer.peer)

    @scu.after_n_set.connect
    def fail(_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        scu.print(images(1))
    assert strict_printer.films() == []
