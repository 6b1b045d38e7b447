//! Character sets compared with pydicom's: vectors made by `tools/generate_charset_vectors.py`.

use dicomwire_dataset::Vr;
use dicomwire_dataset::text::{CharacterSets, Fidelity};

const VECTORS: &str = include_str!("vectors/charset.txt");
const ESCAPE: u8 = 0x1B;

/// The fields of the lines of one kind.
fn lines<const FIELDS: usize>(kind: &str) -> Vec<[&'static str; FIELDS]> {
    let lines: Vec<[&str; FIELDS]> = VECTORS
        .lines()
        .filter_map(|line| line.strip_prefix(kind)?.strip_prefix('\t'))
        .map(|line| {
            line.split('\t')
                .collect::<Vec<_>>()
                .try_into()
                .expect("all fields")
        })
        .collect();
    assert!(lines.len() >= 200, "{} lines of {kind}", lines.len());
    lines
}

fn sets(names: &str) -> CharacterSets {
    let names: Vec<_> = names.split(',').collect();
    CharacterSets::from_python_encodings(&names).expect("names of pydicom")
}

fn number(hexadecimal: &str) -> u32 {
    u32::from_str_radix(hexadecimal, 16).expect("hexadecimal")
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = (0..hexadecimal.len()).step_by(2);
    pairs
        .map(|at| number(&hexadecimal[at..at + 2]) as u8)
        .collect()
}

fn text(hexadecimal: &str) -> String {
    String::from_utf8(bytes(hexadecimal)).expect("UTF-8")
}

fn vr(letters: &str) -> Vr {
    Vr::from_bytes(letters.as_bytes().try_into().expect("two letters")).expect("a VR")
}

/// FNV-1a with 64 bits over chunks, each ended by 0xFF.
struct Hash(u64);

impl Hash {
    const fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    fn add(&mut self, chunk: &[u8]) {
        for byte in chunk.iter().chain(&[0xFF]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    fn matches(&self, hexadecimal: &str) -> bool {
        format!("{:016x}", self.0) == hexadecimal
    }
}

/// All codes of two bytes that begin with a byte, and those of four of GB 18030.
fn codes(name: &str, first: u8) -> Vec<Vec<u8>> {
    let mut codes = Vec::new();
    if first != ESCAPE {
        let seconds = (0..=0xFF).filter(|second| *second != ESCAPE);
        codes.extend(seconds.map(|second| vec![first, second]));
    }
    if name == "GB18030" && (0x81..=0xFE).contains(&first) {
        for second in b'0'..=b'9' {
            for third in 0x81..=0xFE {
                codes.extend((b'0'..=b'9').map(|fourth| vec![first, second, third, fourth]));
            }
        }
    }
    codes
}

#[test]
fn every_code_is_the_character_it_is_in_pydicom() {
    for [name, prefix, start, expected] in lines("codes") {
        let sets = sets(name);
        let prefix = bytes(prefix);
        let start = number(start) as u8;
        let mut hash = Hash::new();
        for code in (start..=start + 0x0F).flat_map(|first| codes(name, first)) {
            let value = [prefix.as_slice(), &code].concat();
            let decoded = sets.decode(&value, Vr::LO);
            match decoded.fidelity {
                Fidelity::Replaced => hash.add("\u{FFFD}".as_bytes()),
                _ => hash.add(decoded.text.as_bytes()),
            }
        }
        assert!(hash.matches(expected), "{name} from {start:#x} on");
    }
}

#[test]
fn every_character_has_the_code_it_has_in_pydicom() {
    for [names, first, expected] in lines("characters") {
        let sets = sets(names);
        let first = number(first);
        let mut hash = Hash::new();
        for character in first..first + 0x1000 {
            // Python's text has surrogates, but cannot encode them either.
            let text = char::from_u32(character).map(String::from);
            let encoded = text.and_then(|text| Some(sets.encode(&text, Vr::LO).ok()?.into_owned()));
            hash.add(&encoded.unwrap_or_default());
        }
        assert!(hash.matches(expected), "{names} from {first:#x} on");
    }
}

#[test]
fn strings_decode_as_in_pydicom_or_are_told_apart() {
    let mut exact = 0;
    for [names, vr_letters, value, expected, warned] in lines("decode") {
        let value = bytes(value);
        let expected = text(expected);
        let decoded = sets(names).decode(&value, vr(vr_letters));
        let about = format!("{names} {vr_letters} {value:x?}: {decoded:?}, not {expected:?}");
        if decoded.fidelity.is_pydicoms() {
            assert_eq!(warned, "0", "{about}");
            assert_eq!(decoded.text, expected, "{about}");
        } else if decoded.fidelity == Fidelity::Replaced {
            // Without a warning of pydicom's it is a text corrected here and assumed there.
            let has_replacements = decoded.text.contains(['\u{FFFD}', '\u{1B}']);
            assert!(warned == "1" || !has_replacements, "{about}");
        }
        exact += u32::from(decoded.fidelity == Fidelity::Exact);
    }
    assert!(exact > 300, "only {exact} strings were exact");
}

#[test]
fn strings_encode_as_in_pydicom() {
    for [names, vr_letters, value, expected] in lines("encode") {
        let value = text(value);
        let sets = sets(names);
        match sets.encode(&value, vr(vr_letters)) {
            Ok(encoded) => assert_eq!(encoded, bytes(expected), "{names}: {value}"),
            Err(error) => panic!("{names}: {value}: {error}"),
        }
    }
}
