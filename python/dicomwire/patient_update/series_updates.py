"""Updates of series.

In all updates None leaves an attribute as it is, and empty text empties it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, ClassVar

from .actions import PatientUpdateAction
from .elements import Text, Uid
from .field_types import Series, SourcePatient, Study
from .update import PatientUpdate, demand_another_patient

__all__ = ["ChangeSeries", "DeleteSeries", "MoveSeries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSeries(PatientUpdate):
    """Change the attributes of a series.

    Parameters
    ----------
    series_instance_uid : str
        The series.
    series_date, series_time, series_description, modality : str, optional
        Attributes of the General Series module (PS3.3 section C.7.3.1).
    """

    action: ClassVar = PatientUpdateAction.CHANGE_SERIES

    series_instance_uid: Series
    series_date: Annotated[
        str | dt.date | None, Text("SeriesDate", "DA", "date of the series, as 20240131")
    ] = None
    series_time: Annotated[
        str | dt.time | None, Text("SeriesTime", "TM", "time of the series, as 134500")
    ] = None
    series_description: Annotated[
        str | None, Text("SeriesDescription", "LO", "description of the series")
    ] = None
    modality: Annotated[str | None, Text("Modality", "CS", "modality")] = None

    def _check_together(self) -> None:
        self._demand_change("series_instance_uid")
        if self.modality == "":
            # Type 1 (PS3.3 Table C.7-5a).
            raise self._refuse("modality", "must not be empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSeries(PatientUpdate):
    """Delete a series.

    Parameters
    ----------
    study_instance_uid : str
        The study it is in.
    series_instance_uid : str
        The series.
    """

    action: ClassVar = PatientUpdateAction.DELETE_SERIES

    study_instance_uid: Study
    series_instance_uid: Series


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSeries(PatientUpdate):
    """Move a series to another patient, who exists.

    Parameters
    ----------
    patient_id : str
        The patient who gets it.
    series_instance_uid : str
        The series.
    source_patient_id : str
        The patient who has it.
    new_study_instance_uid : str, optional
        The study it comes into there; otherwise the server makes a UID.
    """

    action: ClassVar = PatientUpdateAction.MOVE_SERIES

    patient_id: Annotated[str, Text("PatientID", "LO", "ID of who gets it", required=True)]
    series_instance_uid: Series
    source_patient_id: SourcePatient
    new_study_instance_uid: Annotated[
        str | None, Uid("StudyInstanceUID", "UID of the study it comes into")
    ] = None

    def _check_together(self) -> None:
        demand_another_patient(self, self.patient_id, self.source_patient_id)
