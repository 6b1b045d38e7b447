//! A data set written as pieces: what is small is encoded into one buffer, and for large values
//! only their place and length are noted, so that pixel data need not be copied to be written.
//!
//! [`Pieces`] is for callers who have their values as objects and learn a value's length by
//! encoding it: an element is opened, its value pushed, and its length filled in when it is closed.

mod close;
mod number;
mod stored;

pub use close::Closed;
pub use number::Number;
pub use stored::{Repertoire, stored_value};

use crate::deflate::Deflater;
use crate::error::Error;
use crate::header::{self, ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, UNDEFINED_LENGTH};
use crate::syntax::Encoding;
use crate::tag::Tag;

/// A place in the buffer where bytes belong that the caller keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// How many bytes of the buffer go before.
    pub position: usize,
    /// How many bytes the caller has to put there.
    pub length: u64,
}

/// An element or item whose value is being pushed. To be closed by [`Pieces::close`] or
/// [`Pieces::close_item`].
#[derive(Debug)]
#[must_use]
pub struct Open {
    tag: Tag,
    letters: [u8; 2],
    /// Where the header begins.
    header: usize,
    /// Where the value begins.
    value: usize,
    /// The first gap of the value.
    gap: usize,
    /// How many bytes lay in gaps when it was opened.
    in_gaps: u64,
    is_undefined: bool,
}

/// A data set being written, its large values left out.
///
/// ```
/// use dicomwire_dataset::pieces::Pieces;
/// use dicomwire_dataset::syntax::Encoding;
/// use dicomwire_dataset::Tag;
///
/// let mut pieces = Pieces::new(Encoding::EXPLICIT_LITTLE);
/// let id = pieces.open(Tag::new(0x0010, 0x0020), *b"LO");
/// pieces.push(b"A-1");
/// pieces.pad(&id, b' ');
/// pieces.close(id)?;
/// let pixels = pieces.open(Tag::new(0x7FE0, 0x0010), *b"OW");
/// pieces.leave(1 << 20);
/// pieces.close(pixels)?;
/// let (bytes, gaps) = pieces.finish();
/// assert!(bytes.starts_with(b"\x10\0\x20\0LO\x04\0A-1 \xe0\x7f\x10\0OW\0\0\0\0\x10\0"));
/// assert_eq!((gaps[0].position, gaps[0].length), (24, 1 << 20));
/// # Ok::<(), dicomwire_dataset::Error>(())
/// ```
#[derive(Debug)]
pub struct Pieces {
    out: Vec<u8>,
    encoding: Encoding,
    gaps: Vec<Gap>,
    in_gaps: u64,
}

impl Pieces {
    /// Starts a data set.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self {
            out: Vec::with_capacity(4096),
            encoding,
            gaps: Vec::new(),
            in_gaps: 0,
        }
    }

    /// The encoding.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How many bytes were written, those of the gaps included.
    #[must_use]
    pub const fn len(&self) -> u64 {
        (self.out.len() as u64).saturating_add(self.in_gaps)
    }

    /// Whether nothing was written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Begins an element; its length is filled in by [`close`](Self::close). `letters` is the VR,
    /// which only explicit encodings write; letters that are no VR are written like a VR with a
    /// 16-bit length, as they are read.
    #[inline]
    pub fn open(&mut self, tag: Tag, letters: [u8; 2]) -> Open {
        self.begin(tag, letters, 0)
    }

    /// Begins an element that will be ended by a sequence delimitation (PS3.5 §7.5, §A.4).
    #[inline]
    pub fn open_undefined(&mut self, tag: Tag, letters: [u8; 2]) -> Open {
        self.begin(tag, letters, UNDEFINED_LENGTH)
    }

    /// Begins an item, which ends by its delimitation or has a length (PS3.5 §7.5).
    #[inline]
    pub fn open_item(&mut self, is_undefined: bool) -> Open {
        let length = if is_undefined { UNDEFINED_LENGTH } else { 0 };
        self.begin(ITEM, [0; 2], length)
    }

    fn begin(&mut self, tag: Tag, letters: [u8; 2], length: u32) -> Open {
        let header = self.out.len();
        header::encode(&mut self.out, self.encoding, tag, letters, length);
        Open {
            tag,
            letters,
            header,
            value: self.out.len(),
            gap: self.gaps.len(),
            in_gaps: self.in_gaps,
            is_undefined: length == UNDEFINED_LENGTH,
        }
    }

    /// Appends bytes to the value.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends bytes to the value, each group of `width` bytes in the other order.
    pub fn push_swapped(&mut self, bytes: &[u8], width: usize) {
        let start = self.out.len();
        self.out.extend_from_slice(bytes);
        if let Some(added) = self.out.get_mut(start..) {
            let groups = added.chunks_exact_mut(width.max(1));
            groups.for_each(<[u8]>::reverse);
        }
    }

    /// Appends a tag as AT has it (PS3.5 §6.2): two numbers of 16 bits.
    pub fn push_tag(&mut self, tag: Tag) {
        self.push_u16(tag.group());
        self.push_u16(tag.element());
    }

    /// Appends characters of Latin-1, or says that one is none and appends nothing.
    pub fn push_latin1(&mut self, text: &str) -> bool {
        let start = self.out.len();
        for character in text.chars() {
            let Ok(byte) = u8::try_from(u32::from(character)) else {
                self.out.truncate(start);
                return false;
            };
            self.out.push(byte);
        }
        true
    }

    /// How many places were left so far.
    #[must_use]
    pub const fn gaps(&self) -> usize {
        self.gaps.len()
    }

    /// Leaves a place for bytes which the caller keeps.
    pub fn leave(&mut self, length: u64) {
        self.gaps.push(Gap {
            position: self.out.len(),
            length,
        });
        self.in_gaps = self.in_gaps.saturating_add(length);
    }

    /// The length of the value so far.
    #[must_use]
    pub const fn length_of(&self, open: &Open) -> u64 {
        let inside = self.out.len().saturating_sub(open.value) as u64;
        inside.saturating_add(self.in_gaps.saturating_sub(open.in_gaps))
    }

    /// Makes the length of the value even (PS3.5 §6.2).
    #[inline]
    pub fn pad(&mut self, open: &Open, padding: u8) {
        if self.length_of(open) % 2 == 1 {
            self.out.push(padding);
        }
    }

    /// Takes back what was pushed, so that the value can be encoded in another way.
    pub fn rewind(&mut self, open: &Open) {
        self.out.truncate(open.value);
        self.gaps.truncate(open.gap);
        self.in_gaps = open.in_gaps;
    }

    /// Takes back the element with its header.
    pub fn cancel(&mut self, open: Open) {
        self.rewind(&open);
        self.out.truncate(open.header);
    }

    /// What was written, and where the caller's bytes belong.
    #[must_use]
    pub fn finish(self) -> (Vec<u8>, Vec<Gap>) {
        (self.out, self.gaps)
    }
}

/// Compresses a data set for the deflated transfer syntaxes (PS3.5 §A.5), padding included.
///
/// # Errors
/// [`Error::CorruptDeflate`] if the compressor fails, which it does not.
pub fn deflate<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, Error> {
    let mut deflater = Deflater::new();
    let mut out = Vec::new();
    for piece in pieces {
        deflater.push(piece, &mut out)?;
    }
    deflater.finish(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests;
