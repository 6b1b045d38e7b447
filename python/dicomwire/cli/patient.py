"""``dicomwire patient``: change, merge, move, copy and delete in an archive (private N-ACTION)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from dicomwire.patient_update.updates import UPDATES

from .exit_codes import ALL_WELL, SOME_FAILED
from .options import (
    AsJson,
    CallingAeTitle,
    PeerArgument,
    Quiet,
    Timeout,
    Verbose,
    association_options,
    show_messages,
)
from .output import complain, print_json, print_result
from .patient_options import (
    SOP_CLASS_DEFAULT,
    SOP_INSTANCE_DEFAULT,
    ActionTypeId,
    Description,
    DryRun,
    Operator,
    Reason,
    SopClass,
    SopInstance,
    Station,
    make_update,
    with_options_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomwire import PatientUpdate, PatientUpdateResult, PatientUpdaterScu

__all__ = ["patient"]

patient = typer.Typer(name="patient", no_args_is_help=False)


@patient.callback()
def _of_peer(context: typer.Context, *, peer: PeerArgument) -> None:
    """Change, merge, move, copy and delete patients, studies and series in the archive PEER.

    The service is a vendor's own; other archives do not have it.
    """
    context.obj = peer


def _verb(kind: type[PatientUpdate]) -> Callable[..., None]:
    """Make the function of one update."""

    @with_options_of(kind)
    def run(
        context: typer.Context,
        *,
        operator: Operator = None,
        station: Station = None,
        reason: Reason = None,
        description: Description = None,
        sop_class: SopClass = SOP_CLASS_DEFAULT,
        sop_instance: SopInstance = SOP_INSTANCE_DEFAULT,
        action_type_id: ActionTypeId = None,
        dry_run: DryRun = False,
        calling_ae_title: CallingAeTitle = "DICOMWIRE",
        timeout: Timeout = None,
        as_json: AsJson = False,
        quiet: Quiet = False,
        verbose: Verbose = False,
        **fields: Any,  # noqa: ANN401 (of the update)
    ) -> None:
        from dicomwire import DicomEngine, PatientUpdaterScu

        said = {
            "operator": operator,
            "station": station,
            "reason": reason,
            "description": description,
        }
        update = make_update(kind, {**fields, **said})
        scu = PatientUpdaterScu(
            context.obj,
            calling_ae_title=calling_ae_title,
            options=association_options(timeout),
            sop_class_uid=sop_class,
            sop_instance_uid=sop_instance,
        )
        if action_type_id is not None:
            # Whatever else has this number there: nothing else is asked for.
            scu.actions[update.action] = action_type_id
        if dry_run:
            _show(scu, update)
            raise typer.Exit(ALL_WELL)
        show_messages(verbose)
        with DicomEngine():
            result = scu.update(update)
        _tell(result, str(context.obj), as_json=as_json, quiet=quiet)
        raise typer.Exit(SOME_FAILED if result.is_failure else ALL_WELL)

    run.__doc__ = (kind.__doc__ or "").partition("\n")[0]
    return run


for _kind in UPDATES.values():
    patient.command(name=_kind.action.method_name.replace("_", "-"))(_verb(_kind))


def _show(scu: PatientUpdaterScu, update: PatientUpdate) -> None:
    """Print what would be sent; also what ``dicomwire update-files`` reads."""
    from dicomwire import encode_update
    from dicomwire.dataset.json_model import to_json

    print_json(
        {
            "action": update.action.method_name,
            "action_type_id": scu.actions[update.action],
            "sop_class_uid": scu.sop_class_uid,
            "sop_instance_uid": scu.sop_instance_uid,
            # In the order of their tags, as in any data set.
            "action_information": dict(sorted(json.loads(to_json(encode_update(update))).items())),
        }
    )


def _tell(result: PatientUpdateResult, peer: str, *, as_json: bool, quiet: bool) -> None:
    """Print what came of it."""
    if as_json:
        print_json(result.to_dict())
    title = "" if result.update is None else result.update.action.title
    if result.is_failure:
        named = ", ".join(
            f"({tag >> 16:04X},{tag & 0xFFFF:04X})" for tag in result.attribute_identifiers
        )
        advice = ""
        if result.not_found:
            advice = "; sending it again will not help"
        elif result.not_permitted:
            advice = "; ask for permission there, or give another --operator or --calling-ae-title"
        about = f", about {named}" if named else ""
        complain(f"{title}: {peer} answered {result.status}{about}{advice}")
    elif not quiet and not as_json:
        print_result(f"{title}: {result.status}")
