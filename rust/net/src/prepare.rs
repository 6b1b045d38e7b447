//! Makes an instance ready to send while the previous one is awaiting its answer.

use std::fs::File;
use std::io;

use bytes::Bytes;
use dicomwire_dataset::check::verify_structure;
use dicomwire_dataset::file::ReadAt;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::syntax::TransferSyntax;

use crate::body::{Body, FileBody, MemoryBody, read_at};
use crate::conversion::Conversion;
use crate::error::Error;
use crate::pace::Way;
use crate::rewriting::{Obstacle, Rewriting};
use crate::scan::{Data, FileAt, Item, open_regular};
use crate::socket::plain;
use crate::streamed::StreamedBody;

/// Files up to this size are always read whole when they are prepared.
const SMALL: u64 = 64 * 1024;
/// Files up to this size may be, that is while the answer to the one before is awaited.
const ORDINARY: u64 = 1024 * 1024;
/// Of larger ones this much, which usually holds all element headers.
const BEGINNING: u64 = 16 * 1024;
/// Instances up to this size are rewritten and transcoded before anything is sent, so that
/// a data set that cannot be costs no association.
const CONVERT_WHOLE: u64 = 4 * 1024 * 1024;

/// An instance whose bytes are at hand and whose structure is sound.
pub(crate) struct Prepared {
    pub(crate) item: Box<Item>,
    pub(crate) body: Body,
    /// What is left to do with the bytes while they are sent.
    pub(crate) conversion: Conversion,
}

/// How instances are made ready.
#[derive(Clone, Copy)]
pub(crate) struct Preparation<'a> {
    pub(crate) verify: bool,
    pub(crate) rewriting: Option<&'a Rewriting>,
    pub(crate) limits: &'a Limits,
}

/// Whether an instance of this length can go either way, see [`Way`].
pub(crate) fn is_ordinary(length: u64) -> bool {
    length > SMALL && length <= ORDINARY
}

/// A file whose beginning is in memory.
struct Buffered<'a> {
    beginning: &'a [u8],
    file: FileAt<'a>,
}

impl ReadAt for Buffered<'_> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let known = usize::try_from(offset)
            .ok()
            .and_then(|from| self.beginning.get(from..))
            .unwrap_or_default();
        if known.is_empty() {
            return self.file.read_at(buf, offset);
        }
        let count = known.len().min(buf.len());
        buf[..count].copy_from_slice(&known[..count]);
        Ok(count)
    }
    fn size(&self) -> u64 {
        self.file.size
    }
}

/// Opens the instance, reads its beginning into `buffer`, checks its structure and makes the
/// changes to it, if there are any.
pub(crate) fn prepare(
    mut item: Box<Item>,
    buffer: Vec<u8>,
    way: Way,
    how: Preparation<'_>,
) -> Result<Prepared, (Box<Item>, Obstacle)> {
    let body = match &item.data {
        Data::File => prepare_file(&mut item, buffer, way, how),
        Data::Memory(bytes) => {
            let bytes = bytes.clone();
            prepare_memory(&mut item, &bytes, how)
        }
    };
    match body.and_then(|body| rewrite(&item, body, how.limits)) {
        Ok((body, conversion)) => Ok(Prepared {
            item,
            body,
            conversion,
        }),
        Err(obstacle) => Err((item, obstacle)),
    }
}

fn prepare_file(
    item: &mut Item,
    mut buffer: Vec<u8>,
    way: Way,
    how: Preparation<'_>,
) -> Result<Body, Obstacle> {
    let path = item
        .path
        .as_deref()
        .ok_or_else(|| "the instance has no path".to_owned())?;
    let unreadable =
        |error: io::Error| format!("cannot read {}: {}", path.display(), plain(&error));
    let (file, size) = open_regular(path).map_err(unreadable)?;
    let whole = if way == Way::ReadAhead {
        ORDINARY
    } else {
        SMALL
    };
    let wanted = if size <= whole { size } else { BEGINNING };
    buffer.resize(usize::try_from(wanted).unwrap_or(0), 0);
    let filled = read_fully(&file, &mut buffer).map_err(unreadable)?;
    buffer.truncate(filled);
    if size > wanted {
        expect_reading(&file, size);
    }
    let source = Buffered {
        beginning: &buffer,
        file: FileAt { file: &file, size },
    };
    examine(item, &source, how)?;
    let start = item.head.data_set_offset;
    if size <= start {
        return Err(Obstacle::Instance(format!(
            "the file was truncated since it was looked at: it has {size} bytes, its data set begins at {start}"
        )));
    }
    let mut body = FileBody::new(file, start, size, buffer, 0);
    if item.syntax.is_some_and(|syntax| syntax.deflated) {
        body = body.padded();
    }
    Ok(Body::File(body))
}

