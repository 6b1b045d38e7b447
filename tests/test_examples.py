"""What the documentation shows is what happens: Python blocks, commands, their output, and links.

The pages of ``docs/guide`` and the programs of ``examples`` have their tests in ``tests/peers``.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from generated import write_series
from pages import assert_output, blocks_of, translated
from processes import free_port, is_listening
from wire import IMPLICIT_LE

from dicomwire import StorageReceiver, debug_logger

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))


@pytest.fixture
def archives(
    page: Path, engine: None, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[dict[str, str]]:
    """Give what names stand for that are asked queries, on pages that do so."""
    text = page.read_text()
    if "dicomwire find" not in text and "QueryRetrieveScu" not in text:
        yield {}
        return
    archive = request.getfixturevalue("orthanc_archive")
    worklist = request.getfixturevalue("dcmtk_worklist")
    steps = request.getfixturevalue("procedure_steps")
    ours, moved = archive.destinations["DICOMWIRE"], archive.destinations["RELAY"]
    with StorageReceiver("RELAY", port=moved, sink=tmp_path / "archive"):
        yield {
            **{
                f"{verb} ORTHANC@pacs.example:4242": f"{verb} {archive.peer}"
                for verb in ("dicomwire find", "dicomwire move", "dicomwire get")
            },
            'QueryRetrieveScu("ORTHANC@pacs.example:4242"': f'QueryRetrieveScu("{archive.peer}"',
            "ORTHANC@archive.example:104": archive.peer,
            '"archive.example", 104': f'"127.0.0.1", {archive.port}',
            "ARCHIVE@archive.example:104": f"RELAY@127.0.0.1:{moved}",
            "--dest ARCHIVE": "--dest RELAY",
            "WORKLIST@ris.example:104": worklist.peer,
            "RIS@ris.example:105": steps.peer,
            "RIS@ris.example:104": worklist.peer,
            "PRINTER@printer.example:104": request.getfixturevalue("strict_printer").peer,
            "VNA@vna.example:104": request.getfixturevalue("commitment_scp").peer("STORED-BACK"),
            "PACS@updates.example:104": request.getfixturevalue("update_server").peer,
            "--listen 11113": f"--listen {ours}",
            "0.0.0.0 port 11113": f"127.0.0.1 port {ours}",
            "--ae-title DICOMWIRE --port 11112": f"--ae-title DICOMWIRE --port {ours}",
            "listening as DICOMWIRE on 0.0.0.0 port 11112": (
                f"listening as DICOMWIRE on 127.0.0.1 port {ours}"
            ),
        }


@pytest.fixture
def names(
    page: Path, archives: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[dict[str, str]]:
    """Give what the names used in the documentation stand for during a test."""
    write_series(tmp_path / "data" / "study", 4)
    (tmp_path / "data" / "study" / "notes.txt").write_text("no image")
    with ExitStack() as stack:
        pacs = stack.enter_context(StorageReceiver("ORTHANC"))
        if "burner.example" in page.read_text():
            burner = request.getfixturevalue("burner")
            archives = {**archives, "BURNER@burner.example:104": burner.peer}
        old = stack.enter_context(StorageReceiver("OLD", transfer_syntaxes=[IMPLICIT_LE]))
        port = str(free_port())
        yield {
            **archives,
            'pacs.example", 4242': f'127.0.0.1", {pacs.port}',
            "pacs.example:4242": f"127.0.0.1:{pacs.port}",
            "old.example:104": f"127.0.0.1:{old.port}",
            "/data/": f"{tmp_path}/data/",
            "port=11112": f"port={port}",
            "port 11112": f"port {port}",
            ":11112": f":{port}",
        }


@pytest.fixture
def _log_as_before():
    """Take back what the page on the message log does."""
    yield
    logger = debug_logger()
    logger.removeHandler(logger.handlers[-1])
    logger.setLevel("NOTSET")


@pytest.mark.usefixtures("_log_as_before")
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_python_of_a_page(page, names, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    scope = {}
    for block in blocks_of(page.read_text()):
        if block.language != "python":
            continue
        shown = io.StringIO()
        # Not by capsys: logging keeps the stream it was given, and that may be gone by then.
        with redirect_stdout(shown):
            exec(compile(translated(block.code, names), page.name, "exec"), scope)
        if block.output is not None:
            assert_output(shown.getvalue(), translated(block.output, names))


@dataclass
class Shell:
    """Runs the commands of a console block; a receiver runs beside the others."""

    directory: Path
    code: int = 0

    def __post_init__(self) -> None:
        self.receivers: list[tuple[subprocess.Popen[str], str]] = []
        # Standard output and error come in order when they are the same file.
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        ours = Path(sys.executable).parent
        self.environment["PATH"] = f"{ours}{os.pathsep}{os.environ['PATH']}"

    def start(self, command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command}"],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str, expected: str) -> None:
        if command == "echo $?":
            assert_output(f"{self.code}\n", expected)
            return
        process = self.start(command)
        if command.startswith("dicomwire receive"):
            port = re.search(r"--port (\d+)", command)
            assert port is not None, command
            while not is_listening(int(port[1])):
                assert process.poll() is None, process.communicate()[0]
            self.receivers.append((process, expected))
            return
        shown, _ = process.communicate(timeout=30)
        self.code = process.returncode
        assert_output(shown, expected)

    def finish(self) -> None:
        for process, expected in self.receivers:
            shown, _ = process.communicate(timeout=30)
            assert_output(shown, expected)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_commands_of_a_page(page, names, tmp_path):
    shell = Shell(tmp_path)
    try:
        for block in blocks_of(page.read_text()):
            if block.language == "console":
                for entry in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
                    command, _, expected = translated(entry, names).partition("\n")
                    shell.run(command, expected)
        shell.finish()
    finally:
        for process, _ in shell.receivers:
            process.kill()
            process.communicate()


def test_the_pages_do_hold_something_to_run():
    languages = [block.language for page in PAGES for block in blocks_of(page.read_text())]
    assert languages.count("python") >= 9
    assert languages.count("console") >= 4


@pytest.mark.parametrize(
    "page",
    sorted([*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *(ROOT / "docs").rglob("*.md")]),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        name, _, heading = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page}: {target}"
        if heading:
            assert heading in anchors(file), f"{page}: {target}"


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub and mkdocs make them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text()
    for page in (ROOT / "docs").rglob("*.md"):
        assert f"- {page.relative_to(ROOT / 'docs')}\n" in navigation, page


def test_every_public_class_is_on_the_page_of_the_api():
    import dicomwire
    from dicomwire import errors

    page = (ROOT / "docs" / "api.md").read_text()
    named = set(re.findall(r"^::: dicomwire\.(\w+)$", page, re.MULTILINE))
    # The errors are there as a module.
    by_name = set(dicomwire.__all__) - set(errors.__all__) - {"__version__"}
    modules = {"events", "query_events", "normalized_events", "commitment_events", "print_events"}
    assert named - modules - {"film", "media_creation", "errors"} == by_name
