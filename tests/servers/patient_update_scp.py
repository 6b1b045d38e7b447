"""A strict SCP of the patient update service made with pynetdicom, run as a program of its own.

The directory has ``archive.json`` (see patient_database.py) and ``settings.json``; both are read
anew for each request, and what came is added to ``requests.jsonl``.
Usage: patient_update_scp.py PORT DIRECTORY
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from patient_database import ACTIONS, MISSING, Database, Refused
from patient_pynetdicom import make_patient
from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AE, dimse_messages, evt, register_uid
from pynetdicom.dimse_primitives import N_ACTION
from pynetdicom.service_class_n import StorageCommitmentServiceClass
from pynetdicom.sop_class import Verification

SERVICE = "1.2.840.114257.15.1.3"
INSTANCE = "1.2.840.114257.15.1.3.100.1"
NO_SUCH_ATTRIBUTE, INVALID_OBJECT_INSTANCE, NO_SUCH_ACTION = 0x0105, 0x0117, 0x0123
MISSING_VALUE, NOT_AUTHORIZED = 0x0121, 0x0124
# The AE titles that may not use the service, although they may connect.
REFUSED = {"READER"}
AUDIT = [
    "InstanceCreationDate",
    "InstanceCreationTime",
    "StationName",
    "OperatorsName",
    "TransactionUID",
    "RequestedProcedureDescription",
    "ReasonForTheRequestedProcedure",
]


def _check(ds: Dataset, action: int, settings: dict[str, Any]) -> None:
    """Refuse what the data set of an action lacks, or has although it must not."""
    _, needed, optional = ACTIONS[action]
    missing = [keyword for keyword in [*AUDIT, *needed] if keyword not in ds]
    if missing:
        raise Refused(MISSING, *missing)
    valued = [*AUDIT, *needed]
    if not settings.get("reason_needed"):
        valued.remove("ReasonForTheRequestedProcedure")
    empty = [keyword for keyword in valued if ds[keyword].is_empty]
    if empty:
        raise Refused(MISSING_VALUE, *empty)
    known = {*AUDIT, *needed, *optional, "SpecificCharacterSet"}
    strange = [element.keyword for element in ds if element.keyword not in known]
    if strange:
        raise Refused(NO_SUCH_ATTRIBUTE, *strange)
    if str(ds.OperatorsName) in settings.get("refused_operators", []):
        raise Refused(NOT_AUTHORIZED)


def _act(event: evt.Event, directory: Path) -> tuple[Dataset | int, Dataset | None]:
    settings = json.loads((directory / "settings.json").read_text())
    request = event.request
    action = event.action_type
    ds = event.action_information
    line = {
        "action_type_id": action,
        "sop_class_uid": request.RequestedSOPClassUID,
        "sop_instance_uid": request.RequestedSOPInstanceUID,
        "transfer_syntax": event.context.transfer_syntax,
        "calling_ae_title": event.assoc.requestor.ae_title,
        "dataset": ds.to_json_dict(),
    }
    with (directory / "requests.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")
    try:
        if request.RequestedSOPInstanceUID != settings.get("sop_instance_uid", INSTANCE):
            raise Refused(INVALID_OBJECT_INSTANCE)
        numbers = {number: int(usual) for usual, number in settings.get("actions", {}).items()}
        action = numbers.get(action, action)
        if action not in ACTIONS:
            raise Refused(NO_SUCH_ACTION)
        _check(ds, action, settings)
        if "status" in settings:
            raise Refused(settings["status"], *settings.get("keywords", []))
        database = Database(directory / "archive.json")
        ACTIONS[action][0](database, ds)
        database.save()
    except Refused as refused:
        return _answer(refused, settings), None
    return 0x0000, None


def _answer(refused: Refused, settings: dict[str, Any]) -> Dataset:
    status = Dataset()
    status.Status = refused.status
    if "comment" in settings:
        status.ErrorComment = settings["comment"]
    if "error_id" in settings:
        status.ErrorID = settings["error_id"]
    if refused.keywords:
        status.AttributeIdentifierList = [tag_for_keyword(one) for one in refused.keywords]
    return status


def _admit(event: evt.Event) -> None:
    """Take the service from who may not use it, before the contexts are negotiated."""
    acceptor = event.assoc.acceptor
    if event.assoc.requestor.primitive.calling_ae_title.strip() in REFUSED:
        acceptor.supported_contexts = [
            context
            for context in acceptor.supported_contexts
            if context.abstract_syntax == Verification
        ]


def main() -> None:
    """Serve until killed."""
    make_patient()
    # pynetdicom names the list among what an N-ACTION response may have, and has no place for it.
    N_ACTION.AttributeIdentifierList = None
    dimse_messages._COMMAND_SET_KEYWORDS["N-ACTION-RSP"] += ("AttributeIdentifierList",)
    port, directory = int(sys.argv[1]), Path(sys.argv[2])
    # pynetdicom takes own UIDs for its own services only; of this one all that counts is that it
    # hands N-ACTION requests on.
    register_uid(SERVICE, "PatientUpdate", StorageCommitmentServiceClass)
    register_uid("2.25.4711", "OwnPatientUpdate", StorageCommitmentServiceClass)
    server = AE("UPDATES")
    server.add_supported_context(SERVICE, ImplicitVRLittleEndian)
    # The same under UIDs of somebody else, who also takes Explicit VR.
    server.add_supported_context("2.25.4711")
    server.add_supported_context(Verification)
    handlers = [(evt.EVT_REQUESTED, _admit), (evt.EVT_N_ACTION, _act, [directory])]
    server.start_server(("127.0.0.1", port), block=True, evt_handlers=handlers)


if __name__ == "__main__":
    main()
