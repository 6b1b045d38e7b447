"""Pictures of films, compared pixel by pixel with drawings in this file."""

from __future__ import annotations

import numpy as np
import pytest
from film_images import image_of
from PIL import Image

from dicomwire.errors import ConfigError
from dicomwire.film import Film, FilmImage, ImageBox, PresentationLut, arrange, preview, write_png
from dicomwire.film.density import Densities

# One pixel of the picture for 10 mm of film: 24 by 30 for this size.
SIZE = {"film_size_id": "24CMX30CM"}
DOTS = 2.54
BLACK, WHITE = np.zeros((6, 6), np.uint8), np.full((6, 6), 255, np.uint8)
LEVELS = {0: ".", 255: "#", 128: "+"}


def drawn(plan, **options):
    """Draw a film in characters: black is a dot, white a cross, anything else a letter."""
    picture = np.asarray(preview(plan, dots_per_inch=DOTS, **options))
    return ["".join(LEVELS.get(int(level), "?") for level in row) for row in picture]


def pixels(plan, **options):
    """The levels that are in a film that has nothing but black around its images."""
    return np.asarray(preview(plan, **options))


def test_a_film_of_columns():
    film = Film(
        "COL\\2,1",
        film_size_id="24CMX24CM",
        border_density="WHITE",
        empty_image_density="BLACK",
        magnification_type="REPLICATE",
    )
    chess = np.array([[255, 0], [0, 255]], np.uint8)
    # Position 1 is above position 2, and position 3, to the right of both, stays empty.
    (plan,) = arrange([chess, np.full((2, 3), 128, np.uint8)], film=film)
    assert drawn(plan) == [
        "########################",
        *["######.................#"] * 5,
        *["#.....######...........#"] * 6,
        *["#......................#"] * 2,
        *["#+++++++++++...........#"] * 7,
        *["#......................#"] * 2,
        "########################",
    ]


def test_positions_are_filled_in_their_order():
    film = Film("ROW\\1,2", **SIZE)
    first, second, third = (np.full((4, 4), level, np.uint8) for level in (50, 100, 150))
    (plan,) = arrange([first, second, third], film=film)
    picture = pixels(plan, dots_per_inch=25.4)
    # In millimetres: the film is 240 by 300; rows share its height.
    assert picture.shape == (300, 240)
    assert (picture[75, 120], picture[225, 60], picture[225, 180]) == (50, 100, 150)
    assert picture[0, 0] == picture[225, 120] == 0


def test_images_are_as_large_as_their_box_allows_and_keep_their_shape():
    wide = np.full((5, 10), 200, np.uint8)
    picture = pixels(arrange(wide, film=Film("STANDARD\\1,1", **SIZE))[0], dots_per_inch=25.4)
    rows, columns = np.nonzero(picture)
    # 240 mm without two borders of 5 mm and two halves of a gap of 2 mm.
    assert columns.max() - columns.min() + 1 == 228
    assert rows.max() - rows.min() + 1 == 114
    # In the middle.
    assert (rows.min() + rows.max()) / 2 == pytest.approx(149.5, abs=1)


def test_pixels_that_are_not_square():
    image = image_of(np.full((10, 10), 200, np.uint8), PixelAspectRatio=[1, 2])
    picture = pixels(arrange(image, voi="full", film=Film(**SIZE))[0], dots_per_inch=25.4)
    rows, columns = np.nonzero(picture)
    assert columns.max() - columns.min() + 1 == 228
    assert rows.max() - rows.min() + 1 == 114


@pytest.mark.parametrize(
    ("box", "width"),
    [
        (ImageBox(requested_image_size=100), 100),
        # No wider than the box.
        (ImageBox(requested_image_size=500), 228),
        # 300 dots of a printer of 254 dots per inch.
        (ImageBox(magnification_type="NONE"), 30),
        (ImageBox(magnification_type="CUBIC"), 228),
    ],
)
def test_how_wide_an_image_is_printed(box, width):
    image = np.full((300, 300), 200, np.uint8)
    (plan,) = arrange(image, film=Film(**SIZE), box=box)
    picture = np.asarray(preview(plan, dots_per_inch=25.4, printer_dots_per_inch=254))
    columns = np.nonzero(picture)[1]
    assert columns.max() - columns.min() + 1 == width


