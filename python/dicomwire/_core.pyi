"""The compiled half of dicomwire. Private: import from `dicomwire`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeAlias, final

__version__: str
DEBUG_BUILD: bool

_Dispatch: TypeAlias = Callable[..., object]
_Log: TypeAlias = Callable[[Sequence[str]], object]
_Answered: TypeAlias = tuple[int, str, list[str], int, str | None]
_Counters: TypeAlias = tuple[int, int, int, int, int]

ResultTuple: TypeAlias = tuple[
    Path | None,
    str | None,
    str | None,
    Literal["sent", "warning", "failed", "unconfirmed", "skipped"],
    int | None,
    str | None,
    int,
    float,
    int | None,
    int | None,
]

@final
class Association:
    @staticmethod
    def connect(
        spec: object, dispatch: _Dispatch | None, events: Sequence[str], log: _Log | None
    ) -> Association: ...
    def echo(self) -> int: ...
    def is_alive(self) -> bool: ...
    def contexts(self) -> list[_Answered]: ...
    def release(self) -> None: ...
    def abort(self) -> None: ...
    def drop_silently(self) -> None: ...

@final
class Transfer:
    @staticmethod
    def start(
        spec: object,
        store: object,
        dispatch: _Dispatch | None,
        events: Sequence[str],
        log: _Log | None,
        kept: Sequence[Association],
    ) -> Transfer: ...
    def push_path(self, path: Path) -> bool: ...
    def push_bytes(self, name: Path | None, file: bytes) -> bool: ...
    def push_failed(self, name: Path | None, error: str) -> bool: ...
    def close(self) -> None: ...
    def wait(self, seconds: float, for_results: bool) -> bool: ...
    def take_results(self) -> list[ResultTuple]: ...
    def counters(self) -> _Counters: ...
    def discovered(self) -> tuple[int, bool]: ...
    def interrupt(self, abort: bool) -> None: ...
    def finish(
        self,
    ) -> tuple[BaseException | None, _Counters, list[ResultTuple], list[Association]]: ...

@final
class Receiver:
    @staticmethod
    def start(
        spec: object,
        received: Callable[..., int] | None,
        refused: Callable[..., object] | None,
        ended: Callable[[str], object] | None,
        log: _Log | None,
    ) -> Receiver: ...
    @property
    def port(self) -> int: ...
    def tally(self) -> tuple[int, int, int]: ...
    def serving(self) -> int: ...
    def stop(self, patience: float) -> None: ...
