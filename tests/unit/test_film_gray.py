"""Modality LUT, VOI LUT, windows, polarity and padding, against values computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from film_images import image_of, lut_item
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from dicomwire.errors import ConfigError
from dicomwire.film import prepare
from dicomwire.film.lookup_table import LookupTable

ROW = np.arange(8, dtype=np.int16).reshape(1, 8)


def gray(image, **parameters):
    """The pixel values of an image of one row."""
    return prepare(image, **parameters).array[0].tolist()


def test_the_window_of_the_standard():
    # PS3.3 section C.11.2.1.2.1, note 2: y = ((x - 2047.5) / 4095 + 0.5) * (255 - 0) + 0
    samples = np.array([[0, 1024, 2047, 2048, 4095]], np.uint16)
    assert gray(samples, window=(2048, 4096)) == [0, 64, 127, 128, 255]
    # … and a narrow one, which is a threshold.
    assert gray(samples, window=(2048, 1)) == [0, 0, 0, 255, 255]
    assert gray(samples, window=(2048, 2)) == [0, 0, 0, 255, 255]


def test_twelve_bits_have_the_same_ends():
    samples = np.array([[0, 1024, 2047, 2048, 4095]], np.uint16)
    prepared = prepare(samples, window=(2048, 4096), bits=12)
    assert prepared.array.dtype == np.uint16
    assert prepared.array[0].tolist() == [0, 1024, 2047, 2048, 4095]


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        # By 3 from the middle at 3.5, that is 85 levels a step.
        ("LINEAR", [0, 0, 0, 85, 170, 255, 255, 255]),
        # By 4 from the middle at 4, that is 63.75 levels a step.
        ("LINEAR_EXACT", [0, 0, 0, 64, 128, 191, 255, 255]),
        # The logistic function of x - 4.
        ("SIGMOID", [5, 12, 30, 69, 128, 186, 225, 243]),
    ],
)
def test_functions_of_windows(function, wanted):
    image = image_of(ROW, WindowCenter=4, WindowWidth=4, VOILUTFunction=function)
    assert gray(image) == wanted


def test_a_function_that_is_not_known_is_noted():
    image = image_of(ROW, WindowCenter=4, WindowWidth=4, VOILUTFunction="CUBIC")
    prepared = prepare(image)
    assert prepared.array[0].tolist() == [0, 0, 0, 85, 170, 255, 255, 255]
    assert prepared.notes == ("VOI LUT Function CUBIC is not known, LINEAR is used",)


def test_slope_and_intercept_come_before_the_window():
    # Values -20, -18, …, -6; the window goes from -16 to -10.
    rescaled = {"RescaleSlope": 2, "RescaleIntercept": -20}
    image = image_of(ROW, WindowCenter=-12.5, WindowWidth=7, **rescaled)
    assert gray(image) == [0, 0, 0, 85, 170, 255, 255, 255]
    assert gray(image_of(ROW, **rescaled), window=(-12.5, 7)) == gray(image)


def test_signed_samples():
    image = image_of(ROW - 4, WindowCenter=0, WindowWidth=8)
    assert gray(image) == [0, 36, 73, 109, 146, 182, 219, 255]


def test_a_modality_lut():
    table = lut_item(2, 12, [0, 4095, 1000, 2000])
    image = image_of(ROW, ModalityLUTSequence=[table], WindowCenter=2048, WindowWidth=4096)
    assert gray(image) == [0, 0, 0, 255, 62, 125, 125, 125]


def test_a_modality_lut_may_begin_below_zero():
    table = lut_item(-4, 8, [0, 10, 20, 30, 40, 50, 60, 70])
    image = image_of(ROW - 4, ModalityLUTSequence=[table])
    assert gray(image) == [0, 36, 73, 109, 146, 182, 219, 255]


def test_a_voi_lut_comes_before_windows():
    tables = [lut_item(2, 10, [1023, 0, 512], "BONE"), lut_item(0, 8, [7] * 8, "SOFT")]
    image = image_of(ROW, VOILUTSequence=tables, WindowCenter=4, WindowWidth=4)
    assert gray(image) == [255, 255, 255, 0, 128, 128, 128, 128]
    assert gray(image, voi=1) == gray(image, voi="soft") == [7] * 8
    assert gray(image, voi=2) == [0, 0, 0, 85, 170, 255, 255, 255]


def test_a_voi_lut_behind_a_negative_intercept():
    table = lut_item(-3, 8, [0, 50, 100, 150, 200, 250])
    image = image_of(ROW.astype(np.uint16), RescaleSlope=1, RescaleIntercept=-3)
    image.VOILUTSequence = [table]
    assert gray(image) == [0, 50, 100, 150, 200, 250, 250, 250]


def test_windows_are_chosen_by_number_and_explanation():
    image = image_of(
        ROW,
        WindowCenter=[4, 1],
        WindowWidth=[4, 1],
        WindowCenterWidthExplanation=["WIDE", "NARROW"],
    )
    assert gray(image) == gray(image, voi=0) == gray(image, voi="Wide")
    assert gray(image, voi=1) == gray(image, voi="NARROW") == [0] + [255] * 7
    for voi in (2, -1, "LUNG", True, 1.5):
        with pytest.raises(ConfigError, match="it has 0 WIDE, 1 NARROW; auto and full always"):
            prepare(image, voi=voi)
    with pytest.raises(ConfigError, match="no VOI LUT and no window"):
        prepare(ROW, voi=0)


def test_without_a_window_the_values_there_are_make_the_range():
    assert gray(image_of(ROW + 100)) == [0, 36, 73, 109, 146, 182, 219, 255]
    assert gray(image_of(ROW + 100, WindowCenter=4, WindowWidth=4), voi="auto") == gray(ROW)


def test_the_full_range_is_that_of_the_bits_stored():
    samples = np.array([[0, 1024, 2048, 4095]], np.uint16)
    assert gray(image_of(samples, BitsStored=12), voi="full") == [0, 64, 128, 255]
    assert gray(image_of(samples // 2, BitsStored=12), voi="full") == [0, 32, 64, 127]
    assert gray(image_of(samples.astype(np.int16) - 2048, BitsStored=12), voi="full") == [
        0,
        64,
        128,
        255,
    ]


def test_bytes_without_description_stay_as_they_are():
    samples = np.array([[10, 20, 30]], np.uint8)
    assert gray(samples) == [10, 20, 30]
    assert gray(samples, voi="auto") == [0, 128, 255]
    assert gray(np.array([[True, False]])) == [255, 0]
    # A data set says what its values mean, or nothing.
    assert gray(image_of(samples)) == [0, 128, 255]


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 4095), min_size=1, max_size=20),
    st.floats(-100, 5000),
    st.floats(1, 9000),
    st.sampled_from([8, 12]),
)
def test_windows_never_turn_gray_round(samples, center, width, bits):
    array = np.array([sorted(samples)], np.uint16)
    values = prepare(array, window=(center, width), bits=bits).array[0].astype(int)
    assert (np.diff(values) >= 0).all()
    assert values.min() >= 0
    assert values.max() <= 2**bits - 1


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 4095), min_size=1, max_size=20),
    st.integers(1, 4096),
    st.sampled_from([8, 12]),
)
def test_monochrome1_is_the_inverse_of_monochrome2(samples, width, bits):
    array = np.array([samples], np.uint16)
    window = {"WindowCenter": 2048, "WindowWidth": width}
    one = image_of(array, PhotometricInterpretation="MONOCHROME1", **window)
    two = image_of(array, **window)
    total = prepare(one, bits=bits).array.astype(int) + prepare(two, bits=bits).array
    # Halves are rounded up on both sides.
    assert np.isin(total, [2**bits - 1, 2**bits]).all()
    turned = prepare(two, bits=bits, polarity="REVERSE").array
    assert (turned == prepare(one, bits=bits).array).all()


def test_an_inverse_presentation_lut_shape_inverts_once():
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        image = image_of(ROW, PhotometricInterpretation=photometric, PresentationLUTShape="INVERSE")
        assert gray(image) == [255, 219, 182, 146, 109, 73, 36, 0]
    assert gray(image_of(ROW, PresentationLUTShape="IDENTITY")) == gray(ROW)


@pytest.mark.parametrize(
    "padding",
    [
        {"PixelPaddingValue": -2000},
        {"PixelPaddingValue": -2000, "PixelPaddingRangeLimit": -1990},
        {"PixelPaddingValue": -1990, "PixelPaddingRangeLimit": -2000},
    ],
)
def test_padding_is_black_and_does_not_count(padding):
    samples = np.array([[-2000, 0, 50, 100]], np.int16)
    assert gray(image_of(samples, **padding)) == [0, 0, 128, 255]
    one = image_of(samples, PhotometricInterpretation="MONOCHROME1", **padding)
    assert gray(one) == [0, 255, 128, 0]


def test_a_padding_value_of_the_other_sign():
    samples = np.array([[-2000, 0, 100]], np.int16)
    image = image_of(samples)
    image.add_new("PixelPaddingValue", "US", 65536 - 2000)
    assert gray(image) == [0, 0, 255]

    image = image_of(samples.astype(np.uint16))
    image.add_new("PixelPaddingValue", "SS", -2000)
    assert gray(image) == [0, 0, 255]


def test_an_image_of_nothing_but_padding():
    assert gray(image_of(np.zeros((1, 3), np.uint16), PixelPaddingValue=0)) == [0, 0, 0]
    assert gray(np.full((1, 3), np.nan)) == [0, 0, 0]


def test_floats():
    samples = np.array([[np.nan, -1.5, 0.0, 1.5, np.inf]])
    assert gray(samples) == [0, 0, 128, 255, 0]
    assert gray(samples.astype(np.float32), window=(0.5, 4)) == [0, 0, 128, 255, 0]
    image = image_of(samples.astype(np.float32), BitsAllocated=32, FloatPixelPaddingValue=-1.5)
    del image.BitsStored, image.HighBit, image.PixelRepresentation
    assert gray(image) == [0, 0, 0, 255, 0]
    assert gray(image, voi="full") == gray(image)


def test_a_window_of_a_fraction_is_exact():
    samples = np.array([[0.0, 0.25, 0.5, 0.75, 1.0]], np.float32)
    image = image_of(samples, WindowCenter=0.5, WindowWidth=0.5)
    assert gray(image) == [0, 0, 128, 255, 255]


def test_values_of_32_bits():
    samples = np.array([[0, 1 << 30, 1 << 31, (1 << 32) - 1]], np.uint32)
    assert gray(samples) == gray(image_of(samples), voi="full") == [0, 64, 128, 255]


def test_constant_images_are_black():
    assert gray(np.full((1, 3), 7, np.int16)) == [0, 0, 0]


def test_multi_frame_images_have_windows_per_frame():
    image = image_of(np.stack([ROW, ROW, ROW]))

    def voi(center, width):
        group, functional = Dataset(), Dataset()
        group.WindowCenter, group.WindowWidth = center, width
        functional.FrameVOILUTSequence = [group]
        return functional

    transformation = Dataset()
    transformation.RescaleSlope, transformation.RescaleIntercept = 2, 0
    shared = voi(8, 8)
    shared.PixelValueTransformationSequence = [transformation]
    image.SharedFunctionalGroupsSequence = [shared]
    image.PerFrameFunctionalGroupsSequence = [voi(2.5, 1), Dataset(), voi(6.5, 1)]
    assert gray(image, frame=1) == [0, 0, 255, 255, 255, 255, 255, 255]
    # ((2x - 7.5) / 7 + 0.5) * 255
    assert gray(image, frame=2) == [0, 0, 0, 73, 146, 219, 255, 255]
    assert gray(image, frame=3) == [0, 0, 0, 0, 255, 255, 255, 255]


@pytest.mark.parametrize(
    ("center", "width"), [(4, 0), (4, -3), (float("nan"), 5), (4, float("inf"))]
)
def test_windows_that_cannot_be(center, width):
    with pytest.raises(ConfigError, match=r"window=.*C\.11\.2\.1\.2"):
        prepare(ROW, window=(center, width))


@pytest.mark.parametrize("window", [4, (4,), (1, 2, 3), ("a", "b"), "40,400", None])
def test_what_is_no_window(window):
    if window is None:
        assert gray(ROW, window=None) == gray(ROW)
        return
    with pytest.raises(ConfigError, match="must be a pair of numbers"):
        prepare(ROW, window=window)


def test_a_window_of_the_image_that_cannot_be_is_noted():
    image = image_of(ROW, WindowCenter=[4, 4], WindowWidth=[0, 4])
    prepared = prepare(image)
    assert prepared.array[0].tolist() == [0, 0, 0, 85, 170, 255, 255, 255]
    assert prepared.notes == ("the window 4.0, 0.0 cannot be used",)


def test_a_voi_lut_that_cannot_be_is_noted():
    item = lut_item(0, 8, [1, 2, 3])
    item.LUTDescriptor = [4000, 0, 8]
    prepared = prepare(image_of(ROW, VOILUTSequence=[item]))
    assert prepared.array[0].tolist() == gray(ROW)
    assert prepared.notes == ("a VOI LUT cannot be used: the LUT data has 3 of 4000 entries",)


@pytest.mark.parametrize(
    ("descriptor", "data", "little", "wanted"),
    [
        # Two bytes each, in either order; one byte each; two entries in a word.
        ([4, 0, 8], bytes([1, 0, 2, 0, 3, 0, 4, 0]), True, [1, 2, 3, 4]),
        ([4, 0, 16], bytes([0, 1, 0, 2, 0, 3, 0, 4]), False, [1, 2, 3, 4]),
        ([4, 0, 8], bytes([1, 2, 3, 4]), True, [1, 2, 3, 4]),
        ([3, 0, 8], bytes([1, 2, 3, 0]), True, [1, 2, 3]),
        ([4, 0, 8], [0x0201, 0x0403], True, [1, 2, 3, 4]),
        # One entry is no list.
        ([1, 0, 8], 5, True, [5]),
        # Some give signed numbers.
        ([2, 0, 16], [-1, 1], True, [65535, 1]),
    ],
)
def test_data_of_tables(descriptor, data, little, wanted):
    table = LookupTable.from_values(descriptor, data, signed=False, little_endian=little)
    assert table.entries.tolist() == wanted


def test_zero_entries_are_65536():
    table = LookupTable.from_values([0, 0, 16], bytes(131072), signed=True)
    assert len(table.entries) == 65536


def test_descriptors_that_were_read_with_the_other_sign():
    table = LookupTable.from_values([-25536, -10, 16], [7] * 40000, signed=False)
    assert (len(table.entries), table.first) == (40000, 65526)
    assert LookupTable.from_values([1, 65526, 16], [7], signed=True).first == -10


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"RescaleSlope": [1, 2], "RescaleIntercept": 0}, "image: RescaleSlope is .* no number"),
        ({"PixelPaddingValue": [1, 2]}, "image: PixelPaddingValue is .* no number"),
        ({"ModalityLUTSequence": [Dataset()]}, "image: the LUT descriptor None has not three"),
    ],
)
def test_attributes_that_cannot_be(attributes, says):
    with pytest.raises(ConfigError, match=says):
        prepare(image_of(ROW, **attributes))
    assert gray(image_of(ROW, PixelPaddingValue=None, RescaleSlope=None)) == gray(ROW)


def test_entries_with_more_bits_than_they_should_have():
    assert LookupTable.from_values([2, 0, 8], [0, 1023], signed=False).bits == 10


@pytest.mark.parametrize(
    ("descriptor", "data", "says"),
    [
        (None, [1], "has not three values"),
        ([1, 0], [1], "has not three values"),
        ([4, 0, 8], None, "0 of 4 entries"),
        ([4, 0, 8], b"\1", "0 of 4 entries"),
        ([4, 0, 0], [1, 2, 3, 4], "have 0 bits"),
        ([4, 0, 32], [1, 2, 3, 4], "have 32 bits"),
    ],
)
def test_tables_that_cannot_be(descriptor, data, says):
    with pytest.raises(ConfigError, match=says):
        LookupTable.from_values(descriptor, data, signed=False)


KEYWORDS = [
    "BitsStored",
    "FrameVOILUTSequence",
    "ImagerPixelSpacing",
    "ModalityLUTSequence",
    "NumberOfFrames",
    "PerFrameFunctionalGroupsSequence",
    "PhotometricInterpretation",
    "PixelAspectRatio",
    "PixelPaddingRangeLimit",
    "PixelPaddingValue",
    "PixelSpacing",
    "PresentationLUTShape",
    "RescaleIntercept",
    "RescaleSlope",
    "SharedFunctionalGroupsSequence",
    "VOILUTFunction",
    "VOILUTSequence",
    "WindowCenter",
    "WindowCenterWidthExplanation",
    "WindowWidth",
]
GARBAGE = st.one_of(
    st.sampled_from(["", "x", "1", "-1", "0", "nan", "1e400", "MONOCHROME1", "YBR_FULL"]).map(
        lambda value: ("LO", value)
    ),
    st.lists(st.sampled_from(["", "1", "x", "-0.5"]), max_size=3).map(lambda value: ("LO", value)),
    st.integers(0, 65535).map(lambda value: ("US", value)),
    st.lists(st.integers(0, 65535), max_size=4).map(lambda value: ("US", value)),
    st.floats().map(lambda value: ("FD", value)),
    st.binary(max_size=4).map(lambda value: ("OB", value)),
    st.just(("SQ", [Dataset()])),
    st.just(("SQ", [])),
)


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(KEYWORDS), GARBAGE, max_size=6))
@example({"NumberOfFrames": ("FD", float("inf"))})
def test_whatever_stands_in_an_image(attributes):
    image = image_of(ROW)
    for keyword, (vr, value) in attributes.items():
        image.add_new(keyword, vr, value)
    refused = ""
    try:
        assert prepare(image).array.shape == (1, 8)
    except ConfigError as error:
        refused = str(error)
    assert refused == "" or refused.startswith("image: ")


@pytest.mark.parametrize(
    ("vr", "descriptor"),
    [
        ("FD", [float("inf"), 0, 8]),
        ("FD", [float("nan"), 0, 8]),
        ("LO", ["a", "b", "c"]),
        ("LO", "abc"),
        ("US", 5),
        ("LO", ""),
    ],
)
def test_descriptors_of_strangers(vr, descriptor):
    table = Dataset()
    table.add_new("LUTDescriptor", vr, descriptor)
    table.add_new("LUTData", "OW", bytes(512))
    (note,) = prepare(image_of(ROW, VOILUTSequence=[table])).notes
    assert note.startswith("a VOI LUT cannot be used: the LUT descriptor")
    with pytest.raises(ConfigError, match="image: the LUT descriptor"):
        prepare(image_of(ROW, ModalityLUTSequence=[table]))


@pytest.mark.parametrize(("vr", "data"), [("LO", "abc"), ("FD", [float("inf")] * 8), ("US", [])])
def test_table_data_of_strangers(vr, data):
    table = Dataset()
    table.LUTDescriptor = [8, 0, 8]
    table.add_new("LUTData", vr, data)
    (note,) = prepare(image_of(ROW, VOILUTSequence=[table])).notes
    assert note.startswith("a VOI LUT cannot be used: the LUT data")
