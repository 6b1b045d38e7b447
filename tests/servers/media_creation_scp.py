"""A strict media creation device made with pynetdicom, run as a program of its own (PS3.4 annex S).

It stores instances by C-STORE and makes media of those it has. Each N-GET moves a request one step
on: PENDING, CREATING, DONE or FAILURE; so nothing depends on time. What it is asked it writes to a
journal. Media Disposition (2200,0004) may hold orders of the test: ``create=0213;cancel=C202``.
Usage: media_creation_scp.py PORT JOURNAL
"""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path

import strict_provider as strict
from pydicom import Dataset
from pydicom.datadict import keyword_for_tag, tag_for_keyword
from pydicom.uid import generate_uid
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.sop_class import MediaCreationManagement, Verification
from strict_provider import Journal, Refusal, answering

_INITIATE, _CANCEL = 1, 2
_ALREADY_INITIATED = 0xA510
_COMPLETED = 0xC201
_OFFERED = ("ExecutionStatus", "ExecutionStatusInfo", "TotalNumberOfPiecesOfMediaCreated")
_OFFERED += ("FailedSOPSequence", "ReferencedStorageMediaSequence", "SpecificCharacterSet")
_YES_NO = ("YES", "NO")
_FLAGS = (
    "LabelUsingInformationExtractedFromInstances",
    "AllowMediaSplitting",
    "IncludeDisplayApplication",
    "PreserveCompositeInstancesAfterMediaCreation",
    "AllowLossyCompression",
)
_TYPES = dict.fromkeys(
    (
        *_FLAGS,
        "SpecificCharacterSet",
        "StorageMediaFileSetID",
        "StorageMediaFileSetUID",
        "LabelText",
        "LabelStyleSelection",
        "MediaDisposition",
        "BarcodeValue",
        "BarcodeSymbology",
        "IncludeNonDICOMObjects",
    ),
    "3",
) | {"ReferencedSOPSequence": "1"}
_ITEM_TYPES = {
    "ReferencedSOPClassUID": "1",
    "ReferencedSOPInstanceUID": "1",
    "RequestedMediaApplicationProfile": "3",
    "IconImageSequence": "3",
}
_OBJECTS = ("NO", "FOR_PHYSICIAN", "FOR_PATIENT", "FOR_TEACHING", "UNRESTRICTED")
_TERMS = dict.fromkeys(_FLAGS, _YES_NO) | {"IncludeNonDICOMObjects": _OBJECTS}
_PROFILES = ("STD-GEN-CD", "STD-GEN-DVD-JPEG", "STD-CTMR-CD")


