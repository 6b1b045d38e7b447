//! The elements before pixel data, for those who decide by them what to change.

use bytes::Bytes;

use crate::deflate::Inflater;
use crate::error::Error;
use crate::file::{Head, ReadAt};
use crate::index::Index;
use crate::limits::Limits;
use crate::path::TagPath;
use crate::syntax::{self, Encoding, TransferSyntax};
use crate::walk::Walker;
use crate::window::{Blocks, Window};

/// One read around a header.
const BLOCK: usize = 8 * 1024;
/// The longest value that is taken into the index, and the most of all together. Beyond are
/// documents and curves, which nobody decides by.
const LONGEST: u64 = 1024 * 1024;
const MOST: u64 = 16 * 1024 * 1024;
/// The group of pixel data.
const PIXEL_GROUP: u16 = 0x7FE0;

/// Reads and indexes the elements of a file before its pixel data; values longer than 1 MiB are
/// left out, and so is what would make more than 16 MiB of them all.
///
/// # Errors
/// Those of a damaged data set, [`Error::UnknownTransferSyntax`] and [`Error::Io`].
pub fn index_head(source: &dyn ReadAt, head: &Head, limits: &Limits) -> Result<Index, Error> {
    let syntax =
        syntax::lookup(&head.transfer_syntax_uid).ok_or_else(|| Error::UnknownTransferSyntax {
            uid: head.transfer_syntax_uid.clone(),
        })?;
    if syntax.deflated {
        let inflated = inflate_beginning(source, head.data_set_offset, limits)?;
        let whole = 0..inflated.len() as u64;
        let bytes = gather(
            inflated.as_slice(),
            &inflated,
            whole,
            syntax.encoding(),
            limits,
        )?;
        return Index::parse(bytes, plain(syntax), limits);
    }
    let blocks = Blocks::new(source, BLOCK);
    let range = head.data_set_offset..source.size();
    let bytes = gather(blocks, source, range, syntax.encoding(), limits)?;
    Index::parse(bytes, syntax, limits)
}

/// The syntax of the data set inside the deflate stream.
fn plain(syntax: &'static TransferSyntax) -> &'static TransferSyntax {
    syntax::lookup(syntax::EXPLICIT_VR_LITTLE_ENDIAN).unwrap_or(syntax)
}

/// Walks over the elements and copies those that are wanted.
fn gather(
    window: impl Window,
    source: &dyn ReadAt,
    range: std::ops::Range<u64>,
    encoding: Encoding,
    limits: &Limits,
) -> Result<Bytes, Error> {
    let root = TagPath::root();
    let mut bytes = Vec::new();
    // What lies together is read together.
    let mut run = range.start..range.start;
    let mut walker = Walker::new(window, range, encoding, limits, &root);
    while let Some(tag) = walker.next_tag()?
        && tag.group() < PIXEL_GROUP
        && let Some(span) = walker.next()?
    {
        let length = span.end.saturating_sub(span.header_offset);
        let so_far = (bytes.len() as u64).saturating_add(run.end.saturating_sub(run.start));
        if length > LONGEST || so_far.saturating_add(length) > MOST {
            read(source, &run, &mut bytes)?;
            run = span.end..span.end;
        } else {
            run.end = span.end;
        }
    }
    read(source, &run, &mut bytes)?;
    Ok(Bytes::from(bytes))
}

/// Appends a range of the source; its length was compared with [`MOST`].
fn read(
    source: &dyn ReadAt,
    range: &std::ops::Range<u64>,
    bytes: &mut Vec<u8>,
) -> Result<(), Error> {
    let length = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(0);
    let start = bytes.len();
    bytes.resize(start.saturating_add(length), 0);
    let mut filled = start;
    while let Some(free) = bytes.get_mut(filled..).filter(|free| !free.is_empty()) {
        let offset = range
            .start
            .saturating_add(filled.saturating_sub(start) as u64);
        match source.read_at(free, offset) {
            Ok(0) => {
                bytes.truncate(filled);
                break;
            }
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => return Err(Error::Io { offset, source }),
        }
    }
    Ok(())
}

/// Inflates as much as may be looked at, and drops the element that is cut by it.
fn inflate_beginning(source: &dyn ReadAt, start: u64, limits: &Limits) -> Result<Vec<u8>, Error> {
    let mut inflater = Inflater::new(limits);
    let mut block = vec![0; BLOCK];
    let mut step = Vec::new();
    let mut inflated: Vec<u8> = Vec::new();
    let mut offset = start;
    while (inflated.len() as u64) < MOST {
        let count = match source.read_at(&mut block, offset) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(Error::Io { offset, source }),
        };
        let piece = block.get(..count).unwrap_or(&block);
        inflater.push(piece, &mut step, |more| {
            if (inflated.len() as u64) < MOST {
                inflated.extend_from_slice(more);
            }
            more.clear();
            Ok(())
        })?;
        offset = offset.saturating_add(count as u64);
    }
    inflated.truncate(end_of_whole_elements(&inflated, limits));
    Ok(inflated)
}

fn end_of_whole_elements(inflated: &[u8], limits: &Limits) -> usize {
    let root = TagPath::root();
    let range = 0..inflated.len() as u64;
    let mut walker = Walker::new(inflated, range, Encoding::EXPLICIT_LITTLE, limits, &root);
    let mut end = 0;
    while let Ok(Some(span)) = walker.next() {
        end = span.end;
    }
    usize::try_from(end).unwrap_or(inflated.len())
}
