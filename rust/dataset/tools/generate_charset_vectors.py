"""Generate the vectors that compare the character sets of dicomwire-dataset with pydicom's.

Usage: ``python rust/dataset/tools/generate_charset_vectors.py``; it rewrites
``tests/vectors/charset.txt``.  With ``--check`` nothing is written and the exit code tells whether
the committed vectors are up to date.  Lines have fields separated by tabs:

- ``codes NAMES PREFIX FIRST HASH``: what all codes that begin with 16 bytes decode to;
- ``characters NAMES FIRST HASH``: what 4096 characters from one on encode to;
- ``decode NAMES VR BYTES TEXT WARNED``: a string, as pydicom reads it in a data set;
- ``encode NAMES VR TEXT BYTES``: a string as pydicom writes it.

NAMES are pydicom's names of the character sets, bytes and the UTF-8 of texts are hexadecimal.
"""

from __future__ import annotations

import random
import re
import sys
import warnings
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom
from pydicom import config
from pydicom.charset import ENCODINGS_TO_CODES, decode_bytes, encode_string
from pydicom.valuerep import TEXT_VR_DELIMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PYDICOM_VERSION = "3.0.2"
VECTORS = Path(__file__).resolve().parent.parent / "tests" / "vectors" / "charset.txt"
STRINGS_PER_COMBINATION = 25
NONE = "\ufffd"
SURROGATES = range(0xD800, 0xE000)
FOUR_BYTES = range(0x81, 0xFF)
ESCAPE = 0x1B
# A Japanese set is followed by one for the upper half, and ASCII does not get its place back.
UNRESTORED_ASCII = re.compile(rb"\x1b\$(?:B|\(D)[^\x1b]*\x1b(?:-|\)|\$\))")

SINGLE_BYTE = [
    "latin_1",
    "iso8859_2",
    "iso8859_3",
    "iso8859_4",
    "iso_ir_144",
    "iso_ir_127",
    "iso_ir_126",
    "iso_ir_138",
    "iso_ir_148",
    "iso_ir_166",
]
COMBINATIONS = [
    *(["iso8859", name] for name in (*SINGLE_BYTE, "iso2022_jp", "iso2022_jp_2", "euc_kr")),
    *([name] for name in ("UTF8", "GB18030", "GBK", "GB2312", "euc_kr", "shift_jis", "latin_1")),
    ["iso8859"],
    ["iso8859", "iso_ir_58"],
    ["iso8859", "shift_jis", "iso2022_jp"],
    ["shift_jis", "iso2022_jp"],
    ["shift_jis", "iso2022_jp", "iso2022_jp_2"],
    ["iso8859", "iso2022_jp", "iso2022_jp_2", "euc_kr"],
    ["iso8859", "latin_1", "iso_ir_126", "iso_ir_144"],
    ["latin_1", "iso_ir_126", "iso2022_jp"],
    ["iso8859_2", "iso_ir_144", "euc_kr"],
    ["euc_kr", "iso_ir_126"],
    ["iso8859", "iso_ir_58", "euc_kr", "iso_ir_166"],
]
SAMPLES = {
    "iso8859": "ABCxyz 123",
    "latin_1": "ÄÖÜßéèñ",
    "iso8859_2": "čďěřšťž",
    "iso8859_3": "ĉĝĥĵŝŭ",
    "iso8859_4": "ąįšņķ",
    "iso_ir_144": "ЛюксмЖдиш",
    "iso_ir_127": "قباني",
    "iso_ir_126": "Διονυσιος",
    "iso_ir_138": "שרון",
    "iso_ir_148": "çğışö",
    "iso_ir_166": "นามสกุล",
    "shift_jis": "ﾔﾏﾀﾞﾀﾛｳ",
    "iso2022_jp": "山田太郎やまだ\uff3c・",
    "iso2022_jp_2": "丂丄丅丌丒",
    "euc_kr": "김희중洪吉洞",
    "iso_ir_58": "张小东王",
    "GB2312": "张小东王",
    "GBK": "張王啊丂乗俓",
    "GB18030": "张小东㐀𠀀ḿ",
    "UTF8": "Ünï𠀀漢",
}


def fnv(chunks: Iterable[bytes]) -> str:
    """Return the 64-bit FNV-1a hash of the chunks, each ended by a byte that is in no UTF-8."""
    value = 0xCBF29CE484222325
    for chunk in chunks:
        for byte in (*chunk, 0xFF):
            value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def decoded(code: bytes, names: list[str]) -> bytes:
    """Return the UTF-8 of a code's text, or that of U+FFFD."""
    try:
        return decode_bytes(code, names, TEXT_VR_DELIMS).encode()
    except UnicodeError:
        return NONE.encode()


def encoded(character: str, names: list[str]) -> bytes:
    """Return a character's bytes, or none."""
    try:
        return encode_string(character, names)
    except (UnicodeError, UserWarning):
        return b""


def codes_of(name: str, first: int) -> Iterator[bytes]:
    """Return all codes of two bytes, and in GB 18030 of four, that begin with a byte."""
    if first != ESCAPE:
        yield from (bytes([first, second]) for second in range(256) if second != ESCAPE)
    if name == "GB18030" and first in FOUR_BYTES:
        for second, third, fourth in product(range(10), FOUR_BYTES, range(10)):
            yield bytes([first, 0x30 + second, third, 0x30 + fourth])


