"""Information systems that fall silent, break off or answer nonsense while a step is reported."""

from __future__ import annotations

import json
import re

import pytest
import scripted_normalized as bad
from generated import element
from procedure_steps import final, least, made, series
from scripted import refuse_all_contexts
from scripted_normalized import answer, normalized_scp
from storing import SHORT

from dicomwire import (
    AssociationAborted,
    ConnectionLost,
    DecodeError,
    DicomTimeout,
    NoAcceptedContext,
    PerformedProcedureStepScu,
    RemoteProtocolError,
    StateError,
    StatusError,
)
from dicomwire.cli.main import main

pytestmark = pytest.mark.usefixtures("engine", "nothing_left")

NOTIFICATION = "1.2.840.10008.3.1.2.3.5"
CUT = bad.ATTRIBUTES[:-3]

BREAKS = {
    "abort": (bad.abort, AssociationAborted),
    "reset": (bad.reset, ConnectionLost),
    "close": (bad.close, ConnectionLost),
    "silence": (bad.silence, DicomTimeout),
    "garbage": (bad.garbage, RemoteProtocolError),
    "half an answer": (bad.cut_short, ConnectionLost),
    "an answer to another request": (bad.wrong_message_id, RemoteProtocolError),
}


@pytest.fixture
def ris(scripted_peer):
    """Make an SCU for a peer that answers by these steps."""

    def make(*steps):
        peer = scripted_peer(normalized_scp(*steps))
        return PerformedProcedureStepScu(peer.peer, options=SHORT)

    return make


@pytest.mark.parametrize("name", BREAKS)
def test_a_step_that_nobody_confirmed_is_not_known(ris, name):
    step, error = BREAKS[name]
    scu = ris(step)
    with pytest.raises(error):
        scu.create(least(), "1.2.3")
    assert scu.state("1.2.3") is None


@pytest.mark.parametrize("name", BREAKS)
def test_an_end_that_nobody_confirmed_can_be_sent_again(ris, name):
    step, error = BREAKS[name]
    scu = ris(answer(), step)
    with scu:
        scu.create(least(), "1.2.3")
        with pytest.raises(error):
            scu.complete("1.2.3", series=[series()])
    assert scu.state("1.2.3") == "IN PROGRESS"


def test_after_a_break_the_next_call_has_an_association_of_its_own(scripted_peer):
    peer = scripted_peer(normalized_scp(answer(), bad.reset), normalized_scp(answer()))
    with PerformedProcedureStepScu(peer.peer, options=SHORT) as scu:
        scu.create(least(), "1.2.3")
        with pytest.raises(ConnectionLost):
            scu.complete("1.2.3", series=[series()])
        assert scu.complete("1.2.3", series=[series()]).is_success
    assert len(peer.conversations) == 2
    assert scu.state("1.2.3") == "COMPLETED"


def test_attributes_cut_short(ris):
    scu = ris(answer(0, CUT))
    with pytest.raises(DecodeError, match=r"answered 0x0000 .* that cannot be read"):
        scu.get("1.2.3")


def test_a_peer_that_has_none_of_the_services(scripted_peer):
    scu = PerformedProcedureStepScu(scripted_peer(refuse_all_contexts).peer, options=SHORT)
    for call, service in (
        (lambda: scu.create(least()), "Modality Performed Procedure Step SOP Class"),
        (lambda: scu.set("1.2.3", made()), "Modality Performed Procedure Step SOP Class"),
        (lambda: scu.get("1.2.3"), "Modality Performed Procedure Step Retrieve SOP Class"),
        (
            lambda: scu.wait_for_event_report(1),
            "Modality Performed Procedure Step Notification SOP Class",
        ),
    ):
        with pytest.raises(NoAcceptedContext, match=service):
            call()


def test_what_the_peer_complains_of_is_told(ris):
    tags = "00100010 00400253"
    warned = ris(answer(0x0107, attribute_identifier_list=tags, error_comment="two"))
    result = warned.create(least(), "1.2.3")
    assert result.is_warning
    assert result.attribute_identifiers == (0x0010_0010, 0x0040_0253)
    assert warned.state("1.2.3") == "IN PROGRESS"
    refused = ris(answer(0x0120, attribute_identifier_list=tags))
    assert refused.create(least(), "1.2.3").attribute_identifiers == (0x0010_0010, 0x0040_0253)


def test_an_ended_step_is_explained_where_the_peer_is_not(ris):
    scu = ris(answer(0x0110, error_id=0xA710))
    result = scu.set("1.2.3", final())
    assert str(result.status) == (
        "0x0110 (Processing failure: the procedure step may no longer be updated)"
    )
    with pytest.raises(StateError, match="is ended"):
        scu.set("1.2.3", final())
    # Any other failure says nothing of the state.
    other = ris(answer(0x0110))
    assert other.set("1.2.3", final()).status.comment is None
    assert other.set("1.2.3", final()).is_failure


