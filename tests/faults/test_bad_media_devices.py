"""Media creation devices that break off, fall silent or tell nonsense."""

from __future__ import annotations

import re

import pytest
import scripted_normalized as bad
from generated import element, write_image
from scripted_normalized import answer, normalized_scp
from storing import SHORT
from wire import CT_IMAGE_STORAGE

from dicomwire import (
    AssociationAborted,
    AssociationOptions,
    ConnectionLost,
    DicomTimeout,
    MediaCreationManagementScu,
    MediaCreationTimeout,
    Timeouts,
    TransportError,
)
from dicomwire.cli.main import main

pytestmark = pytest.mark.usefixtures("engine")

INSTANCES = [(CT_IMAGE_STORAGE, "1.2.3")]
IMPATIENT = AssociationOptions(timeouts=Timeouts(connect=2, acse=1, dimse=0.3, release=0.3))


def told(state, info="NORMAL"):
    return answer(0, element(0x2100, 0x20, "CS", state) + element(0x2100, 0x30, "CS", info))


def user(peer, options=SHORT):
    return MediaCreationManagementScu(peer.peer, options=options)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (bad.abort, AssociationAborted),
        (bad.reset, ConnectionLost),
        (bad.silence, DicomTimeout),
    ],
    ids=["abort", "reset", "silence"],
)
def test_a_request_whose_beginning_is_not_confirmed_is_not_lost(scripted_peer, step, error):
    scu = user(scripted_peer(normalized_scp(answer(), step)), IMPATIENT)
    with pytest.raises(error):
        scu.create_media(INSTANCES)
    # Its UID is what one can ask the device by.
    assert scu.last_request.is_created
    assert scu.last_request.initiated is None
    assert scu.last_request.sop_instance_uid.startswith("2.25.")


def test_an_earlier_request_is_not_taken_for_one_that_was_never_made(scripted_peer):
    scu = user(scripted_peer(normalized_scp(answer()), lambda talk: talk.reset()))
    assert scu.create(INSTANCES).is_created
    assert scu.last_request is not None
    with pytest.raises(TransportError):
        scu.create_media(INSTANCES)
    assert scu.last_request is None


def test_a_device_that_leaves_during_a_wait(scripted_peer):
    peer = scripted_peer(normalized_scp(told("PENDING")), normalized_scp(bad.reset))
    with pytest.raises(ConnectionLost):
        user(peer).wait("1.2.3", interval=0.01)
    assert len(peer.conversations) == 2


def test_a_kept_association_that_ended_between_two_questions_is_opened_anew(scripted_peer):
    def once(talk):
        normalized_scp(lambda asked: (told("PENDING")(asked), bad.close(asked)))(talk)

    peer = scripted_peer(once, normalized_scp(told("DONE")))
    with user(peer) as scu:
        assert scu.wait("1.2.3", interval=0.2).is_done
    assert len(peer.conversations) == 2


def test_a_device_that_tells_nothing_is_waited_for_in_vain(scripted_peer):
    with pytest.raises(MediaCreationTimeout, match="it is unknown"):
        user(scripted_peer(normalized_scp(answer()))).wait("1.2.3", interval=0.01, timeout=0.05)


def test_a_device_with_words_of_its_own(scripted_peer):
    peer = scripted_peer(normalized_scp(told("BURNING", "HOT")))
    with pytest.raises(MediaCreationTimeout, match="it is BURNING: HOT") as caught:
        user(peer).wait("1.2.3", interval=0.01, timeout=0.05)
    assert caught.value.status.execution_status == "BURNING"


def test_a_device_that_warns_of_attributes_it_does_not_have(scripted_peer):
    warning = answer(
        0x0107, element(0x2100, 0x20, "CS", "DONE"), attribute_identifier_list="2200000B"
    )
    status = user(scripted_peer(normalized_scp(warning))).status("1.2.3")
    assert status.is_done
    assert status.result.attribute_identifiers == (0x2200000B,)


@pytest.mark.parametrize("code", [0x0110, 0x0112, 0x0124, 0x0211])
def test_a_device_that_does_not_tell_ends_the_wait(scripted_peer, code):
    status = user(scripted_peer(normalized_scp(answer(code)))).wait("1.2.3", interval=0.01)
    assert status.is_failure
    assert not status.is_known
    assert status.result.status == code


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_the_command_line_tells_of_a_request_that_the_device_has(
    scripted_peer, capsys, tmp_path, form
):
    write_image(tmp_path / "image.dcm", "2.25.7000")
    peer = scripted_peer(normalized_scp(answer(), bad.abort))
    assert main(["media", peer.peer, "create", str(tmp_path), *form]) == 2
    told, error = capsys.readouterr().err.splitlines()
    assert re.fullmatch(rf".*{peer.peer} has the request: ask .* status 2\.25\.\d+", told)
    assert "abort" in error
    # And of one whose answer it took with it.
    peer = scripted_peer(normalized_scp(bad.abort))
    assert main(["media", peer.peer, "create", str(tmp_path), *form]) == 2
    told, error = capsys.readouterr().err.splitlines()
    assert re.fullmatch(rf".*{peer.peer} may have the request: ask .* status 2\.25\.\d+", told)


def test_the_command_line_tells_what_it_waited_for(scripted_peer, capsys, tmp_path):
    write_image(tmp_path / "image.dcm", "2.25.7001")
    peer = scripted_peer(normalized_scp(answer()), normalized_scp(bad.abort))
    assert main(["media", peer.peer, "create", str(tmp_path), "--wait", "--json"]) == 2
    told, _ = capsys.readouterr().err.splitlines()
    assert re.search(rf"the wait has ended: ask .*{peer.peer} status 2\.25\.\d+$", told)
