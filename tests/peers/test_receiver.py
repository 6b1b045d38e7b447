"""`StorageReceiver` as the peer of other people's senders."""

from __future__ import annotations

import pydicom
import pytest
from comparing import dataset_bytes, differences, meta_and_dataset_bytes, read
from corpora import pydicom_directory
from generated import dataset, write_image, write_series
from pynetdicom import AE, StoragePresentationContexts
from raw_client import RawClient
from storing import send
from wire import CT_IMAGE_STORAGE, EXPLICIT_LE

from dicomwire import StorageReceiver, StoreScu

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def received(receiver, tmp_path):
    return tmp_path / "received"


@pytest.mark.parametrize("tool", ["storescu", "dcmsend"])
def test_from_dcmtk(receiver, received, dcmtk, tmp_path, tool):
    paths = write_series(tmp_path / "sent", 10, rows=128, columns=128)
    dcmtk(tool, "127.0.0.1", str(receiver.port), *paths)
    assert receiver.received == 10
    assert receiver.bytes == sum(len(dataset_bytes(path)) for path in paths)
    assert sorted(file.name for file in received.iterdir()) == [
        f"2.25.{1000 + number}.dcm" for number in range(10)
    ]
    assert sorted(map(dataset_bytes, received.iterdir())) == sorted(map(dataset_bytes, paths))


def test_compressed_instances_from_dcmtk(receiver, received, dcmtk):
    source = pydicom_directory() / "test_files" / "JPEG2000.dcm"
    dcmtk("storescu", "--propose-j2k-lossy", "127.0.0.1", str(receiver.port), source)
    (file,) = received.iterdir()
    assert differences(read(source), read(file)) == []


def test_echo_from_dcmtk(receiver, dcmtk):
    dcmtk("echoscu", "--repeat", "5", "127.0.0.1", str(receiver.port))
    assert receiver.received == 0


def test_from_pynetdicom(receiver, received, tmp_path):
    path = write_image(tmp_path / "one.dcm", "2.25.5", rows=128, columns=128)
    sender = AE()
    sender.requested_contexts = StoragePresentationContexts
    association = sender.associate("127.0.0.1", receiver.port)
    try:
        assert association.is_established
        assert association.send_c_store(path).Status == 0
    finally:
        association.release()
    (file,) = received.iterdir()
    assert differences(read(path), read(file)) == []


def test_the_file_written_is_a_whole_part_10_file(receiver, received, tmp_path):
    path = write_image(tmp_path / "one.dcm", "2.25.5")
    send(f"RECEIVER@127.0.0.1:{receiver.port}", path)
    (file,) = received.iterdir()
    meta, body = meta_and_dataset_bytes(file.read_bytes())
    assert body == dataset_bytes(path)
    texts = {number: value.rstrip(b"\0 ").decode("latin-1") for number, value in meta.items()}
    assert texts[0x02] == CT_IMAGE_STORAGE
    assert texts[0x03] == "2.25.5"
    assert texts[0x10] == EXPLICIT_LE
    assert texts[0x12]
    assert texts[0x16] == "DICOMWIRE"
    assert int.from_bytes(meta[0], "little") == len(file.read_bytes()) - len(body) - 132 - 12
    assert pydicom.dcmread(file).PatientName == "Phantom^Water"


def test_many_senders_at_once(receiver, received, dcmtk, tmp_path):
    import threading

    folders = []
    for sender in range(4):
        folder = tmp_path / f"sender{sender}"
        for number in range(10):
            write_image(folder / f"{number}.dcm", f"2.25.{sender + 1}.{number + 1}")
        folders.append(folder)
    errors = []

    def run(folder):
        try:
            dcmtk("storescu", "+sd", "127.0.0.1", str(receiver.port), folder)
        except AssertionError as error:
            errors.append(error)

    senders = [threading.Thread(target=run, args=(folder,)) for folder in folders]
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join()
    assert errors == []
    assert len(list(received.iterdir())) == 40


def test_instance_received_tells_what_came(engine, tmp_path):
    path = write_image(tmp_path / "one.dcm", "2.25.5")
    seen = []
    receiver = StorageReceiver("RX", sink=tmp_path / "received")
    receiver.instance_received.connect(seen.append)
    with receiver:
        scu = StoreScu(f"RX@127.0.0.1:{receiver.port}", calling_ae_title="SENDER")
        scu.store(path)
    (event,) = seen
    assert event.path == tmp_path / "received" / "2.25.5.dcm"
    assert event.path.exists()
    assert (event.sop_class_uid, event.sop_instance_uid) == (CT_IMAGE_STORAGE, "2.25.5")
    assert event.transfer_syntax == EXPLICIT_LE
    assert event.calling_ae_title == "SENDER"
    assert event.bytes == len(dataset_bytes(path))
    assert event.dataset.PatientName == "Phantom^Water"


