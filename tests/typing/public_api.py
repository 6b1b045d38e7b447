"""What a type checker must know of the public names; mypy checks this file, nobody runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type

from pydicom import Dataset

import dicomwire as dw
from dicomwire.film import Film, FilmPlan, FilmSession

if TYPE_CHECKING:
    from dicomwire.events import AfterCStore, BeforeAssociateRequest, BeforeCStore, InstanceReceived
    from dicomwire.query_events import MatchFound


def peers_and_options() -> None:
    """Check the settings."""
    peer = dw.Peer("AET", "host", 104)
    assert_type(peer, dw.Peer)
    assert_type(dw.Peer.parse("AET@host:104"), dw.Peer)
    assert_type(peer.ae_title, str)
    assert_type(peer.port, int)
    options = dw.AssociationOptions(
        max_pdu_length=65536,
        timeouts=dw.Timeouts(connect=None, dimse=5),
        user_identity=dw.UserIdentity.username("ann"),
        asynchronous_operations=(1, 1),
    )
    assert_type(options.timeouts.dimse, float | None)
    dw.AssociationOptions(max_pdu_length="65536")  # type: ignore[arg-type]
    dw.AssociationOptions(65536)  # type: ignore[call-arg]


def verification() -> None:
    """Check the echo."""
    with dw.DicomEngine(), dw.VerificationScu("AET@host:104") as scu:
        assert_type(scu, dw.VerificationScu)
        assert_type(scu.echo(), dw.Status)
        assert_type(scu.echo().is_success, bool)
    dw.VerificationScu(104)  # type: ignore[arg-type]


def before(event: BeforeCStore) -> None:
    """Take what a before_c_store handler takes."""
    assert_type(event.path, Path | None)
    assert_type(event.dataset, Dataset | None)
    event.skip = True


def after(event: AfterCStore) -> None:
    """Take what an after_c_store handler takes."""
    assert_type(event.status, dw.Status)


def store(directory: Path) -> None:
    """Check the send and its events."""
    scu = dw.StoreScu(dw.Peer("AET", "host", 104), calling_ae_title="ME")
    assert_type(scu.store(directory), dw.StoreReport)
    report = scu.store([directory, b"", "path"], associations=4, transcode="never")
    assert_type(report.failures, list[dw.StoreResult])
    results = scu.store_iter(directory, on_failure="stop")
    assert_type(results, Iterator[dw.StoreResult])
    for result in results:
        assert_type(result.status, dw.Status | None)
        assert_type(result.error, str | None)
    changes = dw.Rewrite({"PatientID": "1", "PatientName": None, "StudyInstanceUID": dw.UidMap()})
    dw.Rewrite({0x00100020: lambda head: dw.KEEP})
    assert_type(scu.store(directory, rewrite=changes), dw.StoreReport)
    assert_type(dw.UidMap(root="1.2")("1.2.3"), str)
    scu.store(directory, rewrite={"PatientID": "1"})  # type: ignore[arg-type]
    scu.store(directory, transcode="sometimes")  # type: ignore[arg-type]

    scu.before_c_store.connect(before)
    scu.after_c_store.connect(after)
    scu.after_c_store += after
    scu.after_c_store -= after

    @scu.before_associate_request.connect
    def edit(event: BeforeAssociateRequest) -> None:
        event.request.max_pdu_length = 0
        for context in event.request.presentation_contexts:
            assert_type(context.transfer_syntaxes, list[str])


def progress(seen: dw.StoreProgress) -> None:
    """Take what a progress function takes."""
    assert_type(seen.total, int | None)


def send_with_progress(scu: dw.StoreScu) -> None:
    """Check the progress function."""
    scu.store("directory", progress=progress)


def sink(event: InstanceReceived) -> int | None:
    """Take what a callable sink takes."""
    assert_type(event.dataset, Dataset | None)
    return None


def receive() -> None:
    """Check the receiver."""
    with dw.StorageReceiver("RX", sink=sink) as receiver:
        assert_type(receiver, dw.StorageReceiver)
        assert_type(receiver.received, int)
    dw.StorageReceiver("RX", port=104, sink=Path("directory"), duplicates="refuse")
    dw.StorageReceiver("RX", sink=5)  # type: ignore[arg-type]


def found(event: MatchFound) -> None:
    """Take what a match event takes."""
    assert_type(event.dataset, Dataset)
    assert_type(event.retrieve_ae_titles, list[str])


def query(scu: dw.QueryRetrieveScu) -> None:
    """Check queries and their results."""
    result = scu.find(PatientName="DOE^*", level="SERIES", model="PATIENT_ROOT", limit=5)
    assert_type(result, dw.FindResult)
    assert_type(list(result), list[Dataset])
    assert_type(list(result.dicts()), list[dict[str, Any]])
    assert_type(result.status, dw.Status | None)
    assert_type(result.undecodable, list[dw.UndecodableMatch])
    assert_type(scu.find({"PatientID": "1", 0x0020000D: None}), dw.FindResult)
    assert_type(scu.find(Dataset(), return_keys=["PatientID"]), dw.FindResult)
    many = scu.find_many([{"StudyInstanceUID": "1.2"}], associations=2)
    assert_type(many.failures, list[dw.QueryFailure])
    scu.find(priority="urgent")  # type: ignore[arg-type]
    scu.match_study.connect(found)
    scu.match_study += found


def retrieval_progress(seen: dw.RetrieveProgress) -> None:
    """Take what a progress function takes."""
    assert_type(seen.remaining, int | None)


def retrieve(scu: dw.QueryRetrieveScu, receiver: dw.StorageReceiver, store: dw.StoreScu) -> None:
    """Check retrievals and their report."""
    report = scu.move("SOMEBODY", StudyInstanceUID="1.2", progress=retrieval_progress)
    assert_type(report, dw.RetrieveReport)
    assert_type(report.raise_for_failures(), dw.RetrieveReport)
    assert_type(report.instances, list[dw.RetrievedInstance])
    for target in (receiver, "directory", Path("directory"), sink):
        scu.move(receiver=target, StudyInstanceUID=["1.2", "1.3"], verify=True)
    for place in ("directory", Path("directory"), sink, store):
        assert_type(scu.get(place, StudyInstanceUID="1.2", sop_classes="common"), dw.RetrieveReport)
    scu.get(5, StudyInstanceUID="1.2")  # type: ignore[arg-type]


def scan() -> None:
    """Check tables of files."""
    result = dw.scan("directory", ["PatientName", 0x00100020, (0x10, 0x30)], workers=2)
    assert_type(result, dw.ScanResult)
    assert_type(result.errors, int)
    assert_type([row["PatientName"] for row in result], list[Any])
    dw.scan([Path("a"), "b"], "PatientID")
    dw.scan("directory", [1.5])  # type: ignore[list-item]


def errors(error: dw.AssociationRejected) -> None:
    """Check the attributes of errors."""
    assert_type(error.result, int | None)
    assert_type(error.reason_text, str)
    assert_type(error.is_transient, bool)


def commitment(scu: dw.StorageCommitmentScu, receiver: dw.StorageReceiver) -> None:
    """Check storage commitment and its result."""
    result = scu.request(["a.dcm", ("1.2", "1.3")], wait=None, listener=receiver)
    assert_type(result, dw.CommitmentResult)
    assert_type(result.wait(1.5), bool)
    assert_type(result.raise_for_failures(), dw.CommitmentResult)
    assert_type(result.committed, list[dw.CommitmentInstance])
    assert_type(result.failed[0].failure_reason, dw.Status | None)
    assert_type(result.transactions, tuple[dw.CommitmentTransaction, ...])
    assert_type(result.is_committed("1.3"), bool | None)
    scu.request("directory", listen=(11113, "0.0.0.0"), max_instances=100)
    scu.request("directory", listener="here")  # type: ignore[arg-type]
    assert_type(scu.expect("1.4", [Dataset()]), dw.CommitmentResult)
    options = dw.CommitmentOptions(wait=5, scu=scu)
    report = dw.StoreScu("AET@host:104").store("directory", commit=options)
    assert_type(report.commitment, dw.CommitmentResult | None)
    assert_type([one.committed for one in report.results], list[bool | None])

    @scu.commitment_result.connect
    def told(event: dw.hooks.CommitmentReported) -> None:
        assert_type(event.transaction, dw.CommitmentTransaction)


def printing(scu: dw.PrintScu, film: Film, plans: list[FilmPlan]) -> None:
    """Print, ask a printer, and go step by step."""
    report = scu.print(plans, by="session", on_failure="stop", wait=1.5)
    assert_type(report, dw.PrintReport)
    assert_type(report.raise_for_failures(), dw.PrintReport)
    assert_type(report.films, list[dw.FilmResult])
    assert_type(report.printed, int)
    assert_type(report.printer, dw.PrinterStatus | None)
    scu.print("ct.dcm", film=film, session=FilmSession(number_of_copies=2))
    scu.print(plans, by="box")  # type: ignore[arg-type]
    assert_type(scu.printer(), dw.PrinterStatus)
    assert_type(scu.printer_configuration().printers, tuple[dw.PrinterAbilities, ...])
    assert_type(scu.wait_for_print_job("1.2.3", 5), dw.PrintJob)
    assert_type(scu.create_film_session(), dw.NResult)
    assert_type(scu.create_film_box(film).image_box_uids, list[str])
    assert_type(scu.print_film_box().print_job_uid, str | None)

    def told(event: dw.PrinterReport) -> None:
        assert_type(event.printer_status, str | None)
        event.report.status = 0x0110

    scu.printer_report += told


def normalized(scu: dw.NormalizedScu) -> None:
    """Any N-service, and the reports of those who call back."""
    result = scu.n_create(Dataset(), "1.2.3", sop_class_uid="1.2")
    assert_type(result, dw.NResult)
    assert_type(result.raise_for_status(), dw.NResult)
    assert_type(result.status, dw.Status)
    assert_type(result.dataset, Dataset | None)
    assert_type(scu.n_get("1.2.3", ["PatientName", 0x00100020]), dw.NResult)
    assert_type(scu.wait_for_event_report(1.5), dw.EventReport | None)
    scu.n_action("1.2.3", "1")  # type: ignore[arg-type]

    def answer(event: dw.EventReport) -> None:
        event.status = 0x0110

    scu.event_report += answer
    with dw.EventListener("LISTENER", sop_classes=["1.2.3"]) as listener:
        assert_type(listener, dw.EventListener)
        listener.event_report.connect(answer)
        assert_type(listener.port, int)
    dw.StorageReceiver("RX", event_sop_classes=["1.2.3"]).event_report += answer


def procedure_steps(scu: dw.PerformedProcedureStepScu, item: Dataset) -> None:
    """Check performed procedure steps and their series."""
    result = scu.start_from_worklist(item, modality="CT")
    assert_type(result, dw.NResult)
    assert_type(scu.start_from_worklist([item, item], protocol_codes="A^B^C"), dw.NResult)
    assert_type(scu.create(item), dw.NResult)
    assert_type(scu.set("1.2.3", item, check=False), dw.NResult)
    series = dw.PerformedSeries.from_instances(["a", Path("b"), item], protocol_name="THORAX")
    assert_type(series, list[dw.PerformedSeries])
    scu.complete("1.2.3", series=series)
    scu.complete("1.2.3", series=[item], instances=Path("directory"))
    scu.discontinue("1.2.3", reason=("110501", "DCM", "Equipment failure"))
    scu.discontinue("1.2.3", reason=["110501", item])
    assert_type(scu.get("1.2.3", ["PatientName", 0x00100020]), dw.NResult)
    assert_type(scu.wait_for_event_report(1.5), dw.EventReport | None)
    assert_type(scu.state("1.2.3"), str | None)
    assert_type(dw.StepNotification(1).name, str)
    scu.start_from_worklist("item.dcm")  # type: ignore[arg-type]


def media(scu: dw.MediaCreationManagementScu) -> None:
    """Have a device write media."""
    request = scu.create_media("study", copies=2, priority="high", file_set_id="DOE")
    assert_type(request, dw.MediaCreationRequest)
    assert_type(request.raise_for_status(), dw.MediaCreationRequest)
    assert_type(request.created, dw.NResult | None)
    assert_type(scu.create([("1.2", "1.3")], label_text="DOE"), dw.MediaCreationRequest)
    assert_type(scu.initiate(request, copies=1), dw.NResult)
    assert_type(scu.status("1.2.3"), dw.MediaCreationStatus)
    assert_type(scu.wait(request, timeout=5, progress=print), dw.MediaCreationStatus)
    assert_type(scu.cancel(request), dw.NResult)
    scu.cancel()
    scu.create_media("study", fileset_id="DOE")  # type: ignore[call-arg]
    scu.create_media("study", priority="urgent")  # type: ignore[arg-type]


def patient_updates(scu: dw.PatientUpdaterScu, patient: Dataset) -> None:
    """Check updates, their results, and what is made of instances."""
    merge = dw.MergePatient(patient_id="A", patients_to_merge=["B"], study_instance_uids="1.2")
    dw.ChangePatient(original_patient_id="A", other_patient_ids=["B", dw.OtherPatientId("C")])
    dw.ChangeStudy(study_instance_uid="1.2", patient_size=1.8)
    dw.MergePatient()  # type: ignore[call-arg]
    assert_type(scu.merge_patient(merge), dw.PatientUpdateResult)
    assert_type(scu.delete_study(study_instance_uid="1.2").raise_for_status().not_found, bool)
    scu.merge_patient(dw.DeleteStudy(study_instance_uid="1.2"))  # type: ignore[arg-type]
    assert_type(dw.apply_locally(patient, merge, patient=patient), Dataset)
    assert_type(dw.apply_locally(patient, dw.DeleteStudy(study_instance_uid="1.2")), Dataset | None)
    assert_type(dw.decode_update("merge_patient", dw.encode_update(merge)), dw.PatientUpdate)
    dw.StoreScu("PACS@host:104").store("directory", rewrite=dw.rewrite_of(merge))
