"""``dicomwire mpps``: tell an information system what is performed (PS3.4 annex F)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from dicomwire.errors import DicomWireError

from .exit_codes import ALL_WELL, SOME_FAILED
from .mpps_input import ask_worklist, choose_item, read_data_set, read_data_sets
from .mpps_options import (
    Attributes,
    AttributesFile,
    Description,
    End,
    Instances,
    Keywords,
    NoCheck,
    PerformedModality,
    ProtocolName,
    Reason,
    RetrieveAet,
    ScheduledStepId,
    Start,
    Station,
    StepId,
    StepUid,
    StudyUid,
    Uid,
    WorklistItem,
    WorklistPeer,
    check_source,
)
from .options import (
    AsJson,
    CallingAeTitle,
    PeerArgument,
    Quiet,
    Timeout,
    Verbose,
)
from .output import complain, note, print_json, print_result
from .query_options import Keys, parse_keys
from .service_call import ServiceCall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from pydicom import Dataset

    from dicomwire import NResult, PerformedProcedureStepScu

__all__ = ["mpps"]

mpps = typer.Typer(name="mpps", no_args_is_help=False)


@mpps.callback()
def _of_peer(context: typer.Context, *, peer: PeerArgument) -> None:
    """Tell PEER of a performed procedure step: started, changed, completed, discontinued."""
    context.obj = peer


@mpps.command()
def start(
    context: typer.Context,
    *,
    worklist_item: WorklistItem = None,
    worklist: WorklistPeer = None,
    keys: Keys = None,
    scheduled_step_id: ScheduledStepId = None,
    step_id: StepId = None,
    station: Station = None,
    modality: PerformedModality = None,
    study_uid: StudyUid = None,
    description: Description = None,
    begun: Start = None,
    uid: Uid = None,
    no_check: NoCheck = False,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Start what a worklist item schedules, and print the UID of the step (N-CREATE)."""
    check_source(worklist_item, worklist, keys)
    query = parse_keys(keys)
    items = [] if worklist_item is None else read_data_sets(worklist_item)
    common = ServiceCall(context.obj, calling_ae_title, timeout, as_json, quiet, verbose)
    with _service(common) as scu:
        if worklist is not None:
            items = ask_worklist(worklist, query, calling_ae_title, timeout)
        item = choose_item(items, scheduled_step_id)
        with _remembering(scu):
            result = scu.start_from_worklist(
                item,
                scheduled_procedure_step_id=scheduled_step_id,
                performed_procedure_step_id=step_id,
                station_ae_title=station,
                modality=modality,
                study_instance_uid=study_uid,
                description=description,
                start=begun,
                sop_instance_uid=uid,
                check=not no_check,
            )
    _tell_created(result, common)


