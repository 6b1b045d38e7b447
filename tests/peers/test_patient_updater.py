"""Patient updates against an archive made with pynetdicom, which checks what comes and does it."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from pydicom import Dataset
from wire import EXPLICIT_LE, IMPLICIT_LE

from dicomwire import (
    ChangePatient,
    ConfigError,
    DeleteStudy,
    MergePatient,
    NoAcceptedContext,
    OtherPatientId,
    PatientUpdaterScu,
    StateError,
    StatusError,
)
from dicomwire.patient_update.actions import PATIENT_UPDATE_INSTANCE, PATIENT_UPDATE_SOP_CLASS

pytestmark = pytest.mark.usefixtures("engine")

THORAX, KNEE, HEAD = "2.25.11", "2.25.21", "2.25.22"


@pytest.fixture
def scu(update_server):
    return PatientUpdaterScu(
        update_server.peer, operator="Ops^Olga", station="DESK-1", reason="two IDs, one person"
    )


# --- what each action does


def test_change_patient(scu, update_server):
    result = scu.change_patient(
        original_patient_id="A-1",
        patient_id="A-9",
        name="Müller^Jane",
        sex="O",
        birth_date=dt.date(1970, 2, 1),
        other_patient_ids=[OtherPatientId("A-1", "CLINIC"), "X-7"],
        comments="",
        ethnic_group="none of ours",
    )
    assert result.is_success
    archive = update_server.archive
    assert "A-1" not in archive["patients"]
    assert archive["patients"]["A-9"] == {
        "name": "Müller^Jane",
        "sex": "O",
        "birth_date": "19700201",
        "comments": "",
        "ethnic_group": "none of ours",
        "other_ids": [["A-1", "CLINIC"], ["X-7", ""]],
    }
    assert archive["studies"][THORAX]["patient"] == "A-9"


def test_what_is_none_stays(scu, update_server):
    assert scu.change_patient(original_patient_id="A-1", sex="").is_success
    patient = update_server.archive["patients"]["A-1"]
    assert (patient["name"], patient["sex"]) == ("Doe^Jane", "")


def test_merge_patient(scu, update_server):
    result = scu.merge_patient(patient_id="A-1", patients_to_merge=["B-2", "C-3"])
    assert result.is_success
    assert list(update_server.archive["patients"]) == ["A-1"]
    assert {study["patient"] for study in update_server.archive["studies"].values()} == {"A-1"}


def test_merge_patient_by_studies(scu, update_server):
    """As a server forwards a merge: the studies in place of the patient."""
    assert scu.merge_patient(patient_id="A-1", study_instance_uids=KNEE).is_success
    studies = update_server.archive["studies"]
    assert (studies[KNEE]["patient"], studies[HEAD]["patient"]) == ("A-1", "B-2")


def test_delete_patient(scu, update_server):
    assert scu.delete_patient(patient_id="B-2").is_success
    archive = update_server.archive
    assert (list(archive["patients"]), list(archive["studies"])) == (["A-1", "C-3"], [THORAX])
    assert list(archive["series"]) == ["2.25.111"]


def test_delete_some_studies_of_a_patient(scu, update_server):
    assert scu.delete_patient(patient_id="B-2", study_instance_uids=[HEAD]).is_success
    assert list(update_server.archive["studies"]) == [THORAX, KNEE]
    assert "B-2" in update_server.archive["patients"]


def test_copy_patient(scu, update_server):
    assert scu.copy_patient(original_patient_id="B-2", patient_id="T-1", name="Case^1").is_success
    archive = update_server.archive
    assert archive["patients"]["T-1"]["name"] == "Case^1"
    assert archive["patients"]["T-1"]["birth_date"] == "19700131"
    copied = [study for study in archive["studies"].values() if study["patient"] == "T-1"]
    assert [study["description"] for study in copied] == ["Knee", "Head"]
    assert len(archive["series"]) == 4 + 3


def test_change_study(scu, update_server):
    result = scu.change_study(
        study_instance_uid=KNEE,
        study_date="20240229",
        study_description="Knee left",
        study_id="77",
        accession_number="A77",
        patient_age="054Y",
        patient_size=1.8,
        patient_weight="",
    )
    assert result.is_success
    assert update_server.archive["studies"][KNEE] == {
        "patient": "B-2",
        "date": "20240229",
        "description": "Knee left",
        "id": "77",
        "accession_number": "A77",
        "age": "054Y",
        "size": "1.8",
        "weight": "",
    }


def test_delete_study(scu, update_server):
    assert scu.delete_study(study_instance_uid=KNEE).is_success
    assert list(update_server.archive["studies"]) == [THORAX, HEAD]


def test_merge_study(scu, update_server):
    result = scu.merge_study(patient_id="C-3", study_instance_uid=KNEE, source_patient_id="B-2")
    assert result.is_success
    assert update_server.archive["studies"][KNEE]["patient"] == "C-3"


@pytest.mark.parametrize("copy", [False, True])
def test_move_or_copy_a_study_to_a_new_patient(scu, update_server, copy):
    call = scu.copy_study if copy else scu.move_study_to_new_patient
    result = call(
        patient_id="N-1",
        study_instance_uid=KNEE,
        source_patient_id="B-2",
        name="New^Nora",
        sex="F",
        birth_date="19900101",
        other_patient_ids=["N-2", "N-3"],
    )
    assert result.is_success
    archive = update_server.archive
    assert archive["patients"]["N-1"] == {
        "name": "New^Nora",
        "sex": "F",
        "birth_date": "19900101",
        "other_ids": [["N-2", ""], ["N-3", ""]],
    }
    theirs = [uid for uid, study in archive["studies"].items() if study["patient"] == "N-1"]
    assert len(theirs) == 1
    assert (theirs == [KNEE]) is not copy


def test_change_series(scu, update_server):
    result = scu.change_series(
        series_instance_uid="2.25.211",
        series_date="20240101",
        series_time=dt.time(13, 45),
        series_description="PD fs",
        modality="CT",
    )
    assert result.is_success
    assert update_server.archive["series"]["2.25.211"] == {
        "study": KNEE,
        "date": "20240101",
        "time": "134500",
        "description": "PD fs",
        "modality": "CT",
    }


def test_delete_series(scu, update_server):
    assert scu.delete_series(study_instance_uid=KNEE, series_instance_uid="2.25.211").is_success
    assert "2.25.211" not in update_server.archive["series"]


@pytest.mark.parametrize("new", ["2.25.99", None])
def test_move_series(scu, update_server, new):
    result = scu.move_series(
        patient_id="C-3",
        series_instance_uid="2.25.211",
        source_patient_id="B-2",
        new_study_instance_uid=new,
    )
    assert result.is_success
    archive = update_server.archive
    study = archive["series"]["2.25.211"]["study"]
    assert study != KNEE
    assert archive["studies"][study]["patient"] == "C-3"
    assert new is None or study == new


# --- what goes over the wire


def test_the_request(scu, update_server):
    result = scu.merge_patient(patient_id="A-1", patients_to_merge="B-2", description="Merge it")
    (request,) = update_server.requests
    assert request["action_type_id"] == 102
    assert request["sop_class_uid"] == PATIENT_UPDATE_SOP_CLASS
    assert request["sop_instance_uid"] == PATIENT_UPDATE_INSTANCE
    assert request["transfer_syntax"] == IMPLICIT_LE
    ds = Dataset.from_json(request["dataset"])
    assert ds.OperatorsName == "Ops^Olga"
    assert ds.StationName == "DESK-1"
    assert ds.ReasonForTheRequestedProcedure == "two IDs, one person"
    assert ds.RequestedProcedureDescription == "Merge it"
    assert ds.TransactionUID == result.update.transaction_uid
    assert ds.ReferencedPatientSequence[0].PatientID == "B-2"
    sent = result.update.when
    assert (ds.InstanceCreationDate, ds.InstanceCreationTime) == (
        f"{sent:%Y%m%d}",
        f"{sent:%H%M%S.%f}",
    )


def test_an_update_speaks_for_itself(scu, update_server):
    update = MergePatient(
        patient_id="A-1",
        patients_to_merge="B-2",
        operator="Boss^Bea",
        station="OFFICE",
        reason="told so",
        transaction_uid="2.25.5",
        when=dt.datetime(2024, 2, 29, 1, 2, 3),  # noqa: DTZ001 (local, as DA and TM are)
    )
    sent = scu.merge_patient(update).update
    assert (sent.operator, sent.description) == ("Boss^Bea", "Merge Patient")
    ds = Dataset.from_json(update_server.requests[0]["dataset"])
    assert (ds.OperatorsName, ds.StationName, ds.TransactionUID) == ("Boss^Bea", "OFFICE", "2.25.5")
    assert ds.ReasonForTheRequestedProcedure == "told so"
    assert (ds.InstanceCreationDate, ds.InstanceCreationTime) == ("20240229", "010203")


def test_every_request_has_a_transaction_of_its_own(scu, update_server):
    for _ in range(2):
        scu.change_patient(original_patient_id="A-1", sex="M")
    uids = {one["dataset"]["00081195"]["Value"][0] for one in update_server.requests}
    assert len(uids) == 2


def test_one_association_for_several_updates(scu, update_server):
    opened = []
    scu.after_associate_request += opened.append
    with scu:
        scu.change_patient(original_patient_id="A-1", sex="M")
        scu.merge_patient(patient_id="A-1", patients_to_merge="B-2")
        assert scu.delete_patient(patient_id="A-1").is_success
    assert len(opened) == 1
    assert [one["action_type_id"] for one in update_server.requests] == [100, 102, 101]


def test_a_service_under_other_uids_and_numbers(update_server):
    update_server.set(sop_instance_uid="2.25.4712", actions={"111": 7})
    scu = PatientUpdaterScu(
        update_server.peer,
        sop_class_uid="2.25.4711",
        sop_instance_uid="2.25.4712",
        actions={"delete_study": 7},
        transfer_syntaxes=[EXPLICIT_LE],
    )
    assert scu.delete_study(study_instance_uid=KNEE).is_success
    (request,) = update_server.requests
    assert (request["action_type_id"], request["transfer_syntax"]) == (7, EXPLICIT_LE)
    assert KNEE not in update_server.archive["studies"]


def test_send_update_sends_what_it_is_given(scu, update_server):
    ds = Dataset()
    ds.StudyInstanceUID = KNEE
    result = scu.send_update(111, ds)
    assert (result.status, result.update) == (0x0120, None)
    assert 0x0040_1002 in result.attribute_identifiers
    assert not result.not_found, "it is the audit that is missing, not the study"
    assert update_server.requests[0]["dataset"] == ds.to_json_dict()


# --- events


def test_the_events(scu, update_server):
    before, after = [], []
    scu.before_n_action += before.append
    scu.after_n_action += after.append
    result = scu.delete_study(study_instance_uid=KNEE)
    (begun,), (ended,) = before, after
    assert begun.action_type_id == ended.action_type_id == 111
    assert begun.dataset.StudyInstanceUID == KNEE
    assert begun.sop_class_uid == ended.sop_class_uid == PATIENT_UPDATE_SOP_CLASS
    assert begun.sop_instance_uid == PATIENT_UPDATE_INSTANCE
    assert begun.message_id == ended.message_id
    assert begun.presentation_context_id == 1
    assert ended.status == result.status == 0
    assert ended.seconds > 0


def test_a_handler_edits_the_action_information(scu, update_server):
    @scu.before_n_action.connect
    def edit(event):
        event.dataset.StudyDescription = "Edited"

    assert scu.change_study(study_instance_uid=KNEE, study_id="1").is_success
    assert update_server.archive["studies"][KNEE]["description"] == "Edited"


def test_what_a_handler_raises_reaches_the_caller(scu, update_server):
    @scu.before_n_action.connect
    def refuse(_):
        raise LookupError("not today")

    with pytest.raises(LookupError, match="not today"):
        scu.delete_study(study_instance_uid=KNEE)
    assert update_server.requests == []


# --- what the archive refuses


@pytest.mark.parametrize(
    ("method", "values"),
    [
        ("change_patient", {"original_patient_id": "Z-9", "sex": "F"}),
        ("merge_patient", {"patient_id": "Z-9", "patients_to_merge": "A-1"}),
        ("merge_patient", {"patient_id": "A-1", "patients_to_merge": "Z-9"}),
        ("delete_patient", {"patient_id": "Z-9"}),
        ("delete_patient", {"patient_id": "A-1", "study_instance_uids": KNEE}),
        ("copy_patient", {"original_patient_id": "Z-9", "patient_id": "T-1"}),
        ("change_study", {"study_instance_uid": "2.25.404", "study_id": "1"}),
        ("delete_study", {"study_instance_uid": "2.25.404"}),
        (
            "merge_study",
            {"patient_id": "C-3", "study_instance_uid": KNEE, "source_patient_id": "A-1"},
        ),
        ("change_series", {"series_instance_uid": "2.25.404", "modality": "CT"}),
        ("delete_series", {"study_instance_uid": HEAD, "series_instance_uid": "2.25.211"}),
        (
            "move_series",
            {"patient_id": "Z-9", "series_instance_uid": "2.25.211", "source_patient_id": "B-2"},
        ),
    ],
)
def test_who_is_not_there_is_not_found(scu, update_server, method, values):
    before = update_server.archive
    result = getattr(scu, method)(**values)
    assert result.not_found
    assert result.is_failure
    assert not result.is_warning
    assert not result.not_permitted
    assert result.status in (0x0116, 0x0120)
    assert "No such patient, study or series" in result.status.meaning
    assert update_server.archive == before


def test_an_id_that_somebody_has(scu):
    result = scu.change_patient(original_patient_id="A-1", patient_id="C-3")
    assert (result.status, result.not_found) == (0x0111, False)
    assert result.attribute_identifiers == (0x0010_0020,)


def test_an_operator_who_may_not(scu, update_server):
    update_server.set(refused_operators=["Ops^Olga"])
    result = scu.delete_patient(patient_id="A-1")
    assert result.not_permitted
    assert result.status == 0x0124
    assert "Not permitted" in str(result.status)
    with pytest.raises(StatusError) as raised:
        result.raise_for_status()
    assert raised.value.response is result
    assert "A-1" in update_server.archive["patients"]


def test_a_reason_that_is_needed(update_server):
    update_server.set(reason_needed=True)
    without = PatientUpdaterScu(update_server.peer).delete_patient(patient_id="A-1")
    assert (without.status, without.not_found) == (0x0121, False)
    assert without.attribute_identifiers == (0x0040_1002,)
    scu = PatientUpdaterScu(update_server.peer, reason="asked to")
    assert scu.delete_patient(patient_id="A-1").is_success


def test_another_instance_is_refused(scu, update_server):
    ds = Dataset()
    assert scu.send_update(100, ds, sop_instance_uid="2.25.1").status == 0x0117
    other = PatientUpdaterScu(update_server.peer, sop_instance_uid="2.25.1")
    assert other.delete_patient(patient_id="A-1").status.meaning == (
        "Not the SOP instance of the service"
    )


def test_an_action_the_archive_does_not_have(scu):
    result = scu.send_update(199, Dataset())
    assert (result.status, result.status.meaning) == (0x0123, "No such action")
    assert result.action_type_id == 199


def test_an_attribute_the_action_does_not_take(scu):
    @scu.before_n_action.connect
    def edit(event):
        event.dataset.Modality = "CT"

    result = scu.delete_study(study_instance_uid=KNEE)
    assert (result.status, result.attribute_identifiers) == (0x0105, (0x0008_0060,))


def test_a_failure_with_a_comment(scu, update_server):
    update_server.set(status=0x0110, comment="archive is full", error_id=12)
    result = scu.delete_study(study_instance_uid=KNEE)
    assert str(result.status) == "0x0110 (The update failed: archive is full)"
    assert result.error_id == 12
    told = result.to_dict()
    assert (told["action"], told["not_found"]) == ("delete_study", False)
    assert told["transaction_uid"] == result.update.transaction_uid


@pytest.mark.parametrize(
    ("status", "keywords", "not_found"),
    [
        (0x0112, [], True),
        (0x0116, ["PatientID"], True),
        (0x0120, ["StationName"], False),
        (0x0116, ["PatientSex"], False),
        (0x0213, [], False),
        (0xC001, [], False),
    ],
)
def test_statuses_that_are_not_found(scu, update_server, status, keywords, not_found):
    update_server.set(status=status, keywords=keywords)
    result = scu.change_patient(original_patient_id="A-1", sex="M")
    assert result.is_failure
    assert result.not_found is not_found


def test_a_warning_is_no_failure(scu, update_server):
    update_server.set(status=0x0107, keywords=["PatientComments"])
    result = scu.change_patient(original_patient_id="A-1", comments="x")
    assert result.is_warning
    assert result.raise_for_status() is result
    assert result.attribute_identifiers == (0x0010_4000,)


def test_an_ae_title_that_may_not_use_the_service(update_server):
    scu = PatientUpdaterScu(update_server.peer, calling_ae_title="READER")
    with pytest.raises(NoAcceptedContext) as raised:
        scu.delete_patient(patient_id="A-1")
    assert "lacks the service, or it does not permit 'READER' to use it" in str(raised.value)
    assert PATIENT_UPDATE_SOP_CLASS in str(raised.value)
    assert update_server.requests == []


def test_an_archive_without_the_service(dcmqrscp):
    with pytest.raises(NoAcceptedContext, match="accepts associations but not patient updates"):
        PatientUpdaterScu(dcmqrscp.peer).delete_patient(patient_id="A-1")


def test_a_refused_update_does_not_end_the_association(scu, update_server):
    opened = []
    scu.after_associate_request += opened.append
    with scu:
        assert scu.delete_patient(patient_id="Z-9").not_found
        with pytest.raises(ConfigError):
            scu.delete_patient(patient_id="")
        assert scu.delete_patient(patient_id="A-1").is_success
    assert len(opened) == 1


# --- what does not leave the house


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda scu: scu.merge_patient(), "patient_id"),
        (lambda scu: scu.merge_patient(patient="A-1"), "patient"),
        (lambda scu: scu.merge_patient(DeleteStudy(study_instance_uid=KNEE)), "a MergePatient"),
        (
            lambda scu: scu.delete_study(DeleteStudy(study_instance_uid=KNEE), reason="x"),
            "or its fields reason, not both",
        ),
        (lambda scu: scu.update("merge"), "one of the twelve updates"),
        (lambda scu: scu.change_patient(original_patient_id="A\\1", sex="M"), "backslash"),
        (lambda scu: scu.send_update(70000, Dataset()), "0 to 65535"),
        (lambda scu: scu.send_update(True, Dataset()), "action_type_id"),
        (lambda scu: scu.send_update(100, Dataset(), sop_instance_uid="x"), "must be a UID"),
    ],
)
def test_bad_calls_send_nothing(scu, update_server, call, says):
    opened = []
    scu.before_connect += opened.append
    with pytest.raises(ConfigError, match=says):
        call(scu)
    assert opened == []
    assert update_server.requests == []


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"sop_class_uid": "1.02"}, "sop_class_uid"),
        ({"sop_instance_uid": ""}, "sop_instance_uid"),
        ({"actions": {"burn_down": 1}}, "change_patient"),
        ({"actions": {"delete_study": 100}}, "change_patient and delete_study both have"),
        ({"actions": {"delete_study": "7"}}, "Action Type ID"),
        ({"station": "S" * 17}, "station='SSSS"),
        ({"operator": "A\nB"}, "control character"),
        ({"reason": "R" * 65}, "at most 64"),
        ({"transfer_syntaxes": []}, "list of UIDs"),
        ({"transfer_syntaxes": "1.2"}, "list of UIDs"),
    ],
)
def test_settings_that_cannot_be(settings, says):
    with pytest.raises(ConfigError, match=says):
        PatientUpdaterScu("PACS@host:104", **settings)


def test_one_object_is_for_one_thread_at_a_time(scu, update_server):
    inside, may_go = threading.Event(), threading.Event()

    @scu.before_n_action.connect
    def hold(_):
        inside.set()
        assert may_go.wait(20)

    results = []
    thread = threading.Thread(
        target=lambda: results.append(scu.delete_study(study_instance_uid=KNEE))
    )
    thread.start()
    assert inside.wait(20)
    with pytest.raises(StateError, match="one object per thread"):
        scu.update(ChangePatient(original_patient_id="A-1", sex="M"))
    may_go.set()
    thread.join(20)
    assert results[0].is_success
