"""Fixtures: printers, DCMTK's dcmprscp in its variants and a strict print SCP of our own."""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from processes import Program, free_port, running
from pydicom import Dataset, dcmread

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVER = Path(__file__).parent / "servers" / "print_scp.py"
_STORED_PRINT = "1.2.840.10008.5.1.1.27"

# What the printers of all variants have in common; names and terms are DCMTK's.
_COMMON = {
    "BorderDensity": r"150\20\BLACK\WHITE",
    "DisplayFormat": r"1,1\2,1\1,2\2,2\2,3\3,3",
    "EmptyImageDensity": r"20\BLACK\WHITE",
    "FilmDestination": r"MAGAZINE\PROCESSOR\BIN_1\BIN_2",
    "FilmSizeID": r"8INX10IN\10INX12IN\14INX17IN",
    "MagnificationType": r"REPLICATE\BILINEAR\CUBIC\NONE",
    "MaxDensity": "320",
    "MaxPDU": "32768",
    "MediumType": r"PAPER\CLEAR FILM\BLUE FILM",
    "MinDensity": "20",
    "ResolutionID": r"STANDARD\HIGH",
    "SmoothingType": "NONE",
    "Supports12Bit": "true",
    "SupportsDecimateCrop": "true",
    "SupportsImageSize": "true",
    "SupportsPresentationLUT": "true",
    "SupportsTrim": "true",
}
# A printer that takes little, and only Implicit VR.
_PLAIN = {
    "DisplayFormat": "1,1",
    "FilmDestination": "MAGAZINE",
    "FilmSizeID": r"8INX10IN\14INX17IN",
    "ImplicitOnly": "true",
    "MagnificationType": r"REPLICATE\BILINEAR",
    "MaxDensity": "320",
    "MaxPDU": "16384",
    "MediumType": "PAPER",
    "OmitSOPClassUIDFromCreateResponse": "true",
    "Supports12Bit": "false",
}


@dataclass(frozen=True)
class Dcmprscp:
    """A running dcmprscp and its database."""

    title: str
    port: int
    directory: Path
    program: Program

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it."""
        return f"{self.title}@127.0.0.1:{self.port}"

    def films(self) -> list[Dataset]:
        """Return the Stored Print objects, one for each film, in the order they were printed."""
        films = [film for film in self._stored().values() if film.SOPClassUID == _STORED_PRINT]
        return sorted(films, key=lambda film: Path(film.filename).stat().st_mtime_ns)

    def images_of(self, film: Dataset) -> list[Dataset]:
        """Return the Hardcopy Grayscale Images of a film, in the order of their positions."""
        stored = self._stored()
        boxes = sorted(film.ImageBoxContentSequence, key=lambda box: int(box.ImageBoxPosition))
        return [stored[box.ReferencedImageSequence[0].ReferencedSOPInstanceUID] for box in boxes]

    def _stored(self) -> dict[str, Dataset]:
        read = [dcmread(path) for path in self.directory.glob("*.dcm")]
        return {str(dataset.SOPInstanceUID): dataset for dataset in read}

    def empty(self) -> None:
        """Take everything out of the database."""
        for path in self.directory.iterdir():
            path.unlink()


@pytest.fixture(scope="session")
def _dcmprscp_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Dcmprscp]]:
    home = tmp_path_factory.mktemp("dcmprscp")
    (home / "spool").mkdir()
    variants = {"FULL": _COMMON, "PLAIN": _PLAIN}
    with ExitStack() as stack:
        printers = {}
        for title, settings in variants.items():
            directory, port = home / title, free_port()
            directory.mkdir()
            configuration = home / f"{title}.cfg"
            configuration.write_text(_configuration(home, directory, title, port, settings))
            command = ["dcmprscp", "--verbose", "--config", str(configuration)]
            program = stack.enter_context(
                running(
                    [*command, "--printer", title],
                    log=home / f"{title}.log",
                    environment={"TCP_NODELAY": "1"},
                )
            )
            printers[title] = Dcmprscp(title, port, directory, program)
        for printer in printers.values():
            printer.program.wait_until_listening(printer.port)
        yield printers


def _configuration(
    home: Path, directory: Path, title: str, port: int, settings: dict[str, str]
) -> str:
    lines = ["[[GENERAL]]", "[PRINT]", f"Directory = {home / 'spool'}", "BinaryLog = false"]
    lines += ["DetailedLog = false", "[DATABASE]", f"Directory = {directory}"]
    lines += ["[NETWORK]", "aetitle = DCMPSTATE", "[[COMMUNICATION]]", f"[{title}]"]
    lines += [f"Aetitle = {title}", "Description = a printer", "Hostname = localhost"]
    lines += [f"Port = {port}", "Type = LOCALPRINTER"]
    lines += [f"{name} = {value}" for name, value in settings.items()]
    return "\n".join([*lines, ""])


@pytest.fixture
def dcmprscp(_dcmprscp_session: dict[str, Dcmprscp]) -> Dcmprscp:
    """Return DCMTK's printer with all it has, its database empty."""
    _dcmprscp_session["FULL"].empty()
    return _dcmprscp_session["FULL"]


@pytest.fixture
def plain_dcmprscp(_dcmprscp_session: dict[str, Dcmprscp]) -> Dcmprscp:
    """Return DCMTK's printer with little: one image a film, 8 bit, Implicit VR."""
    _dcmprscp_session["PLAIN"].empty()
    return _dcmprscp_session["PLAIN"]


