"""A strict storage commitment SCP made with pynetdicom, run as a program of its own.

What it reports and on which way is said by the AE title under which it is called, ``WHAT-WAY``,
such as ``REASONS-BACK``; see `_SPOIL`, `Archive.report` and `Provider`. ``ACTION-0110`` answers the
request with 0x0110. Where it calls back is said by the calling AE title: ``CB4711`` listens on port
4711; another one is where the third argument says.

It takes instances as well, and with ``STORED`` reports on what it has. Each report and its answer
is a line of the journal. Usage: commitment_scp.py PORT JOURNAL [CALLBACK-PORT]
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patient_pynetdicom import make_patient
from pydicom import Dataset
from pydicom.uid import UID
from pynetdicom import AE, AllStoragePresentationContexts, _config, build_role, evt
from pynetdicom.dimse_messages import N_ACTION_RSP
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.sop_class import StorageCommitmentPushModel, Verification

if TYPE_CHECKING:
    from collections.abc import Callable

_INSTANCE = "1.2.840.10008.1.20.1.1"
_REASONS = [None, 0x0110, 0x0112, 0x0213, 0x0122, 0x0119, 0x0131, 0xA700]
_OTHER_CLASS = "1.2.840.10008.5.1.4.1.1.4"
_STRAY = (_OTHER_CLASS, "2.25.4711")

Pair = tuple[str, str]
Owed = tuple[str, int, Dataset | None]
"""A report: Transaction UID, event type, event information."""


def _item(pair: Pair, reason: int | None = None, **more: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = pair
    if reason is not None:
        item.FailureReason = reason
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return item


def _both(report: Dataset, pairs: list[Pair]) -> None:
    report.FailedSOPSequence = [_item(pairs[0], 0x0110)]


def _without_reason(report: Dataset, pairs: list[Pair]) -> None:
    report.FailedSOPSequence = [_item(pairs[0])]
    report.ReferencedSOPSequence = [_item(pair) for pair in pairs[1:]]


def _on_media(report: Dataset, pairs: list[Pair]) -> None:
    report.RetrieveAETitle = "ARCHIVE"
    report.StorageMediaFileSetID = "DISC1"
    report.StorageMediaFileSetUID = "2.25.99"


def _on_media_each(report: Dataset, pairs: list[Pair]) -> None:
    place = {"RetrieveAETitle": "NODE1", "StorageMediaFileSetID": "D1"}
    report.ReferencedSOPSequence = [_item(pair, None, **place) for pair in pairs]


def _of_another_class(report: Dataset, pairs: list[Pair]) -> None:
    report.ReferencedSOPSequence[0] = _item((_OTHER_CLASS, pairs[0][1]))


def _without_instance_uid(report: Dataset, pairs: list[Pair]) -> None:
    del report.ReferencedSOPSequence[0].ReferencedSOPInstanceUID


# What is done to a report before it is sent.
_SPOIL: dict[str, Callable[[Dataset, list[Pair]], object]] = {
    "FEWER": lambda report, pairs: report.ReferencedSOPSequence.pop(),
    "MORE": lambda report, pairs: report.ReferencedSOPSequence.append(_item(_STRAY)),
    "BOTH": _both,
    "OTHERCLASS": _of_another_class,
    "NOREASON": _without_reason,
    "NOITEMUID": _without_instance_uid,
    "MEDIA": _on_media,
    "ITEMS": _on_media_each,
    "NOUID": lambda report, pairs: report.pop("TransactionUID"),
    "EMPTY": lambda report, pairs: report.pop("ReferencedSOPSequence"),
}


class Journal:
    """What happened, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._emptied = 0

    def was_emptied(self) -> bool:
        """Say whether somebody emptied it since the last time this was asked."""
        state = self._path.stat()
        if state.st_size or state.st_mtime_ns == self._emptied:
            return False
        self._emptied = state.st_mtime_ns
        return True

    def write(self, **line: object) -> None:
        """Add a line."""
        with self._lock, self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


