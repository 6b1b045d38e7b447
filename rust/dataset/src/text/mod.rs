//! Text and its character sets (PS3.5 §6.1, PS3.3 §C.12.1.1.2).
//!
//! [`CharacterSets`] is what Specific Character Set (0008,0005) puts in force: it decodes values
//! to Unicode and encodes them again, with the escape sequences of ISO 2022 where there are code
//! extensions. For what is valid the text is the one pydicom shows. Nothing is replaced silently:
//! [`Fidelity`] tells.

mod codec;
mod decode;
mod encode;
mod hangul;
mod parse;
mod plane;
mod repertoire;
mod split;

use std::borrow::Cow;

pub use parse::Problem;
use repertoire::Repertoire;

use crate::error::Error;
use crate::path::TagPath;
use crate::value::Value;
use crate::vr::Vr;

/// The byte that begins an escape sequence.
pub(crate) const ESCAPE: u8 = 0x1B;

/// The character sets in force: the value of Specific Character Set.
///
/// [`Default`] is the default repertoire, ASCII.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CharacterSets {
    /// Each set once, the first one in the first place; the places after `length` are the default
    /// repertoire.
    sets: [Repertoire; repertoire::NAMES.len()],
    length: u8,
}

/// How well a text stands for its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fidelity {
    /// The bytes are of the character sets in force, and pydicom shows the same text.
    Exact,
    /// The bytes are of the character sets in force and the text is what the standard says, but
    /// pydicom shows another: it does not know ISO_IR 203, leaves the escape sequence of
    /// ISO 2022 IR 58 in its text, takes the upper half for ISO 8859-1 after the escape sequence of
    /// ASCII, and goes on after `^`, `=` and backslash with a set that ends there.
    Corrected,
    /// Bytes from 0x80 on where only ASCII may be: read as ISO 8859-1, or in the set that was
    /// invoked before a delimiter that ended it. Or bytes that are no JIS X 0201 but kanji in Shift
    /// JIS, or an escape sequence where there are no code extensions. pydicom does the same
    /// without a warning.
    Assumed,
    /// Bytes that are no text in the character sets in force, or an escape sequence of none of
    /// them. The text has U+FFFD or the escape sequence in their place; pydicom warns, and its
    /// text may have another number of U+FFFD. Also a text that is corrected in one place and
    /// assumed in another.
    Replaced,
}

impl Fidelity {
    /// The fidelity of a text of two parts.
    const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exact, fidelity) | (fidelity, Self::Exact) => fidelity,
            (Self::Corrected, Self::Corrected) => Self::Corrected,
            (Self::Assumed, Self::Assumed) => Self::Assumed,
            _ => Self::Replaced,
        }
    }

    /// Whether pydicom shows the same text, and without a warning.
    #[must_use]
    pub const fn is_pydicoms(self) -> bool {
        matches!(self, Self::Exact | Self::Assumed)
    }

    /// Whether the bytes are text in the character sets in force.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        matches!(self, Self::Exact | Self::Corrected)
    }
}

/// A decoded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, with backslashes and padding as they were.
    pub text: Cow<'a, str>,
    /// Whether the text is exact.
    pub fidelity: Fidelity,
}

impl<'a> Decoded<'a> {
    const fn new(text: Cow<'a, str>, fidelity: Fidelity) -> Self {
        Self { text, fidelity }
    }
}

impl Default for CharacterSets {
    fn default() -> Self {
        Self::of(Repertoire::Default)
    }
}

impl std::fmt::Debug for CharacterSets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.terms()).finish()
    }
}

impl CharacterSets {
    /// Whether bytes that are all ASCII without the escape character decode to themselves: they
    /// do in all character sets, as pydicom reads `\` and `~` in ISO_IR 13, too, where JIS X 0201
    /// has a yen sign and an overline.
    #[must_use]
    pub const fn is_ascii_compatible(&self) -> bool {
        true
    }

    fn of(first: Repertoire) -> Self {
        let mut sets = [Repertoire::Default; repertoire::NAMES.len()];
        let [place, ..] = &mut sets;
        *place = first;
        Self { sets, length: 1 }
    }

    /// Adds a set, once.
    fn push(&mut self, set: Repertoire) {
        if self.contains(set) {
            return;
        }
        if let Some(place) = self.sets.get_mut(usize::from(self.length)) {
            *place = set;
            self.length = self.length.saturating_add(1);
        }
    }

    const fn first(&self) -> Repertoire {
        let [first, ..] = self.sets;
        first
    }

    fn iter(&self) -> impl Iterator<Item = Repertoire> + use<> {
        self.sets.into_iter().take(usize::from(self.length))
    }

    fn contains(&self, set: Repertoire) -> bool {
        self.iter().any(|found| found == set)
    }
}

/// A line's end, form feed and tab end what an escape sequence invoked (PS3.5 §6.1.2.5.3).
const fn is_control_delimiter(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0C | b'\r')
}

/// So do the delimiters of values, and of the components of names.
const fn is_delimiter(byte: u8, vr: Vr) -> bool {
    match byte {
        b'\\' => matches!(vr, Vr::LO | Vr::PN | Vr::SH | Vr::UC),
        b'^' | b'=' => matches!(vr, Vr::PN),
        _ => is_control_delimiter(byte),
    }
}

/// Decodes a text value, padding removed. `character_set` is the value of (0008,0005) in force,
/// as [`Index::character_set`](crate::index::Index::character_set) gives it; it matters only for
/// the VRs it applies to.
///
/// # Errors
/// [`Error::UnsupportedCharacterSet`] when it names none that is known, and
/// [`Error::InvalidValue`] when the bytes are not of the character set.
pub fn decode<'a>(value: Value<'a>, character_set: &[u8]) -> Result<Cow<'a, str>, Error> {
    let mut sets = CharacterSets::default();
    if value.vr().uses_character_set() {
        let problems;
        (sets, problems) = CharacterSets::parse(character_set);
        for problem in problems {
            if let Problem::UnknownTerm { found: name } = problem {
                let path = TagPath::element(value.tag());
                return Err(Error::UnsupportedCharacterSet { path, name });
            }
        }
    }
    let decoded = sets.decode(value.trimmed(), value.vr());
    if decoded.fidelity.is_valid() {
        Ok(decoded.text)
    } else {
        Err(value.invalid("text in its character set"))
    }
}

#[cfg(test)]
mod tests;
