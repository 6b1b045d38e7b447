//! Makes an instance ready to send while the previous one is awaiting its answer.

use std::fs::File;
use std::io;

use bytes::Bytes;
use dicomwire_dataset::check::verify_structure;
use dicomwire_dataset::file::ReadAt;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::syntax::TransferSyntax;
use dicomwire_dataset::transcode::Transcoder;

use crate::body::{Body, FileBody, MemoryBody, TranscodedBody, read_at};
use crate::pace::Way;
use crate::scan::{Data, FileAt, Item, open_regular};
use crate::socket::plain;

/// Files up to this size are always read whole when they are prepared.
const SMALL: u64 = 64 * 1024;
/// Files up to this size may be, that is while the answer to the one before is awaited.
const ORDINARY: u64 = 1024 * 1024;
/// Of larger ones this much, which usually holds all element headers.
const BEGINNING: u64 = 16 * 1024;
/// Instances up to this size are transcoded before anything is sent, so that
/// a data set that cannot be transcoded costs no association.
const TRANSCODE_WHOLE: u64 = 4 * 1024 * 1024;

/// An instance whose bytes are at hand and whose structure is sound.
pub(crate) struct Prepared {
    pub(crate) item: Box<Item>,
    pub(crate) body: Body,
    pub(crate) length: u64,
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

/// Opens the instance, reads its beginning into `buffer` and checks its structure.
pub(crate) fn prepare(
    item: Box<Item>,
    buffer: Vec<u8>,
    verify: bool,
    way: Way,
    limits: &Limits,
) -> Result<Prepared, (Box<Item>, String)> {
    let outcome = match &item.data {
        Data::File => prepare_file(&item, buffer, verify, way, limits),
        Data::Memory(bytes) => prepare_memory(&item, bytes, verify, limits),
    };
    match outcome {
        Ok((body, length)) => Ok(Prepared { item, body, length }),
        Err(reason) => Err((item, reason)),
    }
}

fn prepare_file(
    item: &Item,
    mut buffer: Vec<u8>,
    verify: bool,
    way: Way,
    limits: &Limits,
) -> Result<(Body, u64), String> {
    let path = item.path.as_deref().ok_or("the instance has no path")?;
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
    // What a private transfer syntax does to the data set only its owner knows.
    if verify && item.syntax.is_some() {
        let source = Buffered {
            beginning: &buffer,
            file: FileAt { file: &file, size },
        };
        verify_structure(&source, &item.head, limits).map_err(|error| error.to_string())?;
    }
    let start = item.head.data_set_offset;
    if size <= start {
        return Err(format!(
            "the file was truncated since it was looked at: it has {size} bytes, its data set begins at {start}"
        ));
    }
    let mut body = FileBody::new(file, start, size, buffer, 0);
    if item.syntax.is_some_and(|syntax| syntax.deflated) {
        body = body.padded();
    }
    let body = Body::File(body);
    let length = body.remaining_known();
    Ok((body, length))
}

fn prepare_memory(
    item: &Item,
    bytes: &Bytes,
    verify: bool,
    limits: &Limits,
) -> Result<(Body, u64), String> {
    if verify && item.syntax.is_some() {
        verify_structure(&&bytes[..], &item.head, limits).map_err(|error| error.to_string())?;
    }
    let start = usize::try_from(item.head.data_set_offset)
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    let mut data_set = bytes.slice(start..);
    if data_set.len() % 2 == 1 && item.syntax.is_some_and(|syntax| syntax.deflated) {
        data_set = Bytes::from([&data_set[..], &[0]].concat());
    }
    let length = data_set.len() as u64;
    Ok((Body::Memory(MemoryBody::new(data_set)), length))
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

/// Puts a transcoder between the body and the wire; small ones go through it at once.
pub(crate) fn transcode(
    body: Body,
    length: u64,
    from: Option<&TransferSyntax>,
    to: &TransferSyntax,
    limits: &Limits,
) -> Result<Body, String> {
    let from = from.ok_or("its transfer syntax is not known")?;
    let mut transcoder = Transcoder::new(from, to, limits).map_err(|error| error.to_string())?;
    if length > TRANSCODE_WHOLE || from.deflated {
        return Ok(Body::Transcoded(Box::new(TranscodedBody::new(
            body, transcoder,
        ))));
    }
    let mut body = body;
    let mut scratch = Vec::new();
    let count = usize::try_from(length).map_err(|error| error.to_string())?;
    let input = body
        .next(count, &mut scratch)
        .map_err(|error| error.to_string())?;
    let mut output = Vec::with_capacity(count + count / 8 + 256);
    transcoder
        .push(input, &mut output)
        .and_then(|()| transcoder.finish(&mut output))
        .map_err(|error| format!("cannot be transcoded to {}: {error}", to.name))?;
    Ok(Body::Memory(MemoryBody::new(Bytes::from(output))))
}
