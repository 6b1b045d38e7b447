"""DCMTK's archive with a corpus in it, for those who retrieve."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from benches.dcmtk import dcmtk
from benches.processes import free_port, run, serve
from benches.scenario import AE_TITLE, BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["holding"]


@contextmanager
def holding(
    instances: Path, home: Path, destinations: Mapping[str, int] | None = None
) -> Iterator[int]:
    """Keep a ``dcmqrscp`` up that was sent a directory of instances, and yield its port.

    Parameters
    ----------
    instances : Path
        What to store in it.
    home : Path
        A directory for its files.
    destinations : mapping, optional
        Ports by the AE titles it may move to.
    """
    port = free_port()
    storage = home / "archive"
    storage.mkdir(parents=True)
    configuration = home / "dcmqrscp.cfg"
    configuration.write_text(_configuration(port, storage, destinations or {}))
    command = [dcmtk("dcmqrscp"), "--disable-host-lookup", "-c", str(configuration)]
    with serve(command, port, no_delay=True):
        _load(port, instances)
        yield port


def _configuration(port: int, storage: Path, destinations: Mapping[str, int]) -> str:
    hosts = [f"host{at} = ({title}, 127.0.0.1, {at})" for title, at in destinations.items()]
    return "\n".join(
        [
            f"NetworkTCPPort = {port}",
            "MaxPDUSize = 131072",
            "MaxAssociations = 16",
            "HostTable BEGIN",
            *(hosts or ["nobody = (NOBODY, 127.0.0.1, 104)"]),
            "HostTable END",
            "VendorTable BEGIN",
            "VendorTable END",
            "AETable BEGIN",
            f"{AE_TITLE} {storage} RW (100, 4096mb) ANY",
            "AETable END",
            "",
        ]
    )


def _load(port: int, instances: Path) -> None:
    command = [dcmtk("dcmsend"), "-aec", AE_TITLE, "+sd", "127.0.0.1", str(port), str(instances)]
    finished = run(command, no_delay=True)
    if finished.status != 0:
        raise BenchError(f"dcmqrscp could not be filled: {finished.stderr[-300:]}")
