"""Image display formats, numbers of films, and sizes of film (PS3.3 section C.13.3)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomwire.errors import ConfigError
from dicomwire.film import (
    FILM_SIZES,
    Rectangle,
    choose_format,
    film_size,
    films_needed,
    parse_format,
)

COUNTS = st.lists(st.integers(1, 6), min_size=1, max_size=6)
GRIDS = st.one_of(
    st.builds("STANDARD\\{},{}".format, st.integers(1, 12), st.integers(1, 12)),
    COUNTS.map(lambda counts: "ROW\\" + ",".join(map(str, counts))),
    COUNTS.map(lambda counts: "COL\\" + ",".join(map(str, counts))),
)


def corners(text):
    """The upper left corners of the boxes of a format."""
    boxes = parse_format(text).rectangles()
    return [(round(box.left, 3), round(box.top, 3)) for box in boxes]


def test_standard_names_columns_first_and_numbers_row_by_row():
    assert corners(r"STANDARD\2,3") == [
        (0, 0),
        (0.5, 0),
        (0, 0.333),
        (0.5, 0.333),
        (0, 0.667),
        (0.5, 0.667),
    ]
    assert parse_format(r"STANDARD\2,3").rectangles()[0] == Rectangle(0, 0, 1 / 2, 1 / 3)


def test_rows_have_as_many_boxes_as_they_say():
    assert corners(r"ROW\1,2") == [(0, 0), (0, 0.5), (0.5, 0.5)]
    assert parse_format(r"ROW\1,2").rectangles()[0] == Rectangle(0, 0, 1, 1 / 2)


def test_columns_are_numbered_from_top_to_bottom():
    assert corners(r"COL\2,1") == [(0, 0), (0, 0.5), (0.5, 0)]
    assert parse_format(r"COL\2,1").rectangles()[2] == Rectangle(1 / 2, 0, 1 / 2, 1)


@settings(deadline=None)
@given(GRIDS)
def test_boxes_cover_the_film_once(text):
    display = parse_format(text)
    boxes = display.rectangles()
    assert str(display) == text
    assert len(boxes) == display.image_boxes
    assert math.isclose(sum(box.width * box.height for box in boxes), 1)
    for number, one in enumerate(boxes):
        assert one.left >= 0
        assert one.top >= 0
        assert one.left + one.width <= 1 + 1e-9
        assert one.top + one.height <= 1 + 1e-9
        for other in boxes[number + 1 :]:
            beside = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
            below = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
            assert beside < 1e-9 or below < 1e-9


@pytest.mark.parametrize("text", ["SLIDE", "SUPERSLIDE", r"CUSTOM\7"])
def test_some_formats_have_as_many_boxes_as_the_printer_makes(text):
    display = parse_format(text)
    assert display.image_boxes is None
    assert str(display) == text
    assert len(display.rectangles(5)) == 5
    assert films_needed(11, text, image_boxes=5) == 3
    with pytest.raises(ConfigError, match="give image_boxes="):
        films_needed(11, text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must be one of STANDARD"),
        ("2x3", "must be one of STANDARD"),
        ("standard\\1,1", "must be one of STANDARD"),
        ("STANDARD", "must be one of STANDARD"),
        ("STANDARD\\2, 3", "must be one of STANDARD"),
        # Digits, but not those of ASCII: a printer would get characters it has no set for.
        ("STANDARD\\\u0662,3", "must be one of STANDARD"),
        ("STANDARD\\" + "9" * 5000 + ",1", "must be one of STANDARD"),
        ("STANDARD\\2", "two numbers"),
        ("STANDARD\\2,3,4", "two numbers"),
        ("STANDARD\\0,3", "at least 1"),
        ("ROW\\1,0", "at least 1"),
        ("STANDARD\\100,100", "at most 1000"),
        ("CUSTOM\\a", "must be one of STANDARD"),
        (None, "must be a string"),
        (("STANDARD", "2,3"), "must be a string"),
    ],
)
def test_what_is_no_format(text, says):
    with pytest.raises(ConfigError, match=says) as caught:
        parse_format(text)
    assert "image_display_format" in str(caught.value)


@pytest.mark.parametrize(("images", "films"), [(0, 0), (1, 1), (6, 1), (7, 2), (12, 2), (13, 3)])
def test_films_that_images_take(images, films):
    assert films_needed(images, r"STANDARD\2,3") == films


@pytest.mark.parametrize(
    ("images", "portrait", "landscape"),
    [
        (1, r"STANDARD\1,1", r"STANDARD\1,1"),
        (2, r"STANDARD\1,2", r"STANDARD\2,1"),
        (4, r"STANDARD\2,2", r"STANDARD\2,2"),
        (6, r"STANDARD\2,3", r"STANDARD\3,2"),
        (12, r"STANDARD\3,4", r"STANDARD\4,3"),
        (20, r"STANDARD\4,5", r"STANDARD\5,4"),
    ],
)
def test_the_format_chosen_for_square_images(images, portrait, landscape):
    assert choose_format(images, size=film_size("14INX17IN")) == portrait
    assert choose_format(images, size=film_size("14INX17IN", landscape=True)) == landscape


@settings(deadline=None)
@given(st.integers(1, 60), st.floats(0.2, 5), st.integers(1, 30))
def test_a_chosen_format_has_room_and_no_row_too_many(images, aspect, maximum):
    columns, rows = parse_format(choose_format(images, aspect=aspect, maximum=maximum)).numbers
    wanted = min(images, maximum)
    assert columns * rows >= wanted
    assert columns * (rows - 1) < wanted


def test_wide_images_get_more_rows():
    assert choose_format(4, aspect=4) == r"STANDARD\1,4"
    assert choose_format(4, aspect=0.25) == r"STANDARD\4,1"


def test_sizes_of_film():
    assert film_size(None) == film_size("14INX17IN") == (355.6, 431.8)
    assert film_size("A4", landscape=True) == (297, 210)
    assert film_size("13INX18IN") == pytest.approx((330.2, 457.2))
    assert film_size("35CMX43CM") == (350, 430)
    assert all(width <= height for width, height in FILM_SIZES.values())
    # What the name says is what it measures; 10INX14IN is the exception that the standard notes.
    for name in FILM_SIZES:
        if name not in ("A3", "A4", "10INX14IN"):
            width, height = name.replace("_", ".").split("X")
            factor = 25.4 if "IN" in name else 10
            assert film_size(name) == pytest.approx(
                (float(width[:-2]) * factor, float(height[:-2]) * factor)
            )


@pytest.mark.parametrize("name", ["LARGE", "0INX17IN", "14X17"])
def test_a_film_of_unknown_size(name):
    with pytest.raises(ConfigError, match="film_size_id"):
        film_size(name)
