"""A few hundred broken files, read by us and by pydicom; `make fuzz` compares many more."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from differential import CLASSES, unknown
from mutants import Mutant, mutants

MUTANTS = 200


def test_mutants_are_the_same_for_the_same_seed():
    assert list(islice(mutants(7), 5)) == list(islice(mutants(7), 5))


def test_broken_files_are_read_as_pydicom_reads_them_or_differ_in_a_known_way():
    seen: Counter[str] = Counter()
    for number, mutant in enumerate(islice(mutants(1), MUTANTS)):
        new = unknown(mutant, seen)
        assert not new, (number, mutant.origin, mutant.syntax, new)
    # Most are read alike; the kinds of difference are met at all.
    assert len(set(seen) & set(CLASSES)) >= 3
    assert seen.total() - seen["mutants"] < MUTANTS / 2


def test_a_difference_of_no_known_kind_is_told(monkeypatch):
    """A damaged file that pydicom reads otherwise fails once nobody has looked at its kind."""
    zeros = b"\x08\x00\x60\x00CS\x02\x00CT" + bytes(8)
    meta = b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0"
    content = bytes(128) + b"DICM\x02\0\0\0UL\x04\0\x1c\0\0\0" + meta + zeros
    mutant = Mutant("none", "1.2.840.10008.1.2.1", content)
    assert not unknown(mutant, Counter())
    monkeypatch.setattr("differential.CLASSES", {})
    assert unknown(mutant, Counter()) == ["elements ['(0000,0000)']"]
