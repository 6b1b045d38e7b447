"""Data sets as DICOM JSON (PS3.18 annex F)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["to_json"]

_SPECIFIC_CHARACTER_SET = "00080005"


def to_json(dataset: Dataset) -> str:
    """Write a data set in the DICOM JSON model, without Specific Character Set (0008,0005).

    Parameters
    ----------
    dataset : pydicom.Dataset
        The data set. One that nobody looked into since it was decoded is written by Rust.

    Raises
    ------
    ValueError, TypeError
        If pydicom has no JSON for a value.
    DecodeError
        If a sequence is damaged.
    """
    state = dataset.__dict__
    source = state.get("_source")
    if source is not None and "_dict" not in state:
        text: str | None = source.to_json()
        if text is not None:
            return text
    model: dict[str, Any] = dataset.to_json_dict()
    model.pop(_SPECIFIC_CHARACTER_SET, None)
    return json.dumps(model, ensure_ascii=False, separators=(",", ":"))
