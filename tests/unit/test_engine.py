"""The engine: nesting, refusal while stopped, and the orderly end of what is open."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from dicomwire.engine import DicomEngine
from dicomwire.errors import ConfigError, EngineNotStartedError, StateError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def stopped_engine() -> Iterator[None]:
    assert not DicomEngine.is_running()
    yield
    while DicomEngine.is_running():
        DicomEngine.shutdown(timeout=0)


class Recorder:
    """A resource that writes down what is done to it."""

    def __init__(self, *, obeys: bool = True, fails: bool = False) -> None:
        self.done: list[str] = []
        self.aborted = threading.Event()
        self.obeys = obeys
        self.fails = fails

    def release(self, timeout: float) -> None:
        assert timeout >= 0
        self.done.append("release")
        if self.fails:
            raise ConnectionError("gone")
        if not self.obeys:
            # A peer that never answers: only an abort ends the wait.
            self.aborted.wait(30)

    def abort(self) -> None:
        self.done.append("abort")
        self.aborted.set()

    def close(self, timeout: float) -> None:
        assert timeout > 0
        self.done.append("close")


def test_startup_and_shutdown_nest() -> None:
    DicomEngine.startup()
    with DicomEngine():
        assert DicomEngine.is_running()
    assert DicomEngine.is_running()
    DicomEngine.shutdown()
    assert not DicomEngine.is_running()


def test_unmatched_shutdown_is_told() -> None:
    with pytest.raises(StateError, match="without a matching"):
        DicomEngine.shutdown()


def test_use_while_stopped_names_the_call_to_make() -> None:
    with pytest.raises(
        EngineNotStartedError, match=r"StoreScu\.store\(\).*DicomEngine\.startup\(\)"
    ):
        DicomEngine.require_running("StoreScu.store()")
    with DicomEngine():
        DicomEngine.require_running("StoreScu.store()")


def test_a_block_that_raises_still_shuts_down() -> None:
    with pytest.raises(LookupError), DicomEngine():
        raise LookupError
    assert not DicomEngine.is_running()


def test_one_engine_object_may_be_entered_again() -> None:
    engine = DicomEngine()
    for _ in range(2):
        with engine, engine:
            assert DicomEngine.is_running()
    assert not DicomEngine.is_running()


@pytest.mark.parametrize("settings", [{"log_levl": "DEBUG"}, {"log_level": "LOUD"}, {"threads": 3}])
def test_settings_are_checked_at_once(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(settings))):
        DicomEngine.startup(**settings)
    assert not DicomEngine.is_running()
    with pytest.raises(ConfigError):
        DicomEngine(**settings)


def test_settings_last_as_long_as_the_engine() -> None:
    with DicomEngine(log_level="WARNING"):
        assert DicomEngine.settings() == {"log_level": "WARNING"}
    assert DicomEngine.settings() == {}


def test_only_the_last_shutdown_ends_what_is_open() -> None:
    resource = Recorder()
    with DicomEngine():
        with DicomEngine():
            DicomEngine.register(resource)
        assert resource.done == []
    assert resource.done == ["release", "close"]


def test_what_has_ended_is_left_alone() -> None:
    resource = Recorder()
    with DicomEngine():
        DicomEngine.register(resource)
        DicomEngine.unregister(resource)
        DicomEngine.unregister(resource)
    assert resource.done == []


def test_a_silent_peer_is_aborted_and_the_others_are_released() -> None:
    silent, polite, gone = Recorder(obeys=False), Recorder(), Recorder(fails=True)
    DicomEngine.startup()
    for resource in (silent, polite, gone):
        DicomEngine.register(resource)
    DicomEngine.shutdown(timeout=0.05)
    assert silent.done == ["release", "abort", "close"]
    assert polite.done == ["release", "close"]
    assert gone.done == ["release", "abort", "close"]


def test_no_thread_of_ours_remains() -> None:
    before = threading.active_count()
    DicomEngine.startup()
    for _ in range(5):
        DicomEngine.register(Recorder(obeys=False))
    DicomEngine.shutdown(timeout=0.05)
    assert threading.active_count() <= before


def test_one_broken_resource_does_not_keep_the_others_open() -> None:
    class Broken(Recorder):
        def abort(self) -> None:
            raise OSError("bad file descriptor")

        def close(self, timeout: float) -> None:
            raise OSError(f"bad file descriptor after {timeout} s")

    broken, other = Broken(fails=True), Recorder()
    with DicomEngine():
        DicomEngine.register(broken)
        DicomEngine.register(other)
    assert other.done == ["release", "close"]


def test_a_resource_may_unregister_itself_while_it_ends() -> None:
    class Tidy(Recorder):
        def close(self, timeout: float) -> None:
            super().close(timeout)
            DicomEngine.unregister(self)

    resource = Tidy()
    with DicomEngine():
        DicomEngine.register(resource)
    assert resource.done == ["release", "close"]


def test_nothing_can_be_registered_while_stopped() -> None:
    with pytest.raises(EngineNotStartedError, match="Recorder"):
        DicomEngine.register(Recorder())


def test_threads_may_start_and_stop_it() -> None:
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for _ in range(100):
            with DicomEngine():
                DicomEngine.require_running("a thread")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not DicomEngine.is_running()


def test_an_interpreter_that_exits_without_shutdown_exits_cleanly() -> None:
    script = """
import threading
from dicomwire.engine import DicomEngine

class Open:
    def __init__(self):
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.stop.wait, daemon=True)
        self.thread.start()
    def release(self, timeout): print("release")
    def abort(self): print("abort"); self.stop.set()
    def close(self, timeout): self.thread.join(timeout); print("closed", not self.thread.is_alive())

DicomEngine.startup()
DicomEngine.register(Open())
print("end of script")
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    assert run.stderr == ""
    assert run.returncode == 0
    assert run.stdout.splitlines() == ["end of script", "abort", "closed True"]
