r"""Write what pydicom says about valid and invalid values, to test ``value::validate_one`` with.

Usage: ``python rust/dataset/tools/generate_validity_vectors.py``; it rewrites
``tests/vectors/validity.tsv``: VR, ``valid`` or ``invalid``, and the value, in which characters
other than printable ASCII, and the backslash, are written as ``\u{hex}``.
"""

from __future__ import annotations

import random
from pathlib import Path

from pydicom import config
from pydicom.valuerep import validate_value

TARGET = Path(__file__).resolve().parent.parent / "tests" / "vectors" / "validity.tsv"
CHANGES_PER_SEED = 40

# Values to begin with, most of them valid.  The others are made of them by small changes.
SEEDS = {
    "AE": ["STORE_SCP", "A" * 16, "A" * 17, " AE 1 "],
    "AS": ["018M", "999Y", "3W", "001D "],
    "CS": ["ISO_IR 100", "A1_", "X" * 16, "X" * 17, "lower"],
    "DA": ["20240229", "20241231-", "-20240101", "20200101-20201231", "20240100", "20241331"],
    "DS": ["1", "-1.5", "+.5", "1.", " 12.25E+3 ", "1e-5", "1234567890.12345", "1e", "."],
    "DT": [
        "2024",
        "202402",
        "20240229",
        "2024022907",
        "20240229070960.123456",
        "20240229070960.1 +0100",
        "2024-0500",
        "2024-2025",
        "2024+0100-2025-0100",
        "-2024-0130 ",
        "202402-",
        "2020-0101120000",
        "20200101120000.5 - ",
        "-20200101120000.5  ",
    ],
    "IS": ["0", "-12", "+2147483647", " 42 ", "123456789012", "1234567890123", "1.0"],
    "LO": ["text", "ä" * 64, "ä" * 65, "tab\there"],
    "LT": ["x" * 10240, "é" * 10241],
    "PN": ["Doe^Jane", "a=b=c", "a=b=c=d", "山" * 64, "a=" + "山" * 65, "==", "x" * 64 + "=y"],
    "SH": ["short", "ü" * 16, "ü" * 17],
    "ST": ["x" * 1024, "x" * 1025],
    "TM": ["07", "0709", "070960", "235959.999999", "07-", "-0709", "07-0805", "070809.5 -09"],
    "UC": ["anything " * 20],
    "UI": ["1.2.840.10008.1.1", "0.0", "1.02", "1" * 64, "1" * 65, "1."],
    "UR": ["https://example.org/a?b=c#d  ", "a b", "[::1]:104", "back\\slash"],
    "UT": ["text\r\n\f"],
}
ALPHABETS = ["0123456789 -+.^=:/\\\n\0AZamDEWMYe_~äé山", "0123 -+.", "0123456789"]
# Changes of long values tell nothing more.
LONGEST_TO_CHANGE = 80


def changed(value: str, source: random.Random) -> str:
    """Insert, drop or replace a character or two."""
    letters = list(value)
    alphabet = source.choice(ALPHABETS)
    for _ in range(source.choice([1, 1, 2])):
        place = source.randrange(len(letters) + 1)
        step = source.randrange(3)
        if step == 0:
            letters.insert(place, source.choice(alphabet))
        else:
            letters[place : place + 1] = source.choice(alphabet) if step == 1 else ""
    return "".join(letters)


def written(value: str) -> str:
    """Escape what does not belong in a table."""
    return "".join(
        letter if " " <= letter <= "~" and letter != "\\" else f"\\u{{{ord(letter):x}}}"
        for letter in value
    )


def is_valid(vr: str, value: str) -> bool:
    """Ask pydicom."""
    try:
        validate_value(vr, value, config.RAISE)
    except ValueError:
        return False
    return True


def lines() -> list[str]:
    """Write every value with its verdict."""
    source = random.Random(6)  # noqa: S311 - the same values every time
    found = []
    for vr, seeds in SEEDS.items():
        values = dict.fromkeys(seeds)
        for seed in seeds:
            value = seed
            for _ in range(CHANGES_PER_SEED if len(seed) <= LONGEST_TO_CHANGE else 0):
                other = changed(value, source)
                values[other] = None
                # Valid values lead to further ones.
                if is_valid(vr, other) and len(other) <= LONGEST_TO_CHANGE:
                    value = other
        for value in values:
            verdict = "valid" if is_valid(vr, value) else "invalid"
            found.append(f"{vr}\t{verdict}\t{written(value)}\n")
    return found


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text("".join(lines()), encoding="utf-8")
