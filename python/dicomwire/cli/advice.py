"""The advice of our own errors in the words of the command line."""

from __future__ import annotations

import re

__all__ = ["in_options"]

# What a caller from Python is told to write, and what does the same here.
_OPTIONS = (
    (re.compile(r"AssociationOptions\(relational=True\)"), "--relational"),
    (re.compile(r"\bcheck=False"), "--no-check"),
    (re.compile(r"\bgive modality\b"), "give --modality"),
    (re.compile(r"\bgive station_ae_title\b"), "give --station-aet"),
    (re.compile(r"\bgive study_instance_uid\b"), "give --study-uid"),
    (re.compile(r"Film\(annotation_display_format_id=\.\.\.\)"), "--annotation-format ID"),
    (re.compile(r"\b(level|model)='([A-Z_]+)'"), r"--\1 \2"),
)


def in_options(message: str) -> str:
    """Return a message that names options where it named parameters."""
    for parameter, option in _OPTIONS:
        message = parameter.sub(option, message)
    return message