@mpps.command()
def create(
    context: typer.Context,
    *,
    attributes: AttributesFile,
    uid: Uid = None,
    no_check: NoCheck = False,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Create a step of the attributes in FILE, and print its UID (N-CREATE)."""
    common = ServiceCall(context.obj, calling_ae_title, timeout, as_json, quiet, verbose)
    dataset = read_data_set(attributes)
    with _service(common) as scu, _remembering(scu):
        result = scu.create(dataset, uid, check=not no_check)
    _tell_created(result, common)


@mpps.command(name="set")
def set_(
    context: typer.Context,
    *,
    uid: StepUid,
    attributes: AttributesFile,
    no_check: NoCheck = False,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Set the attributes in FILE of a step that is in progress (N-SET)."""
    common = ServiceCall(context.obj, calling_ae_title, timeout, as_json, quiet, verbose)
    dataset = read_data_set(attributes)
    with _service(common) as scu:
        result = scu.set(uid, dataset, check=not no_check)
    _tell_changed(result, common, "set")


@mpps.command()
def complete(
    context: typer.Context,
    *,
    uid: StepUid,
    instances: Instances = None,
    attributes: Attributes = None,
    protocol_name: ProtocolName = None,
    retrieve_aet: RetrieveAet = None,
    end: End = None,
    no_check: NoCheck = False,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """End a step that did what it was to do; PATH... are all instances it made (N-SET)."""
    common = ServiceCall(context.obj, calling_ae_title, timeout, as_json, quiet, verbose)
    dataset = None if attributes is None else read_data_set(attributes)
    has_series = bool(instances) or "PerformedSeriesSequence" in (dataset or ())
    if not has_series and not no_check:
        raise typer.BadParameter(
            "name all instances that were made, as PATH...; or --no-check if they were set before"
        )
    with _service(common) as scu:
        result = scu.complete(
            uid,
            instances=instances or None,
            protocol_name=protocol_name,
            retrieve_ae_title=retrieve_aet,
            end=end,
            dataset=dataset,
            check=not no_check,
        )
    _tell_changed(result, common, "completed")


@mpps.command()
def discontinue(
    context: typer.Context,
    *,
    uid: StepUid,
    instances: Instances = None,
    reason: Reason = None,
    attributes: Attributes = None,
    protocol_name: ProtocolName = None,
    retrieve_aet: RetrieveAet = None,
    end: End = None,
    no_check: NoCheck = False,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """End a step that was broken off; PATH... are all instances it made (N-SET)."""
    common = ServiceCall(context.obj, calling_ae_title, timeout, as_json, quiet, verbose)
    dataset = None if attributes is None else read_data_set(attributes)
    with _service(common) as scu:
        result = scu.discontinue(
            uid,
            reason=reason,
            instances=instances or None,
            protocol_name=protocol_name,
            retrieve_ae_title=retrieve_aet,
            end=end,
            dataset=dataset,
            check=not no_check,
        )
    _tell_changed(result, common, "discontinued")


@mpps.command()
def get(
    context: typer.Context,
    *,
    uid: StepUid,
    keywords: Keywords = None,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Ask what PEER knows of a step (N-GET); few information systems offer this."""
    common = ServiceCall(context.obj, calling_ae_title, timeout, as_json, quiet, verbose)
    with _service(common) as scu:
        result = scu.get(uid, keywords or ())
    if not as_json and result.dataset is not None and not result.is_failure:
        for line in _lines(result.dataset):
            print_result(line)
    _tell(result, common)


def _service(common: ServiceCall) -> AbstractContextManager[PerformedProcedureStepScu]:
    from dicomwire import PerformedProcedureStepScu

    return common.using(PerformedProcedureStepScu)


@contextmanager
def _remembering(scu: PerformedProcedureStepScu) -> Iterator[None]:
    """Tell the UID of a step that the peer may have if its answer does not come."""
    sent: list[str | None] = []
    scu.before_n_create.connect(lambda event: sent.append(event.sop_instance_uid))
    try:
        yield
    except (DicomWireError, KeyboardInterrupt):
        for uid in sent:
            note(f"{scu.peer} may have created the step {uid}; if so, it can be ended by this UID")
        raise


def _tell_created(result: NResult, common: ServiceCall) -> None:
    """Print the UID, without which nobody can end the step, whatever is quiet."""
    if not common.as_json and not result.is_failure:
        print_result(str(result.sop_instance_uid))
    _tell(result, common)


def _tell_changed(result: NResult, common: ServiceCall, done: str) -> None:
    if not common.as_json and not common.quiet and not result.is_failure:
        print_result(done)
    _tell(result, common)


def _tell(result: NResult, common: ServiceCall) -> None:
    """Say what is not well, print JSON if it is wanted, and end."""
    if common.as_json:
        print_json(result.to_dict())
    tags = "".join(f" {tag:08X}" for tag in result.attribute_identifiers)
    of = f" for{tags}" if tags else ""
    if result.is_failure:
        complain(f"{common.peer} answered {result.status}{of}")
    elif result.is_warning and not common.quiet:
        note(f"warning: {common.peer} answered {result.status}{of}")
    raise typer.Exit(SOME_FAILED if result.is_failure else ALL_WELL)


def _lines(dataset: Dataset, place: str = "") -> Iterator[str]:
    """Write a data set with one value on each line, by its path."""
    for element in dataset:
        name = place + (element.keyword or str(element.tag))
        if element.VR == "SQ":
            for number, item in enumerate(element.value, start=1):
                yield from _lines(item, f"{name}[{number}].")
        elif not element.is_empty:
            values = element.value if element.VM > 1 else [element.value]
            yield f"{name} {chr(92).join(str(value) for value in values)}"
