"""A media creation request that was made, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from dicomwire.errors import StatusError

if TYPE_CHECKING:
    from pydicom import Dataset

    from dicomwire.normalized_result import NResult
    from dicomwire.status import Status

    from .instances import MediaCreationInstance

__all__ = ["MediaCreationRequest"]


@dataclass(slots=True, eq=False)
class MediaCreationRequest:
    """A request for media at the device.

    Attributes
    ----------
    sop_instance_uid : str
        Its UID, by which the device is asked about it later, on another association too.
    instances : tuple of MediaCreationInstance
        What is to go on the media.
    dataset : Dataset
        The attribute list of the N-CREATE request.
    created : NResult or None
        The answer to the N-CREATE; None if there was none yet.
    initiated : NResult or None
        The answer to Initiate Media Creation; None if it was not asked for yet.
    """

    sop_instance_uid: str
    instances: tuple[MediaCreationInstance, ...]
    dataset: Dataset
    created: NResult | None = None
    initiated: NResult | None = None

    @property
    def status(self) -> Status | None:
        """The status of the last answer; what became of the media is asked by `status()`."""
        last = self.initiated or self.created
        return None if last is None else last.status

    @property
    def is_created(self) -> bool:
        """Whether the device took the request."""
        return self.created is not None and not self.created.is_failure

    @property
    def is_initiated(self) -> bool:
        """Whether the device has begun, or will."""
        return self.is_created and self.initiated is not None and not self.initiated.is_failure

    @property
    def is_success(self) -> bool:
        """Whether all that was asked for so far was granted without reservation."""
        answers = [answer for answer in (self.created, self.initiated) if answer is not None]
        return bool(answers) and all(answer.is_success for answer in answers)

    @property
    def warnings(self) -> list[Status]:
        """The warnings among the answers, such as 0x0001: optional attributes not supported."""
        answers = (self.created, self.initiated)
        return [answer.status for answer in answers if answer is not None and answer.is_warning]

    def raise_for_status(self) -> Self:
        """Raise if the device refused the request or its beginning.

        Returns
        -------
        MediaCreationRequest
            The request itself, so that calls can be chained.

        Raises
        ------
        StatusError
            With this request as its `response`.
        """
        if self.created is not None and self.created.is_failure:
            raise self._refusal("the device refused the media creation request", self.created)
        if self.initiated is not None and self.initiated.is_failure:
            raise self._refusal(
                f"the device has the media creation request {self.sop_instance_uid} "
                "but refused to begin",
                self.initiated,
            )
        return self

    def _refusal(self, what: str, answer: NResult) -> StatusError:
        return StatusError(
            f"{what}: {answer.status}",
            status=answer.status,
            category=answer.status.category,
            comment=answer.status.comment,
            response=self,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "sop_instance_uid": self.sop_instance_uid,
            "instances": len(self.instances),
            "created": None if self.created is None else self.created.to_dict(),
            "initiated": None if self.initiated is None else self.initiated.to_dict(),
        }
