"""The query/retrieve service: ask an archive what it has, and have it sent (PS3.4 annexes C, K)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from dicomwire.engine import DicomEngine
from dicomwire.errors import ConfigError
from dicomwire.query import build
from dicomwire.query_events import (
    BeforeCFind,
)

from .fan_out import MOST_ASSOCIATIONS
from .find_result import FindResult
from .find_run import FindRun
from .getting import GettingScu
from .query_base import priority_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pydicom import Dataset

    from dicomwire.query import Model, Query

    from .getting import SinkLike
    from .moving import ReceiverLike
    from .query_base import Priority
    from .retrieve_report import RetrieveProgress, RetrieveReport

__all__ = ["QueryRetrieveScu"]

QueryLike: TypeAlias = "Dataset | Mapping[Any, object] | None"


class QueryRetrieveScu(GettingScu):
    """Ask an archive what it has, and have it sent.

    Every call has an association of its own, so calls may be nested (a query for the series of a
    study inside the loop over the studies) and may come from several threads. In a ``with`` block
    associations are kept and used again; a bare call releases its association when it is done.

    Parameters
    ----------
    peer : Peer or str
        The application entity to ask, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title.
    options : AssociationOptions, optional
        What to negotiate and how long to wait. With ``relational=True`` relational queries and
        retrievals are asked for (PS3.4 section C.5).

    Attributes
    ----------
    before_c_find, after_c_find : Hook of BeforeCFind, AfterCFind
        Around a query; its identifier and SOP class may be changed.
    match_patient, match_study, match_series, match_instance : Hook of MatchFound
        A match at this level is about to be handed out, in whatever form.
    match_found : Hook of MatchFound
        The same for a match at any level, or of a model without levels such as the worklist.
    before_c_move, after_c_move : Hook of BeforeCMove, AfterCMove
        Around a C-MOVE; the latter for pending responses too.
    before_c_get, after_c_get : Hook of BeforeCGet, AfterCGet
        Around a C-GET; the latter for pending responses too.
    moved : Hook of InstanceReceived
        We received an instance of a C-MOVE or C-GET. Handlers may be called from several threads.
    host_ready : Hook of HostReady
        Our own receiver listens, and a C-MOVE to it is about to be requested.
    last_report : RetrieveReport or None
        The account of the latest retrieval, also when it ended by an exception.

    Examples
    --------
    >>> import dicomwire as dw
    >>> with dw.DicomEngine(), dw.QueryRetrieveScu("PACS@pacs.example:104") as scu:
    ...     for study in scu.find(PatientName="DOE^*"):  # doctest: +SKIP
    ...         print(study.StudyInstanceUID)
    """

    def find(
        self,
        query: QueryLike = None,
        *,
        level: str | None = "STUDY",
        model: str | Model = "STUDY_ROOT",
        limit: int | None = None,
        return_keys: Iterable[Any] | None = None,
        priority: Priority = "medium",
        check: bool = True,
        character_set: str | list[str] | None = None,
        strict: bool = True,
        **keys: object,
    ) -> FindResult:
        """Send a C-FIND request and return its matches as they come (PS3.4 section C.4.1).

        Parameters
        ----------
        query : Dataset or mapping, optional
            What to ask. A Dataset is sent as it is, with the level; a mapping has keywords or tags
            as keys, values to match, and None for what is only to be returned.
        level : {"STUDY", "PATIENT", "SERIES", "IMAGE"}
            The query level. Models without levels ignore it.
        model : str or Model
            ``"STUDY_ROOT"``, ``"PATIENT_ROOT"``, ``"PATIENT_STUDY_ONLY"``,
            ``"MODALITY_WORKLIST"``, or the UID of another SOP class that is queried by C-FIND.
        limit : int, optional
            How many matches to take; the query is then cancelled.
        return_keys : iterable of keywords or tags, optional
            What is to be returned besides; by default the usual attributes of the level, and
            nothing besides for a Dataset.
        priority : {"medium", "high", "low"}
            What to ask for in Priority (0000,0700).
        check : bool
            Whether to check that the keys are possible at the level, and values for their VR.
        character_set : str or list of str, optional
            Specific Character Set (0008,0005) of the query; ISO_IR 192 where one is needed.
        strict : bool
            Whether a failure status is raised as `StatusError` after the last match; otherwise
            look at `FindResult.status`.
        **keys
            Keywords and values, as in a mapping: ``PatientName="DOE^*"``.

        Returns
        -------
        FindResult
            The request is on its way; matches are read while they are taken.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        ConfigError
            If the query cannot be; nothing was sent.
        AssociationError
            If the association is refused or ended; if the peer does not accept the SOP class
            (`NoAcceptedContext`); if the query needs relational queries and the peer does not
            grant them.
        TransportError, DicomTimeout
            If the peer cannot be reached or does not answer.
        ProtocolError
            If the peer breaks the protocol.
        """
        DicomEngine.require_running("QueryRetrieveScu.find()")
        _check_limit(limit)
        code = priority_code(priority)
        built = build(
            query,
            keys,
            level=level,
            model=model,
            return_keys=return_keys,
            relational=self.options.relational,
            check=check,
            character_set=character_set,
            service="find",
        )
        request, _ = self._prepare(
            "find", built, self.before_c_find, BeforeCFind, priority=code, check=check
        )
        try:
            core = request.association.find(
                request.context_id,
                request.sop_class_uid,
                request.priority,
                request.identifier,
                limit,
            )
        except BaseException:
            self._drop(request.association)
            raise
        run = FindRun(
            self._find_owner(request.level),
            request.association,
            core,
            level=request.level,
            relational=request.relational,
            strict=strict,
            is_limited=limit is not None,
            patience=self.options.timeouts.release,
        )
        try:
            self._begin(run)
        except BaseException:
            run.abort()
            raise
        return FindResult(run)

    def find_many(
        self,
        queries: Iterable[QueryLike],
        *,
        level: str | None = "SERIES",
        model: str | Model = "STUDY_ROOT",
        associations: int = 4,
        limit: int | None = None,
        return_keys: Iterable[Any] | None = None,
        priority: Priority = "medium",
        check: bool = True,
        character_set: str | list[str] | None = None,
        **common_keys: object,
    ) -> FindResult:
        """Send many C-FIND requests over a few associations; the matches are one result.

        The matches come in the order of the queries, and memory stays bounded however many
        queries there are and however slowly matches are taken. Dictionaries and tables have a
        first column ``query``, the number of the query from 0. A query that fails is one of
        `FindResult.failures`, and the others go on.

        Parameters
        ----------
        queries : iterable of Dataset or mapping
            What to ask, all with the same keys. A list or tuple is checked as a whole before
            anything is sent; another iterable is read while answers come, on another thread.
        level : {"SERIES", "PATIENT", "STUDY", "IMAGE"}
            The query level of all of them.
        model : str or Model
            As for `find`.
        associations : int
            How many associations to use at once, 1 to 64; fewer if the peer does not accept so
            many.
        limit : int, optional
            How many matches to take of each query.
        return_keys, priority, check, character_set
            As for `find`.
        **common_keys
            Keys that all queries have.

        Returns
        -------
        FindResult
            Its status is that of the first query that failed, or success. `after_c_find` is not
            fired; `before_c_find` is, on another thread, and may change the data set.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        ConfigError
            If a query cannot be.
        AssociationError, TransportError, DicomTimeout, ProtocolError
            As for `find`. What ends one of the associations later fails a query only.

        Examples
        --------
        >>> import dicomwire as dw
        >>> scu = dw.QueryRetrieveScu("PACS@pacs.example:104")
        >>> studies = ["1.2.3", "1.2.4"]
        >>> queries = [{"StudyInstanceUID": uid} for uid in studies]
        >>> frame = scu.find_many(queries, level="SERIES").to_polars()  # doctest: +SKIP
        """
        DicomEngine.require_running("QueryRetrieveScu.find_many()")
        _check_limit(limit)
        if not 1 <= associations <= MOST_ASSOCIATIONS:
            raise ConfigError(
                f"associations={associations!r}: must be an integer from 1 to {MOST_ASSOCIATIONS}"
            )
        wanted = None if return_keys is None else list(return_keys)

        def built(query: QueryLike, *, check: bool = check) -> Query:
            return build(
                query,
                common_keys,
                level=level,
                model=model,
                return_keys=wanted,
                relational=self.options.relational,
                check=check,
                character_set=character_set,
                service="find",
            )

        made: Iterator[Query] = map(built, queries)
        if isinstance(queries, (list, tuple)):
            made = iter(list(made))
        code = priority_code(priority)
        first = next(made, None)
        if first is None:
            # The columns are known all the same.
            empty = built(None, check=False)
            return FindResult(self._find_none(empty))
        return FindResult(
            self._find_many(first, made, associations, limit=limit, priority=code, check=check)
        )

    def move(
        self,
        destination: str | None = None,
        *,
        query: QueryLike = None,
        level: str | None = "STUDY",
        model: str | Model = "STUDY_ROOT",
        receiver: ReceiverLike | None = None,
        receiver_port: int = 0,
        receiver_host: str | None = None,
        verify: bool = False,
        progress: Callable[[RetrieveProgress], object] | None = None,
        priority: Priority = "medium",
        check: bool = True,
        **keys: object,
    ) -> RetrieveReport:
        """Have the peer send instances, to somebody or to us, by C-MOVE (PS3.4 section C.4.2).

        If they come to us, this waits for all that the peer announced, also beyond its final
        response: until `Timeouts.dimse` has passed without another one. Then it asks for the
        instances by C-FIND and names those that are missing.

        Parameters
        ----------
        destination : str, optional
            The AE title to send to; the peer has to know where that is. By default that of
            `receiver`, or our calling AE title.
        query : Dataset or mapping, optional
            The unique keys of what to move.
        level : {"STUDY", "PATIENT", "SERIES", "IMAGE"}
            The level at which they stand for something.
        model : str or Model
            ``"STUDY_ROOT"``, ``"PATIENT_ROOT"``, ``"PATIENT_STUDY_ONLY"``, or the UID of another
            SOP class for C-MOVE.
        receiver : StorageReceiver, path or callable, optional
            Where the instances come in, if that is us: a receiver that runs, or the `sink` of one
            that is to run during this call.
        receiver_port : int
            The port of a receiver that runs during this call, which the peer has to know.
        receiver_host : str, optional
            The address it listens on; by default all of this machine, or loopback if the peer is
            on it.
        verify : bool
            Whether to ask for the instances first, by C-FIND at the image level, and compare.
        progress : callable, optional
            Called with a `RetrieveProgress` on this thread, at most every 50 ms and at the end.
        priority : {"medium", "high", "low"}
            What to ask for in Priority (0000,0700).
        check : bool
            Whether to check that the keys are possible at the level.
        **keys
            Unique keys by keyword: ``StudyInstanceUID="1.2.3"``; a list stands for several.

        Returns
        -------
        RetrieveReport
            Failures are data here; see `RetrieveReport.raise_for_failures`.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        ConfigError
            If the request cannot be; nothing was sent.
        AssociationError, TransportError, DicomTimeout, ProtocolError
            As for `find`. The time-out starts again with each instance that comes to us.
        BaseException
            Whatever a handler raises; the association is aborted. `last_report` tells what came.

        Examples
        --------
        >>> import dicomwire as dw
        >>> scu = dw.QueryRetrieveScu("PACS@pacs.example:104", calling_ae_title="ME")
        >>> report = scu.move(  # doctest: +SKIP
        ...     receiver="studies/", receiver_port=11112, StudyInstanceUID="1.2.3"
        ... )
        """
        DicomEngine.require_running("QueryRetrieveScu.move()")
        code = priority_code(priority)
        built = build(
            query,
            keys,
            level=level,
            model=model,
            relational=self.options.relational,
            check=check,
            service="move",
        )
        with self._target(destination, receiver, receiver_port, receiver_host) as target:
            return self._move(
                built, target, verify=verify, progress=progress, priority=code, check=check
            )

    def get(
        self,
        sink: SinkLike,
        *,
        query: QueryLike = None,
        level: str | None = "STUDY",
        model: str | Model = "STUDY_ROOT",
        sop_classes: Iterable[str] | Literal["query", "common"] | None = None,
        transfer_syntaxes: Iterable[str] | None = None,
        verify: bool = False,
        progress: Callable[[RetrieveProgress], object] | None = None,
        priority: Priority = "medium",
        check: bool = True,
        **keys: object,
    ) -> RetrieveReport:
        """Retrieve instances on the association that asks, by C-GET (PS3.4 section C.4.3).

        We are the provider of the storage classes for that time, so they have to be proposed
        with the request. If there are more than an association has room for, the request is made
        on several, one after the other.

        Parameters
        ----------
        sink : path, callable, StoreScu or None
            A directory, for files named by SOP Instance UID; a function, which gets an
            `InstanceReceived` whose `dataset` is decoded from memory, and returns None or a
            status to answer; a `StoreScu`, to whose peer the instances are sent on as they
            come, without touching the disk; or None, which throws away what comes and so
            measures the source and the network.
        query : Dataset or mapping, optional
            The unique keys of what to get.
        level : {"STUDY", "PATIENT", "SERIES", "IMAGE"}
            The level at which they stand for something.
        model : str or Model
            As for `move`.
        sop_classes : iterable of str, "query" or "common", optional
            The storage classes to propose. ``"query"`` asks for those of the instances by C-FIND;
            ``"common"`` proposes all classes there are, the rarer ones for uncompressed instances
            only; by default the first if the peer tells them, or else the second.
        transfer_syntaxes : iterable of str, optional
            What instances may come in; by default as they are stored, as far as there is room.
        verify : bool
            Whether to ask for the instances first, by C-FIND at the image level, and compare.
        progress, priority, check, **keys
            As for `move`.

        Returns
        -------
        RetrieveReport
            Failures are data here; see `RetrieveReport.raise_for_failures`.

        Raises
        ------
        EngineNotStartedError
            Without a running engine.
        ConfigError
            If the request cannot be; nothing was sent.
        AssociationError, TransportError, DicomTimeout, ProtocolError
            As for `find`.
        BaseException
            Whatever a handler raises; the association is aborted. `last_report` tells what came.

        Examples
        --------
        >>> import dicomwire as dw
        >>> scu = dw.QueryRetrieveScu("PACS@pacs.example:104")
        >>> report = scu.get("studies/", StudyInstanceUID="1.2.3")  # doctest: +SKIP
        """
        DicomEngine.require_running("QueryRetrieveScu.get()")
        code = priority_code(priority)
        built = build(
            query,
            keys,
            level=level,
            model=model,
            relational=self.options.relational,
            check=check,
            service="get",
        )
        return self._get(
            built,
            sink,
            sop_classes=sop_classes,
            transfer_syntaxes=transfer_syntaxes,
            verify=verify,
            progress=progress,
            priority=code,
            check=check,
        )


def _check_limit(limit: int | None) -> None:
    if limit is not None and limit < 1:
        raise ConfigError(f"limit={limit!r}: must be above 0, or None")
