"""Every program in examples/ and every Python block of the README runs and does what it says."""

from __future__ import annotations

import csv
import json
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import polars as pl
import pytest
from comparing import read
from generated import write_image, write_series
from processes import free_port
from studies import JOHN, PATIENTS

from dicomwire import StorageReceiver

STUDIES = [study for patient in PATIENTS for study in patient.studies]
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
TESTED = {"echo", "send_directory", "send_selection", "send_made_up", "send_rewritten", "receive"}
TESTED |= {"progress_and_report", "hooks_audit_log", "relay"}
TESTED |= {"procedure_step"}
TESTED |= {"media_creation"}
TESTED |= {"store_and_commit"}
TESTED |= {"patient_merge"}
TESTED |= {"store_and_commit", "print_film"}
TESTED |= {"find_to_polars", "worklist", "retrieve_verified", "retrieve_relay"}


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


def test_send_rewritten(storescp, tmp_path):
    paths = write_series(tmp_path / "data", 3)
    table = tmp_path / "patients.csv"
    table.write_text("old,new\nP1,Q7\n")
    done = run("send_rewritten", storescp.peer, tmp_path / "data", table)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3
    received = [read(file) for file in storescp.files()]
    assert {dataset.PatientID for dataset in received} == {"Q7"}
    assert len({dataset.StudyInstanceUID for dataset in received}) == 1
    assert {read(path).SOPInstanceUID for path in paths}.isdisjoint(
        dataset.SOPInstanceUID for dataset in received
    )


def test_send_rewritten_of_an_unknown_patient(storescp, tmp_path):
    write_series(tmp_path / "data", 3)
    table = tmp_path / "patients.csv"
    table.write_text("old,new\nP2,Q7\n")
    done = run("send_rewritten", storescp.peer, tmp_path / "data", table)
    assert done.returncode == 1
    assert done.stderr == f"patient 'P1' is not in {table}\n"
    assert storescp.files() == []


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


def test_store_and_commit(commitment_scp, destinations, tmp_path):
    paths = write_series(tmp_path / "out", 3)
    (tmp_path / "out" / "bad.dcm").write_text("no DICOM")
    port = destinations["DICOMWIRE"]
    done = run("store_and_commit", commitment_scp.peer("STORED-BACK"), tmp_path / "out", port)
    assert done.returncode == 1, done.stderr
    assert "bad.dcm: not a DICOM file" in done.stdout
    assert done.stdout.endswith("3 of 4 are safe and deleted here\n")
    assert not any(path.exists() for path in paths)


def test_store_and_commit_what_is_not_committed_is_kept(commitment_scp, destinations, tmp_path):
    paths = write_series(tmp_path / "out", 3)
    port = destinations["DICOMWIRE"]
    done = run("store_and_commit", commitment_scp.peer("REASONS-BACK"), tmp_path / "out", port)
    assert sorted(path.exists() for path in paths) == [False, True, True]
    assert "0x0112 (No such SOP instance)" in done.stdout
    assert done.stdout.count("kept: ") == 2
    assert done.returncode == 1


def test_print_film(strict_printer, tmp_path):
    paths = write_series(tmp_path / "out", 3)
    strict_printer.behave(
        jobs=["DONE"],
        report_jobs=True,
        reports=[{"on": "N-CREATE film box", "type": 2}],
    )
    done = run("print_film", strict_printer.peer, tmp_path / "film.png", *paths)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"look at {tmp_path / 'film.png'}"
    assert "the printer reports WARNING" in lines
    assert "film 1 of 1: image 3" in lines
    assert lines[-1] == f"film 1 printed: {', '.join(map(str, paths))}"
    assert len(strict_printer.films()[0].images) == 3


def test_progress_and_report(storescp, tmp_path):
    write_series(tmp_path / "data", 5)
    (tmp_path / "data" / "bad.dcm").write_text("no DICOM")
    report = tmp_path / "report.csv"
    done = run("progress_and_report", storescp.peer, tmp_path / "data", report)
    assert done.returncode == 1, done.stderr
    assert done.stdout == "\n5 sent, 1 failed, 0 skipped\n"
    # Python's text mode reads the carriage return as the end of a line.
    assert "\n6 of 6, " in done.stderr
    with report.open(newline="") as file:
        rows = {Path(row.pop("path")).name: row for row in csv.DictReader(file)}
    assert len(rows) == 6
    assert rows["00002.dcm"] == {
        "SOP Instance UID": "2.25.1002",
        "outcome": "sent",
        "status": "0x0000",
        "error": "",
    }
    assert rows["bad.dcm"]["outcome"] == "failed"
    assert "not a DICOM file" in rows["bad.dcm"]["error"]


def test_progress_and_report_interrupted(scripted_peer, tmp_path):
    arrived = threading.Event()

    def take_one_and_fall_silent(talk):
        talk.accept()
        talk.read_message()
        arrived.set()
        talk.read_and_stay_silent()

    peer = scripted_peer(take_one_and_fall_silent)
    write_series(tmp_path / "data", 3)
    report = tmp_path / "report.csv"
    command = [sys.executable, EXAMPLES / "progress_and_report.py", peer.peer]
    command += [tmp_path / "data", report]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert arrived.wait(20)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
    assert stdout == "\n0 sent, 1 failed, 2 skipped\n", stderr
    assert "interrupted: 0 instances were confirmed" in stderr
    with report.open(newline="") as file:
        outcomes = sorted(row["outcome"] for row in csv.DictReader(file))
    assert outcomes == ["skipped", "skipped", "unconfirmed"]


