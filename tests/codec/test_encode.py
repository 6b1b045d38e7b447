"""encode(): what goes in, what comes out, and what is refused with its reason."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, time
from io import BytesIO

import numpy as np
import pytest
from pydicom.config import settings
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID
from pydicom.valuerep import DA, DT, IS, TM, DSdecimal, DSfloat, PersonName
from pydicom_writing import BIG, DEFLATED, EXPLICIT, IMPLICIT, by_pydicom, by_us, inflated

import dicomwire as dw

JPEG = "1.2.840.10008.1.2.4.50"
PRIVATE = Tag(0x00091001)


def one(tag, vr, value, **options):
    dataset = Dataset()
    dataset.add(DataElement(Tag(tag), vr, value, **options))
    return dataset


def raw(tag, vr, value, *, implicit=False, little=True, length=None):
    length = len(value) if length is None else length
    element = RawDataElement(BaseTag(tag), vr, length, value, 0, implicit, little)
    dataset = Dataset({BaseTag(tag): element})
    dataset.set_original_encoding(implicit, little, "iso8859")
    return dataset


def error(dataset, uid=EXPLICIT):
    with pytest.raises(dw.EncodeError) as caught:
        dw.encode(dataset, uid)
    return caught.value


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("DS", DSfloat("1.50 ")),
        ("DS", DSfloat(1 / 3, auto_format=True)),
        ("DS", [DSfloat("1"), DSfloat(2.5)]),
        ("DS", DSdecimal("1.10")),
        ("DS", " "),
        ("IS", IS("007")),
        ("IS", [IS("1"), IS(-2)]),
        ("DA", DA("20260102")),
        ("DA", date(2026, 1, 2)),
        ("DA", [DA("20260102"), DA(date(1999, 12, 31))]),
        ("TM", TM("101112.000013")),
        ("TM", time(10, 11, 12, 13)),
        ("DT", DT("2026010203+0100")),
        ("DT", datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("AT", [0x00100010, (0x0010, 0x0020)]),
        ("AT", 0x7FE00010),
        ("PN", PersonName("A^B=C^D")),
        ("PN", [PersonName("A"), PersonName(b"B^C")]),
        ("LO", ["A", "", "C"]),
        ("LO", b"bytes"),
        ("LT", "one\\two\r\n"),
        ("UI", UID("1.2.3")),
        ("UI", ["1.2.3", "4.5"]),
        ("US", np.uint16(3)),
        ("US", [np.uint16(3), 4]),
        ("FD", np.float32(0.5)),
        ("FL", [0.1, 3]),
        ("OB", b"odd"),
        ("OB", bytearray(b"abc")),
        ("OW", memoryview(b"abcd")),
        ("OW", np.arange(6, dtype="<u2").reshape(2, 3)),
        ("OB", BytesIO(b"buffered")),
        ("OW", BytesIO(b"")),
        ("UN", b"odd"),
        ("SQ", []),
        ("CS", ""),
        ("US", None),
    ],
)
@pytest.mark.parametrize("uid", [IMPLICIT, EXPLICIT])
def test_objects_of_all_kinds(vr, value, uid):
    def dataset():
        made = Dataset()
        element = DataElement(PRIVATE, vr, value)
        if isinstance(value, (bytearray, date, time)):
            # pydicom would convert these, but takes them when they are there.
            element._value = value
        made.add(element)
        return made

    assert by_us(dataset(), uid, most_fallbacks=1) == by_pydicom(dataset(), uid)


def test_text_outside_the_character_set_is_replaced_with_a_warning():
    dataset = one(0x00100020, "LO", "Ω")
    with pytest.warns(UserWarning, match="Failed to encode"):
        ours = dw.encode(dataset, EXPLICIT)
    with pytest.warns(UserWarning, match="Failed to encode"):
        assert ours == by_pydicom(dataset, EXPLICIT)


def test_text_outside_the_character_set_is_an_error_when_pydicom_is_strict():
    dataset = one(0x00100020, "LO", "Ω")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "_writing_validation_mode", 2)
        found = error(dataset)
    assert found.path == "(0010,0020)"
    assert "PatientID" in str(found)


def test_items_inherit_the_character_set():
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 144"
    inner, own = Dataset(), Dataset()
    inner.PatientName = own.PatientName = "Люкжмб"
    own.SpecificCharacterSet = "ISO_IR 192"
    dataset.ReferencedPatientSequence = [inner, own]
    encoded = by_us(dataset, EXPLICIT)
    assert encoded == by_pydicom(copy.deepcopy(dataset), EXPLICIT)
    assert "Люкж".encode("iso8859-5") in encoded
    assert "Люкж".encode() in encoded


def test_a_changed_character_set_encodes_what_was_read_anew():
    def changed():
        dataset = raw(0x00100020, "LO", b"\xc4 ")
        dataset.SpecificCharacterSet = "ISO_IR 192"
        return dataset

    assert by_us(changed(), EXPLICIT).endswith(b"\x02\0\xc3\x84")
    assert by_us(changed(), EXPLICIT) == by_pydicom(changed(), EXPLICIT)


def with_item(character_set, name):
    dataset, item = Dataset(), Dataset()
    dataset.SpecificCharacterSet = character_set
    dataset.PatientName = item.PatientName = item.StudyDescription = name
    dataset.ReferencedStudySequence = [item]
    return dw.decode(dw.encode(dataset, EXPLICIT), EXPLICIT)


def names_in_items(dataset):
    again = dw.decode(dw.encode(dataset, EXPLICIT), EXPLICIT)
    return [str(item.PatientName) for item in again.ReferencedStudySequence] + [
        item.StudyDescription for item in again.ReferencedStudySequence
    ]


def test_a_changed_character_set_encodes_items_anew_that_inherit_it():
    dataset = with_item("ISO_IR 100", "Müller")
    dataset.SpecificCharacterSet = "ISO_IR 192"
    assert names_in_items(dataset) == ["Müller", "Müller"]


def test_items_of_data_sets_in_other_character_sets():
    dataset, other = with_item("ISO_IR 192", "Bär"), with_item("ISO_IR 100", "Müller")
    dataset.ReferencedStudySequence.append(other.ReferencedStudySequence[0])
    assert names_in_items(dataset) == ["Bär", "Müller", "Bär", "Müller"]
    dataset["ReferencedStudySequence"] = with_item("ISO_IR 144", "Люк")["ReferencedStudySequence"]
    assert names_in_items(dataset) == ["Люк", "Люк"]


def test_words_change_their_byte_order():
    words = b"\x01\x02\x03\x04\x05\x06\x07\x08"
    for vr, width in (("OW", 2), ("OL", 4), ("OF", 4), ("OD", 8), ("OV", 8), ("OB", 1)):
        swapped = b"".join(words[at : at + width][::-1] for at in range(0, 8, width))
        assert dw.encode(one(PRIVATE, vr, words), BIG).endswith(swapped), vr
        assert dw.encode(raw(PRIVATE, vr, words, little=False), EXPLICIT).endswith(swapped), vr
        assert dw.encode(raw(PRIVATE, vr, words, little=False), BIG).endswith(words), vr
        assert dw.encode(one(PRIVATE, vr, words), EXPLICIT).endswith(words), vr


def test_stored_elements_of_data_sets_in_the_other_byte_order():
    dataset = Dataset()
    dataset.Rows, dataset.PatientID = 258, "A"
    dataset.add_new(0x00281201, "OW", b"\1\2\3\4")
    big = dw.decode(dw.encode(dataset, BIG), BIG)
    little = dw.decode(dw.encode(one("PatientName", "PN", "B"), EXPLICIT), EXPLICIT)
    for tag in big.keys():  # noqa: SIM118 (not the elements)
        little[tag] = big.get_item(tag)
    again = dw.decode(dw.encode(little, EXPLICIT), EXPLICIT)
    assert (again.Rows, again.PatientID, again[0x00281201].value) == (258, "A", b"\1\2\3\4")


def test_long_values_of_short_vrs_become_unknown_with_a_warning():
    dataset = one(0x00081110, "LO", ["A" * 60] * 2000)
    dataset[0x00081110].tag = Tag(0x00081110)
    with pytest.warns(UserWarning, match="is written as UN"):
        encoded = dw.encode(dataset, EXPLICIT)
    assert encoded[4:8] == b"UN\0\0"
    with pytest.warns(UserWarning, match="is changed from 'LO' to 'UN'"):
        assert encoded == by_pydicom(dataset, EXPLICIT)
    assert by_us(dataset, IMPLICIT) == by_pydicom(dataset, IMPLICIT)


def test_large_values_are_not_copied():
    from dicomwire._core import encode_data_set

    pixels = bytes(1 << 20)
    dataset = one(0x7FE00010, "OB", pixels)
    dataset.PatientID = "A-1"
    pieces, _ = encode_data_set(dataset, EXPLICIT, False)
    assert [len(piece) for piece in pieces] == [24, 1 << 20]
    assert pieces[1] is pixels
    assert dw.encode(dataset, EXPLICIT) == by_pydicom(dataset, EXPLICIT)
    assert inflated(dw.encode(dataset, DEFLATED)) == by_pydicom(dataset, EXPLICIT)


def test_ambiguous_vrs_are_decided_and_the_data_set_is_left_alone():
    dataset = Dataset()
    dataset.PixelRepresentation = 1
    dataset.BitsAllocated = 16
    dataset.SmallestImagePixelValue = -2
    dataset.PixelData = b"\1\1"
    dataset.LUTDescriptor = [0, 0, 16]
    item = Dataset()
    item.PixelPaddingValue = -3
    dataset.SourceImageSequence = [item]
    before = copy.deepcopy(dataset)
    for uid in (IMPLICIT, EXPLICIT, BIG):
        assert by_us(dataset, uid) == by_pydicom(copy.deepcopy(dataset), uid)
    assert dataset == before
    assert dataset["PixelData"].VR == "OB or OW"


def test_an_ambiguous_vr_that_nothing_decides():
    dataset = Dataset()
    dataset.PixelData = b"\0\1"
    found = error(dataset)
    assert found.path == "(7FE0,0010)"
    assert "BitsAllocated" in str(found)
    assert "set DataElement.VR" in str(found)


def test_encapsulated_pixel_data():
    dataset = Dataset()
    dataset.BitsAllocated = 8
    dataset.PixelData = encapsulate([b"frame one ", b"frame two "])
    dataset["PixelData"].VR = "OB"
    encoded = dw.encode(dataset, JPEG)
    assert encoded.endswith(b"frame two \xfe\xff\xdd\xe0\0\0\0\0")
    dataset["PixelData"].is_undefined_length = True
    assert encoded == by_pydicom(dataset, JPEG)
    for uid in (IMPLICIT, EXPLICIT, BIG, DEFLATED):
        assert "decompress it" in str(error(dataset, uid))


def test_native_pixel_data_for_a_compressed_syntax():
    dataset = one(0x7FE00010, "OB", b"native")
    found = error(dataset, JPEG)
    assert found.path == "(7FE0,0010)"
    assert "not encapsulated as JPEG Baseline" in str(found)
    assert "PS3.5 section A.4" in str(found)


@pytest.mark.parametrize(
    ("tag", "vr", "value", "says"),
    [
        (0x00280010, "US", 70000, "70000 does not fit VR US (0 to 65535)"),
        (0x00280010, "US", -1, "-1 does not fit VR US"),
        (0x00189219, "SS", [1, 40000], "40000 does not fit VR SS"),
        (0x00080060, "CS", "Ω", "outside the default repertoire"),
    ],
)
def test_values_that_do_not_fit(tag, vr, value, says):
    dataset = Dataset()
    element = DataElement(Tag(tag), vr, None)
    element._value = value
    dataset.add(element)
    found = error(dataset)
    assert found.path == str(Tag(tag)).replace(" ", "").upper()
    assert says in str(found)
    assert element.keyword in str(found)


def test_an_error_in_an_item_names_its_path():
    inner = Dataset()
    inner.Rows = 1
    inner["Rows"]._value = "many"
    middle = Dataset()
    middle.SourceImageSequence = [Dataset(), inner]
    dataset = Dataset()
    dataset.ReferencedSeriesSequence = [middle]
    found = error(dataset)
    assert found.path == "(0008,1115)[0].(0008,2112)[1].(0028,0010)"
    assert "remove the element" in str(found)
    assert found.__cause__ is not None


def test_a_data_set_inside_itself():
    dataset = Dataset()
    dataset.SourceImageSequence = [dataset]
    assert "nest deeper than 64" in str(error(dataset))


@pytest.mark.parametrize("tag", [0x00000100, 0x00020010])
def test_elements_of_other_sets(tag):
    dataset = Dataset()
    dataset._dict[BaseTag(tag)] = DataElement(Tag(tag), "UI", "1.2")
    assert error(dataset).path == str(Tag(tag))


def test_unknown_transfer_syntaxes():
    assert "no transfer syntax of DICOM" in str(error(Dataset(), "1.2.840.10008.1.1"))
    assert "no transfer syntax that is known" in str(error(Dataset(), "1.2.3"))
    private = UID("1.2.3")
    private.set_private_encoding(False, True)
    dataset = one(0x00100020, "LO", "A-1")
    assert dw.encode(dataset, private) == by_us(dataset, EXPLICIT)


def test_what_is_no_data_set():
    with pytest.raises(TypeError, match="must be a pydicom Dataset, not dict"):
        dw.encode({}, EXPLICIT)
    assert dw.encode(Dataset(), EXPLICIT) == b""


def test_classes_that_are_not_known_are_written_by_pydicom():
    class Shouting(Dataset):
        def __getitem__(self, key):
            element = copy.copy(super().__getitem__(key))
            if element.VR == "LO":
                element.value = element.value.upper()
            return element

    class Short(DataElement):
        pass

    dataset = Shouting()
    dataset.PatientID = "abc"
    assert dw.encode(dataset, EXPLICIT).endswith(b"ABC ")
    dataset = Dataset()
    dataset.add(Short(Tag(0x00100020), "LO", "abc"))
    assert by_us(dataset, EXPLICIT, most_fallbacks=1) == by_pydicom(dataset, EXPLICIT)


def test_what_a_handler_of_pydicom_makes_of_stored_values_is_written(monkeypatch):
    monkeypatch.setattr(
        "pydicom.config.data_element_callback", lambda raw, **_: raw._replace(value=b"other ")
    )
    assert dw.encode(raw(0x00100020, "LO", b"stored"), IMPLICIT).endswith(b"other ")


def test_ctrl_c_goes_through():
    class Interrupted(BytesIO):
        def read(self, *_):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dw.encode(one(PRIVATE, "OB", Interrupted(b"ab")), EXPLICIT)


def test_the_order_of_elements_and_group_lengths():
    dataset = Dataset()
    for tag in (0x00200010, 0x00100010, 0x00080060):
        dataset.add(DataElement(Tag(tag), "LO", "A"))
    dataset.add(DataElement(Tag(0x00100000), "UL", 99))
    assert by_us(dataset, EXPLICIT) == by_pydicom(dataset, EXPLICIT)
    assert b"UL" not in by_us(dataset, EXPLICIT)


def test_sequences_of_both_forms():
    item = Dataset()
    item.PatientID = "A"
    for undefined in (False, True):
        item.is_undefined_length_sequence_item = undefined
        dataset = one(0x00400275, "SQ", Sequence([item, item]), is_undefined_length=undefined)
        assert by_us(dataset, EXPLICIT) == by_pydicom(dataset, EXPLICIT)


def test_katakana_and_letters_need_no_escape_between_them():
    # JIS X 0201 has both (PS3.5 section 6.1.2.4); pydicom would write question marks.
    dataset = one(0x00100020, "LO", "Kｳ")
    dataset.SpecificCharacterSet = "ISO_IR 13"
    assert dw.encode(dataset, EXPLICIT).endswith(b"LO\x02\0K\xb3")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\f", "\t"])
def test_a_line_begins_in_the_first_character_set(end):
    text = f"0{end}Люк{end}Лю{end}end"
    dataset = Dataset()
    dataset.SpecificCharacterSet = ["ISO 2022 IR 100", "ISO 2022 IR 144"]
    dataset.add(DataElement(0x00204000, "LT", text))
    encoded = by_us(dataset, EXPLICIT)
    assert encoded.count(b"\x1b-L") == 2, "once for each line that needs it"
    assert dw.decode(encoded, EXPLICIT).ImageComments == text