def code_lines() -> Iterator[str]:
    """Compare every code of every set, sixteen first bytes on a line."""
    prefixes = dict.fromkeys(SAMPLES, "") | {"iso2022_jp": "1b2442", "iso2022_jp_2": "1b242844"}
    for name, prefix in prefixes.items():
        for start in range(0, 256, 16):
            codes = (code for first in range(start, start + 16) for code in codes_of(name, first))
            value = fnv(decoded(bytes.fromhex(prefix) + code, [name]) for code in codes)
            yield f"codes\t{name}\t{prefix}\t{start:02x}\t{value}"


def written_names(names: list[str]) -> list[str]:
    """Return the names to write with: the default repertoire is ASCII, not Latin-1."""
    return ["ascii" if name == "iso8859" else name for name in names]


def character_lines() -> Iterator[str]:
    """Compare the codes of every character of the basic plane and some beyond."""
    for name in sorted(SAMPLES.keys() - {"UTF8"}):
        names = ["iso8859", name] if name.startswith("iso2022") else [name]
        # pydicom writes these, but does not read the same from what it wrote.
        lossy = {"shift_jis": "\u00a5\u203e", "euc_kr": "\u3164"}.get(name, "")
        lossy += "".join(map(chr, SURROGATES))
        for first in range(0x80, 0x11000, 0x1000):
            characters = map(chr, range(first, first + 0x1000))
            value = fnv(
                b"" if character in lossy else encoded(character, written_names(names))
                for character in characters
            )
            yield f"characters\t{','.join(names)}\t{first:x}\t{value}"


def random_bytes(names: list[str], chance: random.Random) -> bytes:
    """Return a value of parts in the character sets, not always as the standard has it."""

    def rarely(value: bytes, one_of: int) -> bytes:
        return b"" if chance.randrange(one_of) else value

    parts = []
    for _ in range(chance.randint(1, 5)):
        name = chance.choice(names)
        part = "".join(chance.choices(SAMPLES[name], k=chance.randint(1, 4))).encode(name)
        escape = ENCODINGS_TO_CODES.get(name, b"")
        if name.startswith("iso2022"):
            is_roman = names[0] == "shift_jis" and chance.randrange(3)
            part = part.removesuffix(b"\x1b(B") + (b"\x1b(J" if is_roman else b"\x1b(B")
        else:
            part = (escape if name != names[0] else rarely(escape, 5)) + part
        delimiter = chance.choice([b"", b"", b" ", b"^", b"=", b"\\", b"\r\n", b"AB", b"^"])
        wrong_escape = chance.choice(list(ENCODINGS_TO_CODES.values()))
        parts += [part, delimiter, rarely(chance.randbytes(2), 25), rarely(wrong_escape, 25)]
    return b"".join(parts)


def component_bytes(text: str, names: list[str]) -> bytes:
    """Return what pydicom writes, without the first set's escape sequence at the beginning."""
    value = encode_string(text, written_names(names))
    firsts = (b"\x1b(B",) if names[0] == "iso8859" else (b"\x1b(J", b"\x1b)I")
    return value[3:] if value.startswith(firsts) else value


def string_lines(chance: random.Random) -> Iterator[str]:
    """Compare strings in combinations of character sets."""
    for names in COMBINATIONS:
        joined = ",".join(names)
        for _ in range(STRINGS_PER_COMBINATION):
            value = random_bytes(names, chance)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                config.settings.reading_validation_mode = config.WARN
                text = decode_bytes(value, names, TEXT_VR_DELIMS)
                config.settings.reading_validation_mode = config.RAISE
            vr = chance.choice(["PN", "LO"])
            fields = (joined, vr, value.hex(), text.encode().hex(), str(int(bool(caught))))
            yield "\t".join(("decode", *fields))
        # What dicomwire writes otherwise, because it is right or loses nothing: the escape sequence
        # of ISO 2022 IR 58, escape sequences that bring back a first set with an upper half, and
        # katakana that are mixed with ASCII; below, ASCII before a set for the upper half.
        if "iso_ir_58" in names or (names[0] not in ("iso8859", "shift_jis") and len(names) > 1):
            continue
        for _ in range(STRINGS_PER_COMBINATION):
            samples = [SAMPLES[chance.choice(names)] for _ in range(chance.randint(1, 3))]
            parts = ["".join(chance.choices(sample, k=2)) for sample in samples]
            text = chance.choice(["", "^", " ", "^"]).join(parts)
            try:
                value = b"^".join(component_bytes(part, names) for part in text.split("^"))
            except (UnicodeError, UserWarning):
                continue
            if not UNRESTORED_ASCII.search(value):
                yield f"encode\t{joined}\tPN\t{text.encode().hex()}\t{value.hex()}"


def main() -> int:
    """Write the vectors, or compare them with ``--check``."""
    if pydicom.__version__ != PYDICOM_VERSION:
        sys.exit(f"the vectors are those of pydicom {PYDICOM_VERSION}, not {pydicom.__version__}")
    config.settings.reading_validation_mode = config.RAISE
    config.settings.writing_validation_mode = config.RAISE
    warnings.simplefilter("error")
    ENCODINGS_TO_CODES["ascii"] = ENCODINGS_TO_CODES["iso8859"]
    lines = [*code_lines(), *character_lines(), *string_lines(random.Random(3))]  # noqa: S311 - the same each time
    text = "".join(f"{line}\n" for line in lines)
    if "--check" in sys.argv[1:]:
        return int(VECTORS.read_text() != text)
    VECTORS.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
