"""DIMSE statuses against the tables of PS3.7 annex C and PS3.4."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomwire.errors import StatusError
from dicomwire.status import Status

codes = st.integers(0, 0xFFFF)


@pytest.mark.parametrize(
    ("code", "category"),
    [
        (0x0000, "Success"),
        (0x0001, "Warning"),
        (0x0107, "Warning"),
        (0x0116, "Warning"),
        (0xB000, "Warning"),
        (0xB006, "Warning"),
        (0xBFFF, "Warning"),
        (0x0105, "Failure"),
        (0x0110, "Failure"),
        (0x0122, "Failure"),
        (0x0124, "Failure"),
        (0x0213, "Failure"),
        (0xA700, "Failure"),
        (0xA7FF, "Failure"),
        (0xC000, "Failure"),
        (0xCFFF, "Failure"),
        (0x1234, "Failure"),
        (0xFE00, "Cancel"),
        (0xFF00, "Pending"),
        (0xFF01, "Pending"),
    ],
)
def test_category(code: int, category: str) -> None:
    assert Status(code).category == category


@given(codes)
def test_exactly_one_category_holds(code: int) -> None:
    status = Status(code)
    answers = {
        "Success": status.is_success,
        "Warning": status.is_warning,
        "Failure": status.is_failure,
        "Pending": status.is_pending,
        "Cancel": status.is_cancel,
    }
    assert [name for name, holds in answers.items() if holds] == [status.category]


@given(codes)
def test_pynetdicom_agrees_where_the_standard_speaks(code: int) -> None:
    from pynetdicom.status import code_to_category

    theirs = code_to_category(code)
    if theirs != "Unknown":
        assert Status(code).category == theirs


@pytest.mark.parametrize(
    ("code", "service", "meaning"),
    [
        (0xA700, "store", "Out of resources"),
        (0xA712, "store", "Out of resources"),
        (0xA900, "store", "Data set does not match SOP class"),
        (0xA900, "find", "Identifier does not match SOP class"),
        (0xA9FE, "store", "Data set does not match SOP class"),
        (0xC123, "store", "Cannot understand"),
        (0xC123, "find", "Unable to process"),
        (0xB000, "store", "Coercion of data elements"),
        (0xB000, "move", "Sub-operations complete, one or more failures or warnings"),
        (0xA801, "move", "Move destination unknown"),
        (0xC601, "print", "Print queue is full, the session was not queued"),
        (0xC201, "media", "Media creation request already completed"),
        (0x0122, "store", "SOP class not supported"),
        (0x0213, "commitment", "Resource limitation"),
        (0xFE00, "find", "Operation terminated by a cancel request"),
        (0x1234, "store", "Failure"),
        (0xB123, None, "Warning"),
        (0xA801, None, "Move destination unknown"),
    ],
)
def test_meaning_is_the_service_s(code: int, service: Any, meaning: str) -> None:
    assert Status(code, service=service).meaning == meaning


def test_it_is_a_number() -> None:
    status = Status(0x0000)
    assert status == 0
    assert status.code == 0
    assert type(status.code) is int
    assert f"{Status(0xA700):04X}" == "A700"
    assert {Status(0xFE00): "cancelled"}[0xFE00] == "cancelled"  # type: ignore[index]


def test_text() -> None:
    assert str(Status(0)) == "0x0000 (Success)"
    assert f"{Status(0)}" == "0x0000 (Success)"
    status = Status(0xA700, service="store", comment="disk full")
    assert str(status) == "0xA700 (Out of resources: disk full)"
    assert repr(status) == "<Status 0xA700 (Out of resources: disk full)>"


@pytest.mark.parametrize("code", [-1, 0x10000])
def test_refuses_what_is_no_16_bit_value(code: int) -> None:
    with pytest.raises(ValueError, match="16-bit"):
        Status(code)


@pytest.mark.parametrize("code", [0x0000, 0xB000, 0xFF00])
def test_raise_for_status_lets_pass(code: int) -> None:
    status = Status(code)
    assert status.raise_for_status() is status


@pytest.mark.parametrize("code", [0xA700, 0xFE00])
def test_raise_for_status_raises(code: int) -> None:
    status = Status(code, comment="disk full")
    with pytest.raises(StatusError, match=f"0x{code:04X}") as caught:
        status.raise_for_status()
    assert caught.value.status is status
    assert caught.value.category == status.category
    assert caught.value.comment == "disk full"


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_copies_keep_everything(copied: Any) -> None:
    status = Status(0x0116, service="store", comment="odd", offending_elements=[0x00100010])
    again = copied(status)
    assert type(again) is Status
    assert again == status
    assert (again.service, again.comment, again.offending_elements) == (
        "store",
        "odd",
        (0x00100010,),
    )
