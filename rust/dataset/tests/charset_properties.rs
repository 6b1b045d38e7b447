//! Properties of the character sets: what is encoded decodes to the same, and no bytes at all make
//! anything panic or get lost.

use dicomwire_dataset::Vr;
use dicomwire_dataset::text::{CharacterSets, Fidelity};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Values of Specific Character Set, and characters that only their sets have.
const SETS: [(&str, &str); 24] = [
    ("", ""),
    ("ISO_IR 100", "ÄÖßéÿ\u{A0}\u{85}"),
    ("ISO_IR 101", "čďěřšťž"),
    ("ISO_IR 109", "ĉĝĥĵŝŭ"),
    ("ISO_IR 110", "ąįšņķ"),
    ("ISO_IR 144", "ЛюксЖдиш№"),
    ("ISO_IR 127", "قباني؟"),
    ("ISO_IR 126", "Διονυσιος€"),
    ("ISO_IR 138", "שרון"),
    ("ISO_IR 148", "çğışöİ"),
    ("ISO_IR 166", "นามสกุล฿"),
    ("ISO_IR 13", "ﾔﾏﾀﾞ｡ﾟ"),
    ("ISO_IR 192", "é漢𠀀\u{FFFD}"),
    ("GB18030", "张㐀𠀀ḿ\u{E78D}\u{FFFF}"),
    ("GBK", "張丂俓靈"),
    ("\\ISO 2022 IR 87", "山田太郎＼〜"),
    ("\\ISO 2022 IR 159", "丂丄丅丌丒"),
    ("\\ISO 2022 IR 149", "김희중洪갂힣"),
    ("\\ISO 2022 IR 58", "张小东王"),
    ("ISO 2022 IR 87", "山田太郎"),
    (
        "ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 159",
        "ﾔﾏ山田丂",
    ),
    (
        "ISO 2022 IR 6\\ISO 2022 IR 100\\ISO 2022 IR 126\\ISO 2022 IR 144",
        "éαЖ",
    ),
    (
        "ISO 2022 IR 101\\ISO 2022 IR 149\\ISO 2022 IR 87\\ISO 2022 IR 144",
        "č김山Ж",
    ),
    ("ISO 2022 IR 149\\ISO 2022 IR 126", "김α"),
];
const ASCII: &str = "ABz 1~^=\\\r\n\t";

fn sets(value: &str) -> CharacterSets {
    let (sets, problems) = CharacterSets::parse(value.as_bytes());
    assert_eq!(problems, []);
    sets
}

fn vr() -> impl Strategy<Value = Vr> {
    select(vec![Vr::PN, Vr::LO, Vr::SH, Vr::UC, Vr::LT, Vr::UT])
}

/// Character sets and a text in them.
fn text_in_sets() -> impl Strategy<Value = (CharacterSets, String)> {
    let picks = prop::collection::vec(any::<Index>(), 0..24);
    (select(SETS.as_slice()), picks).prop_map(|((value, characters), picks)| {
        let all: Vec<_> = ASCII
            .chars()
            .chain(characters.chars().chain(characters.chars()))
            .collect();
        (
            sets(value),
            picks.iter().map(|pick| *pick.get(&all)).collect(),
        )
    })
}

/// Bytes that have escape sequences and delimiters more often than chance would.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let escapes = [
        b"\x1b(B".as_slice(),
        b"\x1b(J",
        b"\x1b)I",
        b"\x1b$B",
        b"\x1b$(D",
        b"\x1b$)C",
        b"\x1b$)A",
        b"\x1b-A",
        b"\x1b-F",
        b"\x1b",
        b"\x1b$",
        b"\\",
        b"^",
        b"\n",
    ];
    let part = prop_oneof![
        select(escapes.to_vec()).prop_map(<[u8]>::to_vec),
        prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

/// Terms that are known, misspelled and unknown.
fn specific_character_set() -> impl Strategy<Value = Vec<u8>> {
    let known = SETS.iter().flat_map(|(value, _)| value.split('\\'));
    let known: Vec<_> = known.map(|term| term.as_bytes().to_vec()).collect();
    let misspelled = select(known.clone()).prop_map(|term| {
        term.iter()
            .map(|byte| if *byte == b' ' { b'-' } else { *byte })
            .collect()
    });
    let term = prop_oneof![
        4 => select(known),
        1 => misspelled,
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec(term, 0..5).prop_map(|terms| terms.join(&b'\\'))
}

fn any_sets() -> impl Strategy<Value = CharacterSets> {
    select(SETS.as_slice()).prop_map(|(value, _)| sets(value))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_encoded_decodes_to_the_same((sets, text) in text_in_sets(), vr in vr()) {
        let encoded = sets.encode(&text, vr).expect("all characters are in the sets");
        let decoded = sets.decode(&encoded, vr);
        prop_assert_eq!(&decoded.text, &text, "{:?} {:x?}", sets, encoded);
        prop_assert!(decoded.fidelity.is_valid(), "{:?}: {:?}", sets, decoded);
    }

    #[test]
    fn values_are_split_where_the_text_has_backslashes((sets, text) in text_in_sets()) {
        let encoded = sets.encode(&text, Vr::LO).expect("all characters are in the sets");
        let values: Vec<_> = sets.split_values(&encoded).collect();
        prop_assert_eq!(values.join(&b'\\'), encoded.to_vec());
        let texts: Vec<_> = values.iter().map(|value| sets.decode(value, Vr::LO).text).collect();
        prop_assert_eq!(texts, text.split('\\').collect::<Vec<_>>());
    }

    #[test]
    fn any_bytes_decode(sets in any_sets(), bytes in bytes(), vr in vr()) {
        let decoded = sets.decode(&bytes, vr);
        if decoded.fidelity == Fidelity::Exact {
            // Redundant escape sequences are not written again, so the bytes may be others.
            let again = sets.encode(&decoded.text, vr).map(|bytes| bytes.into_owned());
            if let Ok(again) = again {
                prop_assert_eq!(sets.decode(&again, vr).text, decoded.text);
            }
        }
        let values: Vec<_> = sets.split_values(&bytes).collect();
        prop_assert_eq!(values.join(&b'\\'), bytes);
    }

    #[test]
    fn any_value_of_specific_character_set_is_read(value in specific_character_set()) {
        let (sets, _) = CharacterSets::parse(&value);
        let terms = sets.terms().collect::<Vec<_>>().join("\\");
        prop_assert_eq!(CharacterSets::parse(terms.as_bytes()), (sets, vec![]));
    }
}
