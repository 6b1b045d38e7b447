"""Senders that misbehave towards our receiver, and disks that do."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

import dimse
import pytest
import wire
from comparing import dataset_bytes
from generated import dataset, write_series
from raw_client import RawClient
from storing import send
from wire import CT_IMAGE_STORAGE

from dicomwire import StorageReceiver

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def received(receiver, tmp_path):
    return tmp_path / "received"


def wait_until(condition, what):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.005)


def begin_store(client, uid="2.25.5"):
    client.send_command(dimse.c_store_rq(CT_IMAGE_STORAGE, uid))
    client.send_data(dataset(CT_IMAGE_STORAGE, uid), last=False)


@pytest.mark.parametrize("end", ["close", "reset", "abort", "release", "garbage"])
def test_a_half_received_instance_leaves_no_file_that_looks_whole(receiver, received, end):
    with RawClient(receiver.port) as client:
        begin_store(client)
        wait_until(lambda: receiver.associations == 1, "the association")
        if end == "close":
            client.connection.close()
        elif end == "reset":
            client.reset()
        elif end == "abort":
            client.connection.sendall(wire.abort())
        elif end == "release":
            client.connection.sendall(wire.release_rq())
        else:
            client.connection.sendall(b"\xff" * 64)
        wait_until(lambda: receiver.associations == 0, "the end of the association")
    assert list(received.iterdir()) == []
    assert receiver.received == 0
    # And it still serves.
    with RawClient(receiver.port) as client:
        assert client.store("2.25.6", dataset(CT_IMAGE_STORAGE, "2.25.6"))["status"] == 0
        client.release()
    assert [file.name for file in received.iterdir()] == ["2.25.6.dcm"]


def test_while_it_comes_in_it_has_another_name(receiver, received):
    with RawClient(receiver.port) as client:
        begin_store(client)
        wait_until(lambda: list(received.iterdir()), "the temporary file")
        assert [file for file in received.iterdir() if file.suffix == ".dcm"] == []
        client.send_data(b"", last=True)
        assert client.read_response()["status"] == 0
        client.release()
    assert [file.name for file in received.iterdir()] == ["2.25.5.dcm"]


@pytest.mark.parametrize(
    "uid", ["../../etc/passwd", "/tmp/evil", "..", ".", "", "1/2", "1.2.x", "1" * 65, "a\0b"]
)
def test_a_uid_is_never_a_way_out_of_the_directory(receiver, received, tmp_path, uid):
    before = sorted(path for path in tmp_path.rglob("*"))
    with RawClient(receiver.port) as client:
        response = client.store(uid, dataset(CT_IMAGE_STORAGE, "2.25.5"))
        assert response["status"] != 0
        client.release()
    assert sorted(path for path in tmp_path.rglob("*")) == before
    assert list(received.iterdir()) == []


def test_a_data_set_of_another_instance_than_the_command_says(receiver, received):
    # Storage does not parse what it stores: the name is the command's.
    with RawClient(receiver.port) as client:
        assert client.store("2.25.6", dataset(CT_IMAGE_STORAGE, "2.25.5"))["status"] == 0
        client.release()
    assert [file.name for file in received.iterdir()] == ["2.25.6.dcm"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("garbage", b"GET / HTTP/1.1\r\nHost: pacs\r\n\r\n"),
        ("a PDU of 4 GiB", b"\x01\x00\xff\xff\xff\xff"),
        ("an unknown PDU type", b"\x09\x00\x00\x00\x00\x04abcd"),
        ("data before an association", wire.p_data(1, b"abcd", command=True, last=True)),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ],
)
def test_what_is_no_association_request_is_aborted(receiver, name, data):
    with RawClient(receiver.port, associate=False) as client:
        client.connection.sendall(data)
        kind, body = client.read_pdu()
        assert kind == wire.ABORT
        assert body[2] == 2, "source: the service provider"
        with pytest.raises((EOFError, ConnectionError)):
            client.read_exactly(1)
    wait_until(lambda: receiver.associations == 0, "the end of the connection")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a context that was never accepted", wire.p_data(99, b"abcd", command=True, last=True)),
        ("an empty fragment list", wire.pdu(wire.P_DATA_TF, b"\0\0\0\1\3")),
        ("a fragment longer than its PDU", wire.pdu(wire.P_DATA_TF, b"\0\0\1\0\3\3abcd")),
        ("a data set without a command", wire.p_data(3, b"abcd", command=False, last=True)),
        ("a second association request", wire.associate_rq([(1, wire.VERIFICATION, [""])])),
        ("a command set of nonsense", wire.p_data(3, b"\xff" * 40, command=True, last=True)),
    ],
)
def test_a_broken_message_aborts_the_association(receiver, received, name, data):
    with RawClient(receiver.port) as client:
        client.connection.sendall(data)
        kind, _ = client.read_pdu()
        assert kind == wire.ABORT
    wait_until(lambda: receiver.associations == 0, "the end of the association")
    assert list(received.iterdir()) == []


def test_a_command_for_a_service_we_do_not_have_is_answered(receiver):
    with RawClient(receiver.port) as client:
        command = dimse.c_store_rq(CT_IMAGE_STORAGE, "2.25.5")
        command["command_field"] = 0x0020  # C-FIND-RQ
        command["data_set_type"] = dimse.NO_DATA_SET
        client.send_command(command)
        kind, body = client.read_pdu()
        if kind == wire.P_DATA_TF:
            (fragment,) = wire.fragments(body)
            assert dimse.decode(fragment.data)["status"] in (0x0211, 0x0122)
        else:
            assert kind == wire.ABORT


def test_a_sender_that_falls_silent_is_aborted(engine, tmp_path):
    from dicomwire import Timeouts

    timeouts = Timeouts(acse=0.3, dimse=0.3, idle=0.3)
    with StorageReceiver("RX", sink=tmp_path, timeouts=timeouts) as receiver:
        with RawClient(receiver.port, associate=False) as silent:
            with pytest.raises((EOFError, ConnectionError)):
                while True:
                    silent.read_exactly(1)
        with RawClient(receiver.port) as client:
            begin_store(client)
            kind, _ = client.read_pdu()
            assert kind == wire.ABORT
        wait_until(lambda: receiver.associations == 0, "the end of the association")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path):
    """A directory on a file system with room for one megabyte."""
    directory = tmp_path / "small"
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(directory)]
    if subprocess.run(mount, check=False, capture_output=True).returncode == 0:
        yield directory
        subprocess.run(["umount", str(directory)], check=True)
        return
    # A container may not mount, but has a small /dev/shm of its own, which can be filled up.
    with tempfile.TemporaryDirectory(dir="/dev/shm") as shared:
        space = os.statvfs(shared)
        free = space.f_bavail * space.f_frsize
        assert free <= 256 << 20, "neither may we mount a tmpfs nor is /dev/shm that of a container"
        with (Path(shared) / "ballast").open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, free - (1 << 20))
        directory = Path(shared) / "small"
        directory.mkdir()
        yield directory


def test_a_full_disk_is_told_to_the_sender_and_leaves_nothing(engine, small_disk, tmp_path):
    paths = write_series(tmp_path / "sent", 5, rows=400, columns=400)
    size = paths[0].stat().st_size
    with StorageReceiver("RX", sink=small_disk) as receiver:
        sent = send(f"RX@127.0.0.1:{receiver.port}", paths)
    assert sent.outcomes == ["sent"] * 3 + ["failed"] * 2
    for failure in sent.report.failures:
        assert failure.status == 0xA700
        assert "No space left" in failure.error
    assert len(list(small_disk.iterdir())) == 3
    assert all(file.stat().st_size >= size for file in small_disk.iterdir())
    assert receiver.failed == 2


FILE_SIZE_LIMIT = """
import resource, signal, sys
from dicomwire import DicomEngine, StorageReceiver, StoreScu
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with DicomEngine(), StorageReceiver("RX", sink=sys.argv[1]) as receiver:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    scu = StoreScu(f"RX@127.0.0.1:{receiver.port}")
    for result in scu.store_iter(sys.argv[2:]):
        print(result.outcome, result.status and f"{result.status:04X}")
