"""C-FIND: a hundred thousand studies from one responder, in whatever form a client has for them."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING

from benches.contestants import OURS_ARROW, StartUp, python_sample, start_up, tool_sample
from benches.dcmtk import dcmtk
from benches.find_keys import FIND_KEYS
from benches.processes import child, run
from benches.responder import answering, responder
from benches.scenario import AE_TITLE, OURS, BenchError, Contestant, Sample, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.scenario import Bench

__all__ = ["SCENARIOS"]

_OURS_DICTS = "dicomwire, dicts"
_ANSWERS = 100_000
# pynetdicom takes about a millisecond for each; the rate is compared.
_ANSWERS_OF_PYNETDICOM = 1_000
# dicom-rs prints each.
_ANSWERS_OF_DICOM_RS = 10_000
_ANSWERS_DROPPED = 1_000_000
_SLOW_ANSWERS = 200
_SLOW_DELAY_US = 5_000
_PYNETDICOM = {"pynetdicom": "stock", "pynetdicom no-log": "no-delay no-log"}
# Debian installs odil for its own Python.
_SYSTEM_PYTHON = "/usr/bin/python3"
# `cargo install dicom-findscu`
_DICOM_RS = "dicom-findscu"


@contextmanager
def _open(bench: Bench) -> Iterator[Sequence[Contestant]]:
    count, fewer = bench.scaled(_ANSWERS), bench.scaled(_ANSWERS_OF_PYNETDICOM)
    some = bench.scaled(_ANSWERS_OF_DICOM_RS)
    with (
        answering(count) as port,
        answering(some) as port_of_some,
        answering(fewer) as port_of_fewer,
    ):
        contestants = [
            Contestant(OURS, partial(_ours, port, count, "datasets")),
            Contestant(OURS_ARROW, partial(_ours, port, count, "table")),
            Contestant(_OURS_DICTS, partial(_ours, port, count, "dicts")),
            Contestant("findscu -q", partial(_findscu, port, count)),
            *(
                Contestant(name, partial(_pynetdicom, port_of_fewer, fewer, variant))
                for name, variant in _PYNETDICOM.items()
            ),
            Contestant("counting only", partial(_count, port, count)),
        ]
        if _has_odil():
            contestants.append(Contestant("odil", partial(_odil, port, count)))
        if shutil.which(_DICOM_RS):
            contestants.append(
                Contestant("dicom-rs, printing", partial(_dicom_rs, port_of_some, some))
            )
        yield contestants


def _ours(port: int, count: int, form: str) -> Sample:
    return python_sample(run(child("find_dicomwire", port, form)), count)


def _pynetdicom(port: int, count: int, variant: str) -> Sample:
    return python_sample(run(child("find_pynetdicom", port, variant)), count)


def _findscu(port: int, count: int) -> Sample:
    """Run ``findscu -q``, which takes every identifier apart and prints none.

    It cannot say how many there were; it fails if the final response was not success.
    """
    keys = [
        word for keyword in ("QueryRetrieveLevel=STUDY", *FIND_KEYS) for word in ("-k", keyword)
    ]
    options = ("-q", "-S", "-aec", AE_TITLE, *keys, "127.0.0.1")
    before = start_up("findscu", options)
    finished = run([dcmtk("findscu"), *options, str(port)], no_delay=True)
    return tool_sample(finished, before, count)


def _count(port: int, count: int) -> Sample:
    """Take the protocol apart and no identifier: the limit for a client on this machine."""
    finished = run([responder(), "--drain", f"127.0.0.1:{port}"])
    if finished.status != 0:
        raise BenchError(f"exit status {finished.status}: {finished.stderr[-300:]}")
    counted = json.loads(finished.stdout)
    if counted["done"] != count:
        raise BenchError(f"counted {counted['done']} of {count}")
    values = {"seconds": counted["seconds"], "rate": count / counted["seconds"]}
    return Sample({**values, "cpu_us": finished.cpu_seconds / count * 1e6})


@cache
def _has_odil() -> bool:
    command = [_SYSTEM_PYTHON, "-c", "import odil"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _odil(port: int, count: int) -> Sample:
    command = [_SYSTEM_PYTHON, "-m", "benches.children.find_odil", str(port)]
    return python_sample(run(command), count)


def _dicom_rs(port: int, count: int) -> Sample:
    """Run dicom-rs' findscu, which prints what it gets and cannot be kept from it."""
    keys = [word for keyword in FIND_KEYS for word in ("-q", keyword)]
    command = [_DICOM_RS, f"{AE_TITLE}@127.0.0.1:{port}", "-q", "QueryRetrieveLevel=STUDY", *keys]
    finished = run(command)
    printed = finished.stdout.count("StudyInstanceUID")
    # The query is printed too.
    if printed not in (count, count + 1):
        raise BenchError(f"printed {printed} of {count}: {finished.stderr[-300:]}")
    # It loads nothing, so that it starts is no matter.
    return tool_sample(finished, StartUp(0.0, 0.0), count)


@contextmanager
def _open_dropping(bench: Bench) -> Iterator[Sequence[Contestant]]:
    count = bench.scaled(_ANSWERS_DROPPED)
    with answering(count) as port:
        yield [
            Contestant(OURS, partial(_ours, port, count, "datasets")),
            Contestant(OURS_ARROW, partial(_ours, port, count, "batches")),
        ]


@contextmanager
def _open_slow(bench: Bench) -> Iterator[Sequence[Contestant]]:
    count = bench.scaled(_SLOW_ANSWERS)
    with answering(count, delay_us=_SLOW_DELAY_US) as port:
        yield [
            Contestant(OURS, partial(_slow, "find_dicomwire", port, count, "datasets")),
            Contestant(OURS_ARROW, partial(_slow, "find_dicomwire", port, count, "batches")),
            Contestant(_OURS_DICTS, partial(_slow, "find_dicomwire", port, count, "dicts")),
            Contestant("pynetdicom", partial(_slow, "find_pynetdicom", port, count, "stock")),
        ]


def _slow(module: str, port: int, count: int, variant: str) -> Sample:
    """Ask where answers trickle; the child tells how old each was when it had it."""
    finished = run(child(module, port, variant, "ages"))
    sample = python_sample(finished, count)
    report = json.loads(finished.stdout)
    ages = ("first_ms", "age_ms", "age_99_ms")
    return Sample({**sample.values, **{name: report[name] for name in ages}})


SCENARIOS = (
    Scenario(
        "find",
        "100,000 studies from one responder (pynetdicom: 1,000; dicom-rs: 10,000)",
        "rate",
        _open,
        ("cpu_us", "peak_rss_mb", "start_up_ms"),
    ),
    Scenario(
        "find-dropping",
        "1,000,000 studies, each dropped as it comes",
        "above_idle_mb",
        _open_dropping,
        ("rate", "cpu_us"),
        most_rounds=1,
    ),
    Scenario(
        "find-slow",
        "age of an answer when the client has it, of 200 that come 5 ms apart",
        "age_99_ms",
        _open_slow,
        ("first_ms", "age_ms", "cpu_us"),
        most_rounds=3,
    ),
)
