"""What ``dicomwire print`` says: while it prints, and of what became of the films."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from .exit_codes import ALL_WELL, SOME_FAILED
from .output import note, print_json, print_result
from .terminal_progress import TerminalProgress

if TYPE_CHECKING:
    from rich.console import Console

    from dicomwire import PrinterConfiguration, PrinterStatus, PrintProgress, PrintReport

__all__ = ["FilmProgress", "tell_films", "tell_printer"]


class FilmProgress(TerminalProgress):
    """Show how printing goes on.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    console : Console, optional
        Where to show it.
    """

    def __init__(self, *, quiet: bool, console: Console | None = None) -> None:
        super().__init__(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[where]}"),
            TimeElapsedColumn(),
            quiet=quiet,
            console=console,
            where="",
        )

    def update(self, now: PrintProgress) -> None:
        """Show the newest step."""
        where = f"film {now.film} of {now.films}, image {now.images_sent} of {now.images}"
        self._show(completed=now.images_sent, total=now.images, where=where)


def tell_films(report: PrintReport, *, as_json: bool, quiet: bool) -> int:
    """Print what became of the films and return the exit code."""
    if not quiet:
        for warning in report.warnings:
            note(f"warning: {warning}")
        for film in report.failures:
            note(f"film {film.number} {film.outcome}: {film.error}")
    if as_json:
        print_json(report.to_dict())
    elif not quiet:
        what = "film" if len(report.films) == 1 else "films"
        jobs = {film.print_job_uid for film in report.films if film.print_job_uid}
        named = f"; print jobs {', '.join(sorted(jobs))}" if jobs else ""
        print_result(f"{report.printed} of {len(report.films)} {what} printed{named}")
    return SOME_FAILED if report.failed else ALL_WELL


def tell_printer(
    printer: PrinterStatus,
    configuration: PrinterConfiguration | None,
    *,
    as_json: bool,
) -> int:
    """Print what a printer tells of itself and return the exit code."""
    if as_json:
        made = printer.to_dict()
        made["configuration"] = None if configuration is None else configuration.to_dict()
        print_json(made)
    else:
        print_result(f"state: {printer}")
        for name, value in _facts(printer, configuration):
            if value:
                print_result(f"{name}: {value}")
    return SOME_FAILED if printer.is_failure or printer.status.is_failure else ALL_WELL


def _facts(
    printer: PrinterStatus, configuration: PrinterConfiguration | None
) -> list[tuple[str, str | None]]:
    facts = [
        ("name", printer.printer_name),
        ("manufacturer", printer.manufacturer),
        ("model", printer.manufacturer_model_name),
        ("serial number", printer.device_serial_number),
        ("software", ", ".join(printer.software_versions)),
        ("calibrated", None if printer.calibrated is None else f"{printer.calibrated}"),
    ]
    for able in () if configuration is None else configuration.printers:
        media = [f"{one.medium_type} {one.film_size_id}" for one in able.media if one.is_installed]
        formats = [f"{one.image_display_format} {one.film_size_id}" for one in able.formats]
        facts += [
            ("installed", ", ".join(media)),
            ("formats", ", ".join(formats)),
            ("bits", None if able.printing_bit_depth is None else str(able.printing_bit_depth)),
            ("magnification", ", ".join(able.magnification_types)),
        ]
    return facts
