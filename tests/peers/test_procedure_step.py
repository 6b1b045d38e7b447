"""Performed procedure steps over the wire: a worklist of DCMTK, a strict server on pynetdicom."""

from __future__ import annotations

import datetime as dt

import pytest
from generated import write_series
from procedure_steps import STUDY, final, least, made, scheduled, series

import dicomwire as dw
from dicomwire.errors import ConfigError, EngineNotStartedError, NoAcceptedContext, StateError
from dicomwire.procedure_step import check_create, step_from_worklist

pytestmark = pytest.mark.usefixtures("engine")

STEP = "1.2.840.10008.3.1.2.3.3"
RETRIEVE = "1.2.840.10008.3.1.2.3.4"
NOTIFICATION = "1.2.840.10008.3.1.2.3.5"
START = dt.datetime(2024, 1, 2, 9, 15)  # noqa: DTZ001 - as a modality's clock has it
END = dt.datetime(2024, 1, 2, 9, 45, 59)  # noqa: DTZ001


@pytest.fixture
def ris(procedure_steps):
    """Return an SCU that keeps its association."""
    with dw.PerformedProcedureStepScu(procedure_steps.peer, calling_ae_title="CT1") as scu:
        yield scu


def uid_of(result):
    return result.raise_for_status().sop_instance_uid


class TestFromWorklistToTheEnd:
    def test_a_step_from_the_worklist_is_completed(
        self, ris, procedure_steps, dcmtk_worklist, tmp_path
    ):
        paths = write_series(tmp_path / "images", 3)
        worklist = dw.QueryRetrieveScu(dcmtk_worklist.peer)
        (item,) = worklist.find(model="MODALITY_WORKLIST", PatientID="WL-1")
        uid = uid_of(ris.start_from_worklist(item, start=START))
        assert ris.state(uid) == "IN PROGRESS"
        kept = procedure_steps.step(uid)
        assert kept.PerformedProcedureStepStatus == "IN PROGRESS"
        assert (kept.PatientName, kept.PatientID) == ("DOE^JANE", "WL-1")
        assert (kept.Modality, kept.PerformedStationAETitle) == ("CT", "CT1")
        assert kept.PerformedProcedureStepStartTime == "091500"
        (step,) = kept.ScheduledStepAttributesSequence
        assert step.StudyInstanceUID == STUDY
        assert (step.ScheduledProcedureStepID, step.AccessionNumber) == ("S1", "W1")
        assert kept.PerformedSeriesSequence == []
        done = ris.complete(
            uid, instances=paths, protocol_name="THORAX", retrieve_ae_title="ARCHIVE", end=END
        )
        assert done.status == 0x0000
        assert ris.state(uid) == "COMPLETED"
        kept = procedure_steps.step(uid)
        assert kept.PerformedProcedureStepStatus == "COMPLETED"
        assert kept.PerformedProcedureStepEndTime == "094559"
        (made_series,) = kept.PerformedSeriesSequence
        assert made_series.RetrieveAETitle == "ARCHIVE"
        references = {one.ReferencedSOPInstanceUID for one in made_series.ReferencedImageSequence}
        assert references == {dw.read_file(path).SOPInstanceUID for path in paths}

    @pytest.mark.parametrize(
        ("number", "name", "description"),
        [
            (2, "Grün^Ülo", "Schädel"),
            (3, "Ωμέγα^Άλφα", "a step"),
            (4, "Yamada^Tarou=山田^太郎=やまだ^たろう", "胸部"),
        ],
    )
    def test_text_survives_from_worklist_to_step(
        self, ris, procedure_steps, dcmtk_worklist, number, name, description
    ):
        worklist = dw.QueryRetrieveScu(dcmtk_worklist.peer)
        (item,) = worklist.find(model="MODALITY_WORKLIST", PatientID=f"WL-{number}")
        uid = uid_of(ris.start_from_worklist(item))
        kept = procedure_steps.step(uid)
        assert (kept.PatientName, kept.PerformedProcedureStepDescription) == (name, description)
        changed = made(PerformedProcedureStepDescription="頭 Kopf ü")
        uid_of(ris.set(uid, changed))
        assert procedure_steps.step(uid).PerformedProcedureStepDescription == "頭 Kopf ü"

    def test_a_step_is_discontinued_without_images(self, ris, procedure_steps):
        uid = uid_of(ris.start_from_worklist(scheduled(5)))
        assert len(procedure_steps.step(uid).ScheduledStepAttributesSequence) == 2
        assert ris.discontinue(uid, reason="PatientRefusedToContinueProcedure").is_success
        kept = procedure_steps.step(uid)
        assert kept.PerformedProcedureStepStatus == "DISCONTINUED"
        (reason,) = kept.PerformedProcedureStepDiscontinuationReasonCodeSequence
        assert (reason.CodeValue, reason.CodingSchemeDesignator) == ("110505", "DCM")
        (empty,) = kept.PerformedSeriesSequence
        assert (empty.ProtocolName, len(empty.ReferencedImageSequence)) == ("a step", 0)
        assert ris.state(uid) == "DISCONTINUED"

    def test_series_that_were_set_need_not_be_repeated(self, ris, procedure_steps):
        uid = uid_of(ris.start_from_worklist(scheduled()))
        uid_of(ris.set(uid, made(PerformedSeriesSequence=[series(), series("1.2.3.2")])))
        uid_of(ris.set(uid, made(PerformedProcedureStepDescription="half way")))
        assert ris.discontinue(uid).is_success
        kept = procedure_steps.step(uid)
        assert kept.PerformedProcedureStepDescription == "half way"
        assert [one.SeriesInstanceUID for one in kept.PerformedSeriesSequence] == [
            *("1.2.3.1", "1.2.3.2")
        ]

    def test_series_of_other_forms_and_more_attributes(self, ris, procedure_steps, tmp_path):
        more = made(CommentsOnThePerformedProcedureStep="at night")
        uid = uid_of(ris.start_from_worklist(scheduled(), dataset=more, sop_instance_uid="1.2.77"))
        assert uid == "1.2.77"
        assert procedure_steps.step(uid).CommentsOnThePerformedProcedureStep == "at night"
        performed = dw.PerformedSeries("1.2.3.1", "THORAX", images=[("1.2.4", "1.2.5")])
        done = ris.complete(
            uid,
            series=[performed, series("1.2.3.2")],
            instances=write_series(tmp_path, 1),
            protocol_name="ABDOMEN",
            dataset=made(PerformedProcedureTypeDescription="quick"),
        )
        assert done.is_success
        kept = procedure_steps.step(uid)
        assert kept.PerformedProcedureTypeDescription == "quick"
        names = [one.ProtocolName for one in kept.PerformedSeriesSequence]
        assert names == ["THORAX", "THORAX", "ABDOMEN"]

    def test_another_object_can_end_a_step(self, ris, procedure_steps):
        uid = uid_of(ris.create(least()))
        other = dw.PerformedProcedureStepScu(procedure_steps.peer)
        assert other.state(uid) is None
        assert other.complete(uid, series=[series()]).is_success
        assert other.state(uid) == "COMPLETED"
        # The first one learns it from the answer.
        late = ris.complete(uid, series=[series()])
        assert (late.status, late.error_id) == (0x0110, 0xA710)
        assert "may no longer be updated" in str(late.status)
        with pytest.raises(StateError, match="is ended"):
            ris.complete(uid, series=[series()])


