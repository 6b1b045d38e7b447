"""``dicomwire find``: query a peer (C-FIND, PS3.4 annexes C and K)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dicomwire.query import STUDY_ROOT

from .exit_codes import ALL_WELL, INTERRUPTED, SOME_FAILED
from .find_output import FindOutput
from .find_progress import FindProgress
from .find_table import shown_keys
from .formats import FormatOption, OutputPath, choose_format
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
from .query_options import (
    CharacterSet,
    Date,
    Keys,
    LevelOption,
    Modality,
    ModelOption,
    NoCheck,
    Relational,
    ReturnKeys,
    StationAet,
    choose_level,
    join_keys,
    parse_keys,
    shorthand_keys,
)

if TYPE_CHECKING:
    from pathlib import Path

    from dicomwire import FindResult

__all__ = ["find"]

# So many matches that cannot be decoded are named.
_FAILURES_SHOWN = 20

Limit = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        min=1,
        help="End the query after N matches.",
        show_default=False,
    ),
]


def find(
    *,
    peer: PeerArgument,
    keys: Keys = None,
    level: LevelOption = None,
    model: ModelOption = STUDY_ROOT.name,  # type: ignore[assignment] # typer parses it
    date: Date = None,
    modality: Modality = None,
    station_aet: StationAet = None,
    return_keys: ReturnKeys = None,
    form: FormatOption = None,
    output: OutputPath = None,
    limit: Limit = None,
    relational: Relational = False,
    no_check: NoCheck = False,
    character_set: CharacterSet = None,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Ask PEER which studies, series, instances or worklist items match (C-FIND)."""
    from dicomwire import DicomEngine, QueryRetrieveScu

    options = association_options(timeout, relational=relational)
    query = parse_keys(keys)
    at_level = choose_level(level, model, query)
    shorthand = shorthand_keys(
        model, at_level, date=date, modality=modality, station_aet=station_aet
    )
    query = join_keys(query, shorthand)
    writer = FindOutput(choose_format(form, output, as_json=as_json), output)
    asked = [*query, *(return_keys or ())]
    shown = shown_keys(model, at_level, asked, only=return_keys is not None)
    show_messages(verbose)
    result: FindResult | None = None

    def end() -> None:
        if result is None:
            raise KeyboardInterrupt
        result.cancel()

    # Both on one terminal would write over each other.
    hides = quiet or writer.is_for_terminal
    with (
        DicomEngine(),
        FindProgress(quiet=hides) as progress,
        ending_on_signals(end) as interruption,
    ):
        scu = QueryRetrieveScu(peer, calling_ae_title=calling_ae_title, options=options)
        result = scu.find(
            query,
            level=at_level or "STUDY",
            model=model,
            limit=limit,
            return_keys=return_keys,
            check=not no_check,
            character_set=character_set,
            # A failure status is not raised: it is told after what came before it.
            strict=False,
        )
        with result:
            writer.write(result, shown, progress.update)
        seconds = progress.seconds
    _summarize(result, writer, seconds, output=output, as_json=as_json, quiet=quiet)
    _name_failures(result, writer, quiet=quiet)
    if interruption.happened:
        complain("interrupted: the query was cancelled")
        raise typer.Exit(INTERRUPTED)
    if result.status is not None and result.status.is_failure:
        complain(f"{peer} ended the query with {result.status}")
        raise typer.Exit(SOME_FAILED)
    raise typer.Exit(SOME_FAILED if writer.failed or result.undecodable else ALL_WELL)


def _summarize(
    result: FindResult,
    writer: FindOutput,
    seconds: float,
    *,
    output: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say how many matches there were: as the result if these went to a file."""
    failed = len(result.undecodable) + writer.failed
    if output is not None and as_json:
        summary: dict[str, Any] = {
            "matches": result.matches,
            "undecodable": failed,
            "optional_keys_unsupported": result.optional_keys_unsupported,
            "status": None if result.status is None else f"0x{result.status:04X}",
            "seconds": round(seconds, 6),
            "output": str(output),
        }
        print_json(summary)
    elif not quiet:
        noun = "match" if result.matches == 1 else "matches"
        text = f"{result.matches} {noun} in {seconds:.2f} s"
        if failed:
            text += f", {failed} of them undecodable"
        if output is None:
            note(text)
        else:
            print_result(f"{text}: {output}")


def _name_failures(result: FindResult, writer: FindOutput, *, quiet: bool) -> None:
    """Name the first matches that cannot be decoded."""
    if quiet:
        return
    failures = [f"match {match.number}: {match.error}" for match in result.undecodable]
    failures += writer.failures
    for failure in failures[:_FAILURES_SHOWN]:
        note(f"failed: {failure}")
    if len(failures) > _FAILURES_SHOWN:
        note(f"failed: {len(failures) - _FAILURES_SHOWN} more")