def test_images_that_are_cropped():
    # White around a gray middle; a printer of 12.7 dots per inch has 114 dots for 228 mm.
    image = np.full((400, 400), 255, np.uint8)
    image[143:257, 143:257] = 100
    for behavior, has_white in (("CROP", False), ("DECIMATE", True)):
        box = ImageBox(requested_decimate_crop_behavior=behavior)
        (plan,) = arrange(image, film=Film(film_size_id="24CMX24CM"), box=box)
        picture = np.asarray(preview(plan, dots_per_inch=25.4, printer_dots_per_inch=12.7))
        assert (picture == 255).any() == has_white


def test_magnification_types():
    image = np.array([[0, 255]], np.uint8)
    for magnification, steps in (("REPLICATE", 2), ("BILINEAR", 50), ("CUBIC", 50)):
        film = Film(magnification_type=magnification, empty_image_density="BLACK", **SIZE)
        picture = pixels(arrange(image, film=film)[0], dots_per_inch=25.4)
        levels = len(np.unique(picture))
        assert levels == 2 if steps == 2 else levels > steps


def test_densities_around_images():
    film = Film("STANDARD\\1,2", border_density="WHITE", empty_image_density="BLACK", **SIZE)
    picture = pixels(arrange([BLACK], film=film)[0], dots_per_inch=25.4)
    assert picture[0, 0] == picture[150, 120] == 255
    assert picture[225, 120] == 0
    film = Film("STANDARD\\1,1", empty_image_density=120, **SIZE)
    picture = pixels(arrange([None], film=film)[0], dots_per_inch=25.4)
    assert picture[0, 0] == 0
    assert 0 < picture[150, 120] < 255


def test_trim_is_a_line_around_the_image_box():
    film = Film(trim=True, **SIZE)
    picture = pixels(arrange(BLACK, film=film)[0], dots_per_inch=25.4)
    rows, columns = np.nonzero(picture)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (6, 293, 6, 233)
    assert len(rows) == 2 * 288 + 2 * 228 - 4
    assert not pixels(arrange(BLACK, film=Film(trim=False, **SIZE))[0]).any()


def test_polarity_densities_and_presentation_luts():
    gray = np.full((6, 6), 64, np.uint8)

    def middle(lut=None, film=None, **box):
        (plan,) = arrange(
            gray, film=film or Film(**SIZE), box=ImageBox(**box), presentation_lut=lut
        )
        return int(pixels(plan, dots_per_inch=25.4)[150, 120])

    assert middle() == middle(PresentationLut("IDENTITY")) == 64
    assert middle(polarity="REVERSE") == 191
    assert middle(PresentationLut.from_function(lambda value: value / 2)) == 32
    assert 0 < middle(PresentationLut("LIN OD")) < 64
    # A film that gets no darker than 1.5 OD has brighter blacks, one that gets no brighter
    # than 1.5 OD darker whites.
    assert middle(max_density=150) > 64 > middle(min_density=150)
    assert middle(film=Film(max_density=150, **SIZE)) == middle(max_density=150)
    film = Film(max_density=250, **SIZE)
    assert middle(film=film, max_density=150) == middle(max_density=150)


def test_the_gray_of_densities():
    densities = Densities()
    assert densities.gray("BLACK") == densities.gray(None) == 0
    assert densities.gray("WHITE") == 1
    assert densities.gray(20) == 1
    assert densities.gray(300) == densities.gray(400) == 0
    grays = [densities.gray(hundredths) for hundredths in range(20, 301)]
    assert grays == sorted(grays, reverse=True)
    # A bright room takes contrast out of the dark parts.
    bright = Densities(reflected_ambient_light=500)
    assert bright.gray(100) < densities.gray(100)


