"""Hypothesis strategies for pydicom data sets: every VR, sequences, private blocks, character sets.

What comes out is canonical: it has no padding of its own, so that reading what was written gives
an equal data set.
"""

from __future__ import annotations

import string
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CHARACTER_SETS", "CharacterSet", "data_sets", "values"]

ASCII = string.ascii_letters + string.digits + " !#%&'()*+,-./:;<>?@[]_`{|}"
_LATIN = "ÄÖÜäöüßéèçñØå"
_CYRILLIC = "ЛюкжмбдпЩя"
_GREEK = "Διονυσιος"
_KANJI = "山田太郎日本語"
_KATAKANA = "ﾔﾏﾀﾞﾀﾛｳ"
_HANGUL = "김희중洪吉洞"
_HANZI = "王小东张伟"


class CharacterSet(NamedTuple):
    """A value of (0008,0005) and characters that pydicom can write under it."""

    terms: str | list[str] | None
    alphabet: str
    # Whether pydicom writes the escape sequence without which nobody can read the text.
    is_readable: bool = True


CHARACTER_SETS = [
    CharacterSet(None, ASCII),
    CharacterSet("", ASCII),
    CharacterSet("ISO_IR 6", ASCII),
    CharacterSet("ISO_IR 100", ASCII + _LATIN),
    CharacterSet("ISO_IR 101", ASCII + "ÄÖÜßŁłčę"),
    CharacterSet("ISO_IR 109", ASCII + "ĦĥÖß"),
    CharacterSet("ISO_IR 110", ASCII + "ĄĸŖß"),
    CharacterSet("ISO_IR 144", ASCII + _CYRILLIC),
    CharacterSet("ISO_IR 127", ASCII + "قباني"),
    CharacterSet("ISO_IR 126", ASCII + _GREEK),
    CharacterSet("ISO_IR 138", ASCII + "שרון"),
    CharacterSet("ISO_IR 148", ASCII + "Çavuşoğlu"),
    CharacterSet("ISO_IR 166", ASCII + "นามสกุล"),
    CharacterSet("ISO_IR 13", _KATAKANA),
    CharacterSet("ISO_IR 192", ASCII + _LATIN + _CYRILLIC + _KANJI + _HANGUL + "𠮷😀"),
    CharacterSet("GB18030", ASCII + _HANZI + "㐀"),
    CharacterSet("GBK", ASCII + _HANZI),
    CharacterSet(["", "ISO 2022 IR 87"], ASCII + _KANJI),
    CharacterSet(["ISO 2022 IR 6", "ISO 2022 IR 149"], ASCII + _HANGUL),
    CharacterSet(["ISO 2022 IR 100", "ISO 2022 IR 144"], ASCII + _CYRILLIC),
    CharacterSet(["ISO 2022 IR 13", "ISO 2022 IR 87"], _KATAKANA),
    CharacterSet(["", "ISO 2022 IR 58"], ASCII + _HANZI, is_readable=False),
]

