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
use crate::file::layout::Layout;
use crate::limits::Limits;
use crate::window::{Blocks, Window};
use visit::{Place, visit_level};

/// One read: the heads of most files, and two pages of the page cache.
const BLOCK: usize = 8 * 1024;
/// One read of a deflated data set, of which only the beginning is inflated.
const DEFLATED_BLOCK: usize = 4096;

/// Reads chosen elements of one file after the other, with memory that is kept between them.
#[derive(Debug)]
pub struct ElementReader {
    limits: Limits,
    block: Vec<u8>,
    inflated: Vec<u8>,
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
        let layout = Layout::read(blocks, size, None)?;
        let (in_meta, in_data_set) = (&selection.meta[..], &selection.data_set[..]);
        if !in_meta.is_empty() {
            let place = Place::new(&self.limits, layout.file_meta_encoding);
            visit_level(blocks, layout.file_meta, in_meta, place, visitor)?;
        }
        let place = Place::new(&self.limits, layout.encoding);
        if in_data_set.is_empty() {
            // The rest of the file is nobody's business.
        } else if layout.syntax.is_some_and(|syntax| syntax.deflated) {
            self.inflated.clear();
            let mut inflating = Inflating {
                source,
                offset: layout.data_set,
                inflater: Inflater::new(&self.limits),
                inflated: &mut self.inflated,
                ended: false,
            };
            visit_level(&mut inflating, 0..u64::MAX, in_data_set, place, visitor)?;
        } else {
            visit_level(blocks, layout.data_set..size, in_data_set, place, visitor)?;
        }
        layout.mismatch.map_or(Ok(()), Err)
    }
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