class TestRefusedBeforeAnythingIsSent:
    def test_a_wrong_call_opens_no_association(self, procedure_steps):
        scu = dw.PerformedProcedureStepScu(procedure_steps.peer)
        opened = []
        scu.before_connect += opened.append
        with pytest.raises(ConfigError, match="Modality: missing"):
            scu.create(made(PatientName="X"))
        with pytest.raises(ConfigError, match="is no UID"):
            scu.create(least(), "1.2.x")
        with pytest.raises(ConfigError, match="PatientName: may not be set"):
            scu.set("1.2.3", made(PatientName="X"))
        with pytest.raises(ConfigError, match="ProtocolName: empty"):
            scu.complete("1.2.3", series=[dw.PerformedSeries("1.2.3.1")])
        with pytest.raises(ConfigError, match="not an instance of a series"):
            scu.complete("1.2.3", instances="/no/such/directory")
        with pytest.raises(ConfigError, match="not in CID 9300"):
            scu.discontinue("1.2.3", reason="bad mood")
        with pytest.raises(ConfigError, match="ask for that"):
            scu.get("1.2.3", ["StudyInstanceUID"])
        assert opened == []

    def test_an_ended_step_is_not_set_again(self, ris):
        uid = uid_of(ris.create(least()))
        uid_of(ris.complete(uid, series=[series()]))
        requests = []
        ris.before_n_set += requests.append
        for call in (
            lambda: ris.set(uid, made(PerformedProcedureStepDescription="late")),
            lambda: ris.complete(uid, series=[series()]),
            lambda: ris.discontinue(uid),
        ):
            with pytest.raises(StateError, match="is COMPLETED and can no longer be set"):
                call()
        with pytest.raises(StateError, match="was created already"):
            ris.create(least(), uid)
        assert requests == []

    def test_only_what_was_created_is_set(self, ris, procedure_steps):
        uid = uid_of(ris.create(least()))
        with pytest.raises(ConfigError, match="was not created"):
            ris.discontinue(uid, reason="110513")
        assert ris.discontinue(uid).is_success
        assert procedure_steps.step(uid).PerformedSeriesSequence[0].ProtocolName == "DISCONTINUED"


