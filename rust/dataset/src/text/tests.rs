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

#[test]
fn text_that_pydicom_shows_otherwise_is_told() {
    let greek = sets(b"ISO 2022 IR 101\\ISO 2022 IR 126\\ISO 2022 IR 87");
    // The component's end ends Greek; ASCII gets its place back, and Latin-2 was always there.
    for (bytes, text) in [
        (b"\x1b-F\xe1\xe2^\xe8".as_slice(), "αβ^č"),
        (b"\x1b$B;3\x1b(B\xe8", "山č"),
        (b"\x1b-F\xe1\x1b(B\xe2", "αβ"),
        (b"\x1b-F\xe1^\x1b(B\xe8", "α^č"),
    ] {
        let decoded = greek.decode(bytes, Vr::PN);
        assert_eq!(decoded.text, text);
        assert_eq!(decoded.fidelity, Fidelity::Corrected, "{text}");
    }
    // Nothing ends it in a text that has no components.
    let decoded = greek.decode(b"\x1b-F\xe1^\xe8", Vr::LT);
    assert_eq!(
        (decoded.text.as_ref(), decoded.fidelity),
        ("α^θ", Fidelity::Exact)
    );
}

#[test]
fn bytes_where_ascii_should_be_are_assumed() {
    let decoded = CharacterSets::default().decode(b"M\xfcller\x80", Vr::LO);
    assert_eq!(decoded.text, "Müller\u{80}");
    assert_eq!(decoded.fidelity, Fidelity::Assumed);
    let korean = sets(b"\\ISO 2022 IR 149");
    let decoded = korean.decode(b"\x1b$)C\xb1\xe8^\xc8\xf1", Vr::PN);
    assert_eq!(
        (decoded.text.as_ref(), decoded.fidelity),
        ("김^희", Fidelity::Assumed)
    );
    let arabic = sets(b"\\ISO 2022 IR 127");
    let decoded = arabic.decode(b"\x1b-G\xc7\x1b(B\xfe", Vr::PN);
    assert_eq!(
        (decoded.text.as_ref(), decoded.fidelity),
        ("اþ", Fidelity::Assumed)
    );
    let decoded = korean.decode(b"\x1b$)C\xb1\xe8\n\xc8", Vr::LT);
    assert_eq!(
        (decoded.text.as_ref(), decoded.fidelity),
        ("김\nÈ", Fidelity::Assumed)
    );
}

#[test]
fn what_is_no_text_is_replaced_and_told() {
    let latin = sets(b"ISO 2022 IR 6\\ISO 2022 IR 100");
    for (sets, bytes, text) in [
        (sets(b"ISO_IR 192"), b"a\xffb".as_slice(), "a\u{FFFD}b"),
        (sets(b"ISO_IR 127"), b"\xa1", "\u{FFFD}"),
        (sets(b"GB18030"), b"\x81", "\u{FFFD}"),
        (latin, b"\x1b-F\xe1", "\u{1B}-Fá"),
        (latin, b"\x1b-A\xe1\x1b", "á\u{1B}"),
        (sets(b"\\ISO 2022 IR 87"), b"\x1b$B;3E", "\u{1B}$B;3E"),
    ] {
        let decoded = sets.decode(bytes, Vr::LO);
        assert_eq!(decoded.text, text);
        assert_eq!(decoded.fidelity, Fidelity::Replaced, "{text}");
    }
}

#[test]
fn what_is_assumed_and_corrected_keeps_its_text() {
    // The second component should have its own escape sequence; pydicom leaves the first in the
    // text.
    let chinese = sets(b"\\ISO 2022 IR 58");
    let decoded = chinese.decode(b"\x1b$)A\xd5\xc5^\xd0\xa1", Vr::PN);
    assert_eq!(decoded.text, "张^小");
    assert_eq!(decoded.fidelity, Fidelity::Replaced);
}

