"""The events of a send: their order, what they tell, and what they may change."""

from __future__ import annotations

import pytest
from generated import write_series
from scripted import accept_everything
from wire import CT_IMAGE_STORAGE, EXPLICIT_LE

from dicomwire import StoreScu

NAMES = [
    "before_connect",
    "after_connect",
    "before_associate_request",
    "after_associate_request",
    "before_c_store",
    "after_c_store",
    "before_release_request",
    "after_release_request",
    "before_close",
    "after_close",
]

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def paths(tmp_path):
    return write_series(tmp_path, 3)


@pytest.fixture
def good_peer(scripted_peer):
    return scripted_peer(accept_everything)


def test_the_order_of_events(good_peer, paths):
    seen = []
    scu = StoreScu(good_peer.peer)
    for name in NAMES:
        getattr(scu, name).connect(lambda event, name=name: seen.append(name))
    scu.store(paths)
    middle = ["before_c_store", "after_c_store"] * 3
    assert seen == NAMES[:4] + middle + NAMES[6:]


def test_what_the_events_of_a_store_tell(good_peer, paths):
    scu = StoreScu(good_peer.peer)
    before, after = [], []
    scu.before_c_store += before.append
    scu.after_c_store += after.append
    scu.store(paths[0])
    (begun,), (done,) = before, after
    command = good_peer.messages[0].command
    assert begun.path == done.path == paths[0]
    assert begun.sop_class_uid == done.sop_class_uid == CT_IMAGE_STORAGE
    assert begun.sop_instance_uid == done.sop_instance_uid == "2.25.1000"
    assert begun.transfer_syntax == EXPLICIT_LE
    assert begun.message_id == done.message_id == command["message_id"]
    assert begun.presentation_context_id == good_peer.messages[0].context_id
    assert begun.dataset.PatientName == "Phantom^Water"
    assert done.status == 0
    assert done.bytes == len(good_peer.messages[0].data_set)
    assert done.seconds > 0


def test_before_c_store_may_skip(good_peer, paths):
    scu = StoreScu(good_peer.peer)

    @scu.before_c_store.connect
    def leave_one_out(event):
        event.skip = event.path == paths[1]

    results = {result.path: result.outcome for result in scu.store_iter(paths)}
    assert results == {paths[0]: "sent", paths[1]: "skipped", paths[2]: "sent"}
    assert scu.last_report.skipped == 1
    assert len(good_peer.messages) == 2


def test_before_c_store_may_set_the_priority(good_peer, paths):
    scu = StoreScu(good_peer.peer)

    @scu.before_c_store.connect
    def hurry(event):
        event.priority = 1

    scu.store(paths[0])
    assert good_peer.messages[0].command["priority"] == 1


@pytest.mark.parametrize("event", ["before_c_store", "after_c_store"])
def test_what_a_handler_raises_ends_the_transfer(good_peer, paths, event):
    scu = StoreScu(good_peer.peer)

    @getattr(scu, event).connect
    def fail(_):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        scu.store(paths)
    report = scu.last_report
    assert report.sent + report.warnings + report.failed + report.skipped == 3
    assert len(good_peer.messages) <= 1


def test_a_handler_that_left_is_not_called(good_peer, paths):
    scu = StoreScu(good_peer.peer)
    seen = []
    scu.after_c_store += seen.append
    scu.store(paths[0])
    scu.after_c_store -= seen.append
    scu.store(paths[1])
    assert len(seen) == 1


def test_progress_ends_with_the_whole_account(good_peer, paths):
    seen = []
    report = StoreScu(good_peer.peer).store(paths, progress=seen.append)
    assert seen[-1].sent == report.sent == 3
    assert seen[-1].total == 3
    assert seen[-1].bytes == report.bytes


def test_the_peer_is_told_about_ourselves(good_peer, paths):
    StoreScu(good_peer.peer, calling_ae_title="WORKSTATION").store(paths[0])
    request = good_peer.conversations[0].request
    assert request.calling == "WORKSTATION"
    assert request.called == "PEER"
    assert 0 < len(request.user_items[0x55]) <= 16
    assert len(request.user_items[0x52]) <= 64