class TestStatuses:
    """What the server says of requests that we would not send by ourselves."""

    @pytest.mark.parametrize(
        ("attributes", "status", "comment"),
        [
            ({"PerformedProcedureStepStatus": "COMPLETED"}, 0x0106, "not IN PROGRESS: 00400252"),
            ({"Modality": None}, 0x0120, "missing attributes: 00080060"),
            ({"Modality": ""}, 0x0121, "attributes without a value: 00080060"),
            ({"StudyInstanceUID": STUDY}, 0x0107, "attributes not kept: 0020000D"),
            ({"PatientSex": "X"}, 0x0116, "no such sex: 00100040"),
        ],
        ids=["state", "missing", "empty", "attribute list", "out of range"],
    )
    def test_of_n_create(self, ris, procedure_steps, attributes, status, comment):
        whole = check_create(step_from_worklist(scheduled()))
        whole.update(made(**attributes))
        if attributes == {"Modality": None}:
            del whole.Modality
        result = ris.create(whole, check=False)
        assert (result.status, result.status.comment) == (status, comment)
        uid = result.sop_instance_uid
        if result.is_warning:
            assert ris.state(uid) == "IN PROGRESS"
            assert procedure_steps.step(uid).PatientID == "WL-1"
        else:
            assert result.is_failure
            assert ris.state(uid) is None
            with pytest.raises(dw.StatusError, match="the peer answered 0x01"):
                result.raise_for_status()

    def test_duplicate(self, ris, procedure_steps):
        uid = uid_of(ris.create(least()))
        other = dw.PerformedProcedureStepScu(procedure_steps.peer)
        result = other.create(least(), uid)
        assert str(result.status) == "0x0111 (The procedure step exists already: exists already)"
        assert other.state(uid) is None

    def test_no_such_step(self, ris):
        assert ris.set("1.2.3.4.5", made(PerformedProcedureStepDescription="x")).status == 0x0112
        assert ris.get("1.2.3.4.5").status == 0x0112

    def test_a_step_the_server_lost_is_forgotten(self, ris):
        uid = uid_of(ris.create(least()))
        lost = made(PerformedProcedureStepDescription="ANSWER 0112")
        assert ris.set(uid, lost).status == 0x0112
        assert ris.state(uid) is None

    def test_set_after_the_end(self, ris):
        uid = uid_of(ris.create(least()))
        uid_of(ris.complete(uid, series=[series()]))
        result = ris.set(uid, final(), check=False)
        assert (result.status, result.error_id) == (0x0110, 0xA710)
        assert result.is_failure

    @pytest.mark.parametrize(
        ("changes", "status", "tags"),
        [
            (made(PatientName="X"), 0x0105, [0x0010_0010]),
            (made(CommentsOnThePerformedProcedureStep="x"), 0x0105, [0x0040_0280]),
            (made(PerformedProcedureStepStatus="DONE"), 0x0106, [0x0040_0252]),
            (made(PerformedSeriesSequence=[made(SeriesInstanceUID="1.2")]), 0x0120, None),
            (made(PerformedProcedureStepStatus="COMPLETED"), 0x0121, None),
        ],
        ids=["not allowed", "not created", "no state", "item", "not whole"],
    )
    def test_of_n_set(self, ris, procedure_steps, changes, status, tags):
        uid = uid_of(ris.create(least()))
        before = procedure_steps.step(uid)
        result = ris.set(uid, changes, check=False)
        assert result.status == status
        assert result.attribute_identifiers
        assert tags is None or list(result.attribute_identifiers) == tags
        assert ris.state(uid) == "IN PROGRESS"
        assert procedure_steps.step(uid) == before

    @pytest.mark.parametrize(
        "code",
        [
            *(0x0001, 0x0107, 0x0116, 0x0105, 0x0106, 0x0110, 0x0117, 0x0118, 0x0119, 0x0120),
            *(0x0121, 0x0122, 0x0124, 0x0210, 0x0211, 0x0212, 0x0213, 0xC123),
        ],
        ids="{:04X}".format,
    )
    def test_whatever_is_answered_is_told(self, ris, code):
        told = {"PerformedProcedureStepDescription": f"ANSWER {code:04X}"}
        created = ris.create(least(**told))
        uid = uid_of(ris.create(least()))
        changed = ris.set(uid, made(**told))
        for result in (created, changed):
            assert result.status == code
            assert result.status.comment.startswith("as told")
            assert result.is_warning == (code in {0x0001, 0x0107, 0x0116})
            assert result.is_failure != result.is_warning


