"""The events of queries and retrievals: their order, what they tell, and what they may change."""

from __future__ import annotations

import pytest
from asking import keys
from pydicom import Dataset
from scripted_queries import STUDY_ROOT_FIND, end, matches, query_scp
from scripted_retrieves import get_stores, progress
from studies import JOHN
from wire import EXPLICIT_LE, IMPLICIT_LE
from worklists import ITEMS

from dicomwire import QueryRetrieveScu, StorageReceiver
from dicomwire.events import PresentationContext

pytestmark = pytest.mark.usefixtures("engine")

THORAX = JOHN.studies[0]
BEFORE = [
    "before_connect",
    "after_connect",
    "before_associate_request",
    "after_associate_request",
]
AFTER = ["before_release_request", "after_release_request", "before_close", "after_close"]
WORKLIST_FIND = "1.2.840.10008.5.1.4.31"


def record(scu, *names):
    """Subscribe to events and return the list that their names come into."""
    seen = []
    for name in [*BEFORE, *names, *AFTER]:
        getattr(scu, name).connect(lambda event, name=name: seen.append(name))
    return seen


@pytest.fixture
def good_peer(scripted_peer):
    return scripted_peer(query_scp(matches(3), end()))


def test_the_order_of_events_of_a_query(good_peer):
    scu = QueryRetrieveScu(good_peer.peer)
    seen = record(scu, "before_c_find", "match_study", "after_c_find")
    list(scu.find(PatientID="*"))
    middle = ["before_c_find", "match_study", "match_study", "match_study"]
    # The release and the account of the query are free to come in either order.
    assert seen[:8] == BEFORE + middle
    assert sorted(seen[8:]) == sorted(["after_c_find", *AFTER])
    assert [name for name in seen if name in AFTER] == AFTER


def test_what_the_events_of_a_query_tell(good_peer):
    scu = QueryRetrieveScu(good_peer.peer)
    before, found, after = [], [], []
    scu.before_c_find += before.append
    scu.match_study += found.append
    scu.after_c_find += after.append
    datasets = list(scu.find(PatientID="*", priority="high"))
    (begun,), (done,) = before, after
    assert begun.dataset.PatientID == "*"
    assert (begun.level, begun.sop_class_uid) == ("STUDY", STUDY_ROOT_FIND)
    assert not begun.relational
    message = good_peer.messages[0]
    assert begun.priority == message.command["priority"] == 1
    assert begun.presentation_context_id == message.context_id
    assert [event.number for event in found] == [0, 1, 2]
    assert {event.level for event in found} == {"STUDY"}
    assert [event.dataset for event in found] == datasets
    assert done.status == 0
    assert done.matches == 3
    assert done.seconds > 0


@pytest.mark.parametrize("take", ["dicts", "to_polars", "to_arrow"])
def test_matches_are_told_whatever_form_is_taken(good_peer, take):
    scu = QueryRetrieveScu(good_peer.peer)
    found, after = [], []
    scu.match_study += found.append
    scu.after_c_find += after.append
    taken = getattr(scu.find(PatientID="*"), take)()
    len(list(taken) if take == "dicts" else taken)
    assert [event.dataset.StudyInstanceUID for event in found] == ["2.25.0", "2.25.1", "2.25.2"]
    assert [event.matches for event in after] == [3]


@pytest.mark.parametrize(
    ("level", "event"),
    [
        ("PATIENT", "match_patient"),
        ("STUDY", "match_study"),
        ("SERIES", "match_series"),
        ("IMAGE", "match_instance"),
    ],
)
def test_each_level_has_its_event(dcmtk_archive, level, event):
    scu = QueryRetrieveScu(dcmtk_archive.peer)
    seen = {name: [] for name in ("match_patient", "match_study", "match_series", "match_instance")}
    for name, found in seen.items():
        getattr(scu, name).connect(found.append)
    values = {"PatientID": JOHN.id}
    if level in ("SERIES", "IMAGE"):
        values |= {"StudyInstanceUID": THORAX.uid}
    if level == "IMAGE":
        values |= {"SeriesInstanceUID": THORAX.series_uid(1)}
    datasets = list(scu.find(level=level, model="PATIENT_ROOT", **values))
    assert [match.dataset for match in seen[event]] == datasets
    assert datasets
    assert sum(map(len, seen.values())) == len(datasets)
    assert seen[event][0].retrieve_ae_titles == ["ARCHIVE"]


