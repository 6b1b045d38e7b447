"""The exception tree: bases that existing handlers catch, texts, pickling."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import pytest

from dicomwire import errors
from dicomwire.errors import (
    AssociationAborted,
    AssociationRejected,
    DicomTimeout,
    DicomWireError,
    NoAcceptedContext,
    StoreInterrupted,
)

ALL = [getattr(errors, name) for name in errors.__all__]
TREE = {
    "ConfigError": ("DicomWireError", ValueError),
    "StateError": ("DicomWireError", RuntimeError),
    "EngineNotStartedError": ("StateError", RuntimeError),
    "TransportError": ("DicomWireError", ConnectionError),
    "ConnectError": ("TransportError", ConnectionError),
    "TlsError": ("TransportError", ConnectionError),
    "ConnectionLost": ("TransportError", ConnectionError),
    "DicomTimeout": ("DicomWireError", TimeoutError),
    "AssociationError": ("DicomWireError", Exception),
    "AssociationRejected": ("AssociationError", Exception),
    "AssociationAborted": ("AssociationError", Exception),
    "NoAcceptedContext": ("AssociationError", Exception),
    "ProtocolError": ("DicomWireError", Exception),
    "LocalProtocolError": ("ProtocolError", Exception),
    "RemoteProtocolError": ("ProtocolError", Exception),
    "DatasetError": ("DicomWireError", Exception),
    "DecodeError": ("DatasetError", Exception),
    "EncodeError": ("DatasetError", Exception),
    "StatusError": ("DicomWireError", Exception),
    "RetrieveError": ("StatusError", Exception),
    "CommitmentError": ("StatusError", Exception),
    "PrintError": ("DicomWireError", Exception),
    "MediaCreationTimeout": ("DicomTimeout", TimeoutError),
    "StoreError": ("DicomWireError", Exception),
}
# One value of the right kind for every attribute there is.
VALUES = {
    "peer": "PACS@host:104",
    "phase": "connect",
    "result": 1,
    "source": 3,
    "reason": 2,
    "by": "peer",
    "proposed": [("1.2.840.10008.1.1", ["1.2.840.10008.1.2"], 3, "abstract syntax not supported")],
    "pdu": "A-ASSOCIATE-AC",
    "offset": 12,
    "expected": "protocol version 1",
    "path": "(0040,A730)[2].(0008,0100)",
    "status": 0xA700,
    "category": "Failure",
    "comment": "disk full",
    "response": ("anything",),
    "report": {"sent": 3},
}


def attributes_of(kind: type) -> dict[str, object]:
    parameters = inspect.signature(kind).parameters.values()
    return {p.name: VALUES[p.name] for p in parameters if p.kind is p.KEYWORD_ONLY}


@pytest.mark.parametrize(("name", "bases"), TREE.items(), ids=list(TREE))
def test_tree(name: str, bases: tuple[str, type]) -> None:
    kind = getattr(errors, name)
    own, builtin = bases
    assert kind.__bases__[0] is getattr(errors, own)
    assert issubclass(kind, builtin)


def test_the_tree_above_is_complete() -> None:
    assert set(errors.__all__) == {*TREE, "DicomWireError", "StoreInterrupted"}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_message_alone_is_enough_and_attributes_are_none(kind: type) -> None:
    error = kind("what happened")
    assert str(error) == "what happened"
    for name in attributes_of(kind):
        assert not getattr(error, name)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_pickling_keeps_class_message_attributes_and_notes(kind: type) -> None:
    attributes = attributes_of(kind)
    error = kind("what happened", **attributes)
    error.add_note("while sending a.dcm")
    again: Any = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == "what happened"
    assert {name: getattr(again, name) for name in attributes} == attributes
    assert vars(again)["__notes__"] == ["while sending a.dcm"]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_attributes_are_keywords_only(kind: type) -> None:
    with pytest.raises(TypeError):
        kind("what happened", "too much")


@pytest.mark.parametrize(
    ("source", "reason", "text"),
    [
        (1, 1, "no reason given"),
        (1, 2, "application context name not supported"),
        (1, 3, "calling AE title not recognized"),
        (1, 7, "called AE title not recognized"),
        (2, 1, "no reason given"),
        (2, 2, "protocol version not supported"),
        (3, 1, "temporary congestion"),
        (3, 2, "local limit exceeded"),
        (3, 7, "reserved (7)"),
        (9, 1, "reserved (1)"),
    ],
)
def test_rejection_reason_depends_on_the_source(source: int, reason: int, text: str) -> None:
    error = AssociationRejected("rejected", result=1, source=source, reason=reason)
    assert error.reason_text == text


def test_rejection_in_words() -> None:
    error = AssociationRejected("rejected", result=2, source=3, reason=1)
    assert error.result_text == "rejected transiently"
    assert error.source_text == "DICOM UL service-provider (presentation related function)"
    assert error.is_transient
    assert not AssociationRejected("rejected", result=1).is_transient
    assert AssociationRejected("rejected").reason_text == "not given"


def test_abort_in_words() -> None:
    error = AssociationAborted("aborted", by="peer", source=2, reason=6)
    assert error.source_text == "DICOM UL service-provider"
    assert error.reason_text == "invalid PDU parameter value"
    assert AssociationAborted("aborted", source=0, reason=3).reason_text == "reserved (3)"


def test_contexts_are_copied() -> None:
    proposed = [("1.2", ["1.2.840.10008.1.2"], 3, "abstract syntax not supported")]
    error = NoAcceptedContext("nothing", proposed=proposed)
    proposed.clear()
    assert len(error.proposed) == 1


def test_existing_handlers_catch_ours() -> None:
    with pytest.raises(TimeoutError):
        raise DicomTimeout("no answer", phase="acse")
    with pytest.raises(OSError, match="no answer"):
        raise DicomTimeout("no answer")


def test_an_interrupted_send_is_no_ordinary_error() -> None:
    assert issubclass(StoreInterrupted, KeyboardInterrupt)
    assert not issubclass(StoreInterrupted, Exception)
    assert not issubclass(StoreInterrupted, DicomWireError)
