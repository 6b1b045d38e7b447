"""The guide page on procedure steps does what it shows, against a worklist and a strict server."""

from __future__ import annotations

import io
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from generated import write_series
from pages import assert_output, blocks_of, translated

from dicomwire.cli.main import main

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "procedure-steps.md"


@pytest.mark.usefixtures("engine")
def test_the_page_on_procedure_steps(procedure_steps, dcmtk_worklist, tmp_path):
    write_series(tmp_path / "study", 4)
    names = {
        "WORKLIST@ris.example:104": dcmtk_worklist.peer,
        "RIS@ris.example:105": procedure_steps.peer,
        "/data/study": str(tmp_path / "study"),
    }
    scope = {}
    runnable = blocks_of(PAGE.read_text())
    assert {block.language for block in runnable} == {"python", "console"}
    for block in runnable:
        code, shown = translated(block.code, names), io.StringIO()
        with redirect_stdout(shown):
            if block.language == "python":
                exec(compile(code, PAGE.name, "exec"), scope)
                assert block.output, "every block shows what it prints"
                assert_output(shown.getvalue(), block.output)
            else:
                command, output = code.removeprefix("$ dicomwire ").split("\n", 1)
                assert main(shlex.split(command)) == 0
                assert_output(shown.getvalue(), output)
