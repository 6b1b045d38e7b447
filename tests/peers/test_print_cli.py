"""``dicomwire print`` against a strict printer and DCMTK's."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest
from corpora import pydicom_directory
from PIL import Image

from dicomwire.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import Popen

    from fix_printers import Dcmprscp, StrictPrinter

CT = str(pydicom_directory() / "test_files" / "CT_small.dcm")
MR = str(pydicom_directory() / "test_files" / "MR_small.dcm")
UNREACHABLE = "PRINTER@127.0.0.1:1"


def test_files_are_printed(
    strict_printer: StrictPrinter, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["print", strict_printer.peer, CT, MR, "--layout", "1x2"]
    arguments += ["--film-size", "14INX17IN"]
    arguments += ["--orientation", "landscape", "--copies", "2", "--priority", "high"]
    arguments += ["--medium", "BLUE FILM", "--destination", "BIN_1", "--label", "a label"]
    arguments += ["--magnification", "cubic", "--border", "BLACK", "--min-density", "10"]
    arguments += ["--max-density", "300", "--trim", "--polarity", "reverse", "--window", "40,400"]
    arguments += ["--bits", "12", "--presentation-lut", "lin-od", "--wait", "0.01"]
    arguments += [
        "--annotation-format",
        "BOTTOM",
        "--annotate",
        "one",
        "--annotate",
        "{film}/{films}",
    ]
    code = main(arguments)
    captured = capsys.readouterr()
    assert captured.out.startswith("1 of 1 film printed; print jobs 1.2.826.0.1.3680043")
    assert "warning: film 1: the print job is PENDING" in captured.err
    assert code == 0
    (film,) = strict_printer.films()
    assert (film.session.NumberOfCopies, film.session.PrintPriority) == (2, "HIGH")
    assert (film.session.MediumType, film.session.FilmDestination) == ("BLUE FILM", "BIN_1")
    assert film.session.FilmSessionLabel == "a label"
    box = film.film_box
    assert box.ImageDisplayFormat == "STANDARD\\1,2"
    assert (box.FilmSizeID, box.FilmOrientation) == ("14INX17IN", "LANDSCAPE")
    assert (box.MagnificationType, box.BorderDensity, box.Trim) == ("CUBIC", "BLACK", "YES")
    assert (box.MinDensity, box.MaxDensity) == (10, 300)
    assert [str(text.TextString) for text in film.annotations] == ["one", "1/1"]
    (lut,) = film.presentation_luts.values()
    assert lut.PresentationLUTShape == "LIN OD"
    assert [image.Polarity for image in film.images] == ["REVERSE"] * 2
    assert film.images[0].BasicGrayscaleImageSequence[0].BitsStored == 12


def test_color_of_a_directory(
    strict_printer: StrictPrinter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = pydicom_directory() / "test_files" / "SC_rgb_small_odd.dcm"
    for name in ("b.dcm", "a.dcm"):
        (tmp_path / name).write_bytes(source.read_bytes())
    arguments = ["print", strict_printer.peer, str(tmp_path), "--color", "--json", "--session"]
    code = main([*arguments, "--format", "STANDARD\\1,1"])
    assert code == 0
    made = json.loads(capsys.readouterr().out)
    assert [film["images"] for film in made["films"]] == [
        [str(tmp_path / "a.dcm")],
        [str(tmp_path / "b.dcm")],
    ]
    assert made["printed"] == 2
    assert "BasicColorImageSequence" in strict_printer.films()[0].images[0]
    assert "N-ACTION film session" in strict_printer.operations()


def test_films_that_fail(strict_printer: StrictPrinter, capsys: pytest.CaptureFixture[str]) -> None:
    strict_printer.behave(rules=[{"on": "N-SET image box", "number": 1, "status": 0xC605}])
    code = main(["print", strict_printer.peer, CT, MR, "--layout", "1x1", "--on-failure", "stop"])
    captured = capsys.readouterr()
    assert code == 1
    assert captured.out == "0 of 2 films printed\n"
    assert "film 1 failed: the printer refused image 1: 0xC605" in captured.err
    assert "film 2 not sent: film 1 failed, and no more were to be printed then" in captured.err


def test_a_printer_in_failure(
    strict_printer: StrictPrinter, capsys: pytest.CaptureFixture[str]
) -> None:
    strict_printer.behave(printer={"PrinterStatus": "FAILURE", "PrinterStatusInfo": "NO SUPPLY"})
    assert main(["print", strict_printer.peer, CT]) == 1
    assert "the printer reports FAILURE (NO SUPPLY)" in capsys.readouterr().err
    assert main(["print", strict_printer.peer, CT, "--no-check", "-q"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert main(["print", strict_printer.peer, "--status"]) == 1
    assert capsys.readouterr().out.startswith("state: FAILURE (NO SUPPLY)\n")


def test_interrupted(strict_printer: StrictPrinter, spawn: Callable[..., Popen[str]]) -> None:
    strict_printer.behave(rules=[{"on": "N-SET image box", "number": 2, "do": "silence"}])
    process = spawn("print", strict_printer.peer, CT, MR, CT, "--layout", "1x1")
    while strict_printer.operations().count("N-CREATE film box") < 2:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert output.startswith("1 of 3 films printed")
    assert "film 3 not sent" in errors
    assert errors.endswith("dicomwire: interrupted\n")


def test_status(strict_printer: StrictPrinter, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["print", strict_printer.peer, "--status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["state: NORMAL", "name: STRICT", "manufacturer: NOBODY"]
    assert "installed: BLUE FILM 14INX17IN" in lines
    assert "formats: STANDARD\\1,1 14INX17IN" in lines


def test_status_as_json(
    strict_printer: StrictPrinter, dcmprscp: Dcmprscp, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["print", strict_printer.peer, "--status", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["printer_status"] == "NORMAL"
    assert made["configuration"]["printers"][0]["printing_bit_depth"] == 12
    assert main(["print", dcmprscp.peer, "--status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["configuration"] is None


def test_looking_without_printing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run needs no printer."""
    arguments = ["print", UNREACHABLE, CT, MR, "--layout", "1x1", "--dry-run"]
    assert main([*arguments, "--preview", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "film 1 of 2: STANDARD\\1,1, 1 images",
        "film 2 of 2: STANDARD\\1,1, 1 images",
    ]
    with Image.open(tmp_path / "film-2.png") as picture:
        assert np.asarray(picture).max() > 0
    assert main([*arguments, "--json"]) == 0
    films = json.loads(capsys.readouterr().out)["films"]
    assert [film["images"] for film in films] == [[CT], [MR]]


def test_formats_whose_image_boxes_the_printer_decides(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["print", UNREACHABLE, CT, MR, "--format", "SLIDE", "--image-boxes", "2"]
    assert main([*arguments, "--dry-run"]) == 0
    assert capsys.readouterr().out == "film 1 of 1: SLIDE, 2 images\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["print", UNREACHABLE], "give the FILEs to print, or --status"),
        (["print", UNREACHABLE, CT, "--status"], "give the FILEs to print, or --status"),
        (["print", UNREACHABLE, "/no/such/file"], "/no/such/file"),
        (["print", UNREACHABLE, CT, "--format", "GRID\\2"], "--format"),
        (["print", UNREACHABLE, CT, "--layout", "2"], "COLUMNSxROWS"),
        (["print", UNREACHABLE, CT, "--layout", "2x2", "--format", "SLIDE"], "leave out one"),
        (["print", UNREACHABLE, CT, "--format", "SLIDE"], "give --image-boxes"),
        (["print", UNREACHABLE, CT, "--image-boxes", "4"], "--image-boxes 4: goes with SLIDE"),
        (["print", UNREACHABLE, CT, "--window", "wide"], "CENTRE,WIDTH"),
        (["print", UNREACHABLE, CT, "--film-size", "14in"], "--film-size '14in'"),
        (["print", UNREACHABLE, CT, "--medium", "film"], "--medium 'film'"),
        (["print", UNREACHABLE, CT, "--annotate", "text"], "--annotation-format"),
        (["print", UNREACHABLE, CT, "--orientation", "upright"], "portrait"),
        (["print", UNREACHABLE, __file__], "cannot be read"),
        (["print", UNREACHABLE, CT], "127.0.0.1:1"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_usage_errors(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert says in captured.err
