"""The compiled core's retrievals: who has the association when, and what ends them from outside."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from studies import JOHN

from dicomwire import (
    AssociationAborted,
    AssociationOptions,
    LocalProtocolError,
    Peer,
    StateError,
    StorageReceiver,
)
from dicomwire._core import Association
from dicomwire.association import AssociateSpec
from dicomwire.config import RoleSelection
from dicomwire.events import AssociateRequest, PresentationContext
from dicomwire.query import encode_query
from dicomwire.sinks import SinkSpec

pytestmark = pytest.mark.usefixtures("engine")

GET = "1.2.840.10008.5.1.4.1.2.2.3"
DISCARD = SinkSpec("discard")
EXPECTED = [JOHN.studies[0].instance_uid(1, number) for number in (1, 2, 3)]


def associate(peer: str, *, with_get: bool = True) -> Association:
    """Open an association for CT images, and to ask for them."""
    contexts = [PresentationContext(3, CTImageStorage, [ExplicitVRLittleEndian])]
    if with_get:
        contexts.insert(0, PresentationContext(1, GET, [ImplicitVRLittleEndian]))
    options = AssociationOptions()
    request = AssociateRequest(
        called_ae_title=Peer.coerce(peer).ae_title,
        calling_ae_title="DICOMWIRE",
        presentation_contexts=contexts,
        max_pdu_length=options.max_pdu_length,
        asynchronous_operations=None,
        role_selections=[RoleSelection(CTImageStorage, scu=False, scp=True)] if with_get else [],
        extended_negotiations=[],
        user_identity=None,
    )
    association = Association(None, [], None)
    association.connect(AssociateSpec.make(Peer.coerce(peer), request, options))
    return association


@pytest.fixture
def association(dcmtk_archive):
    association = associate(dcmtk_archive.peer)
    yield association
    association.abort()


def start(association, *, sink=DISCARD, received=None, relay=None, context_id=1):
    study = JOHN.studies[0]
    query = Dataset()
    query.QueryRetrieveLevel = "SERIES"
    query.StudyInstanceUID = study.uid
    query.SeriesInstanceUID = study.series_uid(1)
    identifier = encode_query(query, ImplicitVRLittleEndian)
    return association.get(context_id, GET, 0, identifier, sink, received, relay)


def drive(retrieve):
    responses = []
    while not retrieve.is_over():
        response = retrieve.next_response(0.5)
        if response is not None:
            responses.append(response)
    return responses


def test_the_association_is_taken_and_given_back(association):
    for _ in range(2):
        retrieve = start(association)
        with pytest.raises(StateError, match="something else is using it"):
            association.echo()
        responses = drive(retrieve)
        assert responses[-1][0] == 0
        assert retrieve.next_response(0) is None
        assert [fate[1] for fate in retrieve.take_arrived()] == EXPECTED
        assert retrieve.tally()[0] == len(EXPECTED)
        assert association.is_alive()


def test_both_associations_of_a_relay_are_given_back(association):
    with StorageReceiver("DEST") as receiver:
        destination = associate(f"DEST@127.0.0.1:{receiver.port}", with_get=False)
        for _ in range(2):
            retrieve = start(association, sink=SinkSpec("relay"), relay=destination)
            assert not destination.is_alive()
            assert drive(retrieve)[-1][0] == 0
            assert destination.is_alive()
        destination.release()
        assert receiver.received == 2 * len(EXPECTED)


def test_what_cannot_be_asked_leaves_the_association(association):
    with pytest.raises(LocalProtocolError):
        start(association, context_id=255)
    with pytest.raises(ValueError, match="need each other"):
        start(association, sink=SinkSpec("relay"))
    with pytest.raises(StateError):
        start(association, sink=SinkSpec("relay"), relay=association)
    assert association.is_alive()


def test_an_exception_of_the_callback_ends_it(association):
    def refuse(*_: object) -> int:
        raise KeyError("of the caller")

    retrieve = start(association, received=refuse)
    with pytest.raises(KeyError, match="of the caller"):
        drive(retrieve)
    assert retrieve.is_over()
    assert not association.is_alive()


@pytest.mark.parametrize("who", ["retrieve", "association", "nobody"])
def test_an_abort_ends_it(association, who):
    retrieve = start(association)
    if who == "retrieve":
        retrieve.abort()
        assert retrieve.is_over()
        assert retrieve.next_response(0) is None
    elif who == "association":
        association.abort()
        with pytest.raises(AssociationAborted):
            drive(retrieve)
    else:
        del retrieve
    assert not association.is_alive()


def test_an_abort_from_another_thread_ends_the_wait(association):
    gate = threading.Event()

    def wait(*_: object) -> int:
        gate.set()
        assert aborted.wait(20)
        return 0

    aborted = threading.Event()
    retrieve = start(association, received=wait)

    def abort() -> None:
        gate.wait(20)
        retrieve.abort()
        aborted.set()

    thread = threading.Thread(target=abort)
    thread.start()
    with pytest.raises(AssociationAborted):
        drive(retrieve)
    thread.join()
    assert retrieve.is_over()


def test_ctrl_c_ends_the_wait_for_a_destination(association):
    begun, gate = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        begun.set()
        gate.wait(20)

    def interrupt() -> None:
        begun.wait(20)
        os.kill(os.getpid(), signal.SIGINT)

    with StorageReceiver("DEST", sink=hold) as receiver:
        destination = associate(f"DEST@127.0.0.1:{receiver.port}", with_get=False)
        retrieve = start(association, sink=SinkSpec("relay"), relay=destination)
        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            drive(retrieve)
        gate.set()
        thread.join()
        assert not association.is_alive()
        assert not destination.is_alive()
