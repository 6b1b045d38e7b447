"""The series that a procedure step made, from the instances themselves (PS3.3 section C.4.15)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from dicomwire import sop
from dicomwire.errors import ConfigError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["InstancesLike", "PerformedSeries", "series_items"]

InstancesLike: TypeAlias = (
    "str | os.PathLike[str] | Dataset | Iterable[str | os.PathLike[str] | Dataset]"
)

_TAGS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "RetrieveAETitle",
    "SeriesDescription",
    "PerformingPhysicianName",
    "OperatorsName",
    "ProtocolName",
    "SeriesInstanceUID",
    "Rows",
)
_SHOWN = 5
_DIRECTORY = "DICOMDIR"


@dataclass(slots=True)
class PerformedSeries:
    """A series that was made during a procedure step: an item of Performed Series Sequence.

    Parameters
    ----------
    series_instance_uid : str
        Series Instance UID (0020,000E).
    protocol_name : str
        Protocol Name (0018,1030).
    performing_physician_name, operators_name : str
        Performing Physician's Name (0008,1050), Operators' Name (0008,1070).
    series_description : str
        Series Description (0008,103E).
    retrieve_ae_title : str
        Retrieve AE Title (0008,0054): where the instances can be had.
    images, non_images : list of (str, str)
        SOP class UID and SOP instance UID of each instance: of images, and of the others, such as
        reports and waveforms. The standard makes no use of the difference.
    """

    series_instance_uid: str
    protocol_name: str = ""
    performing_physician_name: str = ""
    operators_name: str = ""
    series_description: str = ""
    retrieve_ae_title: str = ""
    images: list[tuple[str, str]] = field(default_factory=list)
    non_images: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def from_instances(
        cls,
        instances: InstancesLike,
        *,
        protocol_name: str | None = None,
        retrieve_ae_title: str | None = None,
    ) -> list[Self]:
        """Sort instances into their series.

        Only the heads of files are read. What a series is called is taken from the first of its
        instances that says so.

        Parameters
        ----------
        instances : path, Dataset, or iterable of these
            Files, directories (with all that is below, but a DICOMDIR), or data sets.
        protocol_name : str, optional
            Protocol Name (0018,1030) of series whose instances name none. Without it such a series
            cannot be sent, as this attribute is of type 1.
        retrieve_ae_title : str, optional
            Retrieve AE Title (0008,0054), where the instances were sent to.

        Returns
        -------
        list of PerformedSeries
            The series, in the order in which they were first seen.

        Raises
        ------
        ConfigError
            If something is no instance: the list has to be complete (PS3.4 section F.7.2.2.2).
        """
        found: dict[str, Self] = {}
        seen: set[str] = set()
        unusable: list[str] = []
        for name, row in _rows(instances):
            if (lacks := _lacks(row)) is not None:
                unusable.append(f"{name}: {lacks}")
                continue
            uid = str(row["SOPInstanceUID"])
            if uid in seen:
                continue
            seen.add(uid)
            key = str(row["SeriesInstanceUID"])
            series = found.setdefault(key, cls(key, retrieve_ae_title=retrieve_ae_title or ""))
            _add(series, row)
        if unusable:
            more = f" and {len(unusable) - _SHOWN} more" if len(unusable) > _SHOWN else ""
            raise ConfigError(f"not an instance of a series: {'; '.join(unusable[:_SHOWN])}{more}")
        for series in found.values():
            series.protocol_name = series.protocol_name or protocol_name or ""
        return list(found.values())

    def to_dataset(self) -> Dataset:
        """Make the item of Performed Series Sequence (0040,0340)."""
        from pydicom.dataset import Dataset

        item = Dataset()
        item.SeriesInstanceUID = self.series_instance_uid
        for keyword, attribute in _ATTRIBUTES.items():
            setattr(item, keyword, getattr(self, attribute))
        item.ReferencedImageSequence = [_reference(*pair) for pair in self.images]
        item.ReferencedNonImageCompositeSOPInstanceSequence = [
            _reference(*pair) for pair in self.non_images
        ]
        return item


_ATTRIBUTES = {
    "ProtocolName": "protocol_name",
    "PerformingPhysicianName": "performing_physician_name",
    "OperatorsName": "operators_name",
    "SeriesDescription": "series_description",
    "RetrieveAETitle": "retrieve_ae_title",
}


def _add(series: PerformedSeries, row: Mapping[str, Any]) -> None:
    """Add an instance, and what it says of its series that is not known yet."""
    for keyword, attribute in _ATTRIBUTES.items():
        if not getattr(series, attribute) and (text := _text(row.get(keyword))):
            setattr(series, attribute, text)
    reference = (str(row["SOPClassUID"]), str(row["SOPInstanceUID"]))
    (series.images if _is_image(row) else series.non_images).append(reference)


def series_items(series: Iterable[PerformedSeries | Dataset]) -> list[Dataset]:
    """Make the items of Performed Series Sequence; data sets are taken as they are."""
    if isinstance(series, PerformedSeries):
        series = [series]
    return [one.to_dataset() if isinstance(one, PerformedSeries) else one for one in series]


def _reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    return item


def _rows(instances: InstancesLike) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the attributes of each instance, with a name for it."""
    from pydicom.dataset import Dataset

    from dicomwire.table.scan import scan

    is_one = isinstance(instances, (str, os.PathLike, Dataset))
    several: Iterable[Any] = [instances] if is_one else instances  # type: ignore[assignment]
    paths: list[str | os.PathLike[str]] = []
    for number, instance in enumerate(several, start=1):
        if isinstance(instance, Dataset):
            yield f"data set {number}", {keyword: instance.get(keyword) for keyword in _TAGS}
        else:
            paths.append(instance)
    named = {os.fspath(path) for path in paths}
    if paths:
        for row in scan(paths, _TAGS):
            name = str(row["path"])
            # The directory of a file-set is none of its instances (PS3.10 section 8.6).
            is_directory = os.path.basename(name) == _DIRECTORY and not row["SOPClassUID"]  # noqa: PTH119 (a text)
            if name in named or not is_directory or row.get("error"):
                yield name, row


def _lacks(row: Mapping[str, Any]) -> str | None:
    """Say why something cannot be referred to, if it cannot."""
    for keyword in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID"):
        if not row.get(keyword):
            error = row.get("error")
            return str(error) if error else f"has no {keyword}"
    return None


def _is_image(row: Mapping[str, Any]) -> bool:
    return bool(row.get("Rows")) or "Image Storage" in sop.name(str(row["SOPClassUID"]))


def _text(value: object) -> str:
    """Write a value as it stands in a data set, several of them with backslashes."""
    if value is None:
        return ""
    if isinstance(value, str) or not isinstance(value, Iterable) or hasattr(value, "components"):
        return str(value)
    return "\\".join(str(part) for part in value)
