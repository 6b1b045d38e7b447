"""What a peer notifies us of (PS3.4 Table F.9.2-1)."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["StepNotification"]


class StepNotification(IntEnum):
    """The event types of the Modality Performed Procedure Step Notification SOP Class.

    The notification itself carries no attributes; `PerformedProcedureStepScu.get` has them.

    Attributes
    ----------
    IN_PROGRESS, COMPLETED, DISCONTINUED : int
        A step came into this state.
    UPDATED : int
        It was changed, and its state was not.
    DELETED : int
        It is no longer there.
    """

    IN_PROGRESS = 1
    COMPLETED = 2
    DISCONTINUED = 3
    UPDATED = 4
    DELETED = 5
