"""A strict print SCP made with pynetdicom, run as a program of its own (PS3.4 annex H).

It holds SCUs to what the annex says, see `print_rules`. Usage: print_scp.py PORT DIRECTORY

- DIRECTORY/behaviour.json says how to behave on the next association: which ``services`` to accept,
  the attributes of the ``printer`` and its ``configuration``, whether there is
  ``session_printing``, the states the ``jobs`` go through, whether to ``report_jobs`` (``"told"``:
  when DIRECTORY/report is there), ``rules`` (what to answer, or do, to the n-th operation of a
  kind) and ``reports`` (printer events that are sent while an operation is performed);
- DIRECTORY/journal.jsonl gets a line for each request and each end of an association;
- DIRECTORY/films gets a file for each printed film.
"""

from __future__ import annotations

import itertools
import json
import socket
import sys
import threading
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import print_rules as rules
from patient_pynetdicom import make_patient
from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid
from pynetdicom import AE, build_context, evt
from pynetdicom.dimse_primitives import N_EVENT_REPORT
from pynetdicom.dsutils import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynetdicom.association import Association

_SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
_PRINTER_INSTANCE = "1.2.840.10008.5.1.1.17"
_CONFIGURATION_INSTANCE = "1.2.840.10008.5.1.1.17.376"
_SERVICES = (
    rules.GRAYSCALE_META,
    rules.COLOR_META,
    rules.PRINT_JOB,
    rules.ANNOTATION_BOX,
    rules.PRINTER,
    rules.PRINTER_CONFIGURATION,
    rules.PRESENTATION_LUT,
)
_THINGS = {
    rules.FILM_SESSION: "film session",
    rules.FILM_BOX: "film box",
    rules.GRAYSCALE_IMAGE_BOX: "image box",
    rules.COLOR_IMAGE_BOX: "image box",
    rules.PRINT_JOB: "print job",
    rules.ANNOTATION_BOX: "annotation box",
    rules.PRINTER: "printer",
    rules.PRINTER_CONFIGURATION: "printer configuration",
    rules.PRESENTATION_LUT: "presentation LUT",
}
_PRINT = 1
_NO_SUCH_ACTION = 0x0123
_FIRST_FAILURE_OF_SERVICE = 0xC000
_WARNINGS = (0x0107, 0x0116, *range(0xB000, 0xC000))
_EVENT_TYPES = {"PENDING": 1, "PRINTING": 2, "DONE": 3, "FAILURE": 4}
_Answer = tuple[Dataset, Dataset | None]


class Conversation:
    """One association: how to behave on it and what was created on it."""

    def __init__(self, number: int, behaviour: dict[str, Any]) -> None:
        self.number = number
        self.behaviour = behaviour
        self.counts: Counter[str] = Counter()
        self.films: rules.Films | None = None

    def rule(self, operation: str) -> dict[str, Any]:
        """Count an operation and return the rule for it."""
        self.counts[operation] += 1
        for rule in self.behaviour.get("rules", []):
            if rule["on"] == operation and rule.get("number") in {None, self.counts[operation]}:
                return dict(rule)
        return {}


