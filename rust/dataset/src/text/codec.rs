//! One character of a repertoire: from its bytes and to its bytes.

use encoding_rs::GB18030;

use super::hangul;
use super::plane::{
    GB_2312, GB_18030, GBK_PLANE, JIS_X_0208, JIS_X_0212, KS_X_1001, Plane, only_character,
    upper_half,
};
use super::repertoire::Repertoire;

/// What the next bytes are.
pub(super) struct Unit {
    /// The character, `None` when the bytes are none of the repertoire.
    pub(super) character: Option<char>,
    /// How many bytes to go on by.
    pub(super) length: usize,
}

impl Unit {
    const fn new(character: Option<char>, length: usize) -> Self {
        // After bytes that are no character, the next may begin one.
        let length = if character.is_some() { length } else { 1 };
        Self { character, length }
    }

    fn of_two(character: impl FnOnce(u8, u8) -> Option<char>, bytes: &[u8]) -> Self {
        match bytes {
            [first, second, ..] => Self::new(character(*first, *second), 2),
            _ => Self::new(None, 1),
        }
    }
}

/// The first half-width katakana character, and its byte.
const KATAKANA: (char, u8) = ('\u{FF61}', 0xA1);

impl Repertoire {
    /// Reads the first character of `bytes`, `None` at the end. `designated` tells that the escape
    /// sequence of a set that replaces ASCII came before. UTF-8 is not read this way.
    pub(super) fn next_unit(self, bytes: &[u8], designated: bool) -> Option<Unit> {
        let first = *bytes.first()?;
        if designated && let Some(plane) = self.replacing_plane() {
            return Some(next_of_seven_bits(plane, first, bytes));
        }
        if first.is_ascii() {
            return Some(Unit::new(Some(char::from(first)), 1));
        }
        let two =
            |plane: &Plane| Unit::of_two(|first, second| plane.character(first, second), bytes);
        Some(match self {
            Self::Default | Self::Latin1 => Unit::new(Some(char::from(first)), 1),
            Self::Katakana => next_of_shift_jis(first, bytes),
            Self::Korean => match hangul::compose(bytes) {
                Some(syllable) => Unit::new(Some(syllable), hangul::LENGTH),
                None => two(&KS_X_1001),
            },
            Self::Chinese | Self::ChineseAlone => two(&GB_2312),
            Self::Gbk => two(&GBK_PLANE),
            Self::Gb18030 => next_of_gb18030(bytes),
            Self::Kanji | Self::SupplementaryKanji | Self::Utf8 => Unit::new(None, 1),
            _ => Unit::new(self.upper_character(first), 1),
        })
    }

    fn replacing_plane(self) -> Option<&'static Plane> {
        match self {
            Self::Kanji => Some(&JIS_X_0208),
            Self::SupplementaryKanji => Some(&JIS_X_0212),
            _ => None,
        }
    }

    /// The character of a byte from 0x80 on in a set of one byte for each.
    fn upper_character(self, byte: u8) -> Option<char> {
        match byte.checked_sub(0xA0) {
            Some(position) => *upper_half(self)?.get(usize::from(position))?,
            None => Some(char::from(byte)),
        }
    }

    /// Appends the bytes of a character; `false` if the repertoire has none for it. The escape
    /// sequence is not written; ASCII is in all repertoires but those that replace it.
    pub(super) fn push_character(self, character: char, out: &mut Vec<u8>) -> bool {
        if let Some(plane) = self.replacing_plane() {
            let code = plane.code(character);
            return push(out, code.map(|code| code.map(|byte| byte & 0x7F)));
        }
        if character.is_ascii() {
            return push(out, u8::try_from(character).ok().map(|byte| [byte]));
        }
        match self {
            Self::Default | Self::Kanji | Self::SupplementaryKanji => false,
            Self::Latin1 => push(out, u8::try_from(character).ok().map(|byte| [byte])),
            Self::Katakana => push(out, katakana_byte(character).map(|byte| [byte])),
            Self::Korean => {
                push(out, KS_X_1001.code(character)) || push(out, hangul::decompose(character))
            }
            Self::Chinese | Self::ChineseAlone => push(out, GB_2312.code(character)),
            Self::Gbk => push(out, GBK_PLANE.code(character)),
            Self::Gb18030 => {
                push(out, GB_18030.code(character)) || push(out, four_bytes(character))
            }
            Self::Utf8 => {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                true
            }
            _ => push(out, self.upper_byte(character).map(|byte| [byte])),
        }
    }

    fn upper_byte(self, character: char) -> Option<u8> {
        if matches!(character, '\u{80}'..='\u{9F}') {
            return u8::try_from(character).ok();
        }
        let mut half = upper_half(self)?.iter();
        let position = half.position(|found| *found == Some(character))?;
        u8::try_from(position).ok()?.checked_add(0xA0)
    }
}

