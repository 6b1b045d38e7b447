"""The media creation management service: have a device write discs (PS3.4 annex S)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from dicomwire.engine import DicomEngine
from dicomwire.errors import ConfigError, StateError
from dicomwire.media_creation import (
    STATUS_ATTRIBUTES,
    MediaCreationRequest,
    MediaCreationStatus,
    action_information,
    instances_of,
    media_creation_request,
)
from dicomwire.uids import generate_uid, is_valid_uid

from .media_progress import ask_until_final
from .normalized_operations import Acting, Creating, Getting
from .pauses import Pauses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dicomwire.config import AssociationOptions, Peer
    from dicomwire.media_creation import InstanceSource, MediaOptions
    from dicomwire.normalized_result import NResult

__all__ = ["MediaCreationManagementScu"]

_SOP_CLASS = "1.2.840.10008.5.1.1.33"
# PS3.4 Tables S.3.2.2.1-1 and S.3.2.3.1-1.
_INITIATE = 1
_CANCEL = 2


class MediaCreationManagementScu(Creating, Acting, Getting):
    """Have a media creation device write instances on discs or sticks.

    The device has to have the instances already: store them there first. A request is made and
    initiated; then the device is asked how far it has come, by this object or another one, on the
    same association or a later one. It never reports by itself.

    Parameters
    ----------
    peer : Peer or str
        The device, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title.
    options : AssociationOptions, optional
        What to negotiate and how long to wait.

    Attributes
    ----------
    before_n_create, after_n_create : Hook of BeforeNCreate, AfterNCreate
        Around the making of a request; its data set may be edited.
    before_n_action, after_n_action : Hook of BeforeNAction, AfterNAction
        Around initiating and cancelling.
    before_n_get, after_n_get : Hook of BeforeNGet, AfterNGet
        Around each question how far the device has come.
    last_request : MediaCreationRequest or None
        The request that the last `create_media` or `create` made, also when it ended by an
        exception: the device may have it. None if it did not come so far.

    Examples
    --------
    >>> import dicomwire as dw
    >>> scu = dw.MediaCreationManagementScu("BURNER@burner.example:104")
    >>> request = scu.create_media("study/", file_set_id="DOE_JOHN")  # doctest: +SKIP
    >>> print(scu.wait(request))  # doctest: +SKIP
    DONE
    """

    _service = "media"

    def __init__(
        self,
        peer: Peer | str,
        *,
        calling_ae_title: str = "DICOMWIRE",
        options: AssociationOptions | None = None,
    ) -> None:
        super().__init__(peer, calling_ae_title=calling_ae_title, options=options)
        self.last_request: MediaCreationRequest | None = None
        self._pauses: set[Pauses] = set()

    def _abstract_syntaxes(self) -> Sequence[str]:
        return (_SOP_CLASS,)

    def create_media(
        self,
        instances: InstanceSource,
        *,
        initiate: bool = True,
        copies: int | None = None,
        priority: Literal["high", "medium", "low"] | None = None,
        application_profile: str | None = None,
        sop_instance_uid: str | None = None,
        others: Literal["fail", "skip"] = "fail",
        check: bool = True,
        character_set: str | None = None,
        **media: Unpack[MediaOptions],
    ) -> MediaCreationRequest:
        """Make a request and initiate it, on one association (PS3.4 sections S.3.2.1, S.3.2.2).

        Parameters
        ----------
        instances : path, Dataset, pair of UIDs, StoreResult, MediaCreationInstance, or iterable
            What is to go on the media; the device has to have all of it. Directories stand for
            all their files. See `dicomwire.media_creation.instances_of`.
        initiate : bool
            Whether to have the device begin; `initiate` does it later.
        copies : int, optional
            How many copies to make; what the device does unasked by default.
        priority : {"high", "medium", "low"}, optional
            How urgent it is.
        application_profile : str, optional
            The media application profile, such as ``"STD-GEN-CD"`` (PS3.11), of all instances
            that name none themselves. The device chooses one otherwise.
        sop_instance_uid : str, optional
            The UID of the request; a new one by default.
        others : {"fail", "skip"}
            What to do about files of directories that are not DICOM.
        check : bool
            Whether application profiles have to be those of PS3.11.
        character_set : str, optional
            Specific Character Set (0008,0005) of label, disposition and barcode; ISO_IR 192 where
            one is needed.
        **media
            What is wanted of the media: the keys of `dicomwire.media_creation.MediaOptions`, such
            as ``file_set_id="DOE_JOHN"`` and ``label_text="..."``.

        Returns
        -------
        MediaCreationRequest
            What the device answered: failed statuses are data, see
            `MediaCreationRequest.raise_for_status`. A request that was refused is not initiated.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        ConfigError
            If the request cannot be; nothing was sent.
        NoAcceptedContext
            If the peer does not offer the service.
        DicomWireError
            If the association cannot be had or ends. `last_request` tells how far it came.
        """
        DicomEngine.require_running("MediaCreationManagementScu.create_media()")
        action_information(copies, priority)
        request = self._prepare(
            instances,
            dict(media),
            application_profile=application_profile,
            sop_instance_uid=sop_instance_uid,
            others=others,
            check=check,
            character_set=character_set,
        )
        with self._conversation("create_media"):
            self._create(request)
            if initiate and request.is_created:
                self.initiate(request, copies=copies, priority=priority)
        return request

    def create(
        self,
        instances: InstanceSource,
        *,
        application_profile: str | None = None,
        sop_instance_uid: str | None = None,
        others: Literal["fail", "skip"] = "fail",
        check: bool = True,
        character_set: str | None = None,
        **media: Unpack[MediaOptions],
    ) -> MediaCreationRequest:
        """Make a request without initiating it (N-CREATE, PS3.4 section S.3.2.1).

        Parameters
        ----------
        instances, application_profile, sop_instance_uid, others, check, character_set, **media
            As for `create_media`.

        Returns
        -------
        MediaCreationRequest
            What the device answered.

        Raises
        ------
        EngineNotStartedError, ConfigError, NoAcceptedContext, DicomWireError
            As for `create_media`.
        """
        DicomEngine.require_running("MediaCreationManagementScu.create()")
        request = self._prepare(
            instances,
            dict(media),
            application_profile=application_profile,
            sop_instance_uid=sop_instance_uid,
            others=others,
            check=check,
            character_set=character_set,
        )
        self._create(request)
        return request

    def initiate(
        self,
        request: MediaCreationRequest | str,
        *,
        copies: int | None = None,
        priority: Literal["high", "medium", "low"] | None = None,
    ) -> NResult:
        """Have the device begin with a request (N-ACTION, PS3.4 section S.3.2.2).

        Parameters
        ----------
        request : MediaCreationRequest or str
            The request, or its SOP Instance UID.
        copies, priority
            As for `create_media`.

        Returns
        -------
        NResult
            What the device answered; 0xA510 if it was told before. It is kept in the request,
            too.

        Raises
        ------
        StateError
            If the device refused this request when it was made.
        EngineNotStartedError, ConfigError, NoAcceptedContext, DicomWireError
            As for `create_media`.
        """
        DicomEngine.require_running("MediaCreationManagementScu.initiate()")
        uid = _uid_of(request)
        information = action_information(copies, priority)
        if isinstance(request, MediaCreationRequest) and not request.is_created:
            raise StateError(
                f"the device has no media creation request {uid}: it was refused, or never sent"
            )
        result = self._n_action(uid, _INITIATE, information, sop_class_uid=_SOP_CLASS)
        if isinstance(request, MediaCreationRequest):
            request.initiated = result
        return result

    @overload
    def cancel(self) -> None: ...

    @overload
    def cancel(self, request: MediaCreationRequest | str) -> NResult: ...

    def cancel(self, request: MediaCreationRequest | str | None = None) -> NResult | None:
        """Cancel a request at the device (N-ACTION, PS3.4 section S.3.2.3), or end a `wait`.

        Parameters
        ----------
        request : MediaCreationRequest or str, optional
            The request, or its SOP Instance UID. Without one nothing is sent: a `wait` of another
            thread returns what it knows, and the device goes on.

        Returns
        -------
        NResult or None
            What the device answered. After a success it does not know the request any more.
            Failures tell that it is completed (0xC201), cannot be interrupted (0xC202) or will
            not be (0xC203).

        Raises
        ------
        EngineNotStartedError, ConfigError, NoAcceptedContext, DicomWireError
            As for `create_media`.
        """
        if request is None:
            super().cancel()
            for pauses in tuple(self._pauses):
                pauses.end()
            return None
        DicomEngine.require_running("MediaCreationManagementScu.cancel()")
        return self._n_action(_uid_of(request), _CANCEL, sop_class_uid=_SOP_CLASS)

    def status(self, request: MediaCreationRequest | str) -> MediaCreationStatus:
        """Ask how far the device has come (N-GET, PS3.4 section S.3.2.4).

        Parameters
        ----------
        request : MediaCreationRequest or str
            The request, or its SOP Instance UID.

        Returns
        -------
        MediaCreationStatus
            Its `result` has the status of the answer: 0x0112 if the device does not know the
            request any more.

        Raises
        ------
        EngineNotStartedError, ConfigError, NoAcceptedContext, DicomWireError
            As for `create_media`.
        """
        DicomEngine.require_running("MediaCreationManagementScu.status()")
        result = self._n_get(_uid_of(request), STATUS_ATTRIBUTES, sop_class_uid=_SOP_CLASS)
        return MediaCreationStatus.from_dataset(result.dataset, result)

    def wait(
        self,
        request: MediaCreationRequest | str,
        *,
        timeout: float | None = None,
        interval: float = 2.0,
        progress: Callable[[MediaCreationStatus], object] | None = None,
    ) -> MediaCreationStatus:
        """Ask again and again until the media are done or have failed.

        A bare call opens an association for each question, so that none has to last; in a
        ``with`` block the one that is kept is used as long as the device keeps it, too.

        Parameters
        ----------
        request : MediaCreationRequest or str
            The request, or its SOP Instance UID.
        timeout : float, optional
            Seconds to wait at most; for ever by default.
        interval : float
            Seconds until the second question. The pauses become longer, up to half a minute.
        progress : callable, optional
            Called with each `MediaCreationStatus` on this thread.

        Returns
        -------
        MediaCreationStatus
            The last one. A failure is data, see `MediaCreationStatus.is_failure`. It is not final
            if `cancel()` ended the wait.

        Raises
        ------
        MediaCreationTimeout
            If the time is over; its `status` is the last one told. The device goes on.
        StateError
            If the request was not initiated, and so will never be done.
        AssociationAborted
            If `abort()` or the end of the engine ended the wait.
        EngineNotStartedError, ConfigError, NoAcceptedContext, DicomWireError
            As for `create_media`.
        """
        DicomEngine.require_running("MediaCreationManagementScu.wait()")
        uid = _uid_of(request)
        _check_seconds("interval", interval)
        if timeout is not None:
            _check_seconds("timeout", timeout)
        if isinstance(request, MediaCreationRequest) and not request.is_initiated:
            raise StateError(
                f"media creation request {uid} was not initiated: call initiate() first"
            )
        with Pauses() as pauses:
            self._pauses.add(pauses)
            try:
                return ask_until_final(
                    lambda: self.status(uid),
                    pauses,
                    f"media creation request {uid}",
                    self.peer,
                    timeout=timeout,
                    interval=interval,
                    progress=progress,
                )
            finally:
                self._pauses.discard(pauses)

    def abort(self) -> None:
        """Abort the association and every `wait` (PS3.8 section 7.3); any thread may call."""
        super().abort()
        for pauses in tuple(self._pauses):
            pauses.abort()

    def _prepare(
        self,
        source: InstanceSource,
        media: dict[str, object],
        *,
        application_profile: str | None,
        sop_instance_uid: str | None,
        others: Literal["fail", "skip"],
        check: bool,
        character_set: str | None,
    ) -> MediaCreationRequest:
        """Make a request that has been checked as a whole."""
        # An earlier one must not be taken for it.
        self.last_request = None
        uid = generate_uid() if sop_instance_uid is None else _uid_of(sop_instance_uid)
        instances = tuple(
            instances_of(source, application_profile=application_profile, others=others)
        )
        dataset = media_creation_request(instances, media, check=check, character_set=character_set)
        return MediaCreationRequest(uid, instances, dataset)

    def _create(self, request: MediaCreationRequest) -> None:
        self.last_request = request
        result = self._n_create(
            request.dataset, sop_class_uid=_SOP_CLASS, sop_instance_uid=request.sop_instance_uid
        )
        request.created = result
        # A handler may have given it another UID.
        request.sop_instance_uid = result.sop_instance_uid or request.sop_instance_uid


def _uid_of(request: MediaCreationRequest | str) -> str:
    uid = request.sop_instance_uid if isinstance(request, MediaCreationRequest) else request
    if not is_valid_uid(str(uid)):
        raise ConfigError(
            f"{uid!r}: is no SOP Instance UID of a media creation request (PS3.5 section 9.1)"
        )
    return uid


def _check_seconds(name: str, value: Any) -> None:  # noqa: ANN401 (whatever the caller gave)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise ConfigError(f"{name}={value!r}: must be a number of seconds above 0")
