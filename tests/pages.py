"""The blocks of a page of the documentation, and the output that stands below them."""

from __future__ import annotations

import doctest
import io
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Block", "assert_output", "blocks_of", "run_python_of", "translated"]

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """A fenced block and the output that stands below it."""

    language: str
    code: str
    output: str | None


def blocks_of(text: str) -> list[Block]:
    """Find the blocks to run; a text block directly below one is its output."""
    found = list(_BLOCK.finditer(text))
    blocks = []
    for block, after in zip_longest(found, found[1:]):
        adjacent = after is not None and not text[block.end() : after.start()].strip()
        output = after[2] if adjacent and after[1] == "text" else None
        if block[1] in ("python", "console"):
            blocks.append(Block(block[1], block[2], output))
    return blocks


def translated(text: str, names: dict[str, str]) -> str:
    """Put what stands for the names of the documentation in their place, in this order."""
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def assert_output(shown: str, expected: str) -> None:
    """Check output against the page, where ``...`` stands for anything."""
    if not doctest.OutputChecker().check_output(expected, shown, _LENIENT):
        pytest.fail(f"the page says\n{expected}\nbut it is\n{shown}")


def run_python_of(page: Path, names: dict[str, str]) -> dict[str, Any]:
    """Run the Python blocks of a page in their order and check what each prints."""
    scope: dict[str, Any] = {}
    for block in blocks_of(page.read_text()):
        if block.language != "python":
            continue
        shown = io.StringIO()
        with redirect_stdout(shown):
            exec(compile(translated(block.code, names), page.name, "exec"), scope)
        if block.output is not None:
            assert_output(shown.getvalue(), translated(block.output, names))
    return scope
