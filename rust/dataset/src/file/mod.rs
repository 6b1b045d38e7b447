//! The head of a DICOM file (PS3.10 §7): preamble, prefix, file meta information (group 2), and
//! the identity of the object in it.
//!
//! [`read_head`] needs one read for an ordinary file. It takes what is found in the field: no
//! preamble, no group 2, group 2 in implicit VR or with a wrong group length. What it cannot take
//! is told apart, so that a user learns what is wrong with the file and not merely that it is.

mod convert;
pub mod elements;
mod encode;
mod layout;
mod load;
mod meta;
mod recognise;

pub use convert::Conversion;
pub use encode::encode_file_head;
pub use load::{LoadOptions, Loaded, load};

use crate::deflate::Inflater;
use crate::error::Error;
use crate::file::meta::FileMeta;
use crate::file::recognise::{check_declared, guess};
use crate::limits::Limits;
use crate::path::TagPath;
use crate::syntax::{self, Encoding, TransferSyntax};
use crate::tag::Tag;
use crate::uid;
use crate::walk::{Span, Walker};
use crate::window::{Blocks, Window};

const SOP_CLASS_UID: Tag = Tag::new(0x0008, 0x0016);
const SOP_INSTANCE_UID: Tag = Tag::new(0x0008, 0x0018);
const STUDY_INSTANCE_UID: Tag = Tag::new(0x0020, 0x000D);
const MEDIA_STORAGE_SOP_CLASS_UID: Tag = Tag::new(0x0002, 0x0002);
const MEDIA_STORAGE_SOP_INSTANCE_UID: Tag = Tag::new(0x0002, 0x0003);
const TRANSFER_SYNTAX_UID: Tag = Tag::new(0x0002, 0x0010);

/// What one read fetches: the head of every ordinary file, and one page of the page cache.
const BLOCK: usize = 4096;
/// The longest UID value looked at; longer ones are no UIDs.
const MAX_UID: usize = 128;

/// A source that can be read at any offset, as a file can (`pread`).
pub trait ReadAt {
    /// Reads into `buf` from `offset` on and tells how many bytes were read: 0 only at the end.
    ///
    /// # Errors
    /// What the operating system reports.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize>;

    /// How many bytes there are.
    fn size(&self) -> u64;
}

impl<T: ReadAt + ?Sized> ReadAt for Box<T> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
        (**self).read_at(buf, offset)
    }

    fn size(&self) -> u64 {
        (**self).size()
    }
}

impl ReadAt for [u8] {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.get(start..).unwrap_or_default();
        let count = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn size(&self) -> u64 {
        self.len() as u64
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
        self.as_slice().read_at(buf, offset)
    }

    fn size(&self) -> u64 {
        self.len() as u64
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
        (**self).read_at(buf, offset)
    }

    fn size(&self) -> u64 {
        (**self).size()
    }
}

/// The root of the standard's own UIDs.
const STANDARD_ROOT: &str = "1.2.840.10008.";

/// What must be known of a file to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// SOP Class UID (0008,0016), or without it Media Storage SOP Class UID (0002,0002).
    pub sop_class_uid: String,
    /// SOP Instance UID (0008,0018), or without it (0002,0003). Empty only for a DICOMDIR.
    pub sop_instance_uid: String,
    /// Transfer Syntax UID (0002,0010), or without it the one the data set looks like.
    pub transfer_syntax_uid: String,
    /// Where the data set begins: what is sent is everything from here on.
    pub data_set_offset: u64,
    /// Whether the file begins with 128 bytes of preamble and `DICM`.
    pub has_preamble: bool,
    /// Whether there is a group 2.
    pub has_file_meta: bool,
    /// Whether group 2 names the transfer syntax, so that it need not be guessed.
    pub declares_transfer_syntax: bool,
    /// Study Instance UID (0020,000D), when it lay in the block that was read anyway.
    pub study_instance_uid: Option<String>,
}

