"""The instances that are to go on media, from whatever names them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeGuard

from dicomwire.dataset import read_file
from dicomwire.errors import ConfigError, DecodeError

from .check import check_uid

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["InstanceSource", "MediaCreationInstance", "instances_of"]

InstanceSource: TypeAlias = (
    "MediaCreationInstance | str | os.PathLike[str] | Dataset | tuple[str, str] | Iterable[Any]"
)

_DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
_SHOWN = 3
_PAIR = 2


@dataclass(frozen=True, slots=True, eq=False)
class MediaCreationInstance:
    """One instance that is to go on media; the device has to have it already.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid : str
        What it is.
    application_profile : str, optional
        The media application profile to write it by, such as ``"STD-GEN-CD"`` (PS3.11). The
        device chooses one otherwise.
    icon : Dataset, optional
        An icon image for the directory record (PS3.3 section C.7.6.1.1.6).

    Raises
    ------
    ConfigError
        If a UID is none.
    """

    sop_class_uid: str
    sop_instance_uid: str
    application_profile: str | None = None
    icon: Dataset | None = None

    def __post_init__(self) -> None:
        check_uid("sop_class_uid", self.sop_class_uid)
        check_uid("sop_instance_uid", self.sop_instance_uid)


def instances_of(
    source: InstanceSource,
    *,
    application_profile: str | None = None,
    others: Literal["fail", "skip"] = "fail",
) -> list[MediaCreationInstance]:
    """Name the instances of files, data sets and results of sends.

    Parameters
    ----------
    source : MediaCreationInstance, path, Dataset, pair of UIDs, StoreResult, or iterable of these
        A directory stands for all its files, recursively. Of a data set and a file only the UIDs
        are used. A pair is ``(sop_class_uid, sop_instance_uid)``.
    application_profile : str, optional
        The media application profile of those that name none themselves.
    others : {"fail", "skip"}
        What to do about files of a directory that are not DICOM. A DICOMDIR in a directory is
        always left out: it is no instance, and the device makes its own.

    Returns
    -------
    list of MediaCreationInstance
        In the order of the source; files of a directory by name.

    Raises
    ------
    ConfigError
        If something is none of these, or a file is not DICOM.
    OSError
        If a file or directory cannot be read.
    """
    reader = _Reader(skips_others=others == "skip")
    found = list(reader.read(source))
    if reader.others:
        shown = ", ".join(str(path) for path in reader.others[:_SHOWN])
        more = f" and {len(reader.others) - _SHOWN} more" if len(reader.others) > _SHOWN else ""
        raise ConfigError(
            f"instances: {shown}{more} not DICOM; name the files to be sent, "
            "or leave such files out with others='skip'"
        )
    if application_profile is None:
        return found
    return [
        instance
        if instance.application_profile is not None
        else replace(instance, application_profile=application_profile)
        for instance in found
    ]


class _Reader:
    """Takes sources apart and remembers the files that are none."""

    def __init__(self, *, skips_others: bool) -> None:
        self._skips_others = skips_others
        self.others: list[Path] = []

    def read(self, source: object) -> Iterator[MediaCreationInstance]:
        if isinstance(source, (str, os.PathLike)):
            yield from self._path(Path(source))
        elif isinstance(source, MediaCreationInstance):
            yield source
        elif _is_data_set(source):
            yield _of_data_set(source, "the Dataset")
        elif _is_pair(source):
            sop_class_uid, sop_instance_uid = source
            yield MediaCreationInstance(sop_class_uid, sop_instance_uid)
        elif hasattr(source, "sop_instance_uid"):
            yield _of_result(source)
        elif isinstance(source, Iterable) and not isinstance(source, (bytes, bytearray)):
            for item in source:
                yield from self.read(item)
        else:
            raise ConfigError(
                f"instances: a {type(source).__name__} names no instance; give paths, Datasets, "
                "pairs (SOP class UID, SOP instance UID) or the results of StoreScu.store_iter()"
            )

    def _path(self, path: Path) -> Iterator[MediaCreationInstance]:
        if not path.is_dir():
            instance = _of_file(path)
            if instance is None:
                raise ConfigError(
                    f"instances: {path} is a DICOMDIR, which the device makes itself; "
                    "name the directory it is in"
                )
            yield instance
            return
        for file in sorted(found for found in path.rglob("*") if found.is_file()):
            try:
                instance = _of_file(file)
            except ConfigError:
                if not self._skips_others:
                    self.others.append(file)
            else:
                if instance is not None:
                    yield instance


def _of_file(path: Path) -> MediaCreationInstance | None:
    """Read the UIDs of a file; None for a DICOMDIR."""
    try:
        dataset = read_file(path, tags=["SOPClassUID", "SOPInstanceUID"])
    except DecodeError as error:
        raise ConfigError(f"instances: {path} is not DICOM: {error}") from error
    meta = dataset.file_meta
    if meta.get("MediaStorageSOPClassUID") == _DIRECTORY_CLASS:
        return None
    return _of_data_set(dataset, str(path))


def _of_data_set(dataset: Any, what: str) -> MediaCreationInstance:  # noqa: ANN401 (a Dataset, whose type would import pydicom)
    missing = [key for key in ("SOPClassUID", "SOPInstanceUID") if not dataset.get(key)]
    if missing:
        raise ConfigError(f"instances: {what} has no {' and no '.join(missing)}")
    return MediaCreationInstance(str(dataset.SOPClassUID), str(dataset.SOPInstanceUID))


def _of_result(result: Any) -> MediaCreationInstance:  # noqa: ANN401 (a StoreResult or whatever else names an instance)
    if not getattr(result, "is_confirmed", True):
        raise ConfigError(
            f"instances: {result.path or result.sop_instance_uid} was not stored "
            f"({result.outcome}: {result.error}); the device cannot write what it has not got"
        )
    return MediaCreationInstance(result.sop_class_uid, result.sop_instance_uid)


def _is_data_set(item: object) -> bool:
    # A Dataset can only exist if somebody imported pydicom; we need not.
    pydicom = sys.modules.get("pydicom.dataset")
    return pydicom is not None and isinstance(item, pydicom.Dataset)


def _is_pair(source: object) -> TypeGuard[tuple[str, str]]:
    """Say whether this is a pair of UIDs, and not two paths."""
    if not isinstance(source, tuple) or len(source) != _PAIR:
        return False
    return all(isinstance(uid, str) and uid[:1].isdigit() and os.sep not in uid for uid in source)
