"""``dicomwire demo``: the main job with nothing but this machine.

Sends pydicom's own test files to an embedded `StorageReceiver` and proves, file by file, that
what arrived is what was sent.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .demo_files import DemoFile, demo_files, rounds
from .exit_codes import ALL_WELL, SOME_FAILED
from .options import (
    AsJson,
    Quiet,
    Verbose,
    show_messages,
)
from .output import complain, megabytes, one_line, print_json, print_result, speed
from .same_data_set import Sameness, compare_files

if TYPE_CHECKING:
    from dicomwire.hooks import InstanceReceived

__all__ = ["demo"]

_AE_TITLE = "DICOMWIRE_DEMO"


@dataclass(slots=True)
class _Tally:
    """What became of the files."""

    identical: int = 0
    equal: int = 0
    not_sendable: list[tuple[Path, str]] = field(default_factory=list)
    wrong: list[tuple[Path, str]] = field(default_factory=list)
    warnings: int = 0
    received: int = 0
    bytes: int = 0
    seconds: float = 0.0

    @property
    def delivered(self) -> int:
        """How many arrived as they were sent."""
        return self.identical + self.equal


def demo(as_json: AsJson = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Send pydicom's test files to an embedded receiver and compare what arrives."""
    from dicomwire import DicomEngine

    show_messages(verbose)
    files = demo_files()
    tally = _Tally()
    with DicomEngine(), tempfile.TemporaryDirectory(prefix="dicomwire-demo-") as scratch:
        for number, batch in enumerate(rounds(files)):
            directory = Path(scratch) / f"round-{number}"
            directory.mkdir()
            _send_round(batch, directory, tally)
    all_well = not tally.wrong and tally.delivered > 0
    if as_json:
        print_json(_as_json(tally, all_well=all_well))
    elif not quiet:
        _show(tally)
    if not all_well:
        complain(f"the demonstration failed for {len(tally.wrong)} of {len(files)} files")
    raise typer.Exit(ALL_WELL if all_well else SOME_FAILED)


def _send_round(batch: list[DemoFile], directory: Path, tally: _Tally) -> None:
    """Send some files in which every SOP instance occurs once, and judge each of them."""
    from dicomwire import Peer, StorageReceiver, StoreReport, StoreScu

    # A DICOMDIR as a source stands for what it names, and that is in the list anyway.
    sources = {file.path: file for file in batch if not file.is_directory_record}
    arrived: dict[str, InstanceReceived] = {}
    receiver = StorageReceiver(_AE_TITLE, port=0, host="127.0.0.1", sink=directory)
    receiver.instance_received.connect(
        lambda event: arrived.setdefault(event.sop_instance_uid, event)
    )
    with receiver:
        scu = StoreScu(Peer(_AE_TITLE, "127.0.0.1", receiver.port))
        results = {Path(item.path): item for item in scu.store_iter(list(sources)) if item.path}
    outcome = scu.last_report or StoreReport()
    tally.received += receiver.received
    tally.warnings += outcome.warnings
    tally.bytes += outcome.bytes
    tally.seconds += outcome.seconds
    for file in batch:
        _judge(file, results.get(file.path), arrived, tally)


def _judge(
    file: DemoFile,
    result: Any,  # noqa: ANN401 - a StoreResult, which is imported late
    arrived: dict[str, InstanceReceived],
    tally: _Tally,
) -> None:
    """Say what became of a file, and whether that is right."""
    if file.is_directory_record:
        tally.not_sendable.append((file.path, file.why_not or ""))
        return
    if result is None:
        tally.wrong.append((file.path, "the report does not account for it"))
        return
    if result.outcome not in ("sent", "warning"):
        reason = result.error or str(result.status)
        (tally.not_sendable if file.why_not else tally.wrong).append((file.path, reason))
        return
    event = arrived.get(result.sop_instance_uid)
    if event is None or event.path is None:
        tally.wrong.append((file.path, "confirmed, but the receiver does not have it"))
        return
    same_syntax = file.transfer_syntax in (None, event.transfer_syntax)
    sameness = compare_files(file.path, Path(event.path), same_syntax=same_syntax)
    if sameness is Sameness.IDENTICAL:
        tally.identical += 1
    elif sameness is Sameness.EQUAL:
        tally.equal += 1
    else:
        tally.wrong.append((file.path, "what arrived differs from what was sent"))


def _as_json(tally: _Tally, *, all_well: bool) -> dict[str, Any]:
    """Make the object that ``--json`` prints."""

    def listed(pairs: list[tuple[Path, str]]) -> list[dict[str, str]]:
        return [{"path": str(path), "reason": reason} for path, reason in pairs]

    return {
        "sent": tally.delivered,
        "warnings": tally.warnings,
        "failed": len(tally.wrong),
        "skipped": len(tally.not_sendable),
        "bytes": tally.bytes,
        "seconds": round(tally.seconds, 6),
        "identical": tally.identical,
        "equal": tally.equal,
        "not_sendable": listed(tally.not_sendable),
        "wrong": listed(tally.wrong),
        "all_well": all_well,
    }


def _show(tally: _Tally) -> None:
    """Print the tables and the verdict."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table(title="pydicom's files, sent to an embedded receiver", title_justify="left")
    table.add_column("outcome")
    table.add_column("files", justify="right")
    table.add_row("received, data set identical byte for byte", str(tally.identical))
    table.add_row("received in another transfer syntax, elements equal", str(tally.equal))
    table.add_row("cannot be sent, as expected (below)", str(len(tally.not_sendable)))
    style = "bold red" if tally.wrong else None
    table.add_row("wrong", str(len(tally.wrong)), style=style)
    console.print(table)
    for title, pairs in (("Cannot be sent", tally.not_sendable), ("Wrong", tally.wrong)):
        if not pairs:
            continue
        names: dict[str, list[str]] = {}
        for path, reason in pairs:
            names.setdefault(one_line(reason), []).append(one_line(path.name))
        reasons = Table("reason", "files", title=title, title_justify="left")
        for reason, files in names.items():
            reasons.add_row(escape(reason), escape(", ".join(files)))
        console.print(reasons)
    verdict = "bit-exact" if not tally.wrong else "NOT all as sent"
    print_result(
        f"{tally.delivered} instances, {megabytes(tally.bytes)} in {tally.seconds:.2f} s "
        f"({speed(tally.bytes, tally.seconds)}): {verdict}"
    )
