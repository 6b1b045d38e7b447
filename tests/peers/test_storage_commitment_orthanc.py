"""Storage commitment with Orthanc, which calls back whom it knows by the AE title."""

from __future__ import annotations

import pytest
from committing import uids
from wire import CT_IMAGE_STORAGE

from dicomwire import (
    AssociationAborted,
    CommitmentOptions,
    EventListener,
    StorageCommitmentScu,
    StoreScu,
)

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def listener(destinations, engine):
    """Listen where Orthanc expects DICOMWIRE."""
    with EventListener("DICOMWIRE", port=destinations["DICOMWIRE"]) as listener:
        yield listener


@pytest.fixture
def known(orthanc_archive):
    """Return some of the files that Orthanc has."""
    return list(orthanc_archive.sources.values())[:6]


def test_it_commits_to_what_it_has(orthanc_archive, listener, known):
    scu = StorageCommitmentScu(orthanc_archive.peer)
    result = scu.request(known, wait=10, listener=listener)
    assert result.all_committed
    assert [one.path for one in result.committed] == known
    assert (result.status, result.pattern, result.retrieve_ae_title) == (0, "listener", None)


def test_its_reasons(orthanc_archive, listener, known):
    other_class = ("1.2.840.10008.5.1.4.1.1.77.1.4", list(orthanc_archive.sources)[7])
    asked = [*known, (CT_IMAGE_STORAGE, "2.25.123"), other_class]
    result = StorageCommitmentScu(orthanc_archive.peer).request(asked, wait=10, listener=listener)
    assert len(result.committed) == 6
    reasons = {one.sop_instance_uid: one.failure_reason for one in result.failed}
    assert reasons == {"2.25.123": 0x0112, other_class[1]: 0x0119}
    # It names the class that was asked for, not the one it has.
    assert {one.sop_class_uid for one in result.failed} == {CT_IMAGE_STORAGE, other_class[0]}


def test_a_divided_request(orthanc_archive, listener, known):
    scu = StorageCommitmentScu(orthanc_archive.peer)
    result = scu.request(known, wait=10, listener=listener, max_instances=2)
    assert len(result.transactions) == 3
    assert sorted(uids(result.committed)) == sorted(list(orthanc_archive.sources)[:6])


def test_it_does_not_report_on_the_association(orthanc_archive, known):
    with StorageCommitmentScu(orthanc_archive.peer) as scu:
        result = scu.request(known[:1], wait=0.3)
        assert (result.status, result.is_complete) == (0, False)


def test_it_breaks_off_if_it_does_not_know_us(orthanc_archive, known):
    scu = StorageCommitmentScu(orthanc_archive.peer, calling_ae_title="STRANGER")
    with pytest.raises(AssociationAborted):
        scu.request(known)


def test_storing_and_committing(orthanc_archive, listener, known):
    options = CommitmentOptions(listener=listener)
    report = StoreScu(orthanc_archive.peer).store(known, commit=options)
    assert report.raise_for_failures().sent == 6
    assert all(result.committed for result in report.results)


def test_the_commands(cli, orthanc_archive, destinations, known):
    listen = ["--listen", str(destinations["DICOMWIRE"])]
    done = cli("commit", orthanc_archive.peer, *known, *listen)
    assert done.code == 0, done.stderr
    assert done.stdout.startswith("committed 6, failed 0, missing 0: ")
    assert done.stdout.endswith(", reported by calling back\n")
    sent = cli("send", orthanc_archive.peer, *known, "--commit", *listen)
    assert sent.code == 0, sent.stderr
    assert sent.stdout.splitlines()[1].startswith("committed 6, ")
