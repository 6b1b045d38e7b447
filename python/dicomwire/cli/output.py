"""How the verbs print: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from typing import Any

__all__ = ["complain", "megabytes", "note", "one_line", "print_json", "print_result", "speed"]


def one_line(text: str) -> str:
    """Make one printable line of a text.

    File names and what a peer sends may hold anything, also commands to a terminal.
    """
    words = " ".join(text.split())
    return "".join(
        character if character.isprintable() else f"\\x{ord(character):02x}" for character in words
    )


def print_result(text: str) -> None:
    """Print a line of the result."""
    sys.stdout.write(one_line(text) + "\n")
    sys.stdout.flush()


def print_json(value: dict[str, Any]) -> None:
    """Print the result as one JSON object."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Print a line about what goes on."""
    sys.stderr.write(one_line(text) + "\n")
    sys.stderr.flush()


def complain(text: str) -> None:
    """Print an error as one line."""
    note(f"dicomwire: {text}")


def megabytes(count: int) -> str:
    """Write a number of bytes as megabytes (10^6 bytes)."""
    return f"{count / 1e6:.1f} MB"


def speed(count: int, seconds: float) -> str:
    """Write a transfer rate, or nothing to speak of if no time passed."""
    return f"{count / 1e6 / seconds:.1f} MB/s" if seconds > 0 else "- MB/s"