fn prepare_memory(item: &mut Item, bytes: &Bytes, how: Preparation<'_>) -> Result<Body, Obstacle> {
    examine(item, &&bytes[..], how)?;
    let start = usize::try_from(item.head.data_set_offset)
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    let mut data_set = bytes.slice(start..);
    if data_set.len() % 2 == 1 && item.syntax.is_some_and(|syntax| syntax.deflated) {
        data_set = Bytes::from([&data_set[..], &[0]].concat());
    }
    Ok(Body::Memory(MemoryBody::new(data_set)))
}

/// Checks the structure of an instance and decides what becomes of it.
fn examine(item: &mut Item, source: &dyn ReadAt, how: Preparation<'_>) -> Result<(), Obstacle> {
    // What a private transfer syntax does to the data set only its owner knows.
    if how.verify && item.syntax.is_some() {
        verify_structure(source, &item.head, how.limits).map_err(|error| error.to_string())?;
    }
    match how.rewriting {
        Some(rewriting) => rewriting.resolve(item, source, how.limits),
        None => Ok(()),
    }
}

/// Makes the changes at once, or leaves them to be made while the instance is sent.
fn rewrite(item: &Item, body: Body, limits: &Limits) -> Result<(Body, Conversion), Obstacle> {
    let conversion = Conversion::rewriting(item.rewriter(limits));
    if conversion.is_none() || streams(&body, item.syntax) {
        return Ok((body, conversion));
    }
    let rewritten = MemoryBody::new(convert_whole(body, conversion)?);
    Ok((Body::Memory(rewritten), Conversion::default()))
}

fn read_fully(file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_at(file, &mut buffer[filled..], filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Lets the system read ahead what will be sent next.
#[cfg(target_os = "linux")]
fn expect_reading(file: &File, size: u64) {
    let _ = rustix::fs::fadvise(
        file,
        0,
        std::num::NonZeroU64::new(size),
        rustix::fs::Advice::WillNeed,
    );
}

#[cfg(not(target_os = "linux"))]
fn expect_reading(_file: &File, _size: u64) {}

/// Puts a conversion between the body and the wire; small instances go through it at once.
pub(crate) fn convert(
    body: Body,
    from: Option<&TransferSyntax>,
    conversion: Conversion,
) -> Result<Body, String> {
    if conversion.is_none() {
        return Ok(body);
    }
    if !streams(&body, from) {
        let converted = MemoryBody::new(convert_whole(body, conversion)?);
        return Ok(Body::Memory(converted));
    }
    let mut body = StreamedBody::converted(body, conversion);
    body.begin().map_err(in_words)?;
    Ok(Body::Streamed(Box::new(body)))
}

/// Whether an instance is converted while it is sent. A small deflated one may become a large one.
fn streams(body: &Body, syntax: Option<&TransferSyntax>) -> bool {
    body.remaining_known() > CONVERT_WHOLE || syntax.is_some_and(|syntax| syntax.deflated)
}

/// Reads a body to its end through a conversion.
pub(crate) fn convert_whole(mut body: Body, mut conversion: Conversion) -> Result<Bytes, String> {
    let mut scratch = Vec::new();
    let count = usize::try_from(body.remaining_known()).map_err(|error| error.to_string())?;
    let input = body.next(count, &mut scratch).map_err(in_words)?;
    let mut output = Vec::with_capacity(count + count / 8 + 256);
    conversion.push(input, &mut output)?;
    conversion.finish(&mut output)?;
    Ok(Bytes::from(output))
}

fn in_words(error: Error) -> String {
    match error {
        Error::Body(reason) => reason,
        other => other.to_string(),
    }
}
