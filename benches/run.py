"""Run dicomwire and its peers side by side: ``make bench``, or ``python -m benches.run``."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from types import FrameType

# `python benches/run.py` puts this directory on the path, not the one above.
if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benches import record
from benches.contestants import OURS_PARALLEL
from benches.corpora import Corpora
from benches.machine import describe_machine, describe_versions
from benches.rounds import SET_UP, Measured, measure
from benches.scenario import OURS, Bench, BenchError, Scenario
from benches.scenarios import ALL_SCENARIOS
from benches.tables import figures_table, scenario_table

__all__ = ["main"]

_FOLDER = Path(__file__).resolve().parent
_TMPFS = Path("/dev/shm")
_ROUNDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for.

    Returns
    -------
    int
        0 if dicomwire was measured everywhere, 1 if it or a set-up failed, 2 if nothing ran.
    """
    options = _parser().parse_args(arguments)
    chosen = [each for each in ALL_SCENARIOS if _is_chosen(each, options.only)]
    if options.list or not chosen:
        for each in ALL_SCENARIOS:
            print(f"{each.name:26} {each.title}")
        return 0 if options.list else 2
    rounds = 1 if options.quick else options.rounds
    signal.signal(signal.SIGTERM, _end)
    started = time.perf_counter()
    try:
        run = record.Run(
            date=datetime.now(UTC).date().isoformat(),
            command=_command(arguments),
            rounds=rounds,
            machine=describe_machine(),
            versions=describe_versions(),
            measured={each.scenario.name: each for each in _measured(chosen, rounds, options)},
        )
    except BenchError as error:
        print(f"benches: {error}", file=sys.stderr)
        return 2
    _finish(run, options)
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
    # A peer that loses a response, as pynetdicom does at times, is told in the tables only.
    ours = [
        (each, name)
        for each in run.measured.values()
        for name in each.samples
        if name in (OURS, OURS_PARALLEL, SET_UP)
    ]
    return 1 if any(each.failures(name) for each, name in ours) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benches.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tiny round that shows all works")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="scenarios whose names begin so; may be repeated",
    )
    parser.add_argument("--rounds", type=_positive, default=_ROUNDS, help="default: %(default)s")
    parser.add_argument("--no-write", action="store_true", help="only print")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results there")
    parser.add_argument("--list", action="store_true", help="print the scenarios and end")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _is_chosen(scenario: Scenario, beginnings: Sequence[str]) -> bool:
    return not beginnings or scenario.name.startswith(tuple(beginnings))


def _measured(
    chosen: Sequence[Scenario], rounds: int, options: argparse.Namespace
) -> Iterator[Measured]:
    with _scratch() as folder:
        scratch = Path(folder)
        corpora = Corpora(scratch / "corpora", quick=options.quick)
        bench = Bench(scratch, corpora, quick=options.quick)
        for scenario in chosen:
            measured = measure(scenario, bench, rounds, _progress)
            print(f"\n{scenario.name}: {scenario.title}\n\n{scenario_table(measured)}", flush=True)
            yield measured


def _scratch() -> AbstractContextManager[str]:
    """Return scratch space on tmpfs: a disk would be measured instead of the network."""
    if not _TMPFS.is_dir():
        raise BenchError(f"{_TMPFS} is missing: the benches need Linux with tmpfs there")
    return tempfile.TemporaryDirectory(prefix="dicomwire-bench-", dir=_TMPFS)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def _end(_number: int, _frame: FrameType | None) -> None:
    """End like Ctrl-C does, so that servers are stopped and scratch space is removed."""
    sys.exit(128 + signal.SIGTERM)


def _command(arguments: Sequence[str] | None) -> str:
    given = sys.argv[1:] if arguments is None else arguments
    return shlex.join(["python", "-m", "benches.run", *given])


def _finish(run: record.Run, options: argparse.Namespace) -> None:
    print(f"\n{figures_table(run.outcomes)}" if run.outcomes else "")
    if options.json:
        record.write_results(run, options.json)
    if options.no_write:
        return
    if options.quick or options.only:
        print("README and results are left alone: they take whole runs only", file=sys.stderr)
        return
    for path in record.write(run, _FOLDER):
        print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
