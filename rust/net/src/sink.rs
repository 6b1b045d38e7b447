//! Where received instances go.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use dicomwire_dataset::file::encode_file_head;
use dicomwire_dataset::uid;

use crate::connection::Appetite;

/// DIMSE statuses a receiver answers with (PS3.4 Table B.2-1, PS3.7 Annex C).
pub mod status {
    /// Stored.
    pub const SUCCESS: u16 = 0x0000;
    /// No room left.
    pub const OUT_OF_RESOURCES: u16 = 0xA700;
    /// The request names no valid instance.
    pub const INVALID_OBJECT_INSTANCE: u16 = 0x0117;
    /// The instance is there already and shall not be replaced.
    pub const DUPLICATE_SOP_INSTANCE: u16 = 0x0111;
    /// Anything else that went wrong on our side.
    pub const PROCESSING_FAILURE: u16 = 0x0110;
    /// The SOP class is none that is taken here.
    pub const SOP_CLASS_NOT_SUPPORTED: u16 = 0x0122;
    /// We do not perform this service.
    pub const UNRECOGNIZED_OPERATION: u16 = 0x0211;

    /// Whether the instance is stored (PS3.4 §B.2.3, PS3.7 Annex C): success, or a warning.
    #[must_use]
    pub const fn is_stored(status: u16) -> bool {
        matches!(status, SUCCESS) || is_warning(status)
    }

    /// Whether the instance is stored, but not without a remark.
    #[must_use]
    pub const fn is_warning(status: u16) -> bool {
        matches!(status, 0x0001 | 0x0107 | 0x0116 | 0xB000..=0xBFFF)
    }
}

/// What is known of an instance before its data set comes.
#[derive(Clone, Debug)]
pub struct Arriving {
    /// Affected SOP Class UID.
    pub sop_class_uid: String,
    /// Affected SOP Instance UID.
    pub sop_instance_uid: String,
    /// The syntax of the presentation context.
    pub transfer_syntax_uid: String,
    /// Who sends it.
    pub calling_ae_title: String,
    /// Whom they called.
    pub called_ae_title: String,
    /// The sender's address.
    pub peer: String,
    /// Who asked by C-MOVE that it be sent (0000,1030).
    pub move_originator_ae_title: Option<String>,
    /// The message ID of that C-MOVE (0000,1031).
    pub move_originator_message_id: Option<u16>,
}

/// An instance that arrived whole.
#[derive(Debug)]
pub struct Arrived {
    /// What it is.
    pub arriving: Arriving,
    /// The file it was written to.
    pub path: Option<PathBuf>,
    /// The whole file in memory, if the sink keeps it there.
    pub file: Option<Bytes>,
    /// Bytes of the data set.
    pub bytes: u64,
    /// What the sink has to remark.
    pub warning: Option<Refusal>,
}

/// What a [`Writer`] made of an instance.
#[derive(Debug, Default)]
pub struct Stored {
    /// The file it was written to.
    pub path: Option<PathBuf>,
    /// The whole file in memory, if the sink keeps it there.
    pub file: Option<Bytes>,
    /// A warning for the sender: the instance is stored, but.
    pub warning: Option<Refusal>,
}

/// Why an instance is not taken, or not as it is: the status to answer and an error comment.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// DIMSE status.
    pub status: u16,
    /// (0000,0902), at most 64 characters go out.
    pub comment: String,
}

impl Refusal {
    pub(crate) fn from_io(what: &str, error: &io::Error) -> Self {
        let full = matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        );
        let status = if full {
            status::OUT_OF_RESOURCES
        } else {
            status::PROCESSING_FAILURE
        };
        Self {
            status,
            comment: format!("{what}: {}", crate::socket::plain(error)),
        }
    }
}

/// Takes instances. Shared by all associations of a receiver.
pub trait Sink: Send + Sync {
    /// An instance begins.
    ///
    /// # Errors
    /// A refusal: its data set is read and thrown away.
    fn begin(&self, arriving: &Arriving) -> Result<Box<dyn Writer>, Refusal>;
}

/// Takes one instance. Dropped unfinished, it leaves nothing behind.
pub trait Writer: Send {
    /// A piece of the data set.
    ///
    /// # Errors
    /// The write failed; the instance is refused.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// The data set is complete: what became of it.
    ///
    /// # Errors
    /// A refusal.
    fn finish(self: Box<Self>) -> Result<Stored, Refusal>;
    /// What else may be done with the bytes but [`Writer::write`].
    fn appetite(&self) -> Appetite<'_> {
        Appetite::Bytes
    }
}

/// Throws everything away: the sink of benchmarks.
#[derive(Debug)]
pub struct Discard;

struct DiscardWriter;

impl Sink for Discard {
    fn begin(&self, _arriving: &Arriving) -> Result<Box<dyn Writer>, Refusal> {
        Ok(Box::new(DiscardWriter))
    }
}

impl Writer for DiscardWriter {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }
    fn finish(self: Box<Self>) -> Result<Stored, Refusal> {
        Ok(Stored::default())
    }
    fn appetite(&self) -> Appetite<'_> {
        Appetite::Nothing
    }
}

