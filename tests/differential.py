"""Broken files read by dicomwire and by pydicom: where do they differ, and is that known?

``python tests/differential.py --seconds 60 --seed 1`` compares mutants of real files for a minute
and prints what it saw. `CLASSES` lists the kinds of difference that were looked at and found to be
right; any other makes it fail, and writes the file, so that it can be looked at.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom
from equal_datasets import unlike
from mutants import Mutant, mutants
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.valuerep import STANDARD_VR

import dicomwire as dw

if TYPE_CHECKING:
    from collections.abc import Iterator

# What pydicom raises where it did not expect such bytes.
_SURPRISES = (
    "(OSError|error|AttributeError|BytesLengthException|NotImplementedError|TypeError|ValueError)"
)
DELIMITER_IN_FRAGMENT = "a fragment has the bytes of a delimiter: pydicom ends there"
# A name for each kind of difference, and what the text of one looks like.
CLASSES = {
    "trailing zeros are padding for us, an element (0000,0000) for pydicom": (
        r"^elements \['\(0000,0000\)'\]$"
    ),
    "the data set is not encoded as group 2 says, or there is no group 2": r"^encoding ",
    "an item without elements shows no encoding: pydicom looks at what comes after it": (
        r"\]\.encoding \((True|False), (True|False)\) \((?!\1)(True|False), \2\)$"
    ),
    "not like a data set, and no head: pydicom was told to read anything": (
        r"^we refuse: DecodeError\('(not a DICOM file|the file is empty)"
    ),
    DELIMITER_IN_FRAGMENT: r"^\(7FE0,0010\) \('bytes'",
    "group 2 is cut short or broken: pydicom was told to read anything": (
        r"^we refuse: DecodeError\('the file is cut short in its head"
    ),
    "a sequence or data set is broken: pydicom goes on somewhere": (
        r"DecodeError\('found \(.*, where (an item|a data element)"
    ),
    "encapsulated or a fragment without a length: pydicom looks for the next delimiter": (
        r"DecodeError\('\(.* must not have undefined length"
    ),
    "pydicom refuses what we keep, with a warning where it is cut short": (
        rf"^pydicom refuses: {_SURPRISES}\("
    ),
    "a name that cannot be decoded: the text is the same, pydicom makes other bytes of it": (
        r"\('PersonName', .*, (.*)\) \('PersonName', .*, \1\)$"
    ),
    "pydicom raises at an element that we give as it is": rf"^\(.* {_SURPRISES}\(.*\)$",
    "a sequence that pydicom cannot read, and then tries as something else": (
        r"^\(.*\('Sequence', .*\('MultiValue'"
    ),
    "a VR nobody knows: pydicom raises as well, unless it reads other bytes": (
        r"^\(.*\) NotImplementedError\("
    ),
    "a deflated data set of a few bytes: pydicom takes them for a command set": (
        r"^we refuse: DecodeError\('the deflated data set is cut short at offset [0-7]'\)"
    ),
    "the character set comes after a sequence, or twice: pydicom notes what came first": (
        r"character set \[.*\] ('iso8859'|\[.*\])$"
    ),
}
CUT = "what the end of the data or item cuts is kept by us; pydicom drops it or reads on"
UNDEFINED = "undefined length in implicit VR is a sequence for us, for pydicom all to a delimiter"
LONE = "a header without a VR and nothing else, deflated: for pydicom no data set at all"
_OTHER_LENGTH = re.compile(r" is_undefined_length (False True|True False)$")
_OTHER_SEQUENCE = re.compile(r" VR 'SQ' '(?!UN')")
_TAG = r"(\([0-9A-F]{4},[0-9A-F]{4}\))"
_CUT = re.compile(
    rf"^(?:the data set: )?(?:{_TAG}.* (?:is cut short|what surrounds it ends)"
    rf"|the data ends within an element header at offset \d+ in (?:{_TAG}|the data set)"
    r"|found \(FFFE,E00D\)|End of file reached before delimiter)"
)


def differences(mutant: Mutant) -> list[str]:
    """List how the two readings of a file differ; what is missing on one side comes first."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ours = _read(lambda: dw.read_file(mutant.content))
        theirs = _read(lambda: pydicom.dcmread(io.BytesIO(mutant.content), force=True))
        if isinstance(ours, Exception) and isinstance(theirs, Exception):
            return []
        if isinstance(ours, Exception):
            return [f"we refuse: {ours!r}"]
        if isinstance(theirs, Exception):
            return [f"pydicom refuses: {theirs!r}"]
        if _has_undefined_length(ours) or _has_undefined_length(theirs):
            return [UNDEFINED]
        if len(ours) == 1 and not len(theirs):
            return [LONE]
        if not len(theirs) and any("End of file" in str(each.message) for each in caught):
            return [CUT]
        found = _missing(ours, theirs) + unlike(ours, theirs)
    if any(_OTHER_SEQUENCE.search(text) or _OTHER_LENGTH.search(text) for text in found):
        return [UNDEFINED]
    cuts = [_CUT.match(str(warning.message)) for warning in caught]
    places = [cut[1] or cut[2] or "elements" for cut in cuts if cut]
    return [CUT if _is_at_cut(text, places) else text for text in found]


