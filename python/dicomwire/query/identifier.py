"""Identifiers of queries and retrievals (PS3.4 sections C.4.1.1.3 and C.4.2.1.4).

Whatever can be known to be wrong is an error here, before a connection is opened.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError, EncodeError

from .character_set import SPECIFIC_CHARACTER_SET, set_character_set
from .elements import is_empty_sequence, put, set_values
from .hierarchy import check_find_keys, check_retrieve_keys
from .keys import find_path, path_name
from .levels import QUERY_RETRIEVE_LEVEL, UNIQUE_KEYS, check_level
from .matching import check_values
from .models import Model, Service, model_of
from .return_keys import standard_return_keys
from .values import to_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataset import Dataset

    from .keys import Path, TagLike

__all__ = ["Query", "build", "encode_query"]

_IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"


@dataclass
class Query:
    """An identifier, ready to be sent.

    Parameters
    ----------
    dataset : pydicom.dataset.Dataset
        The identifier.
    model : Model
        The information model.
    level : str or None
        The level; None if the model has none.
    relational : bool
        Whether the identifier may need relational queries or retrieval (PS3.4 section C.5).
    """

    dataset: Dataset
    model: Model
    level: str | None
    relational: bool = False


def build(
    query: Dataset | Mapping[TagLike, object] | None = None,
    keys: Mapping[str, object] | None = None,
    *,
    level: str | None = "STUDY",
    model: str | Model = "STUDY_ROOT",
    return_keys: Iterable[TagLike] | None = None,
    relational: bool = False,
    check: bool = True,
    character_set: str | list[str] | None = None,
    service: Service = "find",
) -> Query:
    """Make the identifier of a C-FIND, C-MOVE or C-GET.

    Parameters
    ----------
    query : pydicom.dataset.Dataset or mapping, optional
        The keys: a data set, which is taken as it is, or a mapping of keywords, tags or paths such
        as ``"ScheduledProcedureStepSequence.Modality"`` to values.
    keys : mapping, optional
        More keys by keyword.
    level : str, optional
        PATIENT, STUDY, SERIES or IMAGE; models without levels ignore it. None takes the one in
        `query`, or else STUDY.
    model : str or Model
        The information model, see `model_of`.
    return_keys : iterable of keywords, tags or paths, optional
        What to ask for beside the keys with values and the unique key of the level; by default the
        usual ones, or for a data set none.
    relational : bool
        Whether rules of levels are left to the server.
    check : bool
        Whether keys are checked against the rules of the levels and of matching.
    character_set : str or list of str, optional
        The value of Specific Character Set (0008,0005); by default ISO_IR 192 if it is needed.
    service : {"find", "move", "get"}
        What the identifier is for. The last two take unique keys only.

    Returns
    -------
    Query
        The identifier with what it was made for.

    Raises
    ------
    ConfigError
        If a key does not exist or cannot be what it is; the message says what to do.
    """
    chosen = model_of(model)
    chosen.sop_class_uid(service)
    dataset, is_given = _start(query)
    for source in (query if isinstance(query, Mapping) else None, keys):
        for key, value in (source or {}).items():
            path = find_path(key)
            put(dataset, path, value, key if isinstance(key, str) else path_name(path))
    at_level = _set_level(dataset, chosen, level)
    if service == "find":
        # Only after the keys with values: what is there already stays.
        _ask(dataset, _wanted(chosen, at_level, return_keys, is_given=is_given))
    set_character_set(dataset, character_set)
    if check:
        _check_elements(dataset, ())
        if at_level is not None and service == "find" and not relational:
            check_find_keys(dataset, chosen, at_level)
        elif at_level is not None and service != "find":
            check_retrieve_keys(dataset, chosen, at_level, service, relational=relational)
    _try_to_encode(dataset)
    return Query(dataset, chosen, at_level, relational)


def encode_query(dataset: Dataset, transfer_syntax: str) -> bytes:
    """Encode an identifier in the transfer syntax of its presentation context.

    Raises
    ------
    EncodeError
        If it cannot be written.
    """
    from dicomwire.dataset.writing import encode

    return encode(dataset, transfer_syntax)


def _start(query: object) -> tuple[Dataset, bool]:
    """Return the data set to begin with, and whether it is one that the caller gave."""
    from pydicom.dataset import Dataset

    if isinstance(query, Dataset):
        return copy.deepcopy(query), True
    if query is None or isinstance(query, Mapping):
        return Dataset(), False
    kind = type(query).__name__
    raise ConfigError(f"query: must be a pydicom Dataset, a mapping, or None, not a {kind}")


def _set_level(dataset: Dataset, model: Model, level: str | None) -> str | None:
    """Put Query/Retrieve Level (0008,0052) into the identifier."""
    if not model.levels:
        return None
    there = str(dataset.get("QueryRetrieveLevel") or "") or None
    wanted = check_level(model, level or there or "STUDY")
    if there is not None and check_level(model, there) != wanted:
        raise ConfigError(
            f"level={wanted!r}: QueryRetrieveLevel of the query is {there!r}; give level={there!r}"
        )
    set_values(dataset, QUERY_RETRIEVE_LEVEL, "CS", [wanted], "QueryRetrieveLevel")
    return wanted


def _wanted(
    model: Model, level: str | None, return_keys: Iterable[TagLike] | None, *, is_given: bool
) -> list[Path]:
    """Tell what a query asks for beside the keys that have values."""
    if return_keys is None:
        if is_given:
            return []
        return [find_path(key) for key in standard_return_keys(model, level)]
    keys = [return_keys] if isinstance(return_keys, str) else return_keys
    wanted = [find_path(key) for key in keys]
    if level is not None and not is_given:
        # PS3.4 section C.4.1.2.1: the unique key of the level is in every query.
        wanted.append(find_path(UNIQUE_KEYS[level]))
    return wanted


def _ask(dataset: Dataset, wanted: list[Path]) -> None:
    """Put return keys into a query, unless a whole sequence is asked for already."""
    # Sequences that are empty before anything is added.
    whole = {tag for tag in {path[0] for path in wanted} if is_empty_sequence(dataset, tag)}
    for path in wanted:
        if path[0] not in whole:
            put(dataset, path, None, path_name(path))


def _check_elements(dataset: Dataset, above: Path) -> None:
    """Check the values of all elements, in items too."""
    from pydicom.datadict import dictionary_VM

    for element in dataset:
        path = (*above, int(element.tag))
        name = path_name(path)
        if element.VR == "SQ":
            if len(element.value) > 1:
                raise ConfigError(
                    f"{name}: a sequence of a query has one item (PS3.4 section C.2.2.2.6)"
                )
            for item in element.value:
                _check_elements(item, path)
            continue
        if element.tag == SPECIFIC_CHARACTER_SET or element.is_empty:
            continue
        try:
            multiplicity = dictionary_VM(element.tag)
        except KeyError:
            multiplicity = "1-n"
        check_values(element.VR, multiplicity, to_values(element.VR, element.value, name), name)


def _try_to_encode(dataset: Dataset) -> None:
    """Find out now what would be wrong when the association is there."""
    try:
        encode_query(dataset, _IMPLICIT_VR_LITTLE_ENDIAN)
    except (EncodeError, ValueError, TypeError) as error:
        raise ConfigError(f"the query cannot be written: {error}") from error
