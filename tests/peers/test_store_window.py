"""Several C-STORE requests in flight: what is granted, what is reported, what an abort leaves."""

from __future__ import annotations

import json

import pytest
from generated import write_series

from dicomwire import AssociationOptions, StoreScu
from dicomwire.cli.main import main

COUNT = 150


@pytest.fixture
def directory(tmp_path):
    write_series(tmp_path / "study", COUNT)
    return tmp_path / "study"


def sender(peer, window):
    options = AssociationOptions(asynchronous_operations=window)
    scu = StoreScu(peer, options=options)
    scu.negotiated = []
    scu.after_associate_request += lambda event: scu.negotiated.append(
        event.asynchronous_operations
    )
    return scu


@pytest.mark.parametrize(
    ("asked", "granted"), [((8, 1), (8, 1)), ((0, 0), (64, 1)), ((500, 1), (64, 1))]
)
def test_our_receiver_grants_a_window(receiver, directory, asked, granted):
    scu = sender(f"RECEIVER@127.0.0.1:{receiver.port}", asked)
    answered = []
    scu.after_c_store += lambda event: answered.append(event.sop_instance_uid)
    report = scu.store(directory)
    assert (report.sent, report.failed) == (COUNT, 0)
    assert scu.negotiated == [granted]
    assert len(set(answered)) == COUNT
    assert receiver.received == COUNT


def test_a_peer_that_grants_none_gets_one_at_a_time(engine, storescp, directory):
    scu = sender(storescp.peer, (64, 1))
    report = scu.store(directory)
    assert (report.sent, report.failed) == (COUNT, 0)
    assert scu.negotiated == [(1, 1)]
    assert len(storescp.files()) == COUNT


def test_an_abort_leaves_no_instance_without_a_fate(receiver, directory):
    scu = sender(f"RECEIVER@127.0.0.1:{receiver.port}", (32, 1))
    seen = []

    def abort(event):
        seen.append(event.status)
        if len(seen) == 10:
            scu.abort()

    scu.after_c_store += abort
    fates = {}
    for result in scu.store_iter(directory):
        assert result.sop_instance_uid not in fates
        fates[result.sop_instance_uid] = result
    assert len(fates) == COUNT
    confirmed = [one for one in fates.values() if one.status is not None]
    assert all(one.status.is_success for one in confirmed)
    in_doubt = [one for one in fates.values() if "unconfirmed" in (one.error or "")]
    assert len(confirmed) >= 10
    assert len(in_doubt) <= 32
    # What is in doubt may have come; what was confirmed has.
    assert len(confirmed) <= receiver.received <= len(confirmed) + len(in_doubt)


def test_a_handler_that_fails_ends_it_with_every_fate(receiver, directory):
    scu = sender(f"RECEIVER@127.0.0.1:{receiver.port}", (16, 1))

    def fail(event):
        raise ValueError("enough")

    scu.after_c_store += fail
    with pytest.raises(ValueError, match="enough"):
        scu.store(directory)
    report = scu.last_report
    assert report.sent + report.failed + report.skipped == COUNT


def test_an_association_is_kept_with_its_window(receiver, directory):
    with sender(f"RECEIVER@127.0.0.1:{receiver.port}", (16, 1)) as scu:
        assert scu.store(directory).sent == COUNT
        assert scu.store(directory / "00000.dcm").sent == 1
        assert scu.negotiated == [(16, 1)]


def test_the_command(receiver, directory, capsys):
    peer = f"RECEIVER@127.0.0.1:{receiver.port}"
    assert main(["send", peer, str(directory), "--window", "16", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sent"] == COUNT
    assert main(["send", peer, str(directory), "--window", "-1"]) == 2
    assert "--window" in capsys.readouterr().err
