"""What is asked of a printer: values, their checks, and the data sets they become."""

from __future__ import annotations

import struct
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_VR

from dicomwire import decode, encode
from dicomwire.errors import ConfigError
from dicomwire.film import Film, FilmSession, ImageBox, PresentationLut

SESSION = FilmSession(
    number_of_copies=2,
    print_priority="MED",
    medium_type="BLUE FILM",
    film_destination="BIN_2",
    film_session_label="Doe, chest",
    memory_allocation=4096,
    owner_id="RADIOLOGY",
)
FILM = Film(
    "STANDARD\\2,3",
    film_orientation="LANDSCAPE",
    film_size_id="8_5INX11IN",
    magnification_type="CUBIC",
    smoothing_type="SHARP_1",
    border_density="WHITE",
    empty_image_density=150,
    min_density=20,
    max_density=310,
    trim=True,
    configuration_information="LUT=1\\GAMMA=2",
    annotation_display_format_id="BOTTOM",
    requested_resolution_id="HIGH",
    illumination=2000,
    reflected_ambient_light=10,
)
BOX = ImageBox(
    polarity="REVERSE",
    magnification_type="REPLICATE",
    smoothing_type="NONE",
    min_density=0,
    max_density=0,
    configuration_information="LUT=2",
    requested_image_size=120.5,
    requested_decimate_crop_behavior="CROP",
)
SYNTAXES = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"]


def test_a_film_session_as_it_is_sent():
    dataset = SESSION.to_dataset()
    assert {element.keyword: element.value for element in dataset} == {
        "NumberOfCopies": 2,
        "PrintPriority": "MED",
        "MediumType": "BLUE FILM",
        "FilmDestination": "BIN_2",
        "FilmSessionLabel": "Doe, chest",
        "MemoryAllocation": 4096,
        "OwnerID": "RADIOLOGY",
    }


def test_a_film_as_it_is_sent():
    assert {element.keyword: element.value for element in FILM.to_dataset()} == {
        "ImageDisplayFormat": "STANDARD\\2,3",
        "FilmOrientation": "LANDSCAPE",
        "FilmSizeID": "8_5INX11IN",
        "MagnificationType": "CUBIC",
        "SmoothingType": "SHARP_1",
        "BorderDensity": "WHITE",
        "EmptyImageDensity": "150",
        "MinDensity": 20,
        "MaxDensity": 310,
        "Trim": "YES",
        "ConfigurationInformation": "LUT=1\\GAMMA=2",
        "AnnotationDisplayFormatID": "BOTTOM",
        "RequestedResolutionID": "HIGH",
        "Illumination": 2000,
        "ReflectedAmbientLight": 10,
    }
    assert FILM.is_landscape


def test_an_image_box_as_it_is_sent():
    assert {element.keyword: element.value for element in BOX.to_dataset()} == {
        "Polarity": "REVERSE",
        "MagnificationType": "REPLICATE",
        "SmoothingType": "NONE",
        "MinDensity": 0,
        "MaxDensity": 0,
        "ConfigurationInformation": "LUT=2",
        "RequestedImageSize": 120.5,
        "RequestedDecimateCropBehavior": "CROP",
    }


@pytest.mark.parametrize("options", [FilmSession(), ImageBox()])
def test_what_is_not_said_is_left_to_the_printer(options):
    assert len(options.to_dataset()) == 0


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("options", [SESSION, FILM, BOX])
def test_data_sets_survive_both_transfer_syntaxes(options, syntax):
    dataset = options.to_dataset()
    assert decode(encode(dataset, syntax), syntax) == dataset
    assert all(dictionary_VR(element.tag) == element.VR for element in dataset)


def test_a_label_that_is_not_ascii_has_its_character_set():
    dataset = FilmSession(film_session_label="Müller, Thorax").to_dataset()
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    syntax = SYNTAXES[1]
    back = decode(encode(dataset, syntax), syntax)
    assert back.FilmSessionLabel == "Müller, Thorax"


@pytest.mark.parametrize(
    ("kind", "name", "value", "says"),
    [
        (FilmSession, "number_of_copies", 0, "from 1 to"),
        (FilmSession, "number_of_copies", True, "from 1 to"),
        (FilmSession, "number_of_copies", "2", "from 1 to"),
        (FilmSession, "print_priority", "MEDIUM", "HIGH, MED, LOW"),
        (FilmSession, "print_priority", "high", "HIGH, MED, LOW"),
        (FilmSession, "medium_type", "Blue Film", "capitals"),
        (FilmSession, "medium_type", "MAMMO CLEAR FILMS", "1 to 16"),
        (FilmSession, "film_destination", "BIN-1", "capitals"),
        (FilmSession, "film_destination", " ", "capitals"),
        (FilmSession, "film_session_label", "x" * 65, "65 characters, at most 64"),
        (FilmSession, "film_session_label", "a\\b", "backslash"),
        (FilmSession, "film_session_label", "a\nb", "control"),
        (FilmSession, "film_session_label", " ", "leave it out"),
        (FilmSession, "memory_allocation", -1, "from 0"),
        (FilmSession, "owner_id", "x" * 17, "at most 16"),
        (Film, "image_display_format", "2x3", "STANDARD"),
        (Film, "film_orientation", "UPRIGHT", "PORTRAIT, LANDSCAPE"),
        (Film, "film_size_id", "14inx17in", "14INX17IN"),
        (Film, "magnification_type", "cubic", "CUBIC"),
        (Film, "border_density", "GRAY", "BLACK, WHITE or hundredths"),
        (Film, "border_density", 1.5, "BLACK, WHITE or hundredths"),
        (Film, "border_density", -1, "BLACK, WHITE or hundredths"),
        (Film, "empty_image_density", True, "BLACK, WHITE or hundredths"),
        (Film, "min_density", 1.5, "hundredths of optical density"),
        (Film, "max_density", 70000, "to 65535"),
        (Film, "trim", "MAYBE", "True .YES. or False"),
        (Film, "configuration_information", "x" * 1025, "at most 1024"),
        (Film, "configuration_information", "Grün", "ASCII"),
        (Film, "annotation_display_format_id", "bottom", "capitals"),
        (Film, "requested_resolution_id", "600 dpi", "STANDARD, HIGH"),
        (Film, "illumination", -1, "from 0"),
        (Film, "reflected_ambient_light", "10", "from 0"),
        (Film, "image_boxes", 0, "from 1"),
        (Film, "image_boxes", 6, "SLIDE"),
        (ImageBox, "polarity", "INVERSE", "NORMAL, REVERSE"),
        (ImageBox, "requested_image_size", 0, "millimetres"),
        (ImageBox, "requested_image_size", "100", "millimetres"),
        (ImageBox, "requested_image_size", float("nan"), "millimetres"),
        (ImageBox, "requested_decimate_crop_behavior", "SCALE", "DECIMATE, CROP, FAIL"),
    ],
)
def test_values_that_cannot_be(kind, name, value, says):
    with pytest.raises(ConfigError, match=says) as caught:
        kind(**{name: value})
    assert name in str(caught.value)


