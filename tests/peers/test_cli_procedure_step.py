"""``dicomwire mpps`` as people run it: from a worklist server to the end of a step."""

from __future__ import annotations

import json

import pytest
from generated import write_series
from procedure_steps import final, least, made, scheduled
from processes import free_port

from dicomwire.cli.main import main
from dicomwire.uids import is_valid_uid


@pytest.fixture
def mpps(procedure_steps, capsys):
    """Run a verb in this process: code, standard output and standard error."""

    def run(*arguments, peer=None):
        code = main(["mpps", peer or procedure_steps.peer, *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def file(tmp_path):
    """Write data sets in the DICOM JSON model."""

    def write(*datasets, lines=False):
        path = tmp_path / "attributes.json"
        texts = [dataset.to_json() for dataset in datasets]
        several = f"[{','.join(texts)}]" if len(texts) > 1 else texts[0]
        path.write_text("\n".join(texts) if lines else several)
        return path

    return write


def test_from_the_worklist_to_the_end(cli, procedure_steps, dcmtk_worklist, tmp_path):
    write_series(tmp_path / "images", 2)
    asked = ["--worklist", dcmtk_worklist.peer, "-k", "PatientID=WL-4"]
    started = cli("mpps", procedure_steps.peer, "start", *asked, "--start", "2024-01-04T09:15:00")
    assert (started.code, started.stderr) == (0, "")
    uid = started.stdout.strip()
    kept = procedure_steps.step(uid)
    assert kept.PatientName == "Yamada^Tarou=山田^太郎=やまだ^たろう"
    assert kept.PerformedProcedureStepStartDate == "20240104"
    done = cli(
        *("mpps", procedure_steps.peer, "complete", uid, tmp_path / "images"),
        *("--protocol", "THORAX", "--retrieve-aet", "ARCHIVE", "--end", "20240104093000"),
    )
    assert (done.code, done.stdout, done.stderr) == (0, "completed\n", "")
    kept = procedure_steps.step(uid)
    assert kept.PerformedProcedureStepStatus == "COMPLETED"
    assert kept.PerformedProcedureStepEndTime == "093000"
    (series,) = kept.PerformedSeriesSequence
    assert (series.ProtocolName, series.RetrieveAETitle) == ("THORAX", "ARCHIVE")
    assert len(series.ReferencedImageSequence) == 2


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_what_find_writes_is_what_start_reads(
    mpps, procedure_steps, dcmtk_worklist, tmp_path, form
):
    found = tmp_path / "items"
    # wlmscpfs leaves out the item with two steps.
    query = ["-k", "PatientID", "--model", "MODALITY_WORKLIST", "--format", form, "-q"]
    assert main(["find", dcmtk_worklist.peer, *query, "-o", str(found)]) == 0
    code, out, err = mpps("start", "-f", found)
    assert (code, out) == (2, "")
    assert "4 worklist items: choose one by --step-id (S1, S2, S3, S4)" in err
    code, out, err = mpps("start", "-f", found, "--step-id", "S3")
    assert (code, err) == (0, "")
    kept = procedure_steps.step(out.strip())
    assert kept.PatientName == "Ωμέγα^Άλφα"
    (step,) = kept.ScheduledStepAttributesSequence
    assert step.ScheduledProcedureStepID == "S3"


def test_what_is_not_as_scheduled(mpps, procedure_steps, file):
    item = scheduled()
    del item.StudyInstanceUID
    del item.ScheduledProcedureStepSequence[0].Modality
    code, out, err = mpps("start", "-f", file(item))
    assert (code, out) == (2, "")
    assert "Modality: give --modality; StudyInstanceUID: give --study-uid" in err
    code, out, err = mpps(
        *("start", "-f", file(item), "--modality", "MR", "--study-uid", "1.2.3", "--id", "P9"),
        *("--station-aet", "MR2", "--description", "head", "--uid", "1.2.3.900"),
    )
    assert (code, out, err) == (0, "1.2.3.900\n", "")
    kept = procedure_steps.step("1.2.3.900")
    assert (kept.Modality, kept.PerformedStationAETitle) == ("MR", "MR2")
    assert (kept.PerformedProcedureStepID, kept.PerformedProcedureStepDescription) == ("P9", "head")
    assert kept.ScheduledStepAttributesSequence[0].StudyInstanceUID == "1.2.3"


def test_attributes_from_files(mpps, procedure_steps, file):
    code, out, _ = mpps("create", "-f", file(least(PatientName="Grün")))
    uid = out.strip()
    assert code == 0
    assert is_valid_uid(uid)
    assert procedure_steps.step(uid).PatientName == "Grün"
    changes = made(PerformedProcedureStepDescription="changed")
    assert mpps("set", uid, "-f", file(changes)) == (0, "set\n", "")
    assert mpps("set", uid, "--quiet", "-f", file(changes)) == (0, "", "")
    assert procedure_steps.step(uid).PerformedProcedureStepDescription == "changed"
    more = made(PerformedProcedureTypeDescription="more")
    assert mpps("discontinue", uid, "-f", file(more)) == (0, "discontinued\n", "")
    kept = procedure_steps.step(uid)
    assert kept.PerformedProcedureTypeDescription == "more"
    assert kept.PerformedProcedureStepStatus == "DISCONTINUED"


def test_a_reason(mpps, procedure_steps, file):
    _, out, _ = mpps("start", "-f", file(scheduled()))
    uid = out.strip()
    code, _, err = mpps("discontinue", uid, "--reason", "bad mood")
    assert code == 2
    assert "not in CID 9300" in err
    assert mpps("discontinue", uid, "--reason", "110501")[0] == 0
    (reason,) = procedure_steps.step(uid).PerformedProcedureStepDiscontinuationReasonCodeSequence
    assert reason.CodeMeaning == "Equipment failure"


def test_what_the_peer_knows(mpps, file):
    _, out, _ = mpps("start", "-f", file(scheduled(2)))
    uid = out.strip()
    code, out, err = mpps("get", uid, "PatientName", "ScheduledStepAttributesSequence")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert "PatientName Grün^Ülo" in lines
    assert "ScheduledStepAttributesSequence[1].ScheduledProcedureStepID S2" in lines
    code, out, _ = mpps("get", uid, "--json", "PatientID")
    found = json.loads(out)
    assert (found["status"], found["dataset"]["00100020"]["Value"]) == ("0x0000", ["WL-2"])
    code, out, err = mpps("get", uid, "PatientID", "BillingProcedureStepSequence")
    assert (code, out) == (0, "SpecificCharacterSet ISO_IR 100\nPatientID WL-2\n")
    assert "warning: RIS@127.0.0.1:" in err
    assert "0x0001" in err


def test_json(mpps, file):
    code, out, err = mpps("create", "--json", "-f", file(least()))
    created = json.loads(out)
    assert (code, err, created["status"]) == (0, "", "0x0000")
    code, out, err = mpps("set", "1.2.3.4.5", "--json", "-f", file(made(StudyID="")), "--no-check")
    assert code == 1
    assert json.loads(out)["status"] == "0x0112"
    assert "answered 0x0112 (No such procedure step" in err


def test_what_the_peer_refuses(mpps, procedure_steps, file):
    whole = least(PerformedProcedureStepStatus="COMPLETED")
    code, out, err = mpps("create", "-f", file(whole))
    assert (code, out) == (2, "")
    assert "a step is created IN PROGRESS" in err
    code, out, err = mpps("create", "--no-check", "-f", file(whole))
    assert (code, out) == (1, "")
    assert "answered 0x0120 (Missing attribute: missing attributes: 00081032" in err
    _, out, _ = mpps("create", "-f", file(least()))
    uid = out.strip()
    code, out, err = mpps("set", uid, "--no-check", "-f", file(made(PatientName="X")))
    assert (code, out) == (1, "")
    assert err.endswith("for 00100010\n")
    assert mpps("set", uid, "-f", file(final()))[0] == 0
    code, _, err = mpps("set", uid, "-f", file(final()))
    assert code == 1
    assert "may no longer be updated" in err


def test_warnings_are_no_failures(mpps, file):
    code, out, err = mpps("create", "-f", file(least(PatientSex="X")))
    assert (code, out.count("\n")) == (0, 1)
    assert err.startswith("warning: RIS@127.0.0.1:")
    code, _, err = mpps("create", "-q", "-f", file(least(PatientSex="X")))
    assert (code, err) == (0, "")


def test_a_peer_without_the_service_or_without_anything(mpps, procedure_steps, file):
    code, out, err = mpps("create", "-f", file(least()), peer=procedure_steps.peer_without)
    assert (code, out) == (2, "")
    assert "not Modality Performed Procedure Step SOP Class" in err
    code, out, err = mpps("get", "1.2.3", peer=f"RIS@127.0.0.1:{free_port()}")
    assert (code, out) == (2, "")
    assert "Connection refused" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["start"], "say what is performed: -f FILE, or --worklist PEER with -k"),
        (["start", "-f", "x", "--worklist", "A@b:1"], "say what is performed"),
        (["start", "-f", "/no/such/file"], "/no/such/file"),
        (["start", "-f", "ITEM", "-k", "PatientID=1"], "-k is for --worklist PEER"),
        (["start", "-f", "ITEM", "--step-id", "S9"], "no worklist item with the scheduled step S9"),
        (["start", "-f", "ITEM", "--start", "noon"], "--start"),
        (["start", "-f", "ITEM", "--uid", "1.02"], "'1.02' is no UID"),
        (["create", "-f", "TEXT"], "not in the DICOM JSON model"),
        (["create", "-f", "NUMBER"], "not in the DICOM JSON model"),
        (["create", "-f", "ITEMS"], "2 data sets, not one"),
        (["complete", "x"], "'x' is no UID"),
        (["complete", "1.2", "/no/such/file"], "not an instance of a series: /no/such/file"),
        (["get", "1.2", "Nonsense"], "Nonsense"),
        (["end", "1.2"], "end"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage_errors(mpps, tmp_path, arguments, says):
    item = scheduled().to_json()
    contents = {"ITEM": item, "TEXT": "no JSON", "NUMBER": "17", "ITEMS": f"[{item},{item}]"}
    for name, text in contents.items():
        (tmp_path / name).write_text(text)
    given = [str(tmp_path / word) if word in contents else word for word in arguments]
    code, out, err = mpps(*given)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err


def test_an_end_without_instances_says_what_to_do(mpps, procedure_steps, file):
    _, out, _ = mpps("create", "-f", file(least()))
    uid = out.strip()
    code, out, err = mpps("complete", uid)
    assert (code, out) == (2, "")
    assert "name all instances that were made, as PATH..." in err
    # A step is not known from one command to the next, its series may have been set.
    (series,) = final().PerformedSeriesSequence
    assert mpps("set", uid, "-f", file(made(PerformedSeriesSequence=[series])))[0] == 0
    assert mpps("complete", uid, "--no-check")[:2] == (0, "completed\n")
    assert procedure_steps.step(uid).PerformedProcedureStepStatus == "COMPLETED"
