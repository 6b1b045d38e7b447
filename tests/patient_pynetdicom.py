"""pynetdicom without the race that loses it responses which come at once.

While pynetdicom waits for the response to a request of its own, its reactor thread is to stand
still. It is held to do so as long as it has not noticed yet that it may run again after the wait
before, and then takes the response for itself, drops it, and the request times out. Seen in
pynetdicom 3.0.4, on busy machines once in some hundred requests.
"""

from __future__ import annotations

from typing import Any

from pynetdicom.dimse import DIMSEServiceProvider

_get_msg = DIMSEServiceProvider.get_msg


def _get_msg_unless_held(self: DIMSEServiceProvider, block: bool = False) -> Any:
    # Only the reactor does not wait.
    if not block and not self.assoc._reactor_checkpoint.is_set():
        return None, None
    return _get_msg(self, block)


def make_patient() -> None:
    """Take the race out of pynetdicom, in this process."""
    DIMSEServiceProvider.get_msg = _get_msg_unless_held
