"""Laying images on films: positions, formats, options of single images, annotations."""

from __future__ import annotations

import numpy as np
import pytest
from film_images import image_of
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomwire import decode, encode, write_file
from dicomwire.errors import ConfigError
from dicomwire.film import Film, FilmImage, ImageBox, PresentationLut, arrange

ROW = np.arange(8, dtype=np.int16).reshape(1, 8)


def level(number):
    """An image of one pixel that can be told from others."""
    return np.array([[number]], np.uint8)


def levels(plan):
    """The positions of a film and the images there."""
    return [(placed.position, int(placed.image.array[0, 0])) for placed in plan.images]


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 4), st.integers(1, 4))
def test_every_image_is_on_one_film(count, columns, rows):
    film = Film(f"STANDARD\\{columns},{rows}")
    plans = arrange([level(number) for number in range(count)], film=film)
    boxes = columns * rows
    assert [plan.number for plan in plans] == list(range(1, -(-count // boxes) + 1))
    assert {plan.of for plan in plans} == {len(plans)}
    assert [image for plan in plans for _, image in levels(plan)] == list(range(count))
    for plan in plans:
        assert [position for position, _ in levels(plan)] == list(range(1, len(plan.images) + 1))
        assert len(plan.rectangles) == boxes
        assert all(
            placed.rectangle == plan.rectangles[placed.position - 1] for placed in plan.images
        )


def test_none_leaves_a_box_empty():
    (plan,) = arrange([level(1), None, level(3), None], film=Film("STANDARD\\2,2"))
    assert levels(plan) == [(1, 1), (3, 3)]
    (plan,) = arrange([None, level(2)], film=Film("auto"))
    assert levels(plan) == [(2, 2)]
    assert plan.film.image_display_format == "STANDARD\\1,2"


def test_nothing_takes_no_film():
    assert arrange([]) == []


def test_one_image_need_not_be_a_list(tmp_path):
    image = image_of(ROW, SOPClassUID="1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID="1.2.3")
    path = tmp_path / "image.dcm"
    write_file(path, image)
    for one in (ROW, image, path, str(path), FilmImage(image)):
        (plan,) = arrange(one)
        assert plan.film.image_display_format == "STANDARD\\1,1"
        assert plan.images[0].image.array[0].tolist() == [0, 36, 73, 109, 146, 182, 219, 255]


def test_all_frames_are_printed_unless_one_is_chosen():
    image = image_of(np.array([[[1]], [[2]], [[3]]], np.uint8))
    (plan,) = arrange([image, FilmImage(image, frame=2)], voi="full")
    assert levels(plan) == [(1, 1), (2, 2), (3, 3), (4, 2)]
    assert [placed.image.frame for placed in plan.images] == [1, 2, 3, 2]


def test_windows_and_boxes_of_single_images():
    common = ImageBox(polarity="NORMAL")
    own = ImageBox(polarity="REVERSE")
    image = image_of(ROW, WindowCenter=[4, 1], WindowWidth=[4, 1])
    images = [
        image,
        FilmImage(image, window=(8, 1)),
        FilmImage(image, voi=1),
        FilmImage(image, box=own),
    ]
    (plan,) = arrange(images, window=(0, 1), box=common)
    assert [int((placed.image.array == 255).sum()) for placed in plan.images] == [8, 0, 7, 8]
    assert [placed.box for placed in plan.images] == [common, common, common, own]
    (plan,) = arrange(image, voi=1)
    assert int((plan.images[0].image.array == 255).sum()) == 7


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"])
def test_what_an_image_box_is_set_to(syntax):
    box = ImageBox(polarity="REVERSE", requested_image_size=100)
    (plan,) = arrange([level(7), level(8)], box=box)
    dataset = plan.images[1].to_dataset()
    back = decode(encode(dataset, syntax), syntax)
    assert back == dataset
    assert (back.ImageBoxPosition, back.Polarity, back.RequestedImageSize) == (2, "REVERSE", 100)
    (item,) = back.BasicGrayscaleImageSequence
    assert item.PixelData[0] == 8
    assert "BasicColorImageSequence" not in back


def test_what_a_color_image_box_is_set_to():
    (plan,) = arrange(np.full((1, 1, 3), 9, np.uint8), color=True)
    dataset = plan.images[0].to_dataset()
    assert dataset.BasicColorImageSequence[0].PixelData == b"\x09\x09\x09\0"
    assert "BasicGrayscaleImageSequence" not in dataset


@pytest.mark.parametrize(
    ("shape", "film", "chosen"),
    [
        ((10, 10), Film(), "STANDARD\\2,3"),
        ((10, 10), Film(film_orientation="LANDSCAPE"), "STANDARD\\3,2"),
        ((10, 10), Film(film_size_id="14INX14IN"), "STANDARD\\2,3"),
        ((10, 60), Film(), "STANDARD\\1,6"),
        # A size that only the printer knows is no reason to refuse.
        ((10, 10), Film(film_size_id="SPECIAL"), "STANDARD\\2,3"),
    ],
)
def test_a_format_is_chosen_for_film_and_images(shape, film, chosen):
    (plan,) = arrange([np.zeros(shape, np.uint8)] * 6, film=film)
    assert plan.film.image_display_format == chosen
    assert plan.film.film_size_id == film.film_size_id


def test_pixels_that_are_not_square_count_for_the_format():
    wide = image_of(np.zeros((10, 10), np.uint8), PixelAspectRatio=[1, 6])
    (plan,) = arrange([wide] * 6)
    assert plan.film.image_display_format == "STANDARD\\1,6"


def test_many_images_take_several_films_of_one_format():
    plans = arrange([level(0)] * 70)
    assert {plan.film.image_display_format for plan in plans} == {"STANDARD\\5,6"}
    assert [len(plan.images) for plan in plans] == [30, 30, 10]


def test_slides_need_to_be_counted():
    plans = arrange([level(0)] * 5, film=Film("SLIDE", image_boxes=2))
    assert [len(plan.images) for plan in plans] == [2, 2, 1]
    with pytest.raises(ConfigError, match="give image_boxes="):
        arrange([level(0)], film=Film("SLIDE"))


def test_annotations_know_their_film():
    plans = arrange(
        [level(0)] * 3, film=Film("STANDARD\\1,1"), annotations=["Doe", "", "{film}/{films}"]
    )
    assert [plan.annotations for plan in plans] == [("Doe", "", f"{n}/3") for n in (1, 2, 3)]
    assert arrange(level(0), annotations="Doe")[0].annotations == ("Doe",)
    with pytest.raises(ConfigError, match="65 characters, at most 64"):
        arrange(level(0), annotations=["x" * 65])


def test_a_presentation_lut_is_left_to_the_printer():
    lut = PresentationLut.from_function(lambda value: 1 - value)
    (plan,) = arrange(level(7), presentation_lut=lut)
    assert plan.presentation_lut is lut
    assert levels(plan) == [(1, 7)]
    with pytest.raises(ConfigError, match="is for images of 8 bits, these have 12"):
        arrange(level(7), presentation_lut=lut, bits=12)


def test_notes_name_their_image():
    color = np.zeros((1, 1, 3), np.uint8)
    (plan,) = arrange([level(0), color, FilmImage(color, name="face")])
    assert plan.notes == [
        "image 2: its colors are printed as gray",
        "face: its colors are printed as gray",
    ]


def test_an_image_that_cannot_be_printed_is_named():
    for bad, says in (([1], "image 2: list is no image"), (3, "image 2: int is no image")):
        with pytest.raises(ConfigError, match=says):
            arrange([level(0), bad])
    for images in (None, 7):
        with pytest.raises(ConfigError, match="or an iterable of these"):
            arrange(images)


def test_what_fits_the_printer():
    (plan,) = arrange(np.zeros((40, 20), np.uint8), maximum=(10, 10), maximum_behavior="CROP")
    assert plan.images[0].image.array.shape == (10, 10)
    (plan,) = arrange(
        image_of(np.zeros((4, 4), np.uint8), PixelAspectRatio=[2, 1]), resample=True, bits=12
    )
    assert plan.images[0].image.array.shape == (8, 4)
    assert plan.images[0].image.bits == 12
