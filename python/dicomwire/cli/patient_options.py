"""The options of ``dicomwire patient``: those of each update, from its fields, and common ones."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dicomwire.patient_update import audit
from dicomwire.patient_update.actions import PATIENT_UPDATE_INSTANCE, PATIENT_UPDATE_SOP_CLASS
from dicomwire.patient_update.elements import IdentifierItems, OneReference, References, Texts
from dicomwire.patient_update.updates import PatientUpdate, elements_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dicomwire.patient_update.elements import Element

__all__ = [
    "ActionTypeId",
    "Description",
    "DryRun",
    "Operator",
    "Reason",
    "SopClass",
    "SopInstance",
    "Station",
    "make_update",
    "option_of",
    "with_options_of",
]

# Fields that hold several values have a name for several.
_SINGULAR = {
    "other_patient_ids": "other-patient-id",
    "patients_to_merge": "patient-to-merge",
    "study_instance_uids": "study-instance-uid",
}

Operator = Annotated[
    str | None,
    typer.Option(
        "--operator",
        help="Who asks for this \\[default: the user of this process].",
        show_default=False,
    ),
]
Station = Annotated[
    str | None,
    typer.Option(
        "--station", help="Where it is asked from \\[default: this host].", show_default=False
    ),
]
Reason = Annotated[
    str | None,
    typer.Option("--reason", help="Why; some archives demand it.", show_default=False),
]
Description = Annotated[
    str | None,
    typer.Option(
        "--description",
        help="What is asked for \\[default: the name of the action].",
        show_default=False,
    ),
]
SopClass = Annotated[
    str,
    typer.Option("--sop-class", metavar="UID", help="The abstract syntax of the service of PEER."),
]
SopInstance = Annotated[
    str,
    typer.Option("--sop-instance", metavar="UID", help="The SOP instance of the service of PEER."),
]
ActionTypeId = Annotated[
    int | None,
    typer.Option(
        "--action-type-id",
        metavar="N",
        min=0,
        max=0xFFFF,
        help="The number of the action at PEER, if it is another one.",
        show_default=False,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Send nothing: print what would be sent, with the action information as DICOM JSON. "
        "update-files takes it.",
    ),
]
SOP_CLASS_DEFAULT = PATIENT_UPDATE_SOP_CLASS
SOP_INSTANCE_DEFAULT = PATIENT_UPDATE_INSTANCE


def option_of(field: str) -> str:
    """Return the option that gives a field its value."""
    return f"--{_SINGULAR.get(field, field.replace('_', '-'))}"


def own_elements(update: type[PatientUpdate]) -> dict[str, Element]:
    """Return the fields of an update that others do not have, with their elements."""
    return {
        field: element
        for field, element in elements_of(update).items()
        if field not in audit.FIELDS
    }


def _is_several(element: Element) -> bool:
    if isinstance(element, OneReference):
        return False
    return isinstance(element, (References, Texts, IdentifierItems))


def with_options_of(
    update: type[PatientUpdate],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a function that takes ``**values`` an option for each field of an update.

    typer looks at the signature of a function; there are twelve that differ in these alone.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(function, eval_str=True)
        keep = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        added = [_parameter(field, element) for field, element in own_elements(update).items()]
        ordered = [*keep[:1], *added, *keep[1:]]
        function.__signature__ = signature.replace(parameters=ordered)  # type: ignore[attr-defined]
        function.__annotations__ = {p.name: p.annotation for p in ordered}
        return function

    return decorate


def _parameter(field: str, element: Element) -> inspect.Parameter:
    """Make the parameter that typer turns into an option."""
    is_several = _is_several(element)
    summary = element.summary[0].upper() + element.summary[1:]
    option = typer.Option(
        option_of(field),
        metavar="UID" if element.keyword.endswith("UID") else "TEXT",
        help=f"{summary}{'; may be repeated' if is_several else ''}.",
        show_default=False,
    )
    kind: Any = list[str] if is_several else str
    default: Any = inspect.Parameter.empty if element.required else None
    return inspect.Parameter(
        field,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind if element.required else kind | None, option],
    )


def make_update(kind: type[PatientUpdate], values: Mapping[str, Any]) -> PatientUpdate:
    """Make an update of the values of its options.

    Raises
    ------
    typer.BadParameter
        If a value cannot be; the message names the option.
    """
    from dicomwire.errors import ConfigError
    from dicomwire.patient_update.elements import OtherPatientId

    elements = elements_of(kind)
    fields: dict[str, Any] = {}
    try:
        for field, value in values.items():
            if value is None or (value == [] and _is_several(elements[field])):
                continue
            if _is_several(elements[field]):
                # One that is empty says that there are none.
                texts = [] if value == [""] else value
                is_identifiers = isinstance(elements[field], IdentifierItems)
                fields[field] = (
                    [OtherPatientId.parse(one) for one in texts] if is_identifiers else texts
                )
            else:
                fields[field] = value
        return kind(**fields)
    except ConfigError as error:
        raise typer.BadParameter(_in_options(str(error), kind)) from None


def _in_options(message: str, kind: type[PatientUpdate]) -> str:
    """Name options where the message names fields."""
    for field in elements_of(kind):
        message = message.replace(f"{kind.__name__}.{field}=", f"{option_of(field)} ")
    message = message.replace("OtherPatientId.patient_id=", "--other-patient-id ")
    if message.startswith(f"{kind.__name__}: changes nothing"):
        options = ", ".join(
            option_of(field)
            for field, element in own_elements(kind).items()
            if not element.required
        )
        return f"changes nothing; give one of {options}"
    return message
