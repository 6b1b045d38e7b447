"""What may be created and set of a procedure step is known before anything is sent."""

from __future__ import annotations

import copy
import datetime as dt

import pytest
from procedure_steps import final, least, made, series
from pydicom import Dataset

from dicomwire.errors import ConfigError, StateError
from dicomwire.procedure_step import (
    PROCEDURE_STEP,
    Step,
    Steps,
    check_create,
    check_get,
    check_set,
    choose_character_set,
    code_items,
    ending,
    step_from_worklist,
)

STATUS = "PerformedProcedureStepStatus"
REASON = "PerformedProcedureStepDiscontinuationReasonCodeSequence"


def complaints(check, *arguments, **options):
    """Return what a check complains of, one by one."""
    with pytest.raises(ConfigError) as caught:
        check(*arguments, **options)
    head, _, rest = str(caught.value).partition(": ")
    assert "PS3.4 Table F.7.2-1" in head
    return rest.split("; ")


def with_series(*items):
    return least(PerformedSeriesSequence=list(items))


def test_what_is_least_is_enough_and_type_2_is_filled_in():
    given = least()
    before = copy.deepcopy(given)
    created = check_create(given)
    assert given == before
    empty = {row.keyword for row in PROCEDURE_STEP if row.create == "2"}
    assert len(empty) == 15
    assert all(created[keyword].is_empty for keyword in empty)
    assert {keyword for keyword in created.dir() if keyword not in given} == empty
    step = created.ScheduledStepAttributesSequence[0]
    assert len(step) == 8
    assert step.AccessionNumber == ""
    assert step.ScheduledProtocolCodeSequence == []


@pytest.mark.parametrize(
    "keyword", sorted(row.keyword for row in PROCEDURE_STEP if row.create == "1")
)
def test_each_attribute_of_type_1_has_to_be_there_with_a_value(keyword):
    lacking = least()
    del lacking[keyword]
    assert complaints(check_create, lacking) == [f"{keyword}: missing (type 1)"]
    empty = least(**{keyword: [] if keyword.endswith("Sequence") else ""})
    assert complaints(check_create, empty) == [f"{keyword}: empty (type 1)"]


def test_everything_that_is_wrong_is_named_at_once():
    lacking = least(ScheduledStepAttributesSequence=[made(StudyInstanceUID="1.2"), Dataset()])
    del lacking.Modality
    lacking.PatientID = "X" * 65
    assert complaints(check_create, lacking) == [
        "ScheduledStepAttributesSequence[2].StudyInstanceUID: missing (type 1)",
        "Modality: missing (type 1)",
        f"PatientID: {'X' * 65!r} cannot be a value of LO",
    ]


def test_numbers_and_bytes_are_values_too():
    """Of type 3 is what the radiation dose module has (PS3.3 section C.4.16)."""
    created = least(
        TotalNumberOfExposures=3,
        DistanceSourceToDetector="1000.5",
        ImageAndFluoroscopyAreaDoseProduct=1.25,
        ExposureDoseSequence=[made(KVP="120", ExposureTime=300, RadiationMode="PULSED")],
    )
    created.add_new(0x00090010, "LO", "DICOMWIRE TEST")
    created.add_new(0x00091001, "OB", b"\x00\xff")
    created.add_new(0x00091002, "FD", [1.5, 2.5])
    created.add_new(0x00091003, "AT", [0x00100010, 0x00100020])
    created.add_new(0x00091004, "DS", ["1", "2.5"])
    checked = check_create(created)
    assert checked.ExposureDoseSequence[0].ExposureTime == 300


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_number_too_long_is_none():
    (found,) = complaints(check_create, least(DistanceSourceToDetector=0.1 + 0.2))
    assert found == f"DistanceSourceToDetector: {str(0.1 + 0.2)!r} cannot be a value of DS"


