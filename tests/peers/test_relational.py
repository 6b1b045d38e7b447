"""Relational queries that the peer does not grant, and what an association is kept for."""

from __future__ import annotations

import pytest
from scripted_queries import end, matches, query_scp
from scripted_retrieves import counters

from dicomwire import AssociationError, AssociationOptions, NoAcceptedContext, QueryRetrieveScu

pytestmark = pytest.mark.usefixtures("engine")

RELATIONAL = AssociationOptions(relational=True)


@pytest.mark.parametrize("answer", [None, b"\x00"])
@pytest.mark.parametrize("service", ["find", "move"])
def test_a_request_that_needs_what_is_not_granted(scripted_peer, answer, service):
    peer = scripted_peer(query_scp(matches(1), end(), extended=answer))
    scu = QueryRetrieveScu(peer.peer, options=RELATIONAL)
    released = []
    scu.after_release_request += released.append
    with pytest.raises(AssociationError, match=r"does not grant relational.*StudyInstanceUID"):
        if service == "find":
            scu.find(level="SERIES", Modality="CT")
        else:
            scu.move("WS", level="SERIES", SeriesInstanceUID="1.2")
    assert len(released) == 1
    assert peer.messages == []


def test_without_checks_it_is_sent_all_the_same(scripted_peer):
    peer = scripted_peer(query_scp(matches(1), end()))
    scu = QueryRetrieveScu(peer.peer, options=RELATIONAL)
    assert len(list(scu.find(level="SERIES", check=False, Modality="CT"))) == 1


def test_a_relational_move(scripted_peer):
    peer = scripted_peer(query_scp(end(**counters(completed=1)), extended=b"\x01\x00"))
    scu = QueryRetrieveScu(peer.peer, options=RELATIONAL)
    answers = []
    scu.after_associate_request += answers.append
    report = scu.move("WS", level="SERIES", SeriesInstanceUID="1.2")
    assert report.completed == 1
    (negotiated,) = answers[0].extended_negotiations
    assert negotiated.information == b"\x01\x00"


def test_a_service_that_is_refused_does_not_cost_the_association(scripted_peer):
    peer = scripted_peer(query_scp(matches(1), end()))
    with QueryRetrieveScu(peer.peer) as scu:

        @scu.before_associate_request.connect
        def without_c_move(event):
            del event.request.presentation_contexts[1:]

        assert len(list(scu.find(PatientID="*"))) == 1
        assert len(list(scu.find(PatientID="*"))) == 1
    assert len(peer.conversations) == 1


def test_a_refusal_names_the_service(storescp):
    with pytest.raises(NoAcceptedContext, match=r"not Study Root .* MOVE") as caught:
        QueryRetrieveScu(storescp.peer).move("WS", StudyInstanceUID="1.2")
    assert [answer[0] for answer in caught.value.proposed] == ["1.2.840.10008.5.1.4.1.2.2.2"]
