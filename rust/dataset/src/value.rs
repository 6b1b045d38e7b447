//! A value: its bytes with a VR, and what they stand for.
//!
//! Numbers are read from the bytes. Strings in the default repertoire are, too; text in other
//! character sets is decoded first, and then split and read by the functions here.

mod moment;
mod name;
mod pattern;
mod strings;
mod validity;

use std::ops::Range;

pub use moment::{Date, DateTime, Time};
pub use name::{NameGroup, PersonName};
pub use strings::{parse_decimal, parse_integer, values};
pub use validity::{Violation, max_length, validate_all, validate_one};

use crate::cursor::Cursor;
use crate::error::Error;
use crate::path::TagPath;
use crate::tag::Tag;
use crate::uid;
use crate::vr::Vr;

/// The value of an element.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    tag: Tag,
    vr: Vr,
    bytes: &'a [u8],
    big_endian: bool,
}

macro_rules! numbers {
    ($($name:ident $type:ty, $doc:literal;)+) => {
        $(
            #[doc = $doc]
            ///
            /// # Errors
            /// [`Error::InvalidValue`] when the length is not a multiple of the number's size.
            pub fn $name(&self) -> Result<impl Iterator<Item = $type> + 'a, Error> {
                let big_endian = self.big_endian;
                let decode = move |bytes: &[u8; size_of::<$type>()]| {
                    if big_endian {
                        <$type>::from_be_bytes(*bytes)
                    } else {
                        <$type>::from_le_bytes(*bytes)
                    }
                };
                let (numbers, rest) = self.bytes.as_chunks::<{ size_of::<$type>() }>();
                if !rest.is_empty() {
                    return Err(self.invalid(concat!("a list of ", stringify!($type), " numbers")));
                }
                Ok(numbers.iter().map(decode))
            }
        )+
    };
}

impl<'a> Value<'a> {
    pub(crate) const fn new(tag: Tag, vr: Vr, bytes: &'a [u8], big_endian: bool) -> Self {
        Self {
            tag,
            vr,
            bytes,
            big_endian,
        }
    }

    /// The bytes as they are encoded.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The VR.
    #[must_use]
    pub const fn vr(&self) -> Vr {
        self.vr
    }

    /// The bytes of a string without its padding: spaces and NULs at the end, and spaces at the
    /// beginning where the VR says they mean nothing (PS3.5 §6.2).
    #[must_use]
    #[inline]
    pub fn trimmed(&self) -> &'a [u8] {
        self.bytes.get(self.trimmed_range()).unwrap_or_default()
    }

    /// Where in the value [`trimmed`](Self::trimmed) is.
    #[must_use]
    #[inline]
    pub fn trimmed_range(&self) -> Range<usize> {
        let mut rest = self.bytes;
        while let [head @ .., 0 | b' '] = rest {
            rest = head;
        }
        let end = rest.len();
        let keeps_leading = matches!(self.vr, Vr::LT | Vr::ST | Vr::UC | Vr::UT | Vr::UR);
        while let [b' ', tail @ ..] = rest
            && !keeps_leading
        {
            rest = tail;
        }
        end.saturating_sub(rest.len())..end
    }

    /// A UID without its padding.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] when it is none.
    pub fn uid(&self) -> Result<&'a str, Error> {
        uid::parse(self.bytes).ok_or_else(|| self.invalid("a UID"))
    }

    numbers! {
        u16s u16, "The value as unsigned numbers of 16 bits (US, OW).";
        i16s i16, "The value as signed numbers of 16 bits (SS).";
        u32s u32, "The value as unsigned numbers of 32 bits (UL, OL).";
        i32s i32, "The value as signed numbers of 32 bits (SL).";
        u64s u64, "The value as unsigned numbers of 64 bits (UV, OV).";
        i64s i64, "The value as signed numbers of 64 bits (SV).";
        f32s f32, "The value as floating point numbers of 32 bits (FL, OF).";
        f64s f64, "The value as floating point numbers of 64 bits (FD, OD).";
    }

    /// The value as tags (AT).
    ///
    /// # Errors
    /// [`Error::InvalidValue`] when the length is not a multiple of four.
    pub fn tags(&self) -> Result<Vec<Tag>, Error> {
        if !self.bytes.len().is_multiple_of(4) {
            return Err(self.invalid("a list of tags"));
        }
        let mut cursor = Cursor::new(self.bytes, self.big_endian);
        Ok(std::iter::from_fn(|| cursor.tag()).collect())
    }

    pub(crate) fn invalid(&self, expected: &'static str) -> Error {
        Error::InvalidValue {
            path: TagPath::element(self.tag),
            length: self.bytes.len() as u64,
            expected,
        }
    }

    pub(crate) const fn tag(&self) -> Tag {
        self.tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(vr: Vr, bytes: &[u8], big_endian: bool) -> Value<'_> {
        Value::new(Tag::new(0x0028, 0x0010), vr, bytes, big_endian)
    }

    #[test]
    fn numbers_follow_the_byte_order() {
        let bytes = [1, 0, 2, 0];
        let little: Vec<_> = value(Vr::US, &bytes, false).u16s().expect("even").collect();
        assert_eq!(little, [1, 2]);
        let big: Vec<_> = value(Vr::US, &bytes, true).u16s().expect("even").collect();
        assert_eq!(big, [256, 512]);
        let tags = value(Vr::AT, &bytes, false).tags().expect("four bytes");
        assert_eq!(tags, [Tag::new(1, 2)]);
    }

    #[test]
    fn a_cut_number_is_an_error() {
        let error = value(Vr::UL, &[1, 2, 3], false)
            .u32s()
            .err()
            .expect("three bytes");
        assert_eq!(
            error.to_string(),
            "(0028,0010) of 3 bytes is not a list of u32 numbers"
        );
    }

    #[test]
    fn padding_is_trimmed_by_vr() {
        assert_eq!(value(Vr::LO, b" AB ", false).trimmed(), b"AB");
        assert_eq!(value(Vr::LT, b" AB ", false).trimmed(), b" AB");
        assert_eq!(value(Vr::UI, b"1.2\0", false).uid().expect("a UID"), "1.2");
    }
}
