"""``dicomwire media`` as people run it, against a strict device."""

from __future__ import annotations

import json
import signal

import pytest
from fix_engine import Finished
from generated import write_image, write_series
from processes import free_port
from scripted_normalized import answer, normalized_scp

from dicomwire import DicomEngine, StoreScu
from dicomwire.cli.main import main

WAIT = ["--wait", "--interval", "0.01"]


@pytest.fixture
def study(burner, tmp_path):
    """Store four instances at the device and return where they are."""
    write_series(tmp_path / "study", 4)
    with DicomEngine():
        StoreScu(burner.peer).store(tmp_path / "study").raise_for_failures()
    return tmp_path / "study"


@pytest.fixture
def media(burner, capsys):
    """Run one of the verbs on the device, in this process."""

    def run(verb, *more):
        code = main(["media", burner.peer, verb, *map(str, more)])
        return Finished(code, *capsys.readouterr())

    return run


def test_create_and_wait(cli, burner, study):
    options = ["--file-set-id", "DOE_JOHN", "--label", "DOE^JOHN", "--barcode", "CODE39:DW12"]
    options += ["--copies", "2", "--priority", "low", "--profile", "STD-GEN-CD", "--no-viewer"]
    options += ["--non-dicom", "for_patient", "--split", "--no-lossy", "--label-style", "S2"]
    options += ["--label-from-instances", "--disposition", "Ward 7"]
    done = cli("media", burner.peer, "create", study, *options, *WAIT)
    assert done.code == 0, done.stderr
    uid, state, first, second = done.stdout.splitlines()
    assert state == "DONE"
    assert first.startswith("made DOE_JOHN ")
    assert second != first
    assert done.stderr.splitlines() == ["PENDING: QUEUED (waiting in the queue)", "CREATING"]
    create, initiate, *_ = burner.asked()
    assert create.uid == uid
    asked = create.dataset
    assert (asked.BarcodeSymbology, asked.BarcodeValue) == ("CODE39", "DW12")
    assert (asked.IncludeDisplayApplication, asked.IncludeNonDICOMObjects) == ("NO", "FOR_PATIENT")
    assert (asked.AllowMediaSplitting, asked.AllowLossyCompression) == ("YES", "NO")
    assert (asked.LabelStyleSelection, asked.MediaDisposition) == ("S2", "Ward 7")
    assert asked.LabelUsingInformationExtractedFromInstances == "YES"
    assert (initiate.dataset.NumberOfCopies, initiate.dataset.RequestPriority) == (2, "LOW")


def test_step_by_step(media, study):
    created = media("create", study, "--no-initiate")
    uid = created.stdout.strip()
    assert (created.code, created.stderr) == (0, "")
    assert media("status", uid).stdout == "IDLE\n"
    assert media("initiate", uid, "--copies", "3").stdout == "initiated\n"
    again = media("initiate", uid)
    assert again.code == 1
    assert "0xA510" in again.stderr
    assert media("status", uid, "--quiet", *WAIT).stdout.startswith("DONE\n")
    late = media("cancel", uid)
    assert late.code == 1
    assert "0xC201 (Media creation request already completed)" in late.stderr


def test_cancel(media, study):
    uid = media("create", study).stdout.strip()
    assert media("cancel", uid).stdout == "cancelled\n"
    gone = media("status", uid)
    assert (gone.code, gone.stdout) == (
        1,
        "unknown: 0x0112 (No such SOP instance: no such media creation request)\n",
    )


def test_json(media, study):
    done = media("create", study, "--json", "--quiet", *WAIT)
    assert (done.code, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["instances"] == 4
    assert told["created"]["status"] == told["initiated"]["status"] == "0x0000"
    assert told["media"]["execution_status"] == "DONE"
    uid = told["sop_instance_uid"]
    assert json.loads(media("status", uid, "--json").stdout)["total_pieces"] == 1
    assert json.loads(media("cancel", uid, "--json").stdout)["status"] == "0xC201"
    assert json.loads(media("initiate", uid, "--json").stdout)["status"] == "0xA510"


def test_a_failure_names_the_instances(media, tmp_path):
    write_image(tmp_path / "elsewhere.dcm", "2.25.6000")
    done = media("create", tmp_path / "elsewhere.dcm", *WAIT)
    assert done.code == 1
    assert "FAILURE: NO_INSTANCE" in done.stdout
    assert "2.25.6000: no such instance at the device" in done.stderr


def test_refusals(media, study):
    refused = media("create", study, "--disposition", "create=0213")
    assert (refused.code, refused.stdout) == (1, "")
    assert "refused the request: 0x0213" in refused.stderr
    idle = media("create", study, "--disposition", "initiate=0213")
    assert idle.code == 1
    assert idle.stdout.startswith("2.25.")
    assert "has the request but will not begin: 0x0213" in idle.stderr
    warned = media("create", study, "--disposition", "create=0001")
    assert warned.code == 0
    assert "warning: 0x0001" in warned.stderr


def test_a_wait_that_is_over(media, study):
    done = media("create", study, "--disposition", "stay=CREATING", *WAIT, "--max-wait", "0.1")
    assert done.code == 1
    assert "it is CREATING: it goes on" in done.stderr
    told = media(
        "create", study, "--disposition", "stay=CREATING", *WAIT, "--max-wait", "0.1", "--json"
    )
    assert json.loads(told.stdout)["media"]["execution_status"] == "CREATING"


def test_ctrl_c_ends_the_wait_only(spawn, media, burner, study):
    process = spawn(
        "media", burner.peer, "create", study, "--disposition", "stay=PENDING", "--wait"
    )
    assert process.stderr.readline().startswith("PENDING")
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130, stderr
    uid = stdout.splitlines()[0]
    assert f"goes on: ask by dicomwire media {burner.peer} status {uid}" in stderr
    assert media("status", uid).stdout.startswith("PENDING")


def test_files_that_are_not_dicom(media, study):
    (study / "notes.txt").write_text("no image")
    refused = media("create", study)
    assert refused.code == 2
    assert "notes.txt not DICOM" in refused.stderr
    assert media("create", study, "--skip-others").code == 0


def test_what_cannot_be_sent(media, burner, study):
    for options, says in [
        (["--file-set-id", "john"], "file-set ID"),
        (["--profile", "STD-GEN-DC"], "did you mean STD-GEN-CD"),
        (["--non-dicom", "me"], "FOR_PHYSICIAN"),
        (["--wait", "--interval", "0"], "'--interval': 0: must be a number of seconds above 0"),
        (["--wait", "--max-wait", "nan"], "'--max-wait': nan"),
    ]:
        done = media("create", study, *options)
        assert done.code == 2, done.stderr
        assert done.stderr.count("\n") == 1
        assert says in done.stderr
    # Least of all a request whose end one then cannot wait for.
    assert burner.asked() == []
    assert media("create", study, "--profile", "OUR-OWN", "--no-check").code == 0


def test_nobody_there_and_no_such_service(capsys, pynetdicom_server, study):
    assert main(["media", f"X@127.0.0.1:{free_port()}", "status", "1.2.3"]) == 2
    assert "refused" in capsys.readouterr().err
    assert main(["media", pynetdicom_server.peer, "create", str(study)]) == 2
    assert "not Media Creation Management" in capsys.readouterr().err


def test_a_device_that_tells_no_state_has_not_said_that_all_is_well(scripted_peer, capsys):
    peer = scripted_peer(normalized_scp(answer(0)))
    assert main(["media", peer.peer, "status", "2.25.1"]) == 1
    assert "unknown" in capsys.readouterr().out