_DIGITS = st.text(string.digits, min_size=1, max_size=9)
_UIDS = st.lists(st.integers(0, 2**31), min_size=1, max_size=5).map(
    lambda parts: ".".join(["2", "25", *map(str, parts)])
)
_EVEN_BYTES = st.binary(max_size=48).map(lambda value: value[: len(value) // 2 * 2])
_DATES = st.dates().map(lambda date: f"{date:%Y%m%d}".zfill(8))
_TIMES = st.times().map(lambda time: f"{time:%H%M%S.%f}")
_DECIMALS = st.decimals(
    min_value=-(10**6), max_value=10**6, places=3, allow_nan=False, allow_infinity=False
).map(str)


def _words(alphabet: str, longest: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, max_size=longest).map(lambda text: text.strip(" "))


def _with_lines(alphabet: str) -> str:
    # pydicom loses katakana beside anything of ASCII (JIS X 0201). A line's end puts the first of
    # several character sets back in force (PS3.5 section 6.1.2.5.3), which pydicom forgets:
    # tests/codec/test_encode.py has that.
    ends = "\n" if alphabet.isascii() else ""
    return alphabet + "\\" + ends if "A" in alphabet else alphabet


def _names(alphabet: str) -> st.SearchStrategy[str]:
    letters = "".join(sorted(set(alphabet) - set(" ^=\\")))
    parts = st.lists(st.text(letters, max_size=6), min_size=1, max_size=5).map("^".join)
    groups = st.lists(parts, min_size=1, max_size=3)
    return groups.map("=".join).map(lambda name: name.rstrip("="))


# A value of each VR that has the same form under every character set.
_PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "AE": _words(ASCII, 16),
    "AS": st.integers(0, 999).map("{:03}Y".format),
    "AT": st.integers(0, 2**32 - 1).map(BaseTag),
    "CS": st.text(string.ascii_uppercase + string.digits + "_", max_size=16),
    "DA": _DATES,
    "DS": _DECIMALS,
    "DT": st.datetimes().map(lambda time: f"{time:%Y%m%d%H%M%S}".zfill(14)),
    "FD": st.floats(allow_nan=False),
    "FL": st.floats(allow_nan=False, width=32),
    "IS": st.integers(-(2**31), 2**31 - 1),
    "OB": _EVEN_BYTES,
    "OD": st.binary(max_size=6).map(lambda value: value * 8),
    "OF": st.binary(max_size=6).map(lambda value: value * 4),
    "OL": st.binary(max_size=6).map(lambda value: value * 4),
    "OV": st.binary(max_size=6).map(lambda value: value * 8),
    "OW": _EVEN_BYTES,
    "SL": st.integers(-(2**31), 2**31 - 1),
    "SS": st.integers(-(2**15), 2**15 - 1),
    "SV": st.integers(-(2**63), 2**63 - 1),
    "TM": _TIMES,
    "UI": _UIDS,
    "UL": st.integers(0, 2**32 - 1),
    "UN": _EVEN_BYTES,
    "UR": st.text(string.ascii_letters + ":/?#.", max_size=40),
    "US": st.integers(0, 2**16 - 1),
    "UV": st.integers(0, 2**64 - 1),
}
# What a value of each VR is in the character set.
_TEXT: dict[str, Callable[[str], st.SearchStrategy[Any]]] = {
    "LO": lambda alphabet: _words(alphabet, 30),
    "LT": lambda alphabet: _words(_with_lines(alphabet), 60).map(str.strip),
    "PN": _names,
    "SH": lambda alphabet: _words(alphabet, 8),
    "ST": lambda alphabet: _words(_with_lines(alphabet), 60).map(str.strip),
    "UC": lambda alphabet: _words(alphabet, 60),
    "UT": lambda alphabet: _words(_with_lines(alphabet), 60).map(str.strip),
}
_SINGLE = {"AS", "LT", "ST", "UT", "UR", "OB", "OD", "OF", "OL", "OV", "OW", "UN"}
_NUMBERS = {"AT", "FD", "FL", "IS", "DS", "SL", "SS", "SV", "UL", "US", "UV"}


def values(vr: str, alphabet: str = ASCII) -> st.SearchStrategy[Any]:
    """Values of a VR: none, one, or several where the VR may have several."""
    single = _TEXT[vr](alphabet) if vr in _TEXT else _PLAIN[vr]
    # numbers have nothing between two backslashes; text may
    nothing = st.none() if vr in _NUMBERS or vr.startswith("O") or vr == "UN" else st.just("")
    if vr in _SINGLE:
        return st.one_of(single, nothing)
    several = st.lists(single, min_size=2, max_size=4)
    if vr not in _NUMBERS:
        # A last value that is empty would be taken for padding.
        several = several.filter(lambda found: found[-1] != "")
    return st.one_of(single, single, several, nothing)


@cache
def _public_tags() -> dict[str, list[int]]:
    """Tags of the standard by VR, as far as the VR is always the same."""
    tags: dict[str, list[int]] = {}
    for tag, (vr, *_) in DicomDictionary.items():
        if tag >> 16 >= 0x0008 and tag & 0xFFFF and tag != 0x00080005 and len(vr) == 2:
            tags.setdefault(vr, []).append(tag)
    return tags


@st.composite
def _public_elements(draw: st.DrawFn, alphabet: str) -> DataElement:
    vr = draw(st.sampled_from(sorted({*_PLAIN, *_TEXT} & _public_tags().keys())))
    tag = draw(st.sampled_from(_public_tags()[vr]))
    return DataElement(Tag(tag), vr, draw(values(vr, alphabet)))


@st.composite
def _private_blocks(draw: st.DrawFn, alphabet: str) -> list[DataElement]:
    group = draw(st.sampled_from([0x0009, 0x0011, 0x0FFF, 0x7FE1]))
    block = draw(st.integers(0x10, 0xFF))
    creator = draw(st.text(string.ascii_uppercase, min_size=1, max_size=16))
    elements = [DataElement(Tag(group, block), "LO", f"TEST {creator}")]
    for number in draw(st.sets(st.integers(0, 0xFF), max_size=4)):
        vr = draw(st.sampled_from(sorted({*_PLAIN, *_TEXT} - {"UN"})))
        value = draw(values(vr, alphabet))
        elements.append(DataElement(Tag(group, block << 8 | number), vr, value))
    return elements


@st.composite
def data_sets(
    draw: st.DrawFn,
    *,
    depth: int = 3,
    inherited: str = ASCII,
    character_sets: list[CharacterSet] = CHARACTER_SETS,
    private: bool = True,
) -> Dataset:
    """Data sets with up to `depth` levels of sequences.

    `inherited` are the characters that the data set around can write.
    """
    dataset = Dataset()
    alphabet = inherited
    if draw(st.booleans()):
        terms, alphabet, _ = draw(st.sampled_from(character_sets))
        if terms is None:
            alphabet = inherited
        else:
            dataset.SpecificCharacterSet = terms
    for element in draw(st.lists(_public_elements(alphabet), max_size=8)):
        dataset.add(element)
    if private and draw(st.booleans()):
        for element in draw(_private_blocks(alphabet)):
            dataset.add(element)
    for tag in draw(st.sets(st.sampled_from(_public_tags()["SQ"]), max_size=2 if depth else 0)):
        items = draw(
            st.lists(
                data_sets(
                    depth=depth - 1,
                    inherited=alphabet,
                    character_sets=character_sets,
                    private=private,
                ),
                max_size=3,
            )
        )
        for item in items:
            item.is_undefined_length_sequence_item = draw(st.booleans())
        dataset.add(
            DataElement(Tag(tag), "SQ", Sequence(items), is_undefined_length=draw(st.booleans()))
        )
    return dataset
