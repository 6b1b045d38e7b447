"""From an image to the item of an image box: colors, aspect, sizes, bits, and what is refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from corpora import corpus_files, pydicom_directory
from film_images import image_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from dicomwire import decode, encode, read_file
from dicomwire.errors import ConfigError
from dicomwire.film import PresentationLut, fit, prepare
from dicomwire.film.density import jnd_index, luminance
from dicomwire.film.scaling import resized

RGB = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
# 0.299, 0.587 and 0.114 of 255.
LUMINANCE = [76, 150, 29]
TEST_FILES = pydicom_directory() / "test_files"
SYNTAXES = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"]


def color_image(samples, **attributes):
    attributes = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", **attributes}
    return image_of(samples, **attributes)


def palette_image(indices, tables, first=0, bits=8, dtype=np.uint8):
    """Make an image of PALETTE COLOR with three tables."""
    image = image_of(np.asarray(indices), PhotometricInterpretation="PALETTE COLOR")
    for color, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        descriptor = [len(table), first & 0xFFFF, bits]
        image.add_new(f"{color}PaletteColorLookupTableDescriptor", "US", descriptor)
        data = np.asarray(table, dtype).tobytes()
        image.add_new(f"{color}PaletteColorLookupTableData", "OW", data + b"\0" * (len(data) % 2))
    return image


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("bits", [8, 12])
def test_a_gray_item(bits, syntax):
    samples = np.array([[0, 100, 4095], [4095, 50, 0]], np.uint16)
    prepared = prepare(samples, bits=bits)
    back = decode(encode(prepared.dataset, syntax), syntax)
    assert (back.Rows, back.Columns, back.SamplesPerPixel) == (2, 3, 1)
    assert back.PhotometricInterpretation == "MONOCHROME2"
    assert (back.BitsAllocated, back.BitsStored, back.HighBit) == (
        8 if bits == 8 else 16,
        bits,
        bits - 1,
    )
    assert back.PixelRepresentation == 0
    assert "PlanarConfiguration" not in back
    assert "PixelAspectRatio" not in back
    dtype = "<u1" if bits == 8 else "<u2"
    assert (np.frombuffer(back.PixelData, dtype).reshape(2, 3) == prepared.array).all()
    assert prepared.array.max() == 2**bits - 1
    assert not prepared.is_color


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_color_item_has_planes(syntax):
    prepared = prepare(RGB, color=True)
    back = decode(encode(prepared.dataset, syntax), syntax)
    assert (back.SamplesPerPixel, back.PhotometricInterpretation) == (3, "RGB")
    assert back.PlanarConfiguration == 1
    assert (back.BitsAllocated, back.BitsStored, back.HighBit) == (8, 8, 7)
    # Nine bytes, and one that makes them even.
    assert back.PixelData == bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 0])
    assert prepared.is_color


def test_colors_become_gray_and_that_is_noted():
    prepared = prepare(RGB)
    assert prepared.array[0].tolist() == LUMINANCE
    assert prepared.notes == ("its colors are printed as gray",)
    assert prepare(RGB, color=True).notes == ()
    assert prepare(RGB, bits=12).array[0].tolist() == [1224, 2404, 467]


def test_gray_on_a_color_printer():
    prepared = prepare(np.array([[0, 128, 255]], np.uint8), color=True)
    assert prepared.array.tolist() == [[[0] * 3, [128] * 3, [255] * 3]]


def test_reverse_polarity_of_colors():
    assert prepare(RGB, color=True, polarity="REVERSE").array.tolist() == (255 - RGB).tolist()


def test_colors_by_pixel_by_plane_and_in_ybr():
    for planar, order in ((0, (0, 1, 2)), (1, (2, 0, 1))):
        image = color_image(RGB, PlanarConfiguration=planar)
        image.PixelData = np.ascontiguousarray(RGB.transpose(order)).tobytes() + b"\0"
        assert prepare(image, color=True).array.tolist() == RGB.tolist()
    # Red, green and blue by PS3.3 section C.7.6.3.1.2.
    ybr = np.array([[[76, 85, 255], [150, 44, 21], [29, 255, 107]]], np.uint8)
    image = color_image(ybr, PhotometricInterpretation="YBR_FULL")
    assert np.abs(prepare(image, color=True).array.astype(int) - RGB).max() <= 2


def test_colors_of_16_bits():
    image = color_image(RGB.astype(np.uint16) * 16, BitsStored=12)
    assert prepare(image, color=True).array.tolist() == (RGB // 255 * 254).tolist()
    assert prepare(RGB.astype(np.uint16) * 257, color=True).array.tolist() == RGB.tolist()


def test_colors_in_floats_are_from_0_to_1():
    floats = RGB / 255
    floats[0, 0] = [np.nan, 2, -1]
    assert prepare(floats, color=True).array.tolist()[0] == [[0, 255, 0], [0, 255, 0], [0, 0, 255]]


@pytest.mark.parametrize(
    ("bits", "dtype", "factor"), [(8, np.uint8, 1), (16, np.uint16, 257), (16, np.uint16, 1)]
)
def test_palettes(bits, dtype, factor):
    tables = [np.array(table) * factor for table in ([0, 255, 9], [10, 0, 8], [20, 1, 255])]
    image = palette_image(np.array([[0, 1, 2, 3]], np.uint8), tables, bits=bits, dtype=dtype)
    colors = prepare(image, color=True).array[0].tolist()
    assert colors == [[0, 10, 20], [255, 0, 1], [9, 8, 255], [9, 8, 255]]
    assert prepare(image).notes == ("its colors are printed as gray",)


def test_a_long_palette_of_bytes():
    table = (np.arange(300) % 256).astype(np.uint8)
    image = palette_image(np.array([[0, 255, 256, 299]], np.uint16), [table] * 3)
    assert prepare(image, color=True).array[0, :, 0].tolist() == [0, 255, 0, 43]


def test_a_palette_that_begins_below_zero():
    image = palette_image(np.array([[-2, -1, 0, 5]], np.int16), [[1, 2, 3]] * 3, first=-2)
    assert prepare(image, color=True).array[0, :, 0].tolist() == [1, 2, 3, 3]


def test_a_palette_that_cannot_be():
    image = palette_image(np.array([[0]], np.uint8), [[1, 2, 3]] * 3)
    del image.BluePaletteColorLookupTableData
    with pytest.raises(ConfigError, match="the palette cannot be used"):
        prepare(image)
    del image.RedPaletteColorLookupTableData
    with pytest.raises(ConfigError, match="No suitable Palette"):
        prepare(image)


@pytest.mark.parametrize(
    ("attributes", "ratio"),
    [
        ({}, None),
        ({"PixelSpacing": [0.5, 0.5]}, None),
        ({"PixelSpacing": [0.66144, 0.66149]}, None),
        ({"PixelSpacing": [1.5, 1]}, [3, 2]),
        ({"ImagerPixelSpacing": [0.1, 0.2]}, [1, 2]),
        ({"PixelAspectRatio": [4, 3], "PixelSpacing": [1, 1]}, [4, 3]),
        ({"PixelSpacing": [1, 0]}, None),
        ({"PixelSpacing": []}, None),
        ({"PixelSpacing": [1, 10000]}, None),
    ],
)
def test_pixels_that_are_not_square(attributes, ratio):
    item = prepare(image_of(np.zeros((2, 3), np.uint8), **attributes)).dataset
    assert item.get("PixelAspectRatio") == ratio


def test_the_spacing_of_a_multi_frame_image():
    image = image_of(np.zeros((2, 2, 3), np.uint8))
    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing = [2, 1]
    shared.PixelMeasuresSequence = [measures]
    image.SharedFunctionalGroupsSequence = [shared]
    assert prepare(image, frame=2).dataset.PixelAspectRatio == [2, 1]


@pytest.mark.parametrize(
    ("ratio", "shape"), [([2, 1], (8, 6)), ([1, 2], (4, 12)), ([1, 1], (4, 6))]
)
def test_square_pixels_lose_no_row_and_no_column(ratio, shape):
    samples = np.arange(24, dtype=np.uint8).reshape(4, 6) * 10
    prepared = prepare(image_of(samples, PixelAspectRatio=ratio), resample=True)
    assert prepared.array.shape == shape
    assert "PixelAspectRatio" not in prepared.dataset
    assert (prepared.array.min(), prepared.array.max()) == (0, 255)


def test_images_that_fit_stay_as_they_are():
    samples = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for behavior in ("DECIMATE", "CROP", "FAIL"):
        assert fit(samples, 3, 4, behavior) is samples


def test_cropping_takes_the_middle():
    samples = np.arange(25, dtype=np.uint8).reshape(5, 5)
    assert fit(samples, 3, 9, "CROP").tolist() == samples[1:4].tolist()
    assert fit(samples, 2, 2, "CROP").tolist() == [[6, 7], [11, 12]]


def test_images_that_must_fit_and_do_not():
    with pytest.raises(ConfigError, match="5 rows and 4 columns, and 3 and 9 are allowed"):
        fit(np.zeros((5, 4), np.uint8), 3, 9, "FAIL")
    with pytest.raises(ConfigError, match="DECIMATE, CROP, FAIL"):
        fit(np.zeros((5, 4), np.uint8), 3, 9, "SHRINK")
    with pytest.raises(ConfigError, match="at least one of each"):
        fit(np.zeros((5, 4), np.uint8), 0, 9)


@settings(deadline=None)
@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from(["DECIMATE", "CROP"]),
    st.sampled_from([None, "REPLICATE", "BILINEAR", "CUBIC"]),
    st.booleans(),
)
def test_images_are_made_to_fit(rows, columns, most_rows, most_columns, behavior, how, color):
    rng = np.random.default_rng(rows * 64 + columns)
    shape = (rows, columns, 3) if color else (rows, columns)
    samples = rng.integers(0, 256, shape, dtype=np.uint8)
    fitted = fit(samples, most_rows, most_columns, behavior, magnification_type=how)
    assert fitted.shape[0] <= most_rows
    assert fitted.shape[1] <= most_columns
    assert fitted.shape[2:] == shape[2:]
    assert fitted.dtype == np.uint8
    assert fitted.min() >= samples.min() or color
    if behavior == "DECIMATE" and rows > most_rows and columns > most_columns:
        # One side is used in full, and the proportions stay, as far as whole pixels allow.
        assert fitted.shape[0] == most_rows or fitted.shape[1] == most_columns


def test_twelve_bits_are_scaled_without_loss_of_range():
    samples = np.array([[0, 4095], [4095, 0]], np.uint16)
    assert (
        resized(samples, 4, 4, "REPLICATE").tolist()
        == np.kron(samples, np.ones((2, 2), np.uint16)).tolist()
    )
    cubic = resized(samples, 16, 16, "CUBIC")
    assert cubic.dtype == np.uint16
    assert (cubic.min(), cubic.max()) == (0, 4095)


def test_an_image_larger_than_the_printer_takes():
    samples = np.zeros((40, 20), np.uint8)
    decimated = prepare(samples, maximum=(10, 10))
    assert decimated.array.shape == (10, 5)
    assert decimated.notes == ("decimated from 40 rows, 20 columns to (10, 5)",)
    cropped = prepare(samples, maximum=(10, 10), behavior="CROP")
    assert cropped.array.shape == (10, 10)
    assert cropped.notes == ("cropped from 40 rows, 20 columns to (10, 10)",)
    with pytest.raises(ConfigError, match="40 rows and 20 columns"):
        prepare(samples, maximum=(10, 10), behavior="FAIL")


def test_a_presentation_lut_applied_before_sending():
    samples = np.array([[0, 51, 255]], np.uint8)
    lut = PresentationLut.from_function(lambda value: 1 - value)
    assert prepare(samples, presentation_lut=lut).array[0].tolist() == [255, 204, 0]
    assert prepare(samples, presentation_lut=PresentationLut("IDENTITY")).array.tolist() == (
        samples.tolist()
    )
    # Equal steps of density are no equal steps of brightness: dark ones count for less.
    linear = prepare(samples, presentation_lut=PresentationLut("LIN OD")).array[0].tolist()
    assert linear[0] == 0
    assert linear[2] == 255
    assert 0 < linear[1] < 51
    with pytest.raises(ConfigError, match="is for images of 8 bits, these have 12"):
        prepare(samples, bits=12, presentation_lut=lut)


def test_the_grayscale_standard_display_function():
    # PS3.14 Table B-1: its first, second and last entry.
    assert luminance(1) == pytest.approx(0.0500, abs=5e-5)
    assert luminance(2) == pytest.approx(0.0547, abs=5e-5)
    assert luminance(1023) == pytest.approx(3993.404, rel=1e-4)
    for index in range(1, 1024):
        assert jnd_index(luminance(index)) == pytest.approx(index, abs=0.3)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"bits": 10}, "bits=10: printers take images of 8 or 12 bits"),
        ({"bits": True}, "8 or 12"),
        ({"bits": 12, "color": True}, "color images have 8 bits"),
        ({"polarity": "INVERSE"}, "NORMAL, REVERSE"),
        ({"behavior": "SHRINK"}, "DECIMATE, CROP, FAIL"),
        ({"maximum": (0, 5)}, "rows from 1"),
        ({"maximum": (5, 2.5)}, "columns from 1"),
        ({"maximum": 5}, "rows, columns"),
        ({"maximum": (5,)}, "rows, columns"),
        ({"frame": 2}, "an array has one frame"),
    ],
)
def test_parameters_that_cannot_be(parameters, says):
    with pytest.raises(ConfigError, match=says):
        prepare(np.zeros((2, 2), np.uint8), **parameters)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (np.zeros((2, 2, 4)), r"\(2, 2, 4\): must be \(rows, columns\)"),
        (np.zeros(4), r"\(4,\): must be"),
        (np.zeros((0, 4)), r"\(0, 4\): must be"),
        (np.zeros((2, 2), complex), "complex128: must be integers"),
        (np.array([["a"]]), "must be integers, floats or bool"),
        ([[1, 2], [3, 4]], "list is no image: give a numpy array"),
        (None, "NoneType is no image"),
        (Dataset(), "has no pixel data"),
    ],
)
def test_what_is_no_image(image, says):
    with pytest.raises(ConfigError, match=says):
        prepare(image)


def test_an_object_without_pixels_is_named():
    report = Dataset()
    report.SOPClassUID, report.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.88.11", "1.2.3"
    with pytest.raises(ConfigError, match=r"1\.2\.3: has no pixel data .SOP class .*88\.11"):
        prepare(report)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match=r"gone.dcm: cannot be read: .*No such file"):
        prepare(tmp_path / "gone.dcm")
    (tmp_path / "text.dcm").write_text("no image")
    with pytest.raises(ConfigError, match=r"text.dcm: cannot be read: .*not a DICOM file"):
        prepare(str(tmp_path / "text.dcm"))


def test_frames_that_are_not_there():
    image = image_of(np.zeros((3, 2, 2), np.uint8), SOPInstanceUID="1.2.3")
    assert prepare(image, frame=3).frame == 3
    for frame in (0, 4, True):
        with pytest.raises(ConfigError, match=r"1\.2\.3: frame=.*: there are frames 1 to 3"):
            prepare(image, frame=frame)
    image.NumberOfFrames = 3
    image.PixelData = image.PixelData[:4]
    with pytest.raises(ConfigError, match=r"1\.2\.3: frame 1 cannot be decoded"):
        prepare(image)


@pytest.mark.parametrize("photometric", ["CMYK", "HSV", "YBR_PARTIAL_422"])
def test_colors_that_are_not_understood(photometric):
    with pytest.raises(ConfigError, match=f"{photometric}.*cannot be"):
        prepare(color_image(RGB, PhotometricInterpretation=photometric))


def test_data_sets_without_a_transfer_syntax():
    image = image_of(np.array([[0, 128, 255]], np.uint8))
    del image.file_meta
    assert prepare(image).array[0].tolist() == [0, 128, 255]
    image["PixelData"].is_undefined_length = True
    with pytest.raises(ConfigError, match=r"needs file_meta\.TransferSyntaxUID"):
        prepare(image)


def test_a_transfer_syntax_without_decoder():
    image = read_file(TEST_FILES / "CT_small.dcm")
    image.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.100"
    with pytest.raises(ConfigError, match="no decoder for MPEG2"):
        prepare(image)


def without(modules, script):
    """Run Python without modules, and give what it prints."""
    blocked = f"import sys\nfor name in {modules!r}: sys.modules[name] = None\n"
    done = subprocess.run(
        [sys.executable, "-c", blocked + script],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


PREPARE = """
from dicomwire import ConfigError
from dicomwire.film import prepare
try:
    prepare({path!r})
