"""The Python of the page on media creation runs against a strict device."""

from __future__ import annotations

from pathlib import Path

import pytest
from generated import write_series
from pages import run_python_of

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "media-creation.md"


@pytest.mark.usefixtures("engine")
def test_the_python_of_the_page_on_media_creation(burner, tmp_path):
    write_series(tmp_path / "study", 4)
    scope = run_python_of(
        PAGE,
        {"BURNER@burner.example:104": burner.peer, "/data/study": str(tmp_path / "study")},
    )
    assert scope["status"].is_failure
    assert [asked.operation for asked in burner.asked()].count("create") == 3
