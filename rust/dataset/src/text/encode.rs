//! Text to bytes (PS3.5 §6.1.2.5): the fewest escape sequences that invoke what is needed.

use std::borrow::Cow;

use super::repertoire::Repertoire;
use super::{CharacterSets, ESCAPE, is_delimiter};
use crate::error::Error;
use crate::vr::Vr;

impl CharacterSets {
    /// Encodes a whole value with its backslashes; padding to even length is the caller's.
    ///
    /// The first character set that has all of a component is taken; if none has, the one that has
    /// most of the rest, again and again. Each component begins in the first set, as each ends
    /// what was invoked (PS3.5 §6.1.2.5.3).
    ///
    /// # Errors
    /// [`Error::CharacterNotInSet`] for a character that none of the sets has, and for the escape
    /// character.
    pub fn encode<'a>(&self, text: &'a str, vr: Vr) -> Result<Cow<'a, [u8]>, Error> {
        if let Some(position) = text.bytes().position(|byte| byte == ESCAPE) {
            return Err(self.not_in_set('\u{1B}', position));
        }
        if text.is_ascii() || (self.first() == Repertoire::Utf8 && vr.uses_character_set()) {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        if !vr.uses_character_set() {
            return Self::default().encode(text, Vr::LO);
        }
        let mut encoder = Encoder {
            sets: self,
            out: Vec::new(),
            replaced_ascii: false,
            upper: self.first(),
        };
        let mut position = 0_usize;
        let is_end = |c: char| u8::try_from(c).is_ok_and(|byte| is_delimiter(byte, vr));
        for component in text.split_inclusive(is_end) {
            let (component, delimiter) = match component.char_indices().next_back() {
                Some((last, c)) if is_end(c) => component.split_at_checked(last),
                _ => None,
            }
            .unwrap_or((component, ""));
            encoder
                .component(component)
                .map_err(|(character, within)| {
                    self.not_in_set(character, position.saturating_add(within))
                })?;
            encoder.out.extend_from_slice(delimiter.as_bytes());
            position = position
                .saturating_add(component.len())
                .saturating_add(delimiter.len());
        }
        Ok(Cow::Owned(encoder.out))
    }

    fn not_in_set(&self, character: char, position: usize) -> Error {
        Error::CharacterNotInSet {
            character,
            position,
            sets: self.terms().collect::<Vec<_>>().join("\\"),
        }
    }
}

struct Encoder<'a> {
    sets: &'a CharacterSets,
    out: Vec<u8>,
    /// Whether the place of ASCII is taken at the end of `out`.
    replaced_ascii: bool,
    /// What a reader that goes on after delimiters, as pydicom does, takes the bytes from 0x80 on
    /// for at the end of `out`; to it, the escape sequence of ASCII invokes ISO 8859-1.
    upper: Repertoire,
}

impl Encoder<'_> {
    /// Appends a component; on failure the character and its position.
    fn component(&mut self, component: &str) -> Result<(), (char, usize)> {
        let mut rest = component;
        while let Some(character) = rest.chars().next() {
            let (set, length) = self.best(rest);
            if length == 0 {
                return Err((character, component.len().saturating_sub(rest.len())));
            }
            let (part, next) = rest.split_at_checked(length).unwrap_or((rest, ""));
            self.part(set, part, rest.len() == component.len());
            rest = next;
        }
        if self.replaced_ascii {
            self.restore_ascii();
        }
        Ok(())
    }

    /// The set in force before any escape sequence: ASCII if the first one takes its place by one.
    const fn initial(&self) -> Repertoire {
        let first = self.sets.first();
        if first.replaces_ascii() {
            Repertoire::Default
        } else {
            first
        }
    }

    /// The set that has most of the text from its beginning on, and how many bytes of it.
    fn best(&self, text: &str) -> (Repertoire, usize) {
        let initial = self.initial();
        let mut best = (initial, 0);
        let others = self.sets.iter().filter(|set| set.escape().is_some());
        for set in std::iter::once(initial).chain(others) {
            let length = self.encodable(set, text);
            if length > best.1 {
                best = (set, length);
            }
        }
        best
    }

    fn encodable(&self, set: Repertoire, text: &str) -> usize {
        // JIS X 0201 has two escape sequences, for ASCII and for katakana. Without others to
        // choose from, none is needed.
        let is_first_ascii = text.starts_with(|c: char| c.is_ascii());
        let is_mixed = set != Repertoire::Katakana || self.sets.iter().nth(1).is_none();
        let mut unused = Vec::new();
        let mut has = |c: char| {
            unused.clear();
            (is_mixed || c.is_ascii() == is_first_ascii) && set.push_character(c, &mut unused)
        };
        text.char_indices()
            .find(|(_, c)| !has(*c))
            .map_or(text.len(), |(position, _)| position)
    }

    /// Appends a part that `set` has all of.
    fn part(&mut self, set: Repertoire, part: &str, is_at_start: bool) {
        let is_in_force = is_at_start && set == self.initial();
        let is_roman = set == Repertoire::Katakana && part.is_ascii();
        if set.replaces_ascii() {
            self.out.extend_from_slice(set.escape().unwrap_or_default());
        } else if !is_in_force || (set != self.upper && !part.is_ascii()) {
            if self.replaced_ascii && !is_roman && set != Repertoire::Default {
                self.restore_ascii();
            }
            let escape = if is_roman { Some(ROMAN) } else { set.escape() };
            self.out.extend_from_slice(escape.unwrap_or_default());
            self.upper = set;
        }
        self.replaced_ascii = set.replaces_ascii();
        for character in part.chars() {
            set.push_character(character, &mut self.out);
        }
    }

    fn restore_ascii(&mut self) {
        if self.sets.first() == Repertoire::Katakana {
            self.out.extend_from_slice(ROMAN);
            self.upper = Repertoire::Katakana;
        } else {
            self.out.extend_from_slice(ASCII);
            self.upper = Repertoire::Default;
        }
        self.replaced_ascii = false;
    }
}

/// The escape sequence of ASCII, ISO-IR 6.
const ASCII: &[u8] = b"\x1b(B";
/// The escape sequence of JIS X 0201 romaji, ISO-IR 14.
const ROMAN: &[u8] = b"\x1b(J";
