"""Events: subscribing, firing, threads, and the argument objects."""

from __future__ import annotations

import dataclasses
import inspect
import threading
from typing import Any

import pytest

from dicomwire import events, hooks
from dicomwire.hooks import (
    AssociateRequest,
    BeforeCStore,
    Hook,
    HookAttribute,
    InstanceReceived,
    PresentationContext,
)


class Service:
    before = HookAttribute[list[str]]()
    after = HookAttribute[list[str]]()


def test_connect_decorates_and_fires_in_order() -> None:
    service = Service()

    @service.before.connect
    def first(event: list[str]) -> None:
        event.append("first")

    service.before += lambda event: event.append("second")
    event: list[str] = []
    assert service.before.fire(event) is event
    assert event == ["first", "second"]
    first(event)
    assert event[-1] == "first"


def test_minus_equals_takes_off() -> None:
    service = Service()
    seen: list[object] = []
    service.before += seen.append
    assert service.before
    assert len(service.before) == 1
    assert seen.append in service.before
    service.before -= seen.append
    assert not service.before
    service.before.fire(["event"])
    assert seen == []


def test_taking_off_what_is_not_on() -> None:
    with pytest.raises(ValueError, match="not connected to before"):
        Service().before.disconnect(print)


def test_handlers_must_be_callable() -> None:
    wrong: Any = "print"
    with pytest.raises(TypeError, match="before must be callable"):
        Service().before.connect(wrong)


def test_instances_and_events_are_apart() -> None:
    one, other = Service(), Service()
    one.before.connect(print)
    assert not other.before
    assert not one.after
    assert one.before is one.before
    assert isinstance(Service.before, HookAttribute)


def test_assignment_is_refused() -> None:
    service = Service()
    wrong: Any = print
    with pytest.raises(AttributeError, match="connect"):
        service.before = wrong
    with pytest.raises(AttributeError, match="connect"):
        service.before = Service().before


def test_what_a_handler_raises_passes_through() -> None:
    hook: Hook[str] = Hook("event")
    called: list[str] = []

    @hook.connect
    def fail(event: str) -> None:
        raise LookupError(event)

    hook.connect(called.append)
    with pytest.raises(LookupError, match="now"):
        hook.fire("now")
    assert called == []


def test_a_firing_goes_to_the_handlers_there_were() -> None:
    hook: Hook[list[str]] = Hook("event")

    def late(event: list[str]) -> None:
        event.append("late")

    @hook.connect
    def once(event: list[str]) -> None:
        event.append("once")
        hook.disconnect(once)
        hook.connect(late)

    assert hook.fire([]) == ["once"]
    assert hook.fire([]) == ["late"]


def test_clear() -> None:
    hook: Hook[str] = Hook("event")
    hook.connect(print)
    hook.clear()
    assert len(hook) == 0


def test_many_threads_connect_and_disconnect() -> None:
    service = Service()
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for _ in range(200):
            seen: list[list[str]] = []
            handler = seen.append
            service.before.connect(handler)
            service.before.fire([])
            service.before.disconnect(handler)
        service.before.connect(print)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(service.before) == 8


ARGUMENTS = [getattr(events, name) for name in events.__all__]


@pytest.mark.parametrize("kind", ARGUMENTS, ids=lambda kind: kind.__name__)
def test_argument_objects_are_documented_and_have_no_other_attributes(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert inspect.getdoc(kind)
    assert not hasattr(kind, "__dict__") or "__slots__" in vars(kind)
    assert getattr(hooks, kind.__name__) is kind


def test_a_typing_error_in_a_handler_is_noticed() -> None:
    event = before_c_store()
    with pytest.raises(AttributeError):
        event.skipp = True  # type: ignore[attr-defined]


def before_c_store(**more: Any) -> BeforeCStore:
    return BeforeCStore(
        path=None,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        sop_instance_uid="1.2.3",
        transfer_syntax="1.2.840.10008.1.2",
        presentation_context_id=1,
        message_id=7,
        **more,
    )


@pytest.mark.parametrize("kind", [BeforeCStore, InstanceReceived])
def test_a_dataset_is_read_once_and_only_if_asked_for(kind: type) -> None:
    calls: list[str] = []

    def load() -> Any:
        calls.append("load")
        return {"PatientName": "DOE^JANE"}

    if kind is BeforeCStore:
        event: Any = before_c_store(loader=load)
    else:
        event = InstanceReceived(None, "1.2", "1.2.3", "1.2.840.10008.1.2", "CT1", 12, loader=load)
    assert calls == []
    assert event.dataset is event.dataset
    assert calls == ["load"]


def test_no_dataset_without_a_loader() -> None:
    assert before_c_store().dataset is None


def test_an_association_request_can_be_edited() -> None:
    request = AssociateRequest("PACS", "DICOMWIRE")
    request.presentation_contexts.append(PresentationContext(1, "1.2", ["1.2.840.10008.1.2"]))
    assert AssociateRequest("PACS", "DICOMWIRE").presentation_contexts == []
    context = request.presentation_contexts[0]
    assert context.result_text == "no answer"
    assert not context.is_accepted
    context.result = 3
    assert context.result_text == "abstract syntax not supported (provider rejection)"
    context.result = 0
    assert context.is_accepted
