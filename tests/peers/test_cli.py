"""The command `dicomwire` as people run it: as a process of its own, against real peers."""

from __future__ import annotations

import json
import re
import signal
import threading

import pytest
from comparing import dataset_bytes, read
from corpora import pydicom_directory
from generated import write_image, write_series
from processes import free_port
from scripted import accept_and_never_answer, accept_and_stop_reading, refuse_all_contexts


def report_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def one_line(text):
    lines = text.splitlines()
    assert len(lines) == 1, text
    return lines[0]


def test_echo(cli, storescp):
    done = cli("echo", storescp.peer)
    assert (done.code, done.stderr) == (0, "")
    assert "0x0000" in done.stdout or "Success" in done.stdout


def test_echo_as_json(cli, storescp):
    done = cli("echo", storescp.peer, "--json")
    assert done.code == 0
    assert json.loads(done.stdout)["status"] == "0x0000"


def test_send_with_changes(cli, storescp, tmp_path):
    path = write_image(tmp_path / "one.dcm", "2.25.1")
    changes = ["--set", "PatientID=4711", "--set", "Rows=8", "--remove", "PatientName"]
    changes += ["--set", "(0009,0010)=ME", "--set", "(0009,1001):UL=1\\2"]
    done = cli("send", storescp.peer, path, *changes)
    assert done.code == 0, done.stderr
    (file,) = storescp.files()
    received = read(file)
    assert (received.PatientID, received.Rows) == ("4711", 8)
    assert "PatientName" not in received
    assert list(received[0x00091001].value) == [1, 2]
    assert read(path).PatientID == "P1"


def test_send_and_decompress(cli, start_storescp):
    source = pydicom_directory() / "test_files" / "MR_small_RLE.dcm"
    peer = start_storescp(accept="+xe")
    assert cli("send", peer.peer, source).code == 1
    done = cli("send", peer.peer, source, "--transcode", "any")
    assert done.code == 0, done.stderr
    (file,) = peer.files()
    assert (read(file).pixel_array == read(source).pixel_array).all()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (["--set", "PatientID"], "ELEMENT=VALUE"),
        (["--set", "NoSuch=1"], "NoSuch"),
        (["--set", "Rows=many"], "US"),
        (["--set", "(0009,1001)=x"], "VR"),
        (["--remove", "PixelData"], "pixel data"),
        (["--set", "PatientID=1", "--remove", "PatientID"], "set and removed"),
        (["--set", "PatientID=1", "--set", "0010,0020=2"], "changed twice"),
    ],
)
def test_changes_that_cannot_be_are_usage_errors(cli, tmp_path, change, word):
    path = write_image(tmp_path / "one.dcm", "2.25.1")
    done = cli("send", "A@127.0.0.1:104", path, *change)
    assert done.code == 2
    assert word in done.stderr


@pytest.mark.parametrize("verb", ["echo", "send"])
def test_nobody_listens(cli, tmp_path, verb):
    peer = f"PACS@127.0.0.1:{free_port()}"
    paths = [write_image(tmp_path / "one.dcm", "2.25.1")] if verb == "send" else []
    done = cli(verb, peer, *paths)
    assert (done.code, done.stdout) == (2, "")
    line = one_line(done.stderr)
    assert peer.partition("@")[2] in line
    assert "refused" in line


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["echo"],
        ["echo", "no peer"],
        ["echo", "TITLE-LONGER-THAN-SIXTEEN@host:104"],
        ["send", "A@127.0.0.1:104"],
        ["send", "A@127.0.0.1:104", ".", "--associations", "0"],
        ["send", "A@127.0.0.1:104", ".", "--transcode", "sometimes"],
        ["receive", "--port", "70000"],
    ],
)
def test_usage_errors(cli, arguments):
    done = cli(*arguments)
    assert done.code == 2
    assert done.stderr or "Usage" in done.stdout
    assert "Traceback" not in done.stderr


def test_version(cli):
    from dicomwire import __version__

    assert __version__ in cli("--version").stdout


def test_send_prints_one_json_object_and_writes_the_report(cli, storescp, tmp_path):
    paths = write_series(tmp_path / "sent", 5, rows=64, columns=64)
    bad = tmp_path / "sent" / "zzz.dcm"
    bad.write_text("no DICOM")
    report = tmp_path / "report.jsonl"
    done = cli("send", storescp.peer, tmp_path / "sent", "--json", "--report", report)
    assert done.code == 1, done.stderr
    summary = json.loads(done.stdout)
    assert set(summary) == {"sent", "warnings", "failed", "skipped", "bytes", "seconds"}
    assert (summary["sent"], summary["failed"]) == (5, 1)
    assert summary["bytes"] == sum(len(dataset_bytes(path)) for path in paths)
    lines = {line["path"]: line for line in report_of(report)}
    assert set(lines) == {str(path) for path in [*paths, bad]}
    for number, path in enumerate(paths):
        assert lines[str(path)] == {
            "path": str(path),
            "sop_instance_uid": f"2.25.{1000 + number}",
            "status": "0x0000",
            "error": None,
        }
    assert lines[str(bad)]["status"] is None
    assert "DICOM" in lines[str(bad)]["error"]


