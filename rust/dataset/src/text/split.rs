//! Values of a multi-valued text: where its backslashes are delimiters.

use super::repertoire::Repertoire;
use super::{CharacterSets, ESCAPE};

impl CharacterSets {
    /// Splits the bytes of a value at its backslashes.
    ///
    /// A byte 0x5C within a character of several bytes, in GBK, GB 18030 or after the escape
    /// sequence of a Japanese set, is none. Each value begins in the first character set.
    pub fn split_values<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let sets = *self;
        let mut rest = Some(bytes);
        std::iter::from_fn(move || {
            let bytes = rest?;
            let end = sets.next_backslash(bytes);
            rest = end.and_then(|end| bytes.get(end.checked_add(1)?..));
            Some(end.and_then(|end| bytes.get(..end)).unwrap_or(bytes))
        })
    }

    /// The position of the first backslash that is a character of its own.
    fn next_backslash(&self, bytes: &[u8]) -> Option<usize> {
        if self.first() == Repertoire::Utf8 {
            return bytes.iter().position(|byte| *byte == b'\\');
        }
        let mut set = self.first();
        let mut designated = false;
        let mut rest = bytes;
        loop {
            if rest.first() == Some(&ESCAPE)
                && let Some((escaped, sequence)) = Repertoire::escaped(rest)
                && (escaped == Repertoire::Default || self.contains(escaped))
            {
                set = escaped;
                designated = escaped.replaces_ascii();
                rest = rest.strip_prefix(sequence)?;
                continue;
            }
            let unit = set.next_unit(rest, designated)?;
            if unit.length == 1 && unit.character == Some('\\') {
                return bytes.len().checked_sub(rest.len());
            }
            rest = rest.get(unit.length..)?;
        }
    }
}