class TestGet:
    def test_all_there_is(self, ris):
        uid = uid_of(ris.start_from_worklist(scheduled(2)))
        found = ris.get(uid)
        assert (found.status, found.sop_class_uid, found.sop_instance_uid) == (0, RETRIEVE, uid)
        assert found.dataset.PatientName == "Grün^Ülo"
        assert found.dataset.ScheduledStepAttributesSequence[0].RequestedProcedureID == "R2"

    def test_some_of_it_can_be_read(self, ris):
        uid = uid_of(ris.start_from_worklist(scheduled(2)))
        found = ris.get(uid, ["PatientName", 0x0040_0252])
        assert set(found.dataset.dir()) == {
            *("SpecificCharacterSet", "PatientName", "PerformedProcedureStepStatus")
        }
        assert found.dataset.PatientName == "Grün^Ülo"

    def test_what_the_server_does_not_have(self, ris):
        uid = uid_of(ris.create(least()))
        found = ris.get(uid, ["Modality", "BillingProcedureStepSequence"])
        assert found.status == 0x0001
        assert found.is_warning
        assert set(found.dataset.dir()) == {"Modality"}


class TestNotifications:
    def test_they_come_before_the_answer(self, procedure_steps):
        told = []
        with dw.PerformedProcedureStepScu(procedure_steps.called("NOTIFY")) as scu:
            scu.event_report.connect(told.append)
            uid = uid_of(scu.create(least(CommentsOnThePerformedProcedureStep="")))
            scu.set(uid, made(PerformedProcedureStepDescription="x")).raise_for_status()
            scu.complete(uid, series=[series()]).raise_for_status()
        assert [dw.StepNotification(event.event_type_id).name for event in told] == [
            *("IN_PROGRESS", "UPDATED", "COMPLETED")
        ]
        assert {(event.sop_class_uid, event.sop_instance_uid) for event in told} == {
            (NOTIFICATION, uid)
        }
        assert {(event.ae_title, event.on_listener) for event in told} == {("NOTIFY", False)}
        assert procedure_steps.notifications(uid) == [(1, 0), (4, 0), (2, 0)]

    def test_somebody_elses_steps_are_waited_for(self, ris, procedure_steps):
        with dw.PerformedProcedureStepScu(procedure_steps.called("WATCH")) as watcher:
            assert watcher.get("1.2.3.4.5").status == 0x0112
            uid = uid_of(ris.create(least()))
            report = watcher.wait_for_event_report(10)
            assert (report.event_type_id, report.sop_instance_uid) == (1, uid)
            uid_of(ris.discontinue(uid))
            report = watcher.wait_for_event_report(10)
            assert report.event_type_id == dw.StepNotification.DISCONTINUED
            # What it is told of, it can ask about.
            answer = watcher.get(uid, ["PerformedProcedureStepStatus"])
            assert answer.dataset.PerformedProcedureStepStatus == "DISCONTINUED"
            assert watcher.wait_for_event_report(0.01) is None

    @pytest.mark.parametrize(
        ("kind", "state", "answer"),
        [
            (2, "COMPLETED", 0),
            (3, "DISCONTINUED", 0),
            (4, "IN PROGRESS", 0),
            (5, None, 0),
            (9, "IN PROGRESS", 0x0113),
        ],
    )
    def test_a_server_that_ends_a_step_of_ours_is_believed(
        self, procedure_steps, kind, state, answer
    ):
        with dw.PerformedProcedureStepScu(procedure_steps.called("NOTIFY")) as scu:
            created = least(CommentsOnThePerformedProcedureStep="")
            uid = uid_of(scu.create(created))
            states = []
            scu.after_n_set += lambda event: states.append(scu.state(uid))
            uid_of(scu.set(uid, made(CommentsOnThePerformedProcedureStep=f"NOTIFY {kind}")))
        assert states == [state]
        assert procedure_steps.notifications(uid)[-1] == (kind, answer)

    def test_a_server_that_calls_back_is_listened_to(self, procedure_steps):
        told = []
        with dw.EventListener("WATCHER") as listener:
            listener.event_report.connect(told.append)
            scu = dw.PerformedProcedureStepScu(procedure_steps.called(f"CALL {listener.port}"))
            uid = uid_of(scu.create(least()))
        (report,) = told
        assert (report.event_type_id, report.sop_instance_uid) == (1, uid)
        assert (report.sop_class_uid, report.ae_title) == (NOTIFICATION, "RIS")
        assert report.on_listener
        assert procedure_steps.notifications(uid) == [(1, 0)]

    def test_a_handler_chooses_the_answer(self, procedure_steps):
        scu = dw.PerformedProcedureStepScu(procedure_steps.called("NOTIFY"))

        @scu.event_report.connect
        def refuse(event):
            event.status = 0x0110

        uid = uid_of(scu.create(least()))
        assert procedure_steps.notifications(uid) == [(1, 0x0110)]


