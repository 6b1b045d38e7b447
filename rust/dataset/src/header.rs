//! Element headers (PS3.5 §7.1, §7.5): tag, VR and length of elements, items and delimiters.

use crate::dict;
use crate::syntax::Encoding;
use crate::tag::Tag;
use crate::vr::Vr;

/// The length that means "until the delimiter" (PS3.5 §7.1.1).
pub const UNDEFINED_LENGTH: u32 = 0xFFFF_FFFF;
/// The most bytes a header can have.
pub const MAX_SIZE: usize = 12;
/// The longest value whose length fits the 16-bit form and is even.
pub const MAX_SHORT_LENGTH: u32 = 0xFFFE;

/// The start of an item or fragment (PS3.5 §7.5, §A.4).
pub const ITEM: Tag = Tag::new(0xFFFE, 0xE000);
/// The end of an item of undefined length.
pub const ITEM_DELIMITATION: Tag = Tag::new(0xFFFE, 0xE00D);
/// The end of a sequence or of encapsulated pixel data.
pub const SEQUENCE_DELIMITATION: Tag = Tag::new(0xFFFE, 0xE0DD);
/// Pixel Data.
pub const PIXEL_DATA: Tag = Tag::new(0x7FE0, 0x0010);

/// The header of an element, item or delimiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The tag.
    pub tag: Tag,
    /// The VR as written; UN for letters the standard does not know; `None` when the header has
    /// no VR (implicit encodings, items and delimiters).
    pub vr: Option<Vr>,
    /// The two bytes where explicit headers have their VR.
    pub letters: [u8; 2],
    /// The length of the value, or [`UNDEFINED_LENGTH`].
    pub length: u32,
    /// How many bytes the header has: 8 or 12.
    pub size: u8,
}

/// What lies behind a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A value of defined length.
    Value,
    /// Items of data sets.
    Sequence,
    /// Items of a UN element of undefined length, which are little endian whatever surrounds them
    /// (PS3.5 §6.2.2).
    UnknownSequence,
    /// Fragments of encapsulated pixel data.
    Fragments,
}

impl Header {
    /// Decodes the header at the start of `bytes`; `None` when more bytes are needed.
    ///
    /// An element of an explicit data set whose VR is not two capital letters is taken as implicit,
    /// because some writers mix the two, and two capitals would be a length above 16 KiB. Unknown
    /// letters have a 16-bit length. Letters are told apart as pydicom does it, between `AA` and
    /// `ZZ` as text.
    #[must_use]
    #[inline(always)]
    pub fn decode(bytes: &[u8], encoding: Encoding) -> Option<Self> {
        let [g0, g1, e0, e1, l0, l1, l2, l3] = *bytes.first_chunk()?;
        let big_endian = encoding.big_endian;
        let tag = Tag::new(
            number16([g0, g1], big_endian),
            number16([e0, e1], big_endian),
        );
        let letters = [l0, l1];
        let is_explicit =
            !encoding.implicit && tag.group() != 0xFFFE && (*b"AA"..=*b"ZZ").contains(&letters);
        if !is_explicit {
            return Some(Self {
                tag,
                vr: None,
                letters,
                length: number32([l0, l1, l2, l3], big_endian),
                size: 8,
            });
        }
        let vr = Vr::from_bytes(letters);
        let (length, size) = if vr.is_some_and(Vr::has_long_length) {
            let long = *bytes.get(8..)?.first_chunk()?;
            (number32(long, big_endian), 12)
        } else {
            (u32::from(number16([l2, l3], big_endian)), 8)
        };
        Some(Self {
            tag,
            vr: Some(vr.unwrap_or(Vr::UN)),
            letters,
            length,
            size,
        })
    }

    /// Whether the end of the value is marked by a delimiter.
    #[must_use]
    pub const fn is_undefined(&self) -> bool {
        self.length == UNDEFINED_LENGTH
    }

    /// Whether these are eight zeros: padding, more likely than an element.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.tag.0 == 0 && self.length == 0
    }

    /// Whether this is the item, item delimitation or sequence delimitation tag.
    #[must_use]
    pub const fn is_delimiter(&self) -> bool {
        self.tag.group() == 0xFFFE
    }

    /// The VR as written, or else as the dictionary has it.
    #[must_use]
    pub fn vr_or_dictionary(&self) -> Vr {
        self.vr.unwrap_or_else(|| dict::vr_of(self.tag))
    }

    /// What lies behind a header of undefined length. Without a VR that is a sequence, for nothing
    /// else may be so in implicit VR (PS3.5 §7.1.3), except where the dictionary has bytes that
    /// might be encapsulated.
    #[must_use]
    pub fn undefined_content(&self) -> Content {
        match self.vr {
            _ if self.tag == PIXEL_DATA => Content::Fragments,
            Some(Vr::SQ) => Content::Sequence,
            Some(Vr::UN) => Content::UnknownSequence,
            Some(_) => Content::Fragments,
            None => match dict::vr_of(self.tag) {
                Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW => Content::Fragments,
                _ => Content::Sequence,
            },
        }
    }

    /// Whether implicit VR can say what lies behind the header: a reader has nothing but the
    /// dictionary there, and must not take a value for a sequence or a sequence for fragments.
    /// Sequences are expected to be written with undefined length.
    #[must_use]
    pub fn survives_implicit(&self) -> bool {
        if self.vr.is_none() || self.length == 0 {
            return true;
        }
        let implicit = |length| {
            Self {
                vr: None,
                length,
                ..*self
            }
            .content()
        };
        match self.content() {
            // The bytes of a UN element are those of implicit VR already (PS3.5 §6.2.2).
            Content::Value => self.vr == Some(Vr::UN) || implicit(self.length) == Content::Value,
            Content::Fragments => implicit(UNDEFINED_LENGTH) == Content::Fragments,
            Content::Sequence | Content::UnknownSequence => {
                implicit(UNDEFINED_LENGTH) == Content::Sequence
            }
        }
    }

    /// What lies behind the header.
    #[must_use]
    pub fn content(&self) -> Content {
        if self.is_undefined() {
            self.undefined_content()
        } else if self.vr_or_dictionary() == Vr::SQ {
            Content::Sequence
        } else {
            Content::Value
        }
    }
}

