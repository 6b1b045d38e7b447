"""The instances of a retrieval, asked for level by level."""

from __future__ import annotations

import pytest
from pydicom import Dataset

from dicomwire.scu.instance_list import (
    classes_in_studies,
    classes_of_instances,
    instances_of,
    unique_keys,
)

STUDY_ROOT = ("STUDY", "SERIES", "IMAGE")
PATIENT_ROOT = ("PATIENT", *STUDY_ROOT)
UNIQUE = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
# Patient, study, series, image.
TREE = [
    ("P", "1.1", "1.1.1", "1.1.1.1"),
    ("P", "1.1", "1.1.1", "1.1.1.2"),
    ("P", "1.1", "1.1.2", "1.1.2.1"),
    ("P", "1.2", "1.2.1", "1.2.1.1"),
]


def dataset(**values):
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


class Archive:
    """Answers from the tree, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def ask(self, level, keys, return_keys):
        self.asked.append((level, dict(keys)))
        depth = list(UNIQUE).index(level)
        found = {}
        for row in TREE:
            named = dict(zip(UNIQUE.values(), row, strict=True))
            if all(named[keyword] == value for keyword, value in keys.items()):
                found[row[: depth + 1]] = named
        for named in found.values():
            match = dataset(**{UNIQUE[level]: named[UNIQUE[level]]})
            if "SOPClassUID" in return_keys:
                match.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
            yield match


def test_a_study_series_by_series():
    archive = Archive()
    identifier = dataset(StudyInstanceUID="1.1")
    found = instances_of(identifier, "STUDY", STUDY_ROOT, archive.ask, relational=False)
    assert list(found) == ["1.1.1.1", "1.1.1.2", "1.1.2.1"]
    assert set(found.values()) == {"1.2.840.10008.5.1.4.1.1.2"}
    assert archive.asked == [
        ("SERIES", {"StudyInstanceUID": "1.1"}),
        ("IMAGE", {"StudyInstanceUID": "1.1", "SeriesInstanceUID": "1.1.1"}),
        ("IMAGE", {"StudyInstanceUID": "1.1", "SeriesInstanceUID": "1.1.2"}),
    ]


def test_relational_queries_ask_once():
    archive = Archive()
    identifier = dataset(StudyInstanceUID="1.1")
    found = instances_of(identifier, "STUDY", STUDY_ROOT, archive.ask, relational=True)
    assert len(found) == 3
    assert archive.asked == [("IMAGE", {"StudyInstanceUID": "1.1"})]


def test_a_patient_study_by_study():
    archive = Archive()
    identifier = dataset(PatientID="P")
    found = instances_of(identifier, "PATIENT", PATIENT_ROOT, archive.ask, relational=False)
    assert list(found) == [row[3] for row in TREE]
    assert archive.asked[0] == ("STUDY", {"PatientID": "P"})
    # The keys of all levels above are in every query.
    assert all(keys["PatientID"] == "P" for _, keys in archive.asked)


@pytest.mark.parametrize(
    ("level", "values", "expected"),
    [
        ("STUDY", {"StudyInstanceUID": ["1.1", "1.2"]}, [row[3] for row in TREE]),
        (
            "SERIES",
            {"StudyInstanceUID": "1.1", "SeriesInstanceUID": ["1.1.1", "1.1.2"]},
            ["1.1.1.1", "1.1.1.2", "1.1.2.1"],
        ),
        (
            "IMAGE",
            {
                "StudyInstanceUID": "1.1",
                "SeriesInstanceUID": "1.1.1",
                "SOPInstanceUID": ["1.1.1.2", "9.9"],
            },
            ["1.1.1.2"],
        ),
    ],
)
def test_lists_of_uids(level, values, expected):
    found = instances_of(dataset(**values), level, STUDY_ROOT, Archive().ask, relational=False)
    assert list(found) == expected


def test_keys_without_a_value_are_none():
    identifier = dataset(PatientID="", StudyInstanceUID=["1.1", "1.2"])
    assert unique_keys(identifier) == {"STUDY": ["1.1", "1.2"]}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("1.2.3", {"1.2.3"}), (["1.2.3", "1.2.4"], {"1.2.3", "1.2.4"}), (None, None), ("", None)],
)
def test_the_classes_of_a_study(answer, expected):
    def ask(level, keys, return_keys):
        assert (level, return_keys) == ("STUDY", ["SOPClassesInStudy"])
        return [dataset() if answer is None else dataset(SOPClassesInStudy=answer)]

    assert classes_in_studies(dataset(StudyInstanceUID="1.1"), ask) == expected


def test_the_classes_of_instances():
    archive = Archive()
    identifier = dataset(StudyInstanceUID="1.1")
    found = classes_of_instances(identifier, "STUDY", STUDY_ROOT, archive.ask, relational=False)
    assert found == {"1.2.840.10008.5.1.4.1.1.2"}
    assert len(archive.asked) == 3


def test_the_first_instance_without_a_class_ends_the_asking():
    archive = Archive()

    def ask(level, keys, return_keys):
        return archive.ask(level, keys, [])

    identifier = dataset(StudyInstanceUID="1.1")
    found = classes_of_instances(identifier, "STUDY", STUDY_ROOT, ask, relational=False)
    assert found is None
    assert [level for level, _ in archive.asked] == ["SERIES", "IMAGE"]
