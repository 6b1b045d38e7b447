"""What is asked for in a storage commitment request (PS3.4 section J.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError
from dicomwire.uids import is_valid_uid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydicom import Dataset

    from .instance import CommitmentInstance

__all__ = ["action_information", "distinct", "divide"]


def distinct(instances: Iterable[CommitmentInstance]) -> list[CommitmentInstance]:
    """Take each instance once, in order.

    Raises
    ------
    ConfigError
        If a UID is none, or an instance is named with two SOP classes.
    """
    found: dict[str, CommitmentInstance] = {}
    for instance in instances:
        for what, uid in (
            ("SOP class", instance.sop_class_uid),
            ("SOP instance", instance.sop_instance_uid),
        ):
            if not is_valid_uid(uid):
                raise ConfigError(f"{instance.name}: {uid!r} is no UID of a {what}")
        known = found.setdefault(instance.sop_instance_uid, instance)
        if known.sop_class_uid != instance.sop_class_uid:
            raise ConfigError(
                f"SOP instance {instance.sop_instance_uid} is named with two SOP classes, "
                f"{known.sop_class_uid} ({known.name}) and {instance.sop_class_uid} "
                f"({instance.name}); a peer has it with one of them"
            )
    return list(found.values())


def divide(
    instances: Sequence[CommitmentInstance], most: int | None
) -> list[Sequence[CommitmentInstance]]:
    """Divide instances into transactions of at most so many."""
    if most is None:
        return [instances]
    return [instances[first : first + most] for first in range(0, len(instances), most)]


def action_information(transaction_uid: str, instances: Iterable[CommitmentInstance]) -> Dataset:
    """Make the action information of an N-ACTION request (PS3.4 Table J.3-1)."""
    from pydicom import Dataset

    dataset = Dataset()
    dataset.TransactionUID = transaction_uid
    items = []
    for instance in instances:
        item = Dataset()
        item.ReferencedSOPClassUID = instance.sop_class_uid
        item.ReferencedSOPInstanceUID = instance.sop_instance_uid
        items.append(item)
    dataset.ReferencedSOPSequence = items
    return dataset
