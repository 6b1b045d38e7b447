"""The responder answers every client whole, and says how old its answers are."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from benches.children.ages import Ages
from benches.dcmtk import dcmtk
from benches.processes import child, run
from benches.responder import answering
from benches.scenario import AE_TITLE

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANSWERS = 50


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A responder that answers at once."""
    with answering(_ANSWERS, profile="test") as port:
        yield port


@pytest.fixture(scope="module")
def slow_port() -> Iterator[int]:
    """A responder that takes two milliseconds for each answer."""
    with answering(_ANSWERS, delay_us=2000, profile="test") as port:
        yield port


@pytest.mark.parametrize("form", ["table", "batches", "datasets", "dicts"])
def test_dicomwire_gets_all_answers_in_every_form(port: int, form: str) -> None:
    assert report("find_dicomwire", port, form)["done"] == _ANSWERS


@pytest.mark.parametrize("variant", ["stock", "no-delay no-log"])
def test_pynetdicom_gets_all_answers(port: int, variant: str) -> None:
    assert report("find_pynetdicom", port, variant)["done"] == _ANSWERS


def test_findscu_gets_all_answers_and_a_final_one_after_a_cancel(port: int) -> None:
    assert findscu(port).count("StudyInstanceUID") == _ANSWERS
    # findscu cancels after so many; what is on its way by then comes still.
    said = findscu(port, "-v", "--cancel", "2")
    assert "Final Find Response" in said


@pytest.mark.parametrize("form", ["batches", "datasets", "dicts"])
def test_ages_of_answers_to_dicomwire(slow_port: int, form: str) -> None:
    told = report("find_dicomwire", slow_port, form, "ages")
    assert told["done"] == _ANSWERS
    assert 0 < told["age_ms"] <= told["age_99_ms"]


def test_ages_of_answers_to_pynetdicom(slow_port: int) -> None:
    told = report("find_pynetdicom", slow_port, "stock", "ages")
    assert told["done"] == _ANSWERS
    assert 0 < told["age_ms"] <= told["age_99_ms"]


def test_no_ages_without_answers() -> None:
    assert Ages().summary() == {}


def report(module: str, *arguments: object) -> dict[str, float]:
    finished = run(child(module, *arguments), timeout=30)
    assert finished.status == 0, finished.stderr
    told: dict[str, float] = json.loads(finished.stdout)
    return told


def findscu(port: int, *options: str) -> str:
    keys = ("-k", "QueryRetrieveLevel=STUDY")
    command = [dcmtk("findscu"), "-S", "-aec", AE_TITLE, *options, *keys, "127.0.0.1", str(port)]
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=30, check=False
    )
    assert done.returncode == 0
    return done.stdout + done.stderr
