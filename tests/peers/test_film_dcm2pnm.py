"""Gray values and colors of real images against those of DCMTK's dcm2pnm."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
from corpora import corpus_files

from dicomwire import read_file
from dicomwire.film import prepare

FILES = {path.name: path for path in corpus_files()}

# CR, CT, MR and dose; both photometric interpretations and byte orders, 8 to 32 bits.
WITH_WINDOW = [
    "MR_small.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_implicit.dcm",
    "MR-SIEMENS-DICOM-WithOverlays.dcm",
    "RG3_UNCR.dcm",
    "693_UNCI.dcm",
    "6154",
    "17106",
    "2062",
    "15820",
]
WITHOUT_WINDOW = [
    "CT_small.dcm",
    "chrH31.dcm",
    "emri_small.dcm",
    "emri_small_RLE.dcm",
    "image_dfl.dcm",
    "mlut_18.dcm",
    "rtdose.dcm",
    "rtdose_rle.dcm",
]
COLOR = [
    "SC_rgb.dcm",
    "SC_rgb_16bit.dcm",
    "SC_rgb_rle_2frame.dcm",
    "OBXXXX1A.dcm",
    "OT-PAL-8-face.dcm",
    "examples_palette.dcm",
    "examples_rgb_color.dcm",
    "color-pl.dcm",
    "color-px.dcm",
]


def dcm2pnm(name, *options, bits=8):
    """Give the pixels that dcm2pnm makes of an image; of several frames, the first."""
    # Overlays are not part of an image box.
    command = ["dcm2pnm", "-q", "-O", "+opn", str(bits), *options, str(FILES[name])]
    done = subprocess.run(command, capture_output=True, timeout=30, check=True)
    lines = [line for line in done.stdout.splitlines() if not line.startswith(b"#")]
    kind, *numbers = b" ".join(lines).split()
    columns, rows, highest = (int(number) for number in numbers[:3])
    assert highest == 2**bits - 1
    values = np.array([int(number) for number in numbers[3:]])
    return values.reshape((rows, columns, 3) if kind == b"P3" else (rows, columns))


def assert_close(name, ours, theirs):
    """Allow for what is rounded otherwise, and for padding, which is black here."""
    assert ours.shape == theirs.shape
    difference = np.abs(ours.astype(int) - theirs)
    dataset = read_file(FILES[name])
    padding = dataset.get("PixelPaddingValue")
    if padding is not None:
        difference[dataset.pixel_array == padding] = 0
    assert difference.max() <= 1


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("name", WITH_WINDOW)
def test_the_first_window_of_an_image(name, bits):
    theirs = dcm2pnm(name, "+Wi", "1", bits=bits)
    assert len(np.unique(theirs)) > 16
    assert_close(name, prepare(FILES[name], bits=bits).array, theirs)


@pytest.mark.parametrize("name", ["MR-SIEMENS-DICOM-WithOverlays.dcm", "examples_overlay.dcm"])
def test_another_window_of_an_image(name):
    theirs = dcm2pnm(name, "+Wi", "2")
    assert (theirs != dcm2pnm(name, "+Wi", "1")).any()
    assert_close(name, prepare(FILES[name], voi=1).array, theirs)


@pytest.mark.parametrize("name", WITH_WINDOW + WITHOUT_WINDOW)
def test_a_window_of_ones_own(name):
    ours = prepare(FILES[name], window=(300, 700)).array
    assert_close(name, ours, dcm2pnm(name, "+Ww", "300", "700"))


@pytest.mark.parametrize("name", WITHOUT_WINDOW)
def test_the_range_of_values(name):
    assert_close(name, prepare(FILES[name]).array, dcm2pnm(name, "+Wm"))


def test_a_voi_lut():
    ours = prepare(FILES["vlut_04.dcm"]).array
    assert len(np.unique(ours)) > 32
    assert_close("vlut_04.dcm", ours, dcm2pnm("vlut_04.dcm", "+Wl", "1"))


def test_the_other_polarity():
    theirs = dcm2pnm("MR_small.dcm", "+Wi", "1", "+P")
    ours = prepare(FILES["MR_small.dcm"], polarity="REVERSE").array
    assert_close("MR_small.dcm", ours, theirs)


@pytest.mark.parametrize("name", COLOR)
def test_colors(name):
    assert_close(name, prepare(FILES[name], color=True).array, dcm2pnm(name))


@pytest.mark.parametrize("name", COLOR)
def test_colors_that_become_gray(name):
    assert_close(name, prepare(FILES[name]).array, dcm2pnm(name, "+G"))
