"""What to change in instances on their way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, final

from dicomwire._core import Changes, vrs_of
from dicomwire.errors import ConfigError

from .head import InstanceHead
from .keys import find_path, path_name
from .uid_map import UidMap
from .values import to_encodable

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    from dicomwire._core import HeadElements, _ChangeTuple
    from dicomwire.dataset.tags import TagLike

    from .keys import Path

__all__ = ["KEEP", "Rewrite"]


@final
class Keep:
    """The type of `KEEP`, which a function of `Rewrite` returns to leave an element as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show the name people import."""
        return "KEEP"


KEEP: Final = Keep()
"""What a function of `Rewrite` returns to leave the element as it is."""


class Rewrite:
    """Changes to the elements of instances on their way; files stay as they are.

    Each element is named by its keyword, its tag (``0x00100020``, ``(0x0010, 0x0020)``,
    ``"(0010,0020)"``), or inside sequences by a path: ``"RequestAttributesSequence[*].
    ScheduledProcedureStepID"`` is an element of every item, ``[0]`` one of the first item. What it
    becomes is

    - a value: text, numbers, bytes, a list of these for several, dates and times, values of
      pydicom; for a sequence a list of Datasets or of mappings. The element is added where it is
      missing. A pair ``("LO", value)`` says the VR, which private elements need;
    - None: the element is left out;
    - a `UidMap`: UIDs in it are mapped, without entering Python;
    - a function ``f(head)``, called once for each instance with an `InstanceHead`, which returns
      any of the first two or `KEEP`. Over several associations it is called from several threads.

    Everything else goes byte for byte; pixel data cannot be rewritten. Text is written in the
    character set of the instance; an instance that cannot hold it fails and is not sent.

    Parameters
    ----------
    changes : Mapping
        The elements, and what each becomes.

    Raises
    ------
    ConfigError
        If an element or value cannot be.

    Examples
    --------
    >>> import dicomwire as dw
    >>> changes = dw.Rewrite(
    ...     {
    ...         "PatientID": "4711",
    ...         "IssuerOfPatientID": lambda head: "OLD" if "IssuerOfPatientID" in head else dw.KEEP,
    ...         "OtherPatientIDs": None,
    ...         "StudyInstanceUID": dw.UidMap(salt="migration 7"),
    ...     }
    ... )
    """

    __slots__ = ("_functions", "_names", "changes", "decide")

    def __init__(
        self,
        changes: Mapping[str, Any] | Mapping[int, Any] | Mapping[TagLike, Any],
    ) -> None:
        if not isinstance(changes, Mapping):
            raise ConfigError(f"Rewrite({changes!r}): must be a mapping of elements to changes")
        fixed: list[_ChangeTuple] = []
        functions: list[tuple[Path, Callable[[InstanceHead], object]]] = []
        paths: set[Path] = set()
        for key, change in changes.items():
            path = find_path(key)
            if path in paths:
                raise ConfigError(f"{key!r}: {path_name(path)} is changed twice")
            paths.add(path)
            if isinstance(change, UidMap):
                fixed.append(_mapping(path, change))
            elif callable(change):
                _check_function(path)
                functions.append((path, change))
            else:
                fixed.append(_fixed(path, change))
        # Changes that exclude each other do so for every instance.
        Changes([*fixed, *((list(path), "text", None, "1.2.3") for path, _ in functions)])
        self._names = [path_name(find_path(key)) for key in changes]
        self._functions = functions
        self.changes = Changes(fixed)
        """Read by the core (``rust/py/src/rewrite.rs``)."""
        self.decide = self._decide if functions else None
        """Read by the core; None keeps it from entering Python for each instance."""

    def __repr__(self) -> str:
        """Name the elements; the values may be confidential."""
        return f"Rewrite({', '.join(self._names)})"

    def _decide(
        self,
        elements: HeadElements,
        path: FilePath | None,
        sop_class: str,
        instance: str,
        syntax: str,
    ) -> list[_ChangeTuple]:
        """Ask the functions about one instance; called by the core."""
        head = InstanceHead(elements, path, sop_class, instance, syntax)
        decided: list[_ChangeTuple] = []
        for element, function in self._functions:
            value = function(head)
            if not isinstance(value, Keep):
                decided.append(_fixed(element, value))
        return decided


def _fixed(path: Path, value: object) -> _ChangeTuple:
    """Make the change to a value, or the removal, of an element."""
    if value is None:
        return list(path), "remove", None, None
    if isinstance(value, Keep):
        raise ConfigError(f"{path_name(path)}: KEEP is for functions; leave the element out")
    kind, vr, converted = to_encodable(path[-1][0], value, path_name(path))
    return list(path), kind, vr, converted


_SOP_CLASS_UID = 0x0008_0016


def _check_function(path: Path) -> None:
    """Refuse what has to be known before the first instance is looked at."""
    if path == ((_SOP_CLASS_UID, None),):
        raise ConfigError(
            "SOPClassUID: must be a value, since presentation contexts are proposed by it"
        )
    # Whatever else is never rewritten is refused now and not at the first instance.
    Changes([(list(path), "text", None, "1.2.3")])


def _mapping(path: Path, uid_map: UidMap) -> _ChangeTuple:
    tag = path[-1][0]
    if vrs_of(tag) not in {"UI", None}:
        raise ConfigError(f"{path_name(path)}: has no UIDs to map")
    return list(path), "map", None, uid_map._core  # noqa: SLF001 (what the core takes)
