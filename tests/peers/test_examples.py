"""Every program in examples/ and every Python block of the README runs and does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from generated import write_image, write_series
from processes import free_port

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
TESTED = {"echo", "send_directory", "send_selection", "send_made_up", "receive"}


def run(name, *arguments):
    return subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_every_example_is_tested_and_described():
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == TESTED
    described = set(
        re.findall(r"^\| \[(\w+)\.py\]", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    )
    assert described == names


def test_echo(storescp):
    done = run("echo", storescp.peer)
    assert done.returncode == 0, done.stderr
    assert "OFFIS_DCMTK" in done.stdout
    assert "16384" in done.stdout
    assert "0x0000 (Success)" in done.stdout


def test_echo_to_nobody():
    done = run("echo", f"PACS@127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert "refused" in done.stdout
    assert done.stderr == ""


def test_send_directory(storescp, tmp_path):
    write_series(tmp_path, 8)
    (tmp_path / "bad.dcm").write_text("no DICOM")
    done = run("send_directory", storescp.peer, tmp_path)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("8 sent, 1 failed")
    assert "bad.dcm: not a DICOM file" in done.stdout
    assert len(storescp.files()) == 8


def test_send_selection(storescp, tmp_path):
    image = write_image(tmp_path / "ct.dcm", "2.25.1")
    other = tmp_path / "mr.dcm"
    changed = write_image(other, "2.25.2").read_bytes().replace(b"CS\x02\x00CT", b"CS\x02\x00MR")
    other.write_bytes(changed)
    done = run("send_selection", storescp.peer, tmp_path, "CT")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [f"sent: {image}", f"skipped: {other}"]
    assert len(storescp.files()) == 1


def test_send_made_up(orthanc):
    done = run("send_made_up", orthanc.peer, 5)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "5 sent\n"
    assert len(orthanc.instances()) == 5


def test_receive(dcmtk, tmp_path):
    paths = write_series(tmp_path / "sent", 3)
    command = [sys.executable, EXAMPLES / "receive.py", "0", tmp_path / "sorted", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        port = process.stdout.readline().split()[-1]
        dcmtk("storescu", "127.0.0.1", port, *paths)
        stdout, _ = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (0, "3 received\n")
    series = tmp_path / "sorted" / "2.25.101" / "2.25.102"
    assert len(list(series.iterdir())) == 3


def readme_blocks(language):
    text = (ROOT / "README.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(2))
def test_the_python_of_the_readme(engine, receiver, monkeypatch, tmp_path, number):
    blocks = readme_blocks("python")
    assert len(blocks) == 2, "a block was added to the README: test it"
    write_series(tmp_path / "study", 4)
    monkeypatch.setattr("builtins.input", lambda prompt: "")
    code = blocks[number]
    for old, new in {
        "ORTHANC@pacs.example:4242": f"RECEIVER@127.0.0.1:{receiver.port}",
        "/data/study": str(tmp_path / "study"),
        "/data/incoming": str(tmp_path / "incoming"),
        "port=11112": "port=0",
    }.items():
        code = code.replace(old, new)
    exec(compile(code, "README.md", "exec"), {})
    assert receiver.received == (4 if number == 0 else 0)


def test_the_commands_of_the_readme(cli, receiver, tmp_path):
    write_series(tmp_path / "study", 4)
    (block,) = (block for block in readme_blocks("sh") if "dicomwire echo" in block)
    echo, send, receive = (line.split()[1:] for line in block.splitlines())
    for command in (echo, send):
        command[1] = f"RECEIVER@127.0.0.1:{receiver.port}"
    send[send.index("/data/study")] = tmp_path / "study"
    send[send.index("sent.jsonl")] = tmp_path / "sent.jsonl"
    assert cli(*echo).code == 0
    assert cli(*send).code == 0
    assert len((tmp_path / "sent.jsonl").read_text().splitlines()) == 4
    # That one runs until somebody stops it; the options alone are checked.
    assert cli(*receive, "--help").code == 0
