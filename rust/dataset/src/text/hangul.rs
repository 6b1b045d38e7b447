//! Syllables that KS X 1001 spells out: its filler and three letters, eight bytes together. The
//! set has codes of its own for 2350 of the 11172 syllables.

/// The length of a syllable that is spelled out.
pub(super) const LENGTH: usize = 8;

/// The first byte of every letter, and the filler's second byte.
const LETTER: u8 = 0xA4;
const FILLER: u8 = 0xD4;

/// The second bytes of the letters a syllable can begin with, in the order of Unicode.
const INITIALS: [u8; 19] = [
    0xA1, 0xA2, 0xA4, 0xA7, 0xA8, 0xA9, 0xB1, 0xB2, 0xB3, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xBB,
    0xBC, 0xBD, 0xBE,
];
/// The first vowel's second byte and the number of vowels, which have one order everywhere.
const VOWELS: (u8, u32) = (0xBF, 21);
/// The second bytes of the letters it can end with; the filler stands for none.
const FINALS: [u8; 28] = [
    FILLER, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF,
    0xB0, 0xB1, 0xB2, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xBA, 0xBB, 0xBC, 0xBD, 0xBE,
];
const FIRST_SYLLABLE: u32 = 0xAC00;
const SYLLABLES: u32 = 11_172;

/// The syllable that `bytes` begins with, spelled out.
pub(super) fn compose(bytes: &[u8]) -> Option<char> {
    let [
        LETTER,
        FILLER,
        LETTER,
        initial,
        LETTER,
        vowel,
        LETTER,
        last,
        ..,
    ] = bytes
    else {
        return None;
    };
    let initial = position(&INITIALS, *initial)?;
    let vowel = u32::from(vowel.checked_sub(VOWELS.0)?);
    let last = position(&FINALS, *last)?;
    if vowel >= VOWELS.1 {
        return None;
    }
    let syllable = initial.checked_mul(VOWELS.1)?.checked_add(vowel)?;
    let number = syllable.checked_mul(28)?.checked_add(last)?;
    char::from_u32(FIRST_SYLLABLE.checked_add(number)?)
}

/// Spells a syllable out.
pub(super) fn decompose(character: char) -> Option<[u8; LENGTH]> {
    let number = u32::from(character).checked_sub(FIRST_SYLLABLE)?;
    if number >= SYLLABLES {
        return None;
    }
    let syllable = number.checked_div(28)?;
    let initial = letter(&INITIALS, syllable.checked_div(VOWELS.1)?)?;
    let vowel = u8::try_from(syllable.checked_rem(VOWELS.1)?).ok()?;
    let vowel = vowel.checked_add(VOWELS.0)?;
    let last = letter(&FINALS, number.checked_rem(28)?)?;
    Some([LETTER, FILLER, LETTER, initial, LETTER, vowel, LETTER, last])
}

fn position(letters: &[u8], letter: u8) -> Option<u32> {
    let position = letters.iter().position(|found| *found == letter)?;
    u32::try_from(position).ok()
}

fn letter(letters: &[u8], position: u32) -> Option<u8> {
    letters.get(usize::try_from(position).ok()?).copied()
}