def test_hooks_audit_log(storescp, tmp_path):
    write_series(tmp_path / "data", 6)
    log = tmp_path / "audit.jsonl"
    done = run("hooks_audit_log", storescp.peer, tmp_path / "data", log)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    associations = [line for line in lines if line["event"] == "association"]
    assert [(line["peer"], line["accepted"]) for line in associations] == [(storescp.peer, True)]
    instances = [line for line in lines if line["event"] == "instance"]
    assert {line["uid"] for line in instances} == {f"2.25.{1000 + n}" for n in range(6)}
    assert len(instances) == 6
    assert {line["status"] for line in instances} == {"0x0000"}
    assert "Phantom" not in log.read_text()


def test_relay(orthanc, dcmtk, tmp_path):
    paths = write_series(tmp_path / "sent", 3)
    command = [sys.executable, EXAMPLES / "relay.py", "0", orthanc.peer, "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        port = process.stdout.readline().split()[-1]
        dcmtk("storescu", "127.0.0.1", port, *paths)
        stdout, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert stdout.splitlines() == [f"sent: 2.25.{1000 + number}" for number in range(3)]
    assert len(orthanc.instances()) == 3


def test_relay_without_an_archive(tmp_path):
    path = write_series(tmp_path / "sent", 1)[0]
    command = [sys.executable, EXAMPLES / "relay.py", "0", f"PACS@127.0.0.1:{free_port()}", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline().split()[-1]
            sent = run("send_directory", f"RELAY@127.0.0.1:{port}", path)
            refused = process.stdout.readline()
        finally:
            process.kill()
    assert sent.returncode == 1
    assert "0xA700" in sent.stdout
    assert "refused" in refused


def test_find_to_polars(orthanc_archive, tmp_path):
    done = run("find_to_polars", orthanc_archive.peer, tmp_path / "studies.parquet")
    assert (done.returncode, done.stderr) == (0, "")
    table = pl.read_parquet(tmp_path / "studies.parquet")
    ours = table.filter(pl.col("PatientID").str.starts_with("DW-"))
    assert ours.height == sum(len(study.series) for study in STUDIES)
    assert set(ours["StudyInstanceUID"]) == {study.uid for study in STUDIES}
    by_modality = dict(line.split(": ") for line in done.stdout.splitlines())
    assert by_modality["SR"].endswith(" series")
    assert sum(int(text.split()[0]) for text in by_modality.values()) == table.height


def test_worklist(orthanc_worklist):
    done = run("worklist", orthanc_worklist.peer, "CT", "20240105")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "0900  TWO^STEPS  WL-5  procedure 5",
        "1100  TWO^STEPS  WL-5  procedure 5",
    ]


def test_procedure_step(dcmtk_worklist, procedure_steps, tmp_path):
    write_series(tmp_path / "images", 2)
    (tmp_path / "none").mkdir()
    peers = (dcmtk_worklist.peer, procedure_steps.peer)
    done = run("procedure_step", *peers, "W2", tmp_path / "images")
    assert (done.returncode, done.stderr) == (0, "")
    started, ended, last = done.stdout.splitlines()
    assert (started, ended) == ("started: 0x0000 (Success)", "ended: 0x0000 (Success)")
    uid, state = last.split()
    assert state == "COMPLETED"
    kept = procedure_steps.step(uid)
    assert len(kept.PerformedSeriesSequence[0].ReferencedImageSequence) == 2
    done = run("procedure_step", *peers, "W1", tmp_path / "none")
    assert done.stdout.endswith(" DISCONTINUED\n")
    done = run("procedure_step", *peers, "W9", tmp_path)
    assert (done.returncode, done.stderr) == (1, "0 worklist items for W9, not one\n")


def test_worklist_of_today(dcmtk_worklist):
    done = run("worklist", dcmtk_worklist.peer, "CT")
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing is scheduled\n", "")


def test_retrieve_verified(dcmtk_archive, tmp_path):
    done = run("retrieve_verified", dcmtk_archive.peer, JOHN.id, tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        f"{study.uid}: {count} of {count} instances, 0x0000 (Success)"
        for study in JOHN.studies
        if (count := len(study.instance_uids()))
    ]
    for study in JOHN.studies:
        files = [path.stem for path in (tmp_path / study.uid).iterdir()]
        assert sorted(files) == sorted(study.instance_uids())


def test_retrieve_relay(dcmtk_archive, orthanc):
    uids = [study.uid for study in JOHN.studies]
    done = run("retrieve_relay", dcmtk_archive.peer, orthanc.peer, *uids)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(", ")[0] for line in done.stdout.splitlines()] == [
        f"{uids[0]}: 6 instances",
        f"{uids[1]}: 2 instances",
    ]
    assert len(orthanc.instances()) == 8