class Archive:
    """What was stored, and what is reported of it."""

    def __init__(self, journal: Journal) -> None:
        self.stored: dict[str, str] = {}
        self.journal = journal

    def store(self, event: evt.Event) -> int:
        """Take note of an instance."""
        if self.journal.was_emptied():
            # Another test: what was stored in the one before is not there any more.
            self.stored.clear()
        self.stored[str(event.request.AffectedSOPInstanceUID)] = str(
            event.request.AffectedSOPClassUID
        )
        return 0x0000

    def reason(self, pair: Pair) -> int | None:
        """Say why an instance is not committed."""
        known = self.stored.get(pair[1])
        if known is None:
            return 0x0112
        return None if known == pair[0] else 0x0119

    def report(self, what: str, uid: str, pairs: list[Pair]) -> tuple[int, Dataset | None]:
        """Make event type and event information."""
        committed: list[Dataset] = []
        failed: list[Dataset] = []
        for number, pair in enumerate(pairs):
            reason = None
            if what == "STORED":
                reason = self.reason(pair)
            elif what == "REASONS":
                reason = _REASONS[number % len(_REASONS)]
            (committed if reason is None else failed).append(_item(pair, reason))
        dataset = Dataset()
        dataset.TransactionUID = uid
        if committed:
            dataset.ReferencedSOPSequence = committed
        if failed:
            dataset.FailedSOPSequence = failed
        if what in _SPOIL:
            _SPOIL[what](dataset, pairs)
        if what == "TYPE3":
            return 3, dataset
        return (2 if failed else 1), None if what == "NOINFO" else dataset


def _check(event: evt.Event) -> int:
    """Hold a request against PS3.4 Table J.3-1; return a status."""
    if event.action_type != 1:
        return 0x0123
    if str(event.request.RequestedSOPInstanceUID) != _INSTANCE:
        return 0x0112
    asked = event.action_information
    if {element.keyword for element in asked} != {"TransactionUID", "ReferencedSOPSequence"}:
        return 0x0114
    items = list(asked.ReferencedSOPSequence)
    keywords = {"ReferencedSOPClassUID", "ReferencedSOPInstanceUID"}
    if not items or any({element.keyword for element in item} != keywords for item in items):
        return 0x0114
    uids = [asked.TransactionUID]
    uids += [value.value for item in items for value in item]
    if not all(UID(str(uid)).is_valid for uid in uids):
        return 0x0115
    instances = [item.ReferencedSOPInstanceUID for item in items]
    return 0x0115 if len(instances) != len(set(instances)) else 0x0000


