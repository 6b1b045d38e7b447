"""pynetdicom with its race taken out: sometimes its reader thread steals the answer to a request.

A request pauses the thread that reads, by an event, and looks whether that says to be paused. It
says so a moment before it looks at the event (pynetdicom 3.0, ``Association._run_as_requestor``),
so now and then both read, the wrong one gets the answer, and the request waits for its time-out.
Here the one that pauses gives the other time to come round, and the other looks once more before it
takes a message.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from pynetdicom.association import Association

# The reader sleeps for a thousandth of a second in each round.
_ROUND = 0.005


class _Checkpoint(threading.Event):
    def clear(self) -> None:
        super().clear()
        time.sleep(_ROUND)


def make_patient(association: Association) -> None:
    """Take the race out of an association that asks nothing yet."""
    checkpoint = _Checkpoint()
    checkpoint.set()
    association._reactor_checkpoint = checkpoint
    get_msg = association.dimse.get_msg

    def get_unless_paused(block: bool = False) -> Any:
        # Only the thread that reads does not wait.
        return get_msg(block) if block or checkpoint.is_set() else (None, None)

    association.dimse.get_msg = get_unless_paused  # type: ignore[method-assign]


def make_all_patient() -> None:
    """Take the race out of all associations that this process makes from now on."""
    original = Association.__init__

    def initialise(self: Association, *arguments: Any, **keywords: Any) -> None:
        original(self, *arguments, **keywords)
        make_patient(self)

    Association.__init__ = initialise
