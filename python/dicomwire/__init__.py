"""DICOM networking at wire speed.

Start the engine, make a service class user for a peer, call it::

    import dicomwire as dw

    with dw.DicomEngine():
        print(dw.VerificationScu("PACS@pacs.example:104").echo())
        report = dw.StoreScu("PACS@pacs.example:104").store("studies/")
        report.raise_for_failures()

Framing, data set codec and sockets are Rust (`dicomwire._core`); engine, services and events
are Python. See the guide in ``docs/`` for more.
"""

from __future__ import annotations

import importlib as _importlib
import typing as _typing

from ._version import __version__
from .config import (
    AssociationOptions,
    ExtendedNegotiation,
    Limits,
    Peer,
    RoleSelection,
    Timeouts,
    UserIdentity,
)
from .dataset import decode, encode, read_file, transcode_file, write_file
from .engine import DicomEngine
from .errors import (
    AssociationAborted,
    AssociationError,
    AssociationRejected,
    CommitmentError,
    ConfigError,
    ConnectError,
    ConnectionLost,
    DatasetError,
    DecodeError,
    DicomTimeout,
    DicomWireError,
    EncodeError,
    EngineNotStartedError,
    LocalProtocolError,
    MediaCreationTimeout,
    NoAcceptedContext,
    PrintError,
    ProtocolError,
    RemoteProtocolError,
    RetrieveError,
    StateError,
    StatusError,
    StoreError,
    StoreInterrupted,
    TlsError,
    TransportError,
)
from .logs import debug_logger
from .rewriting.head import InstanceHead
from .rewriting.rewrite import KEEP, Rewrite
from .rewriting.uid_map import UidMap
from .scu.store import StoreProgress, StoreReport, StoreResult, StoreScu
from .scu.verification import VerificationScu
from .status import Status
from .uids import generate_uid

if _typing.TYPE_CHECKING:
    from .commitment import CommitmentInstance, CommitmentResult, CommitmentTransaction
    from .media_creation import MediaCreationInstance, MediaCreationRequest, MediaCreationStatus
    from .normalized_events import EventReport
    from .normalized_result import NResult
    from .patient_update.actions import PatientUpdateAction
    from .patient_update.apply import apply_locally
    from .patient_update.as_rewrite import rewrite_of
    from .patient_update.elements import OtherPatientId
    from .patient_update.encode import decode_update, encode_update
    from .patient_update.patient_updates import (
        ChangePatient,
        CopyPatient,
        DeletePatient,
        MergePatient,
    )
    from .patient_update.series_updates import ChangeSeries, DeleteSeries, MoveSeries
    from .patient_update.study_updates import (
        ChangeStudy,
        CopyStudy,
        DeleteStudy,
        MergeStudy,
        MoveStudyToNewPatient,
    )
    from .patient_update.update import PatientUpdate
    from .print_events import PrinterReport, PrintJobReport
    from .procedure_step.notification import StepNotification
    from .procedure_step.series import PerformedSeries
    from .scp.event_listener import EventListener
    from .scp.storage import StorageReceiver
    from .scu.commitment_options import CommitmentOptions
    from .scu.find_many_run import QueryFailure
    from .scu.find_result import FindResult, UndecodableMatch
    from .scu.media_creation import MediaCreationManagementScu
    from .scu.normalized import NormalizedScu
    from .scu.patient_update_result import PatientUpdateResult
    from .scu.patient_updater import PatientUpdaterScu
    from .scu.performed_procedure_step import PerformedProcedureStepScu
    from .scu.print_configuration import (
        PrinterAbilities,
        PrinterConfiguration,
        PrinterFormat,
        PrinterMedium,
    )
    from .scu.print_report import FilmResult, PrintProgress, PrintReport, PrintStep
    from .scu.print_results import FilmBoxResult, PrintResult
    from .scu.print_scu import PrintScu
    from .scu.print_status import PrinterStatus, PrintJob
    from .scu.query_retrieve import QueryRetrieveScu
    from .scu.retrieve_report import RetrievedInstance, RetrieveProgress, RetrieveReport
    from .scu.storage_commitment import StorageCommitmentScu
    from .table.scan import ScanResult, scan

