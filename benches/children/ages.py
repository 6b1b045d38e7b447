"""How old answers are when a client has them; the responder writes when it sent each."""

from __future__ import annotations

import time
from statistics import median, quantiles

__all__ = ["Ages"]


class Ages:
    """Ages of answers in milliseconds, from their study IDs (`rust/responder`: ``--delay-us``)."""

    def __init__(self) -> None:
        self._ages: list[float] = []

    def see(self, study_id: str) -> None:
        """Take note of an answer that is there now."""
        self._ages.append((time.monotonic_ns() / 1e3 - int(study_id)) / 1e3)

    @property
    def count(self) -> int:
        """How many answers were seen."""
        return len(self._ages)

    def summary(self) -> dict[str, float]:
        """Return the age of the first answer, the median, and what 99 of 100 are below."""
        if len(self._ages) < 2:
            return {}
        return {
            "first_ms": self._ages[0],
            "age_ms": median(self._ages),
            "age_99_ms": quantiles(self._ages, n=100, method="inclusive")[-1],
        }
