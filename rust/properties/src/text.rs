//! Text: decoding never panics, and encoding is its inverse.

use dicomwire_dataset::Vr;
use dicomwire_dataset::text::CharacterSets;

use crate::script::Script;

const ESCAPE: char = '\u{1B}';
/// Those with character sets, and one without.
const VRS: [Vr; 8] = [
    Vr::LO,
    Vr::LT,
    Vr::PN,
    Vr::SH,
    Vr::ST,
    Vr::UC,
    Vr::UT,
    Vr::CS,
];

/// The input is a byte that chooses a VR, a value of Specific Character Set with its length in two
/// bytes before it, and the bytes of a value.
///
/// - The character sets in force have names that put them in force.
/// - What decodes without doubt can be encoded, and decodes to the same again.
/// - So does any text that can be encoded.
/// - Split at its backslashes, a value has the same text as whole.
///
/// # Panics
/// When that does not hold.
pub fn text(input: &[u8]) {
    let mut script = Script::new(input);
    let vr = VRS[usize::from(script.byte()) % VRS.len()];
    let (sets, _) = CharacterSets::parse(script.bytes());
    let bytes = script.rest();
    check_names(&sets);
    let decoded = sets.decode(bytes, vr);
    assert!(decoded.text.len() <= bytes.len() * 4, "{sets:?}");
    if decoded.fidelity.is_valid() {
        check_split(&sets, bytes, vr, &decoded.text);
        let is_encoded = check_encoding(&sets, &decoded.text, vr);
        let has_escape = decoded.text.contains(ESCAPE);
        assert!(is_encoded || has_escape, "{:?} of {sets:?}", decoded.text);
    }
    check_encoding(&sets, &String::from_utf8_lossy(bytes), vr);
}

fn check_names(sets: &CharacterSets) {
    let terms: Vec<_> = sets.terms().collect();
    let (again, problems) = CharacterSets::parse(terms.join("\\").as_bytes());
    assert_eq!(&again, sets);
    assert_eq!(problems, [], "{terms:?}");
}

/// Whether a text can be encoded; then it decodes to itself.
fn check_encoding(sets: &CharacterSets, text: &str, vr: Vr) -> bool {
    let Ok(encoded) = sets.encode(text, vr) else {
        return false;
    };
    let decoded = sets.decode(&encoded, vr);
    assert_eq!(decoded.text, text, "{sets:?}");
    assert!(
        decoded.fidelity.is_valid(),
        "{text:?} is {decoded:?} in {sets:?}"
    );
    true
}

fn check_split(sets: &CharacterSets, bytes: &[u8], vr: Vr, text: &str) {
    let values: Vec<&[u8]> = sets.split_values(bytes).collect();
    assert_eq!(values.join(&b'\\'), bytes);
    if matches!(vr, Vr::LO | Vr::PN | Vr::SH | Vr::UC) {
        let texts: Vec<_> = values
            .iter()
            .map(|value| sets.decode(value, vr).text)
            .collect();
        assert_eq!(texts.join("\\"), text, "{sets:?}");
    }
}
