"""The progress line of a retrieval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .instance_progress import InstanceProgress

if TYPE_CHECKING:
    from dicomwire import RetrieveProgress as Figures

__all__ = ["RetrieveProgress"]


class RetrieveProgress(InstanceProgress):
    """Show how a retrieval goes on."""

    def update(self, now: Figures) -> None:
        """Show the newest figures; may be called from any thread."""
        done = now.completed + now.warning + now.failed
        total = None if now.remaining is None else done + now.remaining
        # Of what goes to somebody else we do not see the bytes.
        self._show_instances(done, total, now.failed, now.bytes or None, now.seconds)
