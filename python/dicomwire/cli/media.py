"""``dicomwire media``: have a device write instances on discs or sticks (PS3.4 annex S)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from dicomwire.errors import DicomWireError, MediaCreationTimeout, NoAcceptedContext

from .exit_codes import ALL_WELL, INTERRUPTED, SOME_FAILED
from .interruption import ending_on_signals
from .media_options import (
    AllowLossy,
    AllowSplitting,
    Barcode,
    Copies,
    Disposition,
    FileSetId,
    IncludeNonDicom,
    Interval,
    Label,
    LabelFromInstances,
    LabelStyle,
    MaxWait,
    NoCheck,
    NoInitiate,
    Paths,
    Priority,
    Profile,
    RequestUid,
    SkipOthers,
    Viewer,
    Wait,
    check_wait,
    media_options,
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
from .service_call import ServiceCall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from dicomwire import MediaCreationManagementScu, MediaCreationRequest, NResult, Peer
    from dicomwire.media_creation import MediaCreationStatus

__all__ = ["media"]

media = typer.Typer(name="media", no_args_is_help=False)


@media.callback()
def _of_peer(context: typer.Context, *, peer: PeerArgument) -> None:
    """Have PEER, a media creation device, write discs of instances it has (PS3.4 annex S)."""
    context.obj = peer


@media.command()
def create(
    context: typer.Context,
    *,
    paths: Paths,
    profile: Profile = None,
    file_set_id: FileSetId = None,
    label: Label = None,
    label_style: LabelStyle = None,
    label_from_instances: LabelFromInstances = None,
    disposition: Disposition = None,
    barcode: Barcode = None,
    split: AllowSplitting = None,
    lossy: AllowLossy = None,
    non_dicom: IncludeNonDicom = None,
    viewer: Viewer = None,
    copies: Copies = None,
    priority: Priority = None,
    skip_others: SkipOthers = False,
    no_check: NoCheck = False,
    no_initiate: NoInitiate = False,
    wait: Wait = False,
    max_wait: MaxWait = None,
    interval: Interval = 2.0,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Make a request for the instances of PATH... and have PEER begin."""
    if wait and no_initiate:
        raise typer.BadParameter("--wait would wait for ever with --no-initiate: leave out one")
    wanted = media_options(
        file_set_id=file_set_id,
        label=label,
        label_style=label_style,
        label_from_instances=label_from_instances,
        disposition=disposition,
        barcode=barcode,
        split=split,
        lossy=lossy,
        non_dicom=non_dicom,
        viewer=viewer,
    )
    common = ServiceCall(context.obj, calling_ae_title, timeout, as_json, quiet, verbose)
    check_wait(max_wait, interval)
    with _service(common) as scu:
        with _remembering(scu):
            request = scu.create_media(
                paths,
                initiate=not no_initiate,
                copies=copies,
                priority=priority,
                application_profile=profile,
                others="skip" if skip_others else "fail",
                check=not no_check,
                **wanted,
            )
        granted = request.is_created and (no_initiate or request.is_initiated)
        if not as_json:
            _tell_request(request, common)
        code, status = ALL_WELL if granted else SOME_FAILED, None
        if wait and granted:
            code, status = _wait(scu, request, common, max_wait, interval)
    if as_json:
        print_json({**request.to_dict(), "media": None if status is None else status.to_dict()})
    raise typer.Exit(code)


