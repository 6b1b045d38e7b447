"""``dicomwire print``: print images, look at films, ask a printer (PS3.4 annex H)."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import typer

from dicomwire.errors import NoAcceptedContext

from .exit_codes import ALL_WELL, INTERRUPTED
from .interruption import ending_on_signals
from .options import (
    AsJson,
    CallingAeTitle,
    PeerArgument,
    Quiet,
    Timeout,
    Verbose,
    association_options,
    show_messages,
)
from .output import complain, note, print_json, print_result
from .print_options import (
    Annotate,
    AnnotationFormat,
    Bits,
    BorderDensity,
    Color,
    Copies,
    Destination,
    DryRun,
    Files,
    Format,
    ImageBoxes,
    Label,
    Layout,
    LutShape,
    Magnification,
    MaxDensity,
    Medium,
    MinDensity,
    NoCheck,
    OnFailure,
    Orientation,
    Polarity,
    Preview,
    Priority,
    Request,
    ShowStatus,
    Size,
    Trim,
    Wait,
    WholeSession,
    WindowText,
    display_format,
)
from .print_output import FilmProgress, tell_films, tell_printer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dicomwire import PrintScu
    from dicomwire.film import FilmPlan

__all__ = ["print_films"]


def print_films(
    *,
    peer: PeerArgument,
    files: Files = None,
    form: Format = None,
    layout: Layout = None,
    image_boxes: ImageBoxes = None,
    film_size: Size = None,
    orientation: Orientation = None,
    magnification: Magnification = None,
    border: BorderDensity = None,
    min_density: MinDensity = None,
    max_density: MaxDensity = None,
    trim: Trim = None,
    polarity: Polarity = None,
    copies: Copies = None,
    priority: Priority = None,
    medium: Medium = None,
    destination: Destination = None,
    label: Label = None,
    color: Color = False,
    bits: Bits = None,
    window: WindowText = None,
    presentation_lut: LutShape = None,
    annotate: Annotate = None,
    annotation_format: AnnotationFormat = None,
    session: WholeSession = False,
    on_failure: OnFailure = "continue",
    no_check: NoCheck = False,
    wait: Wait = None,
    preview: Preview = None,
    dry_run: DryRun = False,
    status: ShowStatus = False,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Lay images on films and have PEER, a printer, print these (print management)."""
    from dicomwire import DicomEngine, PrintScu

    options = association_options(timeout)
    show_messages(verbose)
    if status == bool(files):
        raise typer.BadParameter("give the FILEs to print, or --status")
    scu = PrintScu(peer, calling_ae_title=calling_ae_title, options=options)
    if status:
        with DicomEngine():
            raise typer.Exit(_ask(scu, as_json=as_json))
    request = Request.make(
        files or [],
        film={
            "image_display_format": display_format(form, layout),
            "image_boxes": image_boxes,
            "film_size_id": film_size,
            "film_orientation": orientation and orientation.upper(),
            "magnification_type": magnification and magnification.upper(),
            "border_density": border,
            "min_density": min_density,
            "max_density": max_density,
            "trim": trim,
            "annotation_display_format_id": annotation_format,
        },
        session={
            "number_of_copies": copies,
            "print_priority": priority and priority.upper(),
            "medium_type": medium,
            "film_destination": destination,
            "film_session_label": label,
        },
        polarity=polarity,
        window=window,
        lut_shape=presentation_lut,
        annotations=annotate or (),
        bits=bits,
        color=color,
    )
    _look(request.plans, preview, quiet=quiet)
    if dry_run:
        raise typer.Exit(_tell_plans(request.plans, as_json=as_json, quiet=quiet))
    with ExitStack() as stack:
        stack.enter_context(DicomEngine())
        progress = stack.enter_context(FilmProgress(quiet=quiet))
        interruption = stack.enter_context(ending_on_signals(_ending(scu)))
        report = scu.print(
            request.plans,
            session=request.session,
            by="session" if session else "film",
            on_failure=on_failure,
            check_printer=not no_check,
            wait=wait,
            progress=progress.update,
        )
    code = tell_films(report, as_json=as_json, quiet=quiet)
    if interruption.happened:
        complain("interrupted")
        code = INTERRUPTED
    raise typer.Exit(code)


def _ask(scu: PrintScu, *, as_json: bool) -> int:
    """Ask a printer for its state and, if it offers that, what it can do."""
    with scu:
        printer = scu.printer()
        try:
            configuration = scu.printer_configuration()
        except NoAcceptedContext:
            configuration = None
    return tell_printer(printer, configuration, as_json=as_json)


def _look(plans: Sequence[FilmPlan], path: Path | None, *, quiet: bool) -> None:
    """Write the pictures of the films."""
    from dicomwire.film import write_png

    if path is None:
        return
    for written in write_png(plans, path):
        if not quiet:
            note(f"wrote {written}")


def _tell_plans(plans: Sequence[FilmPlan], *, as_json: bool, quiet: bool) -> int:
    """Print what the films would be."""
    if as_json:
        films = [
            {
                "number": plan.number,
                "image_display_format": plan.film.image_display_format,
                "images": [placed.image.name for placed in plan.images],
                "warnings": plan.notes,
            }
            for plan in plans
        ]
        print_json({"films": films})
    elif not quiet:
        for plan in plans:
            form, count = plan.film.image_display_format, len(plan.images)
            print_result(f"film {plan.number} of {plan.of}: {form}, {count} images")
    return ALL_WELL


def _ending(scu: PrintScu) -> Callable[[], None]:
    """Make what ends a print: by an abort that is accounted for, once there is an association."""
    has_begun = False

    @scu.after_connect.connect
    def begin(_: object) -> None:
        nonlocal has_begun
        has_begun = True

    def end() -> None:
        if not has_begun:
            raise KeyboardInterrupt
        scu.abort()

    return end
