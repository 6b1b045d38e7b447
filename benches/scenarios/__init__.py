"""The scenarios of ``make bench``, in the order in which they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches.scenarios import (
    ceiling,
    echo,
    find,
    footprint,
    interrupt,
    memory,
    reading,
    receive,
    retrieve,
    scan,
    store,
    transcoding,
    writing,
)

if TYPE_CHECKING:
    from benches.scenario import Scenario

__all__ = ["ALL_SCENARIOS"]

ALL_SCENARIOS: tuple[Scenario, ...] = (
    *ceiling.SCENARIOS,
    *store.SCENARIOS,
    *receive.SCENARIOS,
    *echo.SCENARIOS,
    *find.SCENARIOS,
    *retrieve.SCENARIOS,
    *reading.SCENARIOS,
    *writing.SCENARIOS,
    *transcoding.SCENARIOS,
    *scan.SCENARIOS,
    *memory.SCENARIOS,
    *footprint.SCENARIOS,
    *interrupt.SCENARIOS,
)