def test_retrieve_relay_to_nobody(dcmtk_archive):
    target = f"PACS@127.0.0.1:{free_port()}"
    done = run("retrieve_relay", dcmtk_archive.peer, target, JOHN.studies[0].uid)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "refused" in done.stderr


def readme_blocks(language):
    text = (ROOT / "README.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(4))
def test_the_python_of_the_readme(
    engine, receiver, dcmtk_archive, monkeypatch, tmp_path, capsys, number
):
    blocks = readme_blocks("python")
    assert len(blocks) == 4, "a block was added to the README: test it"
    write_series(tmp_path / "study", 4)
    monkeypatch.setattr("builtins.input", lambda prompt: "")
    code = blocks[number]
    for old, new in {
        "ORTHANC@pacs.example:4242": f"RECEIVER@127.0.0.1:{receiver.port}",
        "ARCHIVE@archive.example:104": dcmtk_archive.peer,
        "/data/study": str(tmp_path / "study"),
        "/data/incoming": str(tmp_path / "incoming"),
        "/data/changed": str(tmp_path / "changed"),
        "port=11112": "port=0",
    }.items():
        code = code.replace(old, new)
    exec(compile(code, "README.md", "exec"), {})
    assert receiver.received == (4 if number == 0 else 0)
    if number == 2:
        assert capsys.readouterr().out.splitlines()[-2:] == [
            "20240102 6 of 6 instances",
            "20240315 2 of 2 instances",
        ]


def test_the_commands_of_the_readme(cli, receiver, dcmtk_archive, tmp_path):
    write_series(tmp_path / "study", 4)
    (block,) = (block for block in readme_blocks("sh") if "dicomwire echo" in block)
    lines = [shlex.split(line)[1:] for line in block.splitlines()]
    echo, send, receive, find, get, move, scan, transcode = lines
    for command in (echo, send):
        command[1] = f"RECEIVER@127.0.0.1:{receiver.port}"
    send[send.index("/data/study")] = tmp_path / "study"
    send[send.index("sent.jsonl")] = tmp_path / "sent.jsonl"
    assert cli(*echo).code == 0
    assert cli(*send).code == 0
    assert len((tmp_path / "sent.jsonl").read_text().splitlines()) == 4
    for command in (find, get, move):
        command[1] = dcmtk_archive.peer
    find[-1] = tmp_path / "studies.csv"
    assert cli(*find).code == 0
    assert len(find[-1].read_text().splitlines()) == 1 + 2
    get[-1] = tmp_path / "incoming"
    assert cli(*get).code == 0
    assert len(list(get[-1].iterdir())) == 6
    move[-1] = "RECEIVER"
    with StorageReceiver("RECEIVER", port=dcmtk_archive.destinations["RECEIVER"]) as moved:
        assert cli(*move).code == 0
        assert moved.received == 6
    scan[1] = tmp_path / "study"
    scan[-1] = tmp_path / "heads.parquet"
    assert cli(*scan).code == 0
    assert (tmp_path / "heads.parquet").read_bytes().startswith(b"PAR1")
    transcode[1:3] = next((tmp_path / "study").iterdir()), tmp_path / "deflated.dcm"
    assert cli(*transcode).code == 0
    assert (tmp_path / "deflated.dcm").exists()
    # That one runs until somebody stops it; the options alone are checked.
    assert cli(*receive, "--help").code == 0


def test_media_creation(burner, tmp_path):
    write_series(tmp_path / "study", 3)
    (tmp_path / "study" / "notes.txt").write_text("no image")
    done = run("media_creation", burner.peer, tmp_path / "study", "DOE_JOHN", "0.01")
    assert done.returncode == 0, done.stderr
    request, made = done.stdout.splitlines()
    assert request.endswith("for 3 instances")
    assert made == "made DOE_JOHN"
    left_out, *states = done.stderr.splitlines()
    assert "notes.txt" in left_out
    assert states == ["PENDING: QUEUED (waiting in the queue)", "CREATING", "DONE"]


def test_media_creation_of_nothing(burner, tmp_path):
    done = run("media_creation", burner.peer, tmp_path, "Doe")
    assert done.returncode == 1
    assert "file_set_id='Doe'" in done.stderr


def test_patient_merge(update_server, tmp_path):
    table = tmp_path / "duplicates.csv"
    table.write_text("remains,merged\nA-1,B-2\nA-1,Z-9\nA-1,C-3\n")
    done = run("patient_merge", update_server.peer, table, "one person")
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines() == [
        "B-2 into A-1: 0x0000 (Success)",
        "Z-9 into A-1: not there",
        "C-3 into A-1: 0x0000 (Success)",
        "2 merged, 1 not there",
    ]
    assert list(update_server.archive["patients"]) == ["A-1"]
    assert {one["dataset"]["00401002"]["Value"][0] for one in update_server.requests} == {
        "one person"
    }
    table.write_text("remains,merged\nA-1,\n")
    done = run("patient_merge", update_server.peer, table, "one person")
    assert done.returncode == 1
    assert "MergePatient.patients_to_merge" in done.stderr