__all__ = [
    "KEEP",
    "AssociationAborted",
    "AssociationError",
    "AssociationOptions",
    "AssociationRejected",
    "ChangePatient",
    "ChangeSeries",
    "ChangeStudy",
    "CommitmentError",
    "CommitmentInstance",
    "CommitmentOptions",
    "CommitmentResult",
    "CommitmentTransaction",
    "ConfigError",
    "ConnectError",
    "ConnectionLost",
    "CopyPatient",
    "CopyStudy",
    "DatasetError",
    "DecodeError",
    "DeletePatient",
    "DeleteSeries",
    "DeleteStudy",
    "DicomEngine",
    "DicomTimeout",
    "DicomWireError",
    "EncodeError",
    "EngineNotStartedError",
    "EventListener",
    "EventReport",
    "ExtendedNegotiation",
    "FilmBoxResult",
    "FilmResult",
    "FindResult",
    "InstanceHead",
    "Limits",
    "LocalProtocolError",
    "MediaCreationInstance",
    "MediaCreationManagementScu",
    "MediaCreationRequest",
    "MediaCreationStatus",
    "MediaCreationTimeout",
    "MergePatient",
    "MergeStudy",
    "MoveSeries",
    "MoveStudyToNewPatient",
    "NResult",
    "NoAcceptedContext",
    "NormalizedScu",
    "OtherPatientId",
    "PatientUpdate",
    "PatientUpdateAction",
    "PatientUpdateResult",
    "PatientUpdaterScu",
    "Peer",
    "PerformedProcedureStepScu",
    "PerformedSeries",
    "PrintError",
    "PrintJob",
    "PrintJobReport",
    "PrintProgress",
    "PrintReport",
    "PrintResult",
    "PrintScu",
    "PrintStep",
    "PrinterAbilities",
    "PrinterConfiguration",
    "PrinterFormat",
    "PrinterMedium",
    "PrinterReport",
    "PrinterStatus",
    "ProtocolError",
    "QueryFailure",
    "QueryRetrieveScu",
    "RemoteProtocolError",
    "RetrieveError",
    "RetrieveProgress",
    "RetrieveReport",
    "RetrievedInstance",
    "Rewrite",
    "RoleSelection",
    "ScanResult",
    "StateError",
    "Status",
    "StatusError",
    "StepNotification",
    "StorageCommitmentScu",
    "StorageReceiver",
    "StoreError",
    "StoreInterrupted",
    "StoreProgress",
    "StoreReport",
    "StoreResult",
    "StoreScu",
    "Timeouts",
    "TlsError",
    "TransportError",
    "UidMap",
    "UndecodableMatch",
    "UserIdentity",
    "VerificationScu",
    "__version__",
    "apply_locally",
    "debug_logger",
    "decode",
    "decode_update",
    "encode",
    "encode_update",
    "generate_uid",
    "read_file",
    "rewrite_of",
    "scan",
    "transcode_file",
    "write_file",
]

# Loaded at the first look: scripts that send do not pay for what else there is.
_LATER = {
    "ChangePatient": ".patient_update.patient_updates",
    "ChangeSeries": ".patient_update.series_updates",
    "ChangeStudy": ".patient_update.study_updates",
    "CommitmentInstance": ".commitment",
    "CommitmentOptions": ".scu.commitment_options",
    "CommitmentResult": ".commitment",
    "CommitmentTransaction": ".commitment",
    "CopyPatient": ".patient_update.patient_updates",
    "CopyStudy": ".patient_update.study_updates",
    "DeletePatient": ".patient_update.patient_updates",
    "DeleteSeries": ".patient_update.series_updates",
    "DeleteStudy": ".patient_update.study_updates",
    "EventListener": ".scp.event_listener",
    "EventReport": ".normalized_events",
    "FilmBoxResult": ".scu.print_results",
    "FilmResult": ".scu.print_report",
    "FindResult": ".scu.find_result",
    "MediaCreationInstance": ".media_creation",
    "MediaCreationManagementScu": ".scu.media_creation",
    "MediaCreationRequest": ".media_creation",
    "MediaCreationStatus": ".media_creation",
    "MergePatient": ".patient_update.patient_updates",
    "MergeStudy": ".patient_update.study_updates",
    "MoveSeries": ".patient_update.series_updates",
    "MoveStudyToNewPatient": ".patient_update.study_updates",
    "NResult": ".normalized_result",
    "NormalizedScu": ".scu.normalized",
    "OtherPatientId": ".patient_update.elements",
    "PatientUpdate": ".patient_update.update",
    "PatientUpdateAction": ".patient_update.actions",
    "PatientUpdateResult": ".scu.patient_update_result",
    "PatientUpdaterScu": ".scu.patient_updater",
    "PerformedProcedureStepScu": ".scu.performed_procedure_step",
    "PerformedSeries": ".procedure_step.series",
    "PrintJob": ".scu.print_status",
    "PrintJobReport": ".print_events",
    "PrintProgress": ".scu.print_report",
    "PrintReport": ".scu.print_report",
    "PrintResult": ".scu.print_results",
    "PrintScu": ".scu.print_scu",
    "PrintStep": ".scu.print_report",
    "PrinterAbilities": ".scu.print_configuration",
    "PrinterConfiguration": ".scu.print_configuration",
    "PrinterFormat": ".scu.print_configuration",
    "PrinterMedium": ".scu.print_configuration",
    "PrinterReport": ".print_events",
    "PrinterStatus": ".scu.print_status",
    "QueryFailure": ".scu.find_many_run",
    "QueryRetrieveScu": ".scu.query_retrieve",
    "RetrieveProgress": ".scu.retrieve_report",
    "RetrieveReport": ".scu.retrieve_report",
    "RetrievedInstance": ".scu.retrieve_report",
    "ScanResult": ".table.scan",
    "StepNotification": ".procedure_step.notification",
    "StorageCommitmentScu": ".scu.storage_commitment",
    "StorageReceiver": ".scp.storage",
    "UndecodableMatch": ".scu.find_result",
    "apply_locally": ".patient_update.apply",
    "decode_update": ".patient_update.encode",
    "encode_update": ".patient_update.encode",
    "rewrite_of": ".patient_update.as_rewrite",
    "scan": ".table.scan",
}


def __getattr__(name: str) -> object:
    """Load a class that is loaded late."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    loaded: object = getattr(_importlib.import_module(_LATER[name], __name__), name)
    globals()[name] = loaded
    return loaded


def __dir__() -> list[str]:
    """List the names, those that are loaded late too."""
    return sorted({*globals(), *_LATER})
