"""Printing to DCMTK's print SCP: what it stores is what we sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from corpora import pydicom_directory
from pydicom import dcmread

from dicomwire import NoAcceptedContext, PrintScu
from dicomwire.film import Film, FilmSession, ImageBox, PresentationLut, arrange, prepare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fix_printers import Dcmprscp

pytestmark = pytest.mark.usefixtures("engine")


def gray(number: int, rows: int = 64, columns: int = 48) -> np.ndarray:
    """Make an image that differs from others."""
    values = np.arange(rows * columns).reshape(rows, columns)
    return ((values * (number + 3)) % 256).astype(np.uint8)


def pixels(image: object) -> np.ndarray:
    """Return the samples of an image that a printer stored."""
    return image.pixel_array  # type: ignore[attr-defined]


def test_images_are_stored_as_they_were_sent(dcmprscp: Dcmprscp) -> None:
    images = [gray(number) for number in range(5)]
    report = PrintScu(dcmprscp.peer).print(images, film=Film("STANDARD\\2,2")).raise_for_failures()
    assert (report.printed, report.failed, report.warnings) == (2, 0, [])
    assert [film.outcome for film in report.films] == ["printed", "printed"]
    assert [step.name for step in report.films[1].steps] == ["film box", "image 1", "print"]
    first, second = dcmprscp.films()
    stored = [pixels(image) for film in (first, second) for image in dcmprscp.images_of(film)]
    assert len(stored) == 5
    for image, sent in zip(stored, images, strict=True):
        assert np.array_equal(image, sent)


def test_a_real_image_comes_out_as_dcmtk_reads_it(
    dcmprscp: Dcmprscp, dcmtk: Callable[..., str], tmp_path: Path
) -> None:
    """What dcmp2pgm makes of the stored print is what `prepare` promised."""
    path = pydicom_directory() / "test_files" / "CT_small.dcm"
    PrintScu(dcmprscp.peer).print(path).raise_for_failures()
    (film,) = dcmprscp.films()
    (image,) = dcmprscp.images_of(film)
    dcmtk("dcmp2pgm", image.filename, tmp_path / "film.pgm")
    head, _, rest = (tmp_path / "film.pgm").read_bytes().partition(b" 255\n")
    expected = prepare(path).array
    assert head == b"P5\n%d %d" % expected.shape[::-1]
    assert rest[: expected.size] == expected.tobytes()


def test_options_reach_the_film(dcmprscp: Dcmprscp) -> None:
    film = Film(
        "STANDARD\\1,2",
        film_orientation="LANDSCAPE",
        film_size_id="14INX17IN",
        magnification_type="CUBIC",
        border_density="WHITE",
        empty_image_density="BLACK",
        min_density=20,
        max_density=300,
        trim=True,
        requested_resolution_id="HIGH",
        illumination=2100,
        reflected_ambient_light=11,
    )
    session = FilmSession(
        number_of_copies=2,
        print_priority="HIGH",
        medium_type="BLUE FILM",
        film_destination="PROCESSOR",
        film_session_label="X-rays",
        owner_id="me",
    )
    box = ImageBox(
        polarity="REVERSE",
        requested_image_size=100.5,
        requested_decimate_crop_behavior="CROP",
    )
    scu = PrintScu(dcmprscp.peer)
    asked: list[object] = []
    scu.after_n_create.connect(lambda event: asked.append(event.result.dataset))
    # Without a presentation LUT this printer knows no illumination.
    lut = PresentationLut("IDENTITY")
    scu.print(
        gray(0), film=film, session=session, box=box, presentation_lut=lut
    ).raise_for_failures()
    (stored,) = dcmprscp.films()
    content = stored.FilmBoxContentSequence[0]
    for element in film.to_dataset():
        assert content[element.tag].value == element.value, element
    answered = asked[0]
    for element in session.to_dataset():
        assert answered[element.tag].value == element.value, element  # type: ignore[index]
    image = stored.ImageBoxContentSequence[0]
    assert image.Polarity == "REVERSE"
    assert image.RequestedImageSize == 100.5
    assert image.RequestedDecimateCropBehavior == "CROP"


@pytest.mark.parametrize("bits", [8, 12])
def test_presentation_lut_as_a_table(dcmprscp: Dcmprscp, bits: int) -> None:
    lut = PresentationLut.from_function(lambda value: value**0.5, bits_stored=bits, bits=12)
    report = PrintScu(dcmprscp.peer).print(gray(1), presentation_lut=lut).raise_for_failures()
    assert [step.name for step in report.steps] == [
        "film session",
        "presentation LUT",
        "deletion of the film session",
    ]
    (film,) = dcmprscp.films()
    (item,) = film.PresentationLUTContentSequence
    assert item.PresentationLUTSequence[0].LUTDescriptor == [1 << bits, 0, 12]
    (image,) = dcmprscp.images_of(film)
    assert image.BitsStored == bits


def test_presentation_lut_as_a_shape(dcmprscp: Dcmprscp) -> None:
    PrintScu(dcmprscp.peer).print(gray(1), presentation_lut=PresentationLut("LIN OD"))
    (film,) = dcmprscp.films()
    assert film.PresentationLUTContentSequence[0].PresentationLUTShape == "LIN OD"


def test_twelve_bits(dcmprscp: Dcmprscp) -> None:
    image = np.linspace(0.0, 1.0, 33 * 31).reshape(33, 31)
    PrintScu(dcmprscp.peer).print(image, bits=12).raise_for_failures()
    (film,) = dcmprscp.films()
    (stored,) = dcmprscp.images_of(film)
    assert (stored.BitsAllocated, stored.BitsStored, stored.HighBit) == (16, 12, 11)
    assert np.array_equal(pixels(stored), prepare(image, bits=12).array)
    assert pixels(stored).max() == 4095


def test_a_session_is_printed_as_a_whole(dcmprscp: Dcmprscp) -> None:
    images = [gray(number) for number in range(3)]
    scu = PrintScu(dcmprscp.peer)
    report = scu.print(images, film=Film("STANDARD\\1,1"), by="session").raise_for_failures()
    assert [[step.name for step in film.steps] for film in report.films] == [
        ["film box", "image 1", "print"]
    ] * 3
    films = dcmprscp.films()
    stored = [pixels(image) for film in films for image in dcmprscp.images_of(film)]
    assert sorted(image.tobytes() for image in stored) == sorted(i.tobytes() for i in images)


def test_films_that_were_looked_at_before(dcmprscp: Dcmprscp) -> None:
    plans = arrange([gray(1), None, gray(2)], film=Film("STANDARD\\2,2"))
    PrintScu(dcmprscp.peer).print(plans).raise_for_failures()
    (film,) = dcmprscp.films()
    positions = [int(box.ImageBoxPosition) for box in film.ImageBoxContentSequence]
    assert positions == [1, 3]


def test_a_printer_with_implicit_vr_and_one_format(plain_dcmprscp: Dcmprscp) -> None:
    """It takes no other syntax, and names no SOP class in its answers to N-CREATE."""
    scu = PrintScu(plain_dcmprscp.peer)
    contexts: list[object] = []
    scu.after_associate_request.connect(lambda event: contexts.extend(event.contexts))
    report = scu.print([gray(1), gray(2)], film=Film("STANDARD\\1,1"))
    assert report.printed == 2
    accepted = {context.accepted_transfer_syntax for context in contexts if context.is_accepted}  # type: ignore[attr-defined]
    assert accepted == {"1.2.840.10008.1.2"}
    assert len(plain_dcmprscp.films()) == 2


def test_a_format_the_printer_does_not_have(plain_dcmprscp: Dcmprscp) -> None:
    report = PrintScu(plain_dcmprscp.peer).print([gray(1)] * 5, film=Film("STANDARD\\2,2"))
    assert (report.printed, report.failed) == (0, 2)
    for film in report.films:
        assert film.outcome == "failed"
        assert film.error is not None
        assert film.error.startswith("the printer refused film box: 0x0106")
    assert plain_dcmprscp.films() == []


def test_twelve_bits_to_a_printer_of_eight(plain_dcmprscp: Dcmprscp) -> None:
    report = PrintScu(plain_dcmprscp.peer).print(gray(1), bits=12)
    (film,) = report.films
    assert film.outcome == "failed"
    assert film.steps[1].name == "image 1"
    assert film.steps[1].status == 0x0106
    assert film.steps[2].name == "deletion of the film box"
    assert film.steps[2].status == 0x0000
    assert plain_dcmprscp.films() == []


def test_printer_status(dcmprscp: Dcmprscp) -> None:
    printer = PrintScu(dcmprscp.peer).printer()
    assert printer.is_normal
    assert printer.status == 0x0000
    assert str(printer) == "NORMAL"


@pytest.mark.parametrize(
    ("call", "service"),
    [
        (
            lambda scu: scu.print(gray(1)[..., np.newaxis].repeat(3, axis=2), color=True),
            "Basic Color Print Management Meta SOP Class",
        ),
        (lambda scu: scu.printer_configuration(), "Printer Configuration Retrieval SOP Class"),
        (lambda scu: scu.print_job("1.2.3"), "Print Job SOP Class"),
        (
            lambda scu: scu.print(
                gray(1), film=Film(annotation_display_format_id="X"), annotations=["text"]
            ),
            "Basic Annotation Box SOP Class",
        ),
    ],
    ids=["color", "configuration", "print job", "annotations"],
)
def test_what_the_printer_lacks_is_named(
    dcmprscp: Dcmprscp, call: Callable[[PrintScu], object], service: str
) -> None:
    with pytest.raises(NoAcceptedContext, match=f"not {service}"):
        call(PrintScu(dcmprscp.peer))
    assert list(dcmprscp.directory.glob("*.dcm")) == []


def test_step_by_step(dcmprscp: Dcmprscp) -> None:
    """Every operation it offers, in the order a user calls them."""
    scu = PrintScu(dcmprscp.peer)
    with scu:
        assert scu.printer().is_normal
        # Another association: this one serves one at a time.
        lut = scu.create_presentation_lut(PresentationLut("IDENTITY")).raise_for_status()
        scu.create_film_session().raise_for_status()
        scu.set_film_session(FilmSession(number_of_copies=3)).raise_for_status()
        box = scu.create_film_box(Film("STANDARD\\1,2")).raise_for_status()
        assert box.image_box_uids == scu.image_box_uids
        assert len(box.image_box_uids) == 2
        assert scu.film_box_uid == box.sop_instance_uid
        scu.set_film_box(
            Film("STANDARD\\1,2", max_density=310), presentation_lut_uid=lut.sop_instance_uid
        ).raise_for_status()
        scu.set_image_box(box.image_box_uids[0], gray(1)).raise_for_status()
        scu.set_image_box(2, gray(2), ImageBox(magnification_type="CUBIC")).raise_for_status()
        printed = scu.print_film_box().raise_for_status()
        assert printed.print_job_uid is None
        assert scu.delete_film_box().is_success
        assert scu.print_film_session().status == 0xC600
        assert scu.delete_presentation_lut(str(lut.sop_instance_uid)).is_success
        assert scu.delete_film_session().is_success
        assert scu.film_session_uid is None
    (film,) = dcmprscp.films()
    assert film.FilmBoxContentSequence[0].MaxDensity == 310
    assert [dcmread(image.filename).Rows for image in dcmprscp.images_of(film)] == [64, 64]
