"""What ``dicomwire mpps`` sends: data sets in the DICOM JSON model, items of a worklist."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import typer

from .options import association_options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydicom import Dataset

    from dicomwire import Peer

__all__ = ["ask_worklist", "choose_item", "read_data_set", "read_data_sets"]

_STANDARD_INPUT = "-"


def read_data_sets(path: Path) -> list[Dataset]:
    """Read data sets: one object, an array of them, or one on each line (PS3.18 annex F).

    Raises
    ------
    typer.BadParameter
        If the file has something else.
    OSError
        If it cannot be read.
    """
    from pydicom import Dataset

    is_input = str(path) == _STANDARD_INPUT
    try:
        text = sys.stdin.read() if is_input else path.read_text(encoding="utf-8")
        found = _parse(text)
        several = found if isinstance(found, list) else [found]
        return [Dataset.from_json(one) for one in several]
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise typer.BadParameter(
            f"{path}: not in the DICOM JSON model (PS3.18 annex F): {error}", param_hint="'-f'"
        ) from None


def _parse(text: str) -> Any:  # noqa: ANN401 (whatever JSON there is)
    try:
        return json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:  # noqa: PLR2004 - then it is no list of lines
            raise
        return [json.loads(line) for line in lines]


def read_data_set(path: Path) -> Dataset:
    """Read the one data set of a file.

    Raises
    ------
    typer.BadParameter
        If there is another number of them, or something else.
    OSError
        If it cannot be read.
    """
    found = read_data_sets(path)
    if len(found) != 1:
        raise typer.BadParameter(f"{path}: {len(found)} data sets, not one", param_hint="'-f'")
    return found[0]


def ask_worklist(
    peer: Peer, query: dict[str, Any], calling_ae_title: str, timeout: float | None
) -> list[Dataset]:
    """Ask a worklist server for items; the engine is running.

    Raises
    ------
    DicomWireError
        If a key is none, or there is no answer.
    """
    from dicomwire import QueryRetrieveScu

    scu = QueryRetrieveScu(
        peer, calling_ae_title=calling_ae_title, options=association_options(timeout)
    )
    return list(scu.find(query, model="MODALITY_WORKLIST"))


def choose_item(items: Sequence[Dataset], step_id: str | None) -> Dataset:
    """Return the one item that is meant.

    Raises
    ------
    typer.BadParameter
        If there is none, or more than one.
    """
    chosen = [
        item
        for item in items
        if step_id is None
        or any(
            step.get("ScheduledProcedureStepID") == step_id
            for step in item.get("ScheduledProcedureStepSequence") or ()
        )
    ]
    if len(chosen) == 1:
        return chosen[0]
    which = "" if step_id is None else f" with the scheduled step {step_id}"
    if not chosen:
        raise typer.BadParameter(f"no worklist item{which} among {len(items)}")
    ids = sorted(
        str(step.get("ScheduledProcedureStepID") or "?")
        for item in chosen
        for step in item.get("ScheduledProcedureStepSequence") or ()
    )
    raise typer.BadParameter(
        f"{len(chosen)} worklist items{which}: choose one by --step-id ({', '.join(ids)})"
    )
