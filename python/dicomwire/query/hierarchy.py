"""Which keys may stand together in an identifier: the rules of the levels.

See PS3.4 section C.4.1.2.1 for queries and sections C.4.2.1.4 and C.4.2.2 for retrievals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError

from .keys import find_path, path_name
from .levels import QUERY_RETRIEVE_LEVEL, UNIQUE_KEYS, level_of, levels_above

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from .models import Model, Service

__all__ = ["check_find_keys", "check_retrieve_keys"]

# What is no key, but says how the others are meant (PS3.4 sections C.4.1.1.3 and C.4.2.1.4).
_NO_KEYS = frozenset(
    {
        0x0008_0005,  # Specific Character Set
        QUERY_RETRIEVE_LEVEL,
        0x0008_0053,  # Query/Retrieve View
        0x0008_0201,  # Timezone Offset From UTC
    }
)
_WAYS_OUT = "AssociationOptions(relational=True), or check=False"
# What the level above has in place of a key of the level below.
_INSTEAD = {
    "Modality": "ModalitiesInStudy",
    "SOPClassUID": "SOPClassesInStudy",
}


def check_find_keys(dataset: Dataset, model: Model, level: str) -> None:
    """Check a hierarchical query (PS3.4 section C.4.1.2.1).

    Raises
    ------
    ConfigError
        If the unique key of a level above is not there with a single value, or there is another
        key of a level above or any of one below.
    """
    above = levels_above(model, level)
    unique = {UNIQUE_KEYS[name] for name in above}
    for element in dataset:
        keyword = path_name((int(element.tag),))
        belongs_to = level_of(model, int(element.tag))
        if belongs_to in {None, level} or keyword in unique:
            continue
        if belongs_to in above:
            raise ConfigError(
                f"{keyword}: belongs to the level {belongs_to}; in a query at the level {level} "
                f"leave it out and ask for it at the level {belongs_to}, "
                f"or give {_WAYS_OUT}"
            )
        instead = _INSTEAD.get(keyword) if level == "STUDY" else None
        raise ConfigError(
            f"{keyword}: belongs to the level {belongs_to}, below {level}; "
            + (f"use {instead}, " if instead else f"give level={belongs_to!r}, ")
            + f"or {_WAYS_OUT}"
        )
    for name in above:
        _require_single(dataset, UNIQUE_KEYS[name], f"a query at the level {level}", _WAYS_OUT)


def check_retrieve_keys(
    dataset: Dataset, model: Model, level: str, service: Service, *, relational: bool
) -> None:
    """Check the identifier of a C-MOVE or C-GET (PS3.4 sections C.4.2.1.4 and C.4.3.1.3).

    Raises
    ------
    ConfigError
        If there is anything but unique keys, the unique key of the level has no value, or one of
        those above is not there with a single value.
    """
    what = f"C-{service.upper()} at the level {level}"
    above = levels_above(model, level)
    allowed = [UNIQUE_KEYS[name] for name in (*above, level)]
    for element in dataset:
        keyword = path_name((int(element.tag),))
        if int(element.tag) not in _NO_KEYS and keyword not in allowed:
            raise ConfigError(
                f"{keyword}: {what} of {model.name} takes {' and '.join(allowed)} only; "
                f"find out which those are with a query{_where_it_belongs(keyword)}, "
                "or give check=False"
            )
    if not relational:
        for name in above:
            _require_single(dataset, UNIQUE_KEYS[name], what, _WAYS_OUT)
    unique = UNIQUE_KEYS[level]
    values = _values(dataset, unique)
    if not values:
        raise ConfigError(f"{unique}: {what} needs it; give {unique}=…")
    if level == "PATIENT":
        _require_single(dataset, unique, what, "check=False")


def _where_it_belongs(keyword: str) -> str:
    """Say which other level or model takes a unique key."""
    if keyword == UNIQUE_KEYS["PATIENT"]:
        return ", or give model='PATIENT_ROOT'"
    for level, unique in UNIQUE_KEYS.items():
        if keyword == unique:
            return f", or give level={level!r}"
    return ""


def _values(dataset: Dataset, keyword: str) -> list[str]:
    tag = find_path(keyword)[0]
    if tag not in dataset or dataset[tag].is_empty:
        return []
    element = dataset[tag]
    return [str(value) for value in (element.value if element.VM > 1 else [element.value])]


def _require_single(dataset: Dataset, keyword: str, what: str, ways_out: str) -> None:
    values = _values(dataset, keyword)
    if len(values) == 1 and not {*values[0]} & {"*", "?"}:
        return
    wrong = "needs it with a single value" if values else "needs it"
    raise ConfigError(f"{keyword}: {what} {wrong}; give {keyword}=…, or {ways_out}")
