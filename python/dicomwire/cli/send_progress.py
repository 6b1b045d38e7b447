"""The progress line of a send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .instance_progress import InstanceProgress

if TYPE_CHECKING:
    from dicomwire import StoreProgress

__all__ = ["SendProgress"]


class SendProgress(InstanceProgress):
    """Show how a send goes on."""

    def update(self, now: StoreProgress) -> None:
        """Show the newest figures; may be called from any thread."""
        done = now.sent + now.warnings + now.failed + now.skipped
        self._show_instances(done, now.total, now.failed, now.bytes, now.seconds)
