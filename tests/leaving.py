"""What this process holds: a test that ends an engine compares it with what was there before."""

from __future__ import annotations

import os
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
