//! Values that go from one encoding to another without anybody having looked at them: what
//! decoding and encoding the value again would give, where that is certain.

use crate::vr::Vr;

/// What may be taken for granted of text in the character sets of the data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repertoire {
    /// ASCII bytes without escapes are ASCII characters, in the old and the new character set.
    Ascii,
    /// Nothing.
    Unknown,
}

/// The parts of a value that is written again: the bytes to write, and how many of them change
/// places together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored<'a> {
    /// What is left of the value without insignificant padding.
    pub bytes: &'a [u8],
    /// 1 when the byte order does not matter.
    pub swap_width: usize,
}

/// Tells what of a stored value is to be written again, when no more than padding has to be taken
/// off (PS3.5 §6.2); `None` when the value must be decoded, because it is irregular, not ASCII, or
/// has spaces within that mean nothing.
#[must_use]
pub fn stored_value(vr: Vr, value: &[u8], repertoire: Repertoire) -> Option<Stored<'_>> {
    let swap_width = vr.swap_width();
    if !vr.is_text() {
        let is_whole = value.len().is_multiple_of(swap_width);
        let is_exact = !matches!(vr, Vr::FL | Vr::FD) || !has_nan(vr, value);
        let is_plain = !matches!(vr, Vr::SQ | Vr::UN);
        return (is_whole && is_exact && is_plain).then_some(Stored {
            bytes: value,
            swap_width,
        });
    }
    if vr.uses_character_set() && repertoire == Repertoire::Unknown {
        return None;
    }
    let bytes = trim_end(value);
    let is_regular = match vr {
        Vr::CS | Vr::AS | Vr::DA | Vr::TM | Vr::DT => is_printable(bytes),
        Vr::AE | Vr::UR => is_printable(bytes) && !value.contains(&0) && !has_outer_spaces(bytes),
        Vr::UI => bytes
            .iter()
            .all(|b| b.is_ascii_digit() || b".\\".contains(b)),
        Vr::IS => values(bytes).all(is_integer),
        Vr::DS => values(bytes).all(is_decimal),
        Vr::LO | Vr::SH | Vr::UC => is_text_line(bytes) && values(bytes).all(|v| fits(vr, v)),
        Vr::PN => is_text_line(bytes) && values(bytes).all(is_name),
        Vr::LT | Vr::ST | Vr::UT => is_ascii_without_escape(bytes) && fits(vr, bytes),
        _ => false,
    };
    is_regular.then_some(Stored {
        bytes,
        swap_width: 1,
    })
}

/// Whether a number may be a NaN in either byte order; its bits need not survive being taken for a
/// number, so whoever decodes it decides.
fn has_nan(vr: Vr, value: &[u8]) -> bool {
    let is_exponent = |byte: Option<&u8>| byte.is_some_and(|byte| byte | 0x80 == 0xFF);
    let mut numbers = value.chunks_exact(vr.swap_width());
    numbers.any(|bytes| is_exponent(bytes.first()) || is_exponent(bytes.last()))
}

fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [head @ .., 0 | b' '] = bytes {
        bytes = head;
    }
    bytes
}

fn values(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\\')
}

fn is_printable(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| (0x20..0x7F).contains(byte))
}

fn is_ascii_without_escape(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii() && *byte != 0x1B)
}

/// Values without padding of their own, which would have to be taken off.
fn is_text_line(bytes: &[u8]) -> bool {
    is_printable(bytes) && values(bytes).all(|value| !value.ends_with(b" "))
}

fn has_outer_spaces(bytes: &[u8]) -> bool {
    values(bytes).any(|value| value.starts_with(b" ") || value.ends_with(b" "))
}

/// Whether a text is no longer than the standard allows; what is longer should be complained about.
fn fits(vr: Vr, value: &[u8]) -> bool {
    let longest = match vr {
        Vr::SH => 16,
        Vr::LO => 64,
        Vr::ST => 1024,
        Vr::LT => 10240,
        _ => usize::MAX,
    };
    value.len() <= longest
}

/// A person name with nothing empty at its end and groups of at most 64 characters.
fn is_name(value: &[u8]) -> bool {
    let mut groups = value.split(|byte| *byte == b'=');
    !value.ends_with(b"=") && groups.all(|group| group.len() <= 64)
}

fn is_integer(value: &[u8]) -> bool {
    let digits = match value {
        [b'+' | b'-', rest @ ..] => rest,
        whole => whole,
    };
    (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
}

fn is_decimal(value: &[u8]) -> bool {
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    (1..=16).contains(&value.len())
        && value
            .iter()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte))
        && std::str::from_utf8(value).is_ok_and(is_number)
}
