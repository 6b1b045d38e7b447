"""Whatever a caller gives for a key: it is sent as it is, or refused with a `ConfigError`."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

import dicomwire
from dicomwire.errors import ConfigError
from dicomwire.query import build, encode_query

SYNTAXES = some.sampled_from(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"])
# One key for each VR that a query may have.
KEYWORDS = some.sampled_from(
    [
        "ScheduledStationAETitle",
        "PatientAge",
        "FrameIncrementPointer",
        "ModalitiesInStudy",
        "StudyDate",
        "PatientWeight",
        "AcquisitionDateTime",
        "RecommendedDisplayFrameRateInFloat",
        "DiffusionBValue",
        "InstanceNumber",
        "OtherPatientNames",
        "PatientName",
        "PatientComments",
        "StudyDescription",
        "AccessionNumber",
        "ReferencedStudySequence",
        "DeviceDescription",
        "StudyTime",
        "StrainDescription",
        "StudyInstanceUID",
        "Rows",
        "SmallestImagePixelValue",
        "RetrieveURL",
        "PixelData",
        "BitsAllocated",
    ]
)
CHARACTERS = some.sampled_from("019AZaz.^=*?- \\\t\n\"'ÄΩ山\x1b\ud800")
TEXTS = some.text() | some.text(CHARACTERS, max_size=20)
SIMPLE = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.binary(max_size=8)
    | some.dates()
    | some.times()
    | some.datetimes()
    | some.decimals()
    | TEXTS
)
VALUES = (
    SIMPLE
    | some.lists(SIMPLE, max_size=3)
    | some.tuples(SIMPLE, SIMPLE)
    | some.dictionaries(TEXTS, SIMPLE, max_size=2)
    | some.dictionaries(KEYWORDS, SIMPLE, max_size=2)
)


@given(keyword=KEYWORDS, value=VALUES, check=some.booleans(), syntax=SYNTAXES)
def test_any_value(keyword: str, value: Any, check: bool, syntax: str) -> None:
    try:
        query = build({keyword: value}, model="MODALITY_WORKLIST", return_keys=(), check=check)
    except ConfigError:
        return
    back = dicomwire.decode(encode_query(query.dataset, syntax), syntax)
    assert set(back.keys()) == set(query.dataset.keys())


@given(date=some.dates(min_value=dt.date(1, 1, 1)), other=some.none() | some.dates())
def test_any_range_of_dates(date: dt.date, other: dt.date | None) -> None:
    first, last = (date, other) if other is None or date <= other else (other, date)
    sent = build({"StudyDate": (first, last)}).dataset["StudyDate"].value
    assert len(str(sent)) == len("YYYYMMDD-") + (0 if last is None else len("YYYYMMDD"))


@given(key=TEXTS | some.integers() | some.tuples(some.integers(), some.integers()))
def test_any_key(key: Any) -> None:
    with contextlib.suppress(ConfigError):
        build({key: None}, check=False)
