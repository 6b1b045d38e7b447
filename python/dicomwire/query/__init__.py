"""Queries and retrievals as data: information models, keys, and identifiers that are checked.

Nothing here talks to anybody; `dicomwire.QueryRetrieveScu` does.
"""

from __future__ import annotations

from .character_set import set_character_set
from .hierarchy import check_find_keys, check_retrieve_keys
from .identifier import Query, build, encode_query
from .keys import find_path, path_name, vrs_of_key
from .levels import UNIQUE_KEYS
from .models import (
    MODALITY_WORKLIST,
    PATIENT_ROOT,
    PATIENT_STUDY_ONLY,
    STUDY_ROOT,
    Model,
    Service,
    model_of,
)
from .return_keys import standard_return_keys

__all__ = [
    "MODALITY_WORKLIST",
    "PATIENT_ROOT",
    "PATIENT_STUDY_ONLY",
    "STUDY_ROOT",
    "UNIQUE_KEYS",
    "Model",
    "Query",
    "Service",
    "build",
    "check_find_keys",
    "check_retrieve_keys",
    "encode_query",
    "find_path",
    "model_of",
    "path_name",
    "set_character_set",
    "standard_return_keys",
    "vrs_of_key",
]