def test_before_c_find_may_edit_the_query(good_peer):
    scu = QueryRetrieveScu(good_peer.peer)

    @scu.before_c_find.connect
    def narrow(event):
        event.dataset.AccessionNumber = "A77"
        event.priority = 2

    list(scu.find(PatientID="*"))
    message = good_peer.messages[0]
    assert b"A77 " in message.data_set
    assert message.command["priority"] == 2


@pytest.mark.parametrize("name", ["before_c_find", "match_study", "after_c_find"])
def test_what_a_handler_raises_ends_the_query(good_peer, name):
    scu = QueryRetrieveScu(good_peer.peer)

    @getattr(scu, name).connect
    def fail(_):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        list(scu.find(PatientID="*"))


def test_another_query_model_by_two_events(dcmtk_worklist):
    """As the original framework adds worklists: a context, and another identifier."""
    scu = QueryRetrieveScu(dcmtk_worklist.peer)

    @scu.before_associate_request.connect
    def propose(event):
        event.request.presentation_contexts.append(
            PresentationContext(101, WORKLIST_FIND, [EXPLICIT_LE, IMPLICIT_LE])
        )

    @scu.before_c_find.connect
    def ask_something_else(event):
        query = keys(PatientName="", PatientID="")
        query.ScheduledProcedureStepSequence = [keys(Modality="MR")]
        event.dataset = query
        event.sop_class_uid = WORKLIST_FIND

    found = list(scu.find(PatientID="*"))
    assert [match.PatientID for match in found] == [
        item.patient_id for item in ITEMS if item.steps[0].modality == "MR"
    ]
    assert all(isinstance(match, Dataset) for match in found)


def test_the_events_of_a_get(scripted_peer, tmp_path):
    script = query_scp(
        get_stores(["2.25.1"]), progress(1, 1), get_stores(["2.25.2"]), end(completed=2)
    )
    peer = scripted_peer(script)
    scu = QueryRetrieveScu(peer.peer)
    before, after, moved = [], [], []
    scu.before_c_get += before.append
    scu.after_c_get += after.append
    scu.moved += moved.append
    ct = ["1.2.840.10008.5.1.4.1.1.2"]
    scu.get(tmp_path, sop_classes=ct, StudyInstanceUID="2.25.101")
    (begun,) = before
    assert begun.dataset.StudyInstanceUID == "2.25.101"
    assert [int(event.status) for event in after] == [0xFF00, 0]
    assert (after[0].remaining, after[0].completed) == (1, 1)
    assert [event.sop_instance_uid for event in moved] == ["2.25.1", "2.25.2"]
    assert [event.path.name for event in moved] == ["2.25.1.dcm", "2.25.2.dcm"]
    assert moved[0].dataset.PatientName == "Phantom^Water"


def test_the_events_of_a_move_to_ourselves(archive, destinations, tmp_path):
    scu = QueryRetrieveScu(archive.peer)
    seen = record(scu, "before_c_move", "host_ready", "after_c_move", "moved")
    moved, after, ready = [], [], []
    scu.moved += moved.append
    scu.after_c_move += after.append
    scu.host_ready += ready.append
    with StorageReceiver("RECEIVER", port=destinations["RECEIVER"], sink=tmp_path) as receiver:
        scu.move(receiver=receiver, StudyInstanceUID=THORAX.uid)
        assert [event.receiver for event in ready] == [receiver]
    assert sorted(event.sop_instance_uid for event in moved) == sorted(THORAX.instance_uids())
    assert after[-1].status == 0
    assert all(event.status.is_pending for event in after[:-1])
    assert after[-1].completed == len(moved)
    assert seen.index("host_ready") < seen.index("moved")
    assert seen.index("before_c_move") < seen.index("moved")


def test_before_c_move_may_set_the_destination(dcmtk_archive, destinations, tmp_path):
    scu = QueryRetrieveScu(dcmtk_archive.peer)

    @scu.before_c_move.connect
    def elsewhere(event):
        event.destination = "RELAY"

    with StorageReceiver("RELAY", port=destinations["RELAY"], sink=tmp_path):
        report = scu.move("NOWHERE", StudyInstanceUID=THORAX.uid)
    assert report.completed == len(list(tmp_path.iterdir())) == len(THORAX.instance_uids())