@media.command()
def initiate(
    context: typer.Context,
    *,
    uid: RequestUid,
    copies: Copies = None,
    priority: Priority = None,
    wait: Wait = False,
    max_wait: MaxWait = None,
    interval: Interval = 2.0,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Have PEER begin with a request that was made with --no-initiate."""
    common = ServiceCall(context.obj, calling_ae_title, timeout, as_json, quiet, verbose)
    check_wait(max_wait, interval)
    with _service(common) as scu:
        result = scu.initiate(uid, copies=copies, priority=priority)
        code, status = _tell_answer(result, common, "initiated"), None
        if wait and code == ALL_WELL:
            code, status = _wait(scu, uid, common, max_wait, interval)
    if as_json:
        print_json({**result.to_dict(), "media": None if status is None else status.to_dict()})
    raise typer.Exit(code)


@media.command()
def cancel(
    context: typer.Context,
    *,
    uid: RequestUid,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Cancel a request; PEER forgets it."""
    common = ServiceCall(context.obj, calling_ae_title, timeout, as_json, quiet, verbose)
    with _service(common) as scu:
        result = scu.cancel(uid)
    code = _tell_answer(result, common, "cancelled")
    if as_json:
        print_json(result.to_dict())
    raise typer.Exit(code)


@media.command()
def status(
    context: typer.Context,
    *,
    uid: RequestUid,
    wait: Wait = False,
    max_wait: MaxWait = None,
    interval: Interval = 2.0,
    calling_ae_title: CallingAeTitle = "DICOMWIRE",
    timeout: Timeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Ask how far PEER has come with a request."""
    common = ServiceCall(context.obj, calling_ae_title, timeout, as_json, quiet, verbose)
    check_wait(max_wait, interval)
    with _service(common) as scu:
        if wait:
            code, told = _wait(scu, uid, common, max_wait, interval)
        else:
            told = scu.status(uid)
            code = _tell_status(told, common)
    if as_json:
        print_json(told.to_dict())
    raise typer.Exit(code)


def _service(common: ServiceCall) -> AbstractContextManager[MediaCreationManagementScu]:
    from dicomwire import MediaCreationManagementScu

    return common.using(MediaCreationManagementScu)


@contextmanager
def _remembering(scu: MediaCreationManagementScu) -> Iterator[None]:
    """Tell the UID of a request that the device may have if its answer does not come."""
    try:
        yield
    except (DicomWireError, KeyboardInterrupt) as error:
        request = scu.last_request
        if request is not None and not isinstance(error, NoAcceptedContext):
            has = "has" if request.is_created else "may have"
            note(f"{scu.peer} {has} the request: {_advice(scu.peer, request.sop_instance_uid)}")
        raise


def _advice(peer: Peer, uid: str) -> str:
    return f"ask by dicomwire media {peer} status {uid}"


def _tell_request(request: MediaCreationRequest, common: ServiceCall) -> None:
    """Print the UID, without which nobody can ask again, and what was not granted."""
    for warning in request.warnings:
        if not common.quiet:
            note(f"warning: {warning}")
    if request.created is not None and request.created.is_failure:
        complain(f"{common.peer} refused the request: {request.created.status}")
        return
    print_result(request.sop_instance_uid)
    if request.initiated is not None and request.initiated.is_failure:
        complain(f"{common.peer} has the request but will not begin: {request.initiated.status}")


def _tell_answer(result: NResult, common: ServiceCall, done: str) -> int:
    if result.is_failure:
        complain(f"{common.peer} answered {result.status}")
        return SOME_FAILED
    if not common.as_json and not common.quiet:
        print_result(done if result.is_success else f"{done}: {result.status}")
    return ALL_WELL


def _tell_status(status: MediaCreationStatus, common: ServiceCall) -> int:
    if not common.as_json:
        print_result(str(status))
        for produced in status.produced:
            print_result(f"made {produced.file_set_id or '-'} {produced.file_set_uid or '-'}")
    for instance in status.failed:
        note(f"{instance.sop_instance_uid}: {instance.reason_text}")
    # A device that answers without a state has not said that all is well.
    return ALL_WELL if status.is_known and not status.is_failure else SOME_FAILED


def _wait(
    scu: MediaCreationManagementScu,
    request: MediaCreationRequest | str,
    common: ServiceCall,
    max_wait: float | None,
    interval: float,
) -> tuple[int, Any]:
    """Wait, tell of every change, and return exit code and last status."""
    shown = ""

    def show(now: MediaCreationStatus) -> None:
        nonlocal shown
        if str(now) != shown and not now.is_final and not common.quiet:
            note(str(now))
        shown = str(now)

    uid = request if isinstance(request, str) else request.sop_instance_uid
    with ending_on_signals(scu.cancel) as interruption:
        try:
            last = scu.wait(request, timeout=max_wait, interval=interval, progress=show)
        except MediaCreationTimeout as error:
            complain(str(error))
            return SOME_FAILED, error.status
        except DicomWireError:
            note(f"the wait has ended: {_advice(common.peer, uid)}")
            raise
    code = _tell_status(last, common)
    if interruption.happened and not last.is_final:
        note(f"{common.peer} goes on: {_advice(common.peer, uid)}")
        return INTERRUPTED, last
    return code, last
