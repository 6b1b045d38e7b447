//! The tables behind the repertoires, made at first use from the `encoding_rs` crate.
//!
//! Its encodings are those of the Web, which are vendors' supersets of the standards' sets. What
//! Python's codecs, and so pydicom, do not have or map otherwise is in the lists of exceptions
//! here; `tools/generate_charset_vectors.py` makes the vectors that compare every single code.

use std::sync::LazyLock;

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GB18030, GBK};

use super::repertoire::Repertoire;

/// A set of two bytes for each character, as a grid of the first byte and the second.
pub(super) struct Plane {
    first: u8,
    /// The characters by code, 0 where there is none; all are in the basic plane.
    characters: Vec<u16>,
    /// Character and code, sorted.
    codes: Vec<(u16, u16)>,
}

/// The second bytes of a grid: 0x40 to 0xFE serves all sets.
const SECOND: std::ops::RangeInclusive<u8> = 0x40..=0xFE;

/// What is otherwise than in `encoding_rs`: first and last code, and the character of a single
/// code or 0 for none.
type Exceptions = &'static [(u16, u16, u16)];

const JIS_X_0208_EXCEPTIONS: Exceptions = &[
    (0xA1C1, 0xA1C1, 0x301C),
    (0xA1C2, 0xA1C2, 0x2016),
    (0xA1DD, 0xA1DD, 0x2212),
    (0xA1F1, 0xA1F1, 0x00A2),
    (0xA1F2, 0xA1F2, 0x00A3),
    (0xA2CC, 0xA2CC, 0x00AC),
    // Vendors' rows 13 and 89 to 92.
    (0xADA1, 0xADFE, 0),
    (0xF9A1, 0xFCFE, 0),
];
const JIS_X_0212_EXCEPTIONS: Exceptions = &[(0xA2B7, 0xA2B7, 0x007E)];
// The filler begins a syllable that is spelled out.
const KS_X_1001_EXCEPTIONS: Exceptions = &[(0xA4D4, 0xA4D4, 0)];
const GB_2312_EXCEPTIONS: Exceptions = &[
    (0xA1A4, 0xA1A4, 0x30FB),
    (0xA1AA, 0xA1AA, 0x2015),
    (0xA2A1, 0xA2AA, 0),
    (0xA2E3, 0xA2E3, 0),
    (0xA6D9, 0xA6F5, 0),
    (0xA8BB, 0xA8C0, 0),
];
const GBK_EXCEPTIONS: Exceptions = &[
    (0xA2E3, 0xA2E3, 0),
    (0xA3A0, 0xA3A0, 0),
    (0xA6D9, 0xA6DF, 0),
    (0xA6EC, 0xA6ED, 0),
    (0xA6F3, 0xA6F3, 0),
    (0xA8BC, 0xA8BC, 0),
    (0xA8BF, 0xA8BF, 0),
    (0xA989, 0xA995, 0),
    (0xFE50, 0xFE50, 0),
    (0xFE54, 0xFEA0, 0),
];
const GB_18030_EXCEPTIONS: Exceptions = &[
    (0xA3A0, 0xA3A0, 0xE5E5),
    (0xA6D9, 0xA6D9, 0xE78D),
    (0xA6DA, 0xA6DA, 0xE78E),
    (0xA6DB, 0xA6DB, 0xE78F),
    (0xA6DC, 0xA6DC, 0xE790),
    (0xA6DD, 0xA6DD, 0xE791),
    (0xA6DE, 0xA6DE, 0xE792),
    (0xA6DF, 0xA6DF, 0xE793),
    (0xA6EC, 0xA6EC, 0xE794),
    (0xA6ED, 0xA6ED, 0xE795),
    (0xA6F3, 0xA6F3, 0xE796),
    (0xA8BC, 0xA8BC, 0xE7C7),
    (0xFE59, 0xFE59, 0xE81E),
    (0xFE61, 0xFE61, 0xE826),
    (0xFE66, 0xFE66, 0xE82B),
    (0xFE67, 0xFE67, 0xE82C),
    (0xFE6D, 0xFE6D, 0xE832),
    (0xFE7E, 0xFE7E, 0xE843),
    (0xFE90, 0xFE90, 0xE854),
    (0xFEA0, 0xFEA0, 0xE864),
];

pub(super) static JIS_X_0208: LazyLock<Plane> =
    LazyLock::new(|| Plane::of_94(EUC_JP, &[], JIS_X_0208_EXCEPTIONS));
pub(super) static JIS_X_0212: LazyLock<Plane> =
    LazyLock::new(|| Plane::of_94(EUC_JP, &[0x8F], JIS_X_0212_EXCEPTIONS));
pub(super) static KS_X_1001: LazyLock<Plane> =
    LazyLock::new(|| Plane::of_94(EUC_KR, &[], KS_X_1001_EXCEPTIONS));
pub(super) static GB_2312: LazyLock<Plane> =
    LazyLock::new(|| Plane::of_94(GBK, &[], GB_2312_EXCEPTIONS));
