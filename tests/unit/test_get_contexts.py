"""Storage classes divided over the associations of a C-GET."""

from __future__ import annotations

import pytest

from dicomwire import sop
from dicomwire.scu.get_contexts import UNCOMPRESSED, common_classes, plan, provider_roles

GET = "1.2.840.10008.5.1.4.1.2.2.3"
CT = sop.CTImageStorage
MR = sop.MRImageStorage
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"


def syntaxes_by_class(part):
    found = {}
    for context in part[1:]:
        found.setdefault(context.abstract_syntax, []).append(tuple(context.transfer_syntaxes))
    return found


def classes_of(parts):
    return [uid for part in parts for uid in syntaxes_by_class(part)]


@pytest.mark.parametrize("count", [1, 2, 6, 7, 30, 63, 64, 127, 128, 147, 148, 300])
def test_every_association_holds_what_it_may(count):
    classes = [f"1.2.3.{number}" for number in range(count)]
    parts = plan(GET, classes)
    for part in parts:
        assert len(part) <= 128
        assert [context.id for context in part] == list(range(1, 2 * len(part), 2))
        assert part[0].abstract_syntax == GET
        assert all(syntaxes[0] == UNCOMPRESSED for syntaxes in syntaxes_by_class(part).values())
    assert classes_of(parts) == classes


def test_few_classes_come_as_they_are_stored():
    (part,) = plan(GET, [CT, MR])
    for syntaxes in syntaxes_by_class(part).values():
        assert (JPEG_LOSSLESS,) in syntaxes
        # One for each, or the peer would choose.
        assert all(len(group) == 1 for group in syntaxes[1:])
        assert len(syntaxes) > 20


def test_more_classes_have_fewer_compressed_syntaxes():
    (part,) = plan(GET, [f"1.2.3.{number}" for number in range(42)])
    assert {len(syntaxes) for syntaxes in syntaxes_by_class(part).values()} == {3}


def test_classes_that_fill_an_association_come_uncompressed():
    (part,) = plan(GET, [f"1.2.3.{number}" for number in range(127)])
    assert {len(syntaxes) for syntaxes in syntaxes_by_class(part).values()} == {1}


def test_all_classes_need_several_associations():
    parts = plan(GET, common_classes())
    assert len(parts) > 1
    assert sorted(classes_of(parts)) == sorted(sop.storage_classes())
    first = syntaxes_by_class(parts[0])
    assert (JPEG_LOSSLESS,) in first[CT]
    assert {len(syntaxes) for syntaxes in first.values()} == {6}


def test_a_class_named_twice_is_proposed_once():
    (part,) = plan(GET, [CT, CT], [UNCOMPRESSED[1]])
    assert len(part) == 2


def test_only_the_syntaxes_that_are_wanted():
    (part,) = plan(GET, [CT], [JPEG_LOSSLESS])
    assert syntaxes_by_class(part) == {CT: [(JPEG_LOSSLESS,)]}
    (part,) = plan(GET, [CT], [UNCOMPRESSED[1], JPEG_LOSSLESS])
    assert syntaxes_by_class(part) == {CT: [(UNCOMPRESSED[1],), (JPEG_LOSSLESS,)]}


def test_we_are_the_provider_of_each_class():
    (part,) = plan(GET, [CT, MR])
    roles = provider_roles(part)
    assert [role.sop_class_uid for role in roles] == [CT, MR]
    assert all(role.scp and not role.scu for role in roles)


def test_frequent_classes_come_first():
    assert common_classes()[0] == CT
    assert set(common_classes()) == set(sop.storage_classes())
