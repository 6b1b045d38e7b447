"""The Python of the page on other normalized services runs against a strict worklist manager."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import run_python_of

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "other-normalized-services.md"


@pytest.mark.usefixtures("engine")
def test_the_python_of_the_page_on_other_normalized_services(worklist_manager):
    run_python_of(
        PAGE,
        {
            "UPS@ups.example:104": worklist_manager.peer,
            'host="0.0.0.0", port=11114': f"port={worklist_manager.watcher_port}",
        },
    )
    asked = worklist_manager.server.asked("create")
    assert len(asked) == 5
    assert asked[-1].dataset.ScheduledProcedureStepPriority == "HIGH"
