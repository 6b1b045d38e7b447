"""pynetdicom with its race taken out: sometimes its reader thread steals the answer to a request.

A request pauses the thread that reads, by an event, and looks whether that says to be paused. It
says so a moment before it looks at the event (pynetdicom 3.0, ``Association._run_as_requestor``),
so now and then both read, the wrong one gets the answer, and the request waits for its time-out.
Here the one that pauses gives the other time to come round.
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
    association._reactor_checkpoint = _Checkpoint()
    association._reactor_checkpoint.set()


def make_all_patient() -> None:
    """Take the race out of all associations that this process makes from now on."""
    original = Association.__init__

    def initialise(self: Association, *arguments: Any, **keywords: Any) -> None:
        original(self, *arguments, **keywords)
        make_patient(self)

    Association.__init__ = initialise
