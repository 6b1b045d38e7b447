"""What is remembered of procedure steps: what was created and set, and their state (F.1.5)."""

from __future__ import annotations

import copy
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dicomwire.errors import StateError

from .tables import IN_PROGRESS

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["Step", "Steps"]

_SPECIFIC_CHARACTER_SET = 0x0008_0005


@dataclass(slots=True, eq=False)
class Step:
    """A procedure step that we created, as far as the peer took it.

    Parameters
    ----------
    sop_instance_uid : str
        Its UID, which the three SOP classes share (PS3.4 section F.7.2.1).
    dataset : pydicom.dataset.Dataset or None
        What was created and set. None once nothing can be set any more.
    state : str
        Performed Procedure Step Status (0040,0252) as we set it, or what the peer said of it.
    """

    sop_instance_uid: str
    dataset: Dataset | None
    state: str = IN_PROGRESS

    @property
    def is_open(self) -> bool:
        """Whether it may still be set."""
        return self.state == IN_PROGRESS

    def merged(self, changes: Dataset) -> Dataset:
        """Return what it would be after an N-SET, which replaces sequences as a whole."""
        from pydicom.dataset import Dataset

        whole = Dataset()
        if self.dataset is not None:
            whole.update(self.dataset)
        whole.update(changes)
        return whole

    def is_created(self, tag: int) -> bool:
        """Say whether an attribute was created, so that it may be set (section F.7.2.2.2)."""
        return self.dataset is None or tag == _SPECIFIC_CHARACTER_SET or tag in self.dataset


class Steps:
    """The procedure steps that one service class user knows of.

    Of those that have ended only the latest are remembered, so that memory stays bounded.

    Parameters
    ----------
    most_ended : int
        How many of those that have ended are remembered.
    """

    def __init__(self, most_ended: int = 10_000) -> None:
        self._most_ended = most_ended
        self._open: dict[str, Step] = {}
        self._ended: OrderedDict[str, Step] = OrderedDict()

    def get(self, sop_instance_uid: str) -> Step | None:
        """Return what is known of a step, if anything is."""
        return self._open.get(sop_instance_uid) or self._ended.get(sop_instance_uid)

    def created(self, sop_instance_uid: str, dataset: Dataset) -> None:
        """Remember that the peer took an N-CREATE."""
        self._open[sop_instance_uid] = Step(sop_instance_uid, copy.deepcopy(dataset))

    def changed(self, sop_instance_uid: str, changes: Dataset) -> None:
        """Remember that the peer took an N-SET."""
        state = str(changes.get("PerformedProcedureStepStatus") or IN_PROGRESS)
        step = self._open.get(sop_instance_uid)
        if state != IN_PROGRESS:
            self.ended(sop_instance_uid, state)
        elif step is not None:
            step.dataset = step.merged(copy.deepcopy(changes))

    def ended(self, sop_instance_uid: str, state: str) -> None:
        """Remember that a step can no longer be set."""
        self._open.pop(sop_instance_uid, None)
        self._ended[sop_instance_uid] = Step(sop_instance_uid, None, state)
        if len(self._ended) > self._most_ended:
            self._ended.popitem(last=False)

    def forget(self, sop_instance_uid: str) -> None:
        """Forget a step that the peer does not have."""
        self._open.pop(sop_instance_uid, None)
        self._ended.pop(sop_instance_uid, None)

    def require_open(self, sop_instance_uid: str) -> Step | None:
        """Return what is known of a step that is to be set.

        Raises
        ------
        StateError
            If it has ended: nothing may be sent then (PS3.4 section F.7.2.2.2).
        """
        step = self.get(sop_instance_uid)
        if step is not None and not step.is_open:
            raise StateError(
                f"procedure step {sop_instance_uid} is {step.state} and can no longer be set "
                "(PS3.4 section F.7.2.2.2): create another step, or send with check=False"
            )
        return step
