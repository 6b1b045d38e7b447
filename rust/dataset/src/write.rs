//! Writing elements and sequences in any encoding.
//!
//! Strict where reading is lenient: values are padded to even length, delimiters are where they
//! belong, and what does not fit its length field is an error.

use crate::error::Error;
use crate::header::{
    self, Content, ITEM, ITEM_DELIMITATION, MAX_SHORT_LENGTH, SEQUENCE_DELIMITATION,
    UNDEFINED_LENGTH,
};
use crate::index::{Entry, Index};
use crate::path::TagPath;
use crate::syntax::Encoding;
use crate::tag::Tag;
use crate::vr::Vr;

/// How sequences and items say where they end (PS3.5 §7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lengths {
    /// By delimiters.
    #[default]
    Undefined,
    /// By their lengths.
    Defined,
}

/// Writes a data set into memory, elements in the order of the calls.
///
/// ```
/// use dicomwire_dataset::syntax::Encoding;
/// use dicomwire_dataset::write::Writer;
/// use dicomwire_dataset::{Tag, Vr};
///
/// let mut writer = Writer::new(Encoding::EXPLICIT_LITTLE);
/// writer.element(Tag::new(0x0010, 0x0020), Vr::LO, b"A-1")?;
/// writer.sequence(Tag::new(0x0040, 0x0275), |items| {
///     items.item(|item| item.element(Tag::new(0x0040, 0x0007), Vr::LO, b"CT head"))
/// })?;
/// assert!(writer.into_bytes().starts_with(b"\x10\0\x20\0LO\x04\0A-1 "));
/// # Ok::<(), dicomwire_dataset::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer {
    out: Vec<u8>,
    encoding: Encoding,
    lengths: Lengths,
}

/// The items of a sequence being written.
#[derive(Debug)]
pub struct Items<'a> {
    writer: &'a mut Writer,
}

impl Writer {
    /// Starts a data set.
    #[must_use]
    pub const fn new(encoding: Encoding) -> Self {
        Self {
            out: Vec::new(),
            encoding,
            lengths: Lengths::Undefined,
        }
    }

