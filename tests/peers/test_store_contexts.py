"""Which presentation contexts are proposed, and what happens when there are too many or none."""

from __future__ import annotations

from collections import Counter

import pytest
import wire
from comparing import dataset_bytes
from generated import dataset, file_meta, write_image, write_series
from pydicom.uid import UID_dictionary
from scripted import accept_everything, refuse_all_contexts
from storing import check_each_once, send
from wire import CT_IMAGE_STORAGE, EXPLICIT_LE, IMPLICIT_LE

pytestmark = pytest.mark.usefixtures("engine")

STORAGE_CLASSES = sorted(
    uid
    for uid, (name, kind, *_) in UID_dictionary.items()
    if kind == "SOP Class"
    and name.endswith("Storage")
    and uid.startswith("1.2.840.10008.5.1.4.1.1.")
)


def write_one_of_each(directory, classes):
    return [
        write_image(directory / f"{number:03}.dcm", f"2.25.{5000 + number}", sop_class_uid=uid)
        for number, uid in enumerate(classes)
    ]


def test_one_syntax_per_context_and_a_fallback(scripted_peer, tmp_path):
    peer = scripted_peer(accept_everything)
    send(peer.peer, write_series(tmp_path, 2))
    contexts = peer.conversations[0].request.contexts
    proposals = {(abstract, tuple(syntaxes)) for abstract, syntaxes in contexts.values()}
    assert (CT_IMAGE_STORAGE, (EXPLICIT_LE,)) in proposals
    assert len(proposals) == len(contexts), "no proposal is made twice"
    assert any(IMPLICIT_LE in syntaxes for abstract, syntaxes in contexts.values())
    # The instance went in the context of its own syntax, untouched.
    message = peer.messages[0]
    assert contexts[message.context_id] == (CT_IMAGE_STORAGE, [EXPLICIT_LE])
    assert message.data_set == dataset_bytes(tmp_path / "00000.dcm")


def test_more_classes_than_one_association_has_contexts_for(scripted_peer, tmp_path):
    assert len(STORAGE_CLASSES) > 128
    paths = write_one_of_each(tmp_path, STORAGE_CLASSES)
    peer = scripted_peer(accept_everything)
    sent = send(peer.peer, paths)
    check_each_once(sent, paths)
    assert set(sent.outcomes) == {"sent"}
    requests = [talk.request for talk in peer.conversations]
    assert len(requests) > 1
    assert all(0 < len(request.contexts) <= 128 for request in requests)
    uids = [message.command["affected_sop_instance_uid"] for message in peer.messages]
    assert sorted(uids) == sorted(f"2.25.{5000 + number}" for number in range(len(paths)))


def test_more_than_128_contexts_to_a_real_peer(pynetdicom_server, tmp_path):
    paths = write_one_of_each(tmp_path, STORAGE_CLASSES)
    sent = send(pynetdicom_server.peer, tmp_path)
    check_each_once(sent, paths)
    # pynetdicom counts a few of them to other services, and refuses those by their contexts.
    taken = [result for result in sent.results if result.outcome == "sent"]
    assert len(taken) > 128
    for result in sent.results:
        if result not in taken:
            assert "abstract syntax not supported" in result.error
    files = pynetdicom_server.files()
    sources = [result.path for result in taken]
    assert Counter(map(dataset_bytes, files)) == Counter(map(dataset_bytes, sources))


def test_a_refused_class_fails_and_the_others_go_on(scripted_peer, tmp_path):
    ct = write_series(tmp_path / "ct", 3)
    other = write_one_of_each(tmp_path / "other", ["1.2.840.10008.5.1.4.1.1.4"] * 2)

    def refuse_mr(talk):
        request = talk.read_associate_rq()
        answers = [
            (number, 0 if abstract == CT_IMAGE_STORAGE else 3, syntaxes[0])
            for number, (abstract, syntaxes) in request.contexts.items()
        ]
        talk.send(wire.associate_ac(answers))
        talk.serve()

    peer = scripted_peer(refuse_mr)
    sent = send(peer.peer, [*other, *ct])
    check_each_once(sent, [*other, *ct])
    assert Counter(sent.outcomes) == {"sent": 3, "failed": 2}
    for failure in sent.report.failures:
        assert "MR Image Storage" in failure.error
        assert "abstract syntax not supported" in failure.error.lower()
    # Fail fast: the peer is not asked again for each file of the class it refused.
    assert len(peer.conversations) <= 3


def test_all_contexts_refused_fails_each_instance_and_raises_nothing(scripted_peer, tmp_path):
    paths = write_series(tmp_path, 5)
    peer = scripted_peer(refuse_all_contexts)
    sent = send(peer.peer, paths)
    check_each_once(sent, paths)
    assert sent.outcomes == ["failed"] * 5
    assert "CT Image Storage" in sent.report.failures[0].error
    assert len(peer.conversations) <= 3


def test_a_private_class_is_proposed_like_any_other(scripted_peer, tmp_path):
    private = "1.2.826.0.1.3680043.9.9999.1"
    path = write_one_of_each(tmp_path, [private])[0]
    peer = scripted_peer(accept_everything)
    assert send(peer.peer, path).outcomes == ["sent"]
    assert peer.messages[0].command["affected_sop_class_uid"] == private


def test_a_private_transfer_syntax_is_proposed_alone(scripted_peer, tmp_path):
    syntax = "1.2.840.113619.5.2"
    path = tmp_path / "private.dcm"
    body = dataset(CT_IMAGE_STORAGE, "2.25.9")
    path.write_bytes(file_meta(CT_IMAGE_STORAGE, "2.25.9", "1.2.826.0.1.3680043.9.9999.2") + body)
    peer = scripted_peer(refuse_all_contexts)
    failure = send(peer.peer, path).only
    assert failure.outcome == "failed"
    proposals = [syntaxes for _, syntaxes in peer.conversations[0].request.contexts.values()]
    assert ["1.2.826.0.1.3680043.9.9999.2"] in proposals
    assert all(syntax not in proposal for proposal in proposals)


def test_the_file_meta_information_does_not_go_over_the_wire(scripted_peer, tmp_path):
    path = write_image(tmp_path / "one.dcm", "2.25.1")
    peer = scripted_peer(accept_everything)
    send(peer.peer, path)
    assert peer.messages[0].data_set == path.read_bytes()[-len(peer.messages[0].data_set) :]
    assert peer.messages[0].data_set[:4] == b"\x08\x00\x16\x00"