class TestEvents:
    def test_requests_may_be_changed(self, ris, procedure_steps):
        @ris.before_n_create.connect
        def name_it(event):
            assert event.sop_class_uid == STEP
            event.sop_instance_uid = "1.2.99.1"
            event.dataset.PerformedLocation = "ROOM 1"

        @ris.before_n_set.connect
        def sign(event):
            event.dataset.PerformedProcedureStepDescription += ", signed"

        @ris.before_n_get.connect
        def ask_for_less(event):
            event.attributes.remove(0x0010_0010)

        uid = uid_of(ris.create(least()))
        assert uid == "1.2.99.1"
        uid_of(ris.set(uid, made(PerformedProcedureStepDescription="done")))
        kept = procedure_steps.step(uid)
        assert kept.PerformedLocation == "ROOM 1"
        assert kept.PerformedProcedureStepDescription == "done, signed"
        found = ris.get(uid, ["PatientName", "PatientID"])
        assert set(found.dataset.dir()) == {"PatientID"}

    def test_answers_are_told(self, procedure_steps):
        scu = dw.PerformedProcedureStepScu(procedure_steps.peer)
        events = []
        for hook in ("after_n_create", "after_n_set", "after_n_get"):
            getattr(scu, hook).connect(events.append)
        created = scu.create(least())
        uid = uid_of(created)
        changed = scu.complete(uid, series=[series()])
        found = scu.get(uid)
        assert [event.result for event in events] == [created, changed, found]
        assert {event.sop_instance_uid for event in events} == {uid}
        assert all(event.status == 0 and event.seconds > 0 for event in events)
        assert [event.sop_class_uid for event in events] == [STEP, STEP, RETRIEVE]

    def test_what_a_handler_raises_reaches_the_caller(self, ris):
        @ris.before_n_create.connect
        def refuse(event):
            raise KeyError("no")

        with pytest.raises(KeyError):
            ris.create(least())
        ris.before_n_create.clear()
        assert ris.create(least()).is_success


class TestAssociations:
    def test_the_three_sop_classes_are_proposed_together_and_once(self, procedure_steps):
        opened = []
        with dw.PerformedProcedureStepScu(procedure_steps.peer) as scu:
            scu.after_associate_request += opened.append
            uid = uid_of(scu.create(least()))
            uid_of(scu.complete(uid, series=[series()]))
            assert scu.get(uid).is_success
        (event,) = opened
        assert [context.abstract_syntax for context in event.contexts] == [
            *(STEP, RETRIEVE, NOTIFICATION)
        ]

    def test_a_bare_call_releases(self, procedure_steps):
        scu = dw.PerformedProcedureStepScu(procedure_steps.peer)
        released = []
        scu.after_release_request += released.append
        scu.create(least())
        assert len(released) == 1

    def test_a_peer_without_the_service(self, procedure_steps):
        with dw.PerformedProcedureStepScu(procedure_steps.peer_without) as scu:
            with pytest.raises(NoAcceptedContext, match="Modality Performed Procedure Step SOP"):
                scu.create(least())
            with pytest.raises(NoAcceptedContext, match=r"\(1\.2\.840\.10008\.3\.1\.2\.3\.3\)"):
                scu.discontinue("1.2.3")
            # Its other services are of use.
            assert scu.get("1.2.3.4.5").status == 0x0112


def test_it_needs_the_engine(procedure_steps):
    scu = dw.PerformedProcedureStepScu(procedure_steps.peer)
    dw.DicomEngine.shutdown()
    try:
        for call in (
            lambda: scu.create(least()),
            lambda: scu.set("1.2", made()),
            lambda: scu.get("1.2"),
            lambda: scu.wait_for_event_report(0),
        ):
            with pytest.raises(EngineNotStartedError, match="PerformedProcedureStepScu"):
                call()
    finally:
        dw.DicomEngine.startup()
