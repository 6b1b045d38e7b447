"""DCMTK's command line tools, found without mistaking others of the same name for them."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

from benches.scenario import BenchError

__all__ = ["dcmtk", "dcmtk_version"]


@cache
def dcmtk(tool: str) -> str:
    """Return the path of one of DCMTK's tools.

    pynetdicom installs a storescu, a storescp and an echoscu of its own into the virtual
    environment, so the first one on the path may be Python.

    Raises
    ------
    BenchError
        If the tool is not there.
    """
    for folder in os.get_exec_path():
        path = shutil.which(tool, path=folder)
        if path is not None and _banner(path).startswith("$dcmtk:"):
            return path
    raise BenchError(f"DCMTK's {tool} is not installed (on Debian: apt-get install dcmtk)")


def dcmtk_version() -> str:
    """Return the version of the installed DCMTK."""
    try:
        banner = _banner(dcmtk("dcmsend"))
    except BenchError:
        return "not installed"
    # The first line names the tool, then the version with a "v", then the date of the release.
    return next((word[1:] for word in banner.split() if word.startswith("v")), "unknown")


def _banner(path: str) -> str:
    command = [path, "--version"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    return finished.stdout
