//! Text as PS3.5 Annexes H to K write it, and values on the edges of the character sets.

use dicomwire_dataset::text::{CharacterSets, Decoded, Fidelity};
use dicomwire_dataset::{Error, Vr};

fn sets(charset: &str) -> CharacterSets {
    let (sets, problems) = CharacterSets::parse(charset.as_bytes());
    assert_eq!(problems, [], "{charset:?}");
    sets
}

/// Person names as the annexes of PS3.5 write them.
const NAMES: [(&str, &[u8], &str); 7] = [
    (
        "\\ISO 2022 IR 87",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ),
    (
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    ),
    (
        "\\ISO 2022 IR 149",
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        "Hong^Gildong=洪^吉洞=홍^길동",
    ),
    (
        "ISO_IR 192",
        b"Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=",
        "Wang^XiaoDong=王^小東=",
    ),
    (
        "GB18030",
        b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=",
        "Wang^XiaoDong=王^小东=",
    ),
    (
        "\\ISO 2022 IR 58",
        b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
        "Zhang^XiaoDong=张^小东=",
    ),
    ("GBK", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\x96|=", "Wang^XiaoDong=王^小東="),
];

#[test]
fn the_names_of_the_standard_go_both_ways() {
    for (charset, bytes, text) in NAMES {
        let sets = sets(charset);
        let decoded = sets.decode(bytes, Vr::PN);
        let understood = matches!(decoded.fidelity, Fidelity::Exact | Fidelity::Corrected);
        assert!(understood, "{charset:?}");
        assert_eq!(decoded.text, text, "{charset:?}");
        let encoded = sets.encode(text, Vr::PN).expect("was decoded");
        assert_eq!(*encoded, *bytes, "{charset:?}");
    }
}

#[test]
fn lines_are_encoded_for_themselves() {
    let korean = sets("\\ISO 2022 IR 149");
    let text = "길동\r\n홍\tend";
    let encoded = korean.encode(text, Vr::LT).expect("Korean");
    assert_eq!(
        *encoded,
        *b"\x1b$)C\xb1\xe6\xb5\xbf\r\n\x1b$)C\xc8\xab\tend"
    );
    assert_eq!(korean.decode(&encoded, Vr::LT).text, text);
}

#[test]
fn latin_9_is_read_and_written() {
    let sets = sets("ISO 2022 IR 6\\ISO 2022 IR 203");
    let encoded = sets.encode("10 €", Vr::LO).expect("Latin-9");
    assert_eq!(*encoded, *b"\x1b-b10 \xa4");
    let decoded = sets.decode(&encoded, Vr::LO);
    assert_eq!(decoded.text, "10 €");
    // pydicom does not know it.
    assert_eq!(decoded.fidelity, Fidelity::Corrected);
}

#[test]
fn only_text_is_in_the_character_sets() {
    let utf8 = sets("ISO_IR 192");
    assert_eq!(utf8.decode("É".as_bytes(), Vr::LO).text, "É");
    assert_eq!(utf8.decode("É".as_bytes(), Vr::CS).text, "Ã\u{89}");
}

#[test]
fn what_is_lost_is_told() {
    let replaced = |text: &str| Decoded {
        text: text.to_owned().into(),
        fidelity: Fidelity::Replaced,
    };
    let utf8 = sets("ISO_IR 192");
    assert_eq!(utf8.decode(b"a\xffb", Vr::LO), replaced("a\u{FFFD}b"));
    let greek = sets("ISO_IR 126");
    assert_eq!(greek.decode(b"\xc1\xff", Vr::LO), replaced("Α\u{FFFD}"));
    // Greek is not among the sets.
    let latin = sets("ISO 2022 IR 6\\ISO 2022 IR 100");
    assert_eq!(latin.decode(b"\x1b-F\xc1", Vr::LO), replaced("\u{1b}-FÁ"));
}

#[test]
fn characters_of_no_set_are_an_error() {
    for (charset, text) in [
        ("ISO_IR 100", "€"),
        ("", "Ω"),
        ("GBK", "😀"),
        ("\\ISO 2022 IR 87", "Ω Ж 한"),
        // A yen sign would be read as a backslash.
        ("ISO_IR 13", "¥"),
        ("ISO 2022 IR 58", "東"),
    ] {
        let error = sets(charset).encode(text, Vr::LO).err();
        assert!(
            matches!(error, Some(Error::CharacterNotInSet { .. })),
            "{charset:?} {text:?} {error:?}"
        );
    }
}

#[test]
fn backslashes_within_characters_separate_nothing() {
    let split = |charset: &str, bytes: &[u8]| -> Vec<Vec<u8>> {
        sets(charset)
            .split_values(bytes)
            .map(<[u8]>::to_vec)
            .collect()
    };
    assert_eq!(split("", b"a\\b\\"), [&b"a"[..], b"b", b""]);
    assert_eq!(split("", b""), [b""]);
    assert_eq!(split("GB18030", b"\x81\\\\b"), [&b"\x81\\"[..], b"b"]);
    assert_eq!(split("GBK", b"\x81\\\\b"), [&b"\x81\\"[..], b"b"]);
    assert_eq!(split("ISO_IR 13", b"\xb1\\\xb2"), [b"\xb1", b"\xb2"]);
    let kanji = b"\x1b$BK\\\x1b(B\\x";
    assert_eq!(split("\\ISO 2022 IR 87", kanji), [&kanji[..8], b"x"]);
    assert_eq!(split("\\ISO 2022 IR 149", b"\x1b$)C\xb1\xe6\\b").len(), 2);
}

#[test]
fn composed_korean_syllables_go_both_ways() {
    let korean = sets("ISO 2022 IR 149");
    let encoded = korean.encode("뢔", Vr::LO).expect("composed");
    assert_eq!(*encoded, *b"\xa4\xd4\xa4\xa9\xa4\xc9\xa4\xd4");
    assert_eq!(korean.decode(&encoded, Vr::LO).text, "뢔");
}

#[test]
fn ascii_is_borrowed() {
    let sets = sets("\\ISO 2022 IR 87");
    assert!(matches!(
        sets.decode(b"DOE^JANE", Vr::PN).text,
        std::borrow::Cow::Borrowed("DOE^JANE")
    ));
    assert!(matches!(
        sets.encode("DOE^JANE", Vr::PN),
        Ok(std::borrow::Cow::Borrowed(b"DOE^JANE"))
    ));
}
