"""DIMSE statuses: the number, its category and its meaning (PS3.7 annex C, PS3.4).

A status code means what the service says it means: ``0xA700`` is "out of resources" for
C-STORE and C-FIND alike, but ``0xB000`` is a coercion for C-STORE and "sub-operations complete
with failures" for C-MOVE. A `Status` therefore takes the service as an optional keyword.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from .errors import StatusError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Category", "Service", "Status"]

Category = Literal["Success", "Warning", "Failure", "Cancel", "Pending"]
Service = Literal[
    "store", "find", "get", "move", "commitment", "print", "media", "mpps", "patient", "ups"
]

_HIGHEST = 0xFFFF

# PS3.7 section C.1: the codes with a category of their own, and the range of warnings.
_CATEGORIES: dict[int, Category] = {
    0x0000: "Success",
    0x0001: "Warning",
    0x0107: "Warning",
    0x0116: "Warning",
    0xFE00: "Cancel",
    0xFF00: "Pending",
    0xFF01: "Pending",
}
_WARNINGS = range(0xB000, 0xC000)

# PS3.7 annex C: codes that mean the same for every service.
_GENERAL: dict[int, str] = {
    0x0000: "Success",
    0x0001: "Requested optional attributes are not supported",
    0x0105: "No such attribute",
    0x0106: "Invalid attribute value",
    0x0107: "Attribute list error",
    0x0110: "Processing failure",
    0x0111: "Duplicate SOP instance",
    0x0112: "No such SOP instance",
    0x0113: "No such event type",
    0x0114: "No such argument",
    0x0115: "Invalid argument value",
    0x0116: "Attribute value out of range",
    0x0117: "Invalid SOP instance",
    0x0118: "No such SOP class",
    0x0119: "Class-instance conflict",
    0x0120: "Missing attribute",
    0x0121: "Missing attribute value",
    0x0122: "SOP class not supported",
    0x0123: "No such action type",
    0x0124: "Not authorized",
    0x0210: "Duplicate invocation",
    0x0211: "Unrecognized operation",
    0x0212: "Mistyped argument",
    0x0213: "Resource limitation",
    0xFE00: "Operation terminated by a cancel request",
}

# PS3.4 Table B.2-1. The last digits of A7xx, A9xx and Cxxx are the peer's own.
_STORE: dict[int, str] = {
    0xA700: "Out of resources",
    0xA900: "Data set does not match SOP class",
    0xB000: "Coercion of data elements",
    0xB006: "Elements discarded",
    0xB007: "Data set does not match SOP class",
    0xC000: "Cannot understand",
}

# PS3.4 Table C.4-1, and Table K.4-1 for the modality worklist.
_FIND: dict[int, str] = {
    0xA700: "Out of resources",
    0xA900: "Identifier does not match SOP class",
    0xC000: "Unable to process",
    0xFF00: "Matches are continuing",
    0xFF01: "Matches are continuing, some optional keys are not supported",
}

# PS3.4 Tables C.4-2 (C-MOVE) and C.4-3 (C-GET).
_RETRIEVE: dict[int, str] = {
    0xA701: "Out of resources: unable to calculate the number of matches",
    0xA702: "Out of resources: unable to perform sub-operations",
    0xA801: "Move destination unknown",
    0xA900: "Identifier does not match SOP class",
    0xAA00: "None of the frames requested were found in the SOP instance",
    0xAA01: "Unable to create a new object for this SOP class",
    0xAA02: "Unable to extract frames",
    0xAA03: "Time-based request received for a non-time-based original SOP instance",
    0xAA04: "Invalid request",
    0xB000: "Sub-operations complete, one or more failures or warnings",
    0xC000: "Unable to process",
    0xFF00: "Sub-operations are continuing",
}

# PS3.4 section H.4: print management.
_PRINT: dict[int, str] = {
    0xB600: "Memory allocation not supported",
    0xB601: "Film session printing (collation) is not supported",
    0xB602: "Film session SOP instance hierarchy contains no image box (empty page)",
    0xB603: "Film box SOP instance hierarchy contains no image box (empty page)",
    0xB604: "Image size is larger than the image box, the image was demagnified",
    0xB605: "Requested density is outside the printer's range, the limit is used",
    0xB609: "Image size is larger than the image box, the image was cropped",
    0xB60A: "Image size is larger than the image box, the image was decimated",
    0xC600: "Film session SOP instance hierarchy contains no film box",
    0xC601: "Print queue is full, the session was not queued",
    0xC602: "Print queue is full, the film box was not queued",
    0xC603: "Image size is larger than the image box",
    0xC605: "Insufficient memory in the printer to store the image",
    0xC613: "Combined print image size is larger than the image box",
    0xC616: "A film box exists that was not printed",
}

# PS3.4 sections S.3.2.2 and S.3.2.3: media creation management.
_MEDIA: dict[int, str] = {
    0xA510: "This media creation request was already initiated",
    0xC201: "Media creation request already completed",
    0xC202: "Media creation request already in progress, it cannot be interrupted",
    0xC203: "Cancellation denied for an unspecified reason",
}

# The patient update service is private; it says so with the general codes (PS3.7 annex C).
_PATIENT: dict[int, str] = {
    0x0110: "The update failed",
    0x0112: "No such patient, study or series",
    0x0116: "No such patient, study or series",
    0x0117: "Not the SOP instance of the service",
    0x0120: "No such patient, study or series, or an attribute is missing",
    0x0121: "An attribute has no value",
    0x0123: "No such action",
    0x0124: "Not permitted",
}

# PS3.3 section C.14.1.1: Failure Reason (0008,1197), as far as it has not the words of a status of
# the same number. The statuses of storage commitment are general ones (PS3.4 section J.3).
_COMMITMENT: dict[int, str] = {0x0131: "Duplicate transaction UID"}

# PS3.4 section F.7.2 has none of its own but an Error ID; the words say what they are about here.
_PROCEDURE_STEP: dict[int, str] = {
    0x0106: "Invalid attribute value, or a state that cannot follow",
    0x0111: "The procedure step exists already",
    0x0112: "No such procedure step",
}

# PS3.4 sections CC.2.1 to CC.2.7: unified procedure step.
_UPS: dict[int, str] = {
    0xB300: "The unified procedure step was created with modifications",
    0xB301: "Deletion lock not granted",
    0xB304: "The unified procedure step is already in the state CANCELED",
    0xB305: "Coerced invalid values to valid values",
    0xB306: "The unified procedure step is already in the state COMPLETED",
    0xC300: "The unified procedure step may no longer be updated",
    0xC301: "The correct Transaction UID was not provided",
    0xC302: "The unified procedure step is already IN PROGRESS",
    0xC303: "The state SCHEDULED comes from N-CREATE only",
    0xC304: "The final state requirements are not met",
    0xC307: "No such unified procedure step at this provider",
    0xC308: "The receiving AE title is unknown to this provider",
    0xC309: "The state of a new unified procedure step must be SCHEDULED",
    0xC310: "The unified procedure step is not IN PROGRESS",
    0xC311: "The unified procedure step is already COMPLETED",
    0xC312: "The performer cannot be contacted",
    0xC313: "The performer chooses not to cancel",
    0xC314: "The action is not appropriate for the instance",
    0xC315: "The provider does not support event reports",
}

_SERVICES: dict[str, dict[int, str]] = {
    "store": _STORE,
    "find": _FIND,
    "get": _RETRIEVE,
    "move": _RETRIEVE,
    "commitment": _COMMITMENT,
    "print": _PRINT,
    "media": _MEDIA,
    "mpps": _PROCEDURE_STEP,
    "patient": _PATIENT,
    "ups": _UPS,
}


def _family(code: int) -> int:
    """Return the code whose meaning covers `code` where the last digits are free."""
    for low, high in ((0xA700, 0xA7FF), (0xA900, 0xA9FF), (0xC000, 0xCFFF)):
        if low <= code <= high:
            return low
    return code


def _category(code: int, service: Service | None = None) -> Category:
    """Classify a code as PS3.7 annex C does; what it does not list is a failure."""
    if service == "patient" and code in _PATIENT:
        # 0x0116 is a warning elsewhere. Here nothing was done.
        return "Failure"
    if code in _CATEGORIES:
        return _CATEGORIES[code]
    return "Warning" if code in _WARNINGS else "Failure"


def _meaning(code: int, service: Service | None) -> str:
    """Find the words for a code, looking at the service first."""
    if service is None:
        # The words of print and media would be a guess: their Cxxx codes mean "cannot
        # understand" to a storage provider.
        tables = [_GENERAL, _STORE, _RETRIEVE, _FIND]
    else:
        tables = [_SERVICES.get(service, {}), _GENERAL]
    for wanted in dict.fromkeys((code, _family(code))):
        for table in tables:
            if wanted in table:
                return table[wanted]
    return _category(code)


class Status(int):
    """The value of Status (0000,0900) of a DIMSE response, with what it means.

    It is an `int`, so ``status == 0x0000`` works and so does ``f"{status:04X}"``.

    Parameters
    ----------
    code : int
        0 to 0xFFFF.
    service : str, optional
        The service whose words to use: ``"store"``, ``"find"``, ``"get"``, ``"move"``,
        ``"commitment"``, ``"print"``, ``"media"``, ``"mpps"``, ``"patient"`` or ``"ups"``.
    comment : str, optional
        Error Comment (0000,0902).
    offending_elements : sequence of int, optional
        Offending Element (0000,0901) as tags.

    Raises
    ------
    ValueError
        If `code` is no 16-bit value.

    Examples
    --------
    >>> from dicomwire.status import Status
    >>> status = Status(0xA700, service="store", comment="disk full")
    >>> print(status)
    0xA700 (Out of resources: disk full)
    >>> status.is_failure
    True
    """

    service: Service | None
    comment: str | None
    offending_elements: tuple[int, ...]

    def __new__(
        cls,
        code: int,
        *,
        service: Service | None = None,
        comment: str | None = None,
        offending_elements: Sequence[int] = (),
    ) -> Self:
        """Make a status from its code."""
        if not 0 <= code <= _HIGHEST:
            raise ValueError(f"a DIMSE status is a 16-bit value, not {code!r}")
        status = super().__new__(cls, code)
        status.service = service
        status.comment = comment or None
        status.offending_elements = tuple(offending_elements)
        return status

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling and copying with the attributes."""
        return (
            _make_status,
            (int(self), self.service, self.comment, self.offending_elements),
        )

    @property
    def code(self) -> int:
        """The bare number."""
        return int(self)

    @property
    def category(self) -> Category:
        """``"Success"``, ``"Warning"``, ``"Failure"``, ``"Cancel"`` or ``"Pending"``."""
        return _category(int(self), self.service)

    @property
    def meaning(self) -> str:
        """The standard's words for the code, or the category if it has none."""
        return _meaning(int(self), self.service)

    @property
    def is_success(self) -> bool:
        """Whether the operation was performed as asked."""
        return self.category == "Success"

    @property
    def is_warning(self) -> bool:
        """Whether the operation was performed, with a reservation."""
        return self.category == "Warning"

    @property
    def is_failure(self) -> bool:
        """Whether the operation was not performed."""
        return self.category == "Failure"

    @property
    def is_pending(self) -> bool:
        """Whether more responses follow."""
        return self.category == "Pending"

    @property
    def is_cancel(self) -> bool:
        """Whether the operation ended because of a C-CANCEL."""
        return self.category == "Cancel"

    def raise_for_status(self, response: object | None = None) -> Self:
        """Raise unless the status is a success, a warning or pending.

        Parameters
        ----------
        response : object, optional
            What carried the status, for the exception.

        Returns
        -------
        Status
            The status itself, so that calls can be chained.

        Raises
        ------
        StatusError
            If the status is a failure or a cancel.
        """
        if self.is_failure or self.is_cancel:
            raise StatusError(
                f"the peer answered {self}",
                status=self,
                category=self.category,
                comment=self.comment,
                response=response,
            )
        return self

    def __str__(self) -> str:
        """Return for instance ``0x0000 (Success)``."""
        words = self.meaning if self.comment is None else f"{self.meaning}: {self.comment}"
        return f"0x{int(self):04X} ({words})"

    def __repr__(self) -> str:
        """Return for instance ``<Status 0x0000 (Success)>``."""
        return f"<Status {self}>"

    def __format__(self, format_spec: str) -> str:
        """Format the number if a format is given, the words otherwise."""
        return int.__format__(self, format_spec) if format_spec else str(self)


def _make_status(
    code: int, service: Service | None, comment: str | None, elements: tuple[int, ...]
) -> Status:
    """Make a status again from what ``__reduce__`` took from it."""
    return Status(code, service=service, comment=comment, offending_elements=elements)
