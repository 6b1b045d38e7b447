"""Unique identifiers and the two that name this implementation."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dicomwire import uids
from dicomwire._version import __version__

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "uid", ["1.2.840.10008.1.1", "0.0", "2.25.0", "1." + "1" * 62, uids.IMPLEMENTATION_CLASS_UID]
)
def test_valid(uid: str) -> None:
    assert uids.is_valid_uid(uid)


@pytest.mark.parametrize(
    "uid",
    [
        "",
        "1",
        "1.",
        ".1",
        "1..2",
        "1.02",
        "01.2",
        "1.2 ",
        "1.2\0",
        "1.2\n",
        "1.a",
        "1.२",
        "1." + "1" * 63,
    ],
)
def test_invalid(uid: str) -> None:
    assert not uids.is_valid_uid(uid)


def test_generated_uids_are_valid_and_differ() -> None:
    made = {uids.generate_uid() for _ in range(200)}
    assert len(made) == 200
    assert all(uids.is_valid_uid(uid) and uid.startswith("2.25.") for uid in made)


def test_implementation_version_name() -> None:
    assert uids.IMPLEMENTATION_VERSION_NAME == "DICOMWIRE_0_1_0"
    assert len(uids.IMPLEMENTATION_VERSION_NAME) <= 16


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
