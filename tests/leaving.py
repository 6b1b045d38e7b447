"""What this process holds: a test that ends an engine compares it with what was there before."""

from __future__ import annotations

import os
import time
from pathlib import Path


def open_files() -> list[str]:
    """Name what this process has open, by kind and not by number."""
    names = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            names.append(str(entry.readlink()))
        except FileNotFoundError:
            continue  # the directory handle of this very loop
    return sorted(name for name in names if not name.startswith("/proc/"))


def threads() -> set[str]:
    """Return the numbers of the threads of this process."""
    return set(os.listdir("/proc/self/task"))  # noqa: PTH208 - names only


def check_nothing_more(files: list[str], tasks: set[str]) -> None:
    """Check that there is nothing more than that.

    A thread that Python has joined is still there for a moment, for the operating system.
    """
    deadline = time.monotonic() + 10
    while (open_files() != files or threads() - tasks) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert open_files() == files
    assert threads() <= tasks