pub(super) static GBK_PLANE: LazyLock<Plane> = LazyLock::new(|| {
    Plane::new(
        0x81,
        |code| without_private_use(character(GBK, &[], code)),
        GBK_EXCEPTIONS,
    )
});
pub(super) static GB_18030: LazyLock<Plane> = LazyLock::new(|| {
    Plane::new(
        0x81,
        |code| character(GB18030, &[], code),
        GB_18030_EXCEPTIONS,
    )
});

impl Plane {
    /// A set of 94 by 94 characters in the bytes 0xA1 to 0xFE.
    fn of_94(encoding: &'static Encoding, prefix: &[u8], exceptions: Exceptions) -> Self {
        let in_set = |code: [u8; 2]| {
            let is_in = code.iter().all(|byte| (0xA1..=0xFE).contains(byte));
            without_private_use(character(encoding, prefix, code).filter(|_| is_in))
        };
        Self::new(0xA1, in_set, exceptions)
    }

    fn new(first: u8, at: impl Fn([u8; 2]) -> Option<char>, exceptions: Exceptions) -> Self {
        let mut characters = Vec::new();
        let mut codes = Vec::new();
        for code in (first..=0xFE).flat_map(|first| SECOND.map(move |second| [first, second])) {
            let number = u16::from_be_bytes(code);
            let exception = exceptions
                .iter()
                .find(|(from, to, _)| (*from..=*to).contains(&number));
            let character = match exception {
                Some((_, _, character)) => *character,
                None => at(code)
                    .and_then(|c| u16::try_from(u32::from(c)).ok())
                    .unwrap_or(0),
            };
            characters.push(character);
            if character != 0 {
                codes.push((character, number));
            }
        }
        codes.sort_unstable();
        Self {
            first,
            characters,
            codes,
        }
    }

    /// The character of two bytes, in the range from 0x80 on.
    pub(super) fn character(&self, first: u8, second: u8) -> Option<char> {
        let row = usize::from(first.checked_sub(self.first)?);
        let column = usize::from(second.checked_sub(*SECOND.start())?);
        if column >= SECOND.len() {
            return None;
        }
        let position = row.checked_mul(SECOND.len())?.checked_add(column)?;
        let character = self.characters.get(position).filter(|c| **c != 0)?;
        char::from_u32(u32::from(*character))
    }

    /// The two bytes of a character, in the range from 0x80 on.
    pub(super) fn code(&self, character: char) -> Option<[u8; 2]> {
        let character = u16::try_from(u32::from(character)).ok()?;
        let position = self.codes.partition_point(|(found, _)| *found < character);
        let (found, code) = self.codes.get(position)?;
        (*found == character).then(|| code.to_be_bytes())
    }
}

/// The character `encoding` has for a code.
fn character(encoding: &'static Encoding, prefix: &[u8], code: [u8; 2]) -> Option<char> {
    only_character(encoding, &[prefix, &code].concat())
}

/// The one character `encoding` has for these bytes, if it is one.
pub(super) fn only_character(encoding: &'static Encoding, bytes: &[u8]) -> Option<char> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

fn without_private_use(character: Option<char>) -> Option<char> {
    character.filter(|c| !('\u{E000}'..='\u{F8FF}').contains(c))
}

/// The bytes 0xA0 to 0xFF of a set of one byte for each character.
pub(super) type UpperHalf = [Option<char>; 96];

macro_rules! upper_halves {
    ($($repertoire:ident $encoding:ident),+ $(,)?) => {
        /// The upper half of a set of one byte for each character; `None` for the others.
        pub(super) fn upper_half(repertoire: Repertoire) -> Option<&'static UpperHalf> {
            match repertoire {
                $(Repertoire::$repertoire => {
                    static HALF: LazyLock<UpperHalf> =
                        LazyLock::new(|| make_upper_half(encoding_rs::$encoding));
                    Some(&HALF)
                })+
                _ => None,
            }
        }
    };
}

// The Windows encodings differ from ISO 8859-9 and TIS 620 below 0xA0 only, where all of these
// have the control characters, and by the no-break space at 0xA0, which TIS 620 has not.
upper_halves! {
    Latin2 ISO_8859_2, Latin3 ISO_8859_3, Latin4 ISO_8859_4, Cyrillic ISO_8859_5,
    Arabic ISO_8859_6, Greek ISO_8859_7, Hebrew ISO_8859_8, Latin5 WINDOWS_1254,
    Latin9 ISO_8859_15, Thai WINDOWS_874,
}

fn make_upper_half(encoding: &'static Encoding) -> UpperHalf {
    let mut half = [None; 96];
    for (byte, character) in (0xA0..=0xFF).zip(half.iter_mut()) {
        let is_missing = encoding == encoding_rs::WINDOWS_874 && byte == 0xA0;
        *character = only_character(encoding, &[byte]).filter(|_| !is_missing);
    }
    half
}