/// Takes nothing, for this reason: the sink of who did not ask to be sent anything.
#[derive(Debug)]
pub struct Nowhere(pub &'static str);

impl Sink for Nowhere {
    fn begin(&self, _arriving: &Arriving) -> Result<Box<dyn Writer>, Refusal> {
        Err(Refusal {
            status: status::UNRECOGNIZED_OPERATION,
            comment: self.0.to_owned(),
        })
    }
}

/// Who we are in the file meta information we write (PS3.10 §7.1).
#[derive(Clone, Debug)]
pub struct Implementation {
    /// (0002,0012).
    pub class_uid: String,
    /// (0002,0013).
    pub version_name: String,
}

fn file_head(arriving: &Arriving, ours: &Implementation) -> Vec<u8> {
    encode_file_head(
        &arriving.sop_class_uid,
        &arriving.sop_instance_uid,
        &arriving.transfer_syntax_uid,
        &ours.class_uid,
        &ours.version_name,
        Some(&arriving.calling_ae_title),
    )
}

/// What to do when an instance comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// The newer one takes the older one's place.
    Replace,
    /// The older one stays, the sender is told success.
    Keep,
    /// The older one stays, the sender is told 0111H.
    Refuse,
}

/// Writes each instance to `<SOP Instance UID>.dcm`: to a temporary name
/// first, renamed when it is complete.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    duplicates: Duplicates,
    ours: Implementation,
    serial: AtomicU64,
}

impl Directory {
    /// A sink below `root`, which must exist.
    #[must_use]
    pub fn new(root: PathBuf, duplicates: Duplicates, ours: Implementation) -> Self {
        Self {
            root,
            duplicates,
            ours,
            serial: AtomicU64::new(0),
        }
    }
}

struct FileWriter {
    file: Option<File>,
    temporary: PathBuf,
    place: PathBuf,
    duplicates: Duplicates,
    head: Vec<u8>,
}

impl Sink for Directory {
    fn begin(&self, arriving: &Arriving) -> Result<Box<dyn Writer>, Refusal> {
        // Only what can pass for a UID becomes a file name: no path from the wire reaches the file system.
        if !uid::is_plausible(&arriving.sop_instance_uid) {
            return Err(Refusal {
                status: status::INVALID_OBJECT_INSTANCE,
                comment: "Affected SOP Instance UID is not a UID".to_owned(),
            });
        }
        let place = self.root.join(format!("{}.dcm", arriving.sop_instance_uid));
        if self.duplicates != Duplicates::Replace && place.exists() {
            if self.duplicates == Duplicates::Keep {
                return Ok(Box::new(DiscardWriter));
            }
            return Err(already_there());
        }
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let temporary = self.root.join(format!(
            ".{}.{}.{serial}.part",
            arriving.sop_instance_uid,
            std::process::id()
        ));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)
            .map_err(|error| Refusal::from_io("cannot create a file", &error))?;
        Ok(Box::new(FileWriter {
            file: Some(file),
            temporary,
            place,
            duplicates: self.duplicates,
            head: file_head(arriving, &self.ours),
        }))
    }
}

fn already_there() -> Refusal {
    Refusal {
        status: status::DUPLICATE_SOP_INSTANCE,
        comment: "the instance is stored already".to_owned(),
    }
}

impl FileWriter {
    fn write_out(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        if self.head.is_empty() {
            return file.write_all(bytes);
        }
        let head = std::mem::take(&mut self.head);
        let mut slices = [io::IoSlice::new(&head), io::IoSlice::new(bytes)];
        let mut left = &mut slices[..];
        while !left.is_empty() {
            match file.write_vectored(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => io::IoSlice::advance_slices(&mut left, count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Writer for FileWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_out(bytes)
    }

    fn appetite(&self) -> Appetite<'_> {
        match &self.file {
            // The head goes first, by a write.
            Some(file) if self.head.is_empty() => Appetite::File(file),
            _ => Appetite::Bytes,
        }
    }

    fn finish(mut self: Box<Self>) -> Result<Stored, Refusal> {
        if !self.head.is_empty() {
            self.write_out(&[])
                .map_err(|error| Refusal::from_io("cannot write", &error))?;
        }
        // Closed first: on some file systems a full disk is only noticed then.
        self.file = None;
        let outcome = if self.duplicates == Duplicates::Refuse {
            // A hard link does not replace: two senders of one instance cannot both succeed.
            fs::hard_link(&self.temporary, &self.place)
        } else {
            fs::rename(&self.temporary, &self.place)
        };
        match outcome {
            Ok(()) => {
                if self.duplicates != Duplicates::Refuse {
                    self.temporary = PathBuf::new();
                }
                Ok(Stored {
                    path: Some(self.place.clone()),
                    ..Stored::default()
                })
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(already_there()),
            Err(error) => Err(Refusal::from_io("cannot rename", &error)),
        }
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Collects each instance as a whole file in memory and hands it on.
pub struct Memory {
    max_bytes: usize,
    ours: Implementation,
}

impl Memory {
    /// A sink for instances of up to `max_bytes`.
    #[must_use]
    pub fn new(max_bytes: usize, ours: Implementation) -> Self {
        Self { max_bytes, ours }
    }
}

struct MemoryWriter {
    bytes: Vec<u8>,
    max_bytes: usize,
}

impl Sink for Memory {
    fn begin(&self, arriving: &Arriving) -> Result<Box<dyn Writer>, Refusal> {
        Ok(Box::new(MemoryWriter {
            bytes: file_head(arriving, &self.ours),
            max_bytes: self.max_bytes,
        }))
    }
}

impl Writer for MemoryWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.bytes.len() + bytes.len() > self.max_bytes {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Stored, Refusal> {
        Ok(Stored {
            file: Some(Bytes::from(self.bytes)),
            ..Stored::default()
        })
    }
}
