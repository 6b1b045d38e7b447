"""A strict SCP for modality performed procedure steps, on pynetdicom, a program of its own.

Usage: procedure_step_scp.py PORT PORT_WITHOUT DIRECTORY. The first port offers the three SOP
classes, the second one all but the one that creates. Each step is kept as JSON in the directory,
as it is after the latest request.

What it demands is written here from PS3.4 Table F.7.2-1, by tag, and shares nothing with what
dicomwire checks. Who calls it NOTIFY is notified of its own steps before it is answered, and who
calls it WATCH of all steps; for "CALL 11112" it calls back at that port. A description (0040,0254)
"ANSWER 0213" is answered by that status, and comments (0040,0280) "NOTIFY 5" make that the event
type.
"""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from patient_pynetdicom import make_patient
from pydicom import Dataset, config
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (
    ModalityPerformedProcedureStep,
    ModalityPerformedProcedureStepNotification,
    ModalityPerformedProcedureStepRetrieve,
    Verification,
)

# What N-CREATE must have, with a value and with or without one.
CREATED_WITH_VALUE = (
    *(0x0040_0270, 0x0040_0253, 0x0040_0241, 0x0040_0244, 0x0040_0245, 0x0040_0252),
    0x0008_0060,
)
CREATED = (
    *(0x0010_0010, 0x0010_0020, 0x0010_0030, 0x0010_0040, 0x0008_1120, 0x0040_0242, 0x0040_0243),
    *(0x0040_0254, 0x0040_0255, 0x0008_1032, 0x0040_0250, 0x0040_0251, 0x0020_0010, 0x0040_0260),
    0x0040_0340,
)
OPTIONAL = (
    *(0x0008_0005, 0x0010_0021, 0x0010_0024, 0x0010_1002, 0x0038_0010, 0x0038_0014, 0x0038_0060),
    *(0x0038_0064, 0x0038_0062, 0x0040_1012, 0x0040_0280, 0x0040_0281),
)
# What N-SET may have.
SETTABLE = (
    *(0x0008_0005, 0x0040_0252, 0x0040_0254, 0x0040_0255, 0x0008_1032, 0x0040_1012, 0x0040_0250),
    *(0x0040_0251, 0x0040_0280, 0x0040_0281, 0x0040_0260, 0x0040_0340),
)
FINAL = (0x0040_0250, 0x0040_0251, 0x0040_0340)
# What items of the sequences must have: with a value, and with or without one.
REFERENCE = ((0x0008_1150, 0x0008_1155), ())
CODE = ((0x0008_0100, 0x0008_0102, 0x0008_0104), ())
ITEMS: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {
    0x0040_0270: (
        (0x0020_000D,),
        (
            *(0x0008_1110, 0x0008_0050, 0x0040_1001, 0x0032_1060, 0x0040_0009, 0x0040_0007),
            0x0040_0008,
        ),
    ),
    0x0040_0340: (
        (0x0018_1030, 0x0020_000E),
        (0x0008_1050, 0x0008_1070, 0x0008_103E, 0x0008_0054, 0x0008_1140, 0x0040_0220),
    ),
    0x0008_1110: REFERENCE,
    0x0008_1120: REFERENCE,
    0x0008_1140: REFERENCE,
    0x0040_0220: REFERENCE,
    0x0040_0008: CODE,
    0x0008_1032: CODE,
    0x0032_1064: CODE,
    0x0040_0260: CODE,
    0x0040_0281: CODE,
}
STATUS, SEX, DESCRIPTION = 0x0040_0252, 0x0010_0040, 0x0040_0254
NOTIFICATIONS = {"IN PROGRESS": 1, "COMPLETED": 2, "DISCONTINUED": 3}
UPDATED = 4


class Answer(Exception):
    """A status that is not success."""

    def __init__(self, code: int, tags: list[int] | None = None, **elements: Any) -> None:
        super().__init__(f"{code:04X}")
        self.status = Dataset()
        self.status.Status = code
        if tags:
            self.status.AttributeIdentifierList = sorted(tags)
        for keyword, value in elements.items():
            setattr(self.status, keyword, value)

    def in_words(self) -> Dataset:
        """Return the status with the tags in the comment.

        pynetdicom puts no Attribute Identifier List (0000,1005) into responses to N-CREATE.
        """
        if tags := self.status.get("AttributeIdentifierList"):
            several = tags if self.status["AttributeIdentifierList"].VM > 1 else [tags]
            words = " ".join(f"{int(tag):08X}" for tag in several)
            self.status.ErrorComment = f"{self.status.ErrorComment}: {words}"[:64]
            del self.status.AttributeIdentifierList
        return self.status