class Provider:
    """Answers requests and reports on the way that is asked for."""

    def __init__(self, journal: Journal, callback_port: int | None) -> None:
        self._callback_port = callback_port
        self.archive = Archive(journal)
        self.journal = journal
        self._waiting: dict[Any, tuple[str, Owed]] = {}
        self._after: dict[Any, tuple[str, Owed]] = {}
        self._owed: dict[str, Owed] = {}

    def action(self, event: evt.Event) -> tuple[int, Dataset | None]:
        """Answer an N-ACTION request."""
        what, _, way = _called(event.assoc).partition("-")
        status = _check(event)
        if status:
            self.journal.write(refused=f"0x{status:04X}")
            return status, None
        if what == "ACTION":
            return int(way, 16), None
        asked = event.action_information
        pairs = [
            (str(item.ReferencedSOPClassUID), str(item.ReferencedSOPInstanceUID))
            for item in asked.ReferencedSOPSequence
        ]
        uid = str(asked.TransactionUID)
        self.journal.write(asked=uid, instances=len(pairs))
        owed = (uid, *self.archive.report(what, uid, pairs))
        if way == "CONTRA":
            # It reports, and then refuses what it has reported on.
            self._send(event.assoc, owed)
            return 0x0110, None
        self._go(way, event.assoc, owed)
        return 0x0000, None

    def _go(self, way: str, assoc: Any, owed: Owed) -> None:
        if way == "ABORT":
            assoc.abort()
        elif way == "BEFORE":
            self._send(assoc, owed)
        elif way == "BACKFIRST":
            self._call_back(assoc, owed, 1)
        elif way == "NEXT":
            self._owed[_calling(assoc)] = owed
        elif way != "NEVER":
            self._waiting[assoc] = (way, owed)

    def answering(self, event: evt.Event) -> None:
        """Take note that the next PDU is the answer to the request."""
        if isinstance(event.message, N_ACTION_RSP) and event.assoc in self._waiting:
            self._after[event.assoc] = self._waiting.pop(event.assoc)

    def answered(self, event: evt.Event) -> None:
        """Go on when the answer to the request is out."""
        if not isinstance(event.pdu, P_DATA_TF) or event.assoc not in self._after:
            return
        way, owed = self._after.pop(event.assoc)
        threading.Thread(target=self._follow, args=(way, event.assoc, owed), daemon=True).start()

    def _follow(self, way: str, assoc: Any, owed: Owed) -> None:
        if way == "SAME":
            self._send(assoc, owed)
        elif way == "TWICE":
            self._send(assoc, owed)
            self._send(assoc, owed)
        elif way == "STRANGER":
            uid, event_type, dataset = owed
            assert dataset is not None
            dataset.TransactionUID = "2.25.666"
            self._send(assoc, ("2.25.666", event_type, dataset))
            dataset.TransactionUID = uid
            self._send(assoc, owed)
        elif way == "BACK":
            self._call_back(assoc, owed, 1)
        elif way == "BACKTWICE":
            self._call_back(assoc, owed, 2)
        elif way == "BACKABORT":
            self._call_back(assoc, owed, 0)

    def established(self, event: evt.Event) -> None:
        """Report on an association that somebody opened for another purpose."""
        owed = self._owed.pop(_calling(event.assoc), None)
        if owed is not None and event.assoc.is_acceptor:
            threading.Thread(target=self._send, args=(event.assoc, owed), daemon=True).start()

    def _call_back(self, assoc: Any, owed: Owed, times: int) -> None:
        title = _calling(assoc)
        caller = AE("COMMITMENT_SCP")
        caller.add_requested_context(StorageCommitmentPushModel)
        role = build_role(StorageCommitmentPushModel, scp_role=True)
        port = int(title[2:]) if title.startswith("CB") else self._callback_port
        back = caller.associate("127.0.0.1", port, ae_title=title, ext_neg=[role])
        if not back.is_established:
            self.journal.write(transaction=owed[0], way="listener", answer="no association")
            return
        roles = [(cx.as_scu, cx.as_scp) for cx in back.accepted_contexts]
        self.journal.write(roles=roles)
        for _ in range(times):
            self._send(back, owed)
        if times:
            back.release()
        else:
            back.abort()
            self.journal.write(transaction=owed[0], way="listener", answer="aborted")

    def _send(self, assoc: Any, owed: Owed) -> None:
        uid, event_type, dataset = owed
        way = "association" if assoc.is_acceptor else "listener"
        status, _ = assoc.send_n_event_report(
            dataset, event_type, StorageCommitmentPushModel, _INSTANCE
        )
        answer = f"0x{status.Status:04X}" if "Status" in status else "none"
        self.journal.write(transaction=uid, way=way, answer=answer)


def _called(assoc: Any) -> str:
    return str(assoc.requestor.primitive.called_ae_title).strip()


def _calling(assoc: Any) -> str:
    return str(assoc.requestor.primitive.calling_ae_title).strip()


def main() -> None:
    """Serve until killed."""
    make_patient()
    port, journal = int(sys.argv[1]), Journal(Path(sys.argv[2]))
    _config.UNRESTRICTED_STORAGE_SERVICE = True
    provider = Provider(journal, int(sys.argv[3]) if len(sys.argv) > 3 else None)
    server = AE("COMMITMENT_SCP")
    server.supported_contexts = AllStoragePresentationContexts[:120]
    server.add_supported_context(StorageCommitmentPushModel)
    server.add_supported_context(Verification)
    handlers = [
        (evt.EVT_C_STORE, provider.archive.store),
        (evt.EVT_N_ACTION, provider.action),
        (evt.EVT_DIMSE_SENT, provider.answering),
        (evt.EVT_PDU_SENT, provider.answered),
        (evt.EVT_ESTABLISHED, provider.established),
    ]
    server.start_server(("127.0.0.1", port), block=True, evt_handlers=handlers)


if __name__ == "__main__":
    main()