def _item_of(failed: Dataset, reason: int, *blamed: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = failed.ReferencedSOPClassUID
    item.ReferencedSOPInstanceUID = failed.ReferencedSOPInstanceUID
    if "RequestedMediaApplicationProfile" in failed:
        item.RequestedMediaApplicationProfile = failed.RequestedMediaApplicationProfile
    item.FailureReason = reason
    if blamed:
        item.FailureAttributes = [tag_for_keyword(keyword) for keyword in blamed]
    return item


class Request:
    """A request and its state machine."""

    def __init__(self, attributes: Dataset) -> None:
        self.attributes = attributes
        self.state = "IDLE"
        self.info = "NORMAL"
        self.copies = 1
        self.failed: list[Dataset] = []
        self.media: list[Dataset] = []
        orders = re.findall(r"(\w+)=(\w+)", attributes.get("MediaDisposition", ""))
        self.orders: dict[str, str] = dict(orders)

    def obey(self, order: str) -> None:
        """Answer with the status that the test ordered."""
        if order in self.orders:
            raise Refusal(int(self.orders[order], 16), f"ordered for {order}")

    def step(self, stored: dict[str, str]) -> None:
        """Go on by one step."""
        if "stay" in self.orders and self.state == self.orders["stay"]:
            return
        if self.state == "PENDING":
            self.state, self.info = "CREATING", "NORMAL"
        elif self.state == "CREATING":
            self._write(stored)

    def _write(self, stored: dict[str, str]) -> None:
        self.info = self.orders.get("info") or self._judge(stored)
        if self.info != "NORMAL":
            self.state = "FAILURE"
            return
        self.state = "DONE"
        for number in range(self.copies):
            media = Dataset()
            media.StorageMediaFileSetID = self.attributes.get(
                "StorageMediaFileSetID", f"DISC_{number}"
            )
            media.StorageMediaFileSetUID = generate_uid()
            self.media.append(media)

    def _judge(self, stored: dict[str, str]) -> str:
        """Find out why it cannot be made."""
        items = self.attributes.ReferencedSOPSequence
        uids = [item.ReferencedSOPInstanceUID for item in items]
        if len(set(uids)) < len(uids):
            return "DUPL_REF_INST"
        lossless = self.attributes.get("AllowLossyCompression") == "NO"
        info = "NORMAL"
        for item in items:
            sop_class = stored.get(item.ReferencedSOPInstanceUID)
            profile = item.get("RequestedMediaApplicationProfile", "STD-GEN-CD")
            if sop_class is None:
                info = "NO_INSTANCE"
                self.failed.append(_item_of(item, 0x0112))
            elif sop_class != item.ReferencedSOPClassUID:
                info = "INST_AP_CONFLICT"
                self.failed.append(_item_of(item, 0x0119, "ReferencedSOPClassUID"))
            elif profile not in _PROFILES:
                info = "NOT_SUPPORTED"
                self.failed.append(_item_of(item, 0x0204, "RequestedMediaApplicationProfile"))
            elif lossless and profile.endswith("JPEG"):
                info = "INST_AP_CONFLICT"
                self.failed.append(
                    _item_of(
                        item, 0x0203, "RequestedMediaApplicationProfile", "AllowLossyCompression"
                    )
                )
        return info

    def told(self, keywords: list[str]) -> Dataset:
        """Return what an N-GET asks for."""
        values = {
            "ExecutionStatus": self.orders.get("tell", self.state),
            "ExecutionStatusInfo": self.info,
            "TotalNumberOfPiecesOfMediaCreated": len(self.media),
            "FailedSOPSequence": self.failed,
            "ReferencedStorageMediaSequence": self.media,
        }
        answer = Dataset()
        for keyword in keywords:
            if values.get(keyword) not in (None, []):
                setattr(answer, keyword, values[keyword])
        return answer


class Device:
    """What the device has: instances and requests."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.stored: dict[str, str] = {}
        self.requests: dict[str, Request] = {}
        self.lock = threading.Lock()

    def find(self, uid: str) -> Request:
        """Find a request."""
        if uid not in self.requests:
            raise Refusal(strict.NO_SUCH_SOP_INSTANCE, "no such media creation request")
        return self.requests[uid]

    def store(self, event: evt.Event) -> int:
        """Take an instance."""
        self.stored[event.request.AffectedSOPInstanceUID] = event.request.AffectedSOPClassUID
        return 0

    def create(self, event: evt.Event) -> strict.Answer:
        """Take a request and look at its form only, as the standard recommends."""
        uid, attributes = str(event.request.AffectedSOPInstanceUID), event.attribute_list
        self.journal.write("create", uid, attributes)
        strict.check_types(attributes, _TYPES)
        strict.check_terms(attributes, _TERMS)
        strict.check_text(attributes)
        file_set_id = attributes.get("StorageMediaFileSetID", "X")
        if not re.fullmatch("[A-Z0-9_]{1,16}", file_set_id):
            raise Refusal(strict.INVALID_ATTRIBUTE_VALUE, "file-set ID", "StorageMediaFileSetID")
        for item in attributes.ReferencedSOPSequence:
            strict.check_types(item, _ITEM_TYPES)
            for keyword in ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID"):
                strict.check_uid(item[keyword].value, keyword)
        strict.check_uid(uid, "SOPInstanceUID")
        if uid in self.requests:
            raise Refusal(strict.DUPLICATE_SOP_INSTANCE, "there is such a request")
        request = Request(attributes)
        if request.orders.get("create", "0001") != "0001":
            request.obey("create")
        self.requests[uid] = request
        request.obey("create")
        return 0, None

    def act(self, event: evt.Event) -> strict.Answer:
        """Initiate or cancel."""
        uid = str(event.request.RequestedSOPInstanceUID)
        encoded = event.request.ActionInformation
        information = event.action_information if encoded and encoded.getvalue() else None
        self.journal.write("action", uid, information, action_type=event.action_type)
        request = self.find(uid)
        if event.action_type == _INITIATE:
            self._initiate(request, information or Dataset())
        elif event.action_type == _CANCEL:
            if information is not None:
                raise Refusal(strict.NO_SUCH_ARGUMENT, "a cancellation has no information")
            request.obey("cancel")
            if request.state in ("DONE", "FAILURE"):
                raise Refusal(_COMPLETED)
            del self.requests[uid]
        else:
            raise Refusal(strict.NO_SUCH_ACTION, f"action type {event.action_type}")
        return 0, None

    def _initiate(self, request: Request, information: Dataset) -> None:
        unknown = [
            element.keyword
            for element in information
            if element.keyword not in ("NumberOfCopies", "RequestPriority")
        ]
        if unknown:
            raise Refusal(strict.NO_SUCH_ARGUMENT, f"unknown {unknown}")
        if information.get("RequestPriority", "MED") not in ("HIGH", "MED", "LOW"):
            raise Refusal(strict.INVALID_ARGUMENT_VALUE, "RequestPriority")
        copies = int(information.get("NumberOfCopies", 1))
        if copies < 1:
            raise Refusal(strict.INVALID_ARGUMENT_VALUE, "NumberOfCopies")
        if request.state != "IDLE":
            raise Refusal(_ALREADY_INITIATED)
        request.obey("initiate")
        request.copies = copies
        request.state, request.info = "PENDING", "QUEUED"

    def get(self, event: evt.Event) -> strict.Answer:
        """Tell how far a request is, and go on with it."""
        uid = str(event.request.RequestedSOPInstanceUID)
        keywords = [keyword_for_tag(tag) for tag in event.attribute_identifiers]
        self.journal.write("get", uid, None, attributes=keywords)
        request = self.find(uid)
        request.obey("get")
        answer = request.told(keywords or list(_OFFERED))
        request.step(self.stored)
        unknown = [keyword for keyword in keywords if keyword not in _OFFERED]
        if unknown:
            refusal = Refusal(strict.ATTRIBUTE_LIST_ERROR, f"no {unknown}", *unknown)
            return refusal.data_set(), answer
        return 0, answer


def main() -> None:
    """Serve until killed."""
    device = Device(Journal(Path(sys.argv[2])))

    server = AE("BURNER")
    server.add_supported_context(MediaCreationManagement)
    server.add_supported_context(Verification)
    for context in AllStoragePresentationContexts:
        server.add_supported_context(context.abstract_syntax)
    handlers = [
        (evt.EVT_C_STORE, device.store),
        (evt.EVT_N_CREATE, answering(device.create, device.lock)),
        (evt.EVT_N_ACTION, answering(device.act, device.lock)),
        (evt.EVT_N_GET, answering(device.get, device.lock)),
    ]
    server.start_server(("127.0.0.1", int(sys.argv[1])), block=True, evt_handlers=handlers)


if __name__ == "__main__":
    main()
