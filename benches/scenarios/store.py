"""C-STORE: the same files sent by every sender to the same receiver."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benches.contestants import OURS_PARALLEL, Job, send
from benches.receivers import dcmtk_ignoring, receiving
from benches.scenario import OURS, Contestant, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from benches.scenario import Bench

__all__ = ["SCENARIOS"]

# How many instances each sender gets: enough to time, few enough for the slow ones to end.
# The rate is compared, so the numbers need not be equal; they are in the results file.
_STALLED_PEERS = {
    "dcmsend": 40,
    "dcmsend no-delay": 40,
    "storescu": 40,
    "pynetdicom": 40,
    "pynetdicom no-delay": 40,
}
_STALLED_CT = {OURS: 600, **_STALLED_PEERS}
_STALLED_SMALL = {OURS: 4000, **_STALLED_PEERS}
_CT = {OURS: 600, "dcmsend": 600, "storescu": 600, "pynetdicom": 60, "pynetdicom no-delay": 200}
_SMALL = {
    OURS: 6000,
    "dcmsend": 6000,
    "storescu": 6000,
    "pynetdicom": 40,
    "pynetdicom no-delay": 300,
}
_BIG = {OURS: 4, "dcmsend": 4, "storescu": 4, "pynetdicom no-delay chunked": 2}


@dataclass(frozen=True, slots=True)
class _Setting:
    """Who sends what to whom."""

    corpus: str
    counts: Mapping[str, int]
    receiver: str
    max_pdu_length: int = 131072

    def scenario(self, name: str, title: str) -> Scenario:
        columns = ("mb_per_s", "cpu_us", "peak_rss_mb", "start_up_ms")
        return Scenario(name, title, "rate", partial(_open, self), columns)

    def serve(self) -> AbstractContextManager[int]:
        if self.receiver == "ours":
            return receiving(self.max_pdu_length)
        return dcmtk_ignoring(self.max_pdu_length, no_delay=self.receiver != "stock storescp")

    @property
    def no_delay(self) -> bool:
        """Whether DCMTK's senders are told to switch Nagle's algorithm off."""
        return self.receiver != "stock storescp"


@contextmanager
def _open(setting: _Setting, bench: Bench) -> Iterator[Sequence[Contestant]]:
    with setting.serve() as port:
        yield [
            Contestant(sender, partial(send, sender, _job(setting, bench, port, count)))
            for sender, count in setting.counts.items()
        ]


def _job(setting: _Setting, bench: Bench, port: int, count: int) -> Job:
    count = bench.scaled(count)
    return Job(
        port=port,
        directory=bench.corpora.directory(setting.corpus, count),
        count=count,
        size=bench.corpora.size(setting.corpus, count),
        no_delay=setting.no_delay,
    )


def _with_parallel(counts: Mapping[str, int]) -> dict[str, int]:
    return {OURS: counts[OURS], OURS_PARALLEL: counts[OURS], **counts}


SCENARIOS = (
    _Setting("ct", _STALLED_CT, "stock storescp").scenario(
        "store-nagle-ct", "CT to a stock storescp --ignore (Nagle on), 128 KiB PDUs"
    ),
    _Setting("small", _STALLED_SMALL, "stock storescp").scenario(
        "store-nagle-small", "4 kB instances to a stock storescp --ignore (Nagle on), 128 KiB PDUs"
    ),
    _Setting("ct", _CT, "storescp").scenario(
        "store-nodelay-ct", "CT to storescp --ignore, Nagle off on both sides, 128 KiB PDUs"
    ),
    _Setting("small", _SMALL, "storescp").scenario(
        "store-nodelay-small",
        "4 kB instances to storescp --ignore, Nagle off on both sides, 128 KiB PDUs",
    ),
    _Setting("ct", _with_parallel(_CT), "ours").scenario(
        "store-discard-128k-ct", "CT to our receiver discarding, 128 KiB PDUs"
    ),
    _Setting("ct", _with_parallel(_CT), "ours", 16384).scenario(
        "store-discard-16k-ct", "CT to our receiver discarding, 16 KiB PDUs"
    ),
    _Setting("small", _with_parallel(_SMALL), "ours").scenario(
        "store-discard-128k-small", "4 kB instances to our receiver discarding, 128 KiB PDUs"
    ),
    _Setting("small", _with_parallel(_SMALL), "ours", 16384).scenario(
        "store-discard-16k-small", "4 kB instances to our receiver discarding, 16 KiB PDUs"
    ),
    _Setting("big", {**_BIG, "pynetdicom no-delay": 1}, "ours").scenario(
        "store-discard-128k-big",
        "multi-frame instances of 210 MB to our receiver discarding, 128 KiB PDUs",
    ),
)