def test_send_all_well(cli, storescp, tmp_path):
    write_series(tmp_path, 3)
    done = cli("send", storescp.peer, tmp_path, "--associations", "2")
    assert done.code == 0, done.stderr
    assert re.search(r"\b3\b", done.stdout)
    assert len(storescp.files()) == 3


def test_send_with_options(cli, scripted_peer, tmp_path):
    from scripted import accept_everything

    (path,) = write_series(tmp_path, 1)
    peer = scripted_peer(accept_everything)
    done = cli("send", peer.peer, path, "--calling-ae-title", "ME", "--max-pdu", "32768", "--quiet")
    assert (done.code, done.stdout, done.stderr) == (0, "", "")
    request = peer.conversations[0].request
    assert (request.calling, request.max_length) == ("ME", 32768)


def test_send_with_all_contexts_refused_is_exit_code_1(cli, scripted_peer, tmp_path):
    write_series(tmp_path, 2)
    done = cli("send", scripted_peer(refuse_all_contexts).peer, tmp_path, "--json")
    assert done.code == 1
    assert json.loads(done.stdout)["failed"] == 2


def test_send_verbose_shows_the_association(cli, storescp, tmp_path):
    (path,) = write_series(tmp_path, 1)
    done = cli("send", storescp.peer, path, "--verbose")
    assert done.code == 0
    assert "A-ASSOCIATE" in done.stderr
    assert "C-STORE" in done.stderr
    assert "P-DATA-TF" in done.stderr
    assert "CT Image Storage" in done.stderr
    # A data set is patient data and is not shown.
    assert "Phantom" not in done.stderr


@pytest.mark.parametrize("script", [accept_and_never_answer, accept_and_stop_reading])
def test_ctrl_c_ends_a_blocked_send_with_a_complete_report(spawn, scripted_peer, tmp_path, script):
    paths = write_series(tmp_path / "sent", 3, rows=2048, columns=2048)
    report = tmp_path / "report.jsonl"
    blocked = threading.Event()

    def confirm_one(talk):
        talk.accept()
        talk.serve(messages=1)
        blocked.set()
        talk.stay_silent() if script is accept_and_stop_reading else talk.read_and_stay_silent()

    process = spawn("send", scripted_peer(confirm_one).peer, *paths, "--json", "--report", report)
    assert blocked.wait(20)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=10)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    summary = json.loads(stdout)
    assert summary["sent"] == 1
    lines = report_of(report)
    assert [line["path"] for line in lines[:1]] == [str(paths[0])]
    assert lines[0]["status"] == "0x0000"
    assert len({line["path"] for line in lines}) == len(lines), "an instance is reported twice"
    assert summary["sent"] + summary["failed"] + summary["skipped"] == len(lines) == 3
    (in_flight,) = [line for line in lines if line["path"] == str(paths[1])]
    assert in_flight["status"] is None
    assert in_flight["error"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_receive_until_told_to_stop(spawn, cli, tmp_path, number):
    paths = write_series(tmp_path / "sent", 3)
    port = free_port()
    directory = tmp_path / "received"
    process = spawn("receive", "--ae-title", "RX", "--port", str(port), "-o", directory, "--json")
    first = process.stderr.readline()
    assert "RX" in first
    assert cli("send", f"RX@127.0.0.1:{port}", tmp_path / "sent").code == 0
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=10)
    assert process.returncode == 0, stderr
    assert json.loads(stdout)["received"] == 3
    assert sorted(map(dataset_bytes, directory.iterdir())) == sorted(map(dataset_bytes, paths))


def test_receive_a_number_of_instances_from_dcmtk(spawn, dcmtk, tmp_path):
    paths = write_series(tmp_path / "sent", 2)
    port = free_port()
    process = spawn(
        "receive", "--ae-title", "RX", "--port", str(port), "--discard", "--max-instances", "2"
    )
    process.stderr.readline()
    dcmtk("storescu", "127.0.0.1", str(port), *paths)
    stdout, stderr = process.communicate(timeout=10)
    assert process.returncode == 0, stderr
    assert "2" in stdout


def test_receive_on_a_port_in_use(cli, storescp, tmp_path):
    done = cli("receive", "--ae-title", "RX", "--port", str(storescp.port), "-o", tmp_path)
    assert done.code == 2
    assert str(storescp.port) in one_line(done.stderr)


def test_demo(cli):
    done = cli("demo", "--json")
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)


def test_demo_shows_a_verdict(cli):
    done = cli("demo")
    assert done.code == 0, done.stderr
    assert "identical" in done.stdout
