"""The Python of the page on patient updates runs and prints what the page says."""

from __future__ import annotations

from pathlib import Path

from generated import write_series
from pages import assert_output, blocks_of, translated

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "patient-updates.md"


def test_the_python_of_the_page(update_server, receiver, tmp_path, capsys):
    write_series(tmp_path / "study", 4)
    names = {
        "PACS@pacs.example:104": update_server.peer,
        "ORTHANC@pacs.example:4242": f"RECEIVER@127.0.0.1:{receiver.port}",
        "/data/study": str(tmp_path / "study"),
    }
    scope = {}
    blocks = blocks_of(PAGE.read_text())
    assert all(block.output for block in blocks), "every block shows what it prints"
    for block in blocks:
        exec(compile(translated(block.code, names), PAGE.name, "exec"), scope)
        assert_output(capsys.readouterr().out, translated(block.output, names))
    assert receiver.received == 4
