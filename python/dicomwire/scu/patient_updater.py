"""Changes to patients, studies and series of an archive: a private N-ACTION service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from dicomwire.errors import ConfigError
from dicomwire.patient_update.actions import (
    PATIENT_UPDATE_INSTANCE,
    PATIENT_UPDATE_SOP_CLASS,
    PatientUpdateAction,
    action_type_ids,
    check_action_type_id,
)
from dicomwire.patient_update.audit import check_defaults
from dicomwire.patient_update.checks import check_uid
from dicomwire.patient_update.encode import encode_update
from dicomwire.patient_update.updates import (
    ChangePatient,
    ChangeSeries,
    ChangeStudy,
    CopyPatient,
    CopyStudy,
    DeletePatient,
    DeleteSeries,
    DeleteStudy,
    MergePatient,
    MergeStudy,
    MoveSeries,
    MoveStudyToNewPatient,
    PatientUpdate,
)

from .normalized_operations import Acting
from .patient_update_result import PatientUpdateResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydicom.dataset import Dataset

    from dicomwire.config import AssociationOptions, Peer
    from dicomwire.status import Service

__all__ = ["PatientUpdaterScu"]

_IMPLICIT = "1.2.840.10008.1.2"

U = TypeVar("U", bound=PatientUpdate)


class PatientUpdaterScu(Acting):
    """Change, merge, move, copy and delete patients, studies and series of an archive.

    DICOM has no such service; this is the private one of a vendor whose archives have it. Its
    UIDs and numbers are parameters, so that other servers can be talked to as well. Each method
    takes an update, or the fields of one, and returns what the peer answered: a failed status is
    data and raised by nobody unless asked.

    Parameters
    ----------
    peer : Peer or str
        The archive, ``"AET@host:port"`` as a string.
    calling_ae_title : str
        Our own application entity title, which the archive permits to do this, or not.
    options : AssociationOptions, optional
        What to negotiate and how long to wait.
    operator, station, reason : str, optional
        Who asks for the updates, from where and why, where an update itself does not say so;
        otherwise the user of the process, the host, and nothing.
    sop_class_uid : str
        The abstract syntax of the service.
    sop_instance_uid : str
        The one SOP instance that actions are directed to.
    actions : Mapping, optional
        The Action Type IDs of the server, by action or its name, where they differ.
    transfer_syntaxes : sequence of str
        What to propose: Implicit VR Little Endian alone, as servers of the vendor expect.

    Raises
    ------
    ConfigError
        If one of them cannot be.

    Attributes
    ----------
    before_n_action, after_n_action : Hook
        Around each request; before it the action information may be edited.

    Examples
    --------
    >>> from dicomwire import DicomEngine, PatientUpdaterScu
    >>> scu = PatientUpdaterScu("PACS@pacs.example:104", reason="same person, two IDs")
    >>> with DicomEngine():  # doctest: +SKIP
    ...     result = scu.merge_patient(patient_id="A-1", patients_to_merge="B-2")
    ...     print(result.status, result.not_found)
    0x0000 (Success) False
    """

    _service: ClassVar[Service | None] = "patient"

    def __init__(
        self,
        peer: Peer | str,
        *,
        calling_ae_title: str = "DICOMWIRE",
        options: AssociationOptions | None = None,
        operator: str | None = None,
        station: str | None = None,
        reason: str | None = None,
        sop_class_uid: str = PATIENT_UPDATE_SOP_CLASS,
        sop_instance_uid: str = PATIENT_UPDATE_INSTANCE,
        actions: Mapping[PatientUpdateAction, int] | Mapping[str, int] | None = None,
        transfer_syntaxes: Sequence[str] = (_IMPLICIT,),
    ) -> None:
        super().__init__(peer, calling_ae_title=calling_ae_title, options=options)
        self.operator, self.station, self.reason = check_defaults(operator, station, reason)
        self.sop_class_uid = check_uid("sop_class_uid", sop_class_uid)
        self.sop_instance_uid = check_uid("sop_instance_uid", sop_instance_uid)
        self.actions = action_type_ids(actions)
        if isinstance(transfer_syntaxes, str) or not transfer_syntaxes:
            raise ConfigError(f"transfer_syntaxes={transfer_syntaxes!r}: must be a list of UIDs")
        self._transfer_syntaxes = tuple(
            check_uid("transfer_syntaxes", syntax) for syntax in transfer_syntaxes
        )

    def _abstract_syntaxes(self) -> Sequence[str]:
        return (self.sop_class_uid,)

    def _service_name(self, abstract_syntax: str) -> str:
        return (
            f"patient updates ({abstract_syntax}): it lacks the service, or it does not permit "
            f"{self.calling_ae_title!r} to use it"
        )

    def send_update(
        self,
        action_type_id: int,
        dataset: Dataset,
        *,
        sop_instance_uid: str | None = None,
    ) -> PatientUpdateResult:
        """Send action information as it is, for what the typed updates cannot say.

        Parameters
        ----------
        action_type_id : int
            The Action Type ID (0000,1008) on the wire.
        dataset : pydicom.Dataset
            The action information. Nothing is checked or added.
        sop_instance_uid : str, optional
            The SOP instance to direct it to; otherwise that of this object.

        Returns
        -------
        PatientUpdateResult
            What the peer answered.

        Raises
        ------
        ConfigError
            If the action type or the UID cannot be.
        EncodeError
            If the data set cannot be written.
        NoAcceptedContext
            If the peer lacks the service, or refuses it to our AE title.
        DicomWireError
            If there is no association, or it ends before the answer.
        """
        if sop_instance_uid is not None:
            check_uid("sop_instance_uid", sop_instance_uid)
        check_action_type_id("action_type_id", action_type_id)
        return self._act(action_type_id, dataset, None, sop_instance_uid)

    def update(self, update: PatientUpdate) -> PatientUpdateResult:
        """Send any of the twelve updates.

        Parameters
        ----------
        update : PatientUpdate
            The update. What it does not say of who, where, when and why is filled in.

        Returns
        -------
        PatientUpdateResult
            What the peer answered; its `update` is what was sent.

        Raises
        ------
        ConfigError
            If it is none.
        NoAcceptedContext
            If the peer lacks the service, or refuses it to our AE title.
        DicomWireError
            If there is no association, or it ends before the answer.
        """
        if not isinstance(update, PatientUpdate):
            raise ConfigError(f"update={update!r}: must be one of the twelve updates")
        whole = update.with_audit(operator=self.operator, station=self.station, reason=self.reason)
        return self._act(self.actions[whole.action], encode_update(whole), whole)

    def change_patient(
        self,
        update: ChangePatient | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Change the attributes of a patient, also the ID.

        Takes a `ChangePatient`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(ChangePatient, update, fields))

    def merge_patient(
        self,
        update: MergePatient | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Give all studies of one or several patients to another one, and end the former.

        Takes a `MergePatient`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(MergePatient, update, fields))

    def delete_patient(
        self,
        update: DeletePatient | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Delete a patient with all studies, or some of the studies.

        Takes a `DeletePatient`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(DeletePatient, update, fields))

    def copy_patient(
        self,
        update: CopyPatient | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Copy a patient with all studies to a new patient.

        Takes a `CopyPatient`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(CopyPatient, update, fields))

    def change_study(
        self,
        update: ChangeStudy | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Change the attributes of a study.

        Takes a `ChangeStudy`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(ChangeStudy, update, fields))

    def delete_study(
        self,
        update: DeleteStudy | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Delete a study.

        Takes a `DeleteStudy`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(DeleteStudy, update, fields))

    def merge_study(
        self,
        update: MergeStudy | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Move a study to another patient, who exists.

        Takes a `MergeStudy`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(MergeStudy, update, fields))

    def move_study_to_new_patient(
        self,
        update: MoveStudyToNewPatient | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Move a study to a patient who does not exist yet.

        Takes a `MoveStudyToNewPatient`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(MoveStudyToNewPatient, update, fields))

    def copy_study(
        self,
        update: CopyStudy | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Copy a study to a new patient.

        Takes a `CopyStudy`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(CopyStudy, update, fields))

    def change_series(
        self,
        update: ChangeSeries | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Change the attributes of a series.

        Takes a `ChangeSeries`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(ChangeSeries, update, fields))

    def delete_series(
        self,
        update: DeleteSeries | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Delete a series.

        Takes a `DeleteSeries`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(DeleteSeries, update, fields))

    def move_series(
        self,
        update: MoveSeries | None = None,
        /,
        **fields: Any,  # noqa: ANN401 (those of the class)
    ) -> PatientUpdateResult:
        """Move a series to another patient, who exists.

        Takes a `MoveSeries`, or its fields; see `update` for what comes back.
        """
        return self.update(_made(MoveSeries, update, fields))

    def _act(
        self,
        action_type_id: int,
        dataset: Dataset,
        update: PatientUpdate | None,
        sop_instance_uid: str | None = None,
    ) -> PatientUpdateResult:
        result = self._n_action(
            sop_instance_uid or self.sop_instance_uid,
            action_type_id,
            dataset,
            sop_class_uid=self.sop_class_uid,
        )
        return PatientUpdateResult.of(result, update)


def _made(kind: type[U], update: U | None, values: dict[str, Any]) -> U:
    """Return the update of a call: the one given, or one made of its fields."""
    if update is None:
        try:
            return kind(**values)
        except TypeError as error:
            # Python names the field that is missing or unknown.
            raise ConfigError(str(error).replace(".__init__()", "")) from None
    if values:
        raise ConfigError(f"give a {kind.__name__} or its fields {', '.join(values)}, not both")
    if not isinstance(update, kind):
        raise ConfigError(f"{update!r} must be a {kind.__name__}")
    return update