def _has_undefined_length(ours: pydicom.Dataset) -> bool:
    """Whether we took an element for a sequence that pydicom takes for a value."""
    for key in ours.keys():  # noqa: SIM118 - iterating would decode
        try:
            element = ours[key]
            if element.VR != "SQ":
                continue
            is_other = dictionary_has_tag(key) and dictionary_VR(key) != "SQ"
            if ours.original_encoding[0] and element.is_undefined_length and is_other:
                return True
            if any(_has_undefined_length(item) for item in element.value):
                return True
        except Exception:  # noqa: BLE001 - compared later
            continue
    return False


def _missing(ours: pydicom.Dataset, theirs: pydicom.Dataset) -> list[str]:
    """Tell what only one side has, and take it away, so that the rest is compared."""
    odd = set(ours.keys()) ^ set(theirs.keys())
    for key in odd:
        side = ours if key in ours else theirs
        del side[key]
    return [f"elements {sorted(str(key) for key in odd)}"] if odd else []


def _is_at_cut(text: str, places: list[str]) -> bool:
    """Whether a difference is where the data is cut short."""
    return bool(places) and (text.startswith(("elements", *places)))


def _read(read) -> pydicom.Dataset | Exception:  # noqa: ANN001
    try:
        return read()
    except Exception as error:  # noqa: BLE001 - whatever is raised is compared
        return error


BROKEN = "the structure is broken, out of order or mixed: read in another way, told by us"


def is_sound(content: bytes) -> bool:
    """Whether the structure is whole, in order and of one encoding, so that readers must agree."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", message=r".* at offset \d+ ")
            dataset = dw.read_file(content)
            return _is_in_order(dataset)
    except Exception:  # noqa: BLE001 - whatever it is, it is not sound
        return False


def _is_in_order(dataset: pydicom.Dataset) -> bool:
    tags = [int(tag) for tag in dataset.keys()]  # noqa: SIM118 - iterating would decode
    if tags != sorted(set(tags)) or len(tags) != len(dataset._source.tags()):
        return False
    is_implicit = dataset.original_encoding[0]
    for element in dataset._dict.copy().values():
        if element.VR is not None and element.VR not in STANDARD_VR:
            return False
        if element.VR != "SQ" and element.is_raw and (element.VR is None) != is_implicit:
            return False
        if element.VR == "SQ" and not all(_is_in_order(item) for item in element.value):
            return False
    return True


def kind(difference: str) -> str | None:
    """Name the known kind a difference is of."""
    if difference in {CUT, LONE, UNDEFINED}:
        return difference
    return next((name for name, text in CLASSES.items() if re.search(text, difference)), None)


def unknown(mutant: Mutant, seen: Counter[str]) -> list[str]:
    """List the differences that are of no known kind, and count those that are."""
    found = differences(mutant)
    kinds = [kind(difference) for difference in found]
    seen.update(set(filter(None, kinds)))
    seen["mutants"] += 1
    new = [text for text, name in zip(found, kinds, strict=True) if name is None]
    # A fragment that swallows its delimiter swallows what comes after it, too.
    if new and (DELIMITER_IN_FRAGMENT in kinds or not is_sound(mutant.content)):
        seen[BROKEN] += 1
        return []
    return new


def compare(seed: int, seconds: float) -> Iterator[tuple[Mutant, list[str]]]:
    """Compare mutants for some time; give those with unknown differences."""
    seen: Counter[str] = Counter()
    end = time.monotonic() + seconds
    for mutant in mutants(seed):
        if time.monotonic() > end:
            break
        if new := unknown(mutant, seen):
            yield mutant, new
    for name, count in seen.most_common():
        print(f"{count:8} {name}")


def main() -> None:
    """Compare, and write what is new."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path("rust/fuzz/artifacts/differential"))
    parser.add_argument("--most", type=int, default=20, help="stop after so many findings")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"comparing with pydicom {pydicom.__version__}, seed {options.seed}")
    count = 0
    for count, (mutant, new) in enumerate(compare(options.seed, options.seconds), 1):
        options.findings.mkdir(parents=True, exist_ok=True)
        place = options.findings / f"{options.seed}-{count}.dcm"
        place.write_bytes(mutant.content)
        print(place, mutant.origin, mutant.syntax, *new[:8], sep="\n    ", flush=True)
        if count >= options.most:
            break
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