@dataclass
class Register:
    """The steps there are."""

    directory: Path
    steps: dict[str, Dataset] = field(default_factory=dict)
    watchers: list[Any] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def keep(self, uid: str, step: Dataset) -> None:
        """Keep a step, and write it where a test can read it."""
        self.steps[uid] = step
        path = self.directory / f"{uid}.json"
        temporary = path.with_suffix(".part")
        temporary.write_text(step.to_json())
        temporary.rename(path)

    def wrote(self, what: dict[str, Any]) -> None:
        """Note how a notification was answered."""
        with self.lock, (self.directory / "notifications").open("a") as file:
            file.write(json.dumps(what) + "\n")


def demand(dataset: Dataset, with_value: tuple[int, ...], there: tuple[int, ...]) -> None:
    """Refuse a data set in which something is missing, or has no value."""
    if missing := [tag for tag in (*with_value, *there) if tag not in dataset]:
        raise Answer(0x0120, missing, ErrorComment="missing attributes")
    if empty := [tag for tag in with_value if dataset[tag].is_empty]:
        raise Answer(0x0121, empty, ErrorComment="attributes without a value")


def demand_items(dataset: Dataset) -> None:
    """Look into the items of sequences."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                if int(element.tag) in ITEMS:
                    demand(item, *ITEMS[int(element.tag)])
                demand_items(item)


def warn(step: Dataset) -> None:
    """Complain of what was taken all the same."""
    known = {*CREATED_WITH_VALUE, *CREATED, *OPTIONAL}
    if unknown := [int(element.tag) for element in step if int(element.tag) not in known]:
        raise Answer(0x0107, unknown, ErrorComment="attributes not kept")
    if step[SEX].value not in {"", None, "M", "F", "O"}:
        raise Answer(0x0116, [SEX], ErrorComment="no such sex")


def answer_as_told(dataset: Dataset) -> None:
    """Answer what the description says."""
    word, _, code = str(dataset.get("PerformedProcedureStepDescription") or "").partition(" ")
    if word == "ANSWER":
        raise Answer(int(code, 16), [DESCRIPTION], ErrorComment="as told")


def create(event: evt.Event, register: Register) -> tuple[Any, Dataset | None]:
    """Answer an N-CREATE."""
    step: Dataset = event.attribute_list
    step.decode()
    uid = event.request.AffectedSOPInstanceUID
    try:
        with register.lock:
            if not uid:
                raise Answer(0x0117, ErrorComment="no SOP instance UID")
            if uid in register.steps:
                raise Answer(0x0111, ErrorComment="exists already")
            answer_as_told(step)
            demand(step, CREATED_WITH_VALUE, CREATED)
            demand_items(step)
            if step[STATUS].value != "IN PROGRESS":
                raise Answer(0x0106, [STATUS], ErrorComment="not IN PROGRESS")
            register.keep(uid, step)
            warn(step)
    except Answer as answer:
        return answer.in_words(), None
    tell(event, register, uid, 1)
    return 0x0000, None


def change(event: evt.Event, register: Register) -> tuple[Any, Dataset | None]:
    """Answer an N-SET."""
    changes: Dataset = event.modification_list
    changes.decode()
    uid = event.request.RequestedSOPInstanceUID
    try:
        with register.lock:
            if uid not in register.steps:
                raise Answer(0x0112, ErrorComment="no such procedure step")
            step = register.steps[uid]
            if step[STATUS].value != "IN PROGRESS":
                raise Answer(
                    0x0110,
                    ErrorComment="Performed Procedure Step Object may no longer be updated",
                    ErrorID=0xA710,
                )
            answer_as_told(changes)
            apply(changes, step)
            register.keep(uid, step)
    except Answer as answer:
        return answer.status, None
    tell(event, register, uid, NOTIFICATIONS[step[STATUS].value] if STATUS in changes else UPDATED)
    return 0x0000, None


def apply(changes: Dataset, step: Dataset) -> None:
    """Take what was set into a step, if all of it may be."""
    tags = [int(element.tag) for element in changes]
    if forbidden := [tag for tag in tags if tag not in SETTABLE]:
        raise Answer(0x0105, forbidden, ErrorComment="may not be set")
    created = {0x0008_0005, *(int(element.tag) for element in step)}
    if absent := [tag for tag in tags if tag not in created]:
        raise Answer(0x0105, absent, ErrorComment="were not created")
    demand_items(changes)
    state = changes[STATUS].value if STATUS in changes else "IN PROGRESS"
    if state not in NOTIFICATIONS:
        raise Answer(0x0106, [STATUS], ErrorComment="no such state")
    after = Dataset()
    after.update(step)
    after.update(changes)
    if state != "IN PROGRESS":
        demand(after, FINAL, ())
    step.update(changes)


def get(event: evt.Event, register: Register) -> tuple[Any, Dataset | None]:
    """Answer an N-GET."""
    uid = event.request.RequestedSOPInstanceUID
    with register.lock:
        step = register.steps.get(uid)
        if step is None:
            return Answer(0x0112, ErrorComment="no such procedure step").status, None
        wanted = [int(tag) for tag in event.attribute_identifiers]
        found = Dataset()
        for tag in wanted or list(step.keys()):
            if tag in step:
                found[tag] = step[tag]
    known = {*CREATED_WITH_VALUE, *CREATED, *OPTIONAL}
    return (0x0001 if set(wanted) - known else 0x0000), found


def tell(event: evt.Event, register: Register, uid: str, kind: int) -> None:
    """Notify whoever wants to know: the caller before the response, if it calls us NOTIFY."""
    word, _, number = str(
        register.steps[uid].get("CommentsOnThePerformedProcedureStep") or ""
    ).partition(" ")
    if word == "NOTIFY":
        kind = int(number)
    title, _, port = called(event).partition(" ")
    if title == "NOTIFY":
        notify(event.assoc, register, uid, kind)
    elif title == "CALL":
        call(int(port), register, uid, kind)
    for watcher in tuple(register.watchers):
        threading.Thread(target=notify, args=(watcher, register, uid, kind), daemon=True).start()


def called(event: evt.Event) -> str:
    """Return the AE title under which we were called."""
    title: str = event.assoc.requestor.primitive.called_ae_title
    return title


def watch(event: evt.Event, register: Register) -> None:
    """Remember an association that wants to be told of all steps."""
    if called(event) == "WATCH":
        register.watchers.append(event.assoc)


def leave(event: evt.Event, register: Register) -> None:
    """Forget it when it ends."""
    if event.assoc in register.watchers:
        register.watchers.remove(event.assoc)


def call(port: int, register: Register, uid: str, kind: int) -> None:
    """Notify on an association of our own, on which we are the provider (PS3.7 D.3.3.4)."""
    caller = AE("RIS")
    caller.add_requested_context(ModalityPerformedProcedureStepNotification)
    role = build_role(ModalityPerformedProcedureStepNotification, scp_role=True)
    association = caller.associate("127.0.0.1", port, ext_neg=[role])
    notify(association, register, uid, kind)
    association.release()


def notify(association: Any, register: Register, uid: str, kind: int) -> None:
    """Send an N-EVENT-REPORT and note its answer."""
    status, _ = association.send_n_event_report(
        None, kind, ModalityPerformedProcedureStepNotification, uid
    )
    code = status.Status if "Status" in status else None
    register.wrote({"uid": uid, "kind": kind, "status": code})


def main() -> None:
    """Serve until killed."""
    config.settings.reading_validation_mode = config.IGNORE
    make_patient()
    register = Register(Path(sys.argv[3]))
    classes = [
        ModalityPerformedProcedureStep,
        ModalityPerformedProcedureStepRetrieve,
        ModalityPerformedProcedureStepNotification,
        Verification,
    ]
    handlers = [
        (evt.EVT_N_CREATE, create, [register]),
        (evt.EVT_N_SET, change, [register]),
        (evt.EVT_N_GET, get, [register]),
        (evt.EVT_ESTABLISHED, watch, [register]),
        (evt.EVT_RELEASED, leave, [register]),
        (evt.EVT_ABORTED, leave, [register]),
    ]
    for port, offered in ((sys.argv[1], classes), (sys.argv[2], classes[1:])):
        server = AE("RIS")
        for uid in offered:
            server.add_supported_context(uid)
        server.start_server(("127.0.0.1", int(port)), block=False, evt_handlers=handlers)
    threading.Event().wait()


if __name__ == "__main__":
    main()
