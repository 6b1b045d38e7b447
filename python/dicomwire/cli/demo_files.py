"""The files of the demonstration: pydicom's own, and which of them are instances.

What can be sent is judged here by pydicom alone, so that the demonstration does not ask the code
under demonstration what to expect of it.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from dicomwire.uids import is_valid_uid

__all__ = ["DemoFile", "corpus_directories", "demo_files", "rounds"]

_MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file and what pydicom makes of it.

    Attributes
    ----------
    path : Path
        Where it is.
    sop_instance_uid : str or None
        What it holds, None if that is no instance.
    transfer_syntax : str or None
        What its file meta information says.
    why_not : str or None
        Why it cannot be sent; None if it can.
    is_directory_record : bool
        Whether it is a DICOMDIR, which as a source stands for the files it names.
    """

    path: Path
    sop_instance_uid: str | None = None
    transfer_syntax: str | None = None
    why_not: str | None = None
    is_directory_record: bool = False


def corpus_directories() -> list[Path]:
    """Find the directories of pydicom's files, and of pydicom-data's if that is installed.

    pydicom's own functions for this would download what is missing.
    """
    candidates = [
        Path(place) / below
        # pydicom-data calls its import package data_store.
        for package, below in (("pydicom", "data/test_files"), ("data_store", "data"))
        if (spec := importlib.util.find_spec(package)) is not None
        for place in spec.submodule_search_locations or []
    ]
    return [place for place in candidates if place.is_dir()]


def demo_files() -> list[DemoFile]:
    """Look at every file of the corpora."""
    paths = [path for place in corpus_directories() for path in sorted(place.rglob("*"))]
    return [_look_at(path) for path in paths if path.is_file()]


def _look_at(path: Path) -> DemoFile:
    """Ask pydicom what a file is."""
    from pydicom import dcmread

    try:
        with warnings.catch_warnings(record=True) as complaints:
            warnings.simplefilter("always")
            # With its pixel data, to learn whether that has an end.
            dataset = dcmread(path, force=True)
            meta = dataset.file_meta
            sop_class = dataset.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID")
            instance = dataset.get("SOPInstanceUID") or meta.get("MediaStorageSOPInstanceUID")
            syntax = meta.get("TransferSyntaxUID")
    except Exception as error:  # noqa: BLE001 - these files are there to break readers
        return DemoFile(path, why_not=f"pydicom cannot read it: {error}")
    if sop_class == _MEDIA_STORAGE_DIRECTORY:
        reason = "a DICOMDIR names instances, it is none"
        return DemoFile(path, why_not=reason, is_directory_record=True)
    if not sop_class or not instance:
        return DemoFile(path, why_not="no SOP Class UID or SOP Instance UID in it")
    why_not = _what_is_wrong(path, str(instance), [str(item.message) for item in complaints])
    return DemoFile(path, str(instance), str(syntax) if syntax else None, why_not)


def _what_is_wrong(path: Path, instance: str, complaints: list[str]) -> str | None:
    """Say what is wrong on purpose with a file that holds an instance."""
    if not is_valid_uid(instance):
        return "its SOP Instance UID is no valid UID"
    # pydicom takes a value that is cut short as it is, without a word: the name has to tell.
    if "truncated" in path.name or any("End of file reached" in text for text in complaints):
        return "truncated on purpose"
    if any("found implicit VR" in text for text in complaints):
        return "its data set is not in the transfer syntax that it declares"
    return None


def rounds(files: list[DemoFile]) -> list[list[DemoFile]]:
    """Divide files so that no SOP instance occurs twice in a round.

    The corpora hold the same instance in several transfer syntaxes. Sent one after the other
    into directories of their own, each received file has one source it must equal.
    """
    divided: list[list[DemoFile]] = []
    occurrences: Counter[str] = Counter()
    for file in files:
        number = 0
        if file.sop_instance_uid is not None:
            number = occurrences[file.sop_instance_uid]
            occurrences[file.sop_instance_uid] += 1
        if number == len(divided):
            divided.append([])
        divided[number].append(file)
    return divided
