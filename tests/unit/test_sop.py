"""Names of SOP classes and transfer syntaxes."""

from __future__ import annotations

import pytest

from dicomwire import sop


def test_classes_by_keyword() -> None:
    assert sop.CTImageStorage == "1.2.840.10008.5.1.4.1.1.2"
    assert sop.uid_of("Verification") == sop.VERIFICATION


def test_unknown_keywords() -> None:
    with pytest.raises(AttributeError, match="NoSuchStorage"):
        _ = sop.NoSuchStorage
    with pytest.raises(KeyError, match="NoSuchStorage"):
        sop.uid_of("NoSuchStorage")
    assert not hasattr(sop, "no_such_function")


def test_names() -> None:
    assert sop.name("1.2.840.10008.5.1.4.1.1.2") == "CT Image Storage"
    assert sop.keyword("1.2.840.10008.5.1.4.1.1.2") == "CTImageStorage"
    assert sop.name("1.2.3.4") == "1.2.3.4"
    assert sop.keyword("1.2.3.4") is None


@pytest.mark.parametrize(
    ("uid", "name"),
    [
        ("1.2.840.10008.1.2.1", "Explicit VR Little Endian"),
        ("1.2.840.10008.1.2.4.50", "JPEG Baseline"),
        ("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless"),
        ("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless"),
        ("1.2.840.10008.1.2.4.91", "JPEG 2000"),
        ("1.2.3.4", "1.2.3.4"),
    ],
)
def test_short_names_of_transfer_syntaxes(uid: str, name: str) -> None:
    assert sop.transfer_syntax_name(uid) == name


def test_storage_classes_cover_pynetdicom_s() -> None:
    from pynetdicom.presentation import StoragePresentationContexts

    theirs = {context.abstract_syntax for context in StoragePresentationContexts}
    assert theirs <= set(sop.storage_classes())


def test_storage_classes_are_nothing_else() -> None:
    classes = sop.storage_classes()
    assert len(classes) == len(set(classes)) > 150
    for uid in ("1.2.840.10008.1.3.10", "1.2.840.10008.1.20.1", sop.VERIFICATION):
        assert uid not in classes