#[test]
fn other_vrs_are_in_the_default_repertoire() {
    let utf8 = sets(b"ISO_IR 192");
    let decoded = utf8.decode("É\u{1B}".as_bytes(), Vr::CS);
    assert_eq!(decoded.text, "Ã\u{89}\u{1B}");
    assert_eq!(decoded.fidelity, Fidelity::Assumed);
    assert!(utf8.encode("É", Vr::CS).is_err());
    assert_eq!(utf8.encode("E", Vr::CS).expect("ASCII").as_ref(), b"E");
}

#[test]
fn ascii_and_utf8_are_borrowed() {
    let utf8 = sets(b"ISO_IR 192");
    assert!(matches!(
        utf8.decode("é".as_bytes(), Vr::LO).text,
        Cow::Borrowed("é")
    ));
    assert!(matches!(utf8.encode("é", Vr::LO), Ok(Cow::Borrowed(_))));
    let latin = sets(b"ISO_IR 100");
    assert!(matches!(
        latin.decode(b"abc", Vr::LO).text,
        Cow::Borrowed("abc")
    ));
    assert!(matches!(latin.encode("abc", Vr::LO), Ok(Cow::Borrowed(_))));
}

#[test]
fn a_character_in_none_of_the_sets_is_an_error() {
    let sets = sets(b"ISO 2022 IR 13\\ISO 2022 IR 87");
    for (text, found, at) in [("山^é", 'é', 4), ("ﾔ\u{1B}", '\u{1B}', 3), ("¥", '¥', 0)] {
        let error = sets.encode(text, Vr::PN).expect_err("not in the sets");
        assert!(
            matches!(&error, Error::CharacterNotInSet { character, position, sets }
                if *character == found && *position == at
                    && sets == "ISO 2022 IR 13\\ISO 2022 IR 87"),
            "{error}"
        );
    }
    // Latin-1 in the default repertoire is decoded, as pydicom does, but not written.
    assert!(CharacterSets::default().encode("é", Vr::LO).is_err());
}

#[test]
fn the_first_set_is_invoked_again_where_pydicom_goes_on_with_another() {
    let sets = sets(b"ISO 2022 IR 101\\ISO 2022 IR 126\\ISO 2022 IR 87");
    for (text, bytes) in [
        ("č^α^č^a", b"\xe8^\x1b-F\xe1^\x1b-B\xe8^a".as_slice()),
        ("α^a^α", b"\x1b-F\xe1^a^\x1b-F\xe1"),
        ("山^č", b"\x1b$B;3\x1b(B^\x1b-B\xe8"),
        ("山ά", b"\x1b$B;3\x1b(B\x1b-F\xdc"),
    ] {
        assert_eq!(
            sets.encode(text, Vr::PN).expect("in the sets"),
            bytes,
            "{text}"
        );
    }
}

#[test]
fn katakana_and_ascii_need_no_escape_sequences() {
    let decoded = sets(b"ISO_IR 13")
        .encode("ABｱ^ｲ\\", Vr::PN)
        .expect("in the set");
    assert_eq!(decoded.as_ref(), b"AB\xb1^\xb2\\");
}

#[test]
fn backslashes_within_characters_delimit_nothing() {
    let split = |set: &[u8], bytes: &[u8]| {
        let values = sets(set).split_values(bytes).map(<[u8]>::to_vec);
        values.collect::<Vec<_>>()
    };
    assert_eq!(
        split(b"GBK", b"\x82\\\\b"),
        [b"\x82\\".to_vec(), b"b".to_vec()]
    );
    assert_eq!(split(b"GB18030", b"\x82\\"), [b"\x82\\"]);
    assert_eq!(
        split(b"\\ISO 2022 IR 87", b"\x1b$B;\\\x1b(B\\"),
        [b"\x1b$B;\\\x1b(B".to_vec(), vec![]]
    );
    assert_eq!(
        split(b"ISO_IR 192", "é\\a".as_bytes()),
        ["é".as_bytes(), b"a"]
    );
    assert_eq!(split(b"", b""), [b""]);
}
