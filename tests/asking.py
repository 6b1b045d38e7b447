"""The same query, asked by others: DCMTK's findscu and pynetdicom."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from comparing import differences, read
from patient_pynetdicom import make_patient
from processes import find_program
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pynetdicom import AE, build_context
from pynetdicom import sop_class as classes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pynetdicom.association import Association

Model = Literal["STUDY_ROOT", "PATIENT_ROOT", "PATIENT_STUDY_ONLY", "MODALITY_WORKLIST"]

_FIND_UIDS = {
    "STUDY_ROOT": classes.StudyRootQueryRetrieveInformationModelFind,
    "PATIENT_ROOT": classes.PatientRootQueryRetrieveInformationModelFind,
    "PATIENT_STUDY_ONLY": classes.PatientStudyOnlyQueryRetrieveInformationModelFind,
    "MODALITY_WORKLIST": classes.ModalityWorklistInformationFind,
}
_FINDSCU_OPTIONS = {
    "STUDY_ROOT": "-S",
    "PATIENT_ROOT": "-P",
    "PATIENT_STUDY_ONLY": "-O",
    "MODALITY_WORKLIST": "-W",
}
make_patient()

_SUCCESS = 0x0000
_PENDING = (0xFF00, 0xFF01)


def keys(level: str | None = None, **values: object) -> Dataset:
    """Make a query of keywords and values."""
    query = Dataset()
    if level is not None:
        query.QueryRetrieveLevel = level
    for keyword, value in values.items():
        setattr(query, keyword, value)
    return query


def ask_findscu(peer: str, query: Dataset, model: Model = "STUDY_ROOT") -> list[Dataset]:
    """Ask with findscu and return the matches in the order they came."""
    title, address = peer.split("@")
    host, port = address.split(":")
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "query"
        query.file_meta = FileMetaDataset()
        query.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        query.file_meta.MediaStorageSOPClassUID = _FIND_UIDS[model]
        query.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        query.save_as(file, enforce_file_format=True)
        command = [find_program("findscu"), _FINDSCU_OPTIONS[model], "--call", title]
        command += ["--extract", "--output-directory", home, host, port, str(file)]
        done = subprocess.run(
            command,
            env={**os.environ, "TCP_NODELAY": "1"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return [_whole(read(path)) for path in sorted(Path(home).glob("rsp*.dcm"))]


def _whole(dataset: Dataset) -> Dataset:
    """Decode everything before its file is gone."""
    dataset.decode()
    return dataset


def ask_pynetdicom(peer: str, query: Dataset, model: Model = "STUDY_ROOT") -> list[Dataset]:
    """Ask with pynetdicom and return the matches in the order they came."""
    uid = _FIND_UIDS[model]
    with _associated(peer, uid) as association:
        matches = []
        status = None
        for answer, identifier in association.send_c_find(query, uid):
            status = answer.get("Status")
            if status in _PENDING:
                matches.append(identifier)
        assert status == _SUCCESS, f"pynetdicom's query ended with {status}"
        return matches


def unlike_matches(ours: list[Dataset], theirs: list[Dataset]) -> list[str]:
    """List how two answers to a query differ; the order of matches is the peer's to choose."""
    if len(ours) != len(theirs):
        return [f"{len(ours)} matches instead of {len(theirs)}"]
    pairs = zip(sorted(ours, key=_order), sorted(theirs, key=_order), strict=True)
    return [line for pair in pairs for line in differences(pair[1], pair[0])]


def _order(match: Dataset) -> list[str]:
    keywords = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    return [str(match.get(keyword, "")) for keyword in keywords]


@contextlib.contextmanager
def _associated(peer: str, uid: str) -> Iterator[Association]:
    title, address = peer.split("@")
    host, port = address.split(":")
    entity = AE("PYNETDICOM")
    entity.requested_contexts = [build_context(uid)]
    association = entity.associate(host, int(port), ae_title=title)
    assert association.is_established, f"pynetdicom does not get an association with {peer}"
    try:
        yield association
    finally:
        association.release()
