//! Whether a file is whole: a walk over its element headers that reads no values.
//!
//! Half a file is worth noticing before half of it is sent. The walk reads only where headers are,
//! which for a CT image is one block and for a film of a thousand frames one block a frame. It
//! takes what pydicom takes in silence: odd lengths, trailing padding, trailing zeros.

use crate::deflate::Inflater;
use crate::error::Error;
use crate::file::{Head, ReadAt};
use crate::limits::Limits;
use crate::path::TagPath;
use crate::syntax::{self, Encoding};
use crate::walk::Walker;
use crate::window::Blocks;

/// One read around a header.
const BLOCK: usize = 8 * 1024;
/// One read of a deflated data set, which must be read whole.
const DEFLATED_BLOCK: usize = 64 * 1024;

/// Walks from the head's data set to the end of the file: every value must be there, every
/// undefined length must be ended. The stream of a deflated data set must be complete; the
/// elements inside are not looked at.
///
/// # Errors
/// [`Error::Truncated`], [`Error::TruncatedHeader`], [`Error::MissingDelimiter`],
/// [`Error::UnexpectedTag`], [`Error::UndefinedLength`], [`Error::TooDeep`],
/// [`Error::TooManyElements`], [`Error::CorruptDeflate`], [`Error::TruncatedDeflate`],
/// [`Error::InflatedTooLarge`] and [`Error::Io`].
pub fn verify_structure(source: &dyn ReadAt, head: &Head, limits: &Limits) -> Result<(), Error> {
    let syntax = syntax::lookup(&head.transfer_syntax_uid);
    if syntax.is_some_and(|syntax| syntax.deflated) {
        return verify_deflated(source, head.data_set_offset, limits);
    }
    let encoding = syntax.map_or(Encoding::EXPLICIT_LITTLE, |syntax| syntax.encoding());
    let root = TagPath::root();
    let range = head.data_set_offset..source.size();
    let mut walker = Walker::new(Blocks::new(source, BLOCK), range, encoding, limits, &root);
    while walker.next()?.is_some() {}
    Ok(())
}

fn verify_deflated(source: &dyn ReadAt, start: u64, limits: &Limits) -> Result<(), Error> {
    let mut inflater = Inflater::new(limits);
    let mut block = vec![0; DEFLATED_BLOCK];
    let mut inflated = Vec::new();
    let mut offset = start;
    loop {
        let count = match source.read_at(&mut block, offset) {
            Ok(0) => return inflater.finish(),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(Error::Io { offset, source }),
        };
        let piece = block.get(..count).unwrap_or(&block);
        inflater.push(piece, &mut inflated, |buffer| {
            buffer.clear();
            Ok(())
        })?;
        offset = offset.saturating_add(count as u64);
    }
}
