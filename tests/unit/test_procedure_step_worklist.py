"""From what a worklist says to the attributes of a step, and to its series."""

from __future__ import annotations

import copy
import datetime as dt
import shutil

import pytest
from generated import write_series
from procedure_steps import made, scheduled
from pydicom.data import get_testdata_file
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

import dicomwire as dw
from dicomwire.errors import ConfigError
from dicomwire.procedure_step import (
    PerformedSeries,
    check_create,
    code_item,
    code_items,
    ending,
    series_items,
    step_from_worklist,
)

START = dt.datetime(2024, 1, 2, 9, 15, 30, 123400)  # noqa: DTZ001 - as a modality's clock has it
STUDY = "1.2.826.0.1.3680043.8.498.5."
EXPLICIT = "1.2.840.10008.1.2.1"
CT = "1.2.840.10008.5.1.4.1.1.2"


def test_what_is_scheduled_is_performed():
    item = scheduled(2)
    before = copy.deepcopy(item)
    step = step_from_worklist(item, start=START)
    assert item == before
    assert {element.keyword: element.value for element in step if element.VR != "SQ"} == {
        "SpecificCharacterSet": "ISO_IR 100",
        "PatientName": "Grün^Ülo",
        "PatientID": "WL-2",
        "PatientBirthDate": "19700401",
        "PatientSex": "O",
        "PerformedStationAETitle": "MR1",
        "PerformedStationName": "MR1-NAME",
        "PerformedLocation": "BASEMENT",
        "PerformedProcedureStepID": "2401020915301234",
        "PerformedProcedureStepStartDate": "20240102",
        "PerformedProcedureStepStartTime": "091530",
        "PerformedProcedureStepStatus": "IN PROGRESS",
        "PerformedProcedureStepDescription": "Schädel",
        "Modality": "MR",
        "StudyID": "R2",
        "CommentsOnThePerformedProcedureStep": "",
    }
    (code,) = step.ProcedureCodeSequence
    assert code.CodeValue == "C1"
    (one,) = step.ScheduledStepAttributesSequence
    assert {element.keyword: element.value for element in one if element.VR != "SQ"} == {
        "StudyInstanceUID": f"{STUDY}2",
        "AccessionNumber": "W2",
        "RequestedProcedureID": "R2",
        "RequestedProcedureDescription": "procedure 2",
        "ScheduledProcedureStepID": "S2",
        "ScheduledProcedureStepDescription": "Schädel",
    }
    assert one.RequestedProcedureCodeSequence == [code]
    check_create(step)


def test_what_was_done_otherwise_can_be_said():
    step = step_from_worklist(
        scheduled(2),
        station_ae_title="MR2",
        performed_procedure_step_id="P7",
        modality="CT",
        description="head",
        study_id="",
        study_instance_uid="1.2.3",
        procedure_codes="H1^99DW^head",
        protocol_codes=[Code("P1", "99DW", "protocol")],
    )
    # Where another station stands is not in the worklist.
    assert (step.PerformedStationAETitle, step.PerformedStationName) == ("MR2", "")
    assert (step.PerformedProcedureStepID, step.Modality, step.StudyID) == ("P7", "CT", "")
    assert step.PerformedProcedureStepDescription == "head"
    assert step.ScheduledStepAttributesSequence[0].StudyInstanceUID == "1.2.3"
    assert step.ProcedureCodeSequence[0].CodeValue == "H1"
    assert step.PerformedProtocolCodeSequence[0].CodeMeaning == "protocol"


def test_it_starts_now_unless_it_is_said_when():
    before = dt.datetime.now()  # noqa: DTZ005
    step = step_from_worklist(scheduled())
    begun = dt.datetime.strptime(  # noqa: DTZ007
        step.PerformedProcedureStepStartDate + step.PerformedProcedureStepStartTime, "%Y%m%d%H%M%S"
    )
    assert before.replace(microsecond=0) <= begun <= dt.datetime.now()  # noqa: DTZ005
    assert len(step.PerformedProcedureStepID) == 16


def test_several_scheduled_steps_of_an_item_are_one_performed_or_one_of_them():
    both = step_from_worklist(scheduled(5))
    ids = [one.ScheduledProcedureStepID for one in both.ScheduledStepAttributesSequence]
    assert ids == ["S5", "S6"]
    one = step_from_worklist(scheduled(5), scheduled_procedure_step_id="S6")
    (attributes,) = one.ScheduledStepAttributesSequence
    assert attributes.ScheduledProcedureStepID == "S6"
    with pytest.raises(ConfigError, match="no scheduled step with ScheduledProcedureStepID 'S7'"):
        step_from_worklist(scheduled(5), scheduled_procedure_step_id="S7")