except ConfigError as error:
    print(error)
"""


@pytest.mark.parametrize("module", ["numpy", "PIL"])
def test_without_numpy_or_pillow(module):
    shown = without([module], PREPARE.format(path=str(TEST_FILES / "CT_small.dcm")))
    assert shown.startswith("films need numpy and Pillow (")
    assert 'pip install "dicomwire[print]"' in shown


def test_without_a_codec():
    path = str(TEST_FILES / "MR_small_jpeg_ls_lossless.dcm")
    shown = without(["pylibjpeg", "gdcm", "jpeg_ls"], PREPARE.format(path=path))
    assert "no codec for JPEG-LS Lossless Image Compression is installed" in shown
    assert 'pip install "dicomwire[pixels]"' in shown


# Too short, compressed by nobody's rules, or without what an image needs.
NOT_DECODED = {
    "JPEG-lossy.dcm",
    "JPEG2000-embedded-sequence-delimiter.dcm",
    "MR_truncated.dcm",
    "badVR.dcm",
    "meta_missing_tsyntax.dcm",
    "nested_priv_SQ.dcm",
}


@pytest.mark.filterwarnings("ignore:.*(cut short|declares):UserWarning")
@pytest.mark.parametrize(("bits", "color"), [(12, False), (8, True)])
def test_every_image_of_the_corpora(bits, color):
    refused, prepared = set(), 0
    for path in corpus_files():
        try:
            image = prepare(path, bits=bits, color=color)
        except ConfigError as error:
            if not str(error).startswith((f"{path}: cannot be read", f"{path}: has no pixel data")):
                refused.add(path.name if str(path) in str(error) else str(error))
            continue
        prepared += 1
        assert image.is_color == color
        assert image.array.dtype == (np.uint8 if bits == 8 else np.uint16)
        assert image.array.max() <= 2**bits - 1
        item = image.dataset
        assert (item.Rows, item.Columns) == image.array.shape[:2]
        size = image.array.size * (1 if bits == 8 else 2)
        assert len(item.PixelData) == size + size % 2
        if not color:
            windowed = "WindowCenter" in read_file(path) or image.notes
            assert windowed or image.array.max() == 2**bits - 1 or image.array.max() == 0, path
    assert prepared > 160
    assert refused == NOT_DECODED