def test_colors():
    color = np.zeros((6, 6, 3), np.uint8)
    color[..., 0] = 250
    film = Film("STANDARD\\1,2", **SIZE)
    (plan,) = arrange([color, np.full((6, 6), 90, np.uint8)], film=film, color=True)
    picture = preview(plan, dots_per_inch=25.4)
    assert picture.mode == "RGB"
    assert picture.getpixel((120, 75)) == (250, 0, 0)
    assert picture.getpixel((120, 225)) == (90, 90, 90)
    (plan,) = arrange(color, film=film, color=True, box=ImageBox(polarity="REVERSE"))
    assert preview(plan, dots_per_inch=25.4).getpixel((120, 75)) == (5, 255, 255)


def test_twelve_bits_look_like_eight():
    ramp = np.linspace(0, 4095, 64).astype(np.uint16).reshape(8, 8)
    film = Film(magnification_type="REPLICATE", **SIZE)
    pictures = [
        pixels(arrange(ramp, film=film, bits=bits)[0], dots_per_inch=25.4).astype(int)
        for bits in (8, 12)
    ]
    assert np.abs(pictures[0] - pictures[1]).max() <= 1


def test_annotations_stand_above_the_images():
    (plain,) = arrange(BLACK, film=Film(**SIZE))
    (plan,) = arrange(BLACK, film=Film(**SIZE), annotations=["Doe^John", "", "1 of 1"])
    assert not pixels(plain, dots_per_inch=100).any()
    picture = pixels(plan, dots_per_inch=100)
    rows, columns = np.nonzero(picture > 128)
    assert rows.max() < 12 / 25.4 * 100
    # The texts share the width; the empty one has no place.
    middle = picture.shape[1] // 2
    assert (columns < middle).any()
    assert (columns > middle).any()
    white = Film(border_density="WHITE", empty_image_density="WHITE", **SIZE)
    (plan,) = arrange(WHITE, film=white, annotations=["Doe^John"])
    assert (pixels(plan, dots_per_inch=100) < 128).any()


def test_a_film_of_unknown_size():
    (plan,) = arrange(BLACK, film=Film(film_size_id="SPECIAL"))
    with pytest.raises(ConfigError, match=r"SPECIAL.*known are"):
        preview(plan)


def test_files(tmp_path):
    plans = arrange([BLACK] * 2, film=Film("STANDARD\\1,1", film_size_id="A4"))
    assert write_png(plans, tmp_path) == [tmp_path / "film-1.png", tmp_path / "film-2.png"]
    assert write_png(plans[0], tmp_path / "one.png") == [tmp_path / "one.png"]
    assert write_png(plans, str(tmp_path / "a.png"), dots_per_inch=50) == [
        tmp_path / "a-1.png",
        tmp_path / "a-2.png",
    ]
    with Image.open(tmp_path / "film-1.png") as picture:
        assert picture.size == (round(210 / 25.4 * 72), round(297 / 25.4 * 72))
        assert picture.info["dpi"] == pytest.approx((72, 72), abs=0.1)
        assert picture.tobytes() == preview(plans[0]).tobytes()
    for path in (tmp_path / "film.jpg", tmp_path / "nowhere"):
        with pytest.raises(ConfigError, match=r"no directory, and its name does not end in .png"):
            write_png(plans, path)
    assert write_png([], tmp_path) == []


@pytest.mark.parametrize("name", ["dots_per_inch", "printer_dots_per_inch"])
@pytest.mark.parametrize("value", [0, -72, 1e9, float("nan")])
def test_resolutions_that_cannot_be(name, value):
    (plan,) = arrange(BLACK)
    with pytest.raises(ConfigError, match=f"{name}="):
        preview(plan, **{name: value})


def test_films_of_several_calls_do_not_overwrite_each_other(tmp_path):
    plans = [*arrange(BLACK), *arrange(WHITE)]
    names = write_png(plans, tmp_path, dots_per_inch=DOTS)
    assert [name.name for name in names] == ["film-1.png", "film-2.png"]
    levels = [int(np.asarray(Image.open(name)).max()) for name in names]
    assert levels[0] < levels[1]


def test_frames_are_printed_one_by_one():
    image = image_of(np.array([[[10]], [[20]]], np.uint8))
    (plan,) = arrange(FilmImage(image, frame=2), voi="full", film=Film(**SIZE))
    assert pixels(plan, dots_per_inch=25.4)[150, 120] == 20
