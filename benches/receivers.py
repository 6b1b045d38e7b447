"""The receivers that are compared or that others send to, each kept up by a context manager."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benches.dcmtk import dcmtk
from benches.processes import child, free_port, serve
from benches.scenario import AE_TITLE, OURS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["dcmtk_ignoring", "receiving", "writing"]

_DCMRECV_CONFIGURATION = Path(__file__).with_name("dcmrecv.cfg")


@contextmanager
def dcmtk_ignoring(max_pdu_length: int = 131072, *, no_delay: bool) -> Iterator[int]:
    """Keep a ``storescp --ignore`` up and yield its port; stock, it leaves Nagle's algorithm on."""
    port = free_port()
    command = [
        dcmtk("storescp"),
        "--ignore",
        "-pdu",
        str(max_pdu_length),
        "-aet",
        AE_TITLE,
        str(port),
    ]
    with serve(command, port, no_delay=no_delay):
        yield port


@contextmanager
def receiving(max_pdu_length: int = 131072) -> Iterator[int]:
    """Keep our own receiver up, discarding what comes, and yield its port."""
    port = free_port()
    with serve(child("receive_dicomwire", port, max_pdu_length), port):
        yield port


@contextmanager
def writing(receiver: str, directory: Path, port: int | None = None) -> Iterator[int]:
    """Keep a receiver up that writes files into a directory, and yield its port."""
    port = port or free_port()
    directory.mkdir(parents=True, exist_ok=True)
    with serve(_writing_command(receiver, port, directory), port, no_delay=True):
        yield port


def _writing_command(receiver: str, port: int, directory: Path) -> list[str]:
    if receiver == OURS:
        return child("receive_dicomwire", port, 131072, directory)
    if receiver == "pynetdicom no-delay":
        return child("receive_pynetdicom", port, "no-delay", directory)
    tool, *bit_preserving = receiver.split()
    options = ["-pdu", "131072", "-aet", AE_TITLE, "-od", str(directory)]
    if tool == "dcmrecv":
        options += ["-xf", str(_DCMRECV_CONFIGURATION), "Benches"]
    return [dcmtk(tool), *bit_preserving, *options, str(port)]