@dataclass(frozen=True)
class PrintedFilm:
    """A film as the strict printer printed it."""

    session: Dataset
    film_box: Dataset
    images: list[Dataset]
    annotations: list[Dataset]
    presentation_luts: dict[str, Dataset]


@dataclass(frozen=True)
class StrictPrinter:
    """The running print SCP of tests/servers/print_scp.py."""

    port: int
    directory: Path
    defaults: dict[str, Any] = field(default_factory=dict)

    @property
    def peer(self) -> str:
        """The peer as dicomwire wants it."""
        return f"PRINTER@127.0.0.1:{self.port}"

    def behave(self, **behaviour: Any) -> None:
        """Say how to behave on the associations that come."""
        text = json.dumps({**self.defaults, **behaviour})
        temporary = self.directory / "behaviour.tmp"
        temporary.write_text(text)
        temporary.rename(self.directory / "behaviour.json")

    def report_now(self) -> None:
        """Have it report the states of print jobs, if it was to wait for this."""
        (self.directory / "report").touch()

    def journal(self) -> list[dict[str, Any]]:
        """Return what it was asked, in order."""
        path = self.directory / "journal.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        # What an association of another test was the last to do is not of interest.
        return [line for line in lines if line["run"] == self.defaults["run"]]

    def operations(self) -> list[str]:
        """Return the names of the operations it was asked to perform, in order."""
        names = [line["operation"] for line in self.journal()]
        return [name for name in names if name.startswith("N-")]

    def films(self) -> list[PrintedFilm]:
        """Return the printed films, in order."""
        return [_read_film(path) for path in sorted((self.directory / "films").glob("*.json"))]


def _read_film(path: Path) -> PrintedFilm:
    record = json.loads(path.read_text())
    return PrintedFilm(
        Dataset.from_json(record["session"]),
        Dataset.from_json(record["film_box"]),
        [Dataset.from_json(image) for image in record["images"]],
        [Dataset.from_json(text) for text in record["annotations"]],
        {uid: Dataset.from_json(lut) for uid, lut in record["presentation_luts"].items()},
    )


def printer_configuration() -> Dataset:
    """Make what the strict printer says of itself (PS3.4 Table H.4-26)."""
    medium = Dataset()
    medium.ItemNumber, medium.MediumType, medium.FilmSizeID = 1, "BLUE FILM", "14INX17IN"
    medium.MinDensity, medium.MaxDensity = 20, 320
    layout = Dataset()
    layout.Rows, layout.Columns, layout.ImageDisplayFormat = 4096, 3072, r"STANDARD\1,1"
    layout.FilmOrientation, layout.FilmSizeID = "PORTRAIT", "14INX17IN"
    layout.PrinterResolutionID, layout.PrinterPixelSpacing = "STANDARD", [0.08, 0.08]
    layout.RequestedImageSizeFlag = "NO"
    item = Dataset()
    item.SOPClassesSupported = ["1.2.840.10008.5.1.1.9", "1.2.840.10008.5.1.1.18"]
    item.MaximumMemoryAllocation, item.MemoryBitDepth, item.PrintingBitDepth = 65536, 12, 12
    item.MediaInstalledSequence, item.OtherMediaAvailableSequence = [medium], []
    item.SupportedImageDisplayFormatsSequence = [layout]
    item.DefaultPrinterResolutionID, item.DefaultMagnificationType = "STANDARD", "CUBIC"
    item.OtherMagnificationTypesAvailable = ["REPLICATE", "BILINEAR", "NONE"]
    item.DefaultSmoothingType, item.MaximumCollatedFilms = "MEDIUM", 8
    item.DecimateCropResult, item.PrinterName = "DEC", "STRICT"
    item.Manufacturer, item.ManufacturerModelName = "NOBODY", "MODEL 1"
    configuration = Dataset()
    configuration.PrinterConfigurationSequence = [item]
    return configuration


_PRINTER = {
    "PrinterStatus": "NORMAL",
    "PrinterStatusInfo": "NORMAL",
    "PrinterName": "STRICT",
    "Manufacturer": "NOBODY",
    "ManufacturerModelName": "MODEL 1",
    "DeviceSerialNumber": "0815",
    "SoftwareVersions": ["1.0", "2.0"],
    "DateOfLastCalibration": "20260102",
    "TimeOfLastCalibration": "030405",
}


@pytest.fixture(scope="session")
def _strict_printer_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictPrinter]:
    home = tmp_path_factory.mktemp("printer")
    (home / "films").mkdir()
    defaults: dict[str, Any] = {"run": 0}
    defaults |= {"printer": _PRINTER, "configuration": printer_configuration().to_json_dict()}
    printer = StrictPrinter(free_port(), home, defaults)
    printer.behave()
    command = [sys.executable, str(_SERVER), str(printer.port), str(home)]
    path = os.pathsep.join([str(_SERVER.parent), str(_SERVER.parent.parent)])
    with running(command, log=home / "log", environment={"PYTHONPATH": path}) as program:
        program.wait_until_listening(printer.port)
        yield printer


@pytest.fixture
def strict_printer(_strict_printer_session: StrictPrinter) -> StrictPrinter:
    """Return the session's strict printer, well-behaved, nothing printed or asked yet."""
    printer = _strict_printer_session
    printer.defaults["run"] += 1
    printer.behave()
    (printer.directory / "journal.jsonl").write_text("")
    (printer.directory / "report").unlink(missing_ok=True)
    for path in (printer.directory / "films").iterdir():
        path.unlink()
    return printer
