"""``dicomwire patient`` against an archive that does what it is told, and ``update-files``."""

from __future__ import annotations

import json

import pytest
from corpora import pydicom_directory
from generated import write_series
from pydicom import Dataset, dcmread

from dicomwire.cli.main import main
from dicomwire.patient_update.actions import PatientUpdateAction

STUDY = ["--study-instance-uid", "2.25.21"]
SOURCE = ["--source-patient-id", "B-2"]
SERIES = ["--series-instance-uid", "2.25.211"]
VERBS = {
    "change-patient": ["--original-patient-id", "A-1", "--name", "Müller^Ida", "--sex", ""],
    "copy-patient": ["--original-patient-id", "A-1", "--patient-id", "T-1"],
    "merge-patient": [
        "--patient-id",
        "A-1",
        "--patient-to-merge",
        "B-2",
        "--patient-to-merge",
        "C-3",
    ],
    "delete-patient": ["--patient-id", "B-2", *STUDY],
    "change-study": [*STUDY, "--study-date", "20240229", "--patient-size", "1.8"],
    "delete-study": STUDY,
    "merge-study": ["--patient-id", "C-3", *STUDY, *SOURCE],
    "move-study-to-new-patient": ["--patient-id", "N", "--other-patient-id", "M", *STUDY, *SOURCE],
    "copy-study": ["--patient-id", "N", "--birth-date", "19900101", *STUDY, *SOURCE],
    "change-series": [*SERIES, "--series-time", "134500", "--modality", "CT"],
    "delete-series": [*STUDY, *SERIES],
    "move-series": ["--patient-id", "C-3", *SERIES, *SOURCE],
}
AUDIT = ["--operator", "Ops^Olga", "--station", "DESK", "--reason", "told so"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_action(update_server, capsys, verb):
    assert main(["patient", update_server.peer, verb, *VERBS[verb], *AUDIT]) == 0
    captured = capsys.readouterr()
    action = PatientUpdateAction.coerce(verb)
    assert captured.out == f"{action.title}: 0x0000 (Success)\n"
    assert captured.err == ""
    (request,) = update_server.requests
    assert request["action_type_id"] == action
    ds = Dataset.from_json(request["dataset"])
    assert (ds.OperatorsName, ds.StationName) == ("Ops^Olga", "DESK")
    assert ds.ReasonForTheRequestedProcedure == "told so"


def test_every_action_is_a_verb():
    assert {PatientUpdateAction.coerce(verb) for verb in VERBS} == set(PatientUpdateAction)


def test_what_was_given_arrives(update_server):
    arguments = [*VERBS["change-patient"], "--other-patient-id", "X-7^^^CLINIC"]
    main(["patient", update_server.peer, "change-patient", *arguments])
    patient = update_server.archive["patients"]["A-1"]
    assert patient["name"] == "Müller^Ida"
    assert (patient["sex"], patient["birth_date"]) == ("", "19700131")
    assert patient["other_ids"] == [["X-7", "CLINIC"]]
    main(
        [
            "patient",
            update_server.peer,
            "change-patient",
            "--original-patient-id",
            "A-1",
            "--other-patient-id",
            "",
        ]
    )
    assert update_server.archive["patients"]["A-1"]["other_ids"] == []


def test_not_found(update_server, capsys):
    assert main(["patient", update_server.peer, "delete-patient", "--patient-id", "Z"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        f"dicomwire: Delete Patient: {update_server.peer} answered 0x0120 (No such patient, study "
        "or series, or an attribute is missing); sending it again will not help\n"
    )


def test_not_permitted(update_server, capsys):
    update_server.set(refused_operators=["Ops^Olga"])
    arguments = ["delete-patient", "--patient-id", "A-1", *AUDIT]
    assert main(["patient", update_server.peer, *arguments]) == 1
    assert "0x0124 (Not permitted); ask for permission there" in capsys.readouterr().err


def test_a_missing_reason_is_named(update_server, capsys):
    update_server.set(reason_needed=True)
    assert main(["patient", update_server.peer, "delete-study", *STUDY, "--json"]) == 1
    captured = capsys.readouterr()
    assert "about (0040,1002)" in captured.err
    told = json.loads(captured.out)
    assert (told["status"], told["attribute_identifiers"]) == ("0x0121", ["00401002"])


def test_the_service_is_not_for_this_ae_title(update_server, capsys):
    arguments = ["delete-study", *STUDY, "--calling-ae-title", "READER"]
    assert main(["patient", update_server.peer, *arguments]) == 2
    assert "does not permit 'READER' to use it" in capsys.readouterr().err


def test_json(update_server, capsys):
    assert main(["patient", update_server.peer, "delete-study", *STUDY, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["action"], told["status"], told["not_found"]) == ("delete_study", "0x0000", False)
    assert told["transaction_uid"] == update_server.requests[0]["dataset"]["00081195"]["Value"][0]


def test_quiet(update_server, capsys):
    assert main(["patient", update_server.peer, "delete-study", *STUDY, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_other_uids_and_numbers(update_server):
    update_server.set(sop_instance_uid="2.25.4712", actions={"111": 7})
    arguments = ["--sop-class", "2.25.4711", "--sop-instance", "2.25.4712", "--action-type-id", "7"]
    assert main(["patient", update_server.peer, "delete-study", *STUDY, *arguments]) == 0
    assert update_server.requests[0]["action_type_id"] == 7


# --- without an archive


def dry_run(capsys, path, verb, *arguments):
    """Write an update to a file, as a shell would, and return what it holds."""
    assert main(["patient", "PACS@nowhere.invalid:104", verb, *arguments, "--dry-run"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    path.write_text(captured.out)
    return json.loads(captured.out)


def test_dry_run(capsys, tmp_path):
    shown = dry_run(capsys, tmp_path / "update.json", "merge-patient", *VERBS["merge-patient"])
    assert (shown["action"], shown["action_type_id"]) == ("merge_patient", 102)
    assert shown["sop_class_uid"] == "1.2.840.114257.15.1.3"
    information = shown["action_information"]
    assert list(information) == sorted(information)
    assert information["00100020"] == {"vr": "LO", "Value": ["A-1"]}


def test_a_number_that_another_action_has_elsewhere(update_server, capsys):
    merge = ["merge-patient", "--patient-id", "A-1", "--patient-to-merge", "B-2"]
    number = str(int(PatientUpdateAction.CHANGE_PATIENT))
    main(["patient", update_server.peer, *merge, "--action-type-id", number])
    (request,) = update_server.requests
    assert request["action_type_id"] == PatientUpdateAction.CHANGE_PATIENT
    capsys.readouterr()
    assert main(["patient", update_server.peer, *merge, "--action-type-id", "70000"]) == 2
    assert "'--action-type-id'" in capsys.readouterr().err


def test_files_are_updated(capsys, tmp_path):
    write_series(tmp_path / "in" / "a", 2)
    write_series(tmp_path / "in" / "b", 2)
    other = dcmread(pydicom_directory() / "test_files" / "CT_small.dcm")
    other.save_as(tmp_path / "in" / "other.dcm")
    (tmp_path / "in" / "notes.txt").write_text("no DICOM")
    before = {path: path.read_bytes() for path in (tmp_path / "in").rglob("*") if path.is_file()}
    merge, change = tmp_path / "merge.json", tmp_path / "change.json"
    dry_run(capsys, merge, "merge-patient", "--patient-id", "M", "--patient-to-merge", "P1")
    dry_run(capsys, change, "change-patient", "--original-patient-id", "M", "--name", "山田^太郎")
    arguments = ["update-files", "-u", str(merge), "-u", str(change), str(tmp_path / "in")]
    # The directory for the result may be inside that of the files.
    target = tmp_path / "in" / "out"
    assert main([*arguments, "-o", str(target), "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"changed": 4, "unchanged": 1, "deleted": 0, "failed": 1}
    assert "notes.txt: " in captured.err
    written = sorted(path.relative_to(target) for path in target.rglob("*.dcm"))
    assert len(written) == 4
    for name in written:
        found = dcmread(target / name)
        assert (found.PatientID, found.PatientName) == ("M", "山田^太郎")
        assert len(found.OriginalAttributesSequence) == 2
        assert found.SOPInstanceUID == dcmread(tmp_path / "in" / name).SOPInstanceUID
    assert all(path.read_bytes() == data for path, data in before.items())
    # A second time nothing is overwritten.
    assert main([*arguments, "-o", str(target)]) == 1
    captured = capsys.readouterr()
    assert captured.out == "0 changed, 1 unchanged, 0 to be deleted, 5 failed\n"
    assert "exists; give an empty -o DIR" in captured.err


@pytest.mark.parametrize("target", [".", "in"])
def test_files_in_the_directory_for_the_result_are_not_passed_over(
    capsys, tmp_path, monkeypatch, target
):
    write_series(tmp_path / "in", 1)
    dry_run(capsys, tmp_path / "u.json", "delete-patient", "--patient-id", "P1")
    monkeypatch.chdir(tmp_path)
    assert main(["update-files", "-u", "u.json", "in", "-o", target]) == 2
    captured = capsys.readouterr()
    assert f"in is in {target}, where changed files go" in captured.err
    assert captured.out == ""


def test_a_file_that_cannot_be_written_is_failed_and_nothing_else(capsys, tmp_path):
    write_series(tmp_path / "in", 2)
    dry_run(capsys, tmp_path / "u.json", "delete-patient", "--patient-id", "NOBODY")
    arguments = ["-u", str(tmp_path / "u.json"), str(tmp_path / "in"), "--all"]
    arguments = ["update-files", *arguments, "-o", str(tmp_path / "out"), "--json"]
    assert main(arguments) == 0
    capsys.readouterr()
    assert main(arguments) == 1
    account = json.loads(capsys.readouterr().out)
    assert account == {"changed": 0, "unchanged": 0, "deleted": 0, "failed": 2}


def test_a_patient_that_is_no_file(capsys, tmp_path):
    write_series(tmp_path / "in", 1)
    update = tmp_path / "u.json"
    dry_run(capsys, update, "merge-patient", "--patient-id", "M", "--patient-to-merge", "P1")
    arguments = ["-u", str(update), str(tmp_path / "in"), "--patient", str(update)]
    assert main(["update-files", *arguments, "-o", str(tmp_path / "out")]) == 2
    assert f"for '--patient': {update}: not a DICOM file" in capsys.readouterr().err


def test_files_that_are_to_be_deleted_are_not_written(capsys, tmp_path):
    write_series(tmp_path / "in", 3)
    dry_run(capsys, tmp_path / "delete.json", "delete-patient", "--patient-id", "P1")
    arguments = ["-u", str(tmp_path / "delete.json"), str(tmp_path / "in"), "--all"]
    assert main(["update-files", *arguments, "-o", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == "0 changed, 0 unchanged, 3 to be deleted, 0 failed\n"
    assert list((tmp_path / "out").iterdir()) == []


def test_all_files_and_a_known_patient(capsys, tmp_path):
    path = pydicom_directory() / "test_files" / "CT_small.dcm"
    other = pydicom_directory() / "test_files" / "MR_small.dcm"
    study = str(dcmread(path).StudyInstanceUID)
    dry_run(
        capsys,
        tmp_path / "u.json",
        "merge-study",
        *["--patient-id", "4MR1", "--study-instance-uid", study, "--source-patient-id", "1CT1"],
    )
    arguments = ["-u", str(tmp_path / "u.json"), str(path), str(other), "--patient", str(other)]
    assert main(["update-files", *arguments, "-o", str(tmp_path / "out"), "--all"]) == 0
    assert capsys.readouterr().out == "1 changed, 1 unchanged, 0 to be deleted, 0 failed\n"
    moved = dcmread(tmp_path / "out" / "CT_small.dcm")
    assert moved.PatientName == dcmread(other).PatientName
    assert (tmp_path / "out" / "MR_small.dcm").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "Expecting"),
        ("[]", "indices"),
        ("{}", "'action_information' is missing"),
        ('{"action_information": {}}', "'action' is missing"),
        ('{"action": "burn", "action_information": {}}', "must be one of"),
        ('{"action": "delete_study", "action_information": {}}', "StudyInstanceUID is missing"),
    ],
)
def test_what_is_no_update(capsys, tmp_path, content, says):
    path = tmp_path / "update.json"
    path.write_text(content)
    assert main(["update-files", "-u", str(path), str(path), "-o", str(tmp_path / "out")]) == 2
    line = capsys.readouterr().err
    assert "is no update as `dicomwire patient PEER" in line
    assert says in line
    assert not (tmp_path / "out").exists()
