"""Where received instances go, as the core wants it said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dicomwire.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Duplicates", "SinkSpec"]

Duplicates = Literal["replace", "keep", "refuse"]


@dataclass(slots=True)
class SinkSpec:
    """A sink; read by the core (``rust/py/src/stored.rs``).

    Attributes
    ----------
    kind : {"directory", "memory", "discard", "nowhere", "relay"}
        What becomes of an instance: a file, bytes for a function of the caller, nothing, or (in
        a C-GET) a C-STORE to somebody else.
    directory : Path or None
        Where files go.
    duplicates : {"replace", "keep", "refuse"}
        What to do when the file is there already.
    max_instance : int
        Bytes of the largest instance that is kept in memory.
    """

    kind: Literal["directory", "memory", "discard", "nowhere", "relay"]
    directory: Path | None = None
    duplicates: Duplicates = "replace"
    max_instance: int = 2 << 30
    implementation_class_uid: str = IMPLEMENTATION_CLASS_UID
    implementation_version_name: str = IMPLEMENTATION_VERSION_NAME
