"""Modality performed procedure steps as data (PS3.4 annex F): tables, checks, worklist, series.

Nothing here talks to anybody; `dicomwire.PerformedProcedureStepScu` does.
"""

from __future__ import annotations

from .check import check_create, check_final, check_get, check_set
from .codes import CodeLike, code_item, code_items
from .ending import all_series, ending, no_series
from .notification import StepNotification
from .series import InstancesLike, PerformedSeries, series_items
from .step import Step, Steps
from .tables import IN_PROGRESS, PROCEDURE_STEP, Attribute, State
from .text import choose_character_set
from .worklist import step_from_worklist

__all__ = [
    "IN_PROGRESS",
    "PROCEDURE_STEP",
    "Attribute",
    "CodeLike",
    "InstancesLike",
    "PerformedSeries",
    "State",
    "Step",
    "StepNotification",
    "Steps",
    "all_series",
    "check_create",
    "check_final",
    "check_get",
    "check_set",
    "choose_character_set",
    "code_item",
    "code_items",
    "ending",
    "no_series",
    "series_items",
    "step_from_worklist",
]
