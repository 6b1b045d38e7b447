"""What `import dicomwire` brings along: nothing heavy, and no thread, file or socket."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "module",
    [
        "pydicom",
        "numpy",
        "typer",
        "rich",
        "click",
        "asyncio",
        "importlib.metadata",
        "pyarrow",
        "polars",
    ],
)
def test_heavy_modules_stay_out(module: str) -> None:
    assert run(f"import sys, dicomwire; print({module!r} in sys.modules)") == "False"


def test_no_thread_is_started() -> None:
    assert run("import threading, dicomwire; print(threading.active_count())") == "1"


def test_every_name_in_all_is_there() -> None:
    missing = "[name for name in dicomwire.__all__ if not hasattr(dicomwire, name)]"
    assert run(f"import dicomwire; print({missing})") == "[]"


def test_the_command_line_does_not_load_pydicom_either() -> None:
    assert run("import sys, dicomwire.cli.main; print('pydicom' in sys.modules)") == "False"