    /// Chooses how sequences end.
    #[must_use]
    pub const fn with_lengths(mut self, lengths: Lengths) -> Self {
        self.lengths = lengths;
        self
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// The encoding.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Writes an element. Numbers in the value must be in the byte order of the encoding.
    ///
    /// # Errors
    /// [`Error::ValueTooLong`] when the value does not fit the length field of its VR.
    pub fn element(&mut self, tag: Tag, vr: Vr, value: &[u8]) -> Result<(), Error> {
        let is_short = !self.encoding.implicit && !vr.has_long_length();
        let limit = if is_short {
            MAX_SHORT_LENGTH
        } else {
            UNDEFINED_LENGTH - 1
        };
        let odd = value.len() % 2;
        let length = checked_length(tag, value.len().saturating_add(odd), limit)?;
        header::encode(&mut self.out, self.encoding, tag, vr.bytes(), length);
        self.out.extend_from_slice(value);
        if odd == 1 {
            self.out.push(vr.padding());
        }
        Ok(())
    }

    /// Writes numbers of 16 bits.
    ///
    /// # Errors
    /// As [`element`](Self::element).
    pub fn u16s(&mut self, tag: Tag, vr: Vr, numbers: &[u16]) -> Result<(), Error> {
        let big_endian = self.encoding.big_endian;
        let bytes = |number: &u16| {
            if big_endian {
                number.to_be_bytes()
            } else {
                number.to_le_bytes()
            }
        };
        let value: Vec<u8> = numbers.iter().flat_map(bytes).collect();
        self.element(tag, vr, &value)
    }

    /// Writes a sequence; `write` writes its items.
    ///
    /// # Errors
    /// Those of `write`, and [`Error::ValueTooLong`] when a defined length is too long.
    pub fn sequence(
        &mut self,
        tag: Tag,
        write: impl FnOnce(&mut Items<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.delimited(tag, SEQUENCE_DELIMITATION, |writer| {
            write(&mut Items { writer })
        })
    }

    /// Writes encapsulated pixel data (PS3.5 §A.4); the first fragment is the offset table, which
    /// may be empty.
    ///
    /// # Errors
    /// [`Error::ValueTooLong`] for a fragment of 4 GiB.
    pub fn fragments<T: AsRef<[u8]>>(
        &mut self,
        tag: Tag,
        vr: Vr,
        fragments: impl IntoIterator<Item = T>,
    ) -> Result<(), Error> {
        header::encode(
            &mut self.out,
            self.encoding,
            tag,
            vr.bytes(),
            UNDEFINED_LENGTH,
        );
        for fragment in fragments {
            self.element(ITEM, Vr::OB, fragment.as_ref())?;
        }
        header::encode(
            &mut self.out,
            self.encoding,
            SEQUENCE_DELIMITATION,
            [0; 2],
            0,
        );
        Ok(())
    }

    /// Writes an element of an index: byte for byte when it is encoded alike and lacks no delimiter,
    /// and else converted element by element, sequences with their items. (Unlike the streaming
    /// [`transcode`](mod@crate::transcode) this knows all of a sequence at once, so a UN element of
    /// undefined length becomes the sequence it is.)
    ///
    /// # Errors
    /// Those of [`Index::items`] and [`element`](Self::element), and [`Error::LostInImplicit`].
    pub fn copy(&mut self, index: &Index, entry: &Entry) -> Result<(), Error> {
        // Without its delimiter it would swallow what comes next.
        let is_whole = !entry.is_undefined() || entry.end > entry.value.end;
        if index.encoding() == self.encoding && is_whole {
            self.out.extend_from_slice(&index.encoded(entry));
            return Ok(());
        }
        if self.encoding.implicit && !entry.survives_implicit() {
            return Err(Error::LostInImplicit {
                path: index.path(entry),
                offset: entry.value.start as u64,
                vr: entry.vr,
            });
        }
        match entry.content {
            Content::Value => self.copy_value(index, entry),
            Content::Fragments => self.fragments(entry.tag, entry.vr, index.fragments(entry)?),
            Content::Sequence | Content::UnknownSequence => {
                let items = index.items(entry)?;
                self.sequence(entry.tag, |written| {
                    for item in &items {
                        written.item(|writer| writer.copy_all(item))?;
                    }
                    Ok(())
                })
            }
        }
    }

    /// Writes all elements of an index. Group lengths are left out when they would be wrong.
    ///
    /// # Errors
    /// As [`copy`](Self::copy).
    pub fn copy_all(&mut self, index: &Index) -> Result<(), Error> {
        let keeps_sizes = index.encoding().implicit == self.encoding.implicit;
        for entry in index.entries() {
            if keeps_sizes || entry.tag.element() != 0 {
                self.copy(index, entry)?;
            }
        }
        Ok(())
    }

    fn copy_value(&mut self, index: &Index, entry: &Entry) -> Result<(), Error> {
        let mut value = index.bytes(entry).to_vec();
        let is_long = !self.encoding.implicit
            && !entry.vr.has_long_length()
            && value.len() > MAX_SHORT_LENGTH as usize;
        if is_long && index.encoding().implicit {
            return self.element(entry.tag, Vr::UN, &value);
        }
        if index.encoding().big_endian != self.encoding.big_endian {
            let width = entry.vr.swap_width();
            value.chunks_exact_mut(width).for_each(<[u8]>::reverse);
        }
        self.element(entry.tag, entry.vr, &value)
    }

    /// Writes a sequence or item around what `write` writes.
    fn delimited(
        &mut self,
        tag: Tag,
        delimiter: Tag,
        write: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        header::encode(
            &mut self.out,
            self.encoding,
            tag,
            Vr::SQ.bytes(),
            UNDEFINED_LENGTH,
        );
        let start = self.out.len();
        write(self)?;
        if self.lengths == Lengths::Undefined {
            header::encode(&mut self.out, self.encoding, delimiter, [0; 2], 0);
            return Ok(());
        }
        let length = self.out.len().saturating_sub(start);
        let length = checked_length(tag, length, UNDEFINED_LENGTH - 1)?;
        let field = start.saturating_sub(4)..start;
        let bytes = if self.encoding.big_endian {
            length.to_be_bytes()
        } else {
            length.to_le_bytes()
        };
        if let Some(field) = self.out.get_mut(field) {
            field.copy_from_slice(&bytes);
        }
        Ok(())
    }
}

impl Items<'_> {
    /// Writes an item; `write` writes its elements.
    ///
    /// # Errors
    /// Those of `write`, and [`Error::ValueTooLong`] when a defined length is too long.
    pub fn item(
        &mut self,
        write: impl FnOnce(&mut Writer) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.writer.delimited(ITEM, ITEM_DELIMITATION, write)
    }
}

fn checked_length(tag: Tag, length: usize, limit: u32) -> Result<u32, Error> {
    u32::try_from(length)
        .ok()
        .filter(|length| *length <= limit)
        .ok_or_else(|| Error::ValueTooLong {
            path: TagPath::element(tag),
            length: length as u64,
            limit: u64::from(limit),
        })
}
