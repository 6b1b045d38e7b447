//! From what the caller named to instances with a known head.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use dicomwire_dataset::file::{self, Head, ReadAt};
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::rewrite::Changes;
use dicomwire_dataset::syntax::TransferSyntax;
use dicomwire_dataset::uid;

use crate::file_set::referenced_files;
use crate::socket::plain;
use crate::transfer::{Outcome, StoreResult};

/// Something the caller wants to have sent.
#[derive(Debug)]
pub enum Source {
    /// A file, a directory (taken recursively) or a DICOMDIR.
    Path(PathBuf),
    /// A whole DICOM file in memory.
    Memory {
        /// What to call it in results.
        name: Option<PathBuf>,
        /// Preamble, file meta information and data set.
        bytes: Bytes,
    },
    /// Something the caller could not make an instance of.
    Failed {
        /// What to call it in results.
        name: Option<PathBuf>,
        /// Why.
        error: String,
    },
}

/// Where an instance's bytes are.
#[derive(Clone, Debug)]
pub enum Data {
    /// In the file at [`Item::path`].
    File,
    /// In memory.
    Memory(Bytes),
}

/// An instance to send.
#[derive(Clone, Debug)]
pub struct Item {
    /// The file, or the caller's name for it.
    pub path: Option<PathBuf>,
    /// Where the bytes are.
    pub data: Data,
    /// What its head says.
    pub head: Head,
    /// Its transfer syntax; `None` if it is a private one, which is sent as it is or not at all.
    pub syntax: Option<&'static TransferSyntax>,
    /// What is changed in it on its way, once that is decided.
    pub changes: Option<Arc<Changes>>,
    /// The SOP Instance UID it is stored with, if that is changed.
    pub original_sop_instance_uid: Option<String>,
}

impl Item {
    /// The result for this instance.
    #[must_use]
    pub fn result(&self, outcome: Outcome, error: Option<String>) -> StoreResult {
        StoreResult {
            path: self.path.clone(),
            sop_class_uid: Some(self.head.sop_class_uid.clone()),
            sop_instance_uid: Some(self.head.sop_instance_uid.clone()),
            transfer_syntax_uid: Some(self.head.transfer_syntax_uid.clone()),
            outcome,
            status: None,
            error,
            bytes: 0,
            seconds: 0.0,
            message_id: None,
            context_id: None,
            original_sop_instance_uid: self.original_sop_instance_uid.clone(),
        }
    }
}

/// What looking at one source gave.
#[derive(Debug)]
pub enum Scanned {
    /// An instance.
    Item(Box<Item>),
    /// A file set: these files instead of the DICOMDIR itself.
    FileSet(Vec<PathBuf>),
    /// Nothing that can be sent.
    Result(Box<StoreResult>),
}

/// A file that can be read at any offset.
pub(crate) struct FileAt<'a> {
    pub(crate) file: &'a File,
    pub(crate) size: u64,
}

impl ReadAt for FileAt<'_> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
        crate::body::read_at(self.file, buf, offset)
    }
    fn size(&self) -> u64 {
        self.size
    }
}

/// Opens a regular file, without ever waiting for the other end of a pipe; gives its size.
pub(crate) fn open_regular(path: &Path) -> std::io::Result<(File, u64)> {
    #[cfg(unix)]
    let file = {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        File::from(rustix::fs::open(path, flags, Mode::empty())?)
    };
    #[cfg(not(unix))]
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    Ok((file, meta.len()))
}

/// Reads the head of a file.
///
/// `named` says that the caller asked for this very file, so that a DICOMDIR
/// stands for the files it lists; one met in a directory does not, since its
/// files are met there too.
#[must_use]
pub fn scan_file(path: PathBuf, named: bool, limits: &Limits) -> Scanned {
    let (file, size) = match open_regular(&path) {
        Ok(opened) => opened,
        Err(error) => return unreadable(path, &error),
    };
    let source = FileAt { file: &file, size };
    match file::read_head(&source, limits) {
        Ok(head) if head.is_directory() => {
            if named {
                file_set(path, &source, &head, limits)
            } else {
                skipped_directory(path)
            }
        }
        Ok(head) => item(Some(path), Data::File, head),
        Err(error) => failed(Some(path), error.to_string()),
    }
}

/// Reads the head of a file in memory.
#[must_use]
pub fn scan_memory(name: Option<PathBuf>, bytes: Bytes, limits: &Limits) -> Scanned {
    match file::read_head(&&bytes[..], limits) {
        Ok(head) => item(name, Data::Memory(bytes), head),
        Err(error) => failed(name, error.to_string()),
    }
}

fn item(path: Option<PathBuf>, data: Data, head: Head) -> Scanned {
    // A bare data set is recognized by its first elements, which is sure enough; a file that sets out to be
    // a DICOM file and leaves its syntax out is damaged, and a wrong guess would be worse than none.
    let is_bare = !head.has_preamble && !head.has_file_meta;
    if !head.declares_transfer_syntax && !is_bare {
        let missing = if head.has_file_meta {
            "no Transfer Syntax UID (0002,0010) in the file meta information (group 2)"
        } else {
            "no file meta information (group 2), so its transfer syntax is not known"
        };
        let looks_like = head
            .transfer_syntax()
            .map_or("nothing known", |syntax| syntax.name);
        return failed(
            path,
            format!(
                "{missing}; it looks like {looks_like}: write the file anew with it (PS3.10 section 7.1) to send it"
            ),
        );
    }
    // It goes into the association request, where it would spoil all others.
    if !uid::is_plausible(&head.sop_class_uid) {
        let class = &head.sop_class_uid;
        return failed(
            path,
            format!("its SOP Class UID {class:?} is no UID (PS3.5 section 9)"),
        );
    }
    let syntax = head.transfer_syntax();
    Scanned::Item(Box::new(Item {
        path,
        data,
        head,
        syntax,
        changes: None,
        original_sop_instance_uid: None,
    }))
}

/// A result for an input that is no instance.
#[must_use]
pub fn no_instance(path: Option<PathBuf>, outcome: Outcome, error: String) -> StoreResult {
    StoreResult {
        path,
        sop_class_uid: None,
        sop_instance_uid: None,
        transfer_syntax_uid: None,
        outcome,
        status: None,
        error: Some(error),
        bytes: 0,
        seconds: 0.0,
        message_id: None,
        context_id: None,
        original_sop_instance_uid: None,
    }
}

pub(crate) fn failed(path: Option<PathBuf>, error: String) -> Scanned {
    Scanned::Result(Box::new(no_instance(path, Outcome::Failed, error)))
}

pub(crate) fn unreadable(path: PathBuf, error: &std::io::Error) -> Scanned {
    let text = format!("cannot read {}: {}", path.display(), plain(error));
    failed(Some(path), text)
}

fn skipped_directory(path: PathBuf) -> Scanned {
    let text = "a DICOMDIR is an index, not an instance; its files are taken from the directory"
        .to_owned();
    Scanned::Result(Box::new(no_instance(Some(path), Outcome::Skipped, text)))
}

fn file_set(path: PathBuf, source: &FileAt<'_>, head: &Head, limits: &Limits) -> Scanned {
    match referenced_files(&path, source, head, limits) {
        Ok(files) => Scanned::FileSet(files),
        Err(text) => failed(Some(path), format!("DICOMDIR cannot be read: {text}")),
    }
}