def test_a_callable_sink_gets_the_data_set_and_gives_the_status(engine, tmp_path):
    paths = write_series(tmp_path, 3)
    seen = []

    def sink(event):
        seen.append(event.dataset)
        return {0: None, 1: 0xB000, 2: 0xA900}[len(seen) - 1]

    with StorageReceiver("RX", sink=sink) as receiver:
        sent = send(f"RX@127.0.0.1:{receiver.port}", paths)
    assert sent.outcomes == ["sent", "warning", "failed"]
    assert [result.status for result in sent.results] == [0, 0xB000, 0xA900]
    assert [differences(read(path), ds) for path, ds in zip(paths, seen, strict=True)] == [[]] * 3


@pytest.mark.parametrize("where", ["sink", "event"])
def test_a_handler_that_fails_answers_processing_failure(engine, tmp_path, where, caplog):
    path = write_image(tmp_path / "one.dcm", "2.25.5")

    def fail(event):
        raise LookupError("no such patient")

    receiver = StorageReceiver("RX", sink=fail if where == "sink" else None)
    if where == "event":
        receiver.instance_received.connect(fail)
    with receiver:
        sent = send(f"RX@127.0.0.1:{receiver.port}", path)
        assert send(f"RX@127.0.0.1:{receiver.port}", path).outcomes == ["failed"]
    assert sent.only.status == 0x0110
    assert (receiver.received, receiver.failed) == (0, 2)
    assert "no such patient" in caplog.text


def test_discarding_counts_and_keeps_nothing(engine, tmp_path):
    paths = write_series(tmp_path, 5)
    with StorageReceiver("RX") as receiver:
        assert send(f"RX@127.0.0.1:{receiver.port}", tmp_path).report.sent == 5
    assert receiver.received == 5
    assert receiver.bytes == sum(len(dataset_bytes(path)) for path in paths)


@pytest.mark.parametrize(
    ("duplicates", "outcome", "kept"),
    [("replace", "sent", "second"), ("keep", "sent", "first"), ("refuse", "failed", "first")],
)
def test_duplicates(engine, tmp_path, duplicates, outcome, kept):
    first = write_image(tmp_path / "first.dcm", "2.25.5", rows=8)
    second = write_image(tmp_path / "second.dcm", "2.25.5", rows=16)
    directory = tmp_path / "received"
    with StorageReceiver("RX", sink=directory, duplicates=duplicates) as receiver:
        peer = f"RX@127.0.0.1:{receiver.port}"
        assert send(peer, first).outcomes == ["sent"]
        again = send(peer, second).only
    assert again.outcome == outcome
    if duplicates == "refuse":
        assert again.status == 0x0111
    (file,) = directory.iterdir()
    assert dataset_bytes(file) == dataset_bytes({"first": first, "second": second}[kept])


def test_who_may_call(engine, tmp_path):
    from dicomwire import AssociationRejected, VerificationScu

    with StorageReceiver("RX", calling_ae_titles=["FRIEND"]) as receiver:
        peer = f"RX@127.0.0.1:{receiver.port}"
        assert VerificationScu(peer, calling_ae_title="FRIEND").echo() == 0
        with pytest.raises(AssociationRejected) as caught:
            VerificationScu(peer, calling_ae_title="STRANGER").echo()
    assert (caught.value.result, caught.value.source, caught.value.reason) == (1, 1, 3)


def test_who_may_be_called(engine):
    from dicomwire import AssociationRejected, VerificationScu

    with StorageReceiver("RX", require_called_ae_title=True) as receiver:
        assert VerificationScu(f"RX@127.0.0.1:{receiver.port}").echo() == 0
        with pytest.raises(AssociationRejected) as caught:
            VerificationScu(f"SOMEBODY@127.0.0.1:{receiver.port}").echo()
    assert (caught.value.result, caught.value.source, caught.value.reason) == (1, 1, 7)


def test_no_more_associations_than_allowed(engine):
    from dicomwire import AssociationRejected, VerificationScu

    with StorageReceiver("RX", max_associations=1) as receiver:
        peer = f"RX@127.0.0.1:{receiver.port}"
        with RawClient(receiver.port) as client:
            with pytest.raises(AssociationRejected) as caught:
                VerificationScu(peer).echo()
            client.release()
    # Rejected transient, presentation service provider, local limit exceeded.
    assert (caught.value.result, caught.value.source, caught.value.reason) == (2, 3, 2)
    assert caught.value.is_transient


@pytest.mark.parametrize("number", [0, -1, 1.5, True, "4"])
def test_a_receiver_that_could_admit_nobody_is_refused(number):
    from dicomwire import ConfigError, EventListener

    for kind in (StorageReceiver, EventListener):
        with pytest.raises(ConfigError, match="max_associations"):
            kind("RX", max_associations=number)


def test_an_instance_without_end_does_not_grow_in_memory(engine):
    with StorageReceiver("RX", sink=lambda event: None, max_instance=1 << 20) as receiver:
        with RawClient(receiver.port) as client:
            response = client.store("2.25.5", bytes(2 << 20))
            assert response["status"] != 0
            # The association lives on.
            assert client.store("2.25.6", dataset(CT_IMAGE_STORAGE, "2.25.6"), 2)["status"] == 0
            client.release()
