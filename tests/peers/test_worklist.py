"""Modality worklists of DCMTK and Orthanc: what we are told is what others are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import ask_findscu, ask_pynetdicom, keys, unlike_matches
from worklists import ITEMS, Item

from dicomwire import AssociationRejected, QueryRetrieveScu

if TYPE_CHECKING:
    from pydicom import Dataset

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "MODALITY_WORKLIST"
STEP = {
    "Modality": "",
    "ScheduledStationAETitle": "",
    "ScheduledProcedureStepStartDate": "",
    "ScheduledProcedureStepStartTime": "",
    "ScheduledPerformingPhysicianName": "",
    "ScheduledProcedureStepDescription": "",
    "ScheduledProcedureStepID": "",
}
PATIENT = {
    "PatientID": "",
    "PatientName": "",
    "SpecificCharacterSet": "",
    "AccessionNumber": "",
    "StudyInstanceUID": "",
    "RequestedProcedureID": "",
    "RequestedProcedureDescription": "",
    "MedicalAlerts": "",
}


@pytest.fixture(params=["dcmtk_worklist", "orthanc_worklist"])
def worklist(request):
    return request.getfixturevalue(request.param)


def query(step: dict[str, str], patient: dict[str, str]) -> Dataset:
    whole = keys(**PATIENT | patient)
    whole.ScheduledProcedureStepSequence = [keys(**STEP | step)]
    whole.RequestedProcedureCodeSequence = []
    return whole


def served(worklist) -> list[Item]:
    """The items a server answers with: wlmscpfs refuses files with several steps."""
    several = worklist.title == "ORTHANC"
    return [item for item in ITEMS if several or len(item.steps) == 1]


@pytest.mark.parametrize(
    ("step", "patient"),
    [
        ({}, {}),
        ({"Modality": "CT"}, {}),
        ({"Modality": "CT", "ScheduledProcedureStepStartDate": "20240103-20240104"}, {}),
        ({"ScheduledStationAETitle": "CT1", "ScheduledProcedureStepStartDate": "20240102"}, {}),
        ({}, {"PatientName": "DOE*"}),
        ({}, {"AccessionNumber": "W3"}),
        ({"Modality": "US"}, {}),
    ],
)
def test_what_is_scheduled(worklist, step, patient):
    scu = QueryRetrieveScu(worklist.peer)
    found = list(scu.find(query(step, patient), model=MODEL, level=None))
    for ask in (ask_findscu, ask_pynetdicom):
        assert unlike_matches(found, ask(worklist.peer, query(step, patient), MODEL)) == []


def test_every_item_with_its_steps(worklist):
    scu = QueryRetrieveScu(worklist.peer)
    found = {match.PatientID: match for match in scu.find(model=MODEL)}
    assert sorted(found) == [item.patient_id for item in served(worklist)]
    for item in served(worklist):
        match = found[item.patient_id]
        assert match.PatientName == item.patient_name
        steps = match.ScheduledProcedureStepSequence
        assert [step.ScheduledProcedureStepID for step in steps] == [step.id for step in item.steps]
        assert [step.Modality for step in steps] == [step.modality for step in item.steps]
        physicians = [step.ScheduledPerformingPhysicianName for step in steps]
        assert physicians == [step.physician for step in item.steps]


def test_a_query_by_dictionary_with_a_sequence(worklist):
    scu = QueryRetrieveScu(worklist.peer)
    step = {"Modality": "CT", "ScheduledProcedureStepStartDate": "20240102"}
    found = list(scu.find({"ScheduledProcedureStepSequence": [step]}, model=MODEL))
    assert [match.PatientID for match in found] == ["WL-1"]


def test_steps_are_lists_of_structs(worklist):
    scu = QueryRetrieveScu(worklist.peer)
    rows = {row["PatientID"]: row for row in scu.find(query({}, {}), model=MODEL).dicts()}
    for item in served(worklist):
        steps = rows[item.patient_id]["ScheduledProcedureStepSequence"]
        assert [step["ScheduledProcedureStepID"] for step in steps] == [
            step.id for step in item.steps
        ]
        assert [step["ScheduledProcedureStepDescription"] for step in steps] == [
            step.description or "a step" for step in item.steps
        ]
    table = scu.find(query({}, {}), model=MODEL).to_polars()
    assert {row["PatientID"]: row for row in table.to_dicts()} == rows


def test_a_worklist_server_rejects_who_wants_something_else(dcmtk_worklist):
    with pytest.raises(AssociationRejected):
        QueryRetrieveScu(dcmtk_worklist.peer).find(PatientID="*")
