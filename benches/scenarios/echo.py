"""C-ECHO on one association, and with an association each."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from benches.contestants import StartUp, python_sample, start_up, tool_sample
from benches.dcmtk import dcmtk
from benches.processes import Finished, child, run
from benches.receivers import dcmtk_ignoring, receiving
from benches.scenario import AE_TITLE, OURS, Contestant, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.scenario import Bench, Sample

__all__ = ["SCENARIOS"]

_ECHOES = 20_000
_ASSOCIATIONS = 1000
# pynetdicom is tens of times slower; its rate does not need as many.
_PYNETDICOM_ECHOES = 100
_PYNETDICOM_ASSOCIATIONS = 40
_ECHOSCU_PROCESSES = 40


@contextmanager
def _open(work: str, responder: str, bench: Bench) -> Iterator[Sequence[Contestant]]:
    serve = receiving() if responder == "ours" else dcmtk_ignoring(no_delay=True)
    with serve as port:
        if work == "echo":
            yield [
                Contestant(OURS, partial(_ours, port, work, bench.scaled(_ECHOES))),
                Contestant("echoscu --repeat", partial(_echoscu, port, bench.scaled(_ECHOES))),
                Contestant(
                    "pynetdicom no-delay",
                    partial(_pynetdicom, port, work, bench.scaled(_PYNETDICOM_ECHOES)),
                ),
            ]
        else:
            yield [
                Contestant(OURS, partial(_ours, port, work, bench.scaled(_ASSOCIATIONS))),
                Contestant(
                    "echoscu, a process each",
                    partial(_echoscu_processes, port, bench.scaled(_ECHOSCU_PROCESSES)),
                ),
                Contestant(
                    "pynetdicom no-delay",
                    partial(_pynetdicom, port, work, bench.scaled(_PYNETDICOM_ASSOCIATIONS)),
                ),
            ]


def _ours(port: int, work: str, count: int) -> Sample:
    return python_sample(run(child("echo_dicomwire", port, work, count)), count)


def _pynetdicom(port: int, work: str, count: int) -> Sample:
    return python_sample(run(child("echo_pynetdicom", port, work, count, "no-delay")), count)


def _echoscu(port: int, count: int) -> Sample:
    before = start_up("echoscu", ("127.0.0.1",))
    options = ("-aec", AE_TITLE, "--repeat", str(count), "127.0.0.1", str(port))
    return tool_sample(run([dcmtk("echoscu"), *options], no_delay=True), before, count)


def _echoscu_processes(port: int, count: int) -> Sample:
    """Run a process for each echo; its start is part of the work then."""
    command = [dcmtk("echoscu"), "-aec", AE_TITLE, "127.0.0.1", str(port)]
    runs = [run(command, no_delay=True) for _ in range(count)]
    whole = Finished(
        status=max(each.status for each in runs),
        wall_seconds=sum(each.wall_seconds for each in runs),
        cpu_seconds=sum(each.cpu_seconds for each in runs),
        peak_resident_bytes=max(each.peak_resident_bytes for each in runs),
        stdout="",
        stderr=runs[-1].stderr,
    )
    return tool_sample(whole, StartUp(0.0, 0.0), count)


SCENARIOS = (
    Scenario(
        "echo-ours",
        "C-ECHO on one association with our receiver",
        "rate",
        partial(_open, "echo", "ours"),
        ("cpu_us",),
    ),
    Scenario(
        "echo-storescp",
        "C-ECHO on one association with storescp, Nagle off",
        "rate",
        partial(_open, "echo", "storescp"),
        ("cpu_us",),
    ),
    Scenario(
        "associate-ours",
        "associate, C-ECHO and release with our receiver",
        "rate",
        partial(_open, "associate", "ours"),
        ("cpu_us",),
    ),
    Scenario(
        "associate-storescp",
        "associate, C-ECHO and release with storescp, Nagle off",
        "rate",
        partial(_open, "associate", "storescp"),
        ("cpu_us",),
    ),
)