@pytest.mark.parametrize("kind", [Film, ImageBox])
def test_a_range_of_density_that_is_upside_down(kind):
    with pytest.raises(ConfigError, match=r"min_density=300: is above max_density=20"):
        kind(min_density=300, max_density=20)


def test_a_format_that_is_still_to_be_chosen_is_not_sent():
    with pytest.raises(ConfigError, match="arrange"):
        Film().to_dataset()


def test_image_boxes_go_with_formats_that_leave_them_open():
    assert "image_boxes" not in str(Film("SLIDE", image_boxes=12).to_dataset())
    assert len(Film("SLIDE", image_boxes=12).to_dataset()) == 1
    with pytest.raises(ConfigError, match="SLIDE, SUPERSLIDE and CUSTOM"):
        Film("STANDARD\\1,2", image_boxes=3)


def test_every_field_that_is_sent_is_a_parameter():
    for kind in (FilmSession, Film, ImageBox):
        names = {field.name for field in fields(kind)}
        assert set(kind._ATTRIBUTES) == names - {"image_display_format", "image_boxes"}


def test_a_shape():
    dataset = PresentationLut("LIN OD").to_dataset()
    assert [element.keyword for element in dataset] == ["PresentationLUTShape"]
    assert dataset.PresentationLUTShape == "LIN OD"
    assert PresentationLut("IDENTITY").bits_stored is None


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_table(syntax):
    lut = PresentationLut.from_function(
        lambda value: 1 - value, bits_stored=12, bits=10, explanation="negative"
    )
    assert lut.bits_stored == 12
    back = decode(encode(lut.to_dataset(), syntax), syntax)
    (item,) = back.PresentationLUTSequence
    assert item.LUTDescriptor == [4096, 0, 10]
    assert item.LUTExplanation == "negative"
    entries = struct.unpack("<4096H", item.LUTData)
    assert entries == lut.table
    assert (entries[0], entries[4095]) == (1023, 0)


@settings(deadline=None)
@given(st.sampled_from([8, 12]), st.integers(10, 16), st.floats(0.2, 5))
def test_a_function_that_rises_makes_a_table_that_does(bits_stored, bits, gamma):
    lut = PresentationLut.from_function(lambda v: v**gamma, bits_stored=bits_stored, bits=bits)
    assert list(lut.table) == sorted(lut.table)
    assert (lut.table[0], lut.table[-1]) == (0, 2**bits - 1)
    assert len(lut.table) == 2**bits_stored


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({}, "a shape .* or a table"),
        ({"shape": "IDENTITY", "table": range(256)}, "not both"),
        ({"shape": "INVERSE"}, "IDENTITY or LIN OD"),
        ({"table": range(255)}, "255 entries.*256 entries for 8-bit"),
        ({"table": range(4096), "bits": 10}, "from 0 to 1023"),
        ({"table": range(-1, 255)}, "=-1"),
        ({"table": [0.5] * 256}, "must be integers"),
        ({"table": 256}, "must be integers"),
        ({"table": range(256), "bits": 9}, "must be 10 to 16"),
        ({"table": range(256), "bits": True}, "must be 10 to 16"),
        ({"table": range(256), "explanation": "x" * 65}, "at most 64"),
        ({"shape": "LIN OD", "explanation": "why"}, "there is none"),
    ],
)
def test_presentation_luts_that_cannot_be(parameters, says):
    with pytest.raises(ConfigError, match=says):
        PresentationLut(**parameters)


def test_functions_that_make_no_table():
    with pytest.raises(ConfigError, match=r"function=2.0: must be from 0 to 1.* for 0.0"):
        PresentationLut.from_function(lambda value: value + 2)
    with pytest.raises(ConfigError, match="8 or 12 bits"):
        PresentationLut.from_function(lambda value: value, bits_stored=10)
    with pytest.raises(ConfigError, match="must be 10 to 16"):
        PresentationLut.from_function(lambda value: value, bits=-1)


def test_densities_have_the_digits_of_ascii():
    with pytest.raises(ConfigError, match="must be BLACK, WHITE or hundredths"):
        Film(border_density="\u0661\u0665\u0660")
