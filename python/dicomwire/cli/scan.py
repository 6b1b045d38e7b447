"""``dicomwire scan``: chosen elements of many files as one table."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import typer

from .exit_codes import ALL_WELL, INTERRUPTED, SOME_FAILED, USAGE
from .formats import BINARY_FORMATS, Format, FormatOption, OutputPath, choose_format
from .interruption import ending_on_signals
from .options import AsJson, Quiet
from .output import complain, note, print_json, print_result
from .output_files import open_binary, open_text
from .row_output import require_pyarrow, write_batches, write_rows
from .scan_batches import wanted_batches
from .scan_options import Limit, ScanPaths, Tags, Workers
from .scan_progress import ScanProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dicomwire import ScanResult

__all__ = ["scan"]


def scan(
    *,
    paths: ScanPaths,
    tags: Tags,
    output: OutputPath = None,
    form: FormatOption = None,
    limit: Limit = None,
    workers: Workers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Read TAGs of all files in the PATHs into one table."""
    import dicomwire

    chosen = choose_format(form, output, as_json=as_json)
    if chosen in BINARY_FORMATS:
        require_pyarrow(chosen)
    with (
        dicomwire.scan(paths, tags, workers=workers) as result,
        ScanProgress(quiet=quiet) as progress,
        ending_on_signals(_nothing) as interruption,
    ):

        def go_on(rows: int, errors: int) -> bool:
            progress.add(rows, errors)
            return not interruption.happened

        _write(result, chosen, output, limit, go_on)
        seconds = progress.seconds
    _summarize(progress, output, seconds, as_json=as_json, quiet=quiet)
    if interruption.happened:
        complain("interrupted: the rest was not read")
        raise typer.Exit(INTERRUPTED)
    if not progress.files:
        complain(f"no files in {', '.join(str(path) for path in paths)}")
        raise typer.Exit(USAGE)
    raise typer.Exit(SOME_FAILED if progress.errors else ALL_WELL)


def _nothing() -> None:
    """End nothing: whoever writes the rows asks after each of them whether to go on."""


def _write(
    result: ScanResult,
    form: Format,
    output: Path | None,
    limit: int | None,
    go_on: Callable[[int, int], bool],
) -> None:
    is_input = _unless_it_is(output)
    if form in BINARY_FORMATS:
        with open_binary(output, form) as file:
            reader = result.to_reader()
            batches = wanted_batches(reader, limit, go_on, is_input)
            write_batches(batches, reader.schema, form, file)
        return
    with open_text(output) as file:
        rows = (row for row in result if is_input(row["path"]))
        write_rows(_rows(rows, limit, go_on), result.columns, form, file)


def _unless_it_is(output: Path | None) -> Callable[[str], bool]:
    """Make what leaves out the file that is written, when it is in a directory that is scanned."""

    def is_input(path: str) -> bool:
        if output is None or not path.endswith(output.name):
            return True
        try:
            return not output.samefile(path)
        except OSError:
            return True

    return is_input


def _rows(
    rows: Iterator[dict[str, Any]], limit: int | None, go_on: Callable[[int, int], bool]
) -> Iterator[dict[str, Any]]:
    for row in islice(rows, limit):
        yield row
        if not go_on(1, row["error"] is not None):
            return


def _summarize(
    progress: ScanProgress, output: Path | None, seconds: float, *, as_json: bool, quiet: bool
) -> None:
    """Say how many files were read: as the result if the rows went to a file."""
    files, errors = progress.files, progress.errors
    if output is not None and as_json:
        print_json(
            {
                "files": files,
                "errors": errors,
                "seconds": round(seconds, 6),
                "output": str(output),
            }
        )
    elif not quiet:
        rate = f"{files / seconds:.0f} files/s" if seconds > 0 else "- files/s"
        text = f"scanned {files} files, {errors} with errors, in {seconds:.2f} s ({rate})"
        if output is None:
            note(text)
        else:
            print_result(f"{text}: {output}")
