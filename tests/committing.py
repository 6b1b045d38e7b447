"""What tests of storage commitment ask for."""

from __future__ import annotations

from wire import CT_IMAGE_STORAGE

__all__ = ["INSTANCES", "PAIRS", "uids"]

PAIRS = [(CT_IMAGE_STORAGE, f"2.25.{number}") for number in range(1, 9)]
"""SOP classes and SOP instances."""
INSTANCES = [instance for _, instance in PAIRS]


def uids(found: object) -> list[str]:
    """Return the SOP Instance UIDs of some instances."""
    return [one.sop_instance_uid for one in found]  # type: ignore[attr-defined]
