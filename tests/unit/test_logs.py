"""The message log: silent by default, readable on request."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from dicomwire.errors import ConfigError
from dicomwire.logs import debug_logger, wants_messages

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger("dicomwire")


@pytest.fixture(autouse=True)
def logger_as_before() -> Iterator[None]:
    handlers, level = list(logger.handlers), logger.level
    logger.setLevel(logging.NOTSET)
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_lines_are_readable() -> None:
    stream = io.StringIO()
    debug_logger(stream=stream)
    logger.debug("A-ASSOCIATE-RQ to %s", "PACS")
    line = stream.getvalue()
    assert line.endswith(" DEBUG   A-ASSOCIATE-RQ to PACS\n")
    assert len(line.splitlines()) == 1


def test_calling_it_again_changes_stream_and_level() -> None:
    first, second = io.StringIO(), io.StringIO()
    debug_logger(stream=first)
    debug_logger("info", stream=second)
    logger.info("association")
    logger.debug("message")
    assert first.getvalue() == ""
    assert second.getvalue().count("\n") == 1


@pytest.mark.parametrize("level", ["LOUD", 3.5])
def test_unknown_levels(level: Any) -> None:
    with pytest.raises(ConfigError, match="logging level"):
        debug_logger(level)


def test_messages_are_wanted_only_if_somebody_would_see_them() -> None:
    logger.setLevel(logging.WARNING)
    assert not wants_messages()
    debug_logger("INFO", stream=io.StringIO())
    assert not wants_messages()
    debug_logger(stream=io.StringIO())
    assert wants_messages()


def test_it_writes_nothing_unless_asked() -> None:
    script = "import logging, dicomwire.logs; logging.getLogger('dicomwire').error('patient data')"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert run.stdout == run.stderr == ""
