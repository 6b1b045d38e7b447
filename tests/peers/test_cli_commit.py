"""``dicomwire commit`` and ``send --commit`` against a strict provider."""

from __future__ import annotations

import json
import signal
import threading

import pytest
from fix_engine import Finished
from generated import write_series
from processes import free_port

from dicomwire.cli.main import main


@pytest.fixture
def command(capsys):
    """Run a command to its end in this process, which takes a tenth of the time."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return Finished(code, shown.out, shown.err)

    return run


@pytest.fixture
def study(tmp_path):
    write_series(tmp_path / "study", 4)
    return tmp_path / "study"


def test_all_is_committed_on_the_association(cli, commitment_scp, study):
    done = cli("commit", commitment_scp.peer("ALL-SAME"), study)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.startswith("committed 4, failed 0, missing 0: ")
    assert done.stdout.endswith(", reported on the association\n")


def test_calling_back(command, commitment_scp, study):
    port = free_port()
    options = ["--listen", str(port), "--calling-ae-title", f"CB{port}"]
    done = command(
        "commit", commitment_scp.peer("ALL-BACK"), study, *options, "--max-instances", "3"
    )
    assert done.code == 0, done.stderr
    assert done.stderr == f"listening as CB{port} on 127.0.0.1 port {port}\n"
    assert done.stdout.endswith(", reported by calling back\n")
    assert len({line["asked"] for line in commitment_scp.lines() if "asked" in line}) == 2
    own = command(
        "commit", commitment_scp.peer("ALL-BACK"), study, *options, "--ae-title", f"CB{port}"
    )
    assert own.code == 0, own.stderr
    strange = [*options, "--ae-title", "OTHER", "--wait", "0.5"]
    assert command("commit", commitment_scp.peer("ALL-BACK"), study, *strange).code == 1


def test_what_is_not_committed_is_named(command, commitment_scp, study, tmp_path):
    report = tmp_path / "report.jsonl"
    done = command("commit", commitment_scp.peer("REASONS-SAME"), study, "--report", report)
    assert done.code == 1
    assert f"not committed: {study / '00001.dcm'}: 0x0110 (Processing failure)" in done.stderr
    assert done.stdout.startswith("committed 1, failed 3, missing 0: ")
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert [line["committed"] for line in lines] == [True, False, False, False]
    assert lines[1]["failure_reason"] == "0x0110"
    assert lines[3]["sop_instance_uid"] == "2.25.1003"


def test_json(command, commitment_scp, study):
    (study / "notes.txt").write_text("no DICOM")
    done = command("commit", commitment_scp.peer("FEWER-SAME"), study, "--json", "-q")
    told = json.loads(done.stdout)
    assert (done.code, told["is_complete"], told["all_committed"]) == (1, True, False)
    assert [len(told[name]) for name in ("committed", "missing", "unreadable")] == [3, 1, 1]
    assert done.stderr.count("\n") == 1


def test_a_report_that_does_not_come(command, commitment_scp, study):
    done = command("commit", commitment_scp.peer("ALL-NEVER"), study, "--wait", "0.1")
    assert done.code == 1
    assert done.stdout.startswith("committed 0, failed 0, missing 0, pending 4: ")
    assert "use --listen PORT if it calls back" in done.stderr


def test_a_refusal(command, commitment_scp, study):
    done = command("commit", commitment_scp.peer("ACTION-0213"), study)
    assert done.code == 1
    assert "answered 0x0213 (Resource limitation) to the request for 4" in done.stderr
    assert "00000.dcm: the peer answered 0x0213" in done.stderr


def test_what_cannot_be_asked(command, commitment_scp, storescp, tmp_path, study):
    (tmp_path / "bad.dcm").write_text("no DICOM")
    peer = commitment_scp.peer("ALL-SAME")
    assert command("commit", peer, tmp_path / "bad.dcm").code == 2
    lacking = command("commit", storescp.peer, study)
    assert lacking.code == 2
    assert "Storage Commitment Push Model" in lacking.stderr
    taken = command("commit", peer, study, "--listen", str(commitment_scp.port))
    assert taken.code == 2
    assert "cannot listen on" in taken.stderr


def test_ctrl_c_while_waiting(spawn, commitment_scp, study):
    process = spawn("commit", commitment_scp.peer("ALL-NEVER"), study, "--wait", "600", "-v")
    for line in process.stderr:
        if "N-ACTION-RSP" in line:
            break
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "pending 4" in stdout
    assert "interrupted: the report was not waited for" in stderr


def test_ctrl_c_while_the_request_is_not_answered(spawn, scripted_peer, study):
    asked = threading.Event()

    def take_and_stay_silent(talk):
        talk.accept()
        talk.read_message()
        asked.set()
        talk.read_and_stay_silent()

    process = spawn("commit", scripted_peer(take_and_stay_silent).peer, study)
    assert asked.wait(20)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "pending 4" in stdout
    assert "interrupted" in stderr


# send --commit


def test_sending_and_committing(command, commitment_scp, study, tmp_path):
    report = tmp_path / "report.jsonl"
    peer = commitment_scp.peer("STORED-SAME")
    done = command("send", peer, study, "--commit", "--report", report)
    assert (done.code, done.stderr) == (0, "")
    sent, committed = done.stdout.splitlines()
    assert sent.startswith("sent 4, ")
    assert committed.startswith("committed 4, ")
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert [line.get("committed") for line in lines] == [None] * 4 + [True] * 4
    told = json.loads(command("send", peer, study, "--commit", "--json").stdout)
    assert (told["sent"], len(told["commitment"]["committed"])) == (4, 4)
    assert told["commitment_error"] is None


def test_sending_what_is_not_committed(command, commitment_scp, storescp, study):
    some = command("send", commitment_scp.peer("FEWER-SAME"), study, "--commit")
    assert some.code == 1
    assert "not in the peer's report" in some.stderr
    lacking = command("send", storescp.peer, study, "--commit")
    assert lacking.code == 1
    assert lacking.stdout.startswith("sent 4, ")
    assert "storage commitment was not requested" in lacking.stderr
    pending = command("send", commitment_scp.peer("ALL-NEVER"), study, "--commit", "--wait", "0.1")
    assert (pending.code, "pending 4" in pending.stdout) == (1, True)


def test_nothing_is_sent_if_the_port_is_taken(command, commitment_scp, study):
    peer = commitment_scp.peer("STORED-SAME")
    done = command("send", peer, study, "--commit", "--listen", str(commitment_scp.port))
    assert (done.code, done.stdout) == (2, "")
