"""What may be sent of a procedure step, and what must be (PS3.4 section F.7.2).

Each check names everything that is wrong at once, by the path of the attribute, and gives the data
set to send: a copy of the one it got, in which missing attributes of type 2 are empty.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from dicomwire.dataset.tags import tag_number
from dicomwire.errors import ConfigError

from .rows import fill_in, missing
from .tables import IN_PROGRESS, PROCEDURE_STEP
from .values import unfit_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydicom.dataset import Dataset

    from dicomwire.dataset.tags import TagLike

    from .step import Step

__all__ = ["check_create", "check_final", "check_get", "check_set"]

_SPECIFIC_CHARACTER_SET = 0x0008_0005
_STATUS = "PerformedProcedureStepStatus"
_REASON = "PerformedProcedureStepDiscontinuationReasonCodeSequence"
_ENDS = ("COMPLETED", "DISCONTINUED")

_WHOLE = {row.keyword for row in PROCEDURE_STEP}
_PLACES = {
    inner.keyword: row.keyword
    for row in PROCEDURE_STEP
    if row.keyword in {"ScheduledStepAttributesSequence", "PerformedSeriesSequence"}
    for inner in row.items
    if inner.keyword not in _WHOLE
}
"""Where attributes belong that are often put beside the sequence instead of in its items."""


def check_create(dataset: Dataset, *, fill: bool = True) -> Dataset:
    """Check what is to be created (PS3.4 section F.7.2.1).

    Parameters
    ----------
    dataset : pydicom.dataset.Dataset
        The attributes; it is left as it is.
    fill : bool
        Whether missing attributes of type 2 are added without a value, rather than refused.

    Returns
    -------
    pydicom.dataset.Dataset
        What to send.

    Raises
    ------
    ConfigError
        If something is missing, misplaced or cannot be a value, or the state is another one than
        IN PROGRESS.
    """
    checked = _copied(dataset)
    if fill:
        fill_in(checked, PROCEDURE_STEP, "create")
    problems = [
        *missing(checked, PROCEDURE_STEP, "create"),
        *_misplaced(checked),
        *unfit_values(checked),
    ]
    state = checked.get(_STATUS)
    if state and state != IN_PROGRESS:
        problems.append(f"{_STATUS}: {str(state)!r}, but a step is created {IN_PROGRESS}")
    _raise("N-CREATE", problems)
    return checked


def check_set(dataset: Dataset, step: Step | None = None, *, fill: bool = True) -> Dataset:
    """Check what is to be set (PS3.4 section F.7.2.2).

    Parameters
    ----------
    dataset : pydicom.dataset.Dataset
        The attributes; it is left as it is.
    step : Step, optional
        What is known of the step. Without it nobody knows which attributes were created, and the
        final state has to be whole in this data set.
    fill : bool
        Whether missing attributes of type 2 are added to items without a value.

    Returns
    -------
    pydicom.dataset.Dataset
        What to send.

    Raises
    ------
    ConfigError
        If something may not be set, was not created, is missing or cannot be a value.
    """
    checked = _copied(dataset)
    if fill:
        fill_in(checked, PROCEDURE_STEP, "set")
    problems = [
        *missing(checked, PROCEDURE_STEP, "set"),
        *_misplaced(checked),
        *_not_created(checked, step),
        *unfit_values(checked),
    ]
    state = checked.get(_STATUS)
    if _STATUS in checked and state not in {IN_PROGRESS, *_ENDS}:
        problems.append(f"{_STATUS}: {str(state or '')!r}, must be one of {(IN_PROGRESS, *_ENDS)}")
    _raise("N-SET", problems)
    if state in _ENDS:
        check_final(checked if step is None else step.merged(checked))
    return checked


def check_final(dataset: Dataset) -> None:
    """Check that all is there that a step has in its final state (the last column of the table).

    Parameters
    ----------
    dataset : pydicom.dataset.Dataset
        All that was created and set, and what is to be set now.

    Raises
    ------
    ConfigError
        If something is missing, or a step is completed for a reason to discontinue it.
    """
    problems = list(missing(dataset, PROCEDURE_STEP, "final"))
    if dataset.get(_STATUS) == "COMPLETED" and dataset.get(_REASON):
        problems.append(f"{_REASON}: the step is COMPLETED, not DISCONTINUED")
    _raise("N-SET of the final state", problems)


def check_get(attributes: Iterable[TagLike]) -> list[int]:
    """Check what is to be asked for (PS3.4 section F.8.2.1.2).

    Parameters
    ----------
    attributes : iterable of keywords or tags
        The attributes; none stands for all.

    Returns
    -------
    list of int
        The tags, with Specific Character Set (0008,0005), without which text cannot be read.

    Raises
    ------
    ConfigError
        If an attribute is one of the items of a sequence, which cannot be asked for.
    """
    wanted = [tag_number(attribute) for attribute in attributes]
    inner = {tag_number(keyword): (keyword, place) for keyword, place in _PLACES.items()}
    for tag in wanted:
        if tag in inner:
            keyword, place = inner[tag]
            raise ConfigError(f"{keyword}: is in the items of {place}; ask for that")
    if wanted and _SPECIFIC_CHARACTER_SET not in wanted:
        wanted.insert(0, _SPECIFIC_CHARACTER_SET)
    return wanted


def _copied(dataset: Dataset) -> Dataset:
    from pydicom.dataset import Dataset

    if not isinstance(dataset, Dataset):
        raise ConfigError(f"dataset={dataset!r}: must be a pydicom Dataset")
    return copy.deepcopy(dataset)


def _misplaced(dataset: Dataset) -> Iterator[str]:
    for keyword, sequence in _PLACES.items():
        if keyword in dataset:
            yield f"{keyword}: belongs in an item of {sequence}"


def _not_created(dataset: Dataset, step: Step | None) -> Iterator[str]:
    """Name what the peer has no place for: only what was created may be set."""
    if step is None:
        return
    forbidden = {row.keyword for row in PROCEDURE_STEP if row.set == "-"}
    for element in dataset:
        if element.keyword not in forbidden and not step.is_created(int(element.tag)):
            name = element.keyword or str(element.tag)
            yield f"{name}: was not created (create it, empty, to set it later)"


def _raise(what: str, problems: list[str]) -> None:
    if problems:
        # An attribute can be wrong in two ways, and one of them is then the better word.
        unique = "; ".join(dict.fromkeys(problems))
        raise ConfigError(f"{what} of a performed procedure step (PS3.4 Table F.7.2-1): {unique}")
