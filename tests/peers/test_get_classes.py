"""The storage classes of a C-GET: given, learned by a query, or all there are."""

from __future__ import annotations

import pytest
from comparing import read
from scripted_queries import end, query_scp
from studies import JOHN
from wire import CT_IMAGE_STORAGE

from dicomwire import ConfigError, ConnectError, NoAcceptedContext, QueryRetrieveScu, RoleSelection
from dicomwire.scu.get_contexts import common_classes, plan

pytestmark = pytest.mark.usefixtures("engine")

THORAX = JOHN.studies[0]
GET = "1.2.840.10008.5.1.4.1.2.2.3"


@pytest.fixture
def proposals():
    """Watch what an SCU proposes: the SOP classes of each association with a C-GET."""

    def watch(scu):
        seen = []

        @scu.after_associate_request.connect
        def note(event):
            classes = [context.abstract_syntax for context in event.contexts]
            if classes[0] == GET:
                seen.append(set(classes[1:]))

        return seen

    return watch


def rare_instances(archive):
    """Return an instance of a class that has no place on the first of several associations."""
    late = {context.abstract_syntax for context in plan(GET, common_classes())[1][1:]}
    for path in archive.sources.values():
        dataset = read(path)
        if dataset.SOPClassUID in late and not dataset.file_meta.TransferSyntaxUID.is_compressed:
            return dataset
    raise AssertionError("the corpora hold no instance of a rare class")


@pytest.mark.parametrize("how", [None, "query"])
def test_only_what_there_is_is_proposed(orthanc_archive, tmp_path, proposals, how):
    scu = QueryRetrieveScu(orthanc_archive.peer)
    seen = proposals(scu)
    report = scu.get(tmp_path, sop_classes=how, StudyInstanceUID=THORAX.uid)
    report.raise_for_failures()
    sources = orthanc_archive.sources
    assert seen == [{read(sources[uid]).SOPClassUID for uid in THORAX.instance_uids()}]


@pytest.mark.parametrize("fixture", ["dcmtk_archive", "pynetdicom_archive"])
def test_archives_that_do_not_tell_classes(request, fixture, tmp_path, proposals):
    scu = QueryRetrieveScu(request.getfixturevalue(fixture).peer)
    seen = proposals(scu)
    with pytest.raises(ConfigError, match="does not tell"):
        scu.get(tmp_path, sop_classes="query", StudyInstanceUID=THORAX.uid)
    assert not seen
    assert scu.get(tmp_path, StudyInstanceUID=THORAX.uid).received == len(THORAX.instance_uids())
    assert len(seen[0]) > 20


def test_all_classes_over_several_associations(dcmtk_archive, tmp_path, proposals):
    rare = rare_instances(dcmtk_archive)
    scu = QueryRetrieveScu(dcmtk_archive.peer)
    seen = proposals(scu)
    report = scu.get(
        tmp_path,
        level="IMAGE",
        sop_classes="common",
        StudyInstanceUID=rare.StudyInstanceUID,
        SeriesInstanceUID=rare.SeriesInstanceUID,
        SOPInstanceUID=rare.SOPInstanceUID,
    )
    assert len(seen) > 1
    assert rare.SOPClassUID not in seen[0]
    assert rare.SOPClassUID in seen[1]
    assert [path.stem for path in tmp_path.iterdir()] == [rare.SOPInstanceUID]
    assert (report.completed, report.failed, report.received) == (1, 0, 1)
    assert report.status == 0
    report.raise_for_failures()


def test_all_classes_where_the_first_association_brings_everything(
    dcmtk_archive, tmp_path, proposals
):
    scu = QueryRetrieveScu(dcmtk_archive.peer)
    seen = proposals(scu)
    report = scu.get(
        tmp_path,
        level="SERIES",
        sop_classes="common",
        StudyInstanceUID=THORAX.uid,
        SeriesInstanceUID=THORAX.series_uid(1),
    )
    assert report.received == 3
    assert len(seen) == 1


def test_a_kept_association_is_used_again(dcmtk_archive, tmp_path, proposals):
    scu = QueryRetrieveScu(dcmtk_archive.peer)
    seen = proposals(scu)
    with scu:
        for _ in range(3):
            assert scu.get(tmp_path, StudyInstanceUID=THORAX.uid).received
    assert len(seen) == 1


def test_each_instance_is_told_of(dcmtk_archive, tmp_path):
    scu = QueryRetrieveScu(dcmtk_archive.peer)
    moved, responses = [], []
    scu.moved += moved.append
    scu.after_c_get += responses.append
    scu.get(tmp_path, StudyInstanceUID=THORAX.uid)
    assert sorted(event.sop_instance_uid for event in moved) == sorted(THORAX.instance_uids())
    assert all(event.path.parent == tmp_path for event in moved)
    assert moved[0].dataset.StudyInstanceUID == THORAX.uid
    assert [event.status.is_pending for event in responses[-2:]] == [True, False]


def test_a_peer_that_is_not_there_is_asked_once(tmp_path, proposals):
    from processes import free_port

    scu = QueryRetrieveScu(f"NOBODY@127.0.0.1:{free_port()}")
    tried = []
    scu.before_connect += tried.append
    with pytest.raises(ConnectError):
        scu.get(tmp_path, StudyInstanceUID="1.2.3")
    assert len(tried) == 1


def test_a_peer_without_c_get(storescp, tmp_path):
    scu = QueryRetrieveScu(storescp.peer)
    with pytest.raises(NoAcceptedContext, match="not Study Root"):
        scu.get(tmp_path, StudyInstanceUID="1.2.3")


@pytest.mark.parametrize("classes", [[], ["CTImageStorage"], "everything"])
def test_classes_that_are_none(classes, tmp_path):
    with pytest.raises(ConfigError, match="sop_classes"):
        QueryRetrieveScu("PACS@127.0.0.1:1").get(
            tmp_path, sop_classes=classes, StudyInstanceUID="1.2.3"
        )


@pytest.mark.parametrize("told", [True, False])
def test_the_roles_the_peer_agrees_to(scripted_peer, tmp_path, told):
    peer = scripted_peer(query_scp(end(completed=0), roles=told))
    scu = QueryRetrieveScu(peer.peer)
    answers = []
    scu.after_associate_request += answers.append
    scu.get(tmp_path, sop_classes=[CT_IMAGE_STORAGE], StudyInstanceUID="1.2.3")
    provider = RoleSelection(CT_IMAGE_STORAGE, scu=False, scp=True)
    assert answers[0].role_selections == ([provider] if told else [])
    assert peer.conversations[0].request.roles == {CT_IMAGE_STORAGE: (False, True)}
