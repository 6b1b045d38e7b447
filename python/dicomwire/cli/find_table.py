"""Matches of a query as a table that is written while they come.

The width of a column is settled before the first match, so nothing waits for the last one. What
does not fit into a line of the terminal stands below it as ``Keyword=value``, as ``-k`` takes it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size

from dicomwire.query import MODALITY_WORKLIST, UNIQUE_KEYS, find_path, vrs_of_key

from .output import one_line
from .row_output import cell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dicomwire.query import Model

__all__ = ["shown_keys", "write_table"]

_STEP = "ScheduledProcedureStepSequence"
_SHOWN = {
    "PATIENT": (
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "NumberOfPatientRelatedStudies",
    ),
    "STUDY": (
        "StudyDate",
        "PatientName",
        "PatientID",
        "ModalitiesInStudy",
        "StudyDescription",
        "NumberOfStudyRelatedInstances",
    ),
    "SERIES": (
        "SeriesNumber",
        "Modality",
        "SeriesDescription",
        "NumberOfSeriesRelatedInstances",
    ),
    "IMAGE": ("InstanceNumber", "SOPClassUID"),
}
_SHOWN_OF_WORKLIST = (
    f"{_STEP}.ScheduledProcedureStepStartDate",
    f"{_STEP}.ScheduledProcedureStepStartTime",
    f"{_STEP}.Modality",
    f"{_STEP}.ScheduledStationAETitle",
    "PatientName",
    "PatientID",
    "AccessionNumber",
    f"{_STEP}.ScheduledProcedureStepDescription",
)
_HEADINGS = {
    "AccessionNumber": "Accession",
    "InstanceNumber": "Number",
    "ModalitiesInStudy": "Modalities",
    "NumberOfPatientRelatedInstances": "Instances",
    "NumberOfPatientRelatedSeries": "Series",
    "NumberOfPatientRelatedStudies": "Studies",
    "NumberOfSeriesRelatedInstances": "Instances",
    "NumberOfStudyRelatedInstances": "Instances",
    "NumberOfStudyRelatedSeries": "Series",
    "PatientBirthDate": "Born",
    "PatientID": "Patient ID",
    "PatientName": "Patient",
    "PatientSex": "Sex",
    "ScheduledProcedureStepDescription": "Step",
    "ScheduledProcedureStepStartDate": "Date",
    "ScheduledProcedureStepStartTime": "Time",
    "ScheduledStationAETitle": "Station",
    "SeriesDescription": "Description",
    "SeriesNumber": "Series",
    "StudyDate": "Date",
    "StudyDescription": "Description",
}
# Characters that values of a VR usually need; a name is longer, and is cut.
_WIDTHS = {
    "AE": 12,
    "AS": 4,
    "CS": 8,
    "DA": 10,
    "DS": 8,
    "DT": 20,
    "IS": 6,
    "LO": 20,
    "PN": 20,
    "SH": 12,
    "TM": 8,
    "UI": 64,
    "UL": 6,
    "US": 6,
}
_OTHER_WIDTH = 24
# Text may be narrower than it would like to be, for the sake of the other columns.
_SHRINKING = frozenset({"LO", "PN", "SH"})
_LEAST_WIDTH = 8
_GAP = "  "
_INDENT = "    "


@dataclass(slots=True)
class _Column:
    key: str
    heading: str
    width: int
    is_shrinking: bool


def shown_keys(
    model: Model, level: str | None, asked: Sequence[str], *, only: bool
) -> tuple[str, ...]:
    """Choose what a table shows, as keywords or paths; nothing stands for everything.

    Parameters
    ----------
    model, level
        What is queried.
    asked : sequence of str
        The keys that the caller named.
    only : bool
        Whether the caller said what to return, so that nothing else comes.

    Raises
    ------
    ConfigError
        If a key does not exist.
    """
    usual: tuple[str, ...] = ()
    if not only:
        usual = _SHOWN_OF_WORKLIST if model == MODALITY_WORKLIST else _SHOWN.get(level or "", ())
        if not usual:
            return ()
    unique = () if level is None else (UNIQUE_KEYS[level],)
    if not only and level is not None:
        # Those of the levels above say for every match what the caller said.
        asked = [key for key in asked if key not in UNIQUE_KEYS.values()]
    names = (".".join(map(_column_name, find_path(key))) for key in asked)
    return tuple(dict.fromkeys((*usual, *names, *unique)))


def _column_name(tag: int) -> str:
    """Name an element as the columns of a result do."""
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(tag) or f"{tag >> 16:04x}_{tag & 0xFFFF:04x}"


def write_table(
    rows: Iterable[dict[str, Any]], columns: Sequence[str], shown: Sequence[str], file: IO[str]
) -> None:
    """Write matches as they come.

    Parameters
    ----------
    rows : iterable of dict
        The matches.
    columns : sequence of str
        The names in `rows`.
    shown : sequence of str
        What to show of them, see `shown_keys`.
    file : text file
        Where to write; if it is a terminal, its width is kept to.
    """
    keys = [key for key in shown if key.split(".")[0] in columns]
    keys = keys or [name for name in columns if name != "error"]
    is_terminal = file.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else None
    beside, below = _lay_out([_column(key) for key in keys], width)
    _write_line(file, [column.heading for column in beside], beside, is_cut=is_terminal)
    for row in rows:
        cells = [_cell(row, column.key) for column in beside]
        _write_line(file, cells, beside, is_cut=is_terminal)
        for key in [*(column.key for column in below), "error"]:
            if text := _cell(row, key):
                file.write(f"{_INDENT}{key}={text}\n")


def _column(key: str) -> _Column:
    name = key.rpartition(".")[2]
    vr = "" if "_" in name else vrs_of_key(find_path(name)[-1]) or ""
    heading = _HEADINGS.get(name, name)
    width = max(_WIDTHS.get(vr[:2], _OTHER_WIDTH), min(len(heading), _OTHER_WIDTH))
    return _Column(key, heading, width, vr in _SHRINKING)


def _lay_out(columns: list[_Column], width: int | None) -> tuple[list[_Column], list[_Column]]:
    """Divide columns into those that fit beside each other and those that go below."""
    if width is None:
        return columns, []
    beside = list(columns)
    below: list[_Column] = []
    while len(beside) > 1 and _least(beside) > width:
        # The widest of the last ones, which is where the UIDs are.
        widest = max(reversed(beside), key=_least_of)
        beside.remove(widest)
        below.insert(0, widest)
    while (excess := _total(beside) - width) > 0:
        shrinking = [column for column in beside if column.is_shrinking]
        widest = max(shrinking, key=lambda column: column.width, default=beside[0])
        if widest.width <= _LEAST_WIDTH or widest not in shrinking:
            break
        widest.width -= min(excess, 1)
    return beside, below


def _least_of(column: _Column) -> int:
    return min(column.width, _LEAST_WIDTH) if column.is_shrinking else column.width


def _least(columns: list[_Column]) -> int:
    return sum(map(_least_of, columns)) + len(_GAP) * (len(columns) - 1)


def _total(columns: list[_Column]) -> int:
    return sum(column.width for column in columns) + len(_GAP) * (len(columns) - 1)


def _write_line(file: IO[str], cells: list[str], columns: list[_Column], *, is_cut: bool) -> None:
    texts = []
    for cell, column in zip(cells, columns, strict=True):
        # Not every character is as wide as the others.
        length = cell_len(cell)
        if length <= column.width:
            texts.append(cell + " " * (column.width - length))
        else:
            texts.append(set_cell_size(cell, column.width - 1) + "…" if is_cut else cell)
    file.write(_GAP.join(texts).rstrip() + "\n")


def _cell(row: dict[str, Any], key: str) -> str:
    """Find a value by its path: of every item, where there are several."""
    values: list[Any] = [row]
    for name in key.split("."):
        found = [value.get(name) for value in values if isinstance(value, dict)]
        values = [item for value in found for item in _items(value)]
    return one_line("\\".join(text for value in values if (text := cell_text(value))))


def _items(value: Any) -> list[Any]:  # noqa: ANN401 (whatever a cell holds)
    """Return the items of a sequence, or a value as it is."""
    return value if isinstance(value, list) and value and isinstance(value[0], dict) else [value]
