//! Chosen elements of a file, and as little of the rest as possible.
//!
//! Thousands of heads are read for a table, so this is made for the ordinary file: one read of 8
//! KiB, a walk over the headers in place, and values lent from that block. The walk ends at the
//! first tag above the highest one wanted (PS3.5 §7.1: elements are in the order of their tags), so
//! pixel data is not even looked at, and values nobody asked for are stepped over unread.

mod selection;
mod visit;

pub use selection::Selection;
pub use visit::{Element, Visitor};

use crate::deflate::Inflater;
use crate::error::Error;
use crate::file::ReadAt;
use crate::file::meta::FileMeta;
use crate::file::recognise::{check_declared, guess, looks_like};
use crate::limits::Limits;
use crate::syntax::{self, Encoding};
use crate::tag::Tag;
use crate::window::{Blocks, Window};
use visit::{Place, visit_level};

/// One read: the heads of most files, and two pages of the page cache.
const BLOCK: usize = 8 * 1024;
/// One read of a deflated data set, of which only the beginning is inflated.
const DEFLATED_BLOCK: usize = 4096;
/// The highest tag of file meta information.
const LAST_META: Tag = Tag::new(0x0002, 0xFFFF);

/// Reads chosen elements of one file after the other, with memory that is kept between them.
#[derive(Debug)]
pub struct ElementReader {
    limits: Limits,
    block: Vec<u8>,
    inflated: Vec<u8>,
}

/// How the data set of a file is to be read.
struct Layout {
    start: u64,
    encoding: Encoding,
    deflated: bool,
    /// What is wrong with the declaration, though the data set can be read all the same.
    complaint: Option<Error>,
}

impl ElementReader {
    /// Makes a reader. No value longer than `limits.max_element_length` is read, and no deflated
    /// data set further than `limits.max_inflated`.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            block: Vec::new(),
            inflated: Vec::new(),
        }
    }

    /// Reads the elements of the selection and shows them to the visitor, those of group 2
    /// included. A wrong declaration of the encoding is put right, as pydicom does, and reported at
    /// the end.
    ///
    /// # Errors
    /// What is wrong with the file; what was found before (or in spite of) that has been visited.
    /// [`Error::Empty`], [`Error::NotDicom`], [`Error::TruncatedHead`], [`Error::SyntaxMismatch`],
    /// [`Error::UnknownTransferSyntax`], the errors of a damaged data set and [`Error::Io`].
    pub fn read(
        &mut self,
        source: &dyn ReadAt,
        selection: &Selection,
        visitor: &mut dyn Visitor,
    ) -> Result<(), Error> {
        let memory = std::mem::take(&mut self.block);
        let mut blocks = Blocks::reusing(source, BLOCK, memory);
        let done = self.read_blocks(&mut blocks, source, selection, visitor);
        self.block = blocks.into_memory();
        done
    }

    fn read_blocks(
        &mut self,
        blocks: &mut Blocks<'_>,
        source: &dyn ReadAt,
        selection: &Selection,
        visitor: &mut dyn Visitor,
    ) -> Result<(), Error> {
        let size = source.size();
        let first = blocks.peek(0, BLOCK.min(usize::try_from(size).unwrap_or(BLOCK)))?;
        if first.is_empty() {
            return Err(Error::Empty);
        }
        let start = if first.get(128..132) == Some(b"DICM") {
            132
        } else {
            0
        };
        let meta = FileMeta::read(blocks, start, size)?;
        let (in_meta, in_data_set) = selection.split_at(LAST_META);
        if !in_meta.is_empty() {
            let range = start..meta.end;
            let place = Place::new(&self.limits, Encoding::EXPLICIT_LITTLE);
            visit_level(blocks, range, in_meta, place, visitor)?;
        }
        // A file that is not one of DICOM is told apart even if nothing is wanted of its data set.
        let layout = layout(blocks, &meta, size)?;
        let place = Place::new(&self.limits, layout.encoding);
        if in_data_set.is_empty() {
            // The rest of the file is nobody's business.
        } else if layout.deflated {
            self.inflated.clear();
            let mut inflating = Inflating {
                source,
                offset: layout.start,
                inflater: Inflater::new(&self.limits),
                inflated: &mut self.inflated,
                ended: false,
            };
            visit_level(&mut inflating, 0..u64::MAX, in_data_set, place, visitor)?;
        } else {
            visit_level(blocks, layout.start..size, in_data_set, place, visitor)?;
        }
        layout.complaint.map_or(Ok(()), Err)
    }
}

/// Decides how the data set is encoded: as declared, unless its first element says otherwise.
fn layout(blocks: &mut Blocks<'_>, meta: &FileMeta, size: u64) -> Result<Layout, Error> {
    let start = meta.end;
    let first = blocks.peek(start, 32)?;
    let layout = |encoding, deflated, complaint| Layout {
        start,
        encoding,
        deflated,
        complaint,
    };
    let Some(declared) = &meta.transfer_syntax_uid else {
        let is_bare = !meta.is_present;
        let left = size.saturating_sub(start);
        let guessed = guess(first, left, is_bare).ok_or(Error::NotDicom { offset: start })?;
        return Ok(layout(guessed.encoding(), false, None));
    };
    let Some(syntax) = syntax::lookup(declared) else {
        // PS3.5 §10.2: a private syntax. Its first element tells more than its name.
        let seen = looks_like(first, false).filter(|seen| !(seen.implicit && seen.big_endian));
        let unknown = || Error::UnknownTransferSyntax {
            uid: declared.clone(),
        };
        return Ok(layout(seen.ok_or_else(unknown)?, false, None));
    };
    let complaint = check_declared(syntax, first, start).err();
    let seen = complaint
        .as_ref()
        .and_then(|_| looks_like(first, syntax.big_endian));
    Ok(match seen {
        Some(seen) => layout(seen, false, complaint),
        None => layout(syntax.encoding(), syntax.deflated, complaint),
    })
}

/// The data set of a deflated file, inflated as far as somebody looks.
struct Inflating<'a> {
    source: &'a dyn ReadAt,
    offset: u64,
    inflater: Inflater,
    inflated: &'a mut Vec<u8>,
    ended: bool,
}

impl Inflating<'_> {
    fn inflate_more(&mut self) -> Result<(), Error> {
        let mut block = [0; DEFLATED_BLOCK];
        let count = match self.source.read_at(&mut block, self.offset) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            Err(source) => {
                let offset = self.offset;
                return Err(Error::Io { offset, source });
            }
        };
        if count == 0 {
            self.ended = true;
            return self.inflater.finish();
        }
        let piece = block.get(..count).unwrap_or(&block);
        self.inflater.push(piece, self.inflated, |_| Ok(()))?;
        self.ended = self.inflater.finish().is_ok();
        self.offset = self.offset.saturating_add(count as u64);
        Ok(())
    }
}

impl Window for Inflating<'_> {
    fn peek(&mut self, offset: u64, want: usize) -> Result<&[u8], Error> {
        let needed = offset.saturating_add(want as u64);
        while (self.inflated.len() as u64) < needed && !self.ended {
            self.inflate_more()?;
        }
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(self.inflated.get(start..).unwrap_or_default())
    }
}
