"""Make film.png, the film that the guide shows, of images of pydicom and pydicom-data."""

from __future__ import annotations

from pathlib import Path

from pydicom.data import get_testdata_file

from dicomwire.film import Film, FilmImage, FilmPlan, ImageBox, arrange, write_png

PICTURE = Path(__file__).with_name("film.png")
DOTS_PER_INCH = 40.0


def film() -> FilmPlan:
    """Lay six images on a film: windows, a frame of many, polarity, a width in millimetres."""
    ct, mr = get_testdata_file("CT_small.dcm"), get_testdata_file("MR_small.dcm")
    abdomen = get_testdata_file("examples_overlay.dcm")
    images = [
        FilmImage(ct, window=(300, 1500), name="CT"),
        FilmImage(ct, window=(300, 1500), box=ImageBox(polarity="REVERSE"), name="CT, reversed"),
        FilmImage(abdomen, name="MR, first window"),
        FilmImage(abdomen, voi=1, name="MR, second window"),
        FilmImage(get_testdata_file("emri_small.dcm"), frame=5, name="MR, frame 5"),
        FilmImage(mr, box=ImageBox(requested_image_size=90), name="MR, 90 mm wide"),
    ]
    wanted = Film(
        "STANDARD\\2,3",
        film_size_id="14INX17IN",
        border_density="BLACK",
        empty_image_density=140,
        magnification_type="CUBIC",
        trim=True,
    )
    (plan,) = arrange(images, film=wanted, annotations=["Doe^Jane", "film {film} of {films}"])
    return plan


if __name__ == "__main__":
    write_png(film(), PICTURE, dots_per_inch=DOTS_PER_INCH)
