"""What a peer notifies us of (PS3.4 Table F.9.2-1)."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["StepNotification"]


class StepNotification(IntEnum):
    """The event types of the Modality Performed Procedure Step Notification SOP Class.

    The notification itself carries no attributes; `PerformedProcedureStepScu.get` has them.
    """

    IN_PROGRESS = 1
    COMPLETED = 2
    DISCONTINUED = 3
    UPDATED = 4
    DELETED = 5
