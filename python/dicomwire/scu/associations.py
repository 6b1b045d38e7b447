"""The associations of one service class user that wait for their next use."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from dicomwire.errors import DicomWireError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dicomwire._core import Association

__all__ = ["IdleAssociations", "accepted_context", "accepted_contexts"]

_ACCEPTANCE = 0


class IdleAssociations:
    """Associations kept open between calls; whoever uses one takes it out.

    Any thread may call. An association in use is not here, so that no two operations ever share
    one.
    """

    def __init__(self) -> None:
        # Reentrant: a result that nobody holds any more may be given up by the garbage
        # collector while this very thread is in here.
        self._lock = threading.RLock()
        self._idle: list[Association] = []

    def take(self, suits: Callable[[Association], bool]) -> Association | None:
        """Take out one that is still alive and suits; those that have ended are forgotten."""
        others: list[Association] = []
        found: Association | None = None
        for association in reversed(self.take_all()):
            if found is not None or not association.is_alive():
                if found is not None:
                    others.append(association)
            elif suits(association):
                found = association
            else:
                others.append(association)
        self.put(reversed(others))
        return found

    def take_all(self) -> list[Association]:
        """Take all of them out, as they are."""
        with self._lock:
            taken, self._idle = self._idle, []
        return taken

    def release_where(self, is_useless: Callable[[Association], bool]) -> None:
        """Release those that will not be needed again, whatever the peer answers."""
        associations = self.take_all()
        useless = [association for association in associations if is_useless(association)]
        self.put(association for association in associations if association not in useless)
        for association in useless:
            with contextlib.suppress(DicomWireError):
                association.release()

    def put(self, associations: Iterable[Association]) -> None:
        """Keep associations for later."""
        with self._lock:
            self._idle.extend(associations)

    def release(self) -> None:
        """Release all of them.

        Raises
        ------
        DicomWireError
            The first failure; all are closed anyway.
        """
        failure: Exception | None = None
        for association in self.take_all():
            try:
                association.release()
            except Exception as error:  # noqa: BLE001 (each is to be released before one is raised)
                failure = failure or error
        if failure is not None:
            raise failure

    def abort(self) -> None:
        """Abort all of them."""
        for association in self.take_all():
            association.abort()


def accepted_context(association: Association, sop_class_uid: str) -> tuple[int, str] | None:
    """Return number and transfer syntax of an accepted presentation context for a SOP class."""
    for identifier, abstract_syntax, syntax in accepted_contexts(association):
        if abstract_syntax == sop_class_uid:
            return identifier, syntax
    return None


def accepted_contexts(association: Association) -> list[tuple[int, str, str]]:
    """Return number, SOP class and transfer syntax of the accepted presentation contexts."""
    return [
        (identifier, abstract_syntax, syntax)
        for identifier, abstract_syntax, _, result, syntax in association.contexts()
        if result == _ACCEPTANCE and syntax is not None
    ]
