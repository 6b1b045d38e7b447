//! Text (PS3.5 §6.1): the default repertoire and UTF-8.
//!
//! This is the seam for the other character sets; until they are here, text in them is a typed
//! error and never a guess.

use std::borrow::Cow;

use crate::error::Error;
use crate::path::TagPath;
use crate::value::Value;

/// A character set this crate decodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CharacterSet {
    /// The default repertoire, ISO IR 6: ASCII.
    Default,
    /// UTF-8, ISO_IR 192.
    Utf8,
}

impl CharacterSet {
    /// Reads the value of Specific Character Set (PS3.3 §C.12.1.1.2); `None` for all others than
    /// the two known here.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        match value.trim_ascii() {
            b"" | b"ISO_IR 6" | b"ISO 2022 IR 6" => Some(Self::Default),
            b"ISO_IR 192" => Some(Self::Utf8),
            _ => None,
        }
    }
}

/// Decodes a text value, padding removed. `character_set` is the value of (0008,0005) in force,
/// as [`Index::character_set`](crate::index::Index::character_set) gives it; it matters only for
/// the VRs it applies to.
///
/// # Errors
/// [`Error::UnsupportedCharacterSet`], and [`Error::InvalidValue`] when the bytes are not of the
/// character set.
pub fn decode<'a>(value: Value<'a>, character_set: &[u8]) -> Result<Cow<'a, str>, Error> {
    let set = if value.vr().uses_character_set() {
        CharacterSet::parse(character_set).ok_or_else(|| Error::UnsupportedCharacterSet {
            path: TagPath::element(value.tag()),
            name: String::from_utf8_lossy(character_set.trim_ascii()).into_owned(),
        })?
    } else {
        CharacterSet::Default
    };
    let bytes = value.trimmed();
    match set {
        CharacterSet::Default if !bytes.is_ascii() => Err(value.invalid("ASCII text")),
        CharacterSet::Default | CharacterSet::Utf8 => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|_| value.invalid("UTF-8 text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tag::Tag;
    use crate::vr::Vr;

    fn name(bytes: &[u8]) -> Value<'_> {
        Value::new(Tag::new(0x0010, 0x0010), Vr::PN, bytes, false)
    }

    #[test]
    fn ascii_and_utf8_are_text() {
        assert_eq!(decode(name(b"DOE^JANE "), b"").expect("ASCII"), "DOE^JANE");
        let utf8 = decode(name("MÜLLER".as_bytes()), b"ISO_IR 192 ").expect("UTF-8");
        assert_eq!(utf8, "MÜLLER");
    }

    #[test]
    fn anything_else_is_an_error() {
        let latin = decode(name(b"M\xdcLLER"), b"ISO_IR 100");
        assert!(
            matches!(latin, Err(Error::UnsupportedCharacterSet { name, .. }) if name == "ISO_IR 100")
        );
        assert!(matches!(
            decode(name(b"M\xdcLLER"), b""),
            Err(Error::InvalidValue { .. })
        ));
        assert!(matches!(
            decode(name(b"\xff"), b"ISO_IR 192"),
            Err(Error::InvalidValue { .. })
        ));
    }
}
