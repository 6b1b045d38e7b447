"""What an N-service answered (PS3.7 section 10.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset

    from .status import Status

__all__ = ["NResult"]


@dataclass(frozen=True, slots=True, eq=False)
class NResult:
    """The response to an N-CREATE, N-SET, N-GET, N-ACTION or N-DELETE request.

    A failed status is data here and raised by nobody unless asked: see `raise_for_status`.

    Attributes
    ----------
    status : Status
        The status, with Error Comment (0000,0902) and Offending Element (0000,0901).
    dataset : Dataset or None
        Attribute list or action reply, if the response has one.
    sop_class_uid : str
        The SOP class of the response, or of the request if the response names none.
    sop_instance_uid : str or None
        The SOP instance likewise; of an N-CREATE the UID of what was created.
    action_type_id : int or None
        Action Type ID (0000,1008) of an N-ACTION.
    attribute_identifiers : tuple of int
        Attribute Identifier List (0000,1005): the tags the peer complains of, with a status
        such as 0x0107 (PS3.7 section C.4.2).
    error_id : int or None
        Error ID (0000,0903), a number of the service's or the peer's own.
    """

    status: Status
    dataset: Dataset | None
    sop_class_uid: str
    sop_instance_uid: str | None
    action_type_id: int | None = None
    attribute_identifiers: tuple[int, ...] = ()
    error_id: int | None = None

    @property
    def is_success(self) -> bool:
        """Whether it was done as asked."""
        return self.status.is_success

    @property
    def is_warning(self) -> bool:
        """Whether it was done, with a reservation: 0x0107, 0x0116, 0xB600 and the like."""
        return self.status.is_warning

    @property
    def is_failure(self) -> bool:
        """Whether it was not done; an answer that it was cancelled says that, too."""
        return self.status.is_failure or self.status.is_cancel

    def raise_for_status(self) -> Self:
        """Raise unless the status is a success or a warning.

        Returns
        -------
        NResult
            The result itself, so that calls can be chained.

        Raises
        ------
        StatusError
            If the status is a failure; its `response` is this result.
        """
        self.status.raise_for_status(response=self)
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints; the data set in the DICOM JSON model (PS3.18 annex F)."""
        return {
            "status": f"0x{self.status:04X}",
            "meaning": self.status.meaning,
            "comment": self.status.comment,
            "sop_class_uid": self.sop_class_uid,
            "sop_instance_uid": self.sop_instance_uid,
            "action_type_id": self.action_type_id,
            "attribute_identifiers": [f"{tag:08X}" for tag in self.attribute_identifiers],
            "offending_elements": [f"{tag:08X}" for tag in self.status.offending_elements],
            "error_id": self.error_id,
            "dataset": None if self.dataset is None else _json_dict(self.dataset),
        }


def _json_dict(dataset: Dataset) -> dict[str, Any]:
    """Return a data set in the DICOM JSON model; numbers that are none are there as text."""
    try:
        whole: dict[str, Any] = dataset.to_json_dict()
    except (ValueError, TypeError, AttributeError):
        return {f"{int(element.tag):08X}": _json_element(element) for element in dataset}
    return whole


def _json_element(element: DataElement) -> dict[str, Any]:
    if element.VR == "SQ":
        return {"vr": "SQ", "Value": [_json_dict(item) for item in element.value]}
    try:
        one: dict[str, Any] = element.to_json_dict(None, 1024)
    except (ValueError, TypeError, AttributeError):
        several = element.value if element.VM > 1 else [element.value]
        return {"vr": element.VR, "Value": [str(value) for value in several]}
    return one
