"""What instances a retrieval should bring: found by C-FIND, level by level (PS3.4 C.4.1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pydicom import Dataset

__all__ = [
    "Ask",
    "Match",
    "classes_in_studies",
    "classes_of_instances",
    "instances_of",
    "unique_keys",
    "values_of",
]

_UNIQUE = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
_LEVELS = tuple(_UNIQUE)

Match: TypeAlias = "Mapping[str, Any]"
"""What a query was answered with: keywords to values."""


class Ask(Protocol):
    """Sends one query and waits for its matches."""

    def __call__(
        self, level: str, keys: Mapping[str, str], return_keys: Sequence[str]
    ) -> Iterable[Match]:
        """Return the matches of a query at `level` with these keys."""


def unique_keys(dataset: Dataset) -> dict[str, list[str]]:
    """Return the values of the unique keys of an identifier, by level, without empty ones."""
    keys = {level: values_of(dataset, keyword) for level, keyword in _UNIQUE.items()}
    return {level: values for level, values in keys.items() if values}


def instances_of(
    identifier: Dataset, level: str, levels: Sequence[str], ask: Ask, *, relational: bool
) -> dict[str, str]:
    """List the instances that the identifier of a retrieval stands for.

    Without relational queries the keys of a query must name one entity at each level above, so
    the studies, their series and the images of each are asked for one after the other.

    Parameters
    ----------
    identifier : Dataset
        The identifier of the C-MOVE or C-GET.
    level : str
        Its level.
    levels : sequence of str
        The levels of the model, topmost first.
    ask : Ask
        Sends a query.
    relational : bool
        Whether images can be asked for whatever is known of the levels between.

    Returns
    -------
    dict
        SOP Instance UID to SOP Class UID, which is empty if the peer does not tell it.
    """
    known = unique_keys(identifier)
    found: dict[str, str] = {}
    for keys in _entities(known, level):
        for image in _images(keys, level, levels, ask, relational=relational):
            for uid in values_of(image, "SOPInstanceUID"):
                found[uid] = "".join(values_of(image, "SOPClassUID")[:1])
    return found


def classes_of_instances(
    identifier: Dataset, level: str, levels: Sequence[str], ask: Ask, *, relational: bool
) -> set[str] | None:
    """Ask for SOP Class UID (0008,0016) of all instances; None if the peer does not tell it.

    Parameters are those of `instances_of`. The first instance without a class ends it.
    """
    classes: set[str] = set()
    for keys in _entities(unique_keys(identifier), level):
        for image in _images(keys, level, levels, ask, relational=relational):
            found = values_of(image, "SOPClassUID")
            if not found:
                return None
            classes.update(found)
    return classes


def classes_in_studies(identifier: Dataset, ask: Ask) -> set[str] | None:
    """Ask for SOP Classes in Study (0008,0062); None if the peer does not tell it.

    Parameters
    ----------
    identifier : Dataset
        The identifier of a retrieval at the study level.
    ask : Ask
        Sends a query.
    """
    classes: set[str] = set()
    for keys in _entities(unique_keys(identifier), "STUDY"):
        for study in ask("STUDY", keys, ["SOPClassesInStudy"]):
            found = values_of(study, "SOPClassesInStudy")
            if not found:
                return None
            classes.update(found)
    return classes


def _entities(known: Mapping[str, Sequence[str]], level: str) -> Iterator[dict[str, str]]:
    """Yield the keys of each entity: those above, and one of the values of the level itself."""
    above = {
        _UNIQUE[name]: known[name][0] for name in _LEVELS[: _LEVELS.index(level)] if name in known
    }
    for value in known.get(level, ()):
        yield {**above, _UNIQUE[level]: value}


def _images(
    keys: Mapping[str, str], level: str, levels: Sequence[str], ask: Ask, *, relational: bool
) -> Iterator[Match]:
    if level == "IMAGE" or relational:
        yield from ask("IMAGE", keys, ["SOPInstanceUID", "SOPClassUID"])
        return
    below = levels[levels.index(level) + 1]
    if below == "IMAGE":
        yield from ask("IMAGE", keys, ["SOPInstanceUID", "SOPClassUID"])
        return
    keyword = _UNIQUE[below]
    # All of them before the first is looked into: an association does one thing at a time.
    entities = [uid for match in ask(below, keys, [keyword]) for uid in values_of(match, keyword)]
    for uid in dict.fromkeys(entities):
        yield from _images({**keys, keyword: uid}, below, levels, ask, relational=False)


def values_of(match: Match | Dataset, keyword: str) -> list[str]:
    """Return the values of an element with text, none if it is absent or empty."""
    value: Any = match.get(keyword)
    if value is None or value == "":
        return []
    values = [value] if isinstance(value, str) else list(value)
    return [str(item) for item in values if str(item)]
