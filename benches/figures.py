"""The figures dicomwire has to reach, and whether a run reached them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benches.contestants import OURS_ARROW, OURS_CROWD, OURS_PARALLEL
from benches.real_files import CORPORA
from benches.scenario import OURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benches.rounds import Measured

__all__ = ["FIGURES", "Figure", "Outcome", "judge"]

_NO_DELAY = "pynetdicom no-delay"


@dataclass(frozen=True, slots=True)
class Figure:
    """A bound on a value, or on the ratio of our value to another contestant's."""

    scenario: str
    metric: str
    bound: float
    against: str | None = None
    subject: str = OURS
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A figure with what was measured; `value` is None if nothing could be."""

    figure: Figure
    value: float | None

    @property
    def reached(self) -> bool:
        """Whether the measured value keeps the bound."""
        if self.value is None:
            return False
        if self.figure.at_most:
            return self.value <= self.figure.bound
        return self.value >= self.figure.bound


FIGURES = (
    # Against the sender that has Nagle's algorithm off at least on its own side: twice as fast.
    Figure("store-nagle-ct", "rate", 50, "dcmsend no-delay"),
    Figure("store-nagle-small", "rate", 150, "dcmsend no-delay"),
    Figure("store-nodelay-ct", "rate", 1.6, "dcmsend"),
    Figure("store-nodelay-small", "rate", 1.8, "dcmsend"),
    Figure("store-nodelay-ct", "rate", 12, _NO_DELAY),
    Figure("store-nodelay-small", "rate", 12, _NO_DELAY),
    Figure("store-discard-128k-ct", "rate", 2.3, "dcmsend"),
    Figure("store-discard-16k-ct", "rate", 1.6, "dcmsend"),
    Figure("store-discard-128k-small", "rate", 2.2, "dcmsend"),
    Figure("store-discard-128k-big", "rate", 1.25, "storescu"),
    Figure("store-discard-128k-ct", "cpu_us", 0.5, "dcmsend", at_most=True),
    Figure("store-discard-128k-ct", "rate", 1, OURS, OURS_PARALLEL),
    Figure("store-discard-128k-small", "rate", 1, OURS, OURS_PARALLEL),
    Figure("receive-ct", "rate", 2, "storescp"),
    Figure("receive-ct", "rate", 2, "dcmrecv"),
    Figure("receive-ct", "rate", 10, _NO_DELAY),
    Figure("receive-small", "rate", 2, "storescp"),
    Figure("receive-small", "rate", 2, "dcmrecv"),
    Figure("receive-small", "rate", 10, _NO_DELAY),
    *(
        figure
        for corpus in CORPORA
        for figure in (
            Figure(f"read-{corpus}-unseen", "rate", 8, "pydicom"),
            Figure(f"read-{corpus}-unseen", "rate", 1, "gdcm"),
            Figure(f"read-{corpus}-all", "rate", 2.5, "pydicom"),
            Figure(f"write-{corpus}-read", "rate", 5, "pydicom"),
            Figure(f"write-{corpus}-touched", "rate", 5, "pydicom"),
        )
    ),
    *(
        figure
        for scenario in ("transcode-implicit", "transcode-explicit")
        for figure in (
            Figure(scenario, "mb_per_s", 1000),
            Figure(scenario, "above_idle_mb", 16, at_most=True),
        )
    ),
    Figure("scan", "rate", 20, "pydicom"),
    # Told to leave out what it can: long values, and all that follows the last tag.
    Figure("scan", "rate", 3, "dcmdump -M +st"),
    Figure("memory", "above_idle_mb", 32, at_most=True),
    Figure("import", "import_ms", 80, at_most=True),
    # The clock of CPU time has a grain; a tenth of a percent of two seconds is 2 ms.
    Figure("idle", "idle_cpu_percent", 0.1, at_most=True),
    Figure("echo-ours", "rate", 6000),
    Figure("associate-ours", "rate", 1500),
    Figure("interrupt", "interrupt_ms", 500, at_most=True),
    Figure("find", "rate", 12, "findscu -q", OURS_ARROW),
    # Without the log of identifiers nobody reads, which halves what pynetdicom takes.
    Figure("find", "rate", 250, "pynetdicom no-log", OURS_ARROW),
    Figure("find", "rate", 2.5, "findscu -q"),
    Figure("find", "rate", 50, "pynetdicom no-log"),
    Figure("find-dropping", "above_idle_mb", 64, at_most=True),
    Figure("find-dropping", "above_idle_mb", 64, subject=OURS_ARROW, at_most=True),
    *(
        Figure("find-slow", metric, 5, subject=subject, at_most=True)
        for metric in ("first_ms", "age_99_ms")
        for subject in (OURS, OURS_ARROW)
    ),
    Figure("get", "rate", 1, "getscu"),
    Figure("get", "cpu_us", 1 / 3, "getscu", at_most=True),
    Figure("get-discarding", "rate", 1, "getscu --ignore"),
    Figure("get-discarding", "cpu_us", 1 / 3, "getscu --ignore", at_most=True),
    # Turns of eight senders cost something; what arrives in all must not fall.
    Figure("receive-crowded", "rate", 1, OURS, OURS_CROWD),
)


def judge(measured: Mapping[str, Measured]) -> list[Outcome]:
    """Compare the figures of the scenarios that ran with what was measured."""
    return [
        Outcome(figure, _value(figure, measured[figure.scenario]))
        for figure in FIGURES
        if figure.scenario in measured
    ]


def _value(figure: Figure, measured: Measured) -> float | None:
    if figure.against is None:
        return measured.median(figure.subject, figure.metric)
    ratio = measured.ratio(figure.subject, figure.against, figure.metric)
    return ratio.median if ratio else None
