"""The N-SET that ends a procedure step (PS3.4 section F.7.2.2.2)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from dicomwire.uids import generate_uid

from .series import PerformedSeries, series_items
from .values import local_time

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from pydicom.dataset import Dataset

    from .series import InstancesLike
    from .step import Step
    from .tables import State

__all__ = ["all_series", "ending", "no_series"]


def all_series(
    series: Iterable[PerformedSeries | Dataset] | None,
    instances: InstancesLike | None,
    *,
    protocol_name: str | None = None,
    retrieve_ae_title: str | None = None,
) -> list[Dataset] | None:
    """Make the items of Performed Series Sequence; None leaves those that were set before.

    Raises
    ------
    ConfigError
        If something of `instances` is no instance of a series.
    """
    if series is None and instances is None:
        return None
    items = [] if series is None else series_items(series)
    if instances is not None:
        found = PerformedSeries.from_instances(
            instances, protocol_name=protocol_name, retrieve_ae_title=retrieve_ae_title
        )
        items += series_items(found)
    return items


def no_series(step: Step | None, protocol_name: str | None) -> list[Dataset] | None:
    """Make the series of a step that made nothing, unless it is known to have series.

    A step has one in its final state, if without instances (Table F.7.2-1, note 2).
    """
    known = None if step is None else step.dataset
    if known is not None and known.get("PerformedSeriesSequence"):
        return None
    if protocol_name is None and known is not None:
        protocol_name = str(known.get("PerformedProcedureStepDescription") or "")
    series = PerformedSeries(generate_uid(), protocol_name or "DISCONTINUED")
    return [series.to_dataset()]


def ending(
    state: State,
    end: dt.datetime | None,
    series: list[Dataset] | None,
    dataset: Dataset | None,
) -> Dataset:
    """Make the attributes to set at the end.

    Parameters
    ----------
    state : {"COMPLETED", "DISCONTINUED"}
        Performed Procedure Step Status (0040,0252).
    end : datetime.datetime or None
        When it ended; now if that is None.
    series : list of Dataset or None
        Performed Series Sequence (0040,0340), if it is to be set.
    dataset : Dataset or None
        What to set besides; it is not changed.
    """
    from pydicom.dataset import Dataset

    changes = Dataset() if dataset is None else copy.deepcopy(dataset)
    ended = local_time("end", end)
    changes.PerformedProcedureStepStatus = state
    changes.PerformedProcedureStepEndDate = ended.strftime("%Y%m%d")
    changes.PerformedProcedureStepEndTime = ended.strftime("%H%M%S")
    if series is not None:
        changes.PerformedSeriesSequence = series
    return changes
