"""What the exit code of the command says."""

from __future__ import annotations

__all__ = ["ALL_WELL", "INTERRUPTED", "SOME_FAILED", "USAGE"]

ALL_WELL = 0
SOME_FAILED = 1
USAGE = 2
"""A usage, connection or association error."""
INTERRUPTED = 130
"""128 + SIGINT, as shells count."""
