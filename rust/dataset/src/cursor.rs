//! A checked reader over bytes.
//!
//! Nothing is read past the end: a length field becomes a [`Cursor::sub`], so that what is inside
//! can never reach past what is outside. What is missing is told by `None`; the caller knows the
//! tag path and makes the error.

use crate::tag::Tag;

/// A position in a slice, with a byte order.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    offset: u64,
    big_endian: bool,
}

macro_rules! number {
    ($name:ident, $type:ty, $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&mut self) -> Option<$type> {
            let bytes = self.array()?;
            Some(if self.big_endian {
                <$type>::from_be_bytes(bytes)
            } else {
                <$type>::from_le_bytes(bytes)
            })
        }
    };
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8], big_endian: bool) -> Self {
        Self {
            bytes,
            offset: 0,
            big_endian,
        }
    }

    /// Takes the next `count` bytes; `None`, and nothing taken, when there are fewer.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        self.offset = self.offset.saturating_add(count as u64);
        Some(taken)
    }

    /// Takes the next `count` bytes as a cursor of their own.
    pub fn sub(&mut self, count: usize) -> Option<Self> {
        let offset = self.offset;
        Some(Self {
            bytes: self.take(count)?,
            offset,
            big_endian: self.big_endian,
        })
    }

    /// Takes a fixed number of bytes.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        self.offset = self.offset.saturating_add(N as u64);
        Some(*taken)
    }

    number!(u16, u16, "Takes an unsigned number of 16 bits.");
    number!(u32, u32, "Takes an unsigned number of 32 bits.");
    number!(u64, u64, "Takes an unsigned number of 64 bits.");

    /// Takes a tag: two numbers of 16 bits (PS3.5 §7.1.1).
    pub fn tag(&mut self) -> Option<Tag> {
        Some(Tag::new(self.u16()?, self.u16()?))
    }

    /// How far this cursor is from where the outermost one began.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes are left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_byte_orders() {
        let bytes = [8, 0, 0x16, 0, 1, 2, 3, 4];
        let mut little = Cursor::new(&bytes, false);
        assert_eq!(little.tag(), Some(Tag::new(8, 0x16)));
        assert_eq!(little.u32(), Some(0x0403_0201));
        assert!(little.is_empty());
        let mut big = Cursor::new(&bytes, true);
        assert_eq!(big.u64(), Some(0x0800_1600_0102_0304));
    }

    #[test]
    fn never_reads_past_its_end() {
        let mut outer = Cursor::new(&[1, 2, 3, 4, 5], false);
        assert_eq!(outer.take(1), Some(&[1][..]));
        let mut inner = outer.sub(3).expect("three bytes");
        assert_eq!(inner.u16(), Some(0x0302));
        assert_eq!(
            (inner.u16(), inner.remaining(), inner.offset()),
            (None, 1, 3)
        );
        assert_eq!(outer.remaining(), 1);
        assert!(outer.sub(2).is_none());
    }
}