def test_without_filling_type_2_is_demanded():
    found = complaints(check_create, least(), fill=False)
    assert "PatientName: missing (type 2)" in found
    assert "ScheduledStepAttributesSequence[1].AccessionNumber: missing (type 2)" in found
    assert check_create(check_create(least()), fill=False)[STATUS].value == "IN PROGRESS"


@pytest.mark.parametrize(
    ("created", "complaint"),
    [
        (
            least(ReferencedPatientSequence=[made(ReferencedSOPClassUID="1.2")]),
            "ReferencedPatientSequence[1].ReferencedSOPInstanceUID: missing (type 1)",
        ),
        (
            with_series(series(), made(SeriesInstanceUID="1.2")),
            "PerformedSeriesSequence[2].ProtocolName: missing (type 1)",
        ),
        (
            with_series(series(ReferencedImageSequence=[made(ReferencedSOPClassUID="1.2")])),
            "ReferencedImageSequence[1].ReferencedSOPInstanceUID: missing (type 1)",
        ),
        # Type 1C: what is required depends on what else there is.
        (
            least(ProcedureCodeSequence=[made(CodeMeaning="nothing")]),
            "ProcedureCodeSequence[1].CodeValue: missing (type 1C)",
        ),
        (
            least(ProcedureCodeSequence=[made(CodeValue="1")]),
            "ProcedureCodeSequence[1].CodingSchemeDesignator: missing (type 1C)",
        ),
        (
            least(ReasonForPerformedProcedureCodeSequence=[made(URNCodeValue="urn:oid:1.2")]),
            "ReasonForPerformedProcedureCodeSequence[1].CodeMeaning: missing (type 1)",
        ),
        (
            least(IssuerOfAdmissionIDSequence=[made(UniversalEntityID="1.2")]),
            "IssuerOfAdmissionIDSequence[1].UniversalEntityIDType: missing (type 1C)",
        ),
        # What belongs in items is often put beside the sequence.
        (
            least(StudyInstanceUID="1.2"),
            "StudyInstanceUID: belongs in an item of ScheduledStepAttributesSequence",
        ),
        (
            least(PerformingPhysicianName="DOE"),
            "PerformingPhysicianName: belongs in an item of PerformedSeriesSequence",
        ),
        # Values that their VR does not allow.
        (least(PerformedStationAETitle="A" * 17), f"PerformedStationAETitle: {'A' * 17!r}"),
        (least(PerformedProcedureStepStartDate="2024-01-02"), "cannot be a value of DA"),
        (least(PerformedProcedureStepStartTime="9:15"), "cannot be a value of TM"),
        (least(PerformedProcedureStepID=["P1", "P2"]), "PerformedProcedureStepID: 2 values"),
        (least(PatientName="A" * 65), "PatientName: 'AAA"),
        (
            least(ScheduledStepAttributesSequence=[made(StudyInstanceUID="1.02")]),
            "ScheduledStepAttributesSequence[1].StudyInstanceUID: '1.02' cannot be a value of UI",
        ),
        # A step begins as it must.
        (least(PerformedProcedureStepStatus="COMPLETED"), f"{STATUS}: 'COMPLETED'"),
        (least(PerformedProcedureStepStatus="DISCONTINUED"), f"{STATUS}: 'DISCONTINUED'"),
        (least(PerformedProcedureStepStatus="SCHEDULED"), f"{STATUS}: 'SCHEDULED'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_is_wrong_is_said_where_it_is(created, complaint):
    (found,) = complaints(check_create, created)
    assert complaint in found


def test_what_is_allowed_is_not_complained_of():
    code = made(LongCodeValue="9" * 20, CodingSchemeDesignator="SCT", CodeMeaning="long")
    step = least(
        PerformedProcedureStepStartDate=dt.date(2024, 1, 2),
        PerformedProcedureStepStartTime=dt.time(9, 15),
        PatientName="Yamada^Tarou=山田^太郎=やまだ^たろう",
        ProcedureCodeSequence=[code, made(URNCodeValue="urn:oid:1.2.3")],
        IssuerOfAdmissionIDSequence=[made(LocalNamespaceEntityID="HOSPITAL")],
        OtherPatientIDsSequence=[made(PatientID="other")],
    )
    step.add_new(0x0009_0010, "LO", "VENDOR")
    step.add_new(0x0009_1001, "LO", "anything")
    assert check_create(step)[0x0009_1001].value == "anything"


def test_what_may_be_set():
    changes = made(PerformedProcedureStepDescription="more", PerformedSeriesSequence=[series()])
    before = copy.deepcopy(changes)
    sent = check_set(changes)
    assert changes == before
    # Items are whole, beside them nothing is added.
    assert set(sent.dir()) == {"PerformedProcedureStepDescription", "PerformedSeriesSequence"}
    assert sent.PerformedSeriesSequence[0].RetrieveAETitle == ""
    assert len(sent.PerformedSeriesSequence[0]) == 8


@pytest.mark.parametrize("keyword", sorted(row.keyword for row in PROCEDURE_STEP if row.set == "-"))
def test_what_may_only_be_created(keyword):
    changes = Dataset()
    setattr(changes, keyword, [] if keyword.endswith("Sequence") else "")
    assert f"{keyword}: may not be set" in complaints(check_set, changes)


def test_only_what_was_created_can_be_set():
    step = Step("1.2", check_create(least()))
    changes = made(CommentsOnThePerformedProcedureStep="late", PerformedProcedureStepDescription="")
    assert complaints(check_set, changes, step) == [
        "CommentsOnThePerformedProcedureStep: was not created (create it, empty, to set it later)"
    ]
    created = Step("1.2", check_create(least(CommentsOnThePerformedProcedureStep="")))
    assert len(check_set(changes, created)) == 2
    # Nobody knows what somebody else created.
    assert len(check_set(changes)) == 2


@pytest.mark.parametrize("state", ["", "DONE", "SCHEDULED"])
def test_states_that_are_none(state):
    (found,) = complaints(check_set, made(PerformedProcedureStepStatus=state))
    assert found.startswith(f"{STATUS}: {state!r}, must be one of")


@pytest.mark.parametrize("state", ["COMPLETED", "DISCONTINUED"])
def test_the_final_state_is_whole(state):
    step = Step("1.2", check_create(least()))
    assert complaints(check_set, made(PerformedProcedureStepStatus=state), step) == [
        "PerformedProcedureStepEndDate: empty (type 1)",
        "PerformedProcedureStepEndTime: empty (type 1)",
        "PerformedSeriesSequence: empty (type 1)",
    ]
    assert check_set(final(PerformedProcedureStepStatus=state), step)[STATUS].value == state


def test_what_was_set_before_counts_in_the_final_state():
    steps = Steps()
    steps.created("1.2", check_create(least()))
    steps.changed("1.2", check_set(made(PerformedSeriesSequence=[series()])))
    ends = final()
    del ends.PerformedSeriesSequence
    assert check_set(ends, steps.get("1.2"))
    # Nobody knows what somebody else has set.
    assert complaints(check_set, ends) == ["PerformedSeriesSequence: missing (type 1)"]


def test_a_completed_step_has_no_reason_to_be_discontinued():
    reason = made(CodeValue="110501", CodingSchemeDesignator="DCM", CodeMeaning="Equipment failure")
    ends = final(**{REASON: [reason]})
    (found,) = complaints(check_set, ends)
    assert found.startswith(f"{REASON}: the step is COMPLETED")
    ends.PerformedProcedureStepStatus = "DISCONTINUED"
    assert check_set(ends)


def test_what_can_be_asked_for():
    assert check_get([]) == []
    assert check_get(["PatientName", 0x0010_0020]) == [0x0008_0005, 0x0010_0010, 0x0010_0020]
    assert check_get(["PatientName", "SpecificCharacterSet"]) == [0x0010_0010, 0x0008_0005]
    with pytest.raises(ConfigError, match="items of PerformedSeriesSequence; ask for that"):
        check_get(["SeriesInstanceUID"])
    with pytest.raises(ConfigError, match="did you mean PatientName"):
        check_get(["PatientNam"])


class TestSteps:
    def test_an_ended_step_is_closed(self):
        steps = Steps()
        steps.created("1.2", least())
        assert steps.require_open("1.2").is_open
        steps.changed("1.2", final())
        with pytest.raises(StateError, match=r"1\.2 is COMPLETED .*create another step"):
            steps.require_open("1.2")
        assert steps.get("1.2").dataset is None

    def test_a_step_nobody_created_here_may_be_set_until_it_ends(self):
        steps = Steps()
        assert steps.require_open("1.2") is None
        steps.changed("1.2", made(PerformedProcedureStepDescription="x"))
        assert steps.get("1.2") is None
        steps.changed("1.2", final(PerformedProcedureStepStatus="DISCONTINUED"))
        with pytest.raises(StateError, match="DISCONTINUED"):
            steps.require_open("1.2")

    def test_it_remembers_what_it_was_told_and_not_what_becomes_of_it(self):
        steps = Steps()
        created = least()
        steps.created("1.2", created)
        created.Modality = "MR"
        changes = made(PerformedSeriesSequence=[series()])
        steps.changed("1.2", changes)
        changes.PerformedSeriesSequence.clear()
        known = steps.get("1.2").dataset
        assert known.Modality == "CT"
        assert len(known.PerformedSeriesSequence) == 1

    def test_a_step_can_be_forgotten(self):
        steps = Steps()
        steps.created("1.2", least())
        steps.ended("1.3", "COMPLETED")
        steps.forget("1.2")
        steps.forget("1.3")
        steps.forget("1.4")
        assert steps.get("1.2") is None
        assert steps.get("1.3") is None

    def test_of_ended_steps_only_the_latest_are_remembered(self):
        steps = Steps(most_ended=2)
        steps.created("1.1", least())
        for number in range(2, 6):
            steps.ended(f"1.{number}", "COMPLETED")
        assert [steps.get(f"1.{number}") is not None for number in range(1, 6)] == [
            *(True, False, False),
            *(True, True),
        ]


@pytest.mark.parametrize(
    ("created", "text", "expected"),
    [
        (None, "plain", None),
        (None, "Grün", "ISO_IR 192"),
        ("ISO_IR 100", "Grün", "ISO_IR 100"),
        ("ISO_IR 100", "plain", None),
        # Both sentences of section F.7.2.2 cannot be kept here.
        ("ISO_IR 100", "山田", "ISO_IR 192"),
    ],
)
def test_the_character_set_is_the_one_of_the_step(created, text, expected):
    known = least() if created is None else least(SpecificCharacterSet=created)
    changes = made(PerformedProcedureStepDescription=text)
    choose_character_set(changes, Step("1.2", known))
    assert changes.get("SpecificCharacterSet") == expected


def test_a_character_set_that_lacks_a_character_is_refused():
    changes = made(SpecificCharacterSet="ISO_IR 100", PerformedProcedureStepDescription="山田")
    with pytest.raises(ConfigError, match="'山' is not in the character set"):
        choose_character_set(changes)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: check_create({"PatientID": "1"}), "must be a pydicom Dataset"),
        (lambda: check_set(None), "dataset=None: must be a pydicom Dataset"),
        (lambda: step_from_worklist(["S1"]), "item='S1': must be a worklist item"),
        (lambda: step_from_worklist(None), "no worklist item"),
        (lambda: ending("COMPLETED", "20240101", None, None), "end='20240101': must be a datetime"),
        (lambda: code_items(110501, "reason"), "reason=110501: must be a code, or several"),
    ],
)
def test_what_is_of_another_type_is_said(call, complaint):
    with pytest.raises(ConfigError, match=complaint):
        call()
