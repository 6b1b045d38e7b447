"""Where and with what a run was made."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from benches.dcmtk import dcmtk_version

__all__ = ["describe_machine", "describe_versions"]

_PACKAGES = ("dicomwire", "pydicom", "pynetdicom")


def describe_machine() -> dict[str, str]:
    """Return CPU model, cores, memory and kernel."""
    return {
        "cpu": _field(Path("/proc/cpuinfo"), "model name") or platform.processor() or "unknown",
        "cores": str(os.cpu_count()),
        "memory": _gigabytes(_field(Path("/proc/meminfo"), "MemTotal")),
        "kernel": f"{platform.system()} {platform.release()}",
    }


def describe_versions() -> dict[str, str]:
    """Return the versions of everything that was measured."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    commit = _output("git", "describe", "--always", "--dirty")
    if commit:
        versions["dicomwire"] += f" ({commit})"
    versions["dcmtk"] = dcmtk_version()
    return versions


def _output(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    finished = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent
    )
    return finished.stdout.strip()


def _field(path: Path, name: str) -> str | None:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None


def _gigabytes(kilobytes: str | None) -> str:
    return f"{int(kilobytes.split()[0]) / 1e6:.0f} GB" if kilobytes else "unknown"
