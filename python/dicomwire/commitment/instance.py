"""An instance whose storage commitment is asked for or was reported (PS3.3 section C.14)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from dicomwire.status import Status

__all__ = ["CommitmentInstance"]


@dataclass(slots=True, frozen=True)
class CommitmentInstance:
    """One instance of a storage commitment.

    Attributes
    ----------
    sop_class_uid, sop_instance_uid : str
        What it is; of an instance the peer reports, in the peer's words.
    path : Path or None
        The file it stands for here, if it came from one.
    failure_reason : Status or None
        Failure Reason (0008,1197) with its words (PS3.3 section C.14.1.1), of an instance that
        was not committed. None if the peer gave none.
    retrieve_ae_title : str or None
        Retrieve AE Title (0008,0054): where it can be retrieved from.
    storage_media_file_set_id, storage_media_file_set_uid : str or None
        (0088,0130) and (0088,0140): the medium it is stored on.
    """

    sop_class_uid: str
    sop_instance_uid: str
    path: Path | None = None
    failure_reason: Status | None = None
    retrieve_ae_title: str | None = None
    storage_media_file_set_id: str | None = None
    storage_media_file_set_uid: str | None = None

    @property
    def name(self) -> str:
        """Its file, or its SOP Instance UID: what people know it by."""
        return self.sop_instance_uid if self.path is None else str(self.path)

    def known_by(self, path: Path | None) -> CommitmentInstance:
        """Return the same with the file it stands for."""
        return self if path is None else replace(self, path=path)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints of it."""
        reason = self.failure_reason
        return {
            "path": None if self.path is None else str(self.path),
            "sop_class_uid": self.sop_class_uid,
            "sop_instance_uid": self.sop_instance_uid,
            "failure_reason": None if reason is None else f"0x{reason:04X}",
            "failure_meaning": None if reason is None else reason.meaning,
            "retrieve_ae_title": self.retrieve_ae_title,
            "storage_media_file_set_id": self.storage_media_file_set_id,
            "storage_media_file_set_uid": self.storage_media_file_set_uid,
        }