impl Head {
    /// Whether the file is a DICOMDIR: a directory of other files, not an object to send.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.sop_class_uid == uid::MEDIA_STORAGE_DIRECTORY
    }

    /// The transfer syntax; `None` if it is a private one.
    #[must_use]
    pub fn transfer_syntax(&self) -> Option<&'static TransferSyntax> {
        syntax::lookup(&self.transfer_syntax_uid)
    }
}

/// Reads the head of a file: one read of up to 4096 bytes, more only when the elements up to
/// (0008,0018) do not fit in there.
///
/// # Errors
/// [`Error::Empty`], [`Error::NotDicom`], [`Error::TruncatedHead`], [`Error::InvalidHead`],
/// [`Error::UnknownTransferSyntax`], [`Error::SyntaxMismatch`], [`Error::MissingSopClass`],
/// [`Error::MissingSopInstance`], the errors of a damaged data set before (0008,0018), and
/// [`Error::Io`].
pub fn read_head(source: &dyn ReadAt, limits: &Limits) -> Result<Head, Error> {
    let size = source.size();
    let mut blocks = Blocks::new(source, BLOCK);
    let first = blocks.peek(0, BLOCK.min(usize::try_from(size).unwrap_or(BLOCK)))?;
    if first.is_empty() {
        return Err(Error::Empty);
    }
    let has_preamble = first.get(128..132) == Some(b"DICM");
    let start = if has_preamble { 132 } else { 0 };
    let meta = FileMeta::read(&mut blocks, start, size)?;
    let syntax = match transfer_syntax(&mut blocks, &meta, size) {
        // PS3.5 §10.2: a private transfer syntax may do anything to a data set but change what group 2 says.
        Err(Error::UnknownTransferSyntax { uid }) if !uid.starts_with(STANDARD_ROOT) => {
            return assemble(meta, has_preamble, &uid, Identity::default());
        }
        known => known?,
    };
    let identity = if syntax.deflated {
        inflated_identity(&mut blocks, meta.end, limits)?
    } else {
        identity(&mut blocks, meta.end..size, syntax.encoding(), limits)?
    };
    assemble(meta, has_preamble, syntax.uid, identity)
}

fn transfer_syntax(
    blocks: &mut Blocks<'_>,
    meta: &FileMeta,
    size: u64,
) -> Result<&'static TransferSyntax, Error> {
    let left = size.saturating_sub(meta.end);
    let first = blocks.peek(meta.end, 32)?;
    if first.len() < 8 && meta.end > 0 {
        return Err(Error::TruncatedHead {
            path: TagPath::root(),
            offset: meta.end,
            expected: 8,
            available: first.len() as u64,
        });
    }
    let Some(declared) = &meta.transfer_syntax_uid else {
        let is_bare = !meta.is_present;
        return guess(first, left, is_bare).ok_or(Error::NotDicom { offset: meta.end });
    };
    let syntax = syntax::lookup(declared).ok_or_else(|| Error::UnknownTransferSyntax {
        uid: declared.clone(),
    })?;
    check_declared(syntax, first, meta.end)?;
    Ok(syntax)
}

/// The UIDs found in the data set.
#[derive(Default)]
struct Identity {
    sop_class_uid: Option<String>,
    sop_instance_uid: Option<String>,
    study_instance_uid: Option<String>,
}

fn identity(
    blocks: &mut Blocks<'_>,
    range: std::ops::Range<u64>,
    encoding: Encoding,
    limits: &Limits,
) -> Result<Identity, Error> {
    let root = TagPath::root();
    let mut found = Identity::default();
    let mut position = range.start;
    let end = range.end;
    let mut walker = Walker::new(&mut *blocks, range, encoding, limits, &root);
    while let Some(tag) = walker.next_tag().map_err(in_head)?
        && tag <= SOP_INSTANCE_UID
        && let Some(span) = walker.next().map_err(in_head)?
    {
        match tag {
            SOP_CLASS_UID => found.sop_class_uid = read_uid(*walker.window(), &span)?,
            SOP_INSTANCE_UID => found.sop_instance_uid = read_uid(*walker.window(), &span)?,
            _ => {}
        }
        position = span.end;
    }
    let loaded = blocks.loaded(position);
    let in_block = position..position.saturating_add(loaded.len() as u64).min(end);
    found.study_instance_uid = study_in_block(loaded, in_block, encoding, limits);
    Ok(found)
}

