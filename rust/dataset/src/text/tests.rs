//! Facts of the standard, and what real files make of it.

use super::*;
use crate::tag::Tag;

fn sets(value: &[u8]) -> CharacterSets {
    let (sets, problems) = CharacterSets::parse(value);
    assert_eq!(problems, []);
    sets
}

fn name(bytes: &[u8]) -> Value<'_> {
    Value::new(Tag::new(0x0010, 0x0010), Vr::PN, bytes, false)
}

#[test]
fn ascii_and_utf8_are_text() {
    assert_eq!(decode(name(b"DOE^JANE "), b"").expect("ASCII"), "DOE^JANE");
    let utf8 = decode(name("MÜLLER".as_bytes()), b"ISO_IR 192 ").expect("UTF-8");
    assert_eq!(utf8, "MÜLLER");
    let latin = decode(name(b"M\xdcLLER"), b"ISO_IR 100").expect("Latin-1");
    assert_eq!(latin, "MÜLLER");
}

#[test]
fn what_is_no_text_is_an_error() {
    assert!(matches!(
        decode(name(b"M\xdcLLER"), b"ISO_IR 1000"),
        Err(Error::UnsupportedCharacterSet { name, .. }) if name == "ISO_IR 1000"
    ));
    for (bytes, set) in [
        (b"M\xdcLLER".as_slice(), b"".as_slice()),
        (b"\xff", b"ISO_IR 192"),
    ] {
        assert!(matches!(
            decode(name(bytes), set),
            Err(Error::InvalidValue { .. })
        ));
    }
}

#[test]
fn every_repertoire_has_its_names() {
    for names in &repertoire::NAMES {
        assert_eq!(names.repertoire.names().python, names.python);
        let sets = CharacterSets::from_python_encodings(&[names.python]).expect("known");
        assert_eq!(sets, CharacterSets::of(names.repertoire));
        let term = sets.terms().next().expect("one");
        assert_eq!(CharacterSets::parse(term.as_bytes()), (sets, vec![]));
    }
}

/// A character set, the bytes of a name, and the name: as in PS3.5 Annexes H, I, J and K.
const NAMES_OF_THE_STANDARD: [(&[u8], &[u8], &str); 6] = [
    (
        b"\\ISO 2022 IR 87",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ),
    (
        b"ISO 2022 IR 13\\ISO 2022 IR 87",
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎",
    ),
    (
        b"\\ISO 2022 IR 149",
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        "Hong^Gildong=洪^吉洞=홍^길동",
    ),
    (b"ISO_IR 192", "Wang^XiaoDong=王^小東".as_bytes(), "Wang^XiaoDong=王^小東"),
    (b"GB18030", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东"),
    (
        b"\\ISO 2022 IR 58",
        b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab",
        "Zhang^XiaoDong=张^小东",
    ),
];

#[test]
fn names_of_the_standard_go_both_ways() {
    for (set, bytes, text) in NAMES_OF_THE_STANDARD {
        let sets = sets(set);
        let decoded = sets.decode(bytes, Vr::PN);
        assert_eq!(decoded.text, text);
        let is_chinese = sets.contains(Repertoire::Chinese);
        let fidelity = if is_chinese {
            Fidelity::Corrected
        } else {
            Fidelity::Exact
        };
        assert_eq!(decoded.fidelity, fidelity, "{text}");
        assert_eq!(
            sets.encode(text, Vr::PN).expect("in the sets"),
            bytes,
            "{text}"
        );
    }
}
