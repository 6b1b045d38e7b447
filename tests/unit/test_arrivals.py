"""Which instances at a receiver belong to a C-MOVE, and what is seen of them."""

from __future__ import annotations

import pytest

from dicomwire import Status
from dicomwire.hooks import Hook, InstanceReceived
from dicomwire.scu.arrivals import AtReceiver, OnAssociation

STORED = Status(0, service="store")


def event(uid, originator="ME", number=7, sender="PACS"):
    return InstanceReceived(
        None,
        "1.2.840.10008.5.1.4.1.1.2",
        uid,
        "1.2.840.10008.1.2",
        sender,
        100,
        move_originator_ae_title=originator,
        move_originator_message_id=number,
    )


class Core:
    """The retrieval, as far as arrivals use it."""

    def __init__(self, arrived=()):
        self.touched = 0
        self.arrived = list(arrived)

    def touch(self):
        self.touched += 1

    def take_arrived(self):
        arrived, self.arrived = self.arrived, []
        return arrived


@pytest.fixture
def moved():
    return Hook[InstanceReceived]("moved")


def uids(arrivals):
    return [one.sop_instance_uid for one in arrivals.instances]


@pytest.mark.parametrize(
    ("how", "ours"),
    [
        ({}, True),
        ({"originator": " ME "}, True),
        ({"originator": None, "number": None}, True),
        ({"originator": None}, True),
        ({"originator": "PACS"}, True),
        ({"number": 8}, False),
        ({"originator": None, "number": 8}, False),
        ({"originator": "SOMEBODY"}, False),
    ],
)
def test_whose_instance_it_is(moved, how, ours):
    arrivals = AtReceiver("ME", moved)
    arrivals.bind(7)
    arrivals.note(event("1.1", **how), STORED)
    assert uids(arrivals) == (["1.1"] if ours else [])


def test_what_comes_before_the_number_is_known(moved):
    arrivals = AtReceiver("ME", moved)
    arrivals.note(event("1.1"), STORED)
    arrivals.note(event("1.2", number=8), STORED)
    assert uids(arrivals) == []
    arrivals.bind(7)
    arrivals.note(event("1.3"), STORED)
    assert uids(arrivals) == ["1.1", "1.3"]
    assert arrivals.bytes == 200


def test_growth_is_told_once(moved):
    arrivals, core = AtReceiver("ME", moved), Core()
    arrivals.bind(7)
    arrivals.look(core)
    assert core.touched == 0
    arrivals.note(event("1.1"), STORED)
    arrivals.note(event("1.2"), STORED)
    arrivals.look(core)
    arrivals.look(core)
    assert core.touched == 1
    assert not arrivals.wait(0.0)
    arrivals.note(event("1.3"), STORED)
    assert arrivals.wait(10.0)


def test_what_a_handler_raises_reaches_the_one_that_asked(moved):
    arrivals = AtReceiver("ME", moved)
    arrivals.bind(7)

    @moved.connect
    def fail(_):
        raise KeyError("mine")

    # The receiver is not disturbed.
    arrivals.note(event("1.1"), STORED)
    with pytest.raises(KeyError, match="mine"):
        arrivals.look(Core())
    assert uids(arrivals) == ["1.1"]


def test_instances_on_the_association(tmp_path):
    ct = "1.2.840.10008.5.1.4.1.1.2"
    core = Core([(ct, "1.1", 0, None, 10), (ct, "1.2", 0xA700, "disk full", 20)])
    arrivals = OnAssociation(tmp_path)
    arrivals.look(core)
    arrivals.look(core)
    stored, refused = arrivals.instances
    assert stored.is_stored
    assert stored.path == tmp_path / "1.1.dcm"
    assert not refused.is_stored
    assert (refused.path, refused.error) == (None, "disk full")
    assert arrivals.bytes == 10


def test_one_that_comes_twice_is_one(moved):
    arrivals = AtReceiver("ME", moved)
    arrivals.bind(7)
    arrivals.note(event("1.1"), STORED)
    arrivals.note(event("1.1"), STORED)
    arrivals.note(event("1.2"), Status(0xA700, service="store"))
    assert (len(arrivals.instances), arrivals.arrived, arrivals.bytes) == (3, 2, 200)