class Printer:
    """The SCP: its handlers, its journal and its print jobs, which outlive associations."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._conversations: dict[Association, Conversation] = {}
        self._numbers = itertools.count(1)
        self._film_numbers = itertools.count(1)
        self._jobs: dict[str, list[str]] = {}
        self._writing = threading.Lock()

    def handlers(self) -> list[tuple[Any, ...]]:
        """Return what pynetdicom is to call."""
        return [
            (evt.EVT_CONN_OPEN, self.begin),
            (evt.EVT_ACCEPTED, self.accepted),
            (evt.EVT_RELEASED, self.end, ["released"]),
            (evt.EVT_ABORTED, self.end, ["aborted"]),
            (evt.EVT_CONN_CLOSE, self.end, ["closed"]),
            (evt.EVT_N_CREATE, self.create),
            (evt.EVT_N_SET, self.set),
            (evt.EVT_N_GET, self.get),
            (evt.EVT_N_ACTION, self.action),
            (evt.EVT_N_DELETE, self.delete),
        ]

    def begin(self, event: evt.Event) -> None:
        """Read how to behave and offer the services there are."""
        behaviour = json.loads((self._directory / "behaviour.json").read_text())
        self._conversations[event.assoc] = Conversation(next(self._numbers), behaviour)
        services = behaviour.get("services", _SERVICES)
        event.assoc.acceptor.supported_contexts = [
            build_context(uid, _SYNTAXES) for uid in (*services, "1.2.840.10008.1.1")
        ]

    def accepted(self, event: evt.Event) -> None:
        """Begin with nothing created."""
        conversation = self._conversations[event.assoc]
        conversation.films = rules.Films(
            session_printing=conversation.behaviour.get("session_printing", True),
            services={str(context.abstract_syntax) for context in event.assoc.accepted_contexts},
        )

    def end(self, event: evt.Event, how: str) -> None:
        """Forget all that was created."""
        conversation = self._conversations.pop(event.assoc, None)
        if conversation is not None:
            self._note(conversation, {"operation": how})

    def create(self, event: evt.Event) -> _Answer:
        """Answer an N-CREATE request."""
        given, uid = event.attribute_list, event.request.AffectedSOPInstanceUID or generate_uid()
        sop_class, meta = event.request.AffectedSOPClassUID, event.context.abstract_syntax

        def perform(films: rules.Films) -> tuple[int, Dataset | None]:
            if sop_class == rules.FILM_SESSION:
                return 0, films.create_session(uid, given)
            if sop_class == rules.FILM_BOX:
                return 0, films.create_film_box(uid, given, meta)
            if sop_class == rules.PRESENTATION_LUT:
                return 0, films.create_lut(uid, given)
            raise rules.Refused(0x0211, "nothing to create")

        status, answer = self._perform(event, "N-CREATE", sop_class, uid, given, perform)
        if event.request.AffectedSOPInstanceUID is None and answer is not None:
            # This is how pynetdicom is told.
            answer.AffectedSOPInstanceUID = uid
        return status, answer

    def set(self, event: evt.Event) -> _Answer:
        """Answer an N-SET request."""
        given, uid = event.modification_list, event.request.RequestedSOPInstanceUID
        sop_class = event.request.RequestedSOPClassUID

        def perform(films: rules.Films) -> tuple[int, Dataset | None]:
            if sop_class == rules.FILM_SESSION:
                return 0, films.set_session(uid, given)
            if sop_class == rules.FILM_BOX:
                return 0, films.set_film_box(uid, given)
            if sop_class == rules.ANNOTATION_BOX:
                return 0, films.set_annotation_box(uid, given)
            return 0, films.set_image_box(uid, given, sop_class)

        return self._perform(event, "N-SET", sop_class, uid, given, perform)

    def get(self, event: evt.Event) -> _Answer:
        """Answer an N-GET request."""
        uid, sop_class = event.request.RequestedSOPInstanceUID, event.request.RequestedSOPClassUID
        wanted = event.attribute_identifiers

        def perform(_: rules.Films) -> tuple[int, Dataset | None]:
            behaviour = self._conversations[event.assoc].behaviour
            if (sop_class, uid) == (rules.PRINTER, _PRINTER_INSTANCE):
                known = _data_set(behaviour["printer"])
            elif (sop_class, uid) == (rules.PRINTER_CONFIGURATION, _CONFIGURATION_INSTANCE):
                known = Dataset.from_json(behaviour["configuration"])
            elif sop_class == rules.PRINT_JOB and uid in self._jobs:
                known = self._job_attributes(uid)
            else:
                raise rules.Refused(rules.NO_SUCH_INSTANCE, "no such instance")
            if not wanted:
                return 0, known
            chosen = Dataset()
            for tag in wanted:
                if tag in known:
                    chosen[tag] = known[tag]
            return (0 if len(chosen) == len(wanted) else 0x0107), chosen

        return self._perform(event, "N-GET", sop_class, uid, None, perform)

    def action(self, event: evt.Event) -> _Answer:
        """Answer an N-ACTION request."""
        uid, sop_class = event.request.RequestedSOPInstanceUID, event.request.RequestedSOPClassUID

        def perform(films: rules.Films) -> tuple[int, Dataset | None]:
            behaviour = self._conversations[event.assoc].behaviour
            if event.request.ActionTypeID != _PRINT:
                raise rules.Refused(_NO_SUCH_ACTION, "films can only be printed")
            if sop_class == rules.FILM_SESSION:
                if not behaviour.get("session_printing", True):
                    raise rules.Refused(0x0211, "no printing of film sessions")
                status, printed = films.print_session(uid)
            else:
                status, printed = films.print_film_box(uid)
            for film in printed:
                self._write_film(film)
            if not printed or not _offers(event.assoc, rules.PRINT_JOB):
                return status, None
            return status, self._start_job(event.assoc, self._conversations[event.assoc])

        return self._perform(event, "N-ACTION", sop_class, uid, None, perform)

    def delete(self, event: evt.Event) -> Dataset:
        """Answer an N-DELETE request."""
        uid, sop_class = event.request.RequestedSOPInstanceUID, event.request.RequestedSOPClassUID

        def perform(films: rules.Films) -> tuple[int, Dataset | None]:
            if sop_class == rules.FILM_SESSION:
                films.delete_session(uid)
            elif sop_class == rules.FILM_BOX:
                films.delete_film_box(uid)
            else:
                films.delete_lut(uid)
            return 0, None

        return self._perform(event, "N-DELETE", sop_class, uid, None, perform)[0]

    def _perform(
        self,
        event: evt.Event,
        command: str,
        sop_class: str,
        uid: str,
        given: Dataset | None,
        perform: Callable[[rules.Films], tuple[int, Dataset | None]],
    ) -> _Answer:
        """Perform one operation as the rules say; write it down."""
        conversation = self._conversations[event.assoc]
        operation = f"{command} {_THINGS.get(sop_class, sop_class)}"
        rule = conversation.rule(operation)
        for report in conversation.behaviour.get("reports", []):
            if report["on"] == operation:
                self._report_now(event, report)
        status, answer = Dataset(), None
        status.Status = rule.get("status", 0)
        if "do" in rule:
            _misbehave(event.assoc, rule["do"])
        elif status.Status == 0 or status.Status in _WARNINGS:
            try:
                code, answer = perform(conversation.films)
                status.Status = status.Status or code
            except rules.Refused as refusal:
                status.Status = refusal.status
                status.ErrorComment = refusal.comment
                if refusal.tags and command in {"N-SET", "N-GET"}:
                    status.AttributeIdentifierList = refusal.tags
        if "attributes" in rule:
            status.AttributeIdentifierList = [tag_for_keyword(name) for name in rule["attributes"]]
        if rule.get("comment"):
            status.ErrorComment = rule["comment"]
        self._note(
            conversation,
            {
                "operation": operation,
                "context": event.context.abstract_syntax,
                "sop_instance_uid": uid,
                "status": status.Status,
                "dataset": None if given is None else _without_pixels(given).to_json_dict(),
            },
        )
        return status, answer

    def _start_job(self, association: Association, conversation: Conversation) -> Dataset:
        """Make a print job and return the action reply that names it."""
        uid, behaviour = generate_uid(), conversation.behaviour
        self._jobs[uid] = list(behaviour.get("jobs", ["PENDING", "PRINTING", "DONE"]))
        if behaviour.get("report_jobs"):
            arguments = (association, uid, conversation)
            threading.Thread(target=self._report_job, args=arguments, daemon=True).start()
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = rules.PRINT_JOB, uid
        reply = Dataset()
        reply.ReferencedPrintJobSequence = [item]
        return reply

    def _job_attributes(self, uid: str) -> Dataset:
        """Tell the state of a job, which then goes on to the next."""
        states = self._jobs[uid]
        state = states.pop(0) if len(states) > 1 else states[0]
        info = "SUPPLY EMPTY" if state == "FAILURE" else "NORMAL"
        return _data_set(
            {
                "ExecutionStatus": state,
                "ExecutionStatusInfo": info,
                "CreationDate": "20260102",
                "CreationTime": "030405",
                "PrintPriority": "MED",
                "PrinterName": "STRICT",
                "Originator": "DICOMWIRE",
            }
        )

    def _report_job(self, association: Association, uid: str, conversation: Conversation) -> None:
        """Report each state of a job; it ends with the last (section H.4.5.2.1.2)."""
        # pynetdicom pauses its reactor only after it has sent a report, which might overtake the
        # response that names the job.
        association._reactor_checkpoint.clear()
        while not association._is_paused:
            threading.Event().wait(0.001)
        association._reactor_checkpoint.set()
        is_told = conversation.behaviour["report_jobs"] == "told"
        while is_told and not (self._directory / "report").exists():
            threading.Event().wait(0.001)
        for number, state in enumerate(self._jobs[uid], 1):
            info = "SUPPLY EMPTY" if state == "FAILURE" else "NORMAL"
            event = _data_set({"ExecutionStatusInfo": info, "PrinterName": "STRICT"})
            status, _ = association.send_n_event_report(
                event, _EVENT_TYPES[state], rules.PRINT_JOB, uid, msg_id=number
            )
            line = {"operation": f"confirmed {state}", "status": status.get("Status")}
            self._note(conversation, line)
        del self._jobs[uid]

    def _report_now(self, event: evt.Event, report: dict[str, Any]) -> None:
        """Report an event of the printer before the answer to a request.

        It goes past pynetdicom's own method, which would wait for this very thread.
        """
        request = N_EVENT_REPORT()
        request.MessageID = 999
        request.AffectedSOPClassUID = rules.PRINTER
        request.AffectedSOPInstanceUID = _PRINTER_INSTANCE
        request.EventTypeID = report["type"]
        if "dataset" in report:
            syntax = event.context.transfer_syntax
            encoded = encode(_data_set(report["dataset"]), syntax.is_implicit_VR, True)
            request.EventInformation = BytesIO(encoded or b"")
        event.assoc.dimse.send_msg(request, event.context.context_id)
        _, response = event.assoc.dimse.get_msg(block=True)
        line = {"operation": "confirmed printer event", "status": response.Status}
        self._note(self._conversations[event.assoc], line)

    def _write_film(self, film: rules.Printed) -> None:
        box = film.film_box
        record = {
            "session": film.session.to_json_dict(),
            "film_box": box.attributes.to_json_dict(),
            "images": [image.to_json_dict() for image in box.images()],
            "annotations": [text.to_json_dict() for text in box.annotation_boxes.values()],
            "presentation_luts": {
                uid: lut.to_json_dict() for uid, lut in film.presentation_luts.items()
            },
        }
        path = self._directory / "films" / f"{next(self._film_numbers):04}.json"
        path.write_text(json.dumps(record))

    def _note(self, conversation: Conversation, line: dict[str, Any]) -> None:
        # Lines of an association may come late; the run tells whose they are.
        line = {"run": conversation.behaviour["run"], "association": conversation.number, **line}
        with self._writing, (self._directory / "journal.jsonl").open("a") as journal:
            journal.write(json.dumps(line) + "\n")


def _misbehave(association: Association, how: str) -> None:
    """Do what a good printer does not."""
    if how == "abort":
        association.abort()
    elif how == "disconnect":
        association.dul.socket.socket.shutdown(socket.SHUT_RDWR)
    else:
        # Silence: say nothing until the other side has had enough.
        while not association.acse.is_aborted() and association.dul.is_alive():
            threading.Event().wait(0.01)


def _offers(association: Association, service: str) -> bool:
    return any(context.abstract_syntax == service for context in association.accepted_contexts)


def _data_set(values: dict[str, Any]) -> Dataset:
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def _without_pixels(given: Dataset) -> Dataset:
    """Leave out what is too long for a journal."""
    kept = Dataset()
    for element in given:
        if element.VR == "SQ":
            items = [_without_pixels(item) for item in element.value]
            kept.add_new(element.tag, "SQ", items)
        elif element.keyword != "PixelData":
            kept[element.tag] = element
    return kept


def main() -> None:
    """Serve until killed."""
    make_patient()
    server = AE("PRINTER")
    server.add_supported_context("1.2.840.10008.1.1")
    printer = Printer(Path(sys.argv[2]))
    address = ("127.0.0.1", int(sys.argv[1]))
    server.start_server(address, block=True, evt_handlers=printer.handlers())


if __name__ == "__main__":
    main()