/// The encoding of an item, told from the first bytes of its first element: some writers switch to
/// implicit VR inside sequences, and the items of UN sequences are implicit (PS3.5 §6.2.2).
#[must_use]
pub fn item_encoding(first: &[u8], surrounding: Encoding) -> Encoding {
    if surrounding.implicit {
        return surrounding;
    }
    let is_element = Header::decode(first, surrounding)
        .is_some_and(|header| header.vr.is_none() && !header.is_delimiter());
    Encoding {
        implicit: is_element,
        ..surrounding
    }
}

/// Appends a header. The length must fit the form: the caller chooses UN for longer values.
pub fn encode(out: &mut Vec<u8>, encoding: Encoding, tag: Tag, letters: [u8; 2], length: u32) {
    let number16 = |number: u16| order16(number, encoding.big_endian);
    let number32 = |number: u32| {
        if encoding.big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    };
    out.extend_from_slice(&number16(tag.group()));
    out.extend_from_slice(&number16(tag.element()));
    if encoding.implicit || tag.group() == 0xFFFE {
        out.extend_from_slice(&number32(length));
        return;
    }
    out.extend_from_slice(&letters);
    if Vr::from_bytes(letters).is_some_and(Vr::has_long_length) {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&number32(length));
    } else {
        let short = u16::try_from(length).unwrap_or(u16::MAX);
        out.extend_from_slice(&number16(short));
    }
}

const fn number16(bytes: [u8; 2], big_endian: bool) -> u16 {
    if big_endian {
        u16::from_be_bytes(bytes)
    } else {
        u16::from_le_bytes(bytes)
    }
}

const fn number32(bytes: [u8; 4], big_endian: bool) -> u32 {
    if big_endian {
        u32::from_be_bytes(bytes)
    } else {
        u32::from_le_bytes(bytes)
    }
}

const fn order16(number: u16, big_endian: bool) -> [u8; 2] {
    if big_endian {
        number.to_be_bytes()
    } else {
        number.to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPLICIT: Encoding = Encoding::EXPLICIT_LITTLE;

    #[test]
    fn decodes_the_three_forms() {
        let short = Header::decode(b"\x08\0\x16\0UI\x1a\0", EXPLICIT).expect("short form");
        assert_eq!((short.vr, short.length, short.size), (Some(Vr::UI), 26, 8));
        let long = Header::decode(b"\xe0\x7f\x10\0OW\0\0\0\0\x01\0", EXPLICIT).expect("long form");
        assert_eq!(
            (long.vr, long.length, long.size),
            (Some(Vr::OW), 0x1_0000, 12)
        );
        let item = Header::decode(b"\xfe\xff\0\xe0\xff\xff\xff\xff", EXPLICIT).expect("item");
        assert_eq!((item.tag, item.vr, item.is_undefined()), (ITEM, None, true));
        assert_eq!(
            Header::decode(b"\xe0\x7f\x10\0OW\0\0\0\0\x01", EXPLICIT),
            None
        );
    }

    #[test]
    fn tolerates_missing_and_unknown_vrs() {
        let implicit = Header::decode(b"\x08\0\x16\0\x1a\0\0\0", EXPLICIT).expect("implicit");
        assert_eq!((implicit.vr, implicit.length), (None, 26));
        let unknown = Header::decode(b"\x08\0\x16\0ZZ\x1a\0", EXPLICIT).expect("unknown");
        assert_eq!(
            (unknown.vr, unknown.length, unknown.size),
            (Some(Vr::UN), 26, 8)
        );
    }

    #[test]
    fn encode_is_the_inverse_of_decode() {
        for encoding in [EXPLICIT, Encoding::EXPLICIT_BIG, Encoding::IMPLICIT_LITTLE] {
            for &vr in Vr::ALL {
                let mut bytes = Vec::new();
                encode(
                    &mut bytes,
                    encoding,
                    Tag::new(0x18, 0x1234),
                    vr.bytes(),
                    0x1234,
                );
                let header = Header::decode(&bytes, encoding).expect("a whole header");
                assert_eq!(
                    (header.tag, header.length),
                    (Tag::new(0x18, 0x1234), 0x1234)
                );
                assert_eq!(header.vr, (!encoding.implicit).then_some(vr));
                assert_eq!(usize::from(header.size), bytes.len());
            }
        }
    }
}