def test_several_requests_of_one_patient_can_be_one_step():
    first, second = scheduled(1), scheduled(1)
    second.AccessionNumber = "OTHER"
    second.RequestedProcedureID = "R9"
    step = step_from_worklist([first, second], study_instance_uid="1.2.3")
    found = [
        (one.AccessionNumber, one.StudyInstanceUID) for one in step.ScheduledStepAttributesSequence
    ]
    assert found == [("W1", "1.2.3"), ("OTHER", "1.2.3")]
    # No study has both identifiers.
    assert step.StudyID == ""
    assert step.PerformedStationAETitle == "CT1"
    with pytest.raises(ConfigError, match="differ in PatientID: a step has one patient"):
        step_from_worklist([first, scheduled(2)])
    with pytest.raises(ConfigError, match="the query found nothing"):
        step_from_worklist([])


def test_only_the_items_of_what_is_performed_have_a_say():
    other, second = scheduled(2), scheduled(1)
    second.RequestedProcedureID = "R9"
    second.RequestedProcedureCodeSequence[0].CodeValue = "C9"
    (planned,) = second.ScheduledProcedureStepSequence
    planned.ScheduledProcedureStepID = "S9"
    step = step_from_worklist([other, second], scheduled_procedure_step_id="S9")
    assert (step.PatientID, step.StudyID) == ("WL-1", "R9")
    assert [code.CodeValue for code in step.ProcedureCodeSequence] == ["C9"]
    # Which of two requested procedures was performed nobody said.
    both = step_from_worklist([scheduled(1), second])
    assert both.ProcedureCodeSequence == []
    assert len(both.ScheduledStepAttributesSequence) == 2


def test_a_start_with_a_time_zone_is_written_as_the_clock_on_the_wall_shows_it():
    start = START.astimezone(dt.timezone(dt.timedelta(hours=14)))
    step = step_from_worklist(scheduled(), start=start)
    assert step.PerformedProcedureStepStartDate == "20240102"
    assert step.PerformedProcedureStepStartTime == "091530"
    end = ending("COMPLETED", start, None, None)
    assert end.PerformedProcedureStepEndDate == "20240102"
    assert end.PerformedProcedureStepEndTime == "091530"


def test_what_neither_worklist_nor_caller_says_is_asked_for():
    item = scheduled()
    del item.StudyInstanceUID
    del item.ScheduledProcedureStepSequence[0].Modality
    item.ScheduledProcedureStepSequence[0].ScheduledStationAETitle = ["CT1", "CT2"]
    with pytest.raises(ConfigError) as caught:
        step_from_worklist(item)
    for word in ("give modality", "give station_ae_title", "give study_instance_uid"):
        assert word in str(caught.value)
    step = step_from_worklist(
        item, modality="CT", study_instance_uid="1.2", default_station_ae_title="HERE"
    )
    assert (step.PerformedStationAETitle, step.PerformedLocation) == ("HERE", "")
    del item.ScheduledProcedureStepSequence
    with pytest.raises(ConfigError, match="no scheduled step in ScheduledProcedureStepSequence"):
        step_from_worklist(item)


def test_items_that_say_nothing_are_left_out():
    item = scheduled()
    item.RequestedProcedureCodeSequence = [made(CodeValue="", CodeMeaning="")]
    item.ReferencedPatientSequence = [made(ReferencedSOPClassUID="", ReferencedSOPInstanceUID="")]
    item.ReferencedStudySequence = [
        made(ReferencedSOPClassUID="1.2.3", ReferencedSOPInstanceUID="1.2.4")
    ]
    step = check_create(step_from_worklist(item))
    assert step.ProcedureCodeSequence == []
    assert step.ReferencedPatientSequence == []
    (study,) = step.ScheduledStepAttributesSequence[0].ReferencedStudySequence
    assert study.ReferencedSOPInstanceUID == "1.2.4"


def test_the_character_set_is_the_worklists_as_long_as_it_has_all_characters():
    # As it comes from a server, still to be decoded.
    item = dw.decode(dw.encode(scheduled(2), EXPLICIT), EXPLICIT)
    as_it_is = step_from_worklist(item)
    assert as_it_is.SpecificCharacterSet == "ISO_IR 100"
    assert "Grün".encode("latin-1") in dw.encode(as_it_is, EXPLICIT)
    extended = step_from_worklist(item, description="頭")
    assert extended.SpecificCharacterSet == "ISO_IR 192"
    sent = dw.decode(dw.encode(extended, EXPLICIT), EXPLICIT)
    assert (sent.PatientName, sent.PerformedProcedureStepDescription) == ("Grün^Ülo", "頭")


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("110501", ("110501", "DCM", "Equipment failure")),
        ("EquipmentFailure", ("110501", "DCM", "Equipment failure")),
        (codes.DCM.EquipmentFailure, ("110501", "DCM", "Equipment failure")),
        ("X1^99DW^a reason", ("X1", "99DW", "a reason")),
        (("X1", "99DW", "a reason"), ("X1", "99DW", "a reason")),
    ],
)
def test_codes(code, parts):
    (item,) = code_items(code, "reason")
    assert (item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning) == parts