"""


def test_a_file_that_may_not_grow_so_large(python, tmp_path):
    (small,) = write_series(tmp_path / "small", 1, rows=100, columns=100)
    (large,) = write_series(tmp_path / "large", 1, rows=400, columns=400)
    directory = tmp_path / "received"
    done = python(FILE_SIZE_LIMIT, directory, large, small)
    assert done.stdout.splitlines() == ["failed A700", "sent 0x0000 (Success)"], done.stderr
    assert [dataset_bytes(file) for file in directory.iterdir()] == [dataset_bytes(small)]


def test_a_directory_that_vanishes(receiver, received, tmp_path):
    paths = write_series(tmp_path / "sent", 2)
    received.rmdir()
    sent = send(f"RECEIVER@127.0.0.1:{receiver.port}", paths)
    assert sent.outcomes == ["failed", "failed"]
    assert {result.status for result in sent.results} == {0x0110}


def test_a_directory_that_cannot_be_made_is_an_error_at_the_start(engine, tmp_path):
    from dicomwire import ConfigError

    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="file"):
        StorageReceiver("RX", sink=tmp_path / "file" / "below").start()


def test_a_port_in_use_is_an_error_at_the_start(receiver):
    from dicomwire import ConfigError

    with pytest.raises(ConfigError, match=str(receiver.port)):
        StorageReceiver("RX", port=receiver.port).start()


def test_a_client_that_asks_and_never_listens_is_aborted(engine):
    with StorageReceiver("RX") as receiver, RawClient(receiver.port) as client:
        command = {"affected_sop_class_uid": wire.VERIFICATION, "command_field": 0x0030}
        command |= {"message_id": 1, "data_set_type": 0x0101}
        echo = wire.p_data(1, dimse.encode(command), command=True, last=True)
        with pytest.raises((ConnectionError, TimeoutError)):
            for _ in range(200_000):
                client.connection.sendall(echo * 50)


def test_a_handler_may_stop_the_receiver(engine, tmp_path):
    (path,) = write_series(tmp_path, 1)
    receiver = StorageReceiver("RX").start()
    stopped = []

    @receiver.instance_received.connect
    def stop(event):
        receiver.stop(0.2)
        stopped.append(event.sop_instance_uid)

    send(f"RX@127.0.0.1:{receiver.port}", path, attempts=1)
    assert len(stopped) == 1
