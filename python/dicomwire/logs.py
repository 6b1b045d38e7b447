"""The message log: associations, PDUs and command sets in readable form, through `logging`.

Everything goes to the logger ``dicomwire``, which is silent until somebody configures it.
Data sets are patient data and are never logged here.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

from .errors import ConfigError

__all__ = ["LOGGER_NAME", "debug_logger", "wants_messages"]

LOGGER_NAME = "dicomwire"

_logger = logging.getLogger(LOGGER_NAME)
_logger.addHandler(logging.NullHandler())


class _MessageHandler(logging.StreamHandler[TextIO]):
    """The handler of `debug_logger`, known by its class so that it exists once."""


def debug_logger(level: int | str = logging.DEBUG, stream: TextIO | None = None) -> logging.Logger:
    """Show the message log on a stream; calling it again changes level and stream.

    Parameters
    ----------
    level : int or str
        The lowest level to show. ``DEBUG`` shows every message, ``INFO`` associations that did not
        end in order, ``WARNING`` instances a receiver refused.
    stream : file, optional
        Where to write; standard error by default.

    Returns
    -------
    logging.Logger
        The logger ``dicomwire``.

    Raises
    ------
    ConfigError
        If the level is unknown.
    """
    for handler in list(_logger.handlers):
        if isinstance(handler, _MessageHandler):
            _logger.removeHandler(handler)
    try:
        _logger.setLevel(level.upper() if isinstance(level, str) else level)
    except (TypeError, ValueError):
        raise ConfigError(f"level={level!r}: must be a logging level such as 'DEBUG'") from None
    handler = _MessageHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(
        logging.Formatter("%(asctime)s.%(msecs)03d %(levelname)-7s %(message)s", "%H:%M:%S")
    )
    _logger.addHandler(handler)
    return _logger


def wants_messages() -> bool:
    """Say whether anybody would see the message log.

    Asked once for each association, so that a silent log costs nothing for each message.
    """
    return _logger.isEnabledFor(logging.DEBUG)
