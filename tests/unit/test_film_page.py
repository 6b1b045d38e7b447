"""The page of the guide on films, its picture, and the names that it uses."""

from __future__ import annotations

import inspect
import re
import runpy
import shutil
from pathlib import Path

import numpy as np
from corpora import corpus_files
from pages import assert_output, blocks_of, translated
from PIL import Image

from dicomwire import film
from dicomwire.film import preview

DOCS = Path(__file__).parents[2] / "docs"
FILES = {path.name: path for path in corpus_files()}
STUDY = {
    "ct.dcm": "CT_small.dcm",
    "ct-2.dcm": "CT_small.dcm",
    "mr.dcm": "MR_small.dcm",
    "mr-2.dcm": "MR_small_RLE.dcm",
    "overlay.dcm": "examples_overlay.dcm",
    "overlay-2.dcm": "examples_overlay.dcm",
}


def test_the_python_of_the_page(tmp_path, capsys):
    study = tmp_path / "study"
    study.mkdir()
    (tmp_path / "previews").mkdir()
    for here, name in STUDY.items():
        shutil.copy(FILES[name], study / here)
    names = {
        "/data/study": str(study),
        "/data/previews": str(tmp_path / "previews"),
        "/data/frames.dcm": str(FILES["emri_small.dcm"]),
    }
    scope = {}
    runnable = blocks_of((DOCS / "guide" / "printing-preview.md").read_text())
    assert all(block.output for block in runnable), "every block shows what it prints"
    for block in runnable:
        exec(compile(translated(block.code, names), "printing-preview.md", "exec"), scope)
        assert_output(capsys.readouterr().out, block.output)


def test_the_picture_of_the_page_is_that_of_this_code():
    made = runpy.run_path(str(DOCS / "pictures" / "film_preview.py"))
    fresh = preview(made["film"](), dots_per_inch=made["DOTS_PER_INCH"])
    assert made["PICTURE"].stat().st_size < 150_000
    with Image.open(made["PICTURE"]) as picture:
        assert (picture.mode, picture.size) == (fresh.mode, fresh.size)
        difference = np.abs(np.asarray(picture).astype(int) - np.asarray(fresh))
    # Versions of Pillow scale and write a little otherwise.
    assert difference.mean() < 1


def test_every_name_is_documented():
    for name in film.__all__:
        thing = getattr(film, name)
        if not callable(thing):
            continue
        text = inspect.getdoc(thing)
        missing = [
            parameter
            for parameter in inspect.signature(thing).parameters
            if parameter != "_"
            and not re.search(rf"^[\w, ]*\b{parameter}\b.* : ", text, re.MULTILINE)
        ]
        assert missing == [], name
