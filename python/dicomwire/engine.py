"""The engine: the start and the orderly end of everything dicomwire keeps open.

Services register what they open (associations, listeners) here. The last
`DicomEngine.shutdown` ends all of it: it asks nicely until the timeout has passed, then aborts,
and joins the threads.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from typing import TYPE_CHECKING, ClassVar, Protocol, Self, final

from .errors import ConfigError, EngineNotStartedError, StateError
from .logs import debug_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["DicomEngine", "Resource"]

# Seconds for an aborted resource to free its socket, files and threads.
_CLOSE_BUDGET = 2.0


class Resource(Protocol):
    """What the engine ends at the last shutdown: an association, a listener."""

    def release(self, timeout: float) -> None:
        """End it in order; return or raise after `timeout` seconds at the latest."""

    def abort(self) -> None:
        """End it now; never blocks."""

    def close(self, timeout: float) -> None:
        """Free its socket, files and threads; join those at most `timeout` seconds."""


@final
class DicomEngine:
    """Start and stop dicomwire.

    Calls nest: every `startup` is matched by a `shutdown`, and the last one ends what is still
    open. As a context manager it does both. Use before startup raises `EngineNotStartedError`.

    Parameters
    ----------
    log_level : int or str, optional
        As for `startup`.
    **settings
        None are known beside those named; they are an error and not ignored.

    Examples
    --------
    >>> from dicomwire.engine import DicomEngine
    >>> with DicomEngine():
    ...     DicomEngine.is_running()
    True
    >>> DicomEngine.is_running()
    False
    """

    _lock: ClassVar[threading.RLock] = threading.RLock()
    _count: ClassVar[int] = 0
    _settings: ClassVar[dict[str, object]] = {}
    _resources: ClassVar[dict[int, Resource]] = {}

    def __init__(self, *, log_level: int | str | None = None, **settings: object) -> None:
        self._log_level = log_level
        self._own_settings = settings
        _check_settings(log_level, settings)

    @classmethod
    def startup(cls, *, log_level: int | str | None = None, **settings: object) -> None:
        """Start, or count one more user.

        Parameters
        ----------
        log_level : int or str, optional
            Show messages of this level and above on standard error, as `debug_logger` does.
        **settings
            None are known beside those named; they are an error and not ignored.

        Raises
        ------
        ConfigError
            If a setting is unknown or cannot be.
        """
        _check_settings(log_level, settings)
        with cls._lock:
            if log_level is not None:
                debug_logger(log_level)
                cls._settings["log_level"] = log_level
            cls._count += 1

    @classmethod
    def shutdown(cls, timeout: float = 5.0) -> None:
        """Count one user less; the last one ends what is still open.

        Parameters
        ----------
        timeout : float
            Seconds for all open associations together to be released. What is left then is
            aborted.

        Raises
        ------
        StateError
            If there was no matching `startup`.
        """
        with cls._lock:
            if cls._count == 0:
                raise StateError(
                    "DicomEngine.shutdown() without a matching DicomEngine.startup(): "
                    "call them in pairs or use `with DicomEngine():`"
                )
            cls._count -= 1
            if cls._count:
                return
            leftovers = list(cls._resources.values())
            cls._resources.clear()
            cls._settings.clear()
        # Without the lock: a resource that ends unregisters itself, perhaps in its own thread.
        _end(leftovers, timeout)

    @classmethod
    def is_running(cls) -> bool:
        """Say whether some `startup` has not met its `shutdown` yet."""
        return cls._count > 0

    @classmethod
    def settings(cls) -> dict[str, object]:
        """Return a copy of the settings in force."""
        with cls._lock:
            return dict(cls._settings)

    @classmethod
    def require_running(cls, what: str) -> None:
        """Refuse to work while the engine is stopped.

        Parameters
        ----------
        what : str
            What needs it, for the message: ``"StoreScu.store()"``.

        Raises
        ------
        EngineNotStartedError
            If it is stopped.
        """
        if cls._count == 0:
            raise EngineNotStartedError(
                f"{what} needs a running engine: "
                "call DicomEngine.startup() or use `with DicomEngine():` first"
            )

    @classmethod
    def register(cls, resource: Resource) -> None:
        """Take note of something open; the last shutdown will end it.

        Raises
        ------
        EngineNotStartedError
            If the engine is stopped, perhaps since a moment ago: end the resource yourself.
        """
        with cls._lock:
            cls.require_running(type(resource).__name__)
            cls._resources[id(resource)] = resource

    @classmethod
    def unregister(cls, resource: Resource) -> None:
        """Forget something that has ended; no error if it is not known."""
        with cls._lock:
            cls._resources.pop(id(resource), None)

    @staticmethod
    @atexit.register
    def _abort_leftovers() -> None:
        """Abort what is open when the interpreter exits without a shutdown."""
        leftovers = list(DicomEngine._resources.values())
        DicomEngine._resources.clear()
        for item in leftovers:
            _quietly(item.abort)
        for item in leftovers:
            _quietly(item.close, _CLOSE_BUDGET)

    def __enter__(self) -> Self:
        """Start."""
        self.startup(log_level=self._log_level, **self._own_settings)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop; the block's own exception goes on."""
        self.shutdown()


def _check_settings(log_level: int | str | None, unknown: dict[str, object]) -> None:
    """Refuse unknown settings and impossible values."""
    for name, value in unknown.items():
        raise ConfigError(f"{name}={value!r}: unknown engine setting, known: log_level")
    if isinstance(log_level, str) and log_level.upper() not in logging.getLevelNamesMapping():
        raise ConfigError(f"log_level={log_level!r}: must be a logging level such as 'DEBUG'")


def _end(resources: list[Resource], timeout: float) -> None:
    """Release everything within `timeout` seconds in all, abort the rest, close everything.

    Releases run side by side, so that one silent peer does not use up the time of the others.
    """
    if not resources:
        return
    threads = [
        threading.Thread(
            target=_release_quietly, args=(item, timeout), name="dicomwire-release", daemon=True
        )
        for item in resources
    ]
    deadline = time.monotonic() + timeout
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
    finally:
        # Also when Ctrl-C cuts the wait short.
        for item, thread in zip(resources, threads, strict=True):
            if thread.is_alive():
                _quietly(item.abort)
        for item, thread in zip(resources, threads, strict=True):
            thread.join(_CLOSE_BUDGET)
            _quietly(item.close, _CLOSE_BUDGET)


def _release_quietly(resource: Resource, timeout: float) -> None:
    """Release, and abort if that fails."""
    try:
        resource.release(timeout)
    except Exception:
        logging.getLogger("dicomwire").debug("release at shutdown failed", exc_info=True)
        _quietly(resource.abort)


def _quietly(action: Callable[..., None], *arguments: float) -> None:
    """Run an action whose failure must not keep the others from ending."""
    try:
        action(*arguments)
    except Exception:
        logging.getLogger("dicomwire").debug("ending a resource failed", exc_info=True)
