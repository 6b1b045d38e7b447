"""What callers may ask storage commitment for, brought to SOP classes and SOP instances."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dicomwire.commitment import CommitmentInstance, Unreadable
from dicomwire.commitment.request import distinct
from dicomwire.errors import ConfigError, DatasetError
from dicomwire.uids import is_valid_uid

from .store_result import StoreReport, StoreResult

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Asked", "asked_for"]

_DICOMDIR = "DICOMDIR"
_PAIR = 2


class Asked:
    """The instances to ask for, and the files that do not say which they are.

    Attributes
    ----------
    instances : list of CommitmentInstance
        Each one once, in order.
    unreadable : list of Unreadable
        Files that were named, or found in a directory, and cannot be asked for.
    """

    def __init__(self) -> None:
        self.instances: list[CommitmentInstance] = []
        self.unreadable: list[Unreadable] = []
        self._paths: list[Path] = []

    def add(self, item: object) -> bool:
        """Take one thing; say whether it is one that can be asked for."""
        if isinstance(item, (str, os.PathLike)):
            if not os.fspath(item):
                # It would stand for the working directory and all that is in it.
                raise ConfigError("the path is empty: name a file or a directory")
            self._paths.append(Path(item))
        elif isinstance(item, StoreReport):
            self._add_report(item)
        elif isinstance(item, StoreResult):
            # What was not stored there cannot be committed.
            if item.is_confirmed:
                self._add_named(item)
        elif (pair := _pair(item)) is not None:
            self.instances.append(CommitmentInstance(*pair))
        elif _is_data_set(item):
            self._add_data_set(item)
        elif hasattr(item, "sop_class_uid") and hasattr(item, "sop_instance_uid"):
            self._add_named(item)
        else:
            return False
        return True

    def finish(self) -> None:
        """Read the files that were named.

        Raises
        ------
        ConfigError
            If a UID is none, or an instance is named with two SOP classes.
        """
        paths, self._paths = self._paths, []
        for path in paths:
            if path.name.upper() == _DICOMDIR and path.is_file():
                self._add_file_set(path)
        self._scan([path for path in paths if path.name.upper() != _DICOMDIR or path.is_dir()])
        self.instances = distinct(self.instances)

    def _add_report(self, report: StoreReport) -> None:
        if report.confirmed is None:
            raise ConfigError(
                "this StoreReport does not have the instances that were sent: use "
                "store(..., commit=True), or hand over the results of store_iter()"
            )
        for result in report.confirmed:
            self._add_named(result)

    def _add_named(self, item: Any) -> None:  # noqa: ANN401 (whatever has the two UIDs)
        path = getattr(item, "path", None)
        self.instances.append(
            CommitmentInstance(
                str(item.sop_class_uid),
                str(item.sop_instance_uid),
                Path(path) if isinstance(path, (str, os.PathLike)) else None,
            )
        )

    def _add_data_set(self, dataset: Any) -> None:  # noqa: ANN401 (a Dataset)
        name = getattr(dataset, "filename", None)
        path = Path(name) if isinstance(name, (str, os.PathLike)) and name else None
        self._add_uids(path, dataset.get("SOPClassUID"), dataset.get("SOPInstanceUID"), None)

    def _add_uids(
        self, path: Path | None, sop_class: object, instance: object, error: str | None
    ) -> None:
        if sop_class and instance:
            self.instances.append(CommitmentInstance(str(sop_class), str(instance), path))
        else:
            missing = "SOP Instance UID" if sop_class else "SOP Class UID"
            self.unreadable.append(Unreadable(path, error or f"no {missing}"))

    def _scan(self, paths: list[Path]) -> None:
        """Read the heads of files, in parallel."""
        if not paths:
            return
        from dicomwire.table.scan import scan

        for row in scan(paths, ["SOPClassUID", "SOPInstanceUID"]):
            path = Path(row["path"])
            # In a directory it is an index of files that are there as well.
            if path.name.upper() != _DICOMDIR:
                self._add_uids(path, row["SOPClassUID"], row["SOPInstanceUID"], row["error"])

    def _add_file_set(self, path: Path) -> None:
        """Take the instances a DICOMDIR lists (PS3.3 annex F)."""
        from dicomwire.dataset import read_file

        try:
            records = list(read_file(path).get("DirectoryRecordSequence") or ())
        except (DatasetError, OSError) as error:
            self.unreadable.append(Unreadable(path, str(error)))
            return
        for record in records:
            sop_class = record.get("ReferencedSOPClassUIDInFile")
            instance = record.get("ReferencedSOPInstanceUIDInFile")
            if sop_class and instance:
                names = record.get("ReferencedFileID") or ()
                parts = [names] if isinstance(names, str) else names
                file = path.parent.joinpath(*parts)
                self.instances.append(CommitmentInstance(str(sop_class), str(instance), file))


def asked_for(source: object) -> Asked:
    """Find out which instances are meant.

    Parameters
    ----------
    source : path, Dataset, pair, StoreReport, StoreResult, or an iterable of these
        A file, a directory (recursive), a DICOMDIR, a pydicom Dataset, a tuple of SOP Class UID
        and SOP Instance UID, what was stored, or anything with these two UIDs.

    Raises
    ------
    ConfigError
        If it is none of these, a UID is none, an instance is named with two SOP classes, or
        there is nothing to ask for.
    """
    asked = Asked()
    if not asked.add(source):
        for item in _iterate(source):
            if not asked.add(item):
                raise ConfigError(f"cannot ask to commit a {type(item).__name__}: {_WANTED}")
    asked.finish()
    if not asked.instances:
        why = "it holds no instance that was stored"
        if asked.unreadable:
            first = asked.unreadable[0]
            why = f"{first.path}: {first.error}"
        raise ConfigError(f"there is nothing to ask storage commitment for: {why}")
    return asked


_WANTED = (
    "must be a path, a Dataset, a (SOP Class UID, SOP Instance UID) tuple, a result of storing, "
    "or an iterable of these"
)


def _iterate(source: object) -> Iterable[object]:
    try:
        return iter(source)  # type: ignore[call-overload, no-any-return]
    except TypeError:
        raise ConfigError(f"instances={type(source).__name__}: {_WANTED}") from None


def _pair(item: object) -> tuple[str, str] | None:
    """Take a tuple of two UIDs for a pair; file names may look like UIDs, but come in lists."""
    if not isinstance(item, tuple) or len(item) != _PAIR:
        return None
    sop_class, instance = item
    if not isinstance(sop_class, str) or not isinstance(instance, str):
        return None
    return (sop_class, instance) if is_valid_uid(sop_class) and is_valid_uid(instance) else None


def _is_data_set(item: object) -> bool:
    # A Dataset can only exist if somebody imported pydicom; we need not.
    pydicom = sys.modules.get("pydicom.dataset")
    return pydicom is not None and isinstance(item, pydicom.Dataset)
