"""What a media creation device tells of its work (PS3.3 section C.22.1)."""

from __future__ import annotations

import json
import pickle

import pytest
from pydicom import Dataset
from wire import CT_IMAGE_STORAGE

from dicomwire import MediaCreationRequest, MediaCreationTimeout, NResult, Status, StatusError
from dicomwire.media_creation import ExecutionStatus, MediaCreationStatus, ProducedMedia


def told(**attributes):
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def item(**attributes):
    return told(
        ReferencedSOPClassUID=CT_IMAGE_STORAGE, ReferencedSOPInstanceUID="1.2.3", **attributes
    )


def answer(code):
    return NResult(Status(code, service="media"), None, "1.2.840.10008.5.1.1.33", "1.2.3")


def test_a_success():
    media = told(StorageMediaFileSetID="DOE", StorageMediaFileSetUID="1.2.4")
    status = MediaCreationStatus.from_dataset(
        told(
            ExecutionStatus="DONE",
            ExecutionStatusInfo="NORMAL",
            TotalNumberOfPiecesOfMediaCreated=1,
            ReferencedStorageMediaSequence=[media],
        )
    )
    assert status.execution_status is ExecutionStatus.DONE
    assert (status.is_done, status.is_failure, status.is_final) == (True, False, True)
    assert status.total_pieces == 1
    assert status.produced == (ProducedMedia("DOE", "1.2.4"),)
    assert str(status) == "DONE"


def test_a_failure_names_the_instances_and_the_reasons():
    failed = [
        item(FailureReason=0x0112),
        item(
            FailureReason=0x0204,
            RequestedMediaApplicationProfile="STD-DEN-CD",
            FailureAttributes=[0x2200000C, 0x2200000F],
        ),
        item(FailureReason=0x0999, FailureAttributes=0x2200000C),
        item(),
    ]
    status = MediaCreationStatus.from_dataset(
        told(ExecutionStatus="FAILURE", ExecutionStatusInfo="NO_INSTANCE", FailedSOPSequence=failed)
    )
    assert status.is_failure
    assert status.is_final
    assert str(status) == "FAILURE: NO_INSTANCE (the device has not got all the instances)"
    assert [instance.reason for instance in status.failed] == [0x0112, 0x0204, 0x0999, None]
    assert status.failed[0].reason_text == "no such instance at the device"
    assert status.failed[1].failure_attributes == (0x2200000C, 0x2200000F)
    assert status.failed[1].application_profile == "STD-DEN-CD"
    assert status.failed[2].reason_text == "reason 0x0999"
    assert status.failed[2].failure_attributes == (0x2200000C,)
    assert status.failed[3].reason_text == "no reason given"
    assert json.loads(json.dumps(status.to_dict()))["failed"][1]["failure_attributes"] == [
        "2200000C",
        "2200000F",
    ]


@pytest.mark.parametrize("state", ["IDLE", "PENDING", "CREATING"])
def test_what_goes_on(state):
    status = MediaCreationStatus.from_dataset(
        told(ExecutionStatus=state, ExecutionStatusInfo="QUEUED")
    )
    assert isinstance(status.execution_status, ExecutionStatus)
    assert not status.is_final
    assert str(status) == f"{state}: QUEUED (waiting in the queue)"


def test_words_of_the_devices_own_are_kept():
    status = MediaCreationStatus.from_dataset(
        told(ExecutionStatus="PAUSED", ExecutionStatusInfo="LUNCH")
    )
    assert not isinstance(status.execution_status, ExecutionStatus)
    assert (status.execution_status, status.info_text) == ("PAUSED", "LUNCH")
    assert not status.is_final
    assert str(status) == "PAUSED: LUNCH"


@pytest.mark.parametrize("dataset", [None, Dataset(), told(ExecutionStatus="")])
def test_a_device_that_tells_nothing(dataset):
    status = MediaCreationStatus.from_dataset(dataset)
    assert not status.is_known
    assert not status.is_final
    assert str(status) == "unknown"


def test_a_device_that_does_not_know_the_request():
    status = MediaCreationStatus.from_dataset(None, answer(0x0112))
    assert (status.is_known, status.is_failure, status.is_final) == (False, True, True)
    assert str(status) == "unknown: 0x0112 (No such SOP instance)"
    assert status.to_dict()["status"] == "0x0112"


def test_odd_values_do_no_harm():
    dataset = told(ExecutionStatus="DONE")
    dataset.add_new(0x00081198, "LO", "no sequence")
    dataset.add_new(0x2200000B, "US", None)
    status = MediaCreationStatus.from_dataset(dataset)
    assert (status.failed, status.total_pieces) == ((), None)


def test_the_account_of_a_request():
    request = MediaCreationRequest("1.2.3", (), Dataset())
    assert (request.status, request.is_created, request.is_success) == (None, False, False)
    request.created = answer(0x0001)
    assert (request.is_created, request.is_initiated, request.is_success) == (True, False, False)
    assert [int(warning) for warning in request.warnings] == [0x0001]
    request.raise_for_status()
    request.initiated = answer(0xA510)
    assert not request.is_initiated
    with pytest.raises(StatusError, match=r"has the media creation request 1\.2\.3 but") as caught:
        request.raise_for_status()
    assert caught.value.status == 0xA510
    assert caught.value.response is request
    assert request.to_dict()["initiated"]["status"] == "0xA510"


def test_a_refused_request():
    request = MediaCreationRequest("1.2.3", (), Dataset(), answer(0x0111))
    assert not request.is_created
    with pytest.raises(StatusError, match="refused the media creation request: 0x0111"):
        request.raise_for_status()


def test_a_timeout_keeps_its_status_when_pickled():
    error = MediaCreationTimeout("late", phase="media", peer="A@b:1", status="PENDING")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.phase, again.peer, again.status) == (
        "late",
        "media",
        "A@b:1",
        "PENDING",
    )
    assert isinstance(again, TimeoutError)
