"""How far a media creation device has come with a request (PS3.3 section C.22.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import Dataset

    from dicomwire.normalized_result import NResult

__all__ = [
    "STATUS_ATTRIBUTES",
    "ExecutionStatus",
    "FailedMediaInstance",
    "MediaCreationStatus",
    "ProducedMedia",
]

STATUS_ATTRIBUTES = (
    "ExecutionStatus",
    "ExecutionStatusInfo",
    "TotalNumberOfPiecesOfMediaCreated",
    "FailedSOPSequence",
    "ReferencedStorageMediaSequence",
)
"""What an N-GET asks for (PS3.4 section S.3.2.4); with it goes Specific Character Set."""


class ExecutionStatus(StrEnum):
    """Execution Status (2100,0020) of a media creation request."""

    IDLE = "IDLE"
    """Created and not initiated: nothing happens before `initiate`."""
    PENDING = "PENDING"
    """Waits for its turn."""
    CREATING = "CREATING"
    """The media are being written."""
    DONE = "DONE"
    """All media were made."""
    FAILURE = "FAILURE"
    """It failed; Execution Status Info (2100,0030) tells why."""


_STATES: dict[str, ExecutionStatus] = {state.value: state for state in ExecutionStatus}

# PS3.3 section C.22.1.3, and section C.22.1.4 for instances.
_INFO: dict[str, str] = {
    "NORMAL": "nothing to report",
    "CHECK_MCD_OP": "the device needs its operator",
    "CHECK_MCD_SRV": "the device needs a service engineer",
    "DIR_PROC_ERR": "the DICOMDIR could not be made",
    "DUPL_REF_INST": "the request names an instance more than once",
    "INST_AP_CONFLICT": "an instance does not fit its application profile",
    "INST_OVERSIZED": "one instance is larger than the media",
    "INSUFFIC_MEMORY": "the device has not enough memory",
    "MCD_BUSY": "the device is busy; try again later",
    "MCD_FAILURE": "the device does not work",
    "NO_INSTANCE": "the device has not got all the instances",
    "NOT_SUPPORTED": "the device does not support an application profile or SOP class",
    "OUT_OF_SUPPLIES": "the device has no more blank media or ink",
    "PROC_FAILURE": "general failure in processing",
    "QUEUED": "waiting in the queue",
    "SET_OVERSIZED": "the instances do not fit on one piece of media",
    "UNKNOWN": "no reason given",
}
_FAILURE_REASONS: dict[int, str] = {
    0x0110: "processing failure",
    0x0112: "no such instance at the device",
    0x0119: "the SOP class is not the one of the stored instance",
    0x0122: "the device does not support the SOP class",
    0x0201: "its application profile conflicts with that of others",
    0x0202: "it does not fit its application profile",
    0x0203: "its application profile compresses with loss, which the request forbids",
    0x0204: "the device does not support the application profile",
    0x0205: "it is larger than the media",
}


@dataclass(frozen=True, slots=True)
class FailedMediaInstance:
    """An instance that could not be written.

    Attributes
    ----------
    sop_class_uid, sop_instance_uid : str
        Which one.
    application_profile : str or None
        The profile it was to be written by.
    reason : int or None
        Failure Reason (0008,1197).
    failure_attributes : tuple of int
        Failure Attributes (2200,000E): the tags that are to blame.
    """

    sop_class_uid: str
    sop_instance_uid: str
    application_profile: str | None = None
    reason: int | None = None
    failure_attributes: tuple[int, ...] = ()

    @property
    def reason_text(self) -> str:
        """The reason in words."""
        if self.reason is None:
            return "no reason given"
        return _FAILURE_REASONS.get(self.reason, f"reason 0x{self.reason:04X}")

    @classmethod
    def from_item(cls, item: Dataset) -> FailedMediaInstance:
        """Read an item of Failed SOP Sequence (0008,1198)."""
        reason = item.get("FailureReason")
        return cls(
            str(item.get("ReferencedSOPClassUID", "")),
            str(item.get("ReferencedSOPInstanceUID", "")),
            _text(item.get("RequestedMediaApplicationProfile")),
            reason if isinstance(reason, int) else None,
            tuple(int(tag) for tag in _several(item.get("FailureAttributes"))),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "sop_class_uid": self.sop_class_uid,
            "sop_instance_uid": self.sop_instance_uid,
            "application_profile": self.application_profile,
            "reason": None if self.reason is None else f"0x{self.reason:04X}",
            "meaning": self.reason_text,
            "failure_attributes": [f"{tag:08X}" for tag in self.failure_attributes],
        }


@dataclass(frozen=True, slots=True)
class ProducedMedia:
    """A file-set that was made.

    Attributes
    ----------
    file_set_id : str or None
        Storage Media File-Set ID (0088,0130).
    file_set_uid : str or None
        Storage Media File-Set UID (0088,0140).
    """

    file_set_id: str | None
    file_set_uid: str | None

    @classmethod
    def from_item(cls, item: Dataset) -> ProducedMedia:
        """Read an item of Referenced Storage Media Sequence (2200,000D)."""
        return cls(
            _text(item.get("StorageMediaFileSetID")), _text(item.get("StorageMediaFileSetUID"))
        )


@dataclass(frozen=True, slots=True, eq=False)
class MediaCreationStatus:
    """How far the device has come.

    Attributes
    ----------
    execution_status : ExecutionStatus, str or None
        The state; a text that is none of the standard's stays a text. None if the device did not
        tell, for instance because it does not know the request any more: see `result`.
    info : str or None
        Execution Status Info (2100,0030), a term such as ``"OUT_OF_SUPPLIES"``.
    total_pieces : int or None
        How many pieces of media were made, over all copies.
    failed : tuple of FailedMediaInstance
        The instances to blame for a failure, as far as the device names them.
    produced : tuple of ProducedMedia
        The file-sets made.
    result : NResult or None
        The answer to the N-GET.
    """

    execution_status: ExecutionStatus | str | None
    info: str | None = None
    total_pieces: int | None = None
    failed: tuple[FailedMediaInstance, ...] = ()
    produced: tuple[ProducedMedia, ...] = ()
    result: NResult | None = field(default=None, repr=False)

    @classmethod
    def from_dataset(
        cls, dataset: Dataset | None, result: NResult | None = None
    ) -> MediaCreationStatus:
        """Read the attribute list of an N-GET response; what is missing or odd is None or empty."""
        if dataset is None:
            return cls(None, result=result)
        state = _text(dataset.get("ExecutionStatus"))
        pieces = dataset.get("TotalNumberOfPiecesOfMediaCreated")
        return cls(
            _STATES.get(state, state) if state is not None else None,
            _text(dataset.get("ExecutionStatusInfo")),
            pieces if isinstance(pieces, int) else None,
            tuple(map(FailedMediaInstance.from_item, _items(dataset, "FailedSOPSequence"))),
            tuple(map(ProducedMedia.from_item, _items(dataset, "ReferencedStorageMediaSequence"))),
            result,
        )

    @property
    def info_text(self) -> str:
        """The info in words; the term itself if the standard has none for it."""
        if self.info is None:
            return ""
        return _INFO.get(self.info, self.info)

    @property
    def is_known(self) -> bool:
        """Whether the device told a state."""
        return self.execution_status is not None

    @property
    def is_done(self) -> bool:
        """Whether all media were made."""
        return self.execution_status == ExecutionStatus.DONE

    @property
    def is_failure(self) -> bool:
        """Whether it failed, or the device does not tell any more."""
        if self.execution_status == ExecutionStatus.FAILURE:
            return True
        return self.result is not None and self.result.is_failure

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self.is_done or self.is_failure

    def __str__(self) -> str:
        """Return for instance ``FAILURE: OUT_OF_SUPPLIES (the device has no more ...)``."""
        if self.execution_status is None:
            return "unknown" if self.result is None else f"unknown: {self.result.status}"
        text = str(self.execution_status)
        if self.info and self.info != "NORMAL":
            words = _INFO.get(self.info)
            text += f": {self.info}" + (f" ({words})" if words else "")
        return text

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "execution_status": None
            if self.execution_status is None
            else str(self.execution_status),
            "info": self.info,
            "meaning": self.info_text or None,
            "total_pieces": self.total_pieces,
            "failed": [instance.to_dict() for instance in self.failed],
            "produced": [
                {"file_set_id": media.file_set_id, "file_set_uid": media.file_set_uid}
                for media in self.produced
            ],
            "status": None if self.result is None else f"0x{self.result.status:04X}",
        }


def _text(value: object) -> str | None:
    return str(value).strip() or None if value is not None else None


def _several(value: object) -> Iterator[Any]:
    """Go over the values of an element that has none, one or many."""
    if value is None or value == "":
        return
    if isinstance(value, int):
        yield value
    else:
        yield from value  # type: ignore[misc] # a MultiValue


def _items(dataset: Dataset, keyword: str) -> Iterator[Dataset]:
    """Go over the items of a sequence that may be missing or of another VR."""
    element = dataset.get(keyword)
    if element is not None and keyword in dataset and dataset[keyword].VR == "SQ":
        yield from element