/// Looks for the Study Instance UID in what is in memory already; whatever goes wrong there is
/// not this function's to report.
fn study_in_block(
    mut loaded: &[u8],
    range: std::ops::Range<u64>,
    encoding: Encoding,
    limits: &Limits,
) -> Option<String> {
    let root = TagPath::root();
    let length = range.end.saturating_sub(range.start);
    let mut walker = Walker::new(loaded, 0..length, encoding, limits, &root);
    while let Ok(Some(span)) = walker.next() {
        if span.header.tag == STUDY_INSTANCE_UID {
            return read_uid(&mut loaded, &span).ok().flatten();
        }
        if span.header.tag > STUDY_INSTANCE_UID {
            return None;
        }
    }
    None
}

/// The same for a deflated data set: only its beginning is inflated.
fn inflated_identity(
    blocks: &mut Blocks<'_>,
    start: u64,
    limits: &Limits,
) -> Result<Identity, Error> {
    let compressed = blocks.peek(start, 1)?;
    let mut inflated = Vec::new();
    Inflater::new(limits).beginning(compressed, BLOCK, &mut inflated);
    let length = inflated.len() as u64;
    let mut identity = Identity::default();
    let root = TagPath::root();
    let mut bytes = inflated.as_slice();
    let mut walker = Walker::new(bytes, 0..length, Encoding::EXPLICIT_LITTLE, limits, &root);
    while let Ok(Some(span)) = walker.next() {
        match span.header.tag {
            SOP_CLASS_UID => identity.sop_class_uid = read_uid(&mut bytes, &span)?,
            SOP_INSTANCE_UID => identity.sop_instance_uid = read_uid(&mut bytes, &span)?,
            STUDY_INSTANCE_UID => {
                identity.study_instance_uid = read_uid(&mut bytes, &span).ok().flatten();
            }
            _ => {}
        }
    }
    Ok(identity)
}

/// Reads a UID value; `None` when it is empty.
fn read_uid(window: &mut impl Window, span: &Span) -> Result<Option<String>, Error> {
    let length = span.value_end.saturating_sub(span.value_start);
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(MAX_UID);
    let bytes = window.peek(span.value_start, length)?;
    let bytes = bytes.get(..length).unwrap_or(bytes);
    match uid::parse(bytes) {
        Some("") => Ok(None),
        Some(uid) => Ok(Some(uid.to_owned())),
        None => Err(Error::InvalidHead {
            path: TagPath::element(span.header.tag),
            offset: span.value_start,
            expected: "a UID",
        }),
    }
}

/// A file that ends this early is told apart from one that lacks its last bytes.
fn in_head(error: Error) -> Error {
    match error {
        Error::Truncated {
            path,
            offset,
            expected,
            available,
        }
        | Error::TruncatedHeader {
            path,
            offset,
            expected,
            available,
        } => Error::TruncatedHead {
            path,
            offset,
            expected,
            available,
        },
        other => other,
    }
}

fn assemble(
    meta: FileMeta,
    has_preamble: bool,
    transfer_syntax_uid: &str,
    identity: Identity,
) -> Result<Head, Error> {
    let offset = meta.end;
    let sop_class_uid = identity
        .sop_class_uid
        .or(meta.sop_class_uid)
        .ok_or(Error::MissingSopClass { offset })?;
    let is_directory = sop_class_uid == uid::MEDIA_STORAGE_DIRECTORY;
    let sop_instance_uid = identity
        .sop_instance_uid
        .or(meta.sop_instance_uid)
        .or_else(|| is_directory.then(String::new))
        .ok_or(Error::MissingSopInstance { offset })?;
    Ok(Head {
        sop_class_uid,
        sop_instance_uid,
        declares_transfer_syntax: meta.transfer_syntax_uid.is_some(),
        transfer_syntax_uid: transfer_syntax_uid.to_owned(),
        data_set_offset: offset,
        has_preamble,
        has_file_meta: meta.is_present,
        study_instance_uid: identity.study_instance_uid,
    })
}