fn push<const LENGTH: usize>(out: &mut Vec<u8>, code: Option<[u8; LENGTH]>) -> bool {
    out.extend_from_slice(code.as_ref().map_or(&[], |code| code.as_slice()));
    code.is_some()
}

/// A set of two bytes in the place of ASCII (ISO-IR 87, 159); control characters stay one byte.
fn next_of_seven_bits(plane: &Plane, first: u8, bytes: &[u8]) -> Unit {
    match first {
        0..0x20 => Unit::new(Some(char::from(first)), 1),
        0x20..0x80 => Unit::of_two(
            |first, second| {
                let is_in = second < 0x80;
                plane
                    .character(first | 0x80, second | 0x80)
                    .filter(|_| is_in)
            },
            bytes,
        ),
        _ => Unit::new(None, 1),
    }
}

/// JIS X 0201, and as pydicom reads it, the kanji of Shift JIS, which DICOM does not have.
fn next_of_shift_jis(first: u8, bytes: &[u8]) -> Unit {
    if let Some(offset) = first
        .checked_sub(KATAKANA.1)
        .filter(|offset| *offset < 0x3F)
    {
        let character = u32::from(KATAKANA.0).checked_add(u32::from(offset));
        return Unit::new(character.and_then(char::from_u32), 1);
    }
    Unit::of_two(shift_jis_kanji, bytes)
}

/// Shift JIS puts two rows of JIS X 0208 into each first byte.
fn shift_jis_kanji(first: u8, second: u8) -> Option<char> {
    let pair = match first {
        0x81..=0x9F => first.checked_sub(0x81)?,
        0xE0..=0xEF => first.checked_sub(0xC1)?,
        _ => return None,
    };
    let column = match second {
        0x40..=0x7E => second.checked_sub(0x40)?,
        0x80..=0xFC => second.checked_sub(0x41)?,
        _ => return None,
    };
    let is_second_row = column >= 94;
    let row = pair.checked_mul(2)?.checked_add(u8::from(is_second_row))?;
    let cell = if is_second_row {
        column.checked_sub(94)?
    } else {
        column
    };
    JIS_X_0208.character(row.checked_add(0xA1)?, cell.checked_add(0xA1)?)
}

fn katakana_byte(character: char) -> Option<u8> {
    let offset = u32::from(character).checked_sub(u32::from(KATAKANA.0))?;
    u8::try_from(offset)
        .ok()
        .filter(|offset| *offset < 0x3F)?
        .checked_add(KATAKANA.1)
}

/// Characters whose four bytes Python and the Web assign differently: first and last, and the
/// number of the first one's code.
const FOUR_BYTES: [(u32, u32, u32); 3] = [
    (0x1E3F, 0x1E3F, 7_457),
    (0x9FB4, 0x9FBB, 19_057),
    (0xFE10, 0xFE19, 39_076),
];

fn next_of_gb18030(bytes: &[u8]) -> Unit {
    let [first, second, ..] = *bytes else {
        return Unit::new(None, 1);
    };
    if !second.is_ascii_digit() {
        return Unit::new(GB_18030.character(first, second), 2);
    }
    let character = match bytes.first_chunk() {
        Some([0x81, 0x35, 0xF4, 0x37]) => Some('\u{1E3F}'),
        Some(code) => only_character(GB18030, code),
        None => None,
    };
    Unit::new(character, 4)
}

fn four_bytes(character: char) -> Option<[u8; 4]> {
    let number = u32::from(character);
    let exception = FOUR_BYTES
        .iter()
        .find(|(from, to, _)| (*from..=*to).contains(&number));
    if let Some((from, _, code)) = exception {
        return four_bytes_of(code.checked_add(number.checked_sub(*from)?)?);
    }
    let mut buffer = [0; 4];
    let (encoded, _, is_missing) = GB18030.encode(character.encode_utf8(&mut buffer));
    let code = <[u8; 4]>::try_from(encoded.as_ref()).ok();
    code.filter(|_| !is_missing)
}

/// The bytes of the code with a number: 126 by 10 by 126 by 10.
fn four_bytes_of(number: u32) -> Option<[u8; 4]> {
    let digit = |value: u32, base: u8| u8::try_from(value).ok()?.checked_add(base);
    Some([
        digit(number.checked_div(12_600)?, 0x81)?,
        digit(number.checked_div(1_260)?.checked_rem(10)?, 0x30)?,
        digit(number.checked_div(10)?.checked_rem(126)?, 0x81)?,
        digit(number.checked_rem(10)?, 0x30)?,
    ])
}
