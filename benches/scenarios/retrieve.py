"""C-GET and C-MOVE of CT images from DCMTK's archive into a directory on tmpfs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benches.archives import holding
from benches.contestants import python_sample, start_up, tool_sample
from benches.corpora import CT_IMAGE_STORAGE, study_uid
from benches.dcmtk import dcmtk
from benches.folders import await_files, empty
from benches.processes import child, free_port, run
from benches.receivers import writing
from benches.scenario import AE_TITLE, OURS, Contestant, Sample, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benches.processes import Finished
    from benches.scenario import Bench

__all__ = ["SCENARIOS"]

_INSTANCES = 300
_KEYS = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study_uid('ct')}")
_TOOL = ("-S", "-aec", AE_TITLE, "-pdu", "131072")
# Destinations the archive knows, each with a port of its own.
_OUR_TITLE, _MOVESCU_TITLE, _STORESCP_TITLE = "OURS", "MOVESCU", "STORESCP"


@dataclass(frozen=True, slots=True)
class _Study:
    """What is retrieved, from where and whereto."""

    port: int
    folder: Path
    count: int
    size: int


@contextmanager
def _open_get(bench: Bench) -> Iterator[Sequence[Contestant]]:
    with _archive(bench, "get", {}) as study:
        contestants = {
            OURS: partial(_python, study, "get_dicomwire"),
            "getscu": partial(_getscu, study, ()),
            "getscu +B": partial(_getscu, study, ("+B",)),
            "pynetdicom no-delay": partial(
                _python, study, "get_pynetdicom", CT_IMAGE_STORAGE, "no-delay"
            ),
        }
        yield [
            Contestant(name, partial(_checked, study, work)) for name, work in contestants.items()
        ]


@contextmanager
def _open_discarding(bench: Bench) -> Iterator[Sequence[Contestant]]:
    """Let clients take the study and write nothing: what is compared is not the file system."""
    with _archive(bench, "discard", {}) as study:
        ours = child("get_dicomwire", study.port, "-", study_uid("ct"))
        yield [
            Contestant(OURS, lambda: python_sample(run(ours), study.count, study.size)),
            Contestant("getscu --ignore", partial(_tool, study, "getscu", ("--ignore",))),
        ]


@contextmanager
def _open_move(bench: Bench) -> Iterator[Sequence[Contestant]]:
    ports = {title: free_port() for title in (_OUR_TITLE, _MOVESCU_TITLE, _STORESCP_TITLE)}
    with _archive(bench, "move", ports) as study:
        storescp = writing("storescp +B", study.folder, ports[_STORESCP_TITLE])
        own_receiver = ("+P", str(ports[_MOVESCU_TITLE]), "-od", str(study.folder))
        with storescp:
            contestants = {
                OURS: partial(_python, study, "move_dicomwire", _OUR_TITLE, ports[_OUR_TITLE]),
                "movescu": partial(_movescu, study, _MOVESCU_TITLE, own_receiver),
                "movescu, storescp +B": partial(_movescu, study, _STORESCP_TITLE, ()),
            }
            yield [
                Contestant(name, partial(_checked, study, work))
                for name, work in contestants.items()
            ]


@contextmanager
def _archive(bench: Bench, name: str, destinations: dict[str, int]) -> Iterator[_Study]:
    count = bench.scaled(_INSTANCES)
    instances = bench.corpora.directory("ct", count)
    folder = bench.scratch / f"retrieved-{name}"
    folder.mkdir()
    with holding(instances, bench.scratch / f"archive-{name}", destinations) as port:
        yield _Study(port, folder, count, bench.corpora.size("ct", count))


def _checked(study: _Study, work: Callable[[], Sample]) -> Sample:
    empty(study.folder)
    sample = work()
    await_files(study.folder, study.count)
    empty(study.folder)
    return sample


def _python(study: _Study, module: str, *arguments: object) -> Sample:
    command = child(module, study.port, study.folder, study_uid("ct"), *arguments)
    return python_sample(run(command), study.count, study.size)


def _getscu(study: _Study, options: tuple[str, ...]) -> Sample:
    return _tool(study, "getscu", (*options, "-od", str(study.folder)))


def _movescu(study: _Study, title: str, options: tuple[str, ...]) -> Sample:
    sample = _tool(study, "movescu", ("-aem", title, *options))
    if "-od" in options:
        return sample
    # The receiver is another process, so what this one takes says nothing.
    values = {name: value for name, value in sample.values.items() if not name.startswith("cpu")}
    return Sample(values)


def _tool(study: _Study, tool: str, options: tuple[str, ...]) -> Sample:
    whole = (*_TOOL, *options, *_KEYS, "127.0.0.1")
    before = start_up(tool, whole)
    finished: Finished = run([dcmtk(tool), *whole, str(study.port)], no_delay=True)
    return tool_sample(finished, before, study.count, study.size)


SCENARIOS = (
    Scenario(
        "get",
        "C-GET of 300 CT from dcmqrscp into a directory on tmpfs, Nagle off, 128 KiB PDUs",
        "rate",
        _open_get,
        ("mb_per_s", "cpu_us", "peak_rss_mb"),
    ),
    Scenario(
        "get-discarding",
        "C-GET of 300 CT from dcmqrscp, thrown away, Nagle off, 128 KiB PDUs",
        "rate",
        _open_discarding,
        ("mb_per_s", "cpu_us", "peak_rss_mb"),
    ),
    Scenario(
        "move",
        "C-MOVE of 300 CT from dcmqrscp into a directory on tmpfs, Nagle off, 128 KiB PDUs",
        "rate",
        _open_move,
        ("mb_per_s", "cpu_us", "peak_rss_mb"),
    ),
)