def test_codes_of_other_forms():
    assert code_item(Code("1", "A", "m", "2.0"), "reason").CodingSchemeVersion == "2.0"
    assert code_item(("9" * 17, "SCT", "long"), "reason").LongCodeValue == "9" * 17
    urn = code_item(("urn:oid:1.2", "", "urn"), "reason")
    assert urn.URNCodeValue == "urn:oid:1.2"
    assert "CodingSchemeDesignator" not in urn
    item = made(CodeValue="1", CodingSchemeDesignator="A", CodeMeaning="m")
    assert code_items(item, "reason") == [item]
    assert [code.CodeValue for code in code_items(["110501", item], "reason")] == ["110501", "1"]
    assert [code.CodeValue for code in code_items(("110501", "110502"), "reason")] == [
        *("110501", "110502")
    ]
    assert code_items((), "reason") == []


@pytest.mark.parametrize("code", ["999999", "a^b", "a^b^c^d^e", ("a", "b"), "^99DW^m", "1^99DW^"])
def test_what_is_no_code(code):
    with pytest.raises(ConfigError, match="reason="):
        code_item(code, "reason")


def instance(number, series="1.2.1", **attributes):
    return made(
        SOPClassUID=CT,
        SOPInstanceUID=f"1.2.9.{number}",
        SeriesInstanceUID=series,
        **attributes,
    )


def test_instances_are_sorted_into_their_series():
    report = made(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.22", SOPInstanceUID="1.3", SeriesInstanceUID="1.2.2"
    )
    first, second = PerformedSeries.from_instances(
        [
            instance(1),
            instance(2, SeriesDescription="axial", OperatorsName=["A^B", "C^D"]),
            report,
            instance(3, ProtocolName="THORAX", SeriesDescription="other"),
            instance(1),
        ],
        protocol_name="UNKNOWN",
        retrieve_ae_title="ARCHIVE",
    )
    assert first == PerformedSeries(
        "1.2.1",
        protocol_name="THORAX",
        series_description="axial",
        operators_name="A^B\\C^D",
        retrieve_ae_title="ARCHIVE",
        images=[(CT, "1.2.9.1"), (CT, "1.2.9.2"), (CT, "1.2.9.3")],
    )
    assert (second.protocol_name, second.images) == ("UNKNOWN", [])
    assert second.non_images == [("1.2.840.10008.5.1.4.1.1.88.22", "1.3")]
    one, other = series_items([first, second.to_dataset()])
    assert [str(name) for name in one.OperatorsName] == ["A^B", "C^D"]
    assert one.ReferencedImageSequence[2].ReferencedSOPInstanceUID == "1.2.9.3"
    reference = other.ReferencedNonImageCompositeSOPInstanceSequence[0]
    assert reference.ReferencedSOPClassUID == report.SOPClassUID


def test_instances_in_files(tmp_path):
    paths = write_series(tmp_path / "study", 3)
    whole = [dw.read_file(path) for path in paths]
    (series,) = PerformedSeries.from_instances(tmp_path)
    assert series.series_instance_uid == whole[0].SeriesInstanceUID
    assert {uid for _, uid in series.images} == {dataset.SOPInstanceUID for dataset in whole}
    assert PerformedSeries.from_instances(str(paths[0]))[0].images == series.images[:1]
    mixed = PerformedSeries.from_instances([whole[0], paths[1], paths[2]])
    assert [sorted(one.images) for one in mixed] == [sorted(series.images)]


def test_a_file_that_is_no_instance_is_not_passed_over(tmp_path):
    write_series(tmp_path, 1)
    (tmp_path / "notes.txt").write_text("no DICOM")
    with pytest.raises(ConfigError, match=r"not an instance of a series: .*notes\.txt: "):
        PerformedSeries.from_instances(tmp_path)
    with pytest.raises(ConfigError, match="data set 1: has no SOPInstanceUID"):
        PerformedSeries.from_instances(made(SOPClassUID=CT))
    with pytest.raises(ConfigError, match=r"/no/such/file: .*; .* and 2 more$"):
        PerformedSeries.from_instances(["/no/such/file"] * 7)


def test_the_directory_of_a_file_set_is_no_instance_of_it(tmp_path):
    write_series(tmp_path, 2)
    shutil.copy(get_testdata_file("DICOMDIR"), tmp_path / "DICOMDIR")
    (series,) = PerformedSeries.from_instances(tmp_path)
    assert len(series.images) == 2
    with pytest.raises(ConfigError, match="DICOMDIR: has no SOPClassUID"):
        PerformedSeries.from_instances(tmp_path / "DICOMDIR")


def test_real_images(tmp_path):
    for name in ("CT_small.dcm", "MR_small.dcm", "reportsi.dcm"):
        shutil.copy(get_testdata_file(name), tmp_path)
    found = PerformedSeries.from_instances(tmp_path)
    assert sorted((len(one.images), len(one.non_images)) for one in found) == [
        *((0, 1), (1, 0), (1, 0))
    ]