def test_a_peer_that_chooses_the_uid_itself_is_believed(ris):
    scu = ris(answer(affected_sop_instance_uid="1.2.99"))
    assert scu.create(least(), "1.2.3").sop_instance_uid == "1.2.99"
    assert (scu.state("1.2.99"), scu.state("1.2.3")) == ("IN PROGRESS", None)


def test_notifications_of_steps_nobody_knows_and_of_events_nobody_knows(scripted_peer):
    def report(asked):
        for number, kind in ((1, 2), (2, 5), (3, 77)):
            asked.report(number, None, affected_sop_class_uid=NOTIFICATION, event_type_id=kind)
            asked.take_answer()
        asked.respond(0)

    answers = []
    peer = scripted_peer(normalized_scp(report, reports=answers))
    scu = PerformedProcedureStepScu(peer.peer, options=SHORT)
    told = []
    scu.event_report += told.append
    assert scu.create(least(), "1.2.3").is_success
    assert [event.event_type_id for event in told] == [2, 5, 77]
    assert [message.command["status"] for message in answers] == [0, 0, 0x0113]
    assert scu.state("1.2.3") == "IN PROGRESS"


def test_no_notification_is_no_error(ris):
    with ris(answer()) as scu:
        scu.create(least())
        assert scu.wait_for_event_report(0.02) is None
        assert scu.create(least()).is_success


def test_the_command_line_tells_of_a_step_that_may_have_been_created(
    scripted_peer, capsys, tmp_path
):
    (tmp_path / "step.json").write_text(least().to_json())
    peer = scripted_peer(normalized_scp(bad.abort))
    arguments = ["mpps", peer.peer, "create", "-f", str(tmp_path / "step.json")]
    assert main(arguments) == 2
    told, error = capsys.readouterr().err.splitlines()
    assert re.search(rf"{peer.peer} may have created the step 2\.25\.\d+; if so", told)
    assert "abort" in error
    # Where nothing was sent there is nothing to tell.
    peer = scripted_peer(refuse_all_contexts)
    assert main(["mpps", peer.peer, *arguments[2:]]) == 2
    assert "may have created" not in capsys.readouterr().err


def test_what_a_handler_edits_is_not_the_callers(ris):
    scu = ris(answer())
    scu.before_n_create.connect(lambda event: setattr(event.dataset, "StudyID", "X"))
    scu.before_n_set.connect(lambda event: setattr(event.dataset, "StudyID", "X"))
    created, changes = least(), made(PerformedProcedureStepDescription="x")
    assert scu.create(created, "1.2.3", check=False).is_success
    assert scu.set("1.2.3", changes, check=False).is_success
    assert (created, changes) == (least(), made(PerformedProcedureStepDescription="x"))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_answer_with_values_that_cannot_be_is_printed_all_the_same(scripted_peer, capsys):
    told = element(0x0010, 0x0010, "PN", "DOE^JANE") + element(0x0018, 0x1110, "DS", "1,5")
    peer = scripted_peer(normalized_scp(answer(0, told)))
    assert main(["mpps", peer.peer, "get", "1.2.3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["dataset"]
    assert found["00181110"] == {"vr": "DS", "Value": ["1,5"]}
    assert found["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "DOE^JANE"}]}
    assert main(["mpps", peer.peer, "get", "1.2.3"]) == 0
    assert "DistanceSourceToDetector 1,5" in capsys.readouterr().out


def test_a_step_that_was_cancelled_is_not_created(ris):
    """No N-service can be cancelled (PS3.7 section 9.3.2.3), but a peer may say so."""
    scu = ris(answer(0xFE00))
    result = scu.create(least(), "1.2.3")
    assert result.is_failure
    assert scu.state("1.2.3") is None
    with pytest.raises(StatusError):
        result.raise_for_status()


def test_what_a_handler_sends_instead_is_what_is_remembered(ris):
    scu = ris(answer())

    @scu.before_n_create.connect
    def comment(event):
        event.dataset = least(CommentsOnThePerformedProcedureStep="")

    assert scu.create(least(), "1.2.3").is_success
    assert scu.set("1.2.3", made(CommentsOnThePerformedProcedureStep="x")).is_success

    @scu.before_n_set.connect
    def complete(event):
        event.dataset = final()

    assert scu.set("1.2.3", made(CommentsOnThePerformedProcedureStep="y")).is_success
    assert scu.state("1.2.3") == "COMPLETED"
